"""Backfills into real stores: promtool and Prometheus, and VictoriaMetrics."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from parts.needs import need
from parts.past import AMSTERDAM, WrittenPast, labels

from kpitaps.errors import BadSettings, BadUse, KpitapsError, NeedsAuth, RetryLater
from kpitaps.exposition.backfill.blocks import import_blocks
from kpitaps.exposition.backfill.families import Choice, stamp
from kpitaps.exposition.backfill.openmetrics import Written, write_openmetrics
from kpitaps.exposition.backfill.victoria import Told, bring_up_to_date
from kpitaps.exposition.backfill.victoria_store import VictoriaStore
from kpitaps.http.own_service import OwnService
from kpitaps.http.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parts.prometheus import StartPrometheus
    from parts.victoria import RunningVictoria, StartVictoria

    from kpitaps.exposition.history import Labels

pytestmark = pytest.mark.slow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST, LAST = date(2024, 9, 1).toordinal(), date(2026, 5, 31).toordinal()
REVENUE = labels("kpi_order_revenue_daily_eur")
NASTY = labels("kpi_sales_daily_eur", product='a"b\\c\nd,é{}=}😀')
MTD = labels("kpi_order_revenue_history_eur", window="mtd")


def past(first: int = FIRST) -> WrittenPast:
    """Almost two years of three series, to the cent, with the awkward label."""
    dice, made = random.Random(6), WrittenPast()
    for each, size in ((REVENUE, 9_999_999_99), (NASTY, 100_00), (MTD, 99)):
        made.days[each] = {day: dice.randint(-size, size) / 100 for day in range(first, LAST + 1)}
    return made


def all_values(query: Callable[..., list[dict]], name: str) -> dict[Labels, dict[int, float]]:  # type: ignore[type-arg]
    """Return every sample of a metric: labels → milliseconds → value."""
    at = NOW.timestamp()
    found = query(f'{name}{{kpitaps="history"}}[800d]', time=at)
    return {
        tuple(sorted(each["metric"].items())): {round(t * 1000): float(v) for t, v in each["values"]} for each in found
    }


def expected(history: WrittenPast, each: Labels) -> dict[Labels, dict[int, float]]:
    """Return what `all_values` should be for the metric of one series."""
    return {each: {stamp(AMSTERDAM, day): value for day, value in history.days[each].items()}}


def written(history: WrittenPast, file: Path) -> Written:
    """Write a file."""
    with file.open("wb") as out:
        return write_openmetrics(history, Choice(), NOW, out)


def test_prometheus_holds_every_sample(prometheus: StartPrometheus, tmp_path: Path) -> None:
    """Blocks made by promtool hold each day's value at its last millisecond, both days of clock changes included."""
    history, data, file = past(), tmp_path / "data", tmp_path / "history.om"
    data.mkdir()
    assert import_blocks(need("promtool", "blocks"), file, data, written(history, file)) >= 2
    with prometheus("global: {}", data=data) as server:
        for each in (REVENUE, NASTY, MTD):
            assert all_values(server.query, dict(each)["__name__"]) == expected(history, each)


def test_blocks_are_not_put_beside_older_ones(tmp_path: Path) -> None:
    """A folder that holds history is refused, for Prometheus would keep the old values; it is left as it was."""
    history, data, file = past(LAST - 40), tmp_path / "data", tmp_path / "history.om"
    data.mkdir()
    promtool = need("promtool", "blocks")
    import_blocks(promtool, file, data, written(history, file))
    before = sorted(data.glob("*/meta.json"))
    with pytest.raises(BadUse, match="holds history already"):
        import_blocks(promtool, file, data, written(history, file))
    assert sorted(data.glob("*/meta.json")) == before


def test_deleted_history_is_written_anew(prometheus: StartPrometheus, tmp_path: Path) -> None:
    """As the guide says: deleted through the admin API of a running Prometheus, restated history replaces the old."""
    history, data, file = past(LAST - 400), tmp_path / "data", tmp_path / "history.om"
    data.mkdir()
    promtool = need("promtool", "blocks")
    import_blocks(promtool, file, data, written(history, file))
    with prometheus("global: {}", "--web.enable-admin-api", data=data) as server:
        admin = "/api/v1/admin/tsdb"
        server.client.post(f"{admin}/delete_series", params={"match[]": '{kpitaps="history"}'}).raise_for_status()
        server.client.post(f"{admin}/clean_tombstones").raise_for_status()
        history.days[REVENUE][LAST - 200] -= 100
        import_blocks(promtool, file, data, written(history, file))
    with prometheus("global: {}", data=data) as server:
        for each in (REVENUE, NASTY, MTD):
            assert all_values(server.query, dict(each)["__name__"]) == expected(history, each)


