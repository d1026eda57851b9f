"""A Grafana server as we need it: grafana-client, with retries and one clear sentence for whatever goes wrong."""

from __future__ import annotations

import os
import re
import socket
import ssl
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from kpitaps.errors import BadSettings, BadUse, NeedsAuth, RetryLater
from kpitaps.http.retry import RetryPolicy, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_TIMEOUT = 30.0
_PAGE = 1000
_LATER = frozenset({429, 502, 503, 504})
_LACKS = re.compile(r"Permissions needed: (.+)$")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TOKEN = re.compile(r"[!-~]+")
_PROVENANCE = re.compile(r"provenance", re.IGNORECASE)


class Refused(Exception):
    """Grafana says no to one request. It never leaves this room.

    Args:
        message: What Grafana said.
        status: With which HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Server:
    """A Grafana server.

    Redirects are not followed: who redirects is not who was meant, and of a POST a redirect makes a GET that changes
    nothing and succeeds.

    Args:
        url: Its address, with the path that it is served under.
        token: A service account's token.
        policy: How requests are repeated.

    Raises:
        BadSettings: if grafana-client is not installed, or the address or token is none.
    """

    def __init__(self, url: str, token: str, *, policy: RetryPolicy | None = None) -> None:
        try:
            from grafana_client.api import GrafanaApi  # noqa: PLC0415 - an extra
        except ImportError:
            sentence = "kpitaps grafana apply needs the extra grafana: pip install 'kpitaps[grafana]'"
            raise BadSettings(sentence) from None
        parts = _address(url)
        if not _TOKEN.fullmatch(token):
            # else the library would say so, token and all
            raise BadSettings(
                "what KPITAPS_GRAFANA_TOKEN holds is no token: copy it again, without spaces and line ends"
            )
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        path = parts.path.strip("/")
        self.url = url.rstrip("/")
        self.api: Any = GrafanaApi(
            token,
            protocol=parts.scheme,
            host=host,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            # What httpx does by itself: an authority of one's own is given to all of kpitaps in the same way.
            verify=os.environ.get("SSL_CERT_FILE") or True,
            timeout=_TIMEOUT,
            user_agent="kpitaps",
        )
        self.api.client.s.max_redirects = 0
        # What runs on this machine is never behind the proxy that the environment names.
        self.api.client.s.trust_env = parts.hostname not in _LOOPBACK
        self._policy = policy or RetryPolicy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.client.s.close()

    def version(self) -> tuple[int, int]:
        """Return the server's version, as far as it matters.

        Raises:
            BadUse: if it is no Grafana.
            NeedsAuth: if the token is not accepted.
            RetryLater: if it cannot be reached.
        """
        try:
            told = self.read("tell its version", lambda: self.api.client.GET("/frontend/settings"))
        except Refused as refused:
            raise BadUse(f"{self.url} is no Grafana: it says {refused.status} to /api/frontend/settings") from None
        if not isinstance(told, dict) or not isinstance(told.get("buildInfo"), dict):
            raise BadUse(f"{self.url} is no Grafana: what it answers to /api/frontend/settings is none of its answers")
        found = re.match(r"(\d+)\.(\d+)", str(told["buildInfo"].get("version", "")))
        # Some hide it: what a new one can do is then tried.
        return (int(found[1]), int(found[2])) if found else (99, 0)

    def read(self, doing: str, ask: Callable[[], T]) -> T:
        """Return an answer to a question.

        Args:
            doing: What for, as in "the token may not …".
            ask: The question.

        Raises:
            Refused: if Grafana says no for a reason that the caller may know.
            NeedsAuth: if the token is not accepted, or may not do this.
            RetryLater: if Grafana cannot be reached.
            BadUse: if whoever answers is no Grafana.
            BadSettings: if the address leads elsewhere, or its certificate is not trusted.
        """
        return self._call(doing, ask, may_repeat=True)

    def find(self, doing: str, ask: Callable[[], T]) -> T | None:
        """Return an answer like `read`, or None if there is no such thing."""
        try:
            return self.read(doing, ask)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def write(self, doing: str, change: Callable[[], T], *, may_repeat: bool = False) -> T:
        """Change something.

        Args:
            doing: What is changed.
            change: The request.
            may_repeat: Whether the same request may come twice; if not, it is repeated only where it surely did not
                arrive, and whoever runs us again finds out what there is.

        Raises:
            Refused: if Grafana says no for a reason that the caller may know.
            NeedsAuth: if the token may not do this.
            RetryLater: if Grafana cannot be reached, or gave no answer.
        """
        return self._call(doing, change, may_repeat=may_repeat)

    def search(self, doing: str, kind: str) -> list[dict[str, Any]]:
        """Return all dashboards (``dash-db``) or folders (``dash-folder``) that the token may see."""
        found: list[dict[str, Any]] = []
        for page in range(1, 1000):
            rows = self.read(doing, partial(self._search, kind, page))
            found += rows
            if len(rows) < _PAGE:
                break
        return found

    def _search(self, kind: str, page: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.api.search.search_dashboards(type_=kind, limit=_PAGE, page=page)
        return rows

    def _call(self, doing: str, send: Callable[[], T], *, may_repeat: bool) -> T:
        from grafana_client.client import GrafanaException  # noqa: PLC0415 - an extra

        def attempt() -> T:
            try:
                answer = send()
            except GrafanaException as error:
                if error.status_code:
                    raise self._refusal(doing, error.status_code, error.response, may_repeat=may_repeat) from None
                raise self._silence(doing, "it did not answer in time", may_repeat=may_repeat) from None
            except OSError as error:  # the library's own are such, too
                raise self._failure(doing, error, may_repeat=may_repeat) from None
            if isinstance(answer, str) and answer:
                raise BadUse(f"{self.url} is no Grafana: it answers with a page, not with JSON")
            return answer

        return self._policy.run(attempt, repeating=_nothing)

    def _failure(self, doing: str, error: OSError, *, may_repeat: bool) -> Exception:
        """Return what a request that had no answer of Grafana's ends in."""
        from niquests.exceptions import ConnectionError as NoConnection  # noqa: PLC0415 - comes with grafana-client
        from niquests.exceptions import RequestException, TooManyRedirects  # noqa: PLC0415

        if isinstance(error, TooManyRedirects):
            return BadSettings(f"Grafana at {self.url} redirects to {_target(error.response)}")
        if untrusted := _untrusted(error):
            hint = "SSL_CERT_FILE names a file with the certificate of an authority of your own"
            return BadSettings(f"the certificate of Grafana at {self.url} is not trusted: {untrusted}; {hint}")
        if not isinstance(error, RequestException):
            return BadSettings(f"the certificates that SSL_CERT_FILE names cannot be read: {error}")
        if isinstance(error, NoConnection) and (may_repeat or _never_arrived(error)):
            return Trouble(f"Grafana at {self.url} cannot be reached: {_reason(error)}")
        return self._silence(doing, _reason(error), may_repeat=may_repeat)

    def _silence(self, doing: str, reason: str, *, may_repeat: bool) -> Exception:
        message = f"Grafana at {self.url} did not {doing}: {reason}"
        return Trouble(message) if may_repeat else RetryLater(f"{message}; run it again: what is done is not repeated")

    def _refusal(self, doing: str, status: int, body: Any, *, may_repeat: bool) -> Exception:
        said = str(body.get("message") or body.get("error") or body) if isinstance(body, dict) else str(body or "")
        if status == 401:
            hint = "set KPITAPS_GRAFANA_TOKEN to one of a service account of its organisation"
            return NeedsAuth(f"Grafana at {self.url} does not accept the token: {hint}")
        if status == 403 and "read-only" not in said:
            lacks = found[1] if (found := _LACKS.search(said)) else "a permission that Grafana's log names"
            hint = "give its service account the role Admin, or that permission"
            return NeedsAuth(f"Grafana at {self.url} does not let the token {doing}: it lacks {lacks}; {hint}")
        if status in _LATER or (status >= 500 and may_repeat and not _PROVENANCE.search(said)):
            message = f"Grafana at {self.url} cannot {doing} now: {status} {said[:200]}".rstrip()
            return Trouble(message) if may_repeat or status in {429, 503} else RetryLater(message)
        return Refused(said[:500] or f"HTTP {status}", status)


