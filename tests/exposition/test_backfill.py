"""Backfills as text and as differences: what is written, and what a store is found to lack."""

from __future__ import annotations

import io
from array import array
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.past import AMSTERDAM, WrittenPast, labels

from kpitaps.exposition.backfill.difference import compare
from kpitaps.exposition.backfill.families import Choice, Samples, families, samples, stamp
from kpitaps.exposition.backfill.openmetrics import write_openmetrics

NOON = datetime(2025, 10, 28, 12, tzinfo=UTC)
DAILY = labels("kpi_order_revenue_daily_eur")
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


def past(**days: float) -> WrittenPast:
    """A past of one series: october_26=1.5 and so on, as d20251026=1.5."""
    made = WrittenPast()
    made.days[DAILY] = {date.fromisoformat(day[1:]).toordinal(): value for day, value in days.items()}
    return made


def text(history: WrittenPast, choice: Choice = Choice(), now: datetime = NOON) -> str:  # noqa: B008 - frozen
    """Return what is written to a file."""
    out = io.BytesIO()
    write_openmetrics(history, choice, now, out)
    return out.getvalue().decode()


def test_a_day_stands_at_its_last_millisecond() -> None:
    """Days of 23 and 25 hours end where the local ones do."""
    for day, hours in ((SPRING, 23), (AUTUMN, 25)):
        number = day.toordinal()
        assert stamp(AMSTERDAM, number) - stamp(AMSTERDAM, number - 1) == hours * 3_600_000
    assert datetime.fromtimestamp((stamp(AMSTERDAM, AUTUMN.toordinal()) + 1) / 1000, AMSTERDAM).hour == 0


@given(st.integers(719_165, 740_000))
def test_seconds_are_read_back_exactly(day: int) -> None:
    """Whoever multiplies the written seconds by 1000 gets the millisecond, whether they cut off or round."""
    history = WrittenPast()
    history.days[DAILY] = {day: 1.0}
    seconds = text(history, now=NOON + timedelta(days=4000)).splitlines()[1].rpartition(" ")[2]
    assert int(float(seconds) * 1000) == round(float(seconds) * 1000) == stamp(AMSTERDAM, day)


def test_each_metric_is_one_family() -> None:
    """Series stand together by metric, rising in time, unknown days left out, and the end is marked."""
    history = past(d20251024=1.0, d20251026=2.5)
    history.days[labels("kpi_orders_daily", company="other")] = {date(2025, 10, 24).toordinal(): 3.0}
    history.days[labels("kpi_order_revenue_daily_eur", company="b")] = {date(2025, 10, 24).toordinal(): 4.0}
    assert text(history).splitlines() == [
        "# TYPE kpi_order_revenue_daily_eur gauge",
        'kpi_order_revenue_daily_eur{company="b",kpitaps="history"} 4.0 1761343199.99925',
        'kpi_order_revenue_daily_eur{company="main",kpitaps="history"} 1.0 1761343199.99925',
        'kpi_order_revenue_daily_eur{company="main",kpitaps="history"} 2.5 1761519599.99925',
        "# TYPE kpi_orders_daily gauge",
        'kpi_orders_daily{company="other",kpitaps="history"} 3.0 1761343199.99925',
        "# EOF",
    ]


def test_a_day_that_is_not_over_is_not_written() -> None:
    """The running day is left out, and so is one that is over for less than is asked."""
    history = past(d20251026=1.0, d20251027=2.0, d20251028=3.0)
    just_after = datetime(2025, 10, 28, 0, 30, tzinfo=AMSTERDAM)
    assert text(history).count("kpi_order_revenue_daily_eur{") == 2
    assert text(history, Choice(settled=timedelta(hours=4)), just_after).count("_eur{") == 1


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        (Choice(metrics=("kpi_order_*",)), 3),
        (Choice(metrics=("kpi_orders_*", "nothing")), 0),
        (Choice(company="other"), 0),
        (Choice(first=date(2025, 10, 26)), 1),
        (Choice(last=date(2025, 10, 25)), 2),
        (Choice(first=date(2030, 1, 1)), 0),
    ],
)
def test_what_is_written_can_be_chosen(choice: Choice, number: int) -> None:
    """By metric, company and days."""
    history = past(d20251024=1.0, d20251025=2.0, d20251026=3.0)
    found = [each for family in families(history, choice) for each in samples(history, family, choice, NOON)]
    assert sum(len(each.stamps) for each in found) == number


def series(*pairs: tuple[int, float], name: str = "kpi_x_daily") -> Samples:
    """Samples of a series."""
    return Samples(labels(name), array("q", (at for at, _ in pairs)), array("d", (value for _, value in pairs)))


def difference(wanted: list[Samples], stored: list[Samples], since: int = 0) -> tuple[int, list[list[int]]]:
    """How many series go, and which stamps are sent."""
    found = compare(wanted, {each.labels: each for each in stored}, lambda at: at >= since)
    return len(found.doomed), [list(each.stamps) for each in found.missing]


THREE = [(1, 1.5), (2, 2.5), (3, 3.5)]


@pytest.mark.parametrize(
    ("stored", "since", "doomed", "sent"),
    [
        pytest.param([], 0, 0, [[1, 2, 3]], id="nothing there"),
        pytest.param([series(*THREE)], 0, 0, [], id="all there"),
        pytest.param([series(*THREE[:2])], 0, 0, [[3]], id="a new day"),
        pytest.param([series(THREE[0], THREE[2])], 0, 0, [[2]], id="a hole"),
        pytest.param([series((1, 1.5), (2, 2.6), (3, 3.5))], 0, 1, [[1, 2, 3]], id="restated"),
        pytest.param([series(*THREE, (3, 3.5))], 0, 1, [[1, 2, 3]], id="twice the same"),
        pytest.param([series(*THREE, (4, 1.0))], 0, 1, [[1, 2, 3]], id="no longer known"),
        pytest.param([], 2, 0, [[2, 3]], id="from a day on"),
        pytest.param([series((2, 9.0), (3, 3.5))], 3, 1, [[2, 3]], id="restated before that day"),
        pytest.param([series(*THREE, name="kpi_gone_daily")], 4, 1, [], id="another series"),
    ],
)
def test_only_what_differs_is_mended(stored: list[Samples], since: int, doomed: int, sent: list[list[int]]) -> None:
    """New samples are added; a series with a wrong one goes and is written whole, as far back as it was."""
    assert difference([series(*THREE)], stored, since) == (doomed, sent)


@pytest.mark.parametrize(
    ("value", "found", "same"),
    [
        (1 / 3, 0.333333333333, True),
        (1 / 3, 0.33333333, False),
        (1_234_567_890.12, 1_234_567_890.11, False),
        (98_765_432_109.87, 98_765_432_109.86, False),
        (0.0, 0.0, True),
        (0.0, 0.01, False),
    ],
)
def test_precision_of_the_store_is_no_difference(value: float, found: float, *, same: bool) -> None:
    """What VictoriaMetrics rounds away is no restatement; a cent is one."""
    assert (difference([series((1, value))], [series((1, found))]) == (0, [])) is same
