"""A digest in words: every line as it is read, whatever it is then written into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.app.digest.content import BEHIND, MULTIPLE
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
    """A goal in words.

    Attributes:
        name: What it is called.
        status: How it stands, as a key; ``missed`` for what is past help and so no alarm any more.
        state: How it stands, as people read it.
        facts: How far off, what the target is: the most important first.
        who: Whose it is.
        mark: How far its value may be trusted, and whether it runs.
    """

    name: str
    status: str
    state: str
    facts: tuple[str, ...]
    who: str
    mark: str

    @property
    def line(self) -> str:
        """All of it but whose it is, in one line."""
        facts = "; ".join((self.state, *self.facts))
        return f"{self.name}: {facts} · {self.mark}"

    @property
    def footer(self) -> str:
        """What stands below the facts."""
        return f"{self.who} · {self.mark}"


@dataclass(frozen=True, slots=True)
class ToldKpi:
    """A KPI in words."""

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
    """A digest in words; ``tone`` is that of its summary: ``good``, ``bad``, or empty where nobody can say."""

    language: str
    title: str
    subject: str
    days: str
    summary: str
    tone: str
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
        tone="bad" if behind else "good" if digest.goals and not digest.unknown else "",
        behind=tuple(_goal(line, voice) for line in behind),
        others=tuple(_past_help(_goal(line, voice)) for line in digest.goals if line not in behind),
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
    missed = sum(line.is_over for line in digest.behind)
    behind = len(digest.behind) - missed
    if parts := [voice.count(key, number) for key, number in (("behind", behind), ("goals_missed", missed)) if number]:
        return ", ".join(parts)
    if unknown := digest.unknown:
        return voice.count("goals_unknown", len(unknown))
    is_well = len(digest.goals_that_are(Status.ON_TRACK)) == len(digest.goals)
    return voice.say("all_well" if is_well else "none_behind")


def _goal(line: GoalLine, voice: Voice) -> ToldGoal:
    goal = line.figure
    marks = [voice.say(goal.quality)] if goal.quality is not Quality.FINAL and goal.value is not None else []
    return ToldGoal(
        name=voice.goal(line),
        status=goal.status.value,
        state=_state(line, voice),
        facts=tuple(_facts(line, voice)),
        who=voice.say("owner", owner=goal.owner) if goal.owner else voice.say("no_owner"),
        mark=", ".join([*marks, _running(line, voice)]),
    )


def _past_help(goal: ToldGoal) -> ToldGoal:
    return replace(goal, status="missed") if goal.status in BEHIND else goal


def _state(line: GoalLine, voice: Voice) -> str:
    goal = line.figure
    if goal.status is Status.UNKNOWN:
        return voice.say(goal.status)
    if line.is_over:
        return voice.say("missed" if goal.status in BEHIND else "reached")
    since = f" {voice.say('since', day=voice.day(goal.since))}" if goal.status in BEHIND else ""
    return voice.say(goal.status) + since


def _running(line: GoalLine, voice: Voice) -> str:
    if line.is_standing:
        return voice.say("standing")
    period = line.figure.period
    if not line.is_over:
        return voice.say("open")
    if line.figure.ends is None:
        # one that recurs goes on: what ended is a period of it
        return voice.say("over_recurring", days=voice.days(period))
    return voice.say("over", day=voice.day(period.last))


def _facts(line: GoalLine, voice: Voice) -> Iterator[str]:
    return _result(line, voice) if line.is_over else _present(line, voice)


def _result(line: GoalLine, voice: Voice) -> Iterator[str]:
    """Yield what became of a goal that is over, as one fact."""
    value, target = line.figure.value, line.figure.target
    parts = [
        voice.say("result_unknown") if value is None else voice.say("result", value=voice.amount(line.unit, value))
    ]
    if target is not None:
        parts.append(voice.say("result_target", target=voice.amount(line.unit, target)))
    yield "; ".join(parts)


def _present(line: GoalLine, voice: Voice) -> Iterator[str]:
    """Yield how a goal stands that is not over."""
    goal, unit = line.figure, line.unit
    if goal.value is None:
        yield voice.say("goal_no_value")
    is_level = goal.expected == goal.target
    # what is on track though not quite where it should be needs no alarm
    if line.gap and (line.is_ahead or goal.status is not Status.ON_TRACK):
        yield _gap(line, line.gap, voice, is_level=is_level)
    if goal.value is not None and goal.expected is not None:
        value, expected = voice.amount(unit, goal.value), voice.amount(unit, goal.expected)
        yield voice.say("goal_level" if is_level else "goal_value", value=value, expected=expected)
    elif goal.value is not None:
        yield voice.say("goal_alone", value=voice.amount(unit, goal.value))
    if goal.target is not None and not is_level:
        yield voice.say("goal_target", target=voice.amount(unit, goal.target), day=voice.day(goal.period.last))
    if goal.projection is not None and goal.is_open and not is_level:
        yield voice.say("goal_projection", projection=voice.amount(unit, goal.projection))


def _gap(line: GoalLine, gap: Fraction, voice: Voice, *, is_level: bool) -> str:
    if not line.is_ahead:
        kind = "below" if gap < 0 else "above"
    elif line.unit == MULTIPLE:
        kind = f"{'lower' if gap < 0 else 'higher'}_than_{'norm' if is_level else 'planned'}"
    else:
        kind = "better_than_norm" if is_level else "ahead"
    return voice.say(kind, gap=voice.size(line.unit, gap))


def _kpi(line: KpiLine, digest: Digest, voice: Voice) -> ToldKpi:
    figure, every = line.figure, digest.period.every
    change, exact = voice.change(line)
    better = line.is_better(exact)
    verdict = "" if better is None else "better" if better else "worse"
    arrow = "" if not exact else "▲ " if exact > 0 else "▼ "
    name = voice.name(line.kpi)
    last_year = voice.amount(line.unit, figure.last_year)
    marks = [voice.say("not_known")] if figure.value is None else []
    if figure.quality is not Quality.FINAL:
        marks.append(voice.say(figure.quality))
    if figure.is_open:
        marks.append(voice.say("open"))
    return ToldKpi(
        name=name,
        value=voice.amount(line.unit, figure.value),
        change=f"{arrow}{change}",
        since=voice.say(f"compared_{verdict or 'equal'}", before=voice.before(line, every)) if change else "",
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
