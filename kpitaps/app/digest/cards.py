"""Digests as webhooks want them: Slack's blocks, a Teams adaptive card, or plain JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kpitaps.app.digest.sparkline import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.app.digest.content import Digest, KpiLine
    from kpitaps.app.digest.told import Told, ToldGoal, ToldKpi

# What Slack takes: https://docs.slack.dev/reference/block-kit/blocks
_SLACK_BLOCKS = 50
_SLACK_HEADER = 150
_SLACK_SECTION = 3000

_SIGNS = {"off_track": "🔴", "at_risk": "🟠", "on_track": "🟢", "missed": "⚫", "unknown": "⚪"}
_CARD_COLOURS = {
    "off_track": "Attention",
    "at_risk": "Warning",
    "on_track": "Good",
    "better": "Good",
    "worse": "Attention",
    "good": "Good",
    "bad": "Attention",
}


def as_slack(told: Told) -> dict[str, Any]:
    """Return the message that a Slack webhook takes."""
    made = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(told.title, _SLACK_HEADER)}},
        _context(f"{told.days} · {told.summary}"),
        *(_section(_slack_goal(each)) for each in told.behind),
        {"type": "divider"},
        *(_section(_slack_kpi(each)) for each in told.kpis),
    ]
    if told.others:
        listed = [f"{_SIGNS.get(each.status, '')} {each.line}" for each in told.others]
        made += [{"type": "divider"}, _context("\n".join(listed))]
    if told.restatements:
        made.append(
            _section(
                f"*{told.headings['restated']}*\n" + "\n".join(_escaped(f"• {each}") for each in told.restatements)
            )
        )
    made.append(_context(" ".join([told.through, *(f"{each}." for each in told.sources), told.written])))
    if len(made) > _SLACK_BLOCKS:
        made = [*made[: _SLACK_BLOCKS - 1], made[-1]]
    return {"text": told.subject, "blocks": made}


def _slack_goal(each: ToldGoal) -> str:
    head, *more = each.facts or ("",)
    facts = "\n".join(_escaped(line) for line in ("; ".join(more), each.footer) if line)
    return (
        f"{_SIGNS.get(each.status, '')} *{_escaped(each.name)}* · {_escaped(each.state)}\n*{_escaped(head)}*\n{facts}"
    )


def _slack_kpi(each: ToldKpi) -> str:
    marks = f" _({_escaped(', '.join(each.marks))})_" if each.marks else ""
    change = f"{each.change} {each.since}" if each.change else ""
    drawn = f"`{blocks(each.trend)}`" if each.trend else ""
    below = " · ".join(part for part in (_escaped(change), _escaped(each.last_year), drawn) if part)
    return f"*{_escaped(each.name)}*: {_escaped(each.value)}{marks}\n{below}"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, _SLACK_SECTION)}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(_escaped(text), _SLACK_SECTION)}]}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def as_teams(told: Told) -> dict[str, Any]:
    """Return the message that a Teams workflow takes: an adaptive card of version 1.4."""
    body = [
        _text(told.title, size="Large", weight="Bolder"),
        _text(told.days, isSubtle=True, spacing="None"),
        _text(
            f"{told.summary[:1].upper()}{told.summary[1:]}",
            weight="Bolder",
            color=_CARD_COLOURS.get(told.tone, "Default"),
        ),
        *(_card_goal(each) for each in told.behind),
        *(_card_kpi(each) for each in told.kpis),
        *_card_list(told.headings["other_goals"], [each.line for each in told.others]),
        *_card_list(told.headings["restated"], told.restatements),
        *_card_list(told.headings["data"], [told.through, *told.sources, told.written]),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": told.subject,
        "msteams": {"width": "Full"},
        "body": body,
    }
    return {
        "type": "message",
        "summary": told.subject,
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        ],
    }


def _card_goal(each: ToldGoal) -> dict[str, Any]:
    head, *more = each.facts or ("",)
    lines = [
        _text(f"{each.name} · {each.state}", weight="Bolder", color=_CARD_COLOURS.get(each.status, "Default")),
        _text(head, spacing="None", weight="Bolder"),
        _text("; ".join(more), spacing="None"),
        _text(each.footer, spacing="None", isSubtle=True),
    ]
    return {"type": "Container", "separator": True, "items": [line for line in lines if line["text"]]}


def _card_kpi(each: ToldKpi) -> dict[str, Any]:
    change = f"{each.change} {each.since}" if each.change else ""
    left = [
        _text(each.name + (f" ({', '.join(each.marks)})" if each.marks else ""), isSubtle=True),
        _text(change, spacing="None", color=_CARD_COLOURS.get(each.verdict, "Default")),
        _text(each.last_year, spacing="None", isSubtle=True),
    ]
    right = [_text(each.value, weight="Bolder", size="Medium"), _text(blocks(each.trend), spacing="None")]
    columns = [("stretch", left), ("auto", [{**line, "horizontalAlignment": "Right"} for line in right])]
    made = [
        {"type": "Column", "width": width, "items": [line for line in lines if line["text"]]}
        for width, lines in columns
    ]
    return {"type": "ColumnSet", "separator": True, "columns": made}


def _card_list(heading: str, lines: Iterable[str]) -> list[dict[str, Any]]:
    listed = [_text(line, spacing="Small", isSubtle=True) for line in lines]
    return [_text(heading, weight="Bolder", separator=True), *listed] if listed else []


def _text(text: str, **look: Any) -> dict[str, Any]:
    # Teams reads Markdown: a name with stars or brackets in it must not become a link
    return {"type": "TextBlock", "text": re.sub(r"([\\`*_\[\]])", r"\\\1", text), "wrap": True, **look}


def as_json(digest: Digest, told: Told) -> dict[str, Any]:
    """Return the digest as JSON values, in figures and in words."""
    return {
        "digest": digest.key,
        "company": digest.company.key,
        "name": digest.company.name,
        "every": digest.period.every.value,
        "first_day": digest.period.span.first.isoformat(),
        "last_day": digest.period.span.last.isoformat(),
        "open": digest.period.is_open,
        "at": digest.at.isoformat(),
        "language": told.language,
        "subject": told.subject,
        "summary": told.summary,
        "goals": [line.figure.as_json() for line in digest.goals],
        "kpis": [_kpi_json(line) for line in digest.kpis],
        "restatements": list(told.restatements),
        "through": None if digest.through is None else digest.through.isoformat(),
        "sources": [
            {
                "connection": source.name,
                "through": None if source.through is None else source.through.isoformat(),
                "late": source.is_late,
                "repairs": source.repairs,
            }
            for source in digest.sources
        ],
    }


def _kpi_json(line: KpiLine) -> dict[str, Any]:
    return {**line.figure.as_json(), "trend": [line.figure.number(point) for point in line.trend]}
