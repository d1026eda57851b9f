"""A goal on one day of one period: what was reached, what should have been, and what that day says of it."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import DaySpan
from kpitaps.kpis.goals.amounts import Baseline
from kpitaps.kpis.goals.character import Character, character
from kpitaps.kpis.goals.figure import Status
from kpitaps.kpis.goals.goal import PERIOD, Always, Once
from kpitaps.kpis.goals.pace import Pace, by_business_days, linear, listed
from kpitaps.kpis.goals.periods import Every, before, day_year_before, parts_of, period_of, trailing, year_before
from kpitaps.kpis.goals.steadiness import MARGIN, SETTLED
from kpitaps.units import Good

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.calendar import CompanyCalendar
    from kpitaps.kpis.goals.goal import Goal
    from kpitaps.kpis.goals.worth import Valuer, Worth

_DAY = timedelta(days=1)

AT_RISK = Fraction(95, 100)
"""The attainment below which a goal is at risk."""

OFF_TRACK = Fraction(85, 100)
"""The attainment below which it is off track."""

FORGIVEN = Fraction(1, 4)
"""The part of the change asked for that may lack before a goal is at risk; twice that, before it is off track."""


class Judgement(NamedTuple):
    """What one day says of a goal.

    Attributes:
        worth: What was reached.
        expected: What should have been.
        attainment: The one against the other.
        status: What follows.
        at_once: Whether it is so bad that it is shown without waiting.
        reasons: What keeps it from being known, or as asked for.
    """

    worth: Worth
    expected: Fraction | None
    attainment: Fraction | None
    status: Status
    at_once: bool
    reasons: tuple[str, ...]


class Aim(NamedTuple):
    """What is to be reached in a period; ``start`` is where the way there begins, for what does not add up."""

    target: Fraction | None
    baseline: Fraction | None
    start: Fraction | None
    reasons: tuple[str, ...] = ()


class GoalCourse:
    """A goal in one of its periods."""

    def __init__(self, goal: Goal, valuer: Valuer, calendar: CompanyCalendar, period: DaySpan) -> None:
        self.goal = goal
        self.valuer = valuer
        self.period = period
        self.kind = character(valuer.definition.formula.node)
        self._calendar = calendar
        self.weekly = goal.schedule is Every.WEEK
        self.aim = self._aim()

    def worth(self, day: date) -> Worth:
        """Return what was reached at the end of ``day``."""
        return self.valuer.over(self._days(day))

    def judge(self, day: date) -> Judgement:
        """Return what ``day`` says."""
        worth = self.worth(day)
        expected, reasons = self.expected(day)
        if worth.value is None or expected is None:
            return Judgement(worth, expected, None, Status.UNKNOWN, at_once=False, reasons=(*reasons, *worth.reasons))
        gained = attainment(worth.value, expected, self.goal.good)
        status = self._status(day, worth.value, expected, gained)
        at_once = self._is_far_off(day, gained, status)
        return Judgement(worth, expected, gained, status, at_once, (*reasons, *worth.reasons))

    def expected(self, day: date) -> tuple[Fraction | None, tuple[str, ...]]:
        """Return what should have been reached at the end of ``day``, and what keeps that from being as asked for."""
        target, _, start, reasons = self.aim
        if target is None:
            return None, reasons
        if self._is_steady or day >= self.period.last:
            return target, reasons
        begin = Fraction(0) if self.kind in (Character.ADDS, Character.DISTINCT) and self._is_whole else start
        if begin is None:
            return None, (*reasons, "There is no value at the start from which to set out.")
        if self.goal.points:
            points = [(point.until, point.value) for point in self.goal.points]
            return listed([*points, (self.period.last, target)], (self.period.first - _DAY, begin), day), reasons
        share, why = self._share(day)
        return begin + (target - begin) * share, (*reasons, *why)

    def steps(self, through: date) -> tuple[tuple[DaySpan, Fraction | None, Fraction | None], ...]:
        """Return the parts by which the goal is followed: their days, what each should bring, what it brought."""
        if self.goal.followed_as is None:
            return ()
        return tuple(
            (part, self._part_target(part), self._part_value(part, through))
            for part in parts_of(self._calendar, self.goal.followed_as, self.period)
        )

    def _part_target(self, part: DaySpan) -> Fraction | None:
        if not (self._adds_up and self._is_whole):
            return (
                self.aim.target if self.kind is Character.DISTINCT and self._is_whole else self.expected(part.last)[0]
            )
        end = self.expected(part.last)[0]
        start = Fraction(0) if part.first == self.period.first else self.expected(part.first - _DAY)[0]
        return None if end is None or start is None else end - start

    def _part_value(self, part: DaySpan, through: date) -> Fraction | None:
        if part.first > through:
            return None
        last = min(part.last, through)
        return self.valuer.over(DaySpan(part.first, last) if self._is_whole else self._days(last)).value

    @property
    def _is_whole(self) -> bool:
        return self.goal.measured == PERIOD

    @property
    def _adds_up(self) -> bool:
        return self.kind is Character.ADDS

    @property
    def _is_steady(self) -> bool:
        """Whether the same is expected on every day: a standard to keep, rather than a way to go."""
        if isinstance(self.goal.schedule, Always):
            return True
        has_way = self.kind in (Character.ADDS, Character.DISTINCT) if self._is_whole else self._is_once
        return not has_way

    @property
    def _is_once(self) -> bool:
        return isinstance(self.goal.schedule, Once)

    def _days(self, day: date) -> DaySpan:
        if self._is_whole:
            return DaySpan(self.period.first, day)
        return trailing(self._calendar, self.goal.measured, day)

    def _aim(self) -> Aim:
        target, first = self.goal.target, self.period.first
        start = None
        if self._is_once and not self._is_whole:
            start = self.valuer.over(self._days(first - _DAY)).value
        if target.baseline is None:
            return Aim(target.amount, None, start)
        worth = self.valuer.over(self._compared())
        if worth.value is None:
            return Aim(None, None, start, ("What the target starts from is not known.", *worth.reasons))
        aimed = target.on(worth.value)
        if aimed is None:
            return Aim(None, worth.value, start, ("What the target starts from is not above zero.",))
        return Aim(aimed, worth.value, start)

    def _compared(self) -> DaySpan:
        """Return the days whose value the target starts from."""
        match self.goal.target.baseline:
            case Baseline.LAST_YEAR:
                span = year_before(self.period, weekly=self.weekly)
            case Baseline.PREVIOUS:
                span = self._previous()
            case Baseline.START:
                return self._days(self.period.first - _DAY)
            case _:
                assert self.goal.target.day is not None
                return self._days(self.goal.target.day)
        return span if self._is_whole else self._days(span.last)

    def _previous(self) -> DaySpan:
        every = self.goal.schedule
        return (
            period_of(self._calendar, every, self.period.first - _DAY)
            if isinstance(every, Every)
            else before(self.period)
        )

    def _share(self, day: date) -> tuple[Fraction, tuple[str, ...]]:
        """Return which part of the way should lie behind at the end of ``day``."""
        if self.goal.pace is Pace.BUSINESS_DAYS:
            share = by_business_days(self.period, day, self.goal.country)
            return (
                (linear(self.period, day), ("There are no working days: the pace is linear.",))
                if share is None
                else (share, ())
            )
        if self.goal.pace is Pace.SEASONAL or (self.kind is Character.DISTINCT and self._is_whole):
            if self._is_whole and (share := self._share_last_year(day)) is not None:
                return share, ()
            return linear(self.period, day), ("There is no last year to go by: the pace is linear.",)
        return linear(self.period, day), ()

    def _share_last_year(self, day: date) -> Fraction | None:
        year = year_before(self.period, weekly=self.weekly)
        then = day_year_before(self.period, day, weekly=self.weekly)
        so_far, whole = (self.valuer.over(span).value for span in (DaySpan(year.first, then), year))
        if so_far is None or whole is None or whole <= 0 or not 0 <= so_far <= whole:
            return None
        return so_far / whole

    def _status(self, day: date, value: Fraction, expected: Fraction, gained: Fraction | None) -> Status:
        goal, target = self.goal, self.aim.target
        is_last = day >= self.period.last and not isinstance(goal.schedule, Always)
        if goal.has_limits and not is_last:
            return self._by_limits(value)
        assert target is not None
        is_reached = _is_no_worse(value, target, goal.good)
        if is_last:
            return Status.ON_TRACK if is_reached else Status.OFF_TRACK
        if self._adds_up and goal.good is Good.DOWN and not is_reached:
            # what has been spent does not come back
            return Status.OFF_TRACK
        if gained is None:
            return Status.ON_TRACK if _is_no_worse(value, expected, goal.good) else Status.OFF_TRACK
        at_risk, off_track = self.thresholds
        if gained < off_track:
            return Status.OFF_TRACK
        return Status.AT_RISK if gained < at_risk else Status.ON_TRACK

    def _by_limits(self, value: Fraction) -> Status:
        goal, target = self.goal, self.aim.target
        if goal.critical is not None:
            is_critical = _is_no_worse(goal.critical, value, goal.good)
        else:
            is_critical = target is not None and not _is_no_worse(value, target, goal.good)
        if is_critical:
            return Status.OFF_TRACK
        is_warned = goal.warn is not None and _is_no_worse(goal.warn, value, goal.good)
        return Status.AT_RISK if is_warned else Status.ON_TRACK

    @property
    def thresholds(self) -> tuple[Fraction, Fraction]:
        """The attainments below which the goal is at risk and off track.

        Where a change is asked for, missing a quarter of it is a risk: a goal of 4 % more is not on track without any.
        """
        at_risk, off_track = AT_RISK, OFF_TRACK
        target, baseline, *_ = self.aim
        if target is not None and baseline is not None and baseline > 0:
            change = abs(target / baseline - 1)
            at_risk, off_track = max(at_risk, 1 - FORGIVEN * change), max(off_track, 1 - 2 * FORGIVEN * change)
        if self.goal.at_risk is not None:
            at_risk = self.goal.at_risk
        if self.goal.off_track is not None:
            off_track = self.goal.off_track
        return at_risk, min(at_risk, off_track)

    def _is_far_off(self, day: date, gained: Fraction | None, status: Status) -> bool:
        if self.goal.has_limits or gained is None or linear(self.period, day) < SETTLED:
            return False
        at_risk, off_track = self.thresholds
        return gained < (off_track if status is Status.OFF_TRACK else at_risk) - MARGIN


def attainment(value: Fraction, expected: Fraction, good: Good) -> Fraction | None:
    """Return the value against what was expected; None if that is zero, against which nothing can be held.

    It is value ÷ expected where more is better. Where less is better it is expected ÷ value while there is too much,
    and 2 − value ÷ expected within: 0.8 for five hours rather than four, 1.25 for three, 2 for none at all. Below zero
    it counts by how much of what was expected the value is better or worse.
    """
    if not expected:
        return None
    if good is Good.DOWN and value > expected > 0:
        return expected / value
    better = value - expected if good is Good.UP else expected - value
    return 1 + better / abs(expected)


def _is_no_worse(value: Fraction, than: Fraction, good: Good) -> bool:
    return value >= than if good is Good.UP else value <= than
