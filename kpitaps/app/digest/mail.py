"""Digests by mail: SMTP, encrypted unless the server is on this machine or nobody logs in."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import ExitStack
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING

from kpitaps.app.digest.outcome import Outcome
from kpitaps.errors import BadSettings
from kpitaps.store.digests import FAILED, SENT, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.app.digest.outcome import Claim
    from kpitaps.config import Environment

PATIENCE = 30.0
"""Seconds that the server may take for one answer."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def compose(sender: str, to: Sequence[str], subject: str, text: str, html: str) -> EmailMessage:
    """Return the mail: HTML, and the same as text for those who read no HTML."""
    message = EmailMessage()
    # a company may be called anything; a header is one line
    message["Subject"] = " ".join(subject.split())
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid("kpitaps", domain=sender.rpartition("@")[2])
    # no holiday replies to a program: RFC 3834
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def check_mail(environment: Environment) -> None:
    """Make sure that mail can be sent.

    Raises:
        BadSettings: naming the variable that is missing or that would give the password away.
    """
    if not environment.smtp_host:
        raise BadSettings("there is no mail server: set KPITAPS_SMTP_HOST, or give the digest a webhook")
    if "@" not in environment.smtp_from:
        raise BadSettings("KPITAPS_SMTP_FROM: set the mail address that digests come from")
    if environment.smtp_user and environment.smtp_password is None:
        raise BadSettings("KPITAPS_SMTP_PASSWORD: KPITAPS_SMTP_USER is set, so set its password too")
    plain = environment.smtp_security == "none" and environment.smtp_host not in _LOOPBACK
    if environment.smtp_user and plain:
        sentence = f"the password would go to {environment.smtp_host} unencrypted; use starttls or tls"
        raise BadSettings(f"KPITAPS_SMTP_SECURITY: {sentence}")


def deliver_mail(
    environment: Environment, message: EmailMessage, claim: Claim, context: ssl.SSLContext | None = None
) -> Outcome | None:
    """Hand a mail to the server; return None if it may not leave.

    Args:
        environment: Names the server.
        message: The mail.
        claim: Is asked once the server would take it.
        context: Whom to trust; by default whom this machine trusts.

    Raises:
        BadSettings: if the settings cannot work.
    """
    check_mail(environment)
    with ExitStack() as stack:
        try:
            server = _opened(environment, context or ssl.create_default_context())
            stack.callback(_leave, server)
            _login(server, environment)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(FAILED, f"{_where(environment)} {_said(error)}")
        if not claim():
            return None
        return _send(server, message, environment)


def _opened(environment: Environment, context: ssl.SSLContext) -> smtplib.SMTP:
    host, port = environment.smtp_host, environment.smtp_port
    if environment.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
    server = smtplib.SMTP(host, port, timeout=PATIENCE)
    if environment.smtp_security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _login(server: smtplib.SMTP, environment: Environment) -> None:
    if environment.smtp_user and environment.smtp_password:
        server.login(environment.smtp_user, environment.smtp_password.get_secret_value())


def _send(server: smtplib.SMTP, message: EmailMessage, environment: Environment) -> Outcome:
    try:
        refused = server.send_message(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        return Outcome(FAILED, f"{_where(environment)} {_said(error)}")
    except (OSError, smtplib.SMTPException) as error:
        # the connection broke: perhaps after the server had taken it
        return Outcome(UNKNOWN, f"{_where(environment)} {_said(error)}")
    return Outcome(SENT, f"{_where(environment)} refused {', '.join(refused)}" if refused else "")


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _where(environment: Environment) -> str:
    return f"the mail server {environment.smtp_host}:{environment.smtp_port}"


def _said(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "refused " + ", ".join(f"{who} ({_text(answer[1])})" for who, answer in error.recipients.items())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answered {error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"did not answer within {PATIENCE:.0f} seconds"
    return f"cannot be used: {getattr(error, 'strerror', None) or error}"


def _text(answer: bytes | str) -> str:
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(said.split())
