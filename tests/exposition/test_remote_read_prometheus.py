"""What a real Prometheus makes of the past that it reads."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from exposition.remote_history import AMSTERDAM, LIMITS, NOW, Long, MadeUp, series, worth

from kpitaps.calendar import day_end
from kpitaps.exposition.remote_read import Limits, RemoteReadEndpoint
from kpitaps.testing import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parts.prometheus import Promtool, RunningPrometheus, StartPrometheus

pytestmark = pytest.mark.slow

X = 'kpi_x_daily{kpitaps="history",rep="a"}'
DAY = timedelta(days=1)
SHORT, LONG = date(2025, 3, 30), date(2025, 10, 26)
PAST = MadeUp(
    [series(rep="a"), series(rep="b"), series(rep="c", name="kpi_y_daily"), series(rep="gone")], known=date(2023, 1, 1)
)
CONFIG = """
global: {{scrape_interval: 1h{labels}}}
remote_read:
  - url: {url}/api/v1/read
    read_recent: true
    filter_external_labels: false
    required_matchers: {{kpitaps: history}}
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    limits = Limits(series=3, samples=150_000, look_back=LIMITS.look_back)
    with serve(RemoteReadEndpoint(lambda: PAST, lambda: NOW, limits)) as address:
        yield address


@pytest.fixture(scope="module", params=["plain", "labelled, with old data"])
def server(
    request: pytest.FixtureRequest,
    url: str,
    prometheus: StartPrometheus,
    promtool: Promtool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningPrometheus]:
    """A Prometheus into which nothing of the past was imported; once with labels of its own, and other old data."""
    if request.param == "plain":
        with prometheus(CONFIG.format(url=url, labels="")) as running:
            yield running
        return
    data = _old_data(tmp_path_factory.mktemp("old"), promtool)
    with prometheus(CONFIG.format(url=url, labels=", external_labels: {site: shed, rep: x}"), data=data) as running:
        yield running


def _old_data(folder: Path, promtool: Promtool) -> Path:
    """Return a data folder with a sample of something else for each day since 2023."""
    lines = ["# TYPE other gauge"]
    lines += [
        f"other {each} {datetime(2023, 1, 1, tzinfo=UTC).timestamp() + each * 86_400:.0f}" for each in range(1050)
    ]
    text = folder / "old.om"
    text.write_text("\n".join([*lines, "# EOF", ""]))
    command = ("tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=8760h")
    assert promtool(*command, text, folder / "data").returncode == 0
    return folder / "data"


def local(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=AMSTERDAM)


def ended(at: datetime, days: int) -> list[date]:
    """Return the days that ended in the ``days`` times 24 hours before an instant, from the rule in the docs."""
    start, found = at.astimezone(UTC) - timedelta(days=days), []
    for each in range(days + 2, -1, -1):
        day = at.astimezone(AMSTERDAM).date() - each * DAY
        if start < day_end(day, AMSTERDAM) - timedelta(milliseconds=1) <= at.astimezone(UTC):
            found.append(day)
    return found


def _day(at: datetime) -> date:
    return at.astimezone(AMSTERDAM).date()


def sum_of(days: list[date]) -> float:
    return sum(map(worth, days))


def value(server: RunningPrometheus, expression: str, at: datetime) -> float:
    found = server.query(expression, at.timestamp())
    assert len(found) == 1, (expression, found)
    return float(found[0]["value"][1])


def points(
    server: RunningPrometheus, expression: str, start: datetime, end: datetime, step: float
) -> dict[datetime, float]:
    (found,) = server.query_range(expression, start.timestamp(), end.timestamp(), step)
    return {datetime.fromtimestamp(at, UTC): float(text) for at, text in found["values"]}


@pytest.mark.parametrize("day", [SHORT, SHORT + DAY, LONG, LONG + DAY, date(2025, 7, 1)], ids=str)
@pytest.mark.parametrize("hour", [0, 12, 23])
def test_ranges_add_up_days_that_ended(server: RunningPrometheus, day: date, hour: int) -> None:
    """``[30d]`` adds up what the ledger says of the days that ended within it, on days of 23 and 25 hours too."""
    at = local(day, hour)
    assert value(server, f"sum_over_time({X}[30d])", at) == sum_of(ended(at, 30))
    assert value(server, f"count_over_time({X}[30d])", at) in (29, 30, 31)
    assert value(server, f"sum_over_time({X}[30d] offset 6h)", at) == sum_of(ended(at - timedelta(hours=6), 30))


