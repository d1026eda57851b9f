"""Rules as Prometheus has them."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml

from kpitaps.alerts.rule import EVERY, Comparison, duration, number
from kpitaps.alerts.template import literal, prefix, rendered
from kpitaps.alerts.watched import series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.alerts.message import Asked, Text
    from kpitaps.alerts.rule import Rule

_ENDLESS = 2**31
"""Columns: a long query stays on its line."""


def rule_file(rules: Iterable[Rule]) -> str:
    """Return a rule file; needs Prometheus 2.42 or later."""
    groups = [
        {"name": f"kpitaps-{company}-{group}", "interval": duration(EVERY), "rules": [_rule(rule) for rule in some]}
        for (company, group), some in groupby(rules, lambda rule: (rule.company, rule.group.value))
    ]
    head = "# Written by kpitaps: change alerts.toml or goals.toml, and have it written again.\n"
    return head + yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True, width=_ENDLESS)


def expression(rule: Rule) -> str:
    """Return a rule's condition.

    A rule that recovers elsewhere than at its threshold looks at whether it fires already, or is about to: Prometheus
    writes that down as the series ``ALERTS`` each time it has looked. Grafana does the same for its recovery threshold.
    """
    wrong, still = ("<", "<=") if rule.comparison is Comparison.BELOW else (">", ">=")
    fires = f"{_bracketed(rule.query)} {wrong} {number(rule.threshold)}"
    if rule.recovers_at is None:
        return fires
    alert = series("ALERTS", company=rule.company, rule=rule.key)
    lasts = f"{_bracketed(rule.query)} {still} {number(rule.recovers_at)} and on ({', '.join(rule.by)}) {alert}"
    return f"{fires} or ({lasts})"


def _bracketed(query: str) -> str:
    return f"({query})"


def _rule(rule: Rule) -> dict[str, Any]:
    said: dict[str, Any] = {"alert": rule.title, "expr": expression(rule)}
    if rule.pending:
        said["for"] = duration(rule.pending)
    if rule.keep_firing > timedelta(0):
        said["keep_firing_for"] = duration(rule.keep_firing)
    said["labels"] = {label: _static(value) for label, value in rule.all_labels.items()}
    said["annotations"] = messages(rule)
    return said


def messages(rule: Rule) -> dict[str, str]:
    """Return what a rule's alerts say, as templates."""
    found = {
        "summary": _rendered(rule.summary, rule.language),
        "description": _rendered(rule.description, rule.language),
        "owner": _static(rule.owner),
        "dashboard_url": rule.dashboard_url,
        "runbook_url": rule.docs_url,
    }
    return {name: text for name, text in found.items() if text}


def _rendered(text: Text, language: str) -> str:
    def ask(asked: Asked, shape: str) -> str:
        query = json.dumps(asked.query, ensure_ascii=False)
        otherwise = f"{{{{ else }}}}{asked.otherwise}" if asked.otherwise else ""
        value = f"{asked.before}{prefix(asked.look, asked.currency, language)}{{{{ . | first | value | {shape} }}}}"
        return f"{{{{ with query {query} }}}}{value}{asked.after}{otherwise}{{{{ end }}}}"

    return rendered(text, "$value", ask, language)


def _static(text: str) -> str:
    """Return a text that is taken for a template and shall stay as it is."""
    return literal(text)
