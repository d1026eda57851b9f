"""A status that does not flap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.goal_desk import figures_of
from kpis.notebook import Notebook

from kpitaps.kpis.goals import Status
from kpitaps.kpis.goals.steadiness import HOLD, Standing, stepped

if TYPE_CHECKING:
    from pathlib import Path

FIRST = date(2025, 3, 1)
LETTERS = {"+": Status.ON_TRACK, "~": Status.AT_RISK, "-": Status.OFF_TRACK, "?": Status.UNKNOWN}


def shown(days: str, *, hold: int = HOLD) -> list[Standing]:
    """Return what is shown on days that say so much; ``!`` is off track at once."""
    standing: list[Standing] = []
    for number, letter in enumerate(days):
        judged = LETTERS.get(letter, Status.OFF_TRACK)
        before = standing[-1] if standing else Standing(Status.ON_TRACK, FIRST, Status.ON_TRACK, FIRST)
        day = FIRST + timedelta(days=number)
        standing.append(stepped(before, day, judged, hold=hold, at_once=letter == "!"))
    return standing


@pytest.mark.parametrize(
    ("days", "status"),
    [
        ("~~", "++"),
        ("~~~", "++~"),
        ("~~+~~", "+++++"),
        ("~-~", "++~"),
        ("---", "++-"),
        ("!", "-"),
        ("~~~--", "++~~~"),
        ("~~~---", "++~~~-"),
        ("----~+", "++--~+"),
        ("?+", "?+"),
        ("?-", "?-"),
    ],
)
def test_it_gets_worse_after_three_days(days: str, status: str) -> None:
    """A worse status shows when three days in a row said worse, or at once; a better one always at once."""
    assert [each.status for each in shown(days)] == [LETTERS[letter] for letter in status]


def test_since_is_the_first_day_of_what_is_shown() -> None:
    """Days that say the same leave the date alone."""
    assert [each.since.day for each in shown("~~~~-~+")] == [1, 1, 3, 3, 3, 3, 7]


@given(st.text("+~-", min_size=1, max_size=40), st.integers(1, 7))
def test_it_never_shows_worse_than_the_last_days_said(days: str, hold: int) -> None:
    """It is never worse than the day itself, and not better either once enough days in a row said so."""
    standing = shown(days, hold=hold)
    for number, each in enumerate(standing):
        assert not each.status.is_worse_than(LETTERS[days[number]])
        recent = [LETTERS[letter] for letter in days[max(0, number - hold + 1) : number + 1]]
        if len(recent) == hold and all(said is Status.OFF_TRACK for said in recent):
            assert each.status is Status.OFF_TRACK


GOAL = '[goal.g]\nkpi = "orders"\ntarget = 365\nfrom = 2025-01-01\nto = 2025-12-31\n'


def test_a_bad_day_is_no_bad_status(tmp_path: Path) -> None:
    """One order is expected each day; a gap shows late, when 0.95 was missed for three days in a row."""
    book = Notebook()
    for number in range(110):
        book.write("orders", date(2025, 1, 1) + timedelta(days=number), 1)
    # 110 orders until 20 April: on the 25th, the 115th day, 110/115 = 0.957, on the 26th 0.948
    found = {day.day: day.status for day in figures_of(tmp_path, GOAL, book)["g"].days}
    shows = [found[date(2025, 4, day)] for day in range(25, 30)]
    assert shows == [Status.ON_TRACK] * 3 + [Status.AT_RISK] * 2


def test_what_is_remembered_goes_on(tmp_path: Path) -> None:
    """With a history only the days since are judged, and the end is the same."""
    book = Notebook().write("orders", date(2025, 1, 1), 110)
    whole = figures_of(tmp_path, GOAL, book)["g"]
    past = {day.day: day for day in whole.days[:-2]}
    again = figures_of(tmp_path, GOAL, book, history=lambda _: past)["g"]
    assert (again, len(again.days)) == (whole, 2)
