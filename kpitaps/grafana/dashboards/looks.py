"""How the values of KPIs and goals look: units, digits, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps.grafana.dashboards.panel import BLUE, GREEN, GREY, ORANGE, RED, Look
from kpitaps.kpis import MULTIPLES
from kpitaps.kpis.goals.character import Character
from kpitaps.units import Good, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.grafana.dashboards.wording import Wording
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi

WHOLE = frozenset({"burn_rate", "average_deal_value", "customer_lifetime_value"})
"""Rates of money that are large: cents say nothing."""


class TimeUnit(NamedTuple):
    """What times of a KPI are told in, however long they are.

    Grafana's own choice differs from value to value: weeks beside years, 55 hours of work as 2.3 days of 24 hours each.

    Attributes:
        seconds: How long one is.
        en: What it is called in English.
        nl: The same in Dutch.
    """

    seconds: int
    en: str
    nl: str

    def said(self, language: str) -> str:
        """Return what it is called in ``en`` or ``nl``."""
        return self.nl if language == "nl" else self.en


HOURS = TimeUnit(3_600, "h", "u")
DAYS = TimeUnit(86_400, "days", "dagen")
MONTHS = TimeUnit(2_629_800, "months", "mnd")
"""A twelfth of a year of 365.25 days, as formulas have it."""

TIME_UNITS = {
    "runway": MONTHS,
    "receivable_period": DAYS,
    "sales_cycle": DAYS,
    "first_response_time": HOURS,
    "resolution_time": HOURS,
}

BRIEF = frozenset({"page_load_time"})
"""Times of which tenths of a second are too coarse."""

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "TRY": "₺", "PLN": "zł", "CZK": "Kč"}
_BEHIND = frozenset({"PLN", "CZK", "SEK", "NOK", "DKK", "HUF", "RON", "BGN", "ISK"})
"""Currencies whose sign, or code, is written behind the amount."""

HARDLY = 1e-9
"""What is more than nothing: where a colour begins that 0 does not have."""

AFTER_THE_END = 3
"""What is added to the status of a goal that is over: 0 becomes reached, 1 and 2 missed."""

FRESH = ((GREEN, None), (ORANGE, 86_400.0), (RED, 259_200.0))
"""Colours of an age in seconds: after a day, and after three."""


def money_unit(currency: str) -> str:
    """Return Grafana's unit for amounts of a currency, written in full: ``currency:financial:€``."""
    sign = _SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"currency:financial:{sign.strip()}:suffix" if currency in _BEHIND else f"currency:financial:{sign}"


def time_unit(kpi: Kpi) -> TimeUnit | None:
    """Return what a KPI's times are told in, work in hours; None where Grafana chooses, or they are no times."""
    if kpi.unit is not Unit.DURATION:
        return None
    return HOURS if kpi.domain == "operations" else TIME_UNITS.get(kpi.key)


def of_instant(language: str) -> Look:
    """Return how an instant looks: in English how long ago it was, which Grafana cannot say in Dutch."""
    unit = "time:DD-MM-YYYY HH:mm" if language == "nl" else "dateTimeFromNow"
    return Look(unit, steps=(("text", None),))


def of_kpi(scene: Scene, kpi: Kpi) -> Look:
    """Return how a KPI's values look."""
    match kpi.unit:
        case Unit.MONEY:
            # a price per order has cents, a month's revenue need not
            is_rate = scene.character(kpi.key) is Character.RATE
            return Look(money_unit(scene.company.currency), 2 if is_rate and kpi.key not in WHOLE else 0)
        case Unit.DURATION:
            told = time_unit(kpi)
            return Look(f"suffix: {told.said(scene.language)}", 1) if told else Look("s", 2 if kpi.key in BRIEF else 1)
        case Unit.RATIO:
            return Look("percentunit", 1) if is_share(kpi) else Look("suffix: ×", 2)
        case Unit.SCORE:
            return Look("none", 0)
        case _:
            return Look("locale", 0)


def is_share(kpi: Kpi) -> bool:
    """Return whether a KPI is read as a share of a hundred, and changes in percentage points."""
    return kpi.unit is Unit.RATIO and kpi.key not in MULTIPLES


def of_change(kpi: Kpi, say: Wording) -> Look:
    """Return how a KPI's change looks: green for the better, red for the worse."""
    better, worse = (GREEN, RED) if kpi.good is Good.UP else (RED, GREEN)
    steps = ((worse, None), (GREY, -HARDLY), (better, HARDLY))
    if kpi.unit is Unit.SCORE:
        return Look("none", 0, steps)
    if is_share(kpi):
        return Look(f"suffix: {say('percentage_points')}", 1, steps)
    return Look("suffix: ×", 2, steps) if kpi.key in MULTIPLES else Look("percentunit", 1, steps)


def of_status(say: Wording) -> Look:
    """Return how a goal's status looks, as words: 0, 1 and 2, and what became of a goal that is over."""
    texts = (
        ("0", say("on_track"), GREEN),
        ("1", say("at_risk"), ORANGE),
        ("2", say("off_track"), RED),
        (str(AFTER_THE_END), say("goal_reached"), GREEN),
        *((str(AFTER_THE_END + missed), say("goal_missed"), GREY) for missed in (1, 2)),
    )
    return Look("none", 0, ((GREEN, None), (ORANGE, 1.0), (RED, 2.0)), texts)


ATTAINMENT = Look("percentunit", 0, low=0, high=1.5)
"""What a goal has reached of what is expected. Its status has the colours: from when on it is off track, differs."""


def of_trouble(none: Sequence[tuple[str, str, str]] = ()) -> Look:
    """Return how a number of things looks of which there should be none."""
    return Look("locale", 0, ((GREEN, None), (RED, 1.0)), tuple(none))


def plain(look: Look) -> Look:
    """Return a look in one quiet colour."""
    return Look(look.unit, look.decimals, ((BLUE, None),), look.texts, look.low, look.high)
