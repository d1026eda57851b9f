"""What a source itself says against its numbers reaches figures and repairs, and goes with what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from store.shelf import dump, sums
from sync.toy import SESSIONS, TICKETS, Bench, Shop, orders_only

from kpitaps import VOCABULARY, Flag, Quality, TapBug
from kpitaps.kpis import KPIS, CompanyFace, Figure, define, evaluate
from kpitaps.store import open_flags, open_repairs
from kpitaps.sync.windows import company_calendar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps import Context, Span, Tap
    from kpitaps.calendar import DaySpan
    from kpitaps.store import Ledger

VISITORS = VOCABULARY["visitors"]
TODAY = date(2025, 3, 10)
DAY = timedelta(days=1)
SAMPLE = "Only one visit in ten was counted."


class Site(Shop):
    """A site whose source flags days and windows."""

    def __init__(self) -> None:
        super().__init__()
        self.flags: list[Any] = []
        self.window_flags: dict[str, Any] = {}
        self.windows: Mapping[str, DaySpan] = {}


def flagging() -> Tap:
    """Return a tap with a stream of totals, one of windows and a snapshot, which pass on what the site says."""
    tap = orders_only()

    @tap.periods("traffic", feeds=[tap.measure("sessions")], every="1h", history="60d", settles="2d")
    def traffic(ctx: Context, span: Span) -> Iterator[object]:
        site: Any = ctx.http
        site.asked.append(("traffic", span))
        yield SESSIONS.on(span.start, 5)
        yield from site.flags

    @tap.windows("visitors", feeds=[tap.measure("visitors")], every="6h", settles="1d")
    def visitors(ctx: Context, windows: Mapping[str, DaySpan]) -> Iterator[object]:
        site: Any = ctx.http
        site.windows = windows
        for name, window in windows.items():
            yield VISITORS.over(window, 7)
            if quality := site.window_flags.get(name):
                yield Flag(quality, [VISITORS], *window, SAMPLE)

    @tap.snapshot("tickets", feeds=[TICKETS], every="1h")
    def tickets(ctx: Context) -> Iterator[object]:
        site: Any = ctx.http
        yield from site.flags

    return tap


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A site that is connected."""
    return Bench(ledger, flagging(), Site())


def said(bench: Bench) -> list[tuple[str, date, date]]:
    found = [each.flag for each in open_flags(bench.ledger.database)]
    return [(flag.measure, date.fromordinal(flag.first), date.fromordinal(flag.last)) for flag in found]


def figures(bench: Bench, kpi: str) -> dict[str, Figure]:
    """Return the figures of one KPI at the shop's time, by window."""
    company = CompanyFace("main", "Acme", "EUR", company_calendar(bench.ledger.database, 1))
    catalogue = define(each for each in KPIS if each.key == kpi)
    board = evaluate(company, catalogue, bench.ledger.reader(1), bench.shop.now)
    return {figure.window: figure for figure in board.figures}


def sampled(first: date, last: date, **more: Any) -> Flag:
    return Flag(Quality.SAMPLED, [SESSIONS], first, last, SAMPLE, **more)


def test_a_flag_reaches_the_figures_whose_days_it_touches(bench: Bench) -> None:
    """They carry its quality and reason; others are as good as before."""
    bench.shop.flags = [sampled(TODAY - 9 * DAY, TODAY - 9 * DAY)]
    assert bench.sync("traffic").errors == {}
    shown = figures(bench, "sessions")
    assert (shown["28d"].quality, shown["28d"].reasons) == (Quality.SAMPLED, (SAMPLE,))
    assert (shown["mtd"].quality, shown["7d"].reasons) == (Quality.SAMPLED, ())
    assert shown["28d"].as_json()["reasons"] == [SAMPLE]


def test_a_flag_goes_with_the_days_it_is_of(bench: Bench) -> None:
    """The next reading says it of no day that it reads; the days before keep it, and twice the same changes no row."""
    bench.shop.flags = [sampled(TODAY - 5 * DAY, TODAY)]
    bench.sync("traffic")
    before = dump(bench.ledger, "flag")
    bench.wait(hours=1)
    bench.sync("traffic")
    assert dump(bench.ledger, "flag") == before
    bench.shop.flags = []
    bench.sync("traffic")
    assert said(bench) == [("sessions", TODAY - 5 * DAY, TODAY - 3 * DAY)]


def test_flags_of_other_days_are_cut(bench: Bench) -> None:
    """A source that says what it is like in general says it of the days that were read."""
    bench.shop.flags = [sampled(date(2000, 1, 1), date(2100, 1, 1))]
    bench.sync("traffic")
    assert said(bench) == [("sessions", TODAY - 60 * DAY, TODAY)]


def test_only_the_window_itself_is_flagged(bench: Bench) -> None:
    """A distinct count is an answer of its own: what is said of the last 28 days says nothing of the last seven."""
    bench.shop.window_flags = {"28d": Quality.THRESHOLDED, "yesterday_previous": Quality.TRUNCATED}
    assert bench.sync("visitors").errors == {}
    shown = figures(bench, "visitors")
    assert {name for name, figure in shown.items() if figure.reasons} == {"28d"}
    assert shown["28d"].quality is Quality.THRESHOLDED
    bench.shop.window_flags = {}
    bench.wait(hours=6)
    bench.sync("visitors")
    assert figures(bench, "visitors")["28d"].reasons == ()


