"""A company whose rules are looked at: a few KPIs, a goal, and what alerts.toml says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.alerts import FILE, AlertsFile, judged, read_alerts, rules_for
from kpitaps.calendar import CompanyCalendar, DaySpan
from kpitaps.kpis import KPIS, CompanyFace
from kpitaps.kpis.goals import GoalFigure, Status
from kpitaps.units import Good, Quality, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps.alerts import Rule
    from kpitaps.errors import BadDefinition
    from kpitaps.kpis import Kpi

KADE = CompanyFace("kade", "Branderij De Kade", "EUR", CompanyCalendar(ZoneInfo("Europe/Amsterdam")))
YEAR = DaySpan(date(2025, 1, 1), date(2025, 12, 31))


def goal(key: str = "growth", **more: Any) -> GoalFigure:
    """Return a goal on revenue."""
    terms: dict[str, Any] = {
        "company": "kade",
        "goal": key,
        "kpi": "revenue",
        "label": "",
        "unit": Unit.MONEY,
        "currency": "EUR",
        "name_en": "15 % more revenue",
        "name_nl": "15 % meer omzet",
        "good": Good.UP,
        "period": YEAR,
        "as_of": date(2025, 3, 1),
        "measured": "period",
        "target": Fraction(1_200_000),
        "status": Status.ON_TRACK,
        "since": date(2025, 1, 1),
        "owner": "Sanne",
        "team": "",
        "decides": "whether a second roaster is bought",
        "decides_nl": "of er een tweede brander komt",
        "is_open": True,
        "quality": Quality.PROVISIONAL,
    }
    return GoalFigure(**{**terms, **more})


@dataclass(frozen=True)
class Company:
    """What rules are made of."""

    company: CompanyFace = KADE
    kpis: tuple[Kpi, ...] = tuple(KPIS)
    goals: tuple[GoalFigure, ...] = field(default_factory=lambda: (goal(),))
    is_only: bool = True
    language: str = "en"


def read(folder: Path, text: str) -> tuple[AlertsFile, list[BadDefinition]]:
    """Return what an ``alerts.toml`` with this text says, and what is wrong with it."""
    (folder / FILE).write_text(text, encoding="utf-8")
    return read_alerts(folder / FILE)


def rules(folder: Path, text: str = "", company: Company | None = None) -> dict[str, Rule]:
    """Return the rules of a company by their keys, given a text that has no errors."""
    alerts, errors = read(folder, text)
    assert errors == []
    found = judged(company or Company(), alerts)
    assert found.errors == ()
    assert found.rules == rules_for(company or Company(), alerts)
    return {rule.key: rule for rule in found.rules}
