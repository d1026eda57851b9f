"""What may be written in goals.toml, and what is said of what may not."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.goal_desk import book_of

from kpitaps.kpis.goals.amounts import Baseline, Target, parse_amount, parse_target
from kpitaps.kpis.goals.goal import Always, Once
from kpitaps.kpis.goals.periods import Every
from kpitaps.units import Unit

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps.kpis.goals.amounts import Written

HEAD = '[goal.g]\nkpi = "revenue"\n'
TARGET = HEAD + "target = 5\n"


@pytest.mark.parametrize(
    ("written", "unit", "target"),
    [
        (250_000, Unit.MONEY, Target(Fraction(250_000))),
        ("250_000 EUR", Unit.MONEY, Target(Fraction(250_000))),
        (" 250 000 ", Unit.COUNT, Target(Fraction(250_000))),
        ("15 %", Unit.RATIO, Target(Fraction(15, 100))),
        (0.15, Unit.RATIO, Target(Fraction(15, 100))),
        ("4 h", Unit.DURATION, Target(Fraction(14_400))),
        ("1.5 d", Unit.DURATION, Target(Fraction(129_600))),
        ("+15 % on last year", Unit.MONEY, Target(Fraction(15, 100), Baseline.LAST_YEAR, is_factor=True)),
        ("-10 % on the previous period", Unit.COUNT, Target(Fraction(-1, 10), Baseline.PREVIOUS, is_factor=True)),
        ("+4 % points on last year", Unit.RATIO, Target(Fraction(4, 100), Baseline.LAST_YEAR)),
        ("+4 pp on the start", Unit.RATIO, Target(Fraction(4, 100), Baseline.START)),
        ("+10_000 on 2025-12-31", Unit.MONEY, Target(Fraction(10_000), Baseline.DATE, day=date(2025, 12, 31))),
        ("−30 min on last year", Unit.DURATION, Target(Fraction(-1_800), Baseline.LAST_YEAR)),
    ],
)
def test_targets_are_read_as_people_write_them(written: Written, unit: Unit, target: Target) -> None:
    """A number, its unit, and what it comes on top of."""
    assert parse_target(written, unit, "EUR") == target


@pytest.mark.parametrize(
    ("written", "unit", "sentence"),
    [
        ("1,5", Unit.COUNT, "with a point before decimals"),
        ("a lot", Unit.COUNT, "is no amount"),
        ("4", Unit.DURATION, "written with s, min, h, d or w"),
        ("15 %", Unit.MONEY, "the KPI is money in EUR"),
        ("100 USD", Unit.MONEY, "the KPI is money in EUR"),
        ("+15 %", Unit.MONEY, "write '+15 % on last year'"),
        ("15 % on last year", Unit.MONEY, "write '+15 % on last year'"),
        ("+15 % on budget", Unit.MONEY, "write 'last year', 'previous period'"),
        ("+4 points on last year", Unit.COUNT, "points are for KPIs that are a ratio"),
    ],
)
def test_other_targets_are_refused_with_a_way_out(written: Written, unit: Unit, sentence: str) -> None:
    """What cannot be understood is said, with what would be right."""
    with pytest.raises(ValueError, match=sentence.replace("+", r"\+")):
        parse_target(written, unit, "EUR")


@pytest.mark.parametrize("written", [float("inf"), float("-inf"), float("nan"), 1e400, 10**400, "9" * 400, "1" * 17])
@pytest.mark.parametrize("unit", [Unit.MONEY, Unit.RATIO, Unit.COUNT])
def test_no_amount_is_without_end(written: Written, unit: Unit) -> None:
    """TOML has inf and nan, and numbers that no float can hold: nobody computes with those."""
    with pytest.raises(ValueError, match="amount: write a number"):
        parse_target(written, unit, "EUR")
    with pytest.raises(ValueError, match="amount: write a number"):
        parse_amount(written, unit, "EUR")


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_amounts_are_exact(amount: object) -> None:
    """What is written with up to six decimals is that very fraction."""
    assert parse_amount(f"{amount:f}", Unit.MONEY, "EUR") == Fraction(str(amount))


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ('period = "every week"', Every.WEEK),
        ('period = "half-year"', Every.HALF_YEAR),
        ('period = "At all times"\nmeasured = "28d"', Always()),
        ("deadline = 2025-12-31", Once(None, date(2025, 12, 31))),
        ("from = 2025-02-01\nto = 2025-03-31", Once(date(2025, 2, 1), date(2025, 3, 31))),
    ],
)
def test_when_a_goal_is_for(tmp_path: Path, text: str, schedule: object) -> None:
    """A period that recurs, all times, or days with or without a first one."""
    book = book_of(tmp_path, TARGET + text)
    assert (book.problems, [goal.schedule for goal in book.goals]) == ((), [schedule])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[goal.g]\nkpi = "revenu"\ntarget = 5',
            "line 2, [goal.g] kpi: there is no KPI 'revenu'; did you mean 'revenue'?",
        ),
        (HEAD, "line 1, [goal.g]: it lacks target"),
        (TARGET + 'ownr = "x"\nperiod = "week"', "line 4, [goal.g] ownr: there is no such key; did you mean 'owner'?"),
        (TARGET, "line 1, [goal.g]: it does not say until when"),
        (TARGET + 'period = "every weak"', "line 4, [goal.g] period: there is no period 'every weak'; did you mean"),
        (TARGET + 'period = "week"\nto = 2025-12-31', "either a period or a deadline"),
        (TARGET + "from = 2026-01-01\nto = 2025-12-31", "line 4, [goal.g] from: it begins on 2026-01-01"),
        (TARGET + 'period = "week"\nat_risk = 0.8\noff_track = 0.9', "line 6, [goal.g] off_track: it is above at_risk"),
        (TARGET + 'period = "week"\npace = "slow"', "line 5, [goal.g] pace: 'slow' is none of"),
        (TARGET + 'period = "at all times"', "measured over some days"),
        (HEAD + 'target = "+5 % on the start"\nperiod = "month"', "which has no value on one day"),
        (TARGET + 'period = "week"\nfollowed_as = "month"', "choose a shorter one"),
        (TARGET + 'period = "year"\npace = "business_days"\ncountry = "XX"', "no country whose holidays are known"),
        (TARGET + "to = 2025-12-31\nlisted = [{until = 2026-03-31, value = 5}]", "none after 2025-12-31"),
        (TARGET + "to = 2025-12-31\nlisted = [{until = 2025-12-31, value = 4}]", "its last value is not the target"),
        ('[goal.g]\nkpi = "sales_per_rep"\ntarget = 5\nperiod = "week"', "add label = '<rep>'"),
        (
            '[goal.g]\nkpi = "debt_ratio"\ntarget = 1.5\nperiod = "at all times"\nwarn = 1.6',
            "choose a value before that",
        ),
        ("[goal.Big]\ntarget = 5", "lower case letters"),
        ("[goal.g]\nkpi = 'revenue", "goals.toml is not valid TOML"),
        (TARGET + 'period = "week"\ncompany = "other"', "there is no company 'other'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    """Each error names the line and the key, and what would be right."""
    book = book_of(tmp_path, text)
    assert book.goals == ()
    assert sentence in str(book.problems[0])


def test_a_wrong_goal_leaves_the_others(tmp_path: Path) -> None:
    """One table that is wrong says nothing of the next."""
    book = book_of(
        tmp_path, '[goal.bad]\nkpi = "revenue"\n[goal.good]\nkpi = "revenue"\ntarget = 1\nperiod = "month"\n'
    )
    assert ([goal.key for goal in book.goals], len(book.problems)) == (["good"], 1)


def test_where_there_are_several_companies_a_goal_names_its_own(tmp_path: Path) -> None:
    """A goal of another company is not this one's; one that names none stays with the company that was there first."""
    text = "".join(
        f'[goal.{key}]\nkpi = "revenue"\ntarget = 1\nperiod = "month"\n{company}\n'
        for key, company in (("mine", 'company = "acme"'), ("theirs", 'company = "beta"'), ("nobodys", ""))
    )
    book = book_of(tmp_path, text, companies=("acme", "beta"))
    assert ([goal.key for goal in book.goals], book.unnamed) == (["mine", "nobodys"], ("nobodys",))
    book = book_of(tmp_path, text, companies=("acme", "beta"), company="beta")
    assert ([goal.key for goal in book.goals], book.unnamed, book.problems) == (["theirs"], (), ())


def test_what_may_be_of_several_types_is_told_once(tmp_path: Path) -> None:
    """A target may be a text or a number: a value that is neither has one place, and one sentence."""
    (problem,) = book_of(tmp_path, HEAD + 'target = true\nperiod = "week"').problems
    assert str(problem).count("line 3") == 1
    assert str(problem).endswith("it should be a valid string, a valid integer or a valid number")


def test_a_file_that_cannot_be_read_is_not_a_file_without_goals(tmp_path: Path) -> None:
    """Whoever asks can tell the two apart, and a goal that is wrong from one that is gone."""
    assert not book_of(tmp_path, TARGET + "[goal").is_readable
    assert not book_of(tmp_path, TARGET + 'period = "week"\n[gaol.x]\n').is_readable
    book = book_of(tmp_path, "")
    assert (book.is_readable, book.wrong) == (True, frozenset())
    assert book_of(tmp_path, TARGET).wrong == {"g"}
