"""A company's own KPIs: the tables ``[kpi.<key>]`` of its ``kpis.toml``.

A table whose key is that of a KPI that ships changes that KPI: what it leaves out stays as it was. So what a company
counts as the cost of winning a customer needs no setting of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints

from kpitaps.calendar import Comparing
from kpitaps.errors import BadDefinition
from kpitaps.kpis.catalogue import Catalogue, define_valid
from kpitaps.kpis.kpi import Kpi
from kpitaps.kpis.vocabulary import KPIS
from kpitaps.measures import Names
from kpitaps.units import Good, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpitaps.kpis.files import Table
    from kpitaps.kpis.places import Place
    from kpitaps.measures import Measure

Domain = Literal["finance", "sales", "commerce", "marketing", "service", "operations"]
"""The parts of a business that KPIs belong to, in the order in which they are shown."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_NEEDED = ("formula", "unit", "good", "domain")


class Words(BaseModel):
    """What a KPI is called in one language, and what that means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    definition: _Text | None = None


class KpiTable(BaseModel):
    """One table of ``kpis.toml``.

    Attributes:
        formula: How it is computed.
        unit: What it is measured in.
        good: The direction in which it improves.
        domain: The part of the business it belongs to.
        by: The one label that it is broken down by.
        leading: Whether it tells of what is coming.
        month_or_longer: Whether it says nothing in windows that are shorter than a month.
        previous: What a window to date is compared with: as many days of the period before, or the same share of it.
        last_year: Whether a year before means the same dates, or the same weekdays; None leaves that to the window.
        en: English name and definition.
        nl: Dutch name and definition.
        company: The key of the company that it is for; None for every one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    formula: str | None = None
    unit: Unit | None = None
    good: Good | None = None
    domain: Domain | None = None
    by: str | None = None
    leading: bool | None = None
    month_or_longer: bool | None = None
    previous: Literal["days", "share"] | None = None
    last_year: Literal["dates", "weekdays"] | None = None
    en: Words | None = None
    nl: Words | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class OwnKpis:
    """The KPIs of one company, those that ship included.

    Attributes:
        catalogue: Those that are valid.
        own: Those that its file defines or changes, by key, and where they stand.
        problems: What is wrong with the others, in sentences that say where and how to mend it.
    """

    catalogue: Catalogue
    own: Mapping[str, Place]
    problems: tuple[str, ...]


def own_kpis(
    tables: Iterable[Table], company: str, measures: Mapping[str, Measure], *, shipped: Iterable[Kpi] = KPIS
) -> OwnKpis:
    """Return a company's KPIs. One that is not valid is left out, with those that are computed from it; the rest works.

    Args:
        tables: The tables of its file.
        company: Its key.
        measures: The measures that formulas may use.
        shipped: The KPIs that every company has.
    """
    known = {kpi.key: kpi for kpi in shipped}
    mine: dict[str, Kpi] = {}
    places: dict[str, Place] = {}
    broken: dict[str, BadDefinition] = {}
    for table in tables:
        if isinstance(named := table.values.get("company"), str) and named != company:
            continue
        try:
            said = table.read(KpiTable)
            if table.key in mine:
                twice = f"{table.place()}: {table.key} is defined twice; give each a company of its own"
                raise BadDefinition(twice)  # noqa: TRY301 - told as what else is wrong with a table
            mine[table.key] = _kpi(table, said, known.get(table.key))
            places[table.key] = table.place("formula")
        except BadDefinition as error:
            broken[table.key] = error
    # its own first: where a circle runs through what ships, that is not to blame
    rows = [*mine.values(), *(kpi for key, kpi in known.items() if key not in mine)]
    valid = define_valid(rows, measures, places, broken)
    return OwnKpis(_ordered(valid, known), places, tuple(map(str, broken.values())))


def _ordered(catalogue: Catalogue, shipped: Mapping[str, Kpi]) -> Catalogue:
    """Return the KPIs by domain: in each first those that ship, in their order."""
    domains, order = get_args(Domain), {key: number for number, key in enumerate(shipped)}
    return Catalogue(
        tuple(
            sorted(
                catalogue.definitions,
                key=lambda each: (domains.index(each.kpi.domain), order.get(each.kpi.key, len(order))),
            )
        )
    )


def _kpi(table: Table, said: KpiTable, shipped: Kpi | None) -> Kpi:
    """Return the KPI that a table defines, or the one that ships as the table changes it."""
    changes = said.model_dump(exclude_none=True, include={*_NEEDED, "by", "leading", "month_or_longer"})
    if "by" in changes:
        changes["by"] = changes["by"] or None
    if said.previous or said.last_year:
        weekdays = None if said.last_year is None else said.last_year == "weekdays"
        changes["compared"] = Comparing(by_share=said.previous == "share", by_weekdays=weekdays)
    if shipped is None and (missing := [name for name in _NEEDED if name not in changes]):
        raise BadDefinition(f"{table.place()}: it lacks {' and '.join(missing)}; only a KPI that ships needs less")
    changes |= {language: _names(language, table.key, said, shipped) for language in _COMPUTED}
    try:
        if shipped is not None:
            return replace(shipped, **changes)
        return Kpi(**{"key": table.key, "leading": False, "by": None, **changes})
    except BadDefinition as error:
        raise BadDefinition(f"{table.place()}: {error}") from None


_COMPUTED = {"en": "Computed as {}.", "nl": "Berekend als {}."}


def _names(language: str, key: str, said: KpiTable, shipped: Kpi | None) -> Names:
    """Return name and definition in one language: as given, else as shipped, else in the other language."""
    given: Words | None = getattr(said, language)
    ships: Names | None = getattr(shipped, language, None)
    if given is None and ships is not None:
        return ships
    words = given or said.en or said.nl
    name = words.name if words else key.replace("_", " ").capitalize()
    if words and words.definition:
        return Names(name, words.definition)
    return Names(
        name, ships.definition if ships else _COMPUTED[language].format(" ".join((said.formula or "").split()))
    )
