"""Contacts, routes and mute times as Alertmanager has them.

Whatever is secret is read by Alertmanager from files; of what version which receiver knows files differs:

=========  ==================================================  =====================
form       as of Alertmanager 0.28                             before
=========  ==================================================  =====================
slack      ``api_url_file``                                    the same, since 0.22
teams      ``msteamsv2_configs`` with ``webhook_url_file``     no such receiver
webhook    ``url_file``                                        no such key
=========  ==================================================  =====================

For an older one a placeholder ``${NAME}`` stands in place of the address, to be filled in by ``envsubst``.

A connection to a mail server is encrypted from the start on port 465; before 0.31 on no other, and there
``require_tls`` then asks for STARTTLS all the same, which hardly a server offers on a connection that is encrypted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from kpitaps.alerts.notices import body, subject, teams_body
from kpitaps.alerts.rule import duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kpitaps.alerts.alerts_file import AlertsFile
    from kpitaps.alerts.contacts import Contact
    from kpitaps.alerts.rule import Route, Rule
    from kpitaps.config import Environment

NOBODY = "kpitaps-nobody"
"""The receiver of alerts without a contact: they are seen in Alertmanager, and nobody is told."""

SECRETS = "/etc/alertmanager/secrets"
SMTP_PASSWORD = "smtp-password"  # noqa: S105 - a file's name

_READS_FILES = (0, 28)

_FORCES_TLS = (0, 31)
"""Since then it can be told to begin with TLS on any port."""

_TLS_PORT = 465


class Mail(NamedTuple):
    """The mail server that alerts are handed to.

    Attributes:
        host: Its name.
        port: Its port; on 465 the connection is always encrypted from the start.
        sender: The address that mails come from.
        user: Whom to log in as; empty for nobody.
        starttls: Whether the connection must be encrypted.
        tls: Whether it must be so from the start.
    """

    host: str = "localhost"
    port: int = 25
    sender: str = "kpitaps@localhost"
    user: str = ""
    starttls: bool = False
    tls: bool = False

    @classmethod
    def of(cls, environment: Environment) -> Mail:
        """Return the one that digests are handed to too; without one it is that of Alertmanager's machine."""
        mail = cls(sender=environment.smtp_from or cls().sender)
        if not environment.smtp_host:
            return mail
        return mail._replace(
            host=environment.smtp_host,
            port=environment.smtp_port,
            user=environment.smtp_user,
            starttls=environment.smtp_security != "none",
            tls=environment.smtp_security == "tls",
        )


def config(
    rules: Sequence[Rule],
    alerts: AlertsFile,
    *,
    zone: str = "",
    mail: Mail = Mail(),  # noqa: B008 - a tuple
    secrets: str = SECRETS,
    version: tuple[int, int] = _READS_FILES,
) -> str:
    """Return ``alertmanager.yml``.

    Args:
        rules: The rules of all companies.
        alerts: What ``alerts.toml`` says.
        zone: The time zone of mute times that name none; empty for UTC.
        mail: The mail server.
        secrets: The folder in which Alertmanager finds what `secret_files` names.
        version: The Alertmanager that is to read it, at least 0.25.
    """
    writing = _Writing(rules[0].language if rules else "en", secrets.rstrip("/"), version)
    said: dict[str, Any] = {}
    if _sends_mail(alerts):
        said["global"] = writing.mail(mail)
    said["route"] = {"receiver": NOBODY, "group_by": ["company", "rule"], "routes": [*_routes(rules)]}
    said["receivers"] = [{"name": NOBODY}, *(writing.receiver(contact) for contact in alerts.contacts)]
    if alerts.mutes:
        said["time_intervals"] = [
            {"name": mute.key, "time_intervals": mute.intervals(zone or "UTC")} for mute in alerts.mutes
        ]
    head = "# Written by kpitaps: change alerts.toml, and have it written again.\n"
    return head + yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=2**31)


def secret_files(alerts: AlertsFile, mail: Mail, version: tuple[int, int]) -> tuple[str, ...]:
    """Return the names of the files that must be in the folder of secrets. Only Alertmanager may read them."""
    webhooks = (each.secret_file for each in alerts.contacts if each.secret_file and _reads_file(each, version))
    return (*webhooks, *([SMTP_PASSWORD] if mail.user and _sends_mail(alerts) else []))


def placeholders(alerts: AlertsFile, version: tuple[int, int]) -> tuple[str, ...]:
    """Return the names that stand in place of addresses, because this Alertmanager reads them from no file."""
    return tuple(each.variable for each in alerts.contacts if each.is_secret and not _reads_file(each, version))


