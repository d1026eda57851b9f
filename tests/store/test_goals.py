"""What the ledger remembers of goals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from store.shelf import DAY, NOW, a_connection

from kpitaps.store.goals import (
    GoalRow,
    goal_history,
    goal_millionths,
    list_definitions,
    note_definitions,
    put_goal_days,
)

if TYPE_CHECKING:
    from kpitaps.store import Ledger

ROW = GoalRow("sales", DAY, 1, DAY - 5, DAY + 5, 50, 20, 25, 800_000, "on_track", DAY - 3, "off_track", DAY)


@pytest.fixture
def company(ledger: Ledger) -> int:
    """A company's number."""
    return a_connection(ledger).company_id


def test_each_definition_has_a_number(ledger: Ledger, company: int) -> None:
    """A goal that is changed, taken away and set again has four definitions; the same one twice is one."""
    told = [{"a": "1"}, {"a": "1"}, {"a": "2"}, {}, {}, {"a": "2", "b": "1"}]
    noted = [
        note_definitions(ledger.database, company, definitions, now=NOW + timedelta(days=day))
        for day, definitions in enumerate(told)
    ]
    numbers = [{goal: definition.revision for goal, definition in each.items()} for each in noted]
    assert numbers == [{"a": 1}, {"a": 1}, {"a": 2}, {}, {}, {"a": 4, "b": 1}]
    found = [
        (each.goal, each.revision, each.since.day, each.definition)
        for each in list_definitions(ledger.database, company)
    ]
    assert found == [("a", 1, 10, "1"), ("a", 2, 12, "2"), ("a", 3, 13, ""), ("a", 4, 15, "2"), ("b", 1, 15, "1")]


def test_workers_that_find_the_same_change_write_it_once(ledger: Ledger, company: int) -> None:
    """Whoever is second sees what the first has written."""
    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(note_definitions, ledger.database, company, {"a": "1"}, now=NOW) for _ in range(4)]
        assert [each.result()["a"].revision for each in work] == [1] * 4
    assert len(list_definitions(ledger.database, company)) == 1


def test_the_last_word_of_a_day_holds(ledger: Ledger, company: int) -> None:
    """A day that is told again is replaced, and only days from the one asked for are read."""
    put_goal_days(ledger.database, company, [ROW, ROW._replace(day=DAY - 1)])
    put_goal_days(ledger.database, company, [ROW._replace(value=None, status="unknown")])
    assert goal_history(ledger.database, company, DAY) == [ROW._replace(value=None, status="unknown")]
    assert [row.day for row in goal_history(ledger.database, company, DAY - 9)] == [DAY - 1, DAY]


def test_workers_may_tell_the_same_day(ledger: Ledger, company: int) -> None:
    """Two workers that judge a goal at once leave one row."""
    with ThreadPoolExecutor(4) as pool:
        for work in [pool.submit(put_goal_days, ledger.database, company, [ROW]) for _ in range(8)]:
            work.result()
    assert goal_history(ledger.database, company, DAY) == [ROW]


@pytest.mark.parametrize(
    ("value", "kept"),
    [(None, None), (Fraction(1, 3), 333_333), (Fraction(-5, 2_000_000), -2), (Fraction(10**13), None)],
)
def test_values_are_kept_in_millionths(value: Fraction | None, kept: int | None) -> None:
    """They are rounded half to even; what BIGINT cannot hold is not kept."""
    assert goal_millionths(value) == kept


def test_the_end_of_a_period_is_read_however_long_ago(ledger: Ledger, company: int) -> None:
    """A goal that ended is not judged from its start again; where each day is a period, there are no ends."""
    rows = [ROW._replace(day=DAY + number, last_day=DAY + 3) for number in range(4)]
    always = ROW._replace(goal="always", day=DAY, first_day=DAY, last_day=DAY)
    put_goal_days(ledger.database, company, [*rows, always])
    assert [(row.goal, row.day - DAY) for row in goal_history(ledger.database, company, DAY + 900)] == [
        ("sales", 2),
        ("sales", 3),
    ]
