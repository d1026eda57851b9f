"""A service that the user runs themselves, such as a store of metrics in their own network: told, not only read."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urlsplit

import httpx

from kpitaps.errors import BadSettings, NeedsAuth
from kpitaps.http.reply import Reply
from kpitaps.http.retry import RetryPolicy
from kpitaps.http.scrub import LogGuard, Scrubber
from kpitaps.http.verdicts import complaint, passing_trouble, transport_error
from kpitaps.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_NAME = re.compile(r"[!#-'*+.0-9A-Z^-z|~-]+")
_VALUE = re.compile(r"[ -~]+")
_ONCE = RetryPolicy(attempts=1)

LOOPBACK = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))
"""httpx' mounts for this machine: what runs on it is never behind the proxy that the environment names."""


class OwnService:
    """A service at an address that the user gives; unlike a vendor's it may be plain HTTP.

    Redirects are not followed: who redirects is not who was meant.

    Args:
        url: Its address; paths are added to it.
        title: What it is, for errors.
        headers: Sent with every request; credentials are among them.
        scrubber: What it hides stays out of errors and logs.
        policy: How requests are repeated.
        transport: httpx's seam, in place of the network.
        clock: Seconds since the epoch.

    Raises:
        BadSettings: if the address is none, or holds a password, or a header is none.
    """

    def __init__(
        self,
        url: str,
        *,
        title: str,
        headers: Mapping[str, str] | None = None,
        scrubber: Scrubber | None = None,
        policy: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url, self.host = _checked(url, title)
        self._title = title
        self._scrubber = scrubber or Scrubber()
        self._policy = policy or RetryPolicy()
        self._clock = clock
        if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in (headers or {}).items()):
            # else httpx would say so, secret and all
            raise BadSettings(f"a header for {self.host} holds characters that HTTP does not allow")
        self._client = httpx.Client(
            headers={"user-agent": f"kpitaps/{__version__}", **(headers or {})},
            timeout=_TIMEOUT,
            transport=transport,
            mounts=None if transport else LOOPBACK,
        )
        self._guard = LogGuard(self._scrubber)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._guard.close()

    def post(
        self, path: str, *, form: Mapping[str, object] | None = None, content: bytes = b"", repeated: bool = True
    ) -> Reply:
        """Return the answer to a POST.

        Args:
            path: Below the service's address.
            form: The body, as form fields.
            content: The body, where there is no form.
            repeated: Whether it may be sent again after a failure that may pass: not what would then count twice.

        Raises:
            RetryLater: if it does not answer well; without ``repeated`` what was sent may have arrived.
            NeedsAuth: if it refuses the credentials.
            BadSettings: if it does not understand the request: most often it is another service.
        """
        body = urlencode(form, doseq=True).encode() if form is not None else content
        headers = {"content-type": "application/x-www-form-urlencoded" if form is not None else "text/plain"}
        policy = self._policy if repeated else _ONCE
        return policy.run(lambda: self._attempt(path, body, headers), repeating=_nothing)

    def _attempt(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        what = f"POST {self.url}{path}"
        try:
            answer = self._client.post(f"{self.url}{path}", content=body, headers=dict(headers))
        except httpx.RequestError as error:
            raise transport_error(error, self.host) from None
        scrub = self._scrubber.scrub
        reply = Reply(answer.status_code, headers=answer.headers, content=answer.content, url=what, scrub=scrub)
        if reply.ok:
            return reply
        said = f"{what} was answered {reply.status}{complaint(reply)}"
        if reply.status in (401, 403):
            raise NeedsAuth(f"{said}: check the credentials that are sent to {self._title}")
        if trouble := passing_trouble(reply, what, self._clock()):
            raise trouble
        raise BadSettings(f"{said}: check that this is the address of {self._title}")


def _checked(url: str, title: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host, secret = parts.hostname, parts.password or parts.username
    except ValueError:
        parts, host, secret = urlsplit(""), None, None
    if secret:
        raise BadSettings(f"the address of {title} holds a user or password: give them as options instead")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        said = "what is given" if "@" in url or "?" in url else repr(url)  # there may be a password in it
        raise BadSettings(f"{said} is no address of {title}: write one such as http://127.0.0.1:8428")
    return url.rstrip("/"), host


def _nothing() -> None:
    """Count nothing: no vendor's limits are at stake."""
