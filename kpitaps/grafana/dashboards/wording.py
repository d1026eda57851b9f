"""What dashboards say, in Dutch and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards.texts import FISCAL, TEXTS
from kpitaps.measures.dated_by import DUTCH

if TYPE_CHECKING:
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi
    from kpitaps.kpis.goals.figure import GoalFigure
    from kpitaps.measures import Names

UNDATED = frozenset({"day", "window", DUTCH["day"], DUTCH["window"]})
"""Events that say nothing of a day: a figure of each day, or of each period, is that day's or that period's."""

KINDS = {"adds": "adds", "distinct": "distinct", "level": "kind_level", "rate": "rate"}
"""Where the text of each kind of number stands."""


class Wording:
    """Says things of a company in its boards' language.

    Args:
        scene: The company.
    """

    def __init__(self, scene: Scene) -> None:
        self.language = scene.language
        self._scene = scene
        is_fiscal = scene.company.calendar.fiscal_year_start != 1
        self._texts = TEXTS | FISCAL if is_fiscal else TEXTS

    def __call__(self, key: str, **parts: str) -> str:
        """Return a text, its parts filled in."""
        text = self._texts[key][self.language]
        # without parts, braces are Grafana's
        return text.format(**parts) if parts else text

    def names(self, kpi: Kpi) -> Names:
        """Return a KPI's name and definition."""
        return kpi.nl if self.language == "nl" else kpi.en

    def domain(self, domain: str) -> str:
        """Return what a domain is called; one of a company's own is called what its key says."""
        return self(domain) if domain in TEXTS else domain.replace("_", " ").capitalize()

    def kind(self, kpi: Kpi) -> str:
        """Return what kind of number a KPI gives."""
        return self(KINDS[self._scene.character(kpi.key)])

    def dated(self, kpi: Kpi) -> str:
        """Return by which events a KPI's measures are dated; nothing where that is no event."""
        en, nl = self._scene.dated.get(kpi.key, ("", ""))
        events = (nl if self.language == "nl" else en).split("; ")
        return "; ".join(event for event in events if event not in UNDATED)

    def source(self, kpi: Kpi) -> str:
        """Return what the taps that feed a KPI are called."""
        return ", ".join(self._scene.fed_by.get(kpi.key, ()))

    def goal(self, goal: GoalFigure, kpi: Kpi | None) -> str:
        """Return what a goal is called: its own name, or that of its KPI."""
        own = goal.name_nl if self.language == "nl" else goal.name_en
        label = f" · {goal.label}" if goal.label else ""
        return own or f"{self.names(kpi).name if kpi else goal.kpi}{label}"

    def no_value(self, kpi: Kpi | None, *, chosen: bool = False) -> str:
        """Return what stands where a KPI has no value: that there will be one, only if that is so.

        Args:
            kpi: The KPI, if it is known.
            chosen: Whether the value is that of the chosen period, which may be too short.
        """
        if kpi and chosen and kpi.month_or_longer:
            return self("too_short")
        return self("no_quotient" if kpi and self._scene.divides(kpi) else "no_value")

    def why_no_value(self, kpi: Kpi) -> tuple[str, ...]:
        """Return when a KPI has no value in the chosen period, other than because it is not known yet."""
        too_short = (self("about_too_short"),) if kpi.month_or_longer else ()
        return (*too_short, self("about_no_quotient")) if self._scene.divides(kpi) else too_short

    def about(self, kpi: Kpi, *sentences: str) -> str:
        """Return the description of a panel: what a KPI means, what the panel shows of it, its kind and its source."""
        dated, source = self.dated(kpi), self.source(kpi)
        lines = [
            self.names(kpi).definition,
            " ".join(sentences),
            " ".join(
                (
                    self("what_kind", kind=self.kind(kpi)),
                    *([self("what_dated", dated=dated)] if dated else []),
                    *([self("what_source", source=source)] if source else []),
                    self(f"better_{kpi.good}"),
                )
            ),
        ]
        return "\n\n".join(line for line in lines if line)


def as_written(text: str) -> str:
    """Return a text as it is, where Markdown, HTML or Grafana would read signs in it."""
    escaped = "".join(f"\\{sign}" if sign in "\\`*_[]#|" else sign for sign in " ".join(text.split()))
    return escaped.replace("<", "&lt;").replace("$", "&#36;")