@pytest.mark.parametrize(
    ("start", "length", "step"),
    [
        (local(date(2023, 11, 20)), timedelta(days=730), 86_400),
        (local(date(2023, 11, 20), 0), timedelta(days=730), 86_400),
        (datetime(2023, 11, 20, tzinfo=UTC), timedelta(days=730), 86_400),
        (datetime(2024, 11, 19, 7, tzinfo=UTC), timedelta(days=365), 3_600),
        (datetime(2024, 11, 19, 7, 1, 2, 345_000, tzinfo=UTC), timedelta(days=365), 3_600),
        (local(SHORT, 0), timedelta(hours=23), 15),
        (local(LONG, 0), timedelta(hours=25), 15),
        (local(NOW.date(), 0), timedelta(hours=14), 15),
        (datetime(2025, 1, 1, 0, 0, 7, tzinfo=UTC), timedelta(days=60), 500),
    ],
    ids=str,
)
def test_each_step_shows_its_day(server: RunningPrometheus, start: datetime, length: timedelta, step: int) -> None:
    """A range query has a point for every step, and each is worth the local day that it lies in."""
    end = start.astimezone(UTC) + length
    found = points(server, X, start, end, step)
    assert len(found) == length.total_seconds() // step + 1
    assert {at: number for at, number in found.items() if number != worth(_day(at))} == {}


EXPRESSIONS: dict[str, Callable[[datetime], float]] = {
    X: lambda at: worth(_day(at)),
    f"{X} offset 1y": lambda at: worth(_day(at.astimezone(UTC) - timedelta(days=365))),
    f"{X} offset 13h": lambda at: worth(_day(at.astimezone(UTC) - timedelta(hours=13))),
    f"{X} @ end()": lambda at: worth(_day(at)),
    f"sum_over_time({X}[7d] @ end())": lambda at: sum_of(ended(at, 7)),
    f"sum_over_time({X}[7d] @ {local(date(2025, 1, 9)).timestamp():.0f})": lambda _: sum_of(
        ended(local(date(2025, 1, 9)), 7)
    ),
    f"sum_over_time({X}[30d:1d])": lambda at: sum_of([_day(at) - each * DAY for each in range(30)]),
    f"sum_over_time({X}[30d:1d] offset 6h)": lambda at: sum_of([_day(at) - each * DAY for each in range(30)]),
    f"max_over_time(sum_over_time({X}[7d])[1d:1h])": lambda at: sum_of(ended(at, 7)),
    f"max_over_time({X}[2d:])": lambda at: worth(_day(at)),
    f"last_over_time({X}[2d])": lambda at: worth(_day(at) - DAY),
    f"-abs({X})": lambda at: -worth(_day(at)),
    'sum({__name__=~"kpi_(x|y)_daily",kpitaps="history",rep!="gone"})': lambda at: 6 * worth(_day(at)),
    'sum by (kpitaps) ({__name__=~"kpi_.*",kpitaps="history",rep!~"go.*"})': lambda at: 6 * worth(_day(at)),
    'count({__name__!="",kpitaps="history",rep=~"a|b",nothing=""})': lambda _: 2.0,
    'topk(1, kpi_x_daily{kpitaps="history",rep=~"[abc]"})': lambda at: 2 * worth(_day(at)),
    f"sum_over_time({X}[7d]) / count_over_time({X}[7d])": lambda at: sum_of(ended(at, 7)) / len(ended(at, 7)),
}


@pytest.mark.parametrize("day", [LONG, date(2025, 7, 1)], ids=str)
def test_expressions(server: RunningPrometheus, day: date) -> None:
    """Offsets, ``@``, subqueries, regular expressions and aggregations are worth what the days are."""
    at = local(day)
    found = {expression: value(server, expression, at) for expression in EXPRESSIONS}
    assert found == {expression: pytest.approx(expected(at)) for expression, expected in EXPRESSIONS.items()}


def test_the_moving_range_of_a_query_over_time(server: RunningPrometheus) -> None:
    """In a range query ``[30d]`` moves along with the steps."""
    found = points(server, f"sum_over_time({X}[30d])", local(date(2025, 1, 1)), local(date(2025, 11, 1)), 86_400)
    assert {at: number for at, number in found.items() if number != sum_of(ended(at, 30))} == {}
    assert len(found) == 305


def test_an_hour_holds_a_day_only_at_midnight(server: RunningPrometheus) -> None:
    """``[1h]`` is empty but in the hour after midnight, when a day has just ended."""
    assert server.query(f"sum_over_time({X}[1h])", local(LONG).timestamp()) == []
    assert value(server, f"sum_over_time({X}[1h])", local(LONG, 0)) == worth(LONG - DAY)


