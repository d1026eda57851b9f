"""Reading one company's measures, for the KPI engine."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from kpitaps.calendar import Span, Spans, day_start, local_day
from kpitaps.errors import BadDefinition
from kpitaps.store.customers import FED
from kpitaps.store.day_counts import day_counts
from kpitaps.store.flags import flags_of, flags_of_window
from kpitaps.store.generations import ACTIVE
from kpitaps.store.instants import from_micros
from kpitaps.store.owners import owners_of
from kpitaps.store.reading import WHOLE, Coverage, DayTotal, Doubt, Edition
from kpitaps.store.series import canonical_labels, label_of
from kpitaps.store.span_counts import LedgerCounts, span_counts
from kpitaps.store.tables import connection as connection_table
from kpitaps.store.tables import edition, generation, incomplete, measurement, member, series, span
from kpitaps.store.windows import published_amount
from kpitaps.tap import StreamKind
from kpitaps.units import MICRO, Kind, Quality

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from kpitaps.calendar import DaySpan
    from kpitaps.store.engine import Database
    from kpitaps.store.flags import LandedFlag
    from kpitaps.store.reading import DayCounts


@dataclass(frozen=True, slots=True)
class _Feed:
    """An active generation, which of its days are known, and which measures lack data on every day."""

    id: int
    connection: int
    tap: str
    kind: str
    feeds: frozenset[str]
    always: frozenset[str]
    coverage: Coverage
    # With its number, what tells it from any other there ever was: numbers of purged ones are given again.
    made_at: int
    # The first day that a connection which was disconnected says nothing of.
    ends: int | None = None

    def covers(self, measure: str) -> Coverage:
        """Return which days of one measure are known."""
        before = date.max if measure in self.always else self.coverage.incomplete_before
        # Of half a history, old customers look new.
        follows = measure in FED and self.feeds.issuperset(FED)
        return replace(self.coverage, incomplete_before=before, needs_whole=follows)


class LedgerReader:
    """Reads the measures of one company, at one state of the ledger's spans.

    Connections of one tap add up; one that was disconnected counts until then, and its levels end. Of several taps that
    feed a measure only its owner counts; while none is chosen, none counts and the measure is unknown.
    """

    def __init__(self, database: Database, company_id: int) -> None:
        self._database = database
        self._company_id = company_id
        with database.read() as connection:
            self._feeds = _feeds(connection, company_id)
            self._owners = owners_of(connection, company_id)
            self._flags = flags_of(connection, company_id)
            self._editions = _editions(connection, company_id)

    def coverage(self, measure: str) -> Coverage | None:
        """Return for which days the measure is known: what all its feeds know; None if nothing feeds it."""
        taps = self._taps(measure)
        if not taps:
            return None
        feeding = self._feeding(measure)
        # What was disconnected before it was ever read says nothing.
        known = [feed.covers(measure) for feed in feeding if feed.ends is None or feed.coverage.through]
        known = known or [feed.covers(measure) for feed in feeding]
        if not known:
            reason = f"{' and '.join(taps)} both feed {measure}, and none of them owns it: kpitaps own <tap> {measure}."
            return Coverage(None, None, None, (reason,))
        firsts = [coverage.first_day for coverage in known]
        # What was disconnected has no say in how fresh the rest is; if that is all there is, days after it are unknown.
        freshness = [feed.coverage for feed in feeding if feed.ends is None] or known
        throughs = [coverage.through for coverage in freshness]
        settled = [coverage.settled or coverage.through for coverage in freshness]
        holds = [instant for coverage in freshness if (instant := coverage.holds_to or coverage.through)]
        befores = [coverage.incomplete_before for coverage in known if coverage.incomplete_before]
        return Coverage(
            first_day=max((day for day in firsts if day), default=None) if all(firsts) else None,
            through=min((instant for instant in throughs if instant), default=None) if all(throughs) else None,
            incomplete_before=max(befores, default=None),
            reasons=tuple(dict.fromkeys(reason for coverage in known for reason in coverage.reasons)),
            is_whole=all(coverage.is_whole for coverage in known),
            needs_whole=any(coverage.needs_whole for coverage in known),
            holds_to=min(holds, default=None),
            settled=min((instant for instant in settled if instant), default=None),
        )

    def edition(self, measure: str) -> Edition:
        """Return what is another as soon as the measure's totals, subjects or doubts may be others.

        It is as of when the reader was made, or of before: what is read later may be newer, and never older.
        """
        whole: list[Hashable] = []
        parts: dict[tuple[int, int], int] = {}
        for feed in self._feeding(measure):
            numbers = dict(self._editions.get((feed.id, measure), {}))
            whole += [feed.id, feed.made_at, feed.ends, numbers.pop(WHOLE, 0), self._checked(feed, measure)]
            if feed.kind == StreamKind.SNAPSHOT or feed.ends is not None:
                # A change goes by the level before it, and what ended by all that there was.
                whole.append(frozenset(numbers.items()))
            else:
                parts |= {(feed.id, part): number for part, number in numbers.items()}
        return Edition(tuple(whole), parts)

    def _checked(self, feed: _Feed, measure: str) -> tuple[LandedFlag, ...]:
        flags = self._flags.get((feed.connection, None, measure))
        return flags.flags if flags else ()

    def doubts(self, measure: str, first: date, last: date) -> Sequence[Doubt]:
        """Return what the streams that feed the measure, and checks of their connections, say against these days.

        Of a count that its source makes per window that is what is said of exactly this window.
        """
        days = first.toordinal(), last.toordinal()
        met: dict[Doubt, None] = {}
        for feed in self._feeding(measure):
            for flag in self._said(feed, measure, days):
                end = flag.last if feed.ends is None else min(flag.last, feed.ends - 1)
                if max(flag.first, days[0]) <= end:
                    span = date.fromordinal(flag.first), date.fromordinal(end)
                    met[Doubt(*span, Quality(flag.quality), flag.reason)] = None
        return list(met)

    def _said(self, feed: _Feed, measure: str, days: tuple[int, int]) -> Iterator[LandedFlag]:
        """Yield what is said of these days: asked for each figure, so only windows cost a query."""
        for origin in (None, feed.id):
            if flags := self._flags.get((feed.connection, origin, measure)):
                yield from flags.touching(*days)
        if feed.kind == StreamKind.WINDOWS:
            with self._database.read() as connection:
                yield from flags_of_window(connection, feed.id, measure, days)

    def day_totals(
        self,
        measure: str,
        *,
        by: str | None = None,
        where: Mapping[str, str] | None = None,
        span: DaySpan | None = None,
    ) -> Sequence[DayTotal]:
        """Return the totals per day, currency and value of the label ``by``, in order of day; those of ``span`` alone.

        Raises:
            BadDefinition: if the measure is counted per window: its days do not add up.
        """
        with self._reading() as connection:
            feeds = self._feeding(measure)
            if any(feed.kind == StreamKind.WINDOWS for feed in feeds):
                raise BadDefinition(f"{measure} is counted per window by its source: it has no totals per day")
            flows = [feed for feed in feeds if feed.kind != StreamKind.SNAPSHOT]
            levels = [feed for feed in feeds if feed.kind == StreamKind.SNAPSHOT]
            totals = self._totals(connection, flows, measure, by, where or {}, span)
            if levels:
                totals += self._changes(connection, levels, measure, by, where or {})
            totals += self._endings(connection, feeds, measure, by, where or {})
        days = None if span is None else range(span.first.toordinal(), span.last.toordinal() + 1)
        return sorted(total for total in totals if days is None or total.day in days)

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int | None:
        """Return how many subjects the measure counts from ``first`` to ``last``, both included.

        None if a source that counts them itself was not asked for exactly these days.
        """
        days = first.toordinal(), last.toordinal()
        with self._reading() as connection:
            feeds = self._feeding(measure)
            counted = [feed for feed in feeds if feed.kind != StreamKind.WINDOWS]
            total = self._subjects(connection, counted, measure, days, where or {})
            labels = canonical_labels(where or {})
            for feed in feeds:
                if feed.kind == StreamKind.WINDOWS and not (feed.ends and feed.ends <= days[0]):
                    amount = published_amount(connection, feed.id, measure, days, labels)
                    if amount is None:
                        return None
                    total += amount // MICRO
        return total

    def distinct_days(self, measure: str) -> DayCounts:
        """Return how many subjects the measure counts on each day, as `distinct` would day by day."""
        with self._reading() as connection:
            return day_counts(connection, self._feeding(measure), measure)

    def span_counts(self, measure: str, *, where: Mapping[str, str] | None = None) -> LedgerCounts:
        """Return how many subjects the measure counts in many windows, as `distinct` would window by window."""
        with self._reading() as connection:
            feeds = self._feeding(measure)
            counted = [feed for feed in feeds if feed.kind != StreamKind.WINDOWS]
            picked = _pick(connection, counted, measure, where or {}, member.c.day)
            return span_counts(connection, feeds, measure, canonical_labels(where or {}), picked)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """Open a transaction; if generations were swapped since, look again what feeds the company."""
        with self._database.read() as connection:
            if set(_active(connection, self._company_id)) != {feed.id for feed in self._feeds}:
                self._feeds = _feeds(connection, self._company_id)
                self._flags = flags_of(connection, self._company_id)
                self._editions = _editions(connection, self._company_id)
            yield connection

    def _subjects(
        self,
        connection: sa.Connection,
        feeds: list[_Feed],
        measure: str,
        days: tuple[int, int],
        where: Mapping[str, str],
    ) -> int:
        subjects = (
            sa.select(series.c.generation_id, member.c.subject)
            .join(series, series.c.id == member.c.series_id)
            .where(_pick(connection, feeds, measure, where, member.c.day), member.c.day.between(*days))
            .distinct()
            .subquery()
        )
        return connection.execute(sa.select(sa.func.count()).select_from(subjects)).scalar_one()

    def _taps(self, measure: str) -> list[str]:
        return sorted({feed.tap for feed in self._feeds if measure in feed.feeds})

    def _feeding(self, measure: str) -> list[_Feed]:
        """Return what counts for a measure: all feeds of its one tap, or of the one that owns it."""
        taps = self._taps(measure)
        owner = taps[0] if len(taps) == 1 else self._owners.get(measure)
        return [feed for feed in self._feeds if measure in feed.feeds and feed.tap == owner]

    def _totals(
        self,
        connection: sa.Connection,
        feeds: list[_Feed],
        measure: str,
        by: str | None,
        where: Mapping[str, str],
        days: DaySpan | None = None,
    ) -> list[DayTotal]:
        here: sa.ColumnElement[bool] = sa.true()
        if days is not None:
            here = measurement.c.day.between(days.first.toordinal(), days.last.toordinal())
        label = sa.literal("") if by is None else sa.func.coalesce(label_of(connection, by), "")
        sums = (sa.func.sum(measurement.c.numerator), sa.func.sum(measurement.c.denominator))
        place = (measurement.c.day, series.c.currency, label)
        rows = connection.execute(
            sa.select(*place, *sums)
            .join(series, series.c.id == measurement.c.series_id)
            .where(_pick(connection, feeds, measure, where, measurement.c.day), here)
            .group_by(*(place if by is not None else place[:2]))
        )
        return [DayTotal(day, currency, value, int(num), int(den)) for day, currency, value, num, den in rows]

    def _changes(
        self, connection: sa.Connection, feeds: list[_Feed], measure: str, by: str | None, where: Mapping[str, str]
    ) -> list[DayTotal]:
        """Turn levels as they were seen into the changes between them.

        Series by series: a level that was not seen on a day, of another account say, did not change.
        """
        label = sa.literal("") if by is None else sa.func.coalesce(label_of(connection, by), "")
        rows = connection.execute(
            sa.select(series.c.id, measurement.c.day, series.c.currency, label, measurement.c.numerator)
            .join(series, series.c.id == measurement.c.series_id)
            .where(_pick(connection, feeds, measure, where, measurement.c.day))
            .order_by(series.c.id, measurement.c.day)
        )
        last: dict[int, int] = {}
        changes: dict[tuple[int, str, str], int] = defaultdict(int)
        for number, day, currency, value, seen in rows:
            changes[day, currency, value] += seen - last.get(number, 0)
            last[number] = seen
        return [DayTotal(*place, change, 0) for place, change in changes.items()]

    def _endings(
        self, connection: sa.Connection, feeds: list[_Feed], measure: str, by: str | None, where: Mapping[str, str]
    ) -> list[DayTotal]:
        """Return the changes by which the levels of connections that were disconnected end."""
        endings = []
        for feed in feeds:
            if feed.ends is None or not self._is_level(connection, feed.id, measure):
                continue
            read = self._changes if feed.kind == StreamKind.SNAPSHOT else self._totals
            left: dict[tuple[str, str], int] = defaultdict(int)
            for total in read(connection, [feed], measure, by, where):
                left[total.currency, total.label] += total.numerator
            endings += [DayTotal(feed.ends, *place, -amount, 0) for place, amount in left.items() if amount]
        return endings

    def _is_level(self, connection: sa.Connection, generation_id: int, measure: str) -> bool:
        mine = sa.and_(series.c.generation_id == generation_id, series.c.measure == measure)
        return connection.execute(sa.select(series.c.kind).where(mine).limit(1)).scalar() == Kind.LEVEL


def _pick(
    connection: sa.Connection, feeds: list[_Feed], measure: str, where: Mapping[str, str], day: sa.Column[int]
) -> sa.ColumnElement[bool]:
    """Return which rows count; of a connection that was disconnected, none of the days to come then."""
    mine = series.c.generation_id
    wanted = [label_of(connection, name) == value for name, value in where.items()]
    ended = [sa.or_(mine != feed.id, day < feed.ends) for feed in feeds if feed.ends is not None]
    return sa.and_(mine.in_([feed.id for feed in feeds]), series.c.measure == measure, *wanted, *ended)


def _active(connection: sa.Connection, company_id: int) -> list[int]:
    return list(
        connection.execute(
            sa.select(generation.c.id)
            .join(connection_table, connection_table.c.id == generation.c.connection_id)
            .where(connection_table.c.company_id == company_id, generation.c.state == ACTIVE)
        ).scalars()
    )


def _feeds(connection: sa.Connection, company_id: int) -> list[_Feed]:
    gaps = {(row.connection_id, row.stream): row for row in connection.execute(sa.select(incomplete))}
    rows = connection.execute(
        sa.select(generation, connection_table.c.tap, connection_table.c.stopped_at)
        .join(connection_table, connection_table.c.id == generation.c.connection_id)
        .where(connection_table.c.company_id == company_id, generation.c.state == ACTIVE)
        .order_by(generation.c.id)
    ).all()
    read: dict[int, list[Span]] = {}
    for number, start, end in connection.execute(sa.select(span)):
        read.setdefault(number, []).append(Span(from_micros(start), from_micros(end)))
    feeds = []
    for row in rows:
        gap = gaps.get((row.connection_id, row.stream))
        always = frozenset(json.loads(gap.always)) if gap else frozenset()
        coverage = _coverage(row, Spans(read.get(row.id, ())), gap)
        measures = frozenset(json.loads(row.feeds))
        fed = (row.id, row.connection_id, row.tap, row.kind, measures, always, coverage)
        feeds.append(_Feed(*fed, row.created_at, _end(row)))
    return feeds


def _editions(connection: sa.Connection, company_id: int) -> dict[tuple[int, str], dict[int, int]]:
    """Return how often what generations hold of measures was changed, by part."""
    found: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    rows = connection.execute(
        sa.select(edition)
        .join(generation, generation.c.id == edition.c.generation_id)
        .join(connection_table, connection_table.c.id == generation.c.connection_id)
        .where(connection_table.c.company_id == company_id, generation.c.state == ACTIVE)
    )
    for number, measure, part, times in rows:
        found[number, measure][part] = times
    return found


def _end(row: sa.Row[Any]) -> int | None:
    if row.stopped_at is None:
        return None
    return local_day(from_micros(row.stopped_at), ZoneInfo(row.time_zone)).toordinal() + 1


def _coverage(row: sa.Row[Any], read: Spans, gap: sa.Row[Any] | None) -> Coverage:
    newest = read.newest
    zone = ZoneInfo(row.time_zone)
    before = None if gap is None else date.fromordinal(min(gap.before_day, date.max.toordinal()))
    reasons = () if gap is None else (gap.reason,)
    if newest is None:
        return Coverage(None, None, before, reasons)
    settled = newest.end - timedelta(microseconds=row.settles or 0)
    if row.kind == StreamKind.WINDOWS:
        # Which windows are known is known window by window, see `LedgerReader.distinct`.
        return Coverage(date.min, newest.end, before, reasons, settled=settled)
    first_day = _first_day(newest.start + timedelta(microseconds=row.ahead), zone)
    # what a snapshot shows is all there is
    is_whole = row.kind == StreamKind.SNAPSHOT or newest.start <= from_micros(row.history_from)
    is_carried = row.carries is not None and row.stopped_at is None
    holds_to = newest.end + timedelta(microseconds=row.carries) if is_carried else None
    return Coverage(first_day, newest.end, before, reasons, is_whole, holds_to=holds_to, settled=settled)


def _first_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the first local day that starts at ``instant`` or later."""
    day = local_day(instant, zone)
    return day if day_start(day, zone) >= instant else day + timedelta(days=1)
