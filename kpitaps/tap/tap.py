"""A tap: a plugin that knows one system, declared as data with plain generator functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kpitaps.calendar import parse_duration
from kpitaps.errors import TapBug
from kpitaps.measures import VOCABULARY, Measure
from kpitaps.tap.check import Check
from kpitaps.tap.rules import checked_check, checked_list, checked_name, checked_stream, own_measure
from kpitaps.tap.settings import Settings
from kpitaps.tap.stream import Stream, StreamKind
from kpitaps.units import Good, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.resources.abc import Traversable

    from kpitaps.http import Auth, Limit, Reply
    from kpitaps.tap.account import Account
    from kpitaps.tap.context import Context

    Reads = Callable[..., Iterable[Any]]
    Marks = Callable[[Reads], Reads]

API = 1
"""The number of the author API described here; the core serves this one and the one before it."""


class Tap:
    """One system that kpitaps can read.

    Args:
        name: Lower case, underscores allowed; the distribution is called ``kpitaps-<name>``.
        title: What people call the system.
        settings: The model of its settings.
        api: The author API number it was written for.
        base_url: Where relative paths go; ``{name}`` is replaced by the setting of that name.
        hosts: The only hosts it may reach, with the same replacement.
        auth: How requests are authorised, as data; of a list, the first kind all of whose settings are given.
        limits: The source's published limits, as data.
        judge: Looks at an answer with a 2xx status and raises `RetryLater`, `NeedsAuth` or `BadSettings` if it is no
            success after all.
        headers: Sent with every request.
        dashboard: A Grafana dashboard that the package brings along, ``files(__package__) / "dashboard.json"``; read
            only when dashboards are made.

    Raises:
        TapBug: for a name that cannot be a label, settings that are no `Settings`, or a dashboard that is no file.
    """

    def __init__(
        self,
        name: str,
        *,
        title: str,
        settings: type[Settings],
        api: int,
        base_url: str,
        hosts: Sequence[str],
        auth: Auth | Sequence[Auth] | None = None,
        limits: Sequence[Limit] = (),
        judge: Callable[[Reply], None] | None = None,
        headers: dict[str, str] | None = None,
        dashboard: Traversable | None = None,
    ) -> None:
        checked_name("tap name", name)
        if not (isinstance(settings, type) and issubclass(settings, Settings)):
            raise TapBug(f"tap {name}: settings must be a class derived from kpitaps.Settings")
        if dashboard is not None and not hasattr(dashboard, "read_text"):
            raise TapBug(f"tap {name}: dashboard is a file of its package: importlib.resources.files(__package__) / …")
        self.name = name
        self.title = title
        self.settings = settings
        self.api = api
        self.base_url = base_url
        self.hosts = checked_list(f"tap {name}: hosts", hosts)
        self.auth = _kinds(auth)
        self.limits = checked_list(f"tap {name}: limits", limits)
        self.judge = judge
        self.headers = dict(headers or {})
        self.dashboard = dashboard
        self.measures: dict[str, Measure] = {}
        self.streams: dict[str, Stream] = {}
        self.checks: dict[str, Check] = {}
        self.read_account: Callable[[Context], Account] | None = None

    def __repr__(self) -> str:
        return f"<Tap {self.name}>"

    def measure(
        self,
        key: str,
        *,
        unit: Unit | str | None = None,
        kind: Kind | str = Kind.FLOW,
        labels: Sequence[str] = (),
        good: Good | str = Good.UP,
        dated_by: str = "",
        en: tuple[str, str] | None = None,
        nl: tuple[str, str] | None = None,
    ) -> Measure:
        """Return a measure of the shared vocabulary, or declare one of the tap's own.

        An own measure's key starts with the tap's name, and it needs a unit, ``dated_by``, and a name and a
        one-sentence definition in English and Dutch.

        Raises:
            TapBug: if the key is in neither place, or an own measure is not fully described, or declared differently
                before.
        """
        if unit is None:
            if key in self.measures:
                return self.measures[key]
            if key not in VOCABULARY:
                raise TapBug(
                    f"tap {self.name}: measure {key!r} is not in the shared vocabulary; "
                    f"to declare your own, call it {self.name}_{key} and give its unit"
                )
            return self.measures.setdefault(key, VOCABULARY[key])
        own = own_measure(
            self.name, key, unit=unit, kind=kind, labels=labels, good=good, dated_by=dated_by, en=en, nl=nl
        )
        if self.measures.setdefault(key, own) != own:
            raise TapBug(f"tap {self.name} declares the measure {key} twice, and differently")
        return own

    def account(self, function: Callable[[Context], Account]) -> Callable[[Context], Account]:
        """Mark the function that asks the source whose account this is; it is called before anything is saved."""
        self.read_account = function
        return function

    def records(
        self,
        name: str,
        *,
        feeds: Sequence[Measure],
        every: str,
        history: str,
        lag: str = "5m",
        ahead: str = "0s",
        sweep: str | None = None,
        slice_limit: int = 10_000,
        mapping: int = 1,
    ) -> Marks:
        """Mark a generator ``read(ctx, span)`` of `Record`, for sources whose records carry an update clock.

        It must yield every record whose update clock lies in the span. Others do no harm, as long as they are fewer
        than ``slice_limit``: a stream that yields more of them each time is taken not to look at its span.
        """
        return self._stream(
            Stream(
                name,
                StreamKind.RECORDS,
                _unread,
                self._feeds(name, feeds),
                every=parse_duration(every),
                history=parse_duration(history),
                lag=parse_duration(lag),
                ahead=parse_duration(ahead),
                sweep=None if sweep is None else parse_duration(sweep),
                slice_limit=slice_limit,
                mapping=mapping,
            )
        )

    def listing(
        self, name: str, *, feeds: Sequence[Measure], every: str, history: str = "10y", mapping: int = 1
    ) -> Marks:
        """Mark a generator ``read(ctx)`` of `Record`, for sources that can only be read as a whole.

        It must yield every record that exists; what it does not yield is deleted. Records need no update clock.

        Args:
            name: The stream's name.
            feeds: The measures it may feed.
            every: How often it is read.
            history: How far back the source's list goes: days before that are unknown.
            mapping: Raised when records are turned into measures in another way.
        """
        return self._stream(
            Stream(
                name,
                StreamKind.LISTING,
                _unread,
                self._feeds(name, feeds),
                every=parse_duration(every),
                history=parse_duration(history),
                mapping=mapping,
            )
        )

    def keys(
        self, stream: str, *, every: str = "1d"
    ) -> Callable[[Callable[..., Iterable[str]]], Callable[..., Iterable[str]]]:
        """Mark a generator ``read(ctx)`` of the keys of all records of ``stream`` that exist, for finding deletions.

        It is read ``every`` so often; records with other keys are deleted. It is the cheap way to sweep where listing
        ids costs less than reading records.

        Raises:
            TapBug: if ``stream`` is no records stream declared before, or is swept already.
        """
        terms = self.streams.get(stream)
        if terms is None or terms.kind is not StreamKind.RECORDS:
            raise TapBug(f"tap {self.name}: keys of {stream!r}: declare the records stream of that name first")
        if terms.sweep is not None:
            raise TapBug(f"tap {self.name}: stream {stream} is swept already: leave out sweep=, or keys()")

        def keep(function: Callable[..., Iterable[str]]) -> Callable[..., Iterable[str]]:
            self.streams[stream] = replace(terms, keys=function, sweep=parse_duration(every))
            return function

        return keep

    def periods(
        self, name: str, *, feeds: Sequence[Measure], every: str, history: str, settles: str, mapping: int = 1
    ) -> Marks:
        """Mark a generator ``read(ctx, span)`` of `Entry` (``measure.on(day, amount)``), for totals per day.

        The span covers whole local days; the answer replaces them. A day without rows is zero, because the read was
        complete. Until ``settles`` after its end a day may still change: it is provisional, and asked for again. `Flag`
        may be among the answers: it says what the source itself says against them.
        """
        return self._stream(
            Stream(
                name,
                StreamKind.PERIODS,
                _unread,
                self._feeds(name, feeds),
                every=parse_duration(every),
                history=parse_duration(history),
                settles=parse_duration(settles),
                mapping=mapping,
            )
        )

    def windows(
        self, name: str, *, feeds: Sequence[Measure], every: str, settles: str = "0s", mapping: int = 1
    ) -> Marks:
        """Mark a generator ``read(ctx, windows)`` of `WindowEntry` (``measure.over(window, amount)``).

        For distinct counts that only the source can make: visitors of a week are not the sum of its days' visitors.
        ``windows`` maps names (``7d``, ``mtd``, ``mtd_previous``) to their first and last local days, in the company's
        calendar. A window without an answer is unknown. Until ``settles`` after its end its count may still change: it
        is provisional, and asked for again. `Flag` may be among the answers, for exactly the days of a window.
        """
        return self._stream(
            Stream(
                name,
                StreamKind.WINDOWS,
                _unread,
                self._feeds(name, feeds),
                every=parse_duration(every),
                settles=parse_duration(settles),
                mapping=mapping,
            )
        )

    def snapshot(self, name: str, *, feeds: Sequence[Measure], every: str, carries: str = "3d") -> Marks:
        """Mark a generator ``read(ctx)`` of `Entry` for levels that only have a now.

        A level is carried forward ``carries`` after its last reading; after that it is unknown.
        """
        return self._stream(
            Stream(
                name,
                StreamKind.SNAPSHOT,
                _unread,
                self._feeds(name, feeds),
                every=parse_duration(every),
                settles=parse_duration(carries),
            )
        )

    def check(self, name: str, *, of: Sequence[Measure], every: str = "1d") -> Marks:
        """Mark a generator ``read(ctx, totals)`` of `Flag`, which holds the ledger's numbers against the source's own.

        It is run at the end of a sync when it is due, and every stream that feeds a measure of ``of`` was read in that
        sync without error and has its whole history. What it yields replaces what it yielded last time. If it fails,
        that stays.

        Args:
            name: The check's name; no stream has it.
            of: The measures that it looks at. It may ask for, and flag, whatever the streams feed that feed these.
            every: How often it is run.

        Raises:
            TapBug: if the name is taken, or what it looks at is no measure.
        """
        terms = checked_check(
            self.name,
            Check(name, checked_list(f"tap {self.name}: check {name}: of", of), parse_duration(every), _unread),
        )
        self._checked_new("check", name)

        def keep(function: Reads) -> Reads:
            self.checks[name] = replace(terms, read=function)
            return function

        return keep

    def _checked_new(self, what: str, name: str) -> None:
        taken = "stream" if name in self.streams else "check" if name in self.checks else ""
        if taken == what:
            raise TapBug(f"tap {self.name} declares the {what} {name} twice")
        if taken:
            raise TapBug(f"tap {self.name}: {what} {name}: a {taken} has this name, choose another")

    def _feeds(self, stream: str, feeds: Sequence[Measure]) -> tuple[Measure, ...]:
        return checked_list(f"tap {self.name}: what stream {stream} feeds", feeds)

    def _stream(self, terms: Stream) -> Marks:
        checked_stream(self.name, terms)
        self._checked_new("stream", terms.name)

        def keep(function: Reads) -> Reads:
            self.streams[terms.name] = replace(terms, read=function)
            return function

        return keep


def _kinds(auth: Auth | Sequence[Auth] | None) -> tuple[Auth, ...]:
    if auth is None:
        return ()
    return tuple(auth) if isinstance(auth, Sequence) else (auth,)


def _unread(*_: object) -> Iterable[Any]:
    raise TapBug("a stream's terms were used before its function was known")
