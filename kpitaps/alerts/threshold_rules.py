"""Rules of thresholds: a KPI, or its change, below or above a value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.alerts import texts
from kpitaps.alerts.message import Asked, LabelValue, Look, Own, composed, look_of
from kpitaps.alerts.places import dashboard_uid, panel_id, rule_uid
from kpitaps.alerts.rule import Comparison, Group, Rule
from kpitaps.alerts.template import said
from kpitaps.alerts.watched import one_by, series
from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import near
from kpitaps.kpis.goals.amounts import parse_amount
from kpitaps.kpis.metric_names import CHANGE, escaped_label, metric_name
from kpitaps.kpis.rounding import shown
from kpitaps.kpis.series import OTHER
from kpitaps.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.alerts.alerts_file import AlertsFile, Threshold
    from kpitaps.alerts.message import Text
    from kpitaps.alerts.watched import Watched
    from kpitaps.kpis import Kpi

LONGEST_TITLE = 150

_TAKEN = frozenset({"rule", "severity", "kpi", "domain", "alertname", "alertstate", "grafana_folder"})
"""Labels that every alert has: a KPI broken down by one of them would have all its alerts called the same."""


def threshold_rules(
    threshold: Threshold, watched: Watched, alerts: AlertsFile, grafana_url: str, docs_url: str
) -> Iterator[Rule]:
    """Yield the rules of a threshold in a company: one, or two where it shall be told when the KPI is not known.

    Raises:
        BadDefinition: if its KPI is not there, or its values do not fit the KPI.
    """
    if threshold.terms.company not in ("", watched.company.key):
        return
    if not (threshold.terms.company or watched.is_only or has_kpi(threshold, watched)):
        return  # another company may have it
    limit = _Limit(threshold, watched)
    key = f"threshold-{threshold.key}"
    rule = Rule(
        uid=rule_uid(watched.company.key, key),
        key=key,
        company=watched.company.key,
        group=Group.THRESHOLDS,
        title=limit.title,
        query=limit.query,
        comparison=limit.comparison,
        threshold=limit.value,
        recovers_at=limit.recovers_at,
        pending=threshold.terms.pending,
        keep_firing=threshold.terms.keep_firing_for,
        severity=threshold.terms.severity,
        labels=(("kpi", limit.kpi.key), ("domain", limit.kpi.domain)),
        by=limit.by,
        summary=limit.summary(),
        description=limit.description(),
        owner=threshold.terms.owner,
        dashboard=dashboard_uid(watched.company.key, limit.kpi.domain),
        panel=panel_id(f"kpi:{limit.kpi.key}"),
        grafana_url=grafana_url,
        docs_url=f"{docs_url}#thresholds",
        route=alerts.route(threshold.terms),
        language=watched.language,
    )
    yield rule
    if threshold.terms.unknown == "tell":
        yield limit.unknown(rule)


def has_kpi(threshold: Threshold, watched: Watched) -> bool:
    """Return whether a company has the KPI that a threshold is on."""
    return any(kpi.key == threshold.terms.kpi for kpi in watched.kpis)


class _Limit:
    """A threshold, and what is said of it."""

    def __init__(self, threshold: Threshold, watched: Watched) -> None:
        self._threshold, self._terms, self._watched = threshold, threshold.terms, watched
        self._language = watched.language
        self.kpi = self._kpi()
        self._is_change = self._terms.limit.startswith("change")
        self._unit = Unit.RATIO if self._is_change else self.kpi.unit
        self._look = Look.SHARE if self._is_change else look_of(self.kpi.key, self.kpi.unit)
        self.comparison = Comparison.BELOW if self._terms.limit.endswith("below") else Comparison.ABOVE
        self.value = self._amount(self._terms.limit)
        self.recovers_at = None if self._terms.recovers_at is None else self._amount("recovers_at")
        self._check_recovery()
        self.by = ("company", "window", *((self.kpi.by,) if self.kpi.by and not self._is_change else ()))
        self.query = self._query()
        names = self.kpi.nl if self._language == "nl" else self.kpi.en
        label = f" · {self._terms.label}" if self._terms.label else ""
        window = texts.window(self._terms.window, self._watched.company.calendar.fiscal_year_start)
        self._words = {
            "name": f"{names.name}{label}",
            "window": window.said(self._language),
            "side": (texts.BELOW if self.comparison is Comparison.BELOW else texts.ABOVE).said(self._language),
            "limit": self._said(self.value),
        }
        own = self._terms.nl if self._language == "nl" else self._terms.en
        usual = (texts.CHANGE_TITLE if self._is_change else texts.THRESHOLD_TITLE).said(self._language)
        self.title = (own or usual.format(**self._words))[:LONGEST_TITLE]

    def summary(self) -> Text:
        """Return what stands in one line: how much, and how much it may be."""
        words = texts.CHANGE_SUMMARY if self._is_change else texts.THRESHOLD_SUMMARY
        # cut off, a value must still be on its own side of the threshold
        whole = (self.comparison is Comparison.BELOW) != (self.value >= 0)
        value = Own(self._look, self._watched.company.currency, whole)
        label = LabelValue(self.kpi.by) if self.kpi.by and not self._terms.label else ""
        template = words.said(self._language).replace("{label}", " · {label}" if label else "")
        return composed(template, **self._words, value=value, label=label)

    def description(self) -> Text:
        """Return the rest: what the KPI is, where the alert ends, whose it is."""
        names = self.kpi.nl if self._language == "nl" else self.kpi.en
        more = [names.definition]
        if self.recovers_at is not None:
            more.append(texts.RECOVERS.said(self._language).format(value=self._said(self.recovers_at)))
        if self._terms.owner:
            more.append(texts.OWNER.said(self._language).format(owner=self._terms.owner))
        return (more[0], *(self._both() if self._is_change else ()), *more[1:])

    def unknown(self, rule: Rule) -> Rule:
        """Return the rule that fires while there is no value."""
        key = f"{rule.key}-unknown"
        return replace(
            rule,
            uid=rule_uid(rule.company, key),
            key=key,
            title=texts.UNKNOWN_TITLE.said(self._language).format(title=rule.title),
            query=f"max(absent({rule.query}) or vector(0))",
            comparison=Comparison.ABOVE,
            threshold=0.5,
            recovers_at=None,
            pending=max(rule.pending, timedelta(minutes=30)),
            by=(),
            summary=composed(texts.UNKNOWN_SUMMARY.said(self._language), **self._words),
            description=(texts.UNKNOWN_DETAIL.said(self._language),),
        )

    def _kpi(self) -> Kpi:
        known = {kpi.key: kpi for kpi in self._watched.kpis}
        place = self._threshold.table.place("kpi")
        if (kpi := known.get(self._terms.kpi)) is None:
            wrong, company = self._terms.kpi, self._watched.company.key
            what = f"{company} has no KPI {wrong!r}, or nothing feeds it"
            raise BadDefinition(f"{place}: {what}; {near(wrong, known)}")
        if kpi.by in _TAKEN and not self._terms.label:
            raise BadDefinition(f"{place}: alerts have a label {kpi.by!r} of their own; name one value with label")
        if self._terms.label and kpi.by is None:
            place = self._threshold.table.place("label")
            raise BadDefinition(f"{place}: {kpi.key} is not broken down by a label; leave it out")
        if kpi.by and self._terms.limit.startswith("change"):
            raise BadDefinition(f"{place}: changes are known of whole KPIs only; use below or above")
        return kpi

    def _amount(self, key: str) -> float:
        currency = self._watched.company.currency
        try:
            return shown(parse_amount(getattr(self._terms, key), self._unit, currency), self._unit)
        except ValueError as error:
            raise BadDefinition(f"{self._threshold.table.place(key)}: {error}") from None

    def _check_recovery(self) -> None:
        if self.recovers_at is None:
            return
        is_beyond = (
            self.recovers_at < self.value if self.comparison is Comparison.BELOW else self.recovers_at > self.value
        )
        if is_beyond:
            place, side = self._threshold.table.place("recovers_at"), self.comparison.value
            raise BadDefinition(f"{place}: it is itself {side} the threshold; write one that is not")

    def _query(self) -> str:
        company, window = self._watched.company, self._terms.window
        if self._is_change:
            return one_by(self.by, series(CHANGE, company=company.key, kpi=self.kpi.key, window=window))
        own = {self.kpi.by: self._terms.label} if self.kpi.by else {}
        found = series(self._metric(), company=company.key, window=window, **own)
        if self.kpi.by and not self._terms.label:
            # what is left over is no salesperson, product or channel of its own
            found = f'{found[:-1]},{self.kpi.by}!="{escaped_label(OTHER)}"}}'
        return one_by(self.by, found)

    def _metric(self, comparison: str = "") -> str:
        return metric_name(self.kpi.key, self.kpi.unit, self._watched.company.currency, comparison)

    def _both(self) -> tuple[Asked | str, ...]:
        """Return the two values whose change it is."""
        company = self._watched.company
        found: list[Asked | str] = []
        for comparison, words in (("", texts.CHANGE_DETAIL), ("previous", texts.CHANGE_BEFORE)):
            query = one_by(self.by, series(self._metric(comparison), company=company.key, window=self._terms.window))
            before, after = words.said(self._language).split("{value}")
            found.append(Asked(query, look_of(self.kpi.key, self.kpi.unit), company.currency, before, after))
        return tuple(found)

    def _said(self, value: float) -> str:
        return said(value, self._look, self._watched.company.currency, self._language)
