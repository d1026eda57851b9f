"""History out of a ledger: restated at once, equal to the board today, and cheap to ask for again."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.shelf import FEEDS, ORDERS, REVENUE, a_connection, a_generation, a_stream, entry, meets, record

from kpitaps.app import LiveBoards, Runtime
from kpitaps.app.history import Columns, KpiColumn, LedgerHistory
from kpitaps.calendar import Span
from kpitaps.config import Environment
from kpitaps.exposition.history import DayValues
from kpitaps.kpis.metric_names import ATTAINMENT, ATTAINMENT_HISTORY, STATUS_HISTORY, metric_name
from kpitaps.store import SeriesBook, land_records, list_connections, purge_connection
from kpitaps.testing import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.exposition.history import History
    from kpitaps.store import LandedRecord

NOW = datetime(2025, 11, 20, 13, 30, tzinfo=UTC)
TODAY = date(2025, 11, 20)
START = datetime(2023, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = date(2025, 3, 14)
GOALS = """
[goal.monthly]
kpi = "orders"
target = 60
period = "every month"

[goal.spring]
kpi = "order_revenue"
target = 1000
from = 2025-03-01
to = 2025-05-31

[goal.size]
kpi = "average_order_value"
target = 5
period = "at all times"
measured = "28d"
"""


class Office:
    """A process whose company sold something on every day of two years."""

    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self.runtime, self.clock = runtime, clock
        connection = a_connection(runtime.ledger)
        generation = a_generation(runtime.ledger, connection, a_stream(), history_from=START)
        self.book = SeriesBook(generation.id, FEEDS)
        self.boards = LiveBoards(runtime)
        self.history = LedgerHistory(runtime, self.boards)
        first = date(2024, 1, 1).toordinal()
        self.land(*(_sale(day) for day in range(first, TODAY.toordinal() + 1)))

    def land(self, *records: LandedRecord) -> None:
        """Land records as a sync that has read all there is, and show it."""
        now = self.clock.now()
        land_records(self.runtime.ledger.database, self.book, records, Span(START, now), observed_at=now)
        self.boards.now()

    def values(self, metric: str, **labels: str) -> dict[date, float]:
        """Return what is known of one series, by day."""
        named = {"__name__": metric, **labels}
        wanted = [each for each in self.history.series() if named.items() <= dict(each.labels).items()]
        assert len(wanted) == 1, [dict(each.labels) for each in wanted]
        found = list(self.history.values(wanted, date(2020, 1, 1), date(2030, 1, 1)))
        return {
            date.fromordinal(known.first + number): value
            for _, known in found
            for number, value in enumerate(known.values)
            if not math.isnan(value)
        }


def _sale(day: int, amount: int | None = None) -> LandedRecord:
    money = 10 + day % 7 if amount is None else amount
    return record(f"s{day}", 1 if amount is None else 2, entry(ORDERS, 2, day), entry(REVENUE, money, day))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office on SQLite; what differs between databases is tested in the store."""
    clock = Clock(NOW)
    (tmp_path / "goals.toml").write_text(GOALS)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Runtime(Environment(home=tmp_path, database_url=url), now=clock.now) as runtime:
        yield Office(runtime, clock)


def test_a_restated_day_changes_what_contains_it(office: Office) -> None:
    """A refund eight months ago changes its day and the windows that have the day in them, by just as much, at once."""
    names = ("kpi_order_revenue_daily_eur", "kpi_order_revenue_history_eur")
    before = office.values(names[0]), office.values(names[1], window="mtd"), office.values(names[1], window="7d")
    office.land(_sale(LONG_AGO.toordinal(), amount=1))
    after = office.values(names[0]), office.values(names[1], window="mtd"), office.values(names[1], window="7d")
    less = before[0][LONG_AGO] - 1
    changed = [{day for day in old if old[day] != new[day]} for old, new in zip(before, after, strict=True)]
    assert changed == [
        {LONG_AGO},
        {LONG_AGO + number * DAY for number in range(18)},
        {LONG_AGO + number * DAY for number in range(1, 8)},
    ]
    assert {old[day] - new[day] for old, new in zip(before, after, strict=True) for day in old} == {0, less}


