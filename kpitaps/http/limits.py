"""A source's published limits, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as midnight
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from kpitaps.errors import RetryLater, TapBug
from kpitaps.http.counters import CounterMeter
from kpitaps.http.hosts import expand
from kpitaps.http.meters import BucketMeter, BucketState, Meter, RateMeter
from kpitaps.http.told import Report, report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from kpitaps.http.reply import Reply
    from kpitaps.http.told import CounterState

WHOLE = ""
"""The part of a limit that is not divided."""

Period = Literal["minute", "hour", "day"]
"""From one reset to the next: a minute or an hour of the clock, or a calendar day of a zone."""

_SECONDS: dict[Period, float] = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0}
_CLOCK_CHANGE = 3_600.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a source.

    Attributes:
        scope: What shares it; ``{name}`` is replaced by the setting of that name, ``{account}`` by the account's id.
    """

    scope: str

    @property
    def label(self) -> str:
        """What it is called in metrics: ``requests/10s``."""
        raise NotImplementedError

    @property
    def window(self) -> float | None:
        """Seconds that requests are counted for, 0 if they are not counted; None if no refusal is about this limit."""
        return None

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the limit of one connection: ``values`` are its settings, ``account`` and ``zone``.

        Raises:
            TapBug: if the limit asks for anything else.
        """
        return replace(self, scope=expand(self.scope, values))

    def part(self, path: str) -> str | None:
        """Return which part of the limit a request to ``path`` draws on: `WHOLE`, a part's name, or None for none."""
        del path
        return WHOLE

    def meter(self, now: float, epoch: Callable[[], float]) -> Meter:
        """Return a new meter of this limit; ``now`` is the budgets' clock, ``epoch`` returns seconds since 1970."""
        raise NotImplementedError

    def report(self, reply: Reply | None, epoch: float) -> BucketState | Report | None:
        """Return what an answer tells its meter; ``reply`` is None where none came, the result None for nothing."""
        del reply, epoch
        return None


@dataclass(frozen=True, slots=True)
class CostBucket(Limit):
    """A leaky bucket of points: requests cost points, which come back at a steady rate.

    Attributes:
        points: What it holds, until the source says otherwise; guess low.
        restore: Points that come back per second, until the source says otherwise.
        read: Returns the bucket's state from a successful answer, or None where it does not say.
    """

    points: float
    restore: float
    read: Callable[[Reply], BucketState | None]

    @property
    def label(self) -> str:
        """``points``."""
        return "points"

    @property
    def window(self) -> float:
        """0: points come back all the time."""
        return 0.0

    def meter(self, now: float, epoch: Callable[[], float]) -> BucketMeter:
        """Return a full bucket."""
        del epoch
        return BucketMeter(self.points, self.restore, now)

    def report(self, reply: Reply | None, epoch: float) -> BucketState | None:
        """Return what ``read`` finds in a good answer."""
        del epoch
        return self.read(reply) if reply is not None and reply.ok else None


@dataclass(frozen=True, slots=True)
class Rate(Limit):
    """At most so many requests in any span of so many seconds.

    It is safe too where a source counts in fixed windows of that length and does not say when they begin.

    Attributes:
        count: Requests, whatever they cost; until the source says otherwise.
        per: Length of the sliding window in seconds.
        on: Says of a request's path whether it counts; None counts all.
        read: Returns what an answer tells of the limit, refusals included; `LimitHeaders` reads it from headers.
    """

    count: int
    per: float
    on: Callable[[str], bool] | None = None
    read: Callable[[Reply], CounterState | None] | None = None

    def __post_init__(self) -> None:
        _positive(self, count=self.count, per=self.per)

    @property
    def label(self) -> str:
        """``requests/10s``."""
        return f"requests/{_length(self.per)}"

    @property
    def window(self) -> float:
        """The window's length: by then it is empty."""
        return self.per

    def part(self, path: str) -> str | None:
        """Return the whole if ``on`` says that ``path`` counts."""
        return WHOLE if self.on is None or self.on(path) else None

    def meter(self, now: float, epoch: Callable[[], float]) -> RateMeter:
        """Return an empty window."""
        del now, epoch
        return RateMeter(self.count, self.per)

    def report(self, reply: Reply | None, epoch: float) -> Report | None:
        """Return what ``read`` finds in the answer."""
        return _told(self.read, reply, longest=self.per, epoch=epoch)


