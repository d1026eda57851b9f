"""Tables of ``goals.toml``: what may be written, and the goals they make."""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import near
from kpitaps.kpis.goals.amounts import Baseline, Written, parse_amount, parse_target
from kpitaps.kpis.goals.character import Character, character
from kpitaps.kpis.goals.goal import PERIOD, Always, Goal, Once, Point
from kpitaps.kpis.goals.pace import Pace, holidays_in
from kpitaps.kpis.goals.periods import TRAILING, Every
from kpitaps.kpis.goals.steadiness import HOLD
from kpitaps.kpis.nodes import Choice
from kpitaps.units import Good, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.files import Table
    from kpitaps.kpis.goals.amounts import Target
    from kpitaps.kpis.kpi import Kpi

_KEY = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_ALWAYS = "at all times"
_Parsed = TypeVar("_Parsed")

_Amount = StrictStr | StrictInt | StrictFloat


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=False)


class ListedPoint(_Model):
    """One line of a pace that is listed."""

    until: date
    value: _Amount


class GoalTable(_Model):
    """A table ``[goal.<key>]``; docs/reference/goals-toml.md says what each key means."""

    kpi: str
    label: str = ""
    company: str = ""
    target: _Amount
    period: str = ""
    from_: date | None = Field(None, alias="from")
    to: date | None = None
    deadline: date | None = None
    measured: Literal["period", "day", "7d", "28d", "month", "quarter", "12m"] | None = None
    pace: Pace = Pace.LINEAR
    listed: tuple[ListedPoint, ...] = ()
    country: str = ""
    direction: Good | None = None
    at_risk: float | None = Field(None, gt=0, le=2)
    off_track: float | None = Field(None, gt=0, le=2)
    warn: _Amount | None = None
    critical: _Amount | None = None
    hold_days: int | None = Field(None, ge=1, le=31)
    followed_as: Every | None = None
    owner: str = ""
    team: str = ""
    decides: str = ""
    decides_nl: str = ""
    en: str = ""
    nl: str = ""


def goal_of(table: Table, definitions: Mapping[str, Definition], currency: str, country: str) -> Goal:
    """Return the goal that a table defines.

    Args:
        table: The table.
        definitions: The KPIs there are, by key.
        currency: The company's.
        country: Whose holidays are off where the table does not say.

    Raises:
        BadDefinition: naming the file, the line, the key, and what would be right.
    """
    return _Reading(table, definitions, currency, country).goal()