def test_a_moment_stays_as_it_was(office: Office) -> None:
    """Who holds a moment sees nothing of what is restated meanwhile, in what was asked before and what was not."""

    def told(history: History) -> dict[str, bytes]:
        found = history.values(office.history.series(), LONG_AGO, TODAY)
        return {str(series.labels): known.values.tobytes() for series, known in found}

    before = told(LedgerHistory(office.runtime, office.boards))
    moment = office.history.now()
    list(moment.values(moment.series()[::2], LONG_AGO, TODAY))
    office.land(_sale(LONG_AGO.toordinal(), amount=1))
    after = told(office.history)
    assert told(moment) == before
    assert told(office.history) == after
    changed = " ".join(labels for labels in after if after[labels] != before[labels])
    assert all(f"kpi_order_revenue_{what}_eur" in changed for what in ("daily", "history", "actual_history"))


def test_today_is_what_the_board_shows(office: Office) -> None:
    """Every figure of the board is the present day's value, and what the board does not know, history does not."""
    (board,) = office.boards.now()
    wanted = {}
    for figure in board.figures:
        name = metric_name(figure.kpi, figure.unit, board.company.currency, "history")
        own = (("__name__", name), ("company", "main"), ("kpitaps", "history"), ("window", figure.window))
        if figure.value is not None:
            wanted[tuple(sorted((*own, *figure.labels)))] = figure.number(figure.value)
    series = [each for each in office.history.series() if dict(each.labels).get("window")]
    found = {each.labels: list(known.values) for each, known in office.history.values(series, TODAY, TODAY)}
    assert found == {labels: [value] for labels, value in wanted.items()}
    assert len(found) > 60


def test_yesterday_is_the_day_before(office: Office) -> None:
    """What a closed day brought is the value of the window 'yesterday' a day later."""
    days = office.values("kpi_average_order_value_daily_eur")
    later = office.values("kpi_average_order_value_history_eur", window="yesterday")
    assert {day: days[day - DAY] for day in later} == later
    assert len(later) > 680


def test_a_new_day_moves_on(office: Office) -> None:
    """After midnight the day before is closed, and there is a new one."""
    assert max(office.values("kpi_orders_daily")) == TODAY
    office.clock.set(NOW + DAY)
    office.land(_sale((TODAY + DAY).toordinal()))
    assert office.values("kpi_orders_history", window="mtd")[TODAY + DAY] == 42


def test_goals_have_a_course_from_their_first_day(office: Office) -> None:
    """A goal that recurs has one in all its periods, one that was once up to its last day alone."""
    target = office.values("kpi_orders_target_history", goal="monthly")
    assert (min(target), max(target), set(target.values())) == (date(2024, 1, 1), TODAY, {60})
    actual = office.values("kpi_orders_actual_history", goal="monthly")
    assert [actual[date(2024, 2, day)] for day in (1, 2, 29)] == [2, 4, 58]
    expected = office.values("kpi_order_revenue_expected_history_eur", goal="spring")
    ended = date(2025, 5, 31)
    assert (min(expected), max(expected), expected[ended]) == (date(2025, 3, 1), ended, 1000)
    assert set(office.values("kpi_orders_daily")) == set(office.values(STATUS_HISTORY, goal="size"))


def test_goals_stand_today_as_they_stand_live(office: Office) -> None:
    """The present day, or a goal's last, has the numbers of the live metrics; those are of a day that is over."""
    (board,) = office.boards.now()
    assert ATTAINMENT_HISTORY != ATTAINMENT
    for goal in board.goals:
        assert goal.attainment is not None
        last = TODAY if goal.is_open else goal.period.last
        assert office.values(ATTAINMENT_HISTORY, goal=goal.goal)[last] == float(goal.attainment)
        name = metric_name(goal.kpi, goal.unit, goal.currency, "actual_history")
        assert office.values(name, goal=goal.goal)[last] == goal.number(goal.value)


def test_a_restated_day_changes_what_a_goal_had_reached(office: Office) -> None:
    """The past of a goal is judged by what is known now: from the restated day on, and not before."""
    before = office.values("kpi_order_revenue_actual_history_eur", goal="spring")
    office.land(_sale(LONG_AGO.toordinal(), amount=-9000))
    after = office.values("kpi_order_revenue_actual_history_eur", goal="spring")
    assert min(day for day in before if before[day] != after[day]) == LONG_AGO
    assert office.values(STATUS_HISTORY, goal="spring")[LONG_AGO + DAY] == 2


def test_another_target_leaves_the_periods_before_as_they_were_told(office: Office) -> None:
    """When a goal is changed, what was told of the periods before stays, and the running one is judged anew."""
    office.clock.set(NOW + 20 * DAY)
    office.land()
    office.runtime.goals.path.write_text(GOALS.replace("60", "99"))
    office.boards.now()
    target = office.values("kpi_orders_target_history", goal="monthly")
    assert [target[day] for day in (date(2025, 11, 19), date(2025, 12, 1), date(2025, 12, 10))] == [60, 99, 99]