@dataclass(frozen=True, slots=True)
class Counter(Limit):
    """At most so many requests, or points, until a count starts anew at a known instant.

    Attributes:
        count: How many, until the source says otherwise; guess low.
        resets: When the count starts anew, where the source does not tell: at each full minute or hour of the clock,
            or at midnight.
        zone: IANA name of the zone whose midnight that is; ``{zone}`` stands for the connected account's own.
        on: Says of a request's path whether it counts; None counts all.
        read: Returns what an answer tells of the limit, refusals included; `LimitHeaders` reads it from headers.
        counts: ``points`` counts what requests cost: first the ``cost`` that the request names, which should be
            guessed high, then what ``read`` says was spent.
    """

    count: int
    resets: Period
    zone: str = "UTC"
    on: Callable[[str], bool] | None = None
    read: Callable[[Reply], CounterState | None] | None = None
    counts: Literal["requests", "points"] = "requests"

    def __post_init__(self) -> None:
        _positive(self, count=self.count)
        if self.resets not in _SECONDS:
            raise TapBug(f"a counter resets every {', '.join(_SECONDS)}, not {self.resets!r}")
        if "{" not in self.zone:
            _zone(self.zone)

    @property
    def label(self) -> str:
        """``requests/day``."""
        return f"{self.counts}/{self.resets}"

    @property
    def window(self) -> float:
        """The longest time between two resets: a day may have 25 hours."""
        return _SECONDS[self.resets] + (_CLOCK_CHANGE if self.resets == "day" else 0.0)

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the counter of one connection."""
        return replace(self, scope=expand(self.scope, values), zone=expand(self.zone, values))

    def part(self, path: str) -> str | None:
        """Return the whole if ``on`` says that ``path`` counts."""
        return WHOLE if self.on is None or self.on(path) else None

    def meter(self, now: float, epoch: Callable[[], float]) -> CounterMeter:
        """Return a counter of which nothing is used."""
        return CounterMeter(
            self.count,
            length=_SECONDS[self.resets],
            next_reset=lambda: self.next_reset(epoch()),
            weighed=self.counts == "points",
            now=now,
        )

    def report(self, reply: Reply | None, epoch: float) -> Report | None:
        """Return what ``read`` finds in the answer."""
        return _told(self.read, reply, longest=self.window, epoch=epoch)

    def next_reset(self, epoch: float) -> float:
        """Return the seconds from ``epoch`` until the next computed reset."""
        if self.resets != "day":
            return _SECONDS[self.resets] - epoch % _SECONDS[self.resets]
        zone = _zone(self.zone)
        tomorrow = datetime.fromtimestamp(epoch, UTC).astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, midnight(), zone).timestamp() - epoch


@dataclass(frozen=True, slots=True)
class ErrorBudget(Limit):
    """At most so many errors of an endpoint in any span of so many seconds, where a source blocks who makes more.

    A request may become an error, so no more of them are under way at once than errors are left; the last one is never
    made. A request that is not answered is no error.

    Attributes:
        count: Errors after which the source blocks us; at least 2.
        per: Length of the sliding window in seconds.
        statuses: What counts as an error.
        endpoint: Returns the endpoint that a path belongs to, where paths hold ids; None takes each path as one.
    """

    count: int
    per: float
    statuses: tuple[int, ...] = (400, 401, 403, 404)
    endpoint: Callable[[str], str] | None = None

    def __post_init__(self) -> None:
        _positive(self, count=self.count - 1, per=self.per)

    @property
    def label(self) -> str:
        """``errors/1h``."""
        return f"errors/{_length(self.per)}"

    def part(self, path: str) -> str:
        """Return the endpoint."""
        return path if self.endpoint is None else self.endpoint(path)

    def meter(self, now: float, epoch: Callable[[], float]) -> RateMeter:
        """Return an empty window that never takes the last error."""
        del now, epoch
        return RateMeter(self.count - 1, self.per)

    def report(self, reply: Reply | None, epoch: float) -> Report:
        """Return whether the answer was an error."""
        del epoch
        return Report(spent=float(reply is not None and reply.status in self.statuses))


def _told(
    read: Callable[[Reply], CounterState | None] | None, reply: Reply | None, *, longest: float, epoch: float
) -> Report | None:
    if read is None or reply is None:
        return None
    try:
        state = read(reply)
    except RetryLater:
        if reply.ok:
            raise
        return None  # an error page is no JSON, and tells nothing
    return None if state is None else report(state, reply, longest=longest, now=epoch)


def _positive(limit: Limit, **terms: float) -> None:
    for name, value in terms.items():
        if value <= 0:
            raise TapBug(f"the {type(limit).__name__} of scope {limit.scope!r} allows nothing: its {name} is too small")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        raise TapBug(f"a counter's zone is an IANA name or {{zone}}, not {name!r}") from None


def _length(seconds: float) -> str:
    """Return a duration in its largest whole unit: ``1h``, ``90s``."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
