"""Putting a digest together: from the board, the ledger and what was told before."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from kpitaps.app.boards import catalogue, company_board, company_face
from kpitaps.app.digest.content import BEHIND, Digest, GoalLine, KpiLine, Restated, Restatement, Source
from kpitaps.app.digest.period import Every, Period, closed_period, running_period
from kpitaps.app.digest.trends import trends
from kpitaps.app.rates import known_rates
from kpitaps.app.status import connection_statuses
from kpitaps.calendar import day_end
from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import near
from kpitaps.kpis.goals.figure import Status
from kpitaps.measures import VOCABULARY
from kpitaps.store import list_sendings, restated_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Board, Catalogue, Figure, Kpi
    from kpitaps.store import Company, Sending

CORE = (
    *("revenue", "order_revenue", "gross_margin", "net_profit", "cash_flow", "orders", "new_customers"),
    *("pipeline_weighted", "conversion_rate", "first_response_time", "nps", "billable_ratio"),
)
"""What is told of a company that has chosen nothing, the most important first."""

MOST_KPIS = 7
"""As many key figures as people can keep an eye on."""

_URGENCY = {status: rank for rank, status in enumerate((*BEHIND, Status.UNKNOWN, Status.ON_TRACK))}
_NEVER = Fraction(0)
_FRESH = timedelta(days=1)
"""How old data may be before a digest of a running period says so."""


def gather(
    runtime: Runtime, company: Company, every: Every, *, key: str = "", kpis: Sequence[str] = (), so_far: bool = False
) -> Digest:
    """Return a company's digest.

    Args:
        runtime: The process.
        company: Whose.
        every: Of the last full week or month.
        key: Under which it is sent; what was told under it before is held against what holds now.
        kpis: The KPIs that are told; by default those of goals and the usual ones.
        so_far: Of the running week or month instead.

    Raises:
        BadDefinition: if one of ``kpis`` does not exist.
    """
    face, board = company_face(runtime, company), company_board(runtime, company)
    today = face.calendar.today(board.at)
    period = (running_period if so_far else closed_period)(face.calendar, every, today)
    goals = tuple(sorted(_goals(board), key=_urgency))
    figures = {each.kpi: each for each in board.figures if each.window == period.window and not each.labels}
    rows = {kpi.key: kpi for kpi in board.kpis}
    known = catalogue(runtime, company)
    chosen = [key for key in (_named(kpis, rows, known) if kpis else _usual(goals, figures)) if key in figures]
    drawn = trends(face, known, runtime.ledger.reader(company.id), period, chosen, rates=known_rates(runtime))
    lines = tuple(KpiLine(rows[key], figures[key], drawn[key]) for key in chosen)
    before = _told_before(runtime, company, key, period)
    is_neighbour = before is not None and before.letter.span == face.calendar.previous(period.window, today)
    return Digest(
        key=key,
        company=face,
        period=period,
        at=board.at.astimezone(face.calendar.zone),
        goals=goals,
        kpis=lines,
        restatements=tuple(_restatements(before, lines)) if before and is_neighbour else (),
        restated=_restated(runtime, company, before),
        sources=tuple(_sources(runtime, company, board, period)),
    )


def _goals(board: Board) -> Iterable[GoalLine]:
    rows = {kpi.key: kpi for kpi in board.kpis}
    return (GoalLine(rows[figure.kpi], figure) for figure in board.goals if figure.kpi in rows)


def _urgency(line: GoalLine) -> tuple[int, Fraction]:
    attainment = line.figure.attainment
    return _URGENCY[line.figure.status], _NEVER if attainment is None else attainment


def _named(keys: Sequence[str], rows: Mapping[str, Kpi], there_are: Catalogue) -> list[str]:
    every = [*rows, *(kpi.key for kpi in there_are.kpis)]
    for key in keys:
        if key not in every:
            raise BadDefinition(f"digests.toml: there is no KPI {key!r}; {near(key, every)}")
    return [key for key in keys if key in rows]


def _usual(goals: Iterable[GoalLine], figures: Mapping[str, Figure]) -> list[str]:
    wanted = dict.fromkeys([*(goal.kpi.key for goal in goals), *CORE])
    valued = [key for key in wanted if key in figures and figures[key].value is not None]
    # turnover is told once: as the books have it, or else as the shop does
    if "revenue" in valued and "order_revenue" not in {goal.kpi.key for goal in goals}:
        valued = [key for key in valued if key != "order_revenue"]
    # chosen by goal first, told in the order in which people ask
    return sorted(valued[:MOST_KPIS], key=lambda key: CORE.index(key) if key in CORE else len(CORE))


def _told_before(runtime: Runtime, company: Company, key: str, period: Period) -> Sending | None:
    """Return what was told of the period before, under the same key."""
    sent = (each for each in list_sendings(runtime.ledger.database, company.id) if each.told)
    return next(
        (each for each in sent if each.letter.digest == key and each.letter.span.last < period.span.first), None
    )


def _restatements(before: Sending, lines: Iterable[KpiLine]) -> Iterable[Restatement]:
    """Compare what was told of the period just before with what the figures say of it now."""
    for line in lines:
        told, now = before.told.get(line.kpi.key), line.figure.previous
        if told is not None and now is not None and line.figure.number(Fraction(told)) != line.figure.number(now):
            yield Restatement(line.kpi, line.unit, before.letter.span, Fraction(told), now)


def _restated(runtime: Runtime, company: Company, before: Sending | None) -> tuple[Restated, ...]:
    if before is None:
        return ()
    days = restated_days(runtime.ledger.database, company.id, before.at, before.letter.span.first)
    found = [Restated(VOCABULARY.get(measure, measure), number, span) for measure, (number, span) in days.items()]
    return tuple(sorted(found, key=lambda each: -each.days))


def _sources(runtime: Runtime, company: Company, board: Board, period: Period) -> Iterable[Source]:
    zone = board.company.calendar.zone
    end = board.at - _FRESH if period.is_open else day_end(period.span.last, zone)
    found = []
    for status in connection_statuses(runtime):
        if status.company != company.key:
            continue
        instants = [stream.through for stream in status.streams]
        known = [instant.astimezone(zone) for instant in instants if instant is not None]
        through = min(known) if known and len(known) == len(instants) else None
        found.append(Source(status.connection.name, through, through is None or through < end, len(status.repairs)))
    return sorted(found, key=lambda source: (not source.is_late, not source.repairs, source.name))
