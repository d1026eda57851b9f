"""What dashboards and alert rules are made of, for each company."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kpitaps.app.boards import catalogue, company_board
from kpitaps.app.digest.plans import LANGUAGES, language_of
from kpitaps.app.owning import feeders
from kpitaps.errors import BadUse
from kpitaps.grafana.scene import Scene, Source, TapDashboard
from kpitaps.kpis.goals.character import character
from kpitaps.measures.dated_by import DUTCH
from kpitaps.store import connected_taps, list_companies, list_connections, list_owners
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Definition
    from kpitaps.measures import Measure
    from kpitaps.store import Company
    from kpitaps.tap import Tap

_logger = logging.getLogger(__name__)


def scenes(runtime: Runtime, language: str = "") -> tuple[Scene, ...]:
    """Return what there is to be shown of each company.

    Args:
        runtime: The process.
        language: ``en`` or ``nl``; empty for Dutch where most who live in the company's time zone speak it.

    Raises:
        BadUse: for another language.
    """
    if language and language not in LANGUAGES:
        raise BadUse(f"there is no language {language!r}: {' or '.join(LANGUAGES)}")
    companies = list_companies(runtime.ledger.database)
    return tuple(_scene(runtime, company, language, is_only=len(companies) == 1) for company in companies)


def _scene(runtime: Runtime, company: Company, language: str, *, is_only: bool) -> Scene:
    board = company_board(runtime, company)
    fed = catalogue(runtime, company).available(runtime.ledger.reader(company.id))
    database, taps = runtime.ledger.database, runtime.plugins.taps
    mine = [tap for name in connected_taps(database, company.id) if (tap := taps.get(name))]
    return Scene(
        company=board.company,
        kpis=tuple(definition.kpi for definition in fed),
        dated={definition.kpi.key: _dated(definition) for definition in fed},
        fed_by=_fed_by(fed, mine, list_owners(database, company.id)),
        goals=board.goals,
        sources=tuple(
            Source(each.name, each.tap, taps[each.tap].title if each.tap in taps else each.tap)
            for each in list_connections(database, company.id)
        ),
        of_taps=tuple(_brought(mine)),
        is_only=is_only,
        language=language or language_of(None, company.time_zone),
        characters={definition.kpi.key: character(definition.formula.node) for definition in fed},
        counted=frozenset(
            definition.kpi.key
            for definition in fed
            if any(measure.kind is Kind.DISTINCT for measure in _measures(definition))
        ),
    )


def _measures(definition: Definition) -> tuple[Measure, ...]:
    return tuple(dict.fromkeys(term.measure for term in definition.formula.terms))


def _dated(definition: Definition) -> tuple[str, str]:
    """Return by which events a KPI's measures are dated, in English and Dutch."""
    events = tuple(dict.fromkeys(measure.dated_by for measure in _measures(definition)))
    return "; ".join(events), "; ".join(DUTCH.get(event, event) for event in events)


def _fed_by(fed: Iterable[Definition], taps: Iterable[Tap], owners: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return what the taps that feed each KPI are called; of several that could, the one whose word counts."""
    titles = {tap.name: tap.title for tap in taps}
    names = feeders(taps)
    found: dict[str, tuple[str, ...]] = {}
    for definition in fed:
        feeding = [
            titles[name]
            for measure in definition.measures
            for name in names.get(measure, ())
            if owners.get(measure, name) == name
        ]
        found[definition.kpi.key] = tuple(dict.fromkeys(feeding))
    return found


def _brought(taps: Iterable[Tap]) -> Iterator[TapDashboard]:
    """Yield the dashboards that taps bring along; one that cannot be read is left out, and logged."""
    for tap in taps:
        if tap.dashboard is None:
            continue
        try:
            yield TapDashboard(tap.name, tap.title, tap.dashboard.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            _logger.warning("tap %s: its dashboard %s cannot be read: %s", tap.name, tap.dashboard, error)
