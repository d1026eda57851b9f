"""The catalogue: KPIs whose formulas were found valid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kpitaps.errors import BadDefinition
from kpitaps.kpis.places import InProgram
from kpitaps.measures import VOCABULARY
from kpitaps.units import Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kpitaps.kpis.formula import Formula
    from kpitaps.kpis.kpi import Kpi
    from kpitaps.kpis.places import Place
    from kpitaps.measures import Measure
    from kpitaps.store.reading import MeasureReader


@dataclass(frozen=True, slots=True)
class Definition:
    """A KPI and its compiled formula."""

    kpi: Kpi
    formula: Formula

    @property
    def measures(self) -> tuple[str, ...]:
        """The keys of the measures it is computed from, each once; until a choice is made, those of all its options."""
        return tuple(dict.fromkeys(term.key for term in self.formula.terms))

    def chosen(self, is_fed: Callable[[str], bool]) -> Definition | None:
        """Return the definition with its formula's choices made by what is fed; None if it needs what is not."""
        formula = self.formula.chosen(is_fed)
        return None if formula is None else Definition(self.kpi, formula)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Valid KPIs, in the order in which they are shown."""

    definitions: tuple[Definition, ...]

    @property
    def kpis(self) -> tuple[Kpi, ...]:
        """The rows."""
        return tuple(definition.kpi for definition in self.definitions)

    def available(self, reader: MeasureReader) -> tuple[Definition, ...]:
        """Return the KPIs whose measures are fed by some connection of the company, their choices made."""

        @cache
        def is_fed(measure: str) -> bool:
            return reader.coverage(measure) is not None

        chosen = (definition.chosen(is_fed) for definition in self.definitions)
        return tuple(definition for definition in chosen if definition is not None)


def define(kpis: Iterable[Kpi], measures: Mapping[str, Measure] | None = None) -> Catalogue:
    """Return the catalogue of ``kpis``.

    Args:
        kpis: The rows; their formulas may refer to each other in any order.
        measures: The measures that formulas may use; None for the shared vocabulary.

    Raises:
        BadDefinition: naming the KPI, the place in its formula, what is wrong there and how to mend it.
    """
    rows: dict[str, Kpi] = {}
    for kpi in kpis:
        if kpi.key in rows:
            raise BadDefinition(f"KPI {kpi.key} is defined twice; give one of the two another key")
        rows[kpi.key] = kpi
    broken: dict[str, BadDefinition] = {}
    catalogue = define_valid(rows.values(), VOCABULARY if measures is None else measures, {}, broken)
    for error in broken.values():
        raise error
    return catalogue


def define_valid(
    kpis: Iterable[Kpi],
    measures: Mapping[str, Measure],
    places: Mapping[str, Place],
    broken: dict[str, BadDefinition],
) -> Catalogue:
    """Return the catalogue of those of ``kpis`` that are valid: one that is not takes only those along that use it.

    Args:
        kpis: The rows, each with a key of its own; where a circle runs through several, the first one is to blame.
        measures: The measures that formulas may use.
        places: Where rows stand that do not ship.
        broken: The keys that are known not to be valid, and why; those found here are added, causes first.
    """
    return _Definer({kpi.key: kpi for kpi in kpis}, measures, places, broken).catalogue()


class _Definer:
    def __init__(
        self,
        kpis: dict[str, Kpi],
        measures: Mapping[str, Measure],
        places: Mapping[str, Place],
        broken: dict[str, BadDefinition],
    ) -> None:
        self._kpis = kpis
        self._measures = measures
        self._places = places
        self._broken = broken
        self._known = frozenset((*kpis, *broken))
        self._formulas: dict[str, Formula] = {}
        self._under_way: list[str] = []

    def catalogue(self) -> Catalogue:
        compiled = ((kpi, self._formula(kpi.key)) for kpi in self._kpis.values())
        return Catalogue(tuple(Definition(kpi, formula) for kpi, formula in compiled if formula is not None))

    def _formula(self, key: str) -> Formula | None:
        """Return the formula of a KPI; None if it is not valid."""
        if key in self._under_way:
            circle = " → ".join([*self._under_way[self._under_way.index(key) :], key])
            problem = f"{self._place(key)} is computed from itself: {circle}; break the circle"
            self._broken.setdefault(key, BadDefinition(problem))
        if key not in self._formulas and key not in self._broken:
            self._under_way.append(key)
            try:
                self._formulas[key] = self._compiled(self._kpis[key])
            except BadDefinition as error:
                # that it is part of a circle may be known already, and says more
                self._broken.setdefault(key, error)
            self._under_way.pop()
        return self._formulas.get(key)

    def _compiled(self, kpi: Kpi) -> Formula:
        # lark takes a while to load, which commands that evaluate nothing need not wait for
        from kpitaps.kpis.grammar import compile_formula  # noqa: PLC0415

        place = self._place(kpi.key)
        formula = compile_formula(
            kpi.formula, what=place, measures=self._measures, kpis=self._known, reference=self._formula
        )
        _check(kpi, place, formula)
        return formula

    def _place(self, key: str) -> Place:
        return self._places.get(key) or InProgram(f"KPI {key}")


def _check(kpi: Kpi, place: Place, formula: Formula) -> None:
    if not formula.node.dimension.fits(kpi.unit):
        fitting = [f'"{unit}"' for unit in Unit if formula.node.dimension.fits(unit)]
        way_out = f"write unit = {' or '.join(fitting)}, or mend the formula" if fitting else "mend the formula"
        raise BadDefinition(
            f"{place}: its formula gives {formula.node.dimension}, but its unit is {kpi.unit}; {way_out}"
        )
    if kpi.by is None:
        return
    for term in formula.terms:
        if kpi.by not in term.measure.labels:
            declared = ", ".join(term.measure.labels) or "none"
            raise BadDefinition(
                f"{place}: {term.key} has no label {kpi.by!r} to break it down by: declared are {declared}"
            )
        if term.measure.kind is Kind.DISTINCT:
            raise BadDefinition(
                f"{place}: {term.key} counts distinct subjects, so its parts do not add up to a whole; "
                f"leave out by={kpi.by!r}"
            )
