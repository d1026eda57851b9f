"""Windows: distinct counts that only the source can make, published for exactly the days they were asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from store.shelf import ACCOUNT, dump
from sync.toy import SESSIONS, START, Bench, Shop, orders_only

from kpitaps import VOCABULARY, Context, Tap, TapBug
from kpitaps.calendar import WINDOWS, DaySpan
from kpitaps.errors import BadDefinition
from kpitaps.kpis import KPIS, CompanyFace, define, evaluate
from kpitaps.sync.windows import company_calendar
from kpitaps.units import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kpitaps.measures import WindowEntry
    from kpitaps.store import Ledger

VISITORS = VOCABULARY["visitors"]
TODAY = date(2025, 3, 10)
"""A Monday, the first day of its week."""
DAY = timedelta(days=1)


def within(shop: Any, window: DaySpan) -> set[str]:
    return set().union(*(who for day, who in shop.met.items() if window.has(day)))


def counting(answer: Callable[[DaySpan, set[str]], Any] | None = None) -> Tap:
    """Return a tap that counts visitors per window, in all and of those who came by mail."""
    tap = orders_only()

    @tap.windows("visitors", feeds=[tap.measure("visitors")], every="6h")
    def visitors(ctx: Context, windows: Mapping[str, DaySpan]) -> Iterator[WindowEntry]:
        shop: Any = ctx.http
        shop.windows = windows
        for window in windows.values():
            who = within(shop, window)
            if answer is not None:
                yield answer(window, who)
                continue
            yield VISITORS.over(window, len(who))
            if by_mail := [one for one in who if one.startswith("mail")]:
                yield VISITORS.over(window, len(by_mail), traffic_channel="mail")

    return tap


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A site that ann visits every day, and somebody by mail every third day."""
    shop: Any = Shop()
    shop.met = {TODAY - back * DAY: {"ann"} | ({f"mail-{back}"} if back % 3 == 0 else set()) for back in range(800)}
    bench = Bench(ledger, counting(), shop)
    assert bench.sync("visitors").errors == {}
    return bench


def found(bench: Bench, first: date, last: date, **where: str) -> int | None:
    return bench.ledger.reader(1).distinct("visitors", first, last, where=where)


def test_every_window_is_answered_for_its_days(bench: Bench) -> None:
    """Each window of the calendar, and what it is compared with, has the source's own count: no sum of its days."""
    calendar = company_calendar(bench.ledger.database, 1)
    for name in WINDOWS:
        for days in (calendar.window(name, TODAY), calendar.previous(name, TODAY), calendar.last_year(name, TODAY)):
            assert found(bench, *days) == len(within(bench.shop, days)), name


def test_other_days_are_unknown(bench: Bench) -> None:
    """What the source was not asked for is unknown, and never made up of what it was asked for."""
    assert found(bench, TODAY - DAY, TODAY) is None
    assert found(bench, TODAY - 5 * DAY, TODAY - 5 * DAY) is None
    assert found(bench, TODAY + DAY, TODAY + DAY) is None


def test_a_label_is_an_answer_of_its_own(bench: Bench) -> None:
    """Counts by label are kept apart from the count of all; a label that an answer leaves out counts nothing there."""
    week = (TODAY - 7 * DAY, TODAY - DAY)
    assert [found(bench, *week), found(bench, *week, traffic_channel="mail")] == [3, 2]
    assert found(bench, *week, traffic_channel="fax") == 0


def test_days_do_not_add_up(bench: Bench) -> None:
    """Totals per day are refused: they would be taken for something that can be summed."""
    with pytest.raises(BadDefinition, match="visitors is counted per window by its source: it has no totals per day"):
        bench.ledger.reader(1).day_totals("visitors")


@pytest.mark.slow
def test_there_may_be_any_number_of_labels(ledger: Ledger) -> None:
    """More answers change at once than one statement of SQLite's takes parameters."""
    tap, more = orders_only(), iter((1, 2))

    @tap.windows("visitors", feeds=[tap.measure("visitors")], every="6h")
    def visitors(_: Context, windows: Mapping[str, DaySpan]) -> Iterator[WindowEntry]:
        amount = next(more)
        for window in windows.values():
            for number in range(900):
                yield VISITORS.over(window, amount, traffic_channel=f"c{number}")

    bench = Bench(ledger, tap)
    assert [bench.sync("visitors").errors for _ in range(2)] == [{}, {}]
    assert found(bench, TODAY, TODAY, traffic_channel="c899") == 2


def test_asking_twice_changes_nothing(bench: Bench) -> None:
    """The same answers leave every row as it was."""
    before = dump(bench.ledger, "published")
    bench.wait(hours=6)
    run = bench.sync("visitors").runs[0]
    assert (run.changed, run.restated) == (0, 0)
    assert dump(bench.ledger, "published") == before


def test_what_is_over_is_asked_for_once(bench: Bench) -> None:
    """Comparisons that were published stay; a day later only those are asked for that the calendar makes new."""
    shop: Any = bench.shop
    assert Counter(name.endswith(("_previous", "_last_year")) for name in shop.windows) == {False: 13, True: 19}
    bench.wait(hours=6)
    bench.sync("visitors")
    assert list(shop.windows) == list(WINDOWS)
    bench.wait(days=1)
    bench.sync("visitors")
    assert {"mtd_previous", "7d_last_year"} < set(shop.windows)
    assert "12m_previous" not in shop.windows


