"""An app that somebody has consented to at Exact Online's sandbox, asking it over real HTTP."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from kpitaps.testing import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

BACK = "http://127.0.0.1:5000/callback"


class ExactApp:
    """The app.

    Args:
        sandbox: Whom it asks.
        http: How.
    """

    def __init__(self, sandbox: Any, http: httpx.Client) -> None:
        self.sandbox, self.http = sandbox, http
        self.client = {name: sandbox.settings[name] for name in ("client_id", "client_secret")}
        self.tokens: dict[str, str] = self.redeem(self.code()).json()

    def code(self) -> str:
        """Let a person consent, and return the code."""
        asked = {"client_id": self.client["client_id"], "response_type": "code", "redirect_uri": BACK, "state": "s"}
        back: str = self.sandbox.consent(f"https://{self.sandbox.host}/api/oauth2/auth?{urlencode(asked)}")
        return parse_qs(urlsplit(back).query)["code"][0]

    def redeem(self, code: str) -> httpx.Response:
        """Exchange a code for tokens."""
        return self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)

    def refresh(self, token: str | None = None) -> httpx.Response:
        """Exchange a refresh token, and use what comes of it."""
        reply = self.token(grant_type="refresh_token", refresh_token=token or self.tokens["refresh_token"])
        self.tokens = {**self.tokens, **reply.json()} if reply.status_code == 200 else self.tokens
        return reply

    def token(self, **form: str) -> httpx.Response:
        """Ask the token endpoint."""
        return self.http.post("/api/oauth2/token", data={**self.client, **form})

    def get(self, url: str, params: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """Ask for an address of the API."""
        bearer = {"Authorization": f"Bearer {self.tokens['access_token']}", "Accept": "application/json"}
        return self.http.get(url.removeprefix(f"https://{self.sandbox.host}"), params=params, headers=bearer | headers)

    def ask(self, endpoint: str, division: int | None = None, /, **options: str) -> httpx.Response:
        """Ask for a list: ``select="ID"`` stands for `$select`; ``endPoint`` and ``modified`` for themselves."""
        own = ("endPoint", "modified")
        params = {name if name in own else f"${name}": value for name, value in options.items()}
        return self.get(f"/api/v1/{division or self.sandbox.division}/{endpoint}", params or None)

    def pages(self, endpoint: str, **options: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a list, page after page."""
        reply = self.ask(endpoint, **options)
        while True:
            assert reply.status_code == 200, reply.text
            body = reply.json()["d"]
            if isinstance(body, list):
                yield body
                return
            yield body["results"]
            if "__next" not in body:
                return
            reply = self.get(body["__next"])

    def rows(self, endpoint: str, **options: str) -> list[dict[str, Any]]:
        """Return all rows of a list."""
        return [row for page in self.pages(endpoint, **options) for row in page]


@contextmanager
def connected(sandbox: Any) -> Iterator[ExactApp]:
    """Serve a sandbox, and connect an app to it."""
    with serve(sandbox.app) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield ExactApp(sandbox, http)
