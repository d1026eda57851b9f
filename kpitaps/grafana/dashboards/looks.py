"""How the values of KPIs and goals look: units, digits, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards.panel import BLUE, GREEN, GREY, ORANGE, RED, Look
from kpitaps.kpis.goals.character import Character
from kpitaps.units import Good, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.grafana.dashboards.wording import Wording
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi

MULTIPLES = frozenset({"debt_ratio", "return_on_ad_spend", "clv_to_cac"})
"""Ratios that are read as a number of times rather than as a share of a hundred."""

HOURS = "suffix: h"
"""Hours, however many: Grafana's own would call 55 hours of work 2.3 days, of 24 hours each."""

BRIEF = frozenset({"page_load_time"})
"""Times of which tenths of a second are too coarse."""

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "TRY": "₺", "PLN": "zł", "CZK": "Kč"}
_BEHIND = frozenset({"PLN", "CZK", "SEK", "NOK", "DKK", "HUF", "RON", "BGN", "ISK"})
"""Currencies whose sign, or code, is written behind the amount."""

HARDLY = 1e-9
"""What is more than nothing: where a colour begins that 0 does not have."""

FRESH = ((GREEN, None), (ORANGE, 86_400.0), (RED, 259_200.0))
"""Colours of an age in seconds: after a day, and after three."""


def money_unit(currency: str) -> str:
    """Return Grafana's unit for amounts of a currency, written in full: ``currency:financial:€``."""
    sign = _SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"currency:financial:{sign.strip()}:suffix" if currency in _BEHIND else f"currency:financial:{sign}"


def is_work(kpi: Kpi) -> bool:
    """Return whether a KPI is time that people work, which is told in hours."""
    return kpi.unit is Unit.DURATION and kpi.domain == "operations"


def of_kpi(scene: Scene, kpi: Kpi) -> Look:
    """Return how a KPI's values look."""
    match kpi.unit:
        case Unit.MONEY:
            # a price per order has cents, a month's revenue need not
            is_rate = scene.character(kpi.key) is Character.RATE
            return Look(money_unit(scene.company.currency), 2 if is_rate else 0)
        case Unit.DURATION:
            return Look(HOURS, 1) if is_work(kpi) else Look("s", 2 if kpi.key in BRIEF else 1)
        case Unit.RATIO if kpi.key in MULTIPLES:
            return Look("suffix: ×", 2)
        case Unit.RATIO:
            return Look("percentunit", 1)
        case Unit.SCORE:
            return Look("none", 0)
        case _:
            return Look("locale", 0)


def of_change(kpi: Kpi) -> Look:
    """Return how a KPI's change looks: green for the better, red for the worse."""
    better, worse = (GREEN, RED) if kpi.good is Good.UP else (RED, GREEN)
    steps = ((worse, None), (GREY, -HARDLY), (better, HARDLY))
    if kpi.unit is Unit.SCORE:
        return Look("none", 0, steps)
    return Look("suffix: ×", 2, steps) if kpi.key in MULTIPLES else Look("percentunit", 1, steps)


def of_status(say: Wording) -> Look:
    """Return how a goal's status looks: 0, 1 and 2 as words."""
    texts = (("0", say("on_track"), GREEN), ("1", say("at_risk"), ORANGE), ("2", say("off_track"), RED))
    return Look("none", 0, ((GREEN, None), (ORANGE, 1.0), (RED, 2.0)), texts)


ATTAINMENT = Look("percentunit", 0, low=0, high=1.5)
"""What a goal has reached of what is expected. Its status has the colours: from when on it is off track, differs."""


def of_trouble(none: Sequence[tuple[str, str, str]] = ()) -> Look:
    """Return how a number of things looks of which there should be none."""
    return Look("locale", 0, ((GREEN, None), (RED, 1.0)), tuple(none))


def plain(look: Look) -> Look:
    """Return a look in one quiet colour."""
    return Look(look.unit, look.decimals, ((BLUE, None),), look.texts, look.low, look.high)
