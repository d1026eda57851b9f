"""Goals of a company that is connected: read from its file, judged with its board, remembered day by day."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from kpitaps_shopify.sandbox import Sandbox

from kpitaps.app import Runtime, company_boards, connect, goal_problems, sync_one
from kpitaps.app.companies import change_company
from kpitaps.app.goal_file import remove_goal
from kpitaps.config import Environment
from kpitaps.errors import BadUse
from kpitaps.http import RetryPolicy
from kpitaps.store import find_company, list_companies
from kpitaps.store.goals import goal_history, list_definitions
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.kpis.goals import GoalFigure
    from kpitaps.store.goals import GoalRow

START = datetime(2026, 6, 15, 12, tzinfo=UTC)
GOAL = '[goal.sold]\nkpi = "orders"\ntarget = {target}\nfrom = 2026-06-08\nto = 2026-06-30\n'


class Desk:
    """A shop that was read, at a time that can be moved."""

    def __init__(self, runtime: Runtime, clock: list[datetime]) -> None:
        self.runtime, self._clock = runtime, clock

    def write(self, text: str) -> None:
        self.runtime.goals.path.write_text(text)

    def wait(self, days: int) -> None:
        self._clock[0] += timedelta(days=days)

    def goal(self) -> GoalFigure:
        (board,) = company_boards(self.runtime)
        (figure,) = board.goals
        return figure

    def rows(self) -> list[GoalRow]:
        (company,) = list_companies(self.runtime.ledger.database)
        return goal_history(self.runtime.ledger.database, company.id, 1)

    def definitions_of(self, key: str) -> int:
        database = self.runtime.ledger.database
        return len(list_definitions(database, find_company(database, key).id))

    def definitions(self) -> int:
        (company,) = list_companies(self.runtime.ledger.database)
        return len(list_definitions(self.runtime.ledger.database, company.id))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A shop that is connected and read."""
    clock = [START]
    sandbox = Sandbox(Story(founded=date(2026, 6, 1), name="shop"), Clock(START), plan=20_000)
    with ExitStack() as stack:
        environment = Environment(home=tmp_path, routes={sandbox.host: stack.enter_context(serve(sandbox.app))})
        runtime = stack.enter_context(Runtime(environment, now=lambda: clock[0], policy=RetryPolicy.testing()))
        sync_one(runtime, connect(runtime, "shopify", dict(sandbox.settings)))
        yield Desk(runtime, clock)


def test_days_are_remembered(desk: Desk) -> None:
    """From the goal's first day up to yesterday each day has its row; looking again adds nothing."""
    desk.write(GOAL.format(target=1))
    figure = desk.goal()
    assert [date.fromordinal(row.day).day for row in desk.rows()] == [*range(8, 15)]
    rows = desk.rows()
    assert (desk.goal(), desk.rows(), desk.definitions()) == (figure, rows, 1)


def test_the_next_day_goes_on_from_the_last(desk: Desk) -> None:
    """A day later one row is new, and what was told before stays."""
    desk.write(GOAL.format(target=1))
    desk.goal()
    before = desk.rows()
    desk.wait(1)
    assert desk.goal().as_of in (date(2026, 6, 14), date(2026, 6, 15))
    assert desk.rows()[: len(before)] == before


def test_another_definition_is_another_goal(desk: Desk) -> None:
    """A changed goal is judged anew from its beginning, and both definitions are kept."""
    desk.write(GOAL.format(target=1))
    assert desk.goal().target == 1
    desk.write(GOAL.format(target=100_000))
    figure = desk.goal()
    assert (figure.target, figure.status, desk.definitions()) == (100_000, "off_track", 2)
    assert {row.revision for row in desk.rows()} == {2}
    # three bad days make a bad status
    assert figure.since == date(2026, 6, 10)


def test_the_file_is_read_again_when_it_changes(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """What is wrong is logged once; mended, it is a goal; without the file there is none."""
    desk.write("[goal.sold]\nkpi = 'nothing'\n")
    for _ in range(2):
        assert company_boards(desk.runtime)[0].goals == ()
    assert [record.message for record in caplog.records] == goal_problems(desk.runtime)
    desk.write(GOAL.format(target=1))
    assert desk.goal().goal == "sold"
    desk.runtime.goals.path.unlink()
    assert company_boards(desk.runtime)[0].goals == ()


@pytest.mark.parametrize("wrong", [GOAL.format(target=1) + "[goal", GOAL.format(target="true"), "[gaol.sold]\n"])
def test_what_was_told_outlives_a_mistake_in_the_file(desk: Desk, wrong: str) -> None:
    """While the file or the goal's table is wrong there is no goal; mended, it is the same one with its days."""
    desk.write(GOAL.format(target=1))
    figure, rows = desk.goal(), desk.rows()
    desk.write(wrong)
    (board,) = company_boards(desk.runtime)
    assert (board.goals, len(goal_problems(desk.runtime))) == ((), 1)
    assert (desk.rows(), desk.definitions()) == (rows, 1)
    desk.write(GOAL.format(target=1))
    assert (desk.goal(), desk.rows(), desk.definitions()) == (figure, rows, 1)


def test_a_second_company_takes_no_goal_away(desk: Desk) -> None:
    """A goal that names no company stays with the one that was there first, and only there it can be changed."""
    desk.write(GOAL.format(target=1))
    figure = desk.goal()
    second = change_company(desk.runtime, "a-second", {"currency": "EUR", "time_zone": "Europe/Amsterdam"})
    goals = {board.company.key: board.goals for board in company_boards(desk.runtime)}
    assert goals == {"main": (figure,), "a-second": ()}
    assert (goal_problems(desk.runtime), desk.definitions_of("main")) == ([], 1)
    with pytest.raises(BadUse, match="is of company 'main'"):
        remove_goal(desk.runtime, second, "sold")


def test_goals_are_part_of_the_board(desk: Desk) -> None:
    """A board with another goal is another board, so that what is shown of it is shown anew."""
    (plain,) = company_boards(desk.runtime)
    desk.write(GOAL.format(target=1))
    assert company_boards(desk.runtime)[0].fingerprint != plain.fingerprint