def test_several_threads_may_ask_at_once(office: Office) -> None:
    """Answers of threads that ask while the ledger changes are the one or the other, never a mixture."""
    metric, labels = "kpi_order_revenue_history_eur", {"window": "mtd"}
    before = office.values(metric, **labels)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(office.values, metric, **labels) for _ in range(8)]
        office.land(_sale(LONG_AGO.toordinal(), amount=1))
        asked += [pool.submit(office.values, metric, **labels) for _ in range(8)]
        found = [each.result() for each in asked]
    after = office.values(metric, **labels)
    assert after != before
    assert all(each in (before, after) for each in found)


def test_columns_are_made_once_and_forgotten_when_there_are_too_many(office: Office) -> None:
    """A column is the same object until its KPI changes; beyond the limit the oldest goes."""
    office.history.series()
    (past,) = office.history._companies.values()
    orders, *others = [column for column in past.columns.values() if column[0] in ("orders", "order_revenue")]
    columns = Columns(most=3 * len(past.as_of.spans))
    first = columns.of(past, orders)
    assert columns.of(past, orders) is first
    for other in others[:3]:
        columns.of(past, other)
    assert columns.of(past, orders) is not first


def test_nothing_known_has_no_series_in_the_answer(office: Office) -> None:
    """A series of which nothing is known in the days asked for is left out; one that is not there, too."""
    series = office.history.series()
    assert list(office.history.values(series, TODAY + DAY, TODAY + 9 * DAY)) == []
    with office.runtime.ledger.database.write() as connection:
        connection.execute(sa.text("DELETE FROM company"))
    office.boards.now()
    assert list(office.history.values(series, TODAY, TODAY)) == []


def test_a_purge_between_board_and_question_is_no_fault(office: Office) -> None:
    """What was purged since the last board is answered as that board knew it, and is gone with the next."""
    database = office.runtime.ledger.database
    for connection in list_connections(database):
        purge_connection(database, connection)
    # nothing has been asked yet, so nothing of the past is known but the board
    series = office.history.series()
    assert len(list(office.history.values(series, LONG_AGO, TODAY))) > 60
    office.boards.now()
    assert list(office.history.values(series, LONG_AGO, TODAY)) == []


def test_a_goal_takes_no_query_a_day(office: Office) -> None:
    """Of a goal on distinct subjects the ledger is asked for all days of two years at once."""
    office.runtime.goals.path.write_text(
        '[goal.each]\nkpi = "revenue_per_customer"\ntarget = 5\nperiod = "every month"\n'
    )
    office.land(*(record(f"m{back}", 1, meets(back % 9, TODAY.toordinal() - back)) for back in range(700)))
    asked = Counter[str]()
    engine = office.runtime.ledger.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *said: asked.update([said[2]]))
    values = office.values("kpi_revenue_per_customer_actual_history_eur", goal="each")
    assert len(values) > 600
    assert max(asked.values()) < 10


def test_a_longer_past_reaches_every_column(office: Office) -> None:
    """When another measure's days begin earlier, columns that have not changed begin earlier, too."""
    assert min(office.values("kpi_order_revenue_daily_eur")) == date(2024, 1, 1)
    early = date(2023, 12, 5).toordinal()
    office.land(record("early", 1, entry(ORDERS, 1, early)))
    assert office.values("kpi_orders_daily")[date(2023, 12, 5)] == 1
    revenue = office.values("kpi_order_revenue_daily_eur")
    assert (min(revenue), revenue[date(2023, 12, 5)]) == (date(2023, 12, 5), 0)


def test_reading_everything_again_makes_nothing_anew(office: Office) -> None:
    """Whoever reads all series again and again has them from memory: two thousand series of five years are kept."""
    office.history.series()
    (past,) = office.history._companies.values()
    whole, columns, made = DayValues(1, array("d", bytes(8 * 5 * 366))), Columns(), Counter[str]()

    def make(column: KpiColumn) -> dict[KpiColumn, DayValues]:
        made[column.window] += 1
        return {column: whole}

    past.made = make  # type: ignore[method-assign, assignment]
    for _ in range(2):
        for number in range(2000):
            columns.of(past, KpiColumn("orders", (), f"{number}"))
    assert set(made.values()) == {1}
