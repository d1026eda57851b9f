"""PromQL for KPIs and goals.

Live series say how things stand; history, which carries a label of its own, how each past day does as it is known
now. Where neither is asked to add up, ``max`` drops the labels that differ by who scraped, and a series that two
servers scrape is not counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards.looks import is_share, time_unit
from kpitaps.kpis.metric_names import DAILY, GOAL_ENDS, HISTORY, HISTORY_LABEL, STATUS, metric_name

if TYPE_CHECKING:
    from kpitaps.kpis import Kpi
    from kpitaps.kpis.goals.figure import GoalFigure

COMPANY = "$company"
"""The board's variable, which always has the company's key."""

WINDOW = "$window"
"""The board's variable for the chosen period."""

YEAR_BEFORE = "offset 364d"
"""A year back to the same weekday."""

_SAME_DATE = "day_of_month(vector(time() + 43200)) == day_of_month(vector(time() + 43200 - 31536000))"
"""Whether 365 days ago was the same date: not in the year after a 29 February. Midnights are asked for: twelve hours
later the date is the same in UTC."""


def selector(metric: str, *matchers: str, **labels: str) -> str:
    """Return a selector of the board's company: ``labels`` must be equal, ``matchers`` are as they are written."""
    parts = [f'company="{COMPANY}"', *(f'{name}="{value}"' for name, value in labels.items()), *matchers]
    return f"{metric}{{{','.join(parts)}}}"


def history(metric: str, **labels: str) -> str:
    """Return a selector of history."""
    name, value = HISTORY_LABEL
    return selector(metric, **{name: value}, **labels)


STANDING = f"max by (goal) ({selector(STATUS)})"
"""How each goal stands."""

ENDED = f"max by (goal) ({selector(GOAL_ENDS)}) < time()"
"""The goals that are over, which no longer call for anybody."""


class KpiQueries:
    """The queries of a KPI; times are asked in the unit that they are told in, all else in its metric's own.

    Args:
        kpi: The KPI.
        currency: The company's.
    """

    def __init__(self, kpi: Kpi, currency: str) -> None:
        self._kpi = kpi
        self._currency = currency

    def _named(self, comparison: str = "") -> str:
        return metric_name(self._kpi.key, self._kpi.unit, self._currency, comparison)

    def live(self, comparison: str = "", window: str = WINDOW) -> str:
        """Return the value in a window; or ``previous`` or ``last_year``."""
        return self._in_unit(f"max{self._by()}({selector(self._named(comparison), window=window)})")

    def _in_unit(self, expression: str) -> str:
        return f"{expression} / {unit.seconds}" if (unit := time_unit(self._kpi)) else expression

    def _by(self) -> str:
        return f" by ({self._kpi.by}) " if self._kpi.by else ""

    def change(self) -> str:
        """Return the relative change against the comparable window before."""
        return f"max({selector('kpi_change_ratio', kpi=self._kpi.key, window=WINDOW)})"

    def difference(self) -> str:
        """Return the change in points, for shares and scores; that of a share in percentage points."""
        difference = f"{self.live()} - {self.live('previous')}"
        return f"100 * ({difference})" if is_share(self._kpi) else difference

    def so_far(self) -> str:
        """Return what the chosen window came to on each day: the days that are over as known now, today as it stands.

        Grafana asks at each midnight, and history answers with the day that begins there: the last value is today's.
        Without history it is the last that was scraped on each day, so that looks a day ahead.
        """
        closed = f"max({history(self._named(HISTORY), window=WINDOW)})"
        scraped = f"max(last_over_time({selector(self._named(), window=WINDOW)}[1d] offset -1d))"
        either = f"{closed} or {scraped}"
        return self._in_unit(f"({either})") if time_unit(self._kpi) else either

    def as_of(self, window: str, earlier: str = "") -> str:
        """Return what a window came to at the end of each day."""
        return self._in_unit(_earlier(history(self._named(HISTORY), window=window), earlier))

    def as_of_same_date(self, window: str) -> str:
        """Return what a window came to a year before, at the end of the day of the same date."""
        usual, leap = (f"{history(self._named(HISTORY), window=window)} offset {days}d" for days in (365, 366))
        return self._in_unit(f"({usual} and on () {_SAME_DATE} or {leap})")

    def daily(self, earlier: str = "") -> str:
        """Return what single days brought, or what it was at the end of them."""
        return self._in_unit(_earlier(history(self._named(DAILY)), earlier))

    def days(self) -> str:
        """Return the value of each day, today's so far.

        Panels of history ask day by day over however many years, so a step is one day's. Grafana counts steps of 24
        hours from a midnight of the present season: those of the other one lie an hour beside midnight, and where
        that is before it, the day of 23 hours would have none. An hour ahead each day has one.
        """
        return self.daily("offset -1h")

    def mean_day(self, earlier: str = "") -> str:
        """Return the mean of the 28 days before."""
        return self._in_unit(f"avg_over_time({_earlier(f'{history(self._named(DAILY))}[28d]', earlier)})")


class GoalQueries:
    """The queries of a goal, in the unit of its KPI's queries.

    Args:
        goal: The goal.
        kpi: Its KPI, if that is known.
    """

    def __init__(self, goal: GoalFigure, kpi: Kpi | None) -> None:
        self._goal = goal
        self._time_unit = time_unit(kpi) if kpi else None

    def _named(self, what: str) -> str:
        return metric_name(self._goal.kpi, self._goal.unit, self._goal.currency, what)

    def live(self, what: str) -> str:
        """Return one of its numbers, such as ``actual`` or ``target``."""
        return self._in_unit(f"max({selector(self._named(what), goal=self._goal.goal)})")

    def going(self, what: str) -> str:
        """Return where it is going, such as ``projection``; what is over goes nowhere any more."""
        return f"{self.live(what)} unless max({selector(GOAL_ENDS, goal=self._goal.goal)}) < time()"

    def course(self, what: str) -> str:
        """Return what one of them was at the end of each day."""
        return self._in_unit(history(self._named(f"{what}_history"), goal=self._goal.goal))

    def _in_unit(self, expression: str) -> str:
        return f"{expression} / {self._time_unit.seconds}" if self._time_unit else expression


def _earlier(selected: str, earlier: str) -> str:
    return f"{selected} {earlier}" if earlier else selected
