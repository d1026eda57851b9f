"""One request and its answer: bounds on time and size, redirects to allowed hosts, nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from kpitaps.errors import TapBug
from kpitaps.http.reply import Reply
from kpitaps.http.retry import Trouble
from kpitaps.http.verdicts import transport_error

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from kpitaps.http.hosts import Hosts, Target
    from kpitaps.http.scrub import Scrubber
    from kpitaps.http.tally import Tally

HOPS = 5
"""Redirects that are followed."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@cache
def _certificates() -> ssl.SSLContext:
    """Return the one TLS context of the process: reading the authorities takes 40 ms and 5 MB each time."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may take.

    The total is checked whenever a piece of the body arrives, so a stalling source is cut off at most ``read`` seconds
    after it. A source that sends its *headers* in small pieces is bounded by ``read`` per piece alone.

    Attributes:
        connect: Seconds to connect.
        read: Seconds between two pieces of the answer.
        total: Seconds from the first byte sent to the last one received.
        size: Bytes of a body, decompressed.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 60.0
    size: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request.

    Attributes:
        method: GET or POST.
        target: Where it goes first.
        headers: Headers for the host that was asked, by names in lower case; the token may be among them.
        elsewhere: Headers for any other host that a redirect leads to.
        body: The body, or None.
        follow: Whether redirects are followed.
    """

    method: str
    target: Target
    headers: Mapping[str, str]
    elsewhere: Mapping[str, str]
    body: bytes | None = None
    follow: bool = True


class Wire:
    """The connection pool of one connection."""

    def __init__(
        self,
        hosts: Hosts,
        *,
        bounds: Bounds,
        transport: httpx.BaseTransport | None,
        scrubber: Scrubber,
        tally: Tally,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = hosts
        self._bounds = bounds
        self._scrubber = scrubber
        self._tally = tally
        self._monotonic = monotonic
        self._client = httpx.Client(
            transport=transport,
            verify=_certificates(),
            # An API has no use for cookies, and threads that share them would not be independent of each other.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # A sandbox on loopback is never behind the proxy that the environment names.
            mounts=None if transport else dict.fromkeys(_LOOPBACK, None),
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def send(self, request: Outgoing) -> Reply:
        """Return the answer to ``request``, whatever its status.

        Raises:
            Trouble: for timeouts, connection errors and cut bodies.
            TapBug: for a body beyond the bound, or a redirect to a host that is not allowed.
        """
        method, target, body = request.method, request.target, request.body
        until = self._monotonic() + self._bounds.total
        for _ in range(HOPS + 1):
            headers = request.headers if target.host == request.target.host else request.elsewhere
            reply = self._hop(method, target, headers, body, until)
            location = reply.header("location")
            if not (request.follow and reply.status in _REDIRECTS and location):
                return reply
            origin, target = target, self._hosts.follow(target, location)
            if method == "POST" and reply.status not in (307, 308):
                method, body = "GET", None  # what browsers do, and vendors expect, after a 301, 302 or 303
            if body is not None and target.host != origin.host:
                raise TapBug(f"{origin.host} redirects a POST to {target.host}: its body is not sent to another host")
        raise TapBug(f"{request.target.host} redirects more than {HOPS} times")

    def _hop(self, method: str, target: Target, headers: Mapping[str, str], body: bytes | None, until: float) -> Reply:
        status, received = None, 0
        kept = {name: value for name, value in headers.items() if body is not None or name != "content-type"}
        try:
            request = self._client.build_request(
                method, target.wire, headers={**kept, "host": target.host}, content=body, timeout=self._timeout(until)
            )
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                content = self._read(response, target, until)
                status, received = response.status_code, response.num_bytes_downloaded
            finally:
                response.close()
        except httpx.RequestError as error:
            raise transport_error(error, target.host) from None
        except UnicodeEncodeError:
            raise TapBug(f"a header for {target.host} holds characters that HTTP does not allow") from None
        finally:
            self._tally.request(target.host, status, received)
        return Reply(status, headers=response.headers, content=content, url=str(target.url), scrub=self._scrubber.scrub)

    def _timeout(self, until: float) -> httpx.Timeout:
        left = max(until - self._monotonic(), 0.001)
        return httpx.Timeout(min(self._bounds.read, left), connect=min(self._bounds.connect, left))

    def _read(self, response: httpx.Response, target: Target, until: float) -> bytes:
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self._bounds.size:
                raise TapBug(
                    f"{target.host} answered {target.url.path} with more than {self._bounds.size:,} bytes: "
                    "ask for smaller pages"
                )
            if self._monotonic() > until:
                raise Trouble(f"{target.host} took more than {self._bounds.total:g} s to send its answer")
            pieces.append(piece)
        return b"".join(pieces)
