"""A tap: a plugin that knows one system, declared as data with plain generator functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kpitaps.calendar import parse_duration
from kpitaps.errors import TapBug
from kpitaps.measures import VOCABULARY, Measure
from kpitaps.tap.rules import checked_list, checked_name, checked_stream, own_measure
from kpitaps.tap.settings import Settings
from kpitaps.tap.stream import Stream, StreamKind
from kpitaps.units import Good, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kpitaps.http import Auth, Limit, Reply
    from kpitaps.tap.account import Account
    from kpitaps.tap.context import Context

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
        auth: How requests are authorised, as data.
        limits: The source's published limits, as data.
        judge: Looks at an answer with a 2xx status and raises `RetryLater`, `NeedsAuth` or `BadSettings` if it is no
            success after all.
        headers: Sent with every request.

    Raises:
        TapBug: for a name that cannot be a label, or settings that are no `Settings`.
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
        auth: Auth | None = None,
        limits: Sequence[Limit] = (),
        judge: Callable[[Reply], None] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        checked_name("tap name", name)
        if not (isinstance(settings, type) and issubclass(settings, Settings)):
            raise TapBug(f"tap {name}: settings must be a class derived from kpitaps.Settings")
        self.name = name
        self.title = title
        self.settings = settings
        self.api = api
        self.base_url = base_url
        self.hosts = checked_list(f"tap {name}: hosts", hosts)
        self.auth = auth
        self.limits = checked_list(f"tap {name}: limits", limits)
        self.judge = judge
        self.headers = dict(headers or {})
        self.measures: dict[str, Measure] = {}
        self.streams: dict[str, Stream] = {}
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
    ) -> Callable[[Callable[..., Iterable[Any]]], Callable[..., Iterable[Any]]]:
        """Mark a generator ``read(ctx, span)`` of `Record`, for sources whose records carry an update clock.

        It must yield every record whose update clock lies in the span; others do no harm.
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

    def periods(
        self, name: str, *, feeds: Sequence[Measure], every: str, history: str, settles: str, mapping: int = 1
    ) -> Callable[[Callable[..., Iterable[Any]]], Callable[..., Iterable[Any]]]:
        """Mark a generator ``read(ctx, span)`` of `Entry` (``measure.on(day, amount)``), for totals per day.

        The span covers whole local days; the answer replaces them. A day without rows is zero, because the read was
        complete.
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

    def snapshot(
        self, name: str, *, feeds: Sequence[Measure], every: str, carries: str = "3d"
    ) -> Callable[[Callable[..., Iterable[Any]]], Callable[..., Iterable[Any]]]:
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

    def _feeds(self, stream: str, feeds: Sequence[Measure]) -> tuple[Measure, ...]:
        return checked_list(f"tap {self.name}: what stream {stream} feeds", feeds)

    def _stream(self, terms: Stream) -> Callable[[Callable[..., Iterable[Any]]], Callable[..., Iterable[Any]]]:
        checked_stream(self.name, terms)
        if terms.name in self.streams:
            raise TapBug(f"tap {self.name} declares the stream {terms.name} twice")

        def keep(function: Callable[..., Iterable[Any]]) -> Callable[..., Iterable[Any]]:
            self.streams[terms.name] = replace(terms, read=function)
            return function

        return keep


def _unread(*_: object) -> Iterable[Any]:
    raise TapBug("a stream's terms were used before its function was known")
