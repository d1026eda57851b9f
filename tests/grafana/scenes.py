"""Small scenes to make dashboards of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from kpitaps.calendar import CompanyCalendar, DaySpan
from kpitaps.grafana import Scene
from kpitaps.kpis import KPIS, CompanyFace
from kpitaps.kpis.goals import GoalFigure, Status
from kpitaps.kpis.goals.character import Character
from kpitaps.units import Good, Quality, Unit

YEAR = DaySpan(date(2025, 1, 1), date(2025, 12, 31))
KADE = CompanyFace("kade", "De Kade", "EUR", CompanyCalendar(ZoneInfo("Europe/Amsterdam")))


def scene(*keys: str, **more: Any) -> Scene:
    """Return a scene with the KPIs of these keys; all there are, if none is named."""
    kpis = tuple(kpi for kpi in KPIS if not keys or kpi.key in keys)
    made = Scene(
        company=KADE,
        kpis=kpis,
        dated={kpi.key: ("booking date", "de boekdatum") for kpi in kpis},
        fed_by={kpi.key: ("Exact Online",) for kpi in kpis},
        goals=(),
        sources=(),
        of_taps=(),
        is_only=True,
        language="en",
        characters={"revenue": Character.ADDS, "mrr": Character.LEVEL, "visitors": Character.DISTINCT},
    )
    return replace(made, **more)


def goal(key: str, **more: Any) -> GoalFigure:
    """Return a goal for revenue that is on track."""
    made = GoalFigure(
        company="kade",
        goal=key,
        kpi="revenue",
        label="",
        name_en="",
        name_nl="",
        unit=Unit.MONEY,
        currency="EUR",
        good=Good.UP,
        period=YEAR,
        as_of=date(2025, 6, 1),
        measured="period",
        target=Fraction(100),
        status=Status.ON_TRACK,
        since=date(2025, 1, 1),
        owner="Sanne",
        team="",
        decides="whether a second roaster is bought",
        decides_nl="of er een tweede brander komt",
        is_open=True,
        quality=Quality.FINAL,
    )
    return replace(made, **more)