def test_a_lost_sample_is_noticed(tmp_path: Path) -> None:
    """If promtool makes fewer samples than the file has, nothing is put into the folder."""
    history, data, file = past(LAST - 5), tmp_path / "data", tmp_path / "history.om"
    data.mkdir()
    made = written(history, file)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:2], lines[1], *lines[2:]]) + "\n")  # promtool drops it without a word
    more = Written(made.metrics, made.series, made.samples + 1, made.first, made.last)
    with pytest.raises(KpitapsError, match="promtool put 18 of 19 samples into blocks; nothing was put"):
        import_blocks(need("promtool", "blocks"), file, data, more)
    assert list(data.iterdir()) == []


class Network(httpx.HTTPTransport):
    """The network, which may cut what was answered."""

    def __init__(self, cut: Callable[[httpx.Request], None]) -> None:
        super().__init__()
        self._cut = cut

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.read()
        answer.close()
        self._cut(request)
        return answer


class Target:
    """A VictoriaMetrics, and what comes between us and it."""

    def __init__(self, server: RunningVictoria, cut: Callable[[httpx.Request], None] = lambda _: None) -> None:
        self.server = server
        self._cut = cut

    def run(self, history: WrittenPast, choice: Choice = Choice(), *, plan: bool = False) -> Told:  # noqa: B008
        """Bring it up to date."""
        network, policy = Network(self._cut), RetryPolicy.testing()
        with OwnService(self.server.url, title="VictoriaMetrics", transport=network, policy=policy) as service:
            return bring_up_to_date(history, VictoriaStore(service), choice, NOW, companies=["main"], plan=plan)

    def holds(self, history: WrittenPast) -> None:
        """See that it holds exactly this."""
        for each in history.days:
            found = all_values(self.server.query, dict(each)["__name__"])
            assert found.keys() == {each}
            assert found[each] == pytest.approx(expected(history, each)[each], rel=1e-12)


@pytest.fixture
def target(victoria: StartVictoria) -> Target:
    """An empty VictoriaMetrics that keeps everything."""
    return Target(victoria())


def test_a_first_run_writes_and_a_second_sends_nothing(target: Target) -> None:
    """Everything is there after the first run, and the second only looks; a plan writes nothing at all."""
    history = past()
    number = 3 * (LAST - FIRST + 1)
    assert target.run(history, plan=True) == Told(series=3, samples=number)
    assert all_values(target.server.query, "kpi_order_revenue_daily_eur") == {}
    assert target.run(history) == Told(series=3, samples=number)
    target.holds(history)
    assert target.run(history) == Told(series=3, unchanged=3)
    assert target.server.rows_taken() == number


@pytest.mark.parametrize("change", [+0.01, -250.0])
def test_a_restated_day_shows_its_new_value_alone(target: Target, change: float) -> None:
    """A day that went up or down is right afterwards, its series alone was written anew, and nothing counts twice."""
    history = past()
    target.run(history)
    day = date(2025, 10, 26)
    history.days[REVENUE][day.toordinal()] += change
    assert target.run(history) == Told(series=3, unchanged=2, restated=1, samples=LAST - FIRST + 1)
    target.holds(history)
    total = target.server.query("sum_over_time(kpi_order_revenue_daily_eur[700d])", NOW.timestamp())[0]["value"][1]
    assert float(total) == pytest.approx(sum(history.days[REVENUE].values()), rel=1e-11)


def test_new_days_are_only_added(target: Target) -> None:
    """The day after, one sample a series is sent; a day that became unknown is taken out, and a lost series goes."""
    history = past()
    for days in history.days.values():
        del days[LAST]
    target.run(history)
    for days in history.days.values():
        days[LAST] = 7.0
    assert target.run(history) == Told(series=3, samples=3)
    del history.days[REVENUE][FIRST + 100]
    del history.days[MTD]
    assert target.run(history) == Told(series=2, unchanged=1, restated=1, deleted=1, samples=LAST - FIRST)
    target.holds(history)
    assert target.server.query("kpi_order_revenue_history_eur[800d]", NOW.timestamp()) == []


def test_a_run_that_was_cut_short_is_finished_by_the_next(target: Target) -> None:
    """Stopped after a series was deleted, or sent but not answered, the next run ends with the same store."""
    history = past()
    target.run(history)
    history.days[REVENUE][FIRST + 9] = 0.5
    for path in ("delete_series", "/import"):

        def stop(request: httpx.Request, path: str = path) -> None:
            if request.url.path.endswith(path):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Target(target.server, stop).run(history)
    target.run(history)
    target.holds(history)


