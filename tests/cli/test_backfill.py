"""``kpitaps backfill``: the ledger's history in files and stores, and what cannot be done."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kpitaps.store import Database, alone

if TYPE_CHECKING:
    from parts.victoria import StartVictoria

    from cli.conftest import CommandLine

DAILY = "--metric=kpi_orders_daily"


def exported(kpitaps: CommandLine) -> list[float]:
    """The orders of each day that is over, as the export has them."""
    rows = json.loads(kpitaps("export", "--kpis=orders", "--format=json").out)
    return [float(row["value"]) for row in rows if row["value"] is not None][:-1]


def test_a_file_says_what_the_ledger_says(connected: CommandLine) -> None:
    """The file has each day's figure, and the command says what to do next."""
    file = connected.home / "history.om"
    said = connected("backfill", "openmetrics", str(file), DAILY)
    assert said.code == 0, said.err
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    values, orders = [float(line.split()[-2]) for line in lines], exported(connected)
    # in the first four hours of a day the one before it is left for later
    assert values in (orders, orders[:-1])
    assert said.out.startswith(f"{len(values)} samples of 1 series, 1 metrics, are in {file}.")
    assert "promtool tsdb create-blocks-from openmetrics --quiet --max-block-duration=8760h" in said.out


@pytest.mark.slow
def test_all_history_becomes_blocks(connected: CommandLine) -> None:
    """With --into promtool is run, and every sample of every series is in a block."""
    data = connected.home / "data"
    data.mkdir()
    told = connected("backfill", "openmetrics", str(connected.home / "all.om"), f"--into={data}", "--json")
    assert told.code == 0, told.err
    counted = [json.loads(meta.read_text())["stats"]["numSamples"] for meta in data.glob("*/meta.json")]
    assert sum(counted) == told.json["samples"] > 1000
    assert told.json["blocks"] == len(counted)
    again = connected("backfill", "openmetrics", str(connected.home / "all.om"), f"--into={data}")
    assert (again.code, "holds history already" in again.err) == (2, True)


@pytest.mark.slow
def test_victoria_is_brought_up_to_date(
    connected: CommandLine, victoria: StartVictoria, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All history is written once, with a password that stands nowhere."""
    monkeypatch.setenv("VICTORIA_PASSWORD", "s3cret-word")
    with victoria("-httpAuth.username=kpi", "-httpAuth.password=s3cret-word") as server:
        command = ("backfill", "victoria", server.url, "--user=kpi", "--password=env:VICTORIA_PASSWORD")
        first = connected(*command, "--json")
        assert first.code == 0, first.err
        assert first.json["samples"] > 1000
        again = connected(*command)
        assert (again.code, "s3cret" in again.out + again.err) == (0, False)
        assert ": 0 samples sent, 0 restated series written anew, 0 deleted" in again.out.replace("unchanged;", ":")
        refused = connected("backfill", "victoria", server.url, "--user=kpi")
    assert (refused.code, "check the credentials" in refused.err) == (4, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["openmetrics", "x", "--from=1 May"], "--from '1 May' is no date"),
        (["openmetrics", "x", "--from=2025-02-01", "--to=2025-01-01"], "--from 2025-02-01 is after --to 2025-01-01"),
        (["openmetrics", "x", "--into=.", "--promtool=nowhere"], "nowhere is not installed: it comes with Prometheus"),
        (["openmetrics", "x", "--metric=nothing"], "there is no history of that"),
        (["victoria", "http://h", "--token=abc"], "--token: write env:VARIABLE or file:PATH"),
        (
            ["victoria", "http://h", "--password=env:NOT_THERE"],
            "--password: there is no environment variable NOT_THERE",
        ),
        (["victoria", "http://h", "--header=x"], "--header 'x': write --header name=value"),
        (["victoria", "http://h", "--header=x=file:/nowhere"], "--header x: the file /nowhere cannot be read"),
        (["victoria", "http://h", "--token=env:PATH", "--user=u"], "give either --token, or --user and --password"),
    ],
)
def test_wrong_use_is_said(kpitaps: CommandLine, arguments: list[str], sentence: str) -> None:
    """One sentence and the exit code of wrong use; no file is left."""
    said = kpitaps("backfill", *arguments)
    assert (said.code, said.out, said.err.startswith(f"Error: {sentence}")) == (2, "", True), said.err
    assert not Path("x").exists()


def test_two_at_once_would_count_twice(kpitaps: CommandLine) -> None:
    """While one backfill of a store runs, another one of it ends at once, before it asks the store anything."""
    kpitaps("status")
    database = Database(f"sqlite:///{kpitaps.home / 'kpitaps.db'}")
    with alone(database, "backfill of http://127.0.0.1:1"):
        said = kpitaps("backfill", "victoria", "http://127.0.0.1:1/")
    assert (said.code, "backfill of http://127.0.0.1:1: another process is at it" in said.err) == (5, True)


def test_only_files_are_replaced(kpitaps: CommandLine) -> None:
    """A pipe or device, such as /dev/stdout, is not put aside for a file."""
    pipe = Path(kpitaps.home) / "pipe"
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    said = kpitaps("backfill", "openmetrics", str(pipe))
    assert (said.code, said.err) == (2, f"Error: {pipe} is no file\n")
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    "url", ["http://user:word@h:8428", "ftp://h", "h:8428", "http://h/?key=word", "http://u:word@[h"]
)
def test_an_address_that_is_none_is_said(kpitaps: CommandLine, url: str) -> None:
    """A wrong setting, whose password is not repeated."""
    said = kpitaps("backfill", "victoria", url)
    assert (said.code, "VictoriaMetrics" in said.err, "word" in said.err.replace("password", "")) == (3, True, False)
