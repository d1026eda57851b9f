"""A company with a shop of some weeks, a mail server and a webhook that keep what they get: real ones, on loopback."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from kpitaps_shopify.sandbox import Sandbox
from parts.certificate import Certificate
from pydantic import SecretStr

from kpitaps.app import Runtime, connect, sync_all
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.store.instants import to_micros
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from contextlib import ExitStack
    from email.message import EmailMessage
    from pathlib import Path

MONDAY = datetime(2026, 6, 15, 6, 30, tzinfo=UTC)
"""Half past eight in Amsterdam on Monday 15 June 2026: the digest of 8 to 14 June has been due for half an hour."""

USER, PASSWORD = "kpitaps", "s3cret-word"


@dataclass
class MailServer:
    """Keeps what it is sent.

    Attributes:
        got: The messages, as they arrived.
        refuses: What it says to every recipient instead of accepting.
        hangs_up: Whether it takes a message and then breaks off without a word.
    """

    got: list[EmailMessage] = field(default_factory=list)
    refuses: str = ""
    hangs_up: bool = False

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        """Accept a recipient, or not."""
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message."""
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        if self.hangs_up:
            server.transport.abort()
        return "250 kept"


@dataclass(frozen=True)
class Mail:
    """A running mail server.

    Attributes:
        server: What it got.
        port: Where it listens on 127.0.0.1.
        trust: Trusts its certificate.
    """

    server: MailServer
    port: int
    trust: ssl.SSLContext


@contextmanager
def mail_server(folder: Path, *, security: str = "starttls") -> Iterator[Mail]:
    """Start a mail server that wants encryption first, then a login."""
    certificate = Certificate.made(folder)
    context = certificate.server
    server = MailServer()
    if security == "starttls":
        secure: dict[str, Any] = {"tls_context": context, "require_starttls": True, "auth_required": True}
    else:
        secure = {"ssl_context": context} if security == "tls" else {}
    login = {"authenticator": _may_log_in, "auth_require_tls": security == "starttls"}
    # it looks itself whether it answers, at the port that it was given: 0 will not do
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port, **secure, **login)
    controller.start()
    try:
        yield Mail(server, port, certificate.trust)
    finally:
        controller.stop()


def _may_log_in(*arguments: Any) -> AuthResult:
    data = arguments[-1]
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@dataclass
class Hook:
    """Keeps what is posted to it.

    Attributes:
        url: Where it is; its path is a secret.
        got: What was posted.
        status: What it answers.
        hangs_up: Whether it takes a post and then breaks off without a word.
    """

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    hangs_up: bool = False


@contextmanager
def webhook() -> Iterator[Hook]:
    """Start a webhook."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if hook.hangs_up:
                self.connection.close()
                return
            self.send_response(hook.status)
            if hook.status == 302:
                self.send_header("Location", f"{hook.url}/elsewhere")
            body = f"no such hook {self.path}".encode() if hook.status >= 400 else b"ok"
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/T0P-S3CRET"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read_shop(home: Path) -> None:
    """Make a home that has read a shop that is some weeks old."""
    clock = Clock(MONDAY)
    sandbox = Sandbox(Story(founded=date(2026, 5, 1), name="Branderij De Kade"), clock, plan=20_000)
    with serve(sandbox.app) as url:
        environment = Environment(home=home, routes={sandbox.host: url})
        with Runtime(environment, now=clock.now, policy=RetryPolicy.testing(attempts=1)) as runtime:
            connect(runtime, "shopify", dict(sandbox.settings), company="kade", name="shop")
            assert [result.errors for result in sync_all(runtime, listener=lambda _: None)] == [{}]


class World:
    """A company that has read its shop, whose digests go to the mail server and the webhook.

    Args:
        home: The folder of its data.
        stack: Ends what it starts.
    """

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home = home
        self.clock = Clock(MONDAY)
        self.mail = stack.enter_context(mail_server(home))
        self.hook = stack.enter_context(webhook())
        environment = Environment(
            home=home,
            smtp_host="localhost",
            smtp_port=self.mail.port,
            smtp_user=USER,
            smtp_password=SecretStr(PASSWORD),
            smtp_from="kpi@kade.example",
        )
        self.runtime = stack.enter_context(Runtime(environment, now=self.clock.now))

    def plan(self, text: str) -> None:
        """Write digests.toml; HOOK stands for the webhook's address."""
        (self.home / "digests.toml").write_text(text.replace("HOOK", self.hook.url))

    def read_on(self) -> None:
        """Let the streams have been read up to now, with nothing new in them."""
        with self.runtime.ledger.database.write() as connection:
            connection.execute(sa.text("UPDATE span SET end_at = :now"), {"now": to_micros(self.clock.now())})

    def change(self, statement: str) -> None:
        """Change the ledger behind kpitaps' back."""
        with self.runtime.ledger.database.write() as connection:
            connection.execute(sa.text(statement))
