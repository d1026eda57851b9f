"""A connection's only way to the network."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import orjson

from kpitaps.errors import KpitapsError, NeedsAuth, RetryLater, TapBug
from kpitaps.http.answers import body_of
from kpitaps.http.hosts import Hosts
from kpitaps.http.reservations import TOO_MANY, reserved
from kpitaps.http.retry import RetryPolicy, Trouble
from kpitaps.http.scrub import LogGuard, Scrubber
from kpitaps.http.tally import Tally
from kpitaps.http.verdicts import complaint, final_error, passing_trouble
from kpitaps.http.wire import Bounds, Outgoing, Wire
from kpitaps.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    import httpx

    from kpitaps.http.auth import BoundAuth
    from kpitaps.http.budgets import BoundLimit
    from kpitaps.http.hosts import Target
    from kpitaps.http.reply import Reply
    from kpitaps.http.tokens import Token

Expect = Literal["json", "any"]
"""What a body must be: ``json`` is checked wherever the answer claims to be JSON, ``any`` never."""

_AGENT = f"kpitaps/{__version__}"
_JSON = {"content-type": "application/json"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_HIDDEN = frozenset(
    {"access_token", "assertion", "client_secret", "code", "code_verifier", "id_token", "refresh_token"}
)


@dataclass(slots=True)
class _Call:
    """One call of a tap, over all its attempts."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None
    cost: float
    expect: Expect
    what: str
    started: float
    refused: float | None = None
    doubted: bool = False
    sent: Token | None = None


