"""Rules of goals: at risk, and off track.

How a goal stands was judged already, and a short dip does not change it: the rules only look at the status. A goal that
was missed is told of for a week after its last day: then there is nothing left to do about it. What is told says which
day that was, in place of where the goal is going.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.alerts import texts
from kpitaps.alerts.message import Asked, Look, composed, look_of
from kpitaps.alerts.places import dashboard_uid, panel_id, rule_uid
from kpitaps.alerts.rule import KEPT, Comparison, Group, Rule, Severity
from kpitaps.alerts.tables import GoalTable
from kpitaps.alerts.watched import one_by, series
from kpitaps.kpis.metric_names import ATTAINMENT, GOAL_ENDS, STATUS, STATUS_SINCE, metric_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.alerts.alerts_file import AlertsFile
    from kpitaps.alerts.message import Text
    from kpitaps.alerts.texts import Words
    from kpitaps.alerts.watched import Watched
    from kpitaps.kpis.goals import GoalFigure

PENDING = timedelta(minutes=2)

_DAY = timedelta(days=1)
_TOLD_AFTER_END = 7 * _DAY

_WINTER = datetime(2025, 1, 15)  # noqa: DTZ001 - a zone is asked for its offset then

_BY = ("company", "goal")


class _Standing(NamedTuple):
    """A status that somebody is told of."""

    key: str
    value: int
    severity: Severity
    words: Words


_STANDINGS = (
    _Standing("at-risk", 1, Severity.WARNING, texts.AT_RISK),
    _Standing("off-track", 2, Severity.CRITICAL, texts.OFF_TRACK),
)


def goal_rules(watched: Watched, alerts: AlertsFile, grafana_url: str, docs_url: str) -> Iterator[Rule]:
    """Yield the rules of a company's goals."""
    domains = {kpi.key: kpi.domain for kpi in watched.kpis}
    for goal in watched.goals:
        terms = alerts.goals.get(goal.goal, GoalTable())
        if terms.off:
            continue
        domain = domains.get(goal.kpi, "")
        labels = (("kpi", goal.kpi), ("goal", goal.goal), *((("domain", domain),) if domain else ()))
        status, ends = (series(metric, company=goal.company, goal=goal.goal) for metric in (STATUS, GOAL_ENDS))
        is_over = f"{ends} < time() - {_TOLD_AFTER_END.total_seconds():.0f}"
        told = _Told(goal, watched)
        for standing in _STANDINGS:
            key = f"goal-{goal.goal}-{standing.key}"
            yield Rule(
                uid=rule_uid(goal.company, key),
                key=key,
                company=goal.company,
                group=Group.GOALS,
                title=f"{told.name}: {standing.words.said(watched.language)}",
                query=one_by(_BY, f"{status} == bool {standing.value} unless on ({', '.join(_BY)}) {is_over}"),
                comparison=Comparison.ABOVE,
                threshold=0.5,
                recovers_at=None,
                pending=PENDING,
                keep_firing=KEPT,
                severity=standing.severity,
                labels=labels,
                by=_BY,
                summary=told.summary(standing.words),
                description=told.description(),
                owner=goal.owner,
                dashboard=dashboard_uid(goal.company, "goals"),
                panel=panel_id(f"goal:{goal.goal}"),
                grafana_url=grafana_url,
                docs_url=f"{docs_url}#goals",
                route=alerts.route(terms),
                language=watched.language,
            )


class _Told:
    """What is said of a goal."""

    def __init__(self, goal: GoalFigure, watched: Watched) -> None:
        self._goal = goal
        self._language = watched.language
        kpi = next((kpi for kpi in watched.kpis if kpi.key == goal.kpi), None)
        own = goal.name_nl if watched.language == "nl" else goal.name_en
        usual = goal.kpi if kpi is None else (kpi.nl if watched.language == "nl" else kpi.en).name
        self.name = own or f"{usual}{f' · {goal.label}' if goal.label else ''}"
        # An instant is written in UTC: so far behind the start of a day, the date is that of the company's day.
        zone = watched.company.calendar.zone
        offset = zone.utcoffset(_WINTER) or timedelta(0)
        self._into_day = offset + timedelta(hours=3)
        self._is_over = f"{self._series(GOAL_ENDS)} < time()"

    def summary(self, status: Words) -> Text:
        """Return what stands in one line: how much, how far off."""
        return composed(
            texts.GOAL_SUMMARY.said(self._language),
            name=self.name,
            status=status.said(self._language),
            actual=self._number("actual", otherwise=texts.UNKNOWN.said(self._language)),
            expected=self._number("expected", texts.GOAL_EXPECTED),
            attainment=self._asked(one_by(_BY, self._series(ATTAINMENT)), Look.SHARE, texts.GOAL_ATTAINMENT),
        )

    def description(self) -> Text:
        """Return the rest: the target, its last day or else where it is going, since when, whose it is."""
        goal, language = self._goal, self._language
        decision = goal.decision(language)
        return (
            self._number("target", texts.GOAL_TARGET),
            self._day(f"({self._is_over})", self._into_day - _DAY, texts.GOAL_ENDED),
            self._number("projection", texts.GOAL_PROJECTION, unless=self._is_over),
            self._day(self._series(STATUS_SINCE), self._into_day, texts.GOAL_SINCE),
            *((texts.OWNER.said(language).format(owner=goal.owner),) if goal.owner else ()),
            *((texts.DECIDES.said(language).format(decides=decision),) if decision else ()),
        )

    def _number(self, what: str, words: Words | None = None, otherwise: str = "", unless: str = "") -> Asked:
        goal = self._goal
        found = self._series(metric_name(goal.kpi, goal.unit, goal.currency, what))
        query = one_by(_BY, f"{found} unless on ({', '.join(_BY)}) {unless}" if unless else found)
        return self._asked(query, look_of(goal.kpi, goal.unit), words, otherwise)

    def _day(self, midnight: str, later: timedelta, words: Words) -> Asked:
        query = one_by(_BY, f"{midnight} + {later.total_seconds():.0f}")
        return self._asked(query, Look.DAY, words)

    def _asked(self, query: str, look: Look, words: Words | None = None, otherwise: str = "") -> Asked:
        before, after = words.said(self._language).split("{value}") if words else ("", "")
        return Asked(query, look, self._goal.currency, before, after, otherwise)

    def _series(self, metric: str) -> str:
        return series(metric, company=self._goal.company, goal=self._goal.goal)