def mail_doubts(alerts: AlertsFile, environment: Environment, version: tuple[int, int]) -> tuple[str, ...]:
    """Return what of the mail server nobody chose, or Alertmanager cannot do, in sentences; nothing without mail."""
    if not _sends_mail(alerts):
        return ()
    mail = Mail.of(environment)
    doubts = []
    missing = [name for name in ("smtp_host", "smtp_from") if not getattr(environment, name)]
    if missing:
        names = " and ".join(f"KPITAPS_{name.upper()}" for name in missing)
        doubts.append(f"Alerts by mail leave through {mail.host}:{mail.port}, from {mail.sender}: set {names}.")
    if mail.tls and mail.port != _TLS_PORT and version < _FORCES_TLS:
        doubts.append(
            f"KPITAPS_SMTP_SECURITY=tls: on port {mail.port} Alertmanager uses STARTTLS instead. Set KPITAPS_SMTP_PORT="
            f"{_TLS_PORT}, or give Alertmanager 0.31 or later and add --alertmanager-version 0.31."
        )
    return tuple(doubts)


def _sends_mail(alerts: AlertsFile) -> bool:
    return any(contact.terms.to for contact in alerts.contacts)


def _reads_file(contact: Contact, version: tuple[int, int]) -> bool:
    return version >= _READS_FILES or contact.terms.form == "slack"


def _routes(rules: Iterable[Rule]) -> Iterable[dict[str, Any]]:
    """Yield a route for each way of telling, with the rules that are told so."""
    ways: dict[tuple[str, Route], list[Rule]] = {}
    for rule in rules:
        if rule.route.contact:
            ways.setdefault((rule.company, rule.route), []).append(rule)
    for (company, route), some in ways.items():
        keys = "|".join(re.escape(rule.key).replace(r"\-", "-") for rule in some)
        said: dict[str, Any] = {
            "receiver": route.contact,
            "matchers": [f'company="{_quoted(company)}"', f'rule=~"{_quoted(keys)}"'],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": duration(route.repeat),
        }
        yield {**said, "mute_time_intervals": [*route.mutes]} if route.mutes else said


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class _Writing:
    """Writes receivers in one language for one Alertmanager."""

    def __init__(self, language: str, secrets: str, version: tuple[int, int]) -> None:
        self._language, self._secrets = language, secrets
        self._version = version

    def mail(self, mail: Mail) -> dict[str, Any]:
        said: dict[str, Any] = {
            "smtp_smarthost": f"{mail.host}:{mail.port}",
            "smtp_from": mail.sender,
            "smtp_require_tls": mail.starttls and mail.port != _TLS_PORT,
        }
        if mail.tls and mail.port != _TLS_PORT and self._version >= _FORCES_TLS:
            said["smtp_force_implicit_tls"] = True
        if mail.user:
            said["smtp_auth_username"] = mail.user
            said["smtp_auth_password_file"] = f"{self._secrets}/{SMTP_PASSWORD}"
        return said

    def receiver(self, contact: Contact) -> dict[str, Any]:
        said: dict[str, Any] = {"name": contact.key}
        resolved = {"send_resolved": contact.terms.resolved}
        if contact.terms.to:
            mail = {"headers": {"Subject": subject(self._language)}, "html": "", "text": body(self._language)}
            said["email_configs"] = [{"to": ", ".join(contact.terms.to), **resolved, **mail}]
        if contact.terms.webhook:
            kind, terms = self._webhook(contact)
            said[kind] = [{**terms, **resolved}]
        return said

    def _webhook(self, contact: Contact) -> tuple[str, dict[str, Any]]:
        title = {"title": subject(self._language)}
        match contact.terms.form:
            case "slack":
                said = {**self._address(contact, "api_url"), **title, "text": body(self._language)}
                return "slack_configs", said
            case "teams" if _reads_file(contact, self._version):
                said = {**self._address(contact, "webhook_url"), **title, "text": teams_body(self._language)}
                return "msteamsv2_configs", said
        return "webhook_configs", self._address(contact, "url")

    def _address(self, contact: Contact, key: str) -> dict[str, str]:
        if not contact.is_secret:
            return {key: contact.terms.webhook}
        if not _reads_file(contact, self._version):
            return {key: f"${{{contact.variable}}}"}
        file = contact.terms.webhook.removeprefix("file:") if not contact.secret_file else ""
        return {f"{key}_file": file or f"{self._secrets}/{contact.secret_file}"}