def test_an_open_window_is_good_until_the_next_day(bench: Bench) -> None:
    """Half a day's count is what is known of today; it is no count of yesterday, a day later."""
    bench.shop.met[TODAY + DAY] = {"bob"}
    assert found(bench, TODAY, TODAY) == 2
    bench.wait(days=1)
    bench.sync("visitors")
    bench.wait(days=3)
    bench.shop.met[TODAY + DAY] = {"bob", "cas"}
    bench.sync("visitors")
    assert found(bench, TODAY, TODAY) == 2, "published again, as yesterday, when it was over"
    assert found(bench, TODAY + DAY, TODAY + DAY) is None, "only published while it was open"


def test_what_the_source_corrects_is_restated(bench: Bench) -> None:
    """Another count of a window that was over when it was published last counts as restated; an open one does not."""
    bench.shop.met[TODAY - DAY] |= {"late"}
    bench.shop.met[TODAY] |= {"now"}
    bench.wait(hours=1)
    run = bench.sync("visitors").runs[0]
    assert (run.changed, run.restated) == (6, 3), "yesterday, 7d, 28d; and today, mtd, qtd with them"


def test_a_label_that_is_gone_goes(bench: Bench) -> None:
    """An answer replaces all that was published of its window."""
    for who in bench.shop.met.values():
        who -= {name for name in who if name.startswith("mail")}
    bench.wait(hours=1)
    bench.sync("visitors")
    assert found(bench, TODAY - 7 * DAY, TODAY - DAY) == 1
    assert found(bench, TODAY - 7 * DAY, TODAY - DAY, traffic_channel="mail") is None


def test_accounts_add_up_where_both_are_known(bench: Bench) -> None:
    """Two properties' visitors are added up; while one has not answered, the sum is unknown."""
    week = (TODAY - 7 * DAY, TODAY - DAY)
    shop: Any = Shop()
    shop.account = replace(ACCOUNT, id="shop-2")
    shop.met = {TODAY - DAY: {"bob"}}
    second = Bench(bench.ledger, counting(), shop, name="second")
    second.tap.streams["visitors"] = replace(second.tap.streams["visitors"], read=lambda _ctx, _windows: [])
    second.sync("visitors")
    assert found(bench, *week) is None
    second.tap = counting()
    second.sync("visitors")
    assert found(bench, *week) == 4


def test_the_engine_shows_what_was_published(bench: Bench) -> None:
    """Figures have the published counts; today's is provisional; what was not asked for has no value but a reason."""
    company = CompanyFace("main", "Acme", "EUR", company_calendar(bench.ledger.database, 1))
    kpis = define(kpi for kpi in KPIS if kpi.key == "visitors")
    board = evaluate(company, kpis, bench.ledger.reader(1), START)
    shown = {figure.window: figure for figure in board.figures if not figure.labels}
    assert [shown[name].value for name in ("today", "7d", "12m")] == [2, 3, 122]
    assert [shown[name].previous for name in ("yesterday", "7d")] == [1, 3]
    assert [shown[name].quality for name in ("today", "7d")] == [Quality.PROVISIONAL, Quality.FINAL]
    later = evaluate(company, kpis, bench.ledger.reader(1), START + DAY)
    (stale,) = [figure for figure in later.figures if figure.window == "7d"]
    assert (stale.value, stale.quality) == (None, Quality.INCOMPLETE)
    assert stale.reasons == ("Visitors: the source was not asked for 2025-03-04 to 2025-03-10.",)


BUGS: dict[str, tuple[Any, str]] = {
    "number": (lambda _window, who: len(who), "stream visitors yielded a int; a windows stream yields measure.over("),
    "entry": (lambda window, _who: SESSIONS.on(window.first, 1), "stream visitors yielded a Entry; a windows stream"),
    "other days": (
        lambda window, _who: VISITORS.over(window.shifted(DAY), 1),
        "which is none of the windows it got",
    ),
    "other measure": (
        lambda window, _who: VOCABULARY["new_visitors"].over(window, 1),
        "stream visitors feeds new_visitors without declaring it in feeds=",
    ),
}


@pytest.mark.parametrize(("answer", "sentence"), BUGS.values(), ids=BUGS)
def test_what_a_windows_stream_must_not_say(ledger: Ledger, answer: Any, sentence: str) -> None:
    """Answers are counts of the declared measures over the windows that were asked for; else nothing is published."""
    run = Bench(ledger, counting(answer)).sync("visitors").runs[0]
    assert run.outcome == "tap_bug"
    assert sentence in run.message
    assert dump(ledger, "published")["published"] == []


def test_only_distinct_counts_have_windows() -> None:
    """Whatever adds up over days is read by day."""
    with pytest.raises(TapBug, match="sessions is a flow: over\\(\\) is for distinct measures, on\\(\\) for the rest"):
        SESSIONS.over(DaySpan(TODAY, TODAY), 1)
    with pytest.raises(TapBug, match="stream x feeds sessions, a flow: windows are for distinct counts"):
        orders_only().windows("x", feeds=[SESSIONS], every="1h")