def test_an_answer_that_is_lost_doubles_nothing(target: Target) -> None:
    """A piece that arrived though its answer did not is looked for before it is sent again."""
    history = past()
    lost = ["/api/v1/import"]

    def lose(request: httpx.Request) -> None:
        if request.url.path in lost:
            lost.remove(request.url.path)
            raise httpx.ReadError("cut")

    Target(target.server, lose).run(history)
    assert lost == []
    target.holds(history)
    assert target.server.rows_taken() == 3 * (LAST - FIRST + 1)


def test_a_store_that_never_answers_is_named(target: Target) -> None:
    """If no import is ever answered, the error says so after a few tries."""

    def lose(request: httpx.Request) -> None:
        if request.url.path == "/api/v1/import":
            # what arrived is not there either
            target.server.client.post("/internal/force_flush").raise_for_status()
            target.server.client.post("/api/v1/admin/tsdb/delete_series", data={"match[]": '{kpitaps="history"}'})
            raise httpx.ReadError("cut")

    with pytest.raises(RetryLater, match=r"127.0.0.1 broke off its answer"):
        Target(target.server, lose).run(past(LAST - 3))


def test_others_are_left_alone(target: Target) -> None:
    """Another company, and what somebody's rule recorded with our label, stay."""
    body = "\n".join(
        f'{name}{{company="{company}",kpitaps="history"}} 1 {stamp(AMSTERDAM, LAST)}'
        for name, company in (("team:revenue:sum", "main"), ("kpi_orders_daily", "other"), ("kpi_old_daily", "main"))
    )
    target.server.client.post("/api/v1/import/prometheus", content=body).raise_for_status()
    assert target.run(past(LAST - 3)).deleted == 1
    for name, number in (("team:revenue:sum", 1), ("kpi_orders_daily", 1), ("kpi_old_daily", 0)):
        assert len(target.server.query(f'{{__name__="{name}"}}[30d]', NOW.timestamp())) == number


def test_only_days_that_were_asked_for_are_added(target: Target) -> None:
    """With a first day the history before it is not written, and what is there before it stays right."""
    history = past()
    target.run(history, Choice(first=date.fromordinal(LAST - 9)))
    assert target.server.rows_taken() == 30
    history.days[REVENUE][LAST - 9] = 12.5
    assert target.run(history, Choice(first=date.fromordinal(LAST - 1))).samples == 10
    found = all_values(target.server.query, "kpi_order_revenue_daily_eur")[REVENUE]
    assert (len(found), found[stamp(AMSTERDAM, LAST - 9)]) == (10, 12.5)


def test_too_short_a_retention_is_said(victoria: StartVictoria) -> None:
    """A store that drops old days without a word is caught, and the sentence names the setting."""
    today = datetime.now(UTC)
    history, last = WrittenPast(), (today - timedelta(days=2)).date().toordinal()
    history.days[REVENUE] = dict.fromkeys(range(last - 400, last + 1), 1.5)
    with victoria(retention="1") as server, OwnService(server.url, title="VictoriaMetrics") as service:
        with pytest.raises(BadSettings, match=r"took samples of kpi_order_.* and dropped \d+ .*-retentionPeriod"):
            bring_up_to_date(history, VictoriaStore(service), Choice(), today)
        later = Choice(first=date.fromordinal(last - 10))
        assert bring_up_to_date(history, VictoriaStore(service), later, today).series == 1


def test_what_is_no_victoria_is_said(prometheus: StartPrometheus) -> None:
    """Prometheus' address is refused before anything is sent."""
    said = r"force_flush was answered 404.*check that this is the address of VictoriaMetrics"
    with prometheus("global: {}") as server, OwnService(server.url, title="VictoriaMetrics") as service:  # noqa: SIM117
        with pytest.raises(BadSettings, match=said):
            bring_up_to_date(past(LAST), VictoriaStore(service), Choice(), NOW)


def test_credentials_are_shown(victoria: StartVictoria) -> None:
    """Without the right password nothing is written; with it, everything is."""
    with victoria("-httpAuth.username=kpi", "-httpAuth.password=secret") as server:
        with OwnService(server.url, title="VictoriaMetrics") as service, pytest.raises(NeedsAuth, match="credentials"):
            bring_up_to_date(past(LAST), VictoriaStore(service), Choice(), NOW)
        headers = {"authorization": "Basic a3BpOnNlY3JldA=="}
        with OwnService(server.url, title="VictoriaMetrics", headers=headers) as service:
            assert bring_up_to_date(past(LAST), VictoriaStore(service), Choice(), NOW).samples == 3