def test_a_flag_that_can_be_mended_is_a_repair_as_long_as_it_lasts(bench: Bench) -> None:
    """It opens once, tells how things are now, and closes by itself; a flag that nobody can mend opens none."""
    bench.shop.flags = [sampled(TODAY, TODAY, fix="Ask for less."), sampled(TODAY - DAY, TODAY)]
    bench.sync("traffic")
    (repair,) = open_repairs(bench.ledger.database)
    assert (repair.code[:13], repair.message, repair.fix) == ("flag:traffic:", SAMPLE, "Ask for less.")
    bench.wait(hours=1)
    bench.shop.flags = [replace(bench.shop.flags[0], reason="Only one visit in twenty was counted.")]
    bench.sync("traffic")
    (later,) = open_repairs(bench.ledger.database)
    assert later == replace(repair, message="Only one visit in twenty was counted.")
    bench.shop.flags = []
    bench.sync("orders")
    assert open_repairs(bench.ledger.database) == [later]
    bench.sync("traffic")
    assert open_repairs(bench.ledger.database) == []


def test_days_that_can_be_mended_are_read_again_on_a_new_day(bench: Bench) -> None:
    """Settled days are not asked for, unless somebody may have mended what is said against them."""
    bench.shop.flags = [sampled(TODAY - 50 * DAY, TODAY - 49 * DAY, fix="Ask for less.")]
    bench.sync("traffic")
    bench.asked("traffic")
    bench.shop.flags = []
    bench.wait(hours=1)
    bench.sync("traffic")
    assert (len(bench.asked("traffic")), len(open_repairs(bench.ledger.database))) == (1, 1)
    bench.wait(days=1)
    bench.sync("traffic")
    assert [span.length.days for span in bench.asked("traffic")] == [3, 2]
    assert (said(bench), open_repairs(bench.ledger.database)) == ([], [])


def test_all_days_are_read_again_once_it_is_mended(bench: Bench) -> None:
    """As long as the newest days have the flag, older ones are left alone, a day later too; then all are made good."""
    bench.shop.flags = [sampled(TODAY - 99 * DAY, TODAY + 99 * DAY, fix="Grant the role.")]
    for _ in range(3):
        bench.sync("traffic")
        bench.wait(hours=23)
    assert [span.length.days for span in bench.asked("traffic")][2:] == [3, 3]
    bench.shop.flags = []
    bench.sync("traffic")
    # The days that had not settled, then the 60 before them and those since.
    assert [span.length.days for span in bench.asked("traffic")] == [3, 60]
    assert (said(bench), open_repairs(bench.ledger.database)) == ([], [])
    bench.sync("traffic")
    assert len(bench.asked("traffic")) == 1


def test_days_that_still_settle_are_provisional(bench: Bench) -> None:
    """Yesterday is over and was read, but the source may change it for two days; then it is final."""
    bench.sync("traffic")
    assert figures(bench, "sessions")["yesterday"].quality is Quality.PROVISIONAL
    assert figures(bench, "sessions")["last_week"].quality is Quality.PROVISIONAL
    assert figures(bench, "sessions")["last_month"].quality is Quality.FINAL
    bench.wait(days=2)
    bench.sync("traffic")
    # 9 March has settled now; yesterday is another day, and is not.
    assert figures(bench, "sessions")["last_week"].quality is Quality.FINAL
    assert figures(bench, "sessions")["yesterday"].quality is Quality.PROVISIONAL


def test_windows_that_still_settle_are_provisional_and_asked_for_again(bench: Bench) -> None:
    """What is compared with is asked for once it has settled too; a window is final a day after its end here."""
    bench.sync("visitors")
    assert figures(bench, "visitors")["yesterday"].quality is Quality.PROVISIONAL
    assert figures(bench, "visitors")["last_month"].quality is Quality.FINAL
    bench.wait(hours=6)
    bench.sync("visitors")
    assert "yesterday_previous" not in bench.shop.windows
    bench.wait(days=1)
    bench.sync("visitors")
    # That was yesterday when it was asked for, and had not settled.
    assert "yesterday_previous" in bench.shop.windows
    bench.wait(hours=1)
    bench.sync("visitors")
    assert "yesterday_previous" not in bench.shop.windows


REFUSED: dict[str, tuple[str, Any, str]] = {
    "measure that is not fed": (
        "traffic",
        Flag(Quality.SAMPLED, [SESSIONS, VISITORS], TODAY, TODAY, SAMPLE),
        "stream traffic flags visitors without declaring it in feeds=",
    ),
    "snapshot": ("tickets", sampled(TODAY, TODAY), "stream tickets yielded a Flag; it yields entries"),
}


@pytest.mark.parametrize(("stream", "flag", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_flagged(bench: Bench, stream: str, flag: Flag, sentence: str) -> None:
    """A stream speaks of what it feeds, and only streams of totals and windows do; else nothing lands."""
    bench.shop.flags = [flag]
    error = bench.sync(stream).errors[stream]
    assert isinstance(error, TapBug)
    assert sentence in str(error)
    assert (said(bench), sums(bench.ledger)) == ([], {})


def test_days_that_are_no_window_cannot_be_flagged(ledger: Ledger) -> None:
    """A windows stream speaks of the windows that it was asked for."""
    tap = orders_only()

    @tap.windows("visitors", feeds=[tap.measure("visitors")], every="6h")
    def visitors(_: Context, windows: Mapping[str, DaySpan]) -> Iterator[object]:
        yield Flag(Quality.SAMPLED, [VISITORS], windows["28d"].first, windows["7d"].first, SAMPLE)

    error = Bench(ledger, tap, Site()).sync("visitors").errors["visitors"]
    assert "which is none of the windows it got" in str(error)