class _Reading:
    def __init__(self, table: Table, definitions: Mapping[str, Definition], currency: str, country: str) -> None:
        self._table = table
        if len(table.key) > 64 or not _KEY.fullmatch(table.key):
            raise self._wrong("", "write its name in up to 64 lower case letters, digits, underscores and hyphens")
        self._said = table.read(GoalTable)
        if self._said.kpi not in definitions:
            raise self._wrong("kpi", f"there is no KPI {self._said.kpi!r}; {near(self._said.kpi, [*definitions])}")
        self._definition = definitions[self._said.kpi]
        self._currency = currency
        self._country = country

    @property
    def _kpi(self) -> Kpi:
        return self._definition.kpi

    def goal(self) -> Goal:
        said = self._said
        schedule = self._schedule()
        measured = self._measured(schedule)
        target = self._target(schedule, measured)
        good = said.direction or self._kpi.good
        warn, critical = self._limits(good, target, schedule)
        at_risk, off_track = self._thresholds()
        self._check_label()
        self._check_followed(schedule)
        return Goal(
            key=self._table.key,
            kpi=said.kpi,
            label=said.label,
            company=said.company,
            target=target,
            schedule=schedule,
            good=good,
            measured=measured,
            pace=said.pace,
            points=self._points(schedule, target),
            country=self._checked_country(),
            at_risk=at_risk,
            off_track=off_track,
            warn=warn,
            critical=critical,
            hold=said.hold_days
            or (1 if isinstance(schedule, Always) or warn is not None or critical is not None else HOLD),
            followed_as=said.followed_as,
            owner=said.owner,
            team=said.team,
            decides=said.decides,
            decides_nl=said.decides_nl,
            name_en=said.en,
            name_nl=said.nl,
            definition=json.dumps(dict(self._table.values), default=str, sort_keys=True, ensure_ascii=False),
        )

    def _schedule(self) -> Every | Once | Always:
        said = self._said
        if said.to is not None and said.deadline is not None:
            raise self._wrong("deadline", "it says the same as 'to'; leave out one of the two")
        last = said.to or said.deadline
        period = " ".join(said.period.lower().split())
        if period and (last or said.from_):
            raise self._wrong("period", "a goal has either a period or a deadline; leave out one of the two")
        if period == _ALWAYS:
            return Always()
        if period:
            name = period.removeprefix("every ").removeprefix("each ")
            if name not in [*Every]:
                known = [*(f"every {every}" for every in Every), _ALWAYS]
                raise self._wrong("period", f"there is no period {said.period!r}; {near(period, known)}")
            return Every(name)
        if last is None:
            raise self._wrong(
                "",
                "it does not say until when; add a deadline such as deadline = 2026-12-31, or period = 'every month'",
            )
        if said.from_ is not None and said.from_ > last:
            raise self._wrong("from", f"it begins on {said.from_}, after its end on {last}; swap the two")
        return Once(said.from_, last)

    def _measured(self, schedule: Every | Once | Always) -> str:
        kind = self._character()
        is_path = not isinstance(schedule, Every) and kind in (Character.LEVEL, Character.RATE)
        measured = self._said.measured or (_PATH[kind] if is_path else PERIOD)
        if isinstance(schedule, Always) and measured == PERIOD:
            ways = ", ".join(TRAILING)
            raise self._wrong("measured", f"what holds at all times is measured over some days: write one of {ways}")
        return measured

    def _character(self) -> Character:
        node = self._definition.formula.node
        # which option is taken is known once there are sources; the first one is what it is meant to be
        while isinstance(node, Choice):
            node = node.options[0]
        return character(node)

    def _target(self, schedule: Every | Once | Always, measured: str) -> Target:
        target = self._parsed("target", lambda: parse_target(self._said.target, self._kpi.unit, self._currency))
        if target.baseline is not None and isinstance(schedule, Always):
            raise self._wrong("target", "what holds at all times has no period to compare; write the value itself")
        if target.baseline in (Baseline.START, Baseline.DATE) and measured == PERIOD:
            raise self._wrong(
                "target",
                f"{self._kpi.key} is measured over the whole period, which has no value on one day; write "
                "'on last year' or 'on the previous period', or add measured = '28d'",
            )
        return target

    def _limits(
        self, good: Good, target: Target, schedule: Every | Once | Always
    ) -> tuple[Fraction | None, Fraction | None]:
        warn, critical = (self._amount(name) for name in ("warn", "critical"))
        is_up = good is Good.UP
        if warn is not None and critical is not None and ((warn < critical) if is_up else (warn > critical)):
            raise self._wrong("warn", f"for a KPI that is better {good} it would warn after critical; swap the two")
        if (warn, critical) != (None, None) and (self._said.at_risk or self._said.off_track):
            key = "at_risk" if self._said.at_risk else "off_track"
            raise self._wrong(key, "warn and critical say already when; leave out the one or the other")
        if isinstance(schedule, Always) and warn is not None and critical is None:
            beyond = warn < target.amount if is_up else warn > target.amount
            if beyond:
                raise self._wrong("warn", "it would warn after the target is missed; choose a value before that")
        return warn, critical

    def _amount(self, name: str) -> Fraction | None:
        written: Written | None = getattr(self._said, name)
        if written is None:
            return None
        return self._parsed(name, lambda: parse_amount(written, self._kpi.unit, self._currency))

    def _thresholds(self) -> tuple[Fraction | None, Fraction | None]:
        at_risk, off_track = (
            None if value is None else Fraction(repr(value)) for value in (self._said.at_risk, self._said.off_track)
        )
        if at_risk is not None and off_track is not None and off_track > at_risk:
            raise self._wrong("off_track", "it is above at_risk, so nothing would ever be at risk; swap the two")
        return at_risk, off_track

    def _points(self, schedule: Every | Once | Always, target: Target) -> tuple[Point, ...]:
        listed = self._said.listed
        if not listed:
            return ()
        if not isinstance(schedule, Once):
            raise self._wrong("listed", "a list of dates is for a goal with a deadline; leave it out, or the period")
        if "pace" in self._said.model_fields_set:
            raise self._wrong("pace", "the list says the pace already; leave out one of the two")
        value = self._parsed
        points = tuple(
            Point(each.until, value("listed", lambda: parse_amount(each.value, self._kpi.unit, self._currency)))  # noqa: B023 - called at once
            for each in listed
        )
        days = [point.until for point in points]
        if days != sorted(set(days)) or days[-1] > schedule.last or (schedule.first and days[0] < schedule.first):
            raise self._wrong("listed", f"write its dates in order, each once, none after {schedule.last}")
        if days[-1] == schedule.last and target.baseline is None and points[-1].value != target.amount:
            raise self._wrong("listed", "its last value is not the target; make the two the same, or leave it out")
        return points

    def _check_label(self) -> None:
        by = self._kpi.by
        if by is None and self._said.label:
            raise self._wrong("label", f"{self._kpi.key} is not broken down; leave it out")
        if by is not None and not self._said.label:
            raise self._wrong("", f"{self._kpi.key} is broken down by {by}: add label = '<{by}>'")
        if by is not None and any(term.measure.kind is Kind.DISTINCT for term in self._definition.formula.terms):
            raise self._wrong("kpi", "its parts count distinct subjects; choose a KPI that is not broken down")

    def _check_followed(self, schedule: Every | Once | Always) -> None:
        followed = self._said.followed_as
        if followed is None:
            return
        if isinstance(schedule, Always) or (isinstance(schedule, Every) and _LENGTH[followed] >= _LENGTH[schedule]):
            raise self._wrong("followed_as", "it is followed by parts of its period; choose a shorter one")

    def _checked_country(self) -> str:
        country = (self._said.country or self._country).upper()
        if self._said.pace is Pace.BUSINESS_DAYS:
            key = "country" if self._said.country else "pace"
            self._parsed(key, lambda: Fraction(len(holidays_in(country, 2025, 2025))))
        return country

    def _parsed(self, key: str, parse: Callable[[], _Parsed]) -> _Parsed:
        try:
            return parse()
        except ValueError as error:
            raise self._wrong(key, str(error)) from None

    def _wrong(self, key: str, problem: str) -> BadDefinition:
        place = self._table.place(key) if key else self._table.place()
        return BadDefinition(f"{place}: {problem}")


_PATH = {Character.LEVEL: "day", Character.RATE: "28d"}
_LENGTH = {every: rank for rank, every in enumerate(Every)}