class Http:
    """A connection's only way to the network; any number of threads may use it at once.

    Every request is a reading and may be repeated. Answers and errors are mapped as `kpitaps.http.verdicts` says;
    every error's text is scrubbed of the connection's secrets.

    Args:
        base_url: Where relative paths go, settings filled in; https.
        hosts: The only hosts it may reach, settings filled in; the base URL's is one of them.
        auth: The bound authorisation (``tap.auth.bind(settings, …)``).
        limits: The budgets that every request draws on.
        judge: Looks at every 2xx answer and raises if it is no success after all; its `RetryLater` is repeated.
        headers: Sent with every request to the base URL's host and those that the authorisation names.
        secrets: Values to hide, besides the authorisation's own.
        scrubber: Where secrets are added; one of its own by default. Share one to scrub the process' own logs.
        policy: How requests are repeated.
        routes: Vendor host to ``http://127.0.0.1:port``, for sandboxes.
        transport: httpx's seam, in place of the network; it is closed with the connection.
        tally: Counts what is done.
        bounds: What one request may take.
        monotonic: Seconds on a clock that never goes back.
        clock: Seconds since the epoch.

    Raises:
        TapBug: if the base URL is not https or its host not on the list.
        BadSettings: if a route leads anywhere but to loopback.
    """

    def __init__(
        self,
        base_url: str,
        hosts: Iterable[str],
        *,
        auth: BoundAuth | None = None,
        limits: Sequence[BoundLimit] = (),
        judge: Callable[[Reply], None] | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        scrubber: Scrubber | None = None,
        policy: RetryPolicy | None = None,
        routes: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        tally: Tally | None = None,
        bounds: Bounds | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._auth = auth
        self._limits = tuple(limits)
        self._judge = judge
        self._headers = dict(headers or {})
        self._scrubber = scrubber or Scrubber()
        self._policy = policy or RetryPolicy()
        self._tally = tally or Tally()
        self._monotonic = monotonic
        self._clock = clock
        self._urgent = True
        for secret in (*secrets, *(auth.secrets if auth else ())):
            self._scrubber.add(secret)
        self._hosts = Hosts(base_url, hosts, trusted=auth.hosts if auth else (), routes=routes or {})
        self._wire = Wire(
            self._hosts,
            bounds=bounds or Bounds(),
            transport=transport,
            scrubber=self._scrubber,
            tally=self._tally,
            monotonic=monotonic,
        )
        self._guard = LogGuard(self._scrubber)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, those of the views included."""
        self._wire.close()
        self._guard.close()

    def urgent(self) -> Http:
        """Return a view of this connection whose requests may use the whole budget: for fresh data. The default."""
        return self._view(urgent=True)

    def patient(self) -> Http:
        """Return a view whose requests leave 20 % of every budget to urgent ones: for history."""
        return self._view(urgent=False)

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        cost: float = 1,
        expect: Expect = "json",
    ) -> Reply:
        """Return the answer to a GET.

        Args:
            path: Relative to the base URL, or an absolute URL of an allowed host.
            params: Added to the query.
            headers: Added to the connection's own.
            cost: What it takes from the budgets at most.
            expect: ``any`` for answers that are read in another way than as one JSON document.

        Raises:
            RetryLater: if the source does not answer well within the retry policy's patience.
            NeedsAuth: if it refuses the credentials or a scope.
            BadSettings: for a 404.
            TapBug: if the request is wrong, the answer too large, or the host not allowed.
        """
        return self._call("GET", path, params, headers or {}, None, cost, expect, "")

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        cost: float = 1,
        expect: Expect = "json",
        name: str = "",
    ) -> Reply:
        """Return the answer to a POST that only reads: a query or a search.

        Args:
            path: Relative to the base URL, or an absolute URL of an allowed host.
            json: The body, as JSON values.
            form: The body, as form fields, in place of ``json``.
            headers: Added to the connection's own.
            cost: What it takes from the budgets at most.
            expect: As for `get`.
            name: What is asked, for error messages, where the path does not tell: a GraphQL operation.

        Raises:
            RetryLater, NeedsAuth, BadSettings, TapBug: as for `get`.
        """
        if form is not None:
            body, kind = urlencode(form, doseq=True).encode(), _FORM
        else:
            body, kind = _written(json), _JSON
        return self._call("POST", path, None, _merged(kind, headers or {}), body, cost, expect, name)

    def exchange(self, url: str, form: Mapping[str, str]) -> Reply:
        """Return the answer of a token endpoint to a form, whatever its status; it is sent once, without a token.

        Raises:
            Trouble: if no whole answer came. The retry policy around the call that needs the token repeats it.
            TapBug: for a host that is not allowed.
        """
        target = self._hosts.find(url)
        self._hide(form)
        headers = {"user-agent": _AGENT, "accept": "application/json", **_FORM}
        request = Outgoing("POST", target, headers, headers, urlencode(form).encode(), follow=False)
        reply = self._wire.send(request)
        self._hide(body_of(reply))
        if reply.ok:
            _check(reply)
        return reply

    def _view(self, *, urgent: bool) -> Http:
        view = copy.copy(self)
        view._urgent = urgent  # noqa: SLF001 - it is one of us
        return view

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        body: bytes | None,
        cost: float,
        expect: Expect,
        name: str,
    ) -> Reply:
        try:
            target = self._hosts.find(path, params)
            what = f"{method} {target.url.copy_with(query=None, fragment=None)}" + (f" ({name})" if name else "")
            call = _Call(method, target, headers, body, cost, expect, what, self._monotonic())
            return self._policy.run(lambda: self._attempt(call), repeating=lambda: self._tally.retry(call.target.host))
        except KpitapsError as error:
            raise self._scrubber.scrubbed(error) from None

    def _attempt(self, call: _Call) -> Reply:
        token = self._token(call.target)
        reply = self._send(call, token)
        if reply.status == 401 and call.sent and self._auth and not call.doubted:
            self._auth.drop(call.sent)
            renewed = self._token(call.target)
            if renewed == call.sent:
                said = f"{call.what} was answered 401{complaint(reply)}: check the key, or make a new one"
                raise NeedsAuth(said, account=True)
            reply = self._send(call, renewed)
            if reply.status == 401:
                # A new token may take a moment to be known everywhere; a second refusal is final.
                call.doubted = True
                raise Trouble(f"{call.what} was answered 401, also with a fresh token{complaint(reply)}")
        if trouble := passing_trouble(reply, call.what, self._clock(), refused=call.refused):
            if reply.status == TOO_MANY or call.refused is not None:
                self._tally.throttle(call.target.host)
            raise trouble
        if not reply.ok:
            raise final_error(reply, call.what, self._clock())
        self._judged(call, reply)
        return reply

    def _send(self, call: _Call, token: Token | None) -> Reply:
        patience = self._policy.patience - (self._monotonic() - call.started)
        limits = [share for limit in self._limits if (share := limit.share(call.target.url.path))]
        with reserved(limits, call.cost, urgent=self._urgent, patience=patience, epoch=self._clock) as reservation:
            self._tally.wait(call.target.host, reservation.waited)
            if token and reservation.waited:
                # Waiting for a limit can outlast a token: what is sent is one that is good now.
                token = self._token(call.target)
            call.sent = token
            reply = self._wire.send(self._outgoing(call, token))
            if reply.ok and call.expect == "json" and reply.claims_json:
                _check(reply)
            reservation.reply = reply
        call.refused = reservation.refused
        return reply

    def _outgoing(self, call: _Call, token: Token | None) -> Outgoing:
        everywhere = {"user-agent": _AGENT, "accept": "application/json" if call.expect == "json" else "*/*"}
        if not call.target.trusted:
            return Outgoing(call.method, call.target, _merged(everywhere, call.headers), everywhere, call.body)
        granted = self._auth.headers(token) if self._auth and token else {}
        trusted = _merged(everywhere, self._headers, call.headers, granted)
        return Outgoing(call.method, call.target, trusted, everywhere, call.body)

    def _judged(self, call: _Call, reply: Reply) -> None:
        if self._judge is None:
            return
        try:
            self._judge(reply)
        except RetryLater as later:
            self._tally.throttle(call.target.host)
            raise Trouble(f"{call.what} was put off: {later}", after=later.after) from None

    def _token(self, target: Target) -> Token | None:
        if self._auth is None or not target.trusted:
            return None
        try:
            token = self._auth.token(self.exchange)
        except NeedsAuth as refusal:
            refusal.account = True
            raise
        self._scrubber.rotate(self._auth.name, token.value)
        return token

    def _hide(self, fields: Mapping[str, Any]) -> None:
        """Hide what is exchanged at a token endpoint, the answer included: a vendor may quote it in an error."""
        for name in _HIDDEN & fields.keys():
            if isinstance(fields[name], str):
                self._scrubber.rotate(f"{self._auth.name if self._auth else ''}:{name}", fields[name])


def _written(json: Any) -> bytes:
    try:
        return b"" if json is None else orjson.dumps(json)
    except orjson.JSONEncodeError as error:
        raise TapBug(f"the body of a POST cannot be written as JSON: {error}") from None


def _merged(*parts: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for part in parts for name, value in part.items()}


def _check(reply: Reply) -> None:
    """Parse the body, which is kept for the tap; a malformed one may be whole the next time."""
    try:
        reply.json()
    except RetryLater as malformed:
        raise Trouble(str(malformed)) from None
