"""A source's authorisation server and API on loopback: real HTTP, single-use refresh tokens, reuse detection."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from joserfc.jwk import RSAKey

HOST = "accounts.vendor.example"
CLIENT = {"client_id": "client-1", "client_secret": "client secret & more"}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

Form = dict[str, str]
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Event:
    """Something it did: ``rotated``, ``reused`` (which revokes the chain), ``refused``, ``used``, ``turned away``.

    Attributes:
        at: When, in seconds since the epoch.
        kind: What.
        chain: Of which consent.
        token: The token that was shown.
        successor: The refresh token that was handed out for it.
        began: When the request came in.
    """

    at: float
    kind: str
    chain: int
    token: str
    successor: str = ""
    began: float = 0.0


@dataclass
class Chain:
    """What descends from one consent: the one good refresh token, those that were used, and the access tokens."""

    number: int
    current: str = ""
    used: set[str] = field(default_factory=set)
    revoked: bool = False
    issued_at: float = 0.0


class Provider:
    """The provider.

    Attributes:
        life: What it says in ``expires_in``.
        tolerance: Seconds for which it takes an access token beyond that.
        min_age: Seconds before it gives another token; earlier it says 400.
        script: Answers to the next token requests, each a function that may let the provider do its work first.
        events: What it did, in order.
        forms: The forms that came to the token endpoint.
    """

    def __init__(self, *, life: Any = 3600, clock: Callable[[], float] = time.time) -> None:
        self.life, self.clock = life, clock
        self.tolerance, self.min_age = 0.0, 0.0
        self.script: deque[Callable[[Form], Answer | None]] = deque()
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.events: list[Event] = []
        self.forms: list[Form] = []
        self.public_keys: dict[str, RSAKey] = {}
        self._chains: dict[int, Chain] = {}
        self._refresh: dict[str, Chain] = {}
        self._access: dict[str, tuple[Chain, float]] = {}
        self._codes: dict[str, Form] = {}
        self.lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def consent(self) -> tuple[int, dict[str, Any]]:
        """Return a new chain's number and its first tokens, as if a person had consented."""
        with self.lock:
            chain = Chain(len(self._chains) + 1)
            self._chains[chain.number] = chain
            return chain.number, self._issue(chain)

    def count(self, kind: str, chain: int | None = None) -> int:
        """Return how many events of a kind there were."""
        with self.lock:
            return sum(event.kind == kind and chain in (None, event.chain) for event in self.events)

    def revoke(self, chain: int) -> None:
        """Take a consent back, as a person can in the source's own pages."""
        self._chains[chain].revoked = True

    def revoked(self) -> set[int]:
        """Return the chains that are dead."""
        with self.lock:
            return {number for number, chain in self._chains.items() if chain.revoked}

    def token(self, form: Form) -> Answer:
        """Answer a form at the token endpoint."""
        began = self.clock()
        with self.lock:
            self.forms.append(form)
            scripted = self.script.popleft() if self.script else None
        if scripted and (answer := scripted(form)):
            return answer
        self.before()
        with self.lock:
            answer = self.work(form, began)
        self.after()
        return answer

    def work(self, form: Form, began: float = 0.0) -> Answer:
        """Do what a form asks for."""
        kind = form.get("grant_type")
        if kind == JWT_BEARER:
            return self._statement(form["assertion"])
        if any(form.get(name) != value for name, value in CLIENT.items()):
            return 401, {"error": "invalid_client"}
        if kind == "authorization_code":
            return self._redeemed(form)
        chain = self._refresh.get(form.get("refresh_token", ""))
        if kind != "refresh_token" or chain is None:
            return 400, {"error": "invalid_grant", "error_description": "unknown refresh token"}
        return self._rotated(chain, form["refresh_token"], began)

    def _rotated(self, chain: Chain, token: str, began: float) -> Answer:
        now = self.clock()
        if token in chain.used and not chain.revoked:
            chain.revoked = True
            self.events.append(Event(now, "reused", chain.number, token, began=began))
            return 401, {"error": "invalid_grant", "error_description": f"Old refresh token used: {token}"}
        if chain.revoked:
            self.events.append(Event(now, "refused", chain.number, token, began=began))
            return 400, {"error": "invalid_grant", "error_description": "revoked"}
        if now - chain.issued_at < self.min_age:
            return 400, {"error": "access_denied", "error_description": "Rate limit exceeded: access_token not expired"}
        chain.used.add(token)
        tokens = self._issue(chain)
        self.events.append(Event(now, "rotated", chain.number, token, tokens["refresh_token"], began))
        return 200, tokens

    def _issue(self, chain: Chain) -> dict[str, Any]:
        chain.current, chain.issued_at = f"refresh-{secrets.token_hex(12)}", self.clock()
        access = f"access-{secrets.token_hex(12)}"
        self._refresh[chain.current] = chain
        self._access[access] = (chain, self.clock() + float(self.life) + self.tolerance)
        named = {"access_token": access, "refresh_token": chain.current, "token_type": "bearer"}
        return named | {"expires_in": self.life}

    def authorize(self, query: Form) -> str:
        """Return where the browser is sent back to, the person having consented at once."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _redeemed(self, form: Form) -> Answer:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant", "error_description": "unknown code"}
        if challenge := asked.get("code_challenge"):
            digest = sha256(form.get("code_verifier", "").encode()).digest()
            if urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
                return 400, {"error": "invalid_grant", "error_description": "wrong verifier"}
        return 200, self.consent()[1]

    def _statement(self, assertion: str) -> Answer:
        for email, key in self.public_keys.items():
            try:
                token = jwt.decode(assertion, key, algorithms=["RS256"])
            except JoseError:
                continue
            claims, now = token.claims, self.clock()
            meant = claims.get("iss") == email and claims.get("aud") == f"https://{HOST}/token"
            if meant and claims["iat"] <= now < claims["exp"] <= claims["iat"] + 3600:
                answer = self.consent()[1]
                return 200, {"access_token": answer["access_token"], "expires_in": self.life}
        return 400, {"error": "invalid_grant", "error_description": "Invalid JWT signature."}

    def api(self, authorization: str) -> Answer:
        """Answer a call of the API."""
        with self.lock:
            token = authorization.removeprefix("Bearer ")
            chain, until = self._access.get(token, (None, 0.0))
            good = chain is not None and not chain.revoked and self.clock() < until
            number = chain.number if chain else 0
            self.events.append(Event(self.clock(), "used" if good else "turned away", number, token))
            return (200, {"ok": True, "chain": number}) if good else (401, {"error": "bad token"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Keep quiet: clients are killed here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def __init__(self, provider: Provider, *args: Any) -> None:
        self.provider = provider
        super().__init__(*args)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer the API and the browser."""
        address = urlsplit(self.path)
        if address.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            self._write(302, b"", {"Location": self.provider.authorize(query)})
        else:
            status, body = self.provider.api(self.headers.get("Authorization", ""))
            self._write(status, json.dumps(body).encode(), {})

    def do_POST(self) -> None:
        """Answer the token endpoint."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        status, body = self.provider.token({name: values[0] for name, values in parse_qs(content).items()})
        self._write(status, json.dumps(body).encode(), {})

    def _write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        if status == 0:  # the answer is lost
            self.close_connection = True
            return
        try:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the client was killed
