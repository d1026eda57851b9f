"""A digest in words: every line as it is read, whatever it is then written into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.app.digest.content import BEHIND
from kpitaps.app.digest.trends import NUMBER
from kpitaps.kpis.goals.figure import Status
from kpitaps.units import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from kpitaps.app.digest.content import Digest, GoalLine, KpiLine, Restatement, Source
    from kpitaps.app.digest.wording import Voice

_HEADINGS = ("goals", "other_goals", "kpis", "no_kpis", "restated", "data")

MOST_RESTATED = 5
"""Measures that are named of those whose closed days have changed."""


@dataclass(frozen=True, slots=True)
class ToldGoal:
    """A goal in words: ``status`` is its state's key, ``state`` the same as people read it."""

    name: str
    status: str
    state: str
    facts: tuple[str, ...]
    """How far off, what the target is: the most important first."""
    who: str
    mark: str


@dataclass(frozen=True, slots=True)
class ToldKpi:
    """A KPI in words; ``verdict`` is ``better``, ``worse`` or empty."""

    name: str
    value: str
    change: str
    since: str
    verdict: str
    """``better``, ``worse`` or empty."""
    last_year: str
    marks: tuple[str, ...]
    trend: tuple[Fraction | None, ...]
    trend_title: str


@dataclass(frozen=True, slots=True)
class Told:
    """A digest in words."""

    language: str
    title: str
    subject: str
    days: str
    summary: str
    is_well: bool
    behind: tuple[ToldGoal, ...]
    others: tuple[ToldGoal, ...]
    kpis: tuple[ToldKpi, ...]
    trend_note: str
    restatements: tuple[str, ...]
    through: str
    sources: tuple[str, ...]
    written: str
    headings: dict[str, str]


def tell(digest: Digest, voice: Voice) -> Told:
    """Return the digest in the words of ``voice``."""
    behind = digest.behind
    summary = _summary(digest, voice)
    named = voice.period(digest.period) + (f" {voice.say('so_far')}" if digest.period.is_open else "")
    title = f"{digest.company.name}: {named}"
    kpis = tuple(_kpi(line, digest, voice) for line in digest.kpis)
    first = next((f"{each.name} {each.change}" for each in kpis if each.change), "")
    return Told(
        language=voice.language,
        title=title,
        subject=" · ".join(part for part in (title, summary if digest.goals else "", first) if part),
        days=voice.days(digest.period.span),
        summary=summary,
        is_well=not behind,
        behind=tuple(_goal(line, voice) for line in behind),
        others=tuple(_goal(line, voice) for line in digest.goals if line not in behind),
        kpis=kpis,
        trend_note=voice.say(f"trend_note_{digest.period.every}", number=NUMBER),
        restatements=tuple(_restatements(digest, voice)),
        through=_through(digest, voice),
        sources=tuple(text for source in digest.sources for text in _source(source, voice)),
        written=voice.say("written", instant=voice.instant(digest.at)),
        headings={key: voice.say(key) for key in _HEADINGS},
    )


def _summary(digest: Digest, voice: Voice) -> str:
    if not digest.goals:
        return voice.say("no_goals")
    if behind := digest.behind:
        return voice.count("behind", len(behind))
    is_well = len(digest.goals_that_are(Status.ON_TRACK)) == len(digest.goals)
    return voice.say("all_well" if is_well else "none_behind")


def _goal(line: GoalLine, voice: Voice) -> ToldGoal:
    goal = line.figure
    since = f" {voice.say('since', day=voice.day(goal.since))}" if goal.status in BEHIND else ""
    marks = [voice.say(goal.quality)] if goal.quality is not Quality.FINAL and goal.value is not None else []
    return ToldGoal(
        name=voice.goal(line),
        status=goal.status.value,
        state=voice.say(goal.status) + since,
        facts=tuple(_facts(line, voice)),
        who=voice.say("owner", owner=goal.owner) if goal.owner else voice.say("no_owner"),
        mark=", ".join(
            [*marks, voice.say("open") if goal.is_open else voice.say("over", day=voice.day(goal.period.last))]
        ),
    )