def test_an_offset_inside_a_subquery_finds_nothing(server: RunningPrometheus) -> None:
    """As the docs say: what lies between the days' places is not found; nothing wrong is found instead."""
    assert server.query(f"sum_over_time(({X} offset 6h)[30d:1d])", local(LONG).timestamp()) == []


def test_a_restated_day_is_another_at_once(server: RunningPrometheus) -> None:
    """What is corrected in the ledger is corrected in the very next query, with nothing written to Prometheus."""
    day, at = date(2025, 3, 20), local(date(2025, 4, 1))
    query = f"sum_over_time({X}[30d])"
    before = value(server, query, at)
    PAST.changed[day] = worth(day) - 100.25
    try:
        assert value(server, query, at) == pytest.approx(before - 100.25)
    finally:
        PAST.changed.clear()


def test_a_day_that_is_not_known_is_empty(server: RunningPrometheus) -> None:
    """An unknown day has no points, from its first instant on."""
    gap = date(2025, 6, 10)
    PAST.gaps.add(gap)
    try:
        found = points(server, X, local(gap - DAY), local(gap + DAY), 60)
    finally:
        PAST.gaps.clear()
    assert {_day(at) for at in found} == {gap - DAY, gap + DAY}
    assert len(found) == 1441


def test_the_future_is_empty(server: RunningPrometheus) -> None:
    """There is nothing after today, which is shown as it stands."""
    found = points(server, X, NOW - timedelta(hours=1), NOW + 5 * DAY, 60)
    assert {_day(at) for at in found} == {NOW.astimezone(AMSTERDAM).date()}


@pytest.mark.parametrize(
    ("selector", "start", "step", "sentence"),
    [
        ('{kpitaps="history"}', NOW - DAY, 60, "KPITAPS_REMOTE_READ_SERIES"),
        ('sum_over_time({kpitaps="history",rep=~"[ab]"}[900d:5m])', NOW, 0, "KPITAPS_REMOTE_READ_SAMPLES"),
        ('{kpitaps="history",rep=~"[ab]"}', NOW - timedelta(days=70), 600, None),
    ],
)
def test_limits_are_shown_and_nothing_breaks(
    server: RunningPrometheus, selector: str, start: datetime, step: int, sentence: str | None
) -> None:
    """Whoever asks for too much reads which limit there is, beside an empty result."""
    if step:
        span = {"start": start.timestamp(), "end": NOW.timestamp(), "step": step}
        answer = server.get("/api/v1/query_range", query=selector, **span)
    else:
        answer = server.get("/api/v1/query", query=selector, time=start.timestamp())
    assert bool(answer["data"]["result"]) is (sentence is None)
    assert (sentence or "") in " ".join(answer.get("warnings", []))
    assert value(server, X, NOW) == worth(NOW.astimezone(AMSTERDAM).date())


def test_nobody_works_for_who_waits_no_longer(prometheus: StartPrometheus) -> None:
    """What takes too long is a warning that says so; what Prometheus itself gives up is not made to its end."""
    past = Long()
    endpoint = RemoteReadEndpoint(lambda: past, lambda: NOW, LIMITS, patience=0.5)
    with serve(endpoint) as url, prometheus(CONFIG.format(url=url, labels="")) as running:
        asked = {"query": '{kpitaps="history"}', "time": NOW.timestamp()}
        late = running.get("/api/v1/query", **asked)
        assert "was not made within 0.5 seconds" in " ".join(late["warnings"])
        running.client.get("/api/v1/query", params={**asked, "timeout": "100ms"})
        deadline = time.monotonic() + 10
        while len(endpoint.status().requests) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert endpoint.status().requests == {"late": 1, "gone": 1}
    assert past.made < 50


def test_other_queries_stay_with_prometheus(server: RunningPrometheus) -> None:
    """A query that does not ask for history is not passed on."""
    assert server.query('kpi_x_daily{rep="a"}', NOW.timestamp()) == []
    found = server.query("other", datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    assert len(found) <= 1


def test_series_are_listed(server: RunningPrometheus) -> None:
    """The labels of history can be listed, of a span of time."""
    span = {"start": (NOW - 3 * DAY).timestamp(), "end": NOW.timestamp()}
    found = server.get("/api/v1/series", **{"match[]": '{kpitaps="history",rep=~"[ab]"}'}, **span)["data"]
    assert [each["rep"] for each in found] == ["a", "b"]
