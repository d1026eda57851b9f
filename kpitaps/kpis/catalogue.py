"""The catalogue: KPIs whose formulas were found valid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kpitaps.errors import BadDefinition
from kpitaps.measures import VOCABULARY
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kpitaps.kpis.formula import Formula
    from kpitaps.kpis.kpi import Kpi
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
    return _Definer(tuple(kpis), VOCABULARY if measures is None else measures).catalogue()


class _Definer:
    def __init__(self, kpis: tuple[Kpi, ...], measures: Mapping[str, Measure]) -> None:
        self._kpis: dict[str, Kpi] = {}
        for kpi in kpis:
            if kpi.key in self._kpis:
                raise BadDefinition(f"KPI {kpi.key} is defined twice; give one of the two another key")
            self._kpis[kpi.key] = kpi
        self._measures = measures
        self._formulas: dict[str, Formula] = {}
        self._under_way: list[str] = []

    def catalogue(self) -> Catalogue:
        return Catalogue(tuple(Definition(kpi, self._formula(kpi.key)) for kpi in self._kpis.values()))

    def _formula(self, key: str) -> Formula:
        if key in self._formulas:
            return self._formulas[key]
        # lark takes a while to load, which commands that evaluate nothing need not wait for
        from kpitaps.kpis.grammar import compile_formula  # noqa: PLC0415

        if key in self._under_way:
            circle = " → ".join([*self._under_way[self._under_way.index(key) :], key])
            raise BadDefinition(f"KPI {key} is computed from itself: {circle}; break the circle")
        kpi = self._kpis[key]
        self._under_way.append(key)
        formula = compile_formula(
            kpi.formula, what=f"KPI {key}", measures=self._measures, kpis=self._kpis, reference=self._formula
        )
        self._under_way.pop()
        _check(kpi, formula)
        self._formulas[key] = formula
        return formula


def _check(kpi: Kpi, formula: Formula) -> None:
    if not formula.node.dimension.fits(kpi.unit):
        raise BadDefinition(
            f"KPI {kpi.key}: its formula gives {formula.node.dimension}, but its unit is {kpi.unit}; change one of them"
        )
    if kpi.by is None:
        return
    for term in formula.terms:
        if kpi.by not in term.measure.labels:
            declared = ", ".join(term.measure.labels) or "none"
            raise BadDefinition(
                f"KPI {kpi.key}: {term.key} has no label {kpi.by!r} to break it down by: declared are {declared}"
            )
        if term.measure.kind is Kind.DISTINCT:
            raise BadDefinition(
                f"KPI {kpi.key}: {term.key} counts distinct subjects, so its parts do not add up to a whole; "
                f"leave out by={kpi.by!r}"
            )