def _facts(line: GoalLine, voice: Voice) -> Iterator[str]:
    goal, unit = line.figure, line.figure.unit_name
    if goal.value is None:
        yield voice.say("goal_no_value")
    is_level = goal.expected == goal.target
    # what is on track though not quite where it should be needs no alarm
    if line.gap and (line.is_ahead or goal.status is not Status.ON_TRACK):
        ahead = "better_than_norm" if is_level else "ahead"
        kind = ahead if line.is_ahead else "below" if line.gap < 0 else "above"
        yield voice.say(kind, gap=voice.size(unit, line.gap))
    if goal.value is not None and goal.expected is not None:
        value, expected = voice.amount(unit, goal.value), voice.amount(unit, goal.expected)
        yield voice.say("goal_level" if is_level else "goal_value", value=value, expected=expected)
    elif goal.value is not None:
        yield voice.say("goal_alone", value=voice.amount(unit, goal.value))
    if goal.target is not None and not is_level:
        yield voice.say("goal_target", target=voice.amount(unit, goal.target), day=voice.day(goal.period.last))
    if goal.projection is not None and goal.is_open and not is_level:
        yield voice.say("goal_projection", projection=voice.amount(unit, goal.projection))


def _kpi(line: KpiLine, digest: Digest, voice: Voice) -> ToldKpi:
    figure, every = line.figure, digest.period.every
    change, exact = voice.change(figure, figure.previous)
    better = line.is_better(exact)
    verdict = "" if better is None else "better" if better else "worse"
    arrow = "" if not exact else "▲ " if exact > 0 else "▼ "
    name = voice.name(line.kpi)
    last_year = voice.amount(figure.unit_name, figure.last_year)
    marks = [voice.say("not_known")] if figure.value is None else []
    if figure.quality is not Quality.FINAL:
        marks.append(voice.say(figure.quality))
    if figure.is_open:
        marks.append(voice.say("open"))
    return ToldKpi(
        name=name,
        value=voice.amount(figure.unit_name, figure.value),
        change=f"{arrow}{change}",
        since=voice.say(f"{every}_{verdict or ('same' if exact else 'equal')}") if change else "",
        verdict=verdict,
        last_year=voice.say("last_year", value=last_year) if figure.last_year is not None else "",
        marks=tuple(marks),
        trend=line.trend if any(point is not None for point in line.trend) else (),
        trend_title=voice.say(f"trend_{every}", name=name, number=len(line.trend)),
    )


def _restatements(digest: Digest, voice: Voice) -> Iterator[str]:
    for each in digest.restatements:
        yield _restatement(each, voice)
    for days in digest.restated[:MOST_RESTATED]:
        yield voice.count("restated", days.days, name=voice.name(days.measure), days=voice.days(days.span))
    if more := len(digest.restated[MOST_RESTATED:]):
        yield voice.count("restated_more", more)


def _restatement(each: Restatement, voice: Voice) -> str:
    return voice.say(
        "restatement",
        name=voice.name(each.kpi),
        days=voice.days(each.span),
        told=voice.amount(each.unit, each.told),
        now=voice.amount(each.unit, each.now),
        difference=voice.difference(each.unit, each.now - each.told),
    )


def _through(digest: Digest, voice: Voice) -> str:
    if digest.through is None:
        return voice.say("nothing_read")
    return voice.say("through", instant=voice.instant(digest.through))


def _source(source: Source, voice: Voice) -> Iterator[str]:
    if source.through is None:
        yield voice.say("source_never", name=source.name)
    elif source.is_late:
        yield voice.say("source_late", name=source.name, instant=voice.instant(source.through))
    if source.repairs:
        yield voice.count("source_repairs", source.repairs, name=source.name)
