"""The tap that reads the benchmark's source, written as any author would, and the process that syncs it.

python benchmarks/bench_tap.py PORT HOME [MINUTES]     MINUTES after the source's own time
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kpitaps import Account, Record, Settings, Tap, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span


class Nothing(Settings):
    name: str = setting("Name", help="Of no consequence", default="bench")


tap = Tap(
    "bench",
    title="Benchmark",
    settings=Nothing,
    api=1,
    base_url="https://bench.example",
    hosts=["bench.example"],
)
won = tap.measure("deals_won")
lost = tap.measure("deals_lost")
value = tap.measure("deals_won_value")


@tap.account
def account(_: Context) -> Account:
    return Account("bench", "Benchmark", "Europe/Amsterdam", "EUR")


@tap.records("deals", feeds=[won, lost, value], every="15m", history="3y", lag="1m")
def deals(ctx: Context, span: Span) -> Iterator[Record]:
    params = {"limit": 100, "since": f"{span.start:%Y-%m-%dT%H:%M:%SZ}", "before": f"{span.end:%Y-%m-%dT%H:%M:%SZ}"}
    after = 0
    while after is not None:
        page = ctx.http.get("/deals", params={**params, "after": after} if after else params).json()
        for deal in page["results"]:
            p = deal["properties"]
            record = Record(deal["id"], datetime.fromisoformat(deal["updatedAt"]))
            closed = datetime.fromisoformat(p["closedate"])
            labels = {"rep": p["hubspot_owner_id"], "pipeline": p["pipeline"]}
            if p["dealstage"] == "closedwon":
                record.add(won, closed, 1, **labels).add(value, closed, p["amount"], **labels)
            else:
                record.add(lost, closed, 1, **labels)
            yield record
        after = page["after"]


def main(port: str, home: str, minutes: str = "0") -> None:
    from kpitaps.app import Runtime, connect, sync_all
    from kpitaps.config import Environment
    from kpitaps.plugins import Installed, Plugins, PluginState

    now = datetime.fromisoformat("2026-11-01T00:00:00Z") + timedelta(minutes=int(minutes))
    routes = {"bench.example": f"http://127.0.0.1:{port}"}
    environment = Environment.read().model_copy(update={"home": Path(home), "routes": routes})
    plugins = Plugins((Installed("bench", "bench", "0", PluginState.READY, "", (tap,)),))
    with Runtime(environment, now=lambda: now, plugins=plugins) as runtime:
        if not (Path(home) / "connected").exists():
            connect(runtime, "bench", {})
            (Path(home) / "connected").touch()
        (result,) = sync_all(runtime)
        assert not result.errors, result.errors
        print(sum(run.records for run in result.runs), result.changed)


if __name__ == "__main__":
    main(*sys.argv[1:])