def in_path(name: str) -> str:
    """Return a name as a part of an address: grafana-client puts it there as it is."""
    return quote(name, safe="")


def _address(url: str) -> Any:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or "@" in url or parts.query or parts.fragment:
        said = "what is given" if "@" in url or "?" in url else repr(url)  # there may be a password in it
        raise BadSettings(f"{said} is no address of a Grafana such as http://127.0.0.1:3000 (its token goes apart)")
    return parts


def _reason(error: Exception) -> str:
    """Return the innermost reason: the outer ones repeat the address and the objects at work."""
    inner = list(_causes(error))[-1]
    return str(getattr(inner, "strerror", None) or str(inner) or type(inner).__name__)[:200]


def _target(redirect: Any) -> str:
    """Return where a redirect leads, without what may be secret, and without our own path behind it."""
    parts = urlsplit(urljoin(redirect.url, redirect.headers.get("location", "")))
    where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.partition('/api/')[0]}"
    return f"{where}: give that address, or if it is a login page, one behind it"


def _untrusted(error: Exception) -> str:
    """Return what is wrong with the server's certificate; empty if it is not that."""
    found = (cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError))
    return next((cause.verify_message for cause in found), "")


def _never_arrived(error: Exception) -> bool:
    """Return whether there was nobody to take the request at all."""
    return any(isinstance(cause, (ConnectionRefusedError, socket.gaierror)) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: Any = error
    while isinstance(cause, BaseException):
        yield cause
        cause = cause.__cause__ or cause.__context__ or getattr(cause, "reason", None)


def _nothing() -> None:
    """Nobody counts our repetitions."""
