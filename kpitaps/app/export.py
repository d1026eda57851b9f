"""Exporting KPIs and measures day by day, exactly, to files that other tools read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from kpitaps.app.boards import catalogue, company_face
from kpitaps.app.own_kpis import known_measures
from kpitaps.app.rates import known_rates
from kpitaps.errors import BadUse
from kpitaps.kpis import Catalogue, Kpi, Memory, define, evaluate
from kpitaps.kpis.daily import Days
from kpitaps.kpis.engine import SHOWN
from kpitaps.kpis.files import near
from kpitaps.kpis.roll_up import roll_up
from kpitaps.units import MICRO, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Definition
    from kpitaps.kpis.daily import DayFigure
    from kpitaps.measures import Measure
    from kpitaps.store import Company, LedgerReader

PLACES = 12
"""Decimals of a quotient; money has six, and so has what adds up."""

_MONEY_PLACES = 6
_EVERY_LABEL = 1_000_000


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One line of an export: a KPI, or a measure, on one day.

    Attributes:
        company: The company's key.
        kind: ``kpi`` or ``measure``.
        key: The key of either.
        label: What it is broken down by; empty for the whole.
        label_value: Of which part it is.
        day: The company's day.
        value: Its value: money in the company's currency, durations in seconds, 1 for 100 %.
        numerator: What adds up over days; None where nothing does.
        denominator: What the sum of numerators is divided by; None where it is not.
        roll_up: How days are put together; see `kpitaps.kpis.roll_up.RollUp`.
        unit: What it is measured in.
        currency: ISO 4217 code for money, else empty.
        quality: How far the value may be trusted.
        is_open: Whether the day is not over, or was not read to its end.
    """

    company: str
    kind: str
    key: str
    label: str
    label_value: str
    day: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    roll_up: str
    unit: str
    currency: str
    quality: str
    is_open: bool


def export_rows(
    runtime: Runtime,
    company: Company,
    *,
    kpis: Sequence[str] | None = None,
    measures: Sequence[str] = (),
    by: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Iterator[ExportRow]:
    """Yield what is known of KPIs and measures, day by day.

    Args:
        runtime: The process.
        company: Whose figures.
        kpis: Keys of KPIs; None for all that have figures.
        measures: Keys of measures.
        by: The label that the measures are broken down by.
        first: The first day; None for the first there is.
        last: The last day; None for today.

    Raises:
        BadUse: if a key is not known, or nothing feeds it.
        BadDefinition: if a measure cannot be broken down by that label.
    """
    reader = runtime.ledger.reader(company.id)
    chosen = _chosen_kpis(catalogue(runtime, company), reader, kpis)
    if chosen:
        yield from _rows(runtime, company, reader, chosen, "kpi", (first, last))
    if measures:
        known = known_measures(runtime.plugins.taps.values())
        fed = [_fed(key, known, reader, by) for key in dict.fromkeys(measures)]
        defined = define([_as_kpi(measure, at, by) for at, measure in enumerate(fed)], known)
        yield from _rows(runtime, company, reader, defined, "measure", (first, last))


def _rows(
    runtime: Runtime,
    company: Company,
    reader: LedgerReader,
    chosen: Catalogue,
    kind: str,
    period: tuple[date | None, date | None],
) -> Iterator[ExportRow]:
    now, memory = runtime.now(), Memory()
    shown = _EVERY_LABEL if kind == "measure" else SHOWN
    face = company_face(runtime, company)
    evaluate(face, chosen, reader, now, rates=known_rates(runtime), memory=memory, shown=shown)
    assert memory.past is not None, "a board is made of something"
    days = Days(memory.past, reader, now)
    for definition in days.definitions:
        known = days.first(definition)
        if known is not None:
            first, last = max(known, period[0] or known), min(days.today, period[1] or days.today)
            figures = days.figures(definition, days.between(first, last))
            yield from (_row(company, definition, figure, kind) for figure in figures)


def _row(company: Company, definition: Definition, figure: DayFigure, kind: str) -> ExportRow:
    kpi = definition.kpi
    label, value = figure.labels[0] if figure.labels else ("", "")
    return ExportRow(
        company.key,
        kind,
        kpi.key if kind == "kpi" else definition.formula.text,
        label,
        value,
        figure.day,
        _decimal(figure.value, _MONEY_PLACES if kpi.unit is Unit.MONEY else PLACES),
        _units(figure.numerator),
        _units(figure.denominator),
        roll_up(definition.formula).value,
        kpi.unit.value,
        company.currency if kpi.unit is Unit.MONEY else "",
        figure.quality.value,
        figure.is_open,
    )


def _decimal(value: Fraction | None, places: int) -> Decimal | None:
    """Return a value with so many decimals, rounded half to even; exactly, however large it is."""
    if value is None:
        return None
    whole = round(value * 10**places)
    while places and not whole % 10:
        whole, places = whole // 10, places - 1
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -places))


def _units(millionths: int | Fraction | None) -> Decimal | None:
    return None if millionths is None else _decimal(Fraction(millionths) / MICRO, _MONEY_PLACES)


def _chosen_kpis(known: Catalogue, reader: LedgerReader, keys: Sequence[str] | None) -> Catalogue:
    if keys is None:
        return known
    by_key = {definition.kpi.key: definition for definition in known.definitions}
    fed = {definition.kpi.key for definition in known.available(reader)}
    for key in keys:
        if key not in by_key:
            raise BadUse(f"there is no KPI {key!r}; {near(key, by_key)}")
        if key not in fed:
            raise BadUse(f"{key} has no figures: no connection feeds all of its measures; kpitaps kpis shows what has")
        if by_key[key].kpi.month_or_longer:
            raise BadUse(
                f"{key} has no days: it says nothing in less than a month; kpitaps kpis --json has its windows"
            )
    return Catalogue(tuple(by_key[key] for key in dict.fromkeys(keys)))


def _fed(key: str, known: dict[str, Measure], reader: LedgerReader, by: str | None) -> Measure:
    if key not in known:
        raise BadUse(f"there is no measure {key!r}; {near(key, known)}")
    if reader.coverage(key) is None:
        raise BadUse(f"no connection feeds {key}; kpitaps measures shows which taps would")
    measure = known[key]
    if by is not None and measure.kind is Kind.DISTINCT:
        raise BadUse(f"{key} counts distinct subjects, so its parts do not add up to a whole; leave out --by")
    if by is not None and by not in measure.labels:
        raise BadUse(f"{key} has no label {by!r} to break it down by; there are {', '.join(measure.labels) or 'none'}")
    return measure


def _as_kpi(measure: Measure, at: int, by: str | None) -> Kpi:
    """Return the KPI that is nothing but a measure; the measure's own key may be unfit for a KPI."""
    return Kpi(
        f"measure_{at}",
        "export",
        measure.key,
        measure.unit,
        measure.good,
        leading=False,
        by=by,
        en=measure.en,
        nl=measure.nl,
    )
