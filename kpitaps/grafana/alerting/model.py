"""A rule's queries and texts, which Grafana's files and its API share.

Query, reduce, threshold: the query gives one value per alert, the reduction makes a number of it, the threshold
compares. What a message tells besides are queries of their own that take no part in the condition; still, in some
versions (where an answer without frames *or* without fields is none) a single one without result makes Grafana take
the whole rule for one without data, which then never fires. So each of them has a result whenever ``A`` has one, and
a label tells whether it is the one that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.alerts import DATA_SOURCE, Comparison
from kpitaps.alerts.message import asked
from kpitaps.alerts.rule import EVERY
from kpitaps.alerts.template import literal, prefix, rendered
from kpitaps.alerts.texts import Words

if TYPE_CHECKING:
    from kpitaps.alerts import Rule
    from kpitaps.alerts.message import Asked, Text

CONDITION = "C"
"""The refId of what decides; ``A`` is the query, ``B`` its number."""

_EXPRESSION = "__expr__"
"""The uid of what Grafana computes itself."""

_EVALUATORS = {Comparison.BELOW: ("lt", "gt"), Comparison.ABOVE: ("gt", "lt")}
"""What loads an alert, and what unloads it again."""

_RANGE = {"from": int(10 * EVERY.total_seconds()), "to": 0}
_NAMES = "DEFGHIJKLMNOPQRSTUVWXYZ"

_UNASKED = Words(
    "{title}: not known, as Grafana could not ask Prometheus.",
    "{title}: niet bekend, want Grafana kon het Prometheus niet vragen.",
)

_KNOWN = "known"
"""The label of what was asked for; what only stands in for it lacks it."""


def data(rule: Rule) -> list[dict[str, Any]]:
    """Return a rule's queries and expressions."""
    found = [_query("A", rule.query), _reduction("B", "A"), _threshold(rule)]
    for name, each in _named(rule).items():
        found += [_query(f"{name}1", _never_empty(each.query, rule)), _reduction(name, f"{name}1")]
    return found


def _never_empty(query: str, rule: Rule) -> str:
    """Return a query that has a result wherever the rule's own has one."""
    found = f'label_replace({query}, "{_KNOWN}", "yes", "", "")'
    return f"{found} or on ({', '.join(rule.by)}) ({rule.query})"


def messages(rule: Rule) -> dict[str, str]:
    """Return what a rule's alerts say, as templates."""
    found = {
        "summary": _rendered(rule, rule.summary, literal(_UNASKED.said(rule.language).format(title=rule.title))),
        "description": _rendered(rule, rule.description) if rule.description else "",
        "owner": literal(rule.owner),
        "dashboard_url": rule.dashboard_url,
        "runbook_url": rule.docs_url,
    }
    return {name: text for name, text in found.items() if text}


def _query(name: str, query: str) -> dict[str, Any]:
    model = {
        "refId": name,
        "expr": query,
        "instant": True,
        "range": False,
        "intervalMs": 1000,
        "maxDataPoints": 43200,
        "datasource": {"type": "prometheus", "uid": DATA_SOURCE},
    }
    return {"refId": name, "datasourceUid": DATA_SOURCE, "relativeTimeRange": _RANGE, "model": model}


def _reduction(name: str, of: str) -> dict[str, Any]:
    return _computed(name, type="reduce", expression=of, reducer="last", settings={"mode": "dropNN"})


def _threshold(rule: Rule) -> dict[str, Any]:
    loads, unloads = _EVALUATORS[rule.comparison]
    condition: dict[str, Any] = {"evaluator": {"type": loads, "params": [rule.threshold]}}
    if rule.recovers_at is not None:
        condition["unloadEvaluator"] = {"type": unloads, "params": [rule.recovers_at]}
    return _computed(CONDITION, type="threshold", expression="B", conditions=[condition])


def _computed(name: str, **terms: Any) -> dict[str, Any]:
    model = {"refId": name, "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION}, **terms}
    return {"refId": name, "datasourceUid": _EXPRESSION, "relativeTimeRange": _RANGE, "model": model}


def _named(rule: Rule) -> dict[str, Asked]:
    """Return the queries that a rule's texts need, each once, by their refIds."""
    return dict(zip(_NAMES, dict.fromkeys((*asked(rule.summary), *asked(rule.description))), strict=False))


def _rendered(rule: Rule, text: Text, unasked: str = "") -> str:
    """Return a text as a template; ``unasked`` stands there where Grafana could not ask, which it tells as an error."""
    names = {each: name for name, each in _named(rule).items()}

    def ask(each: Asked, shape: str) -> str:
        value = f"$values.{names[each]}"
        otherwise = f"{{{{ else }}}}{each.otherwise}" if each.otherwise else ""
        number = f"{each.before}{prefix(each.look, each.currency, rule.language)}{{{{ {value}.Value | {shape} }}}}"
        # before Grafana has looked, as in a preview, there is no value, and so no label of one either
        return f"{{{{ if {value}.Labels.{_KNOWN} }}}}{number}{each.after}{otherwise}{{{{ end }}}}"

    said = rendered(text, "$values.B.Value", ask, rule.language)
    # An error carries the rule's texts too, without any value: they would be wrong, or be sent as templates.
    return f"{{{{ if $values.B }}}}{said}{{{{ else }}}}{unasked}{{{{ end }}}}"
