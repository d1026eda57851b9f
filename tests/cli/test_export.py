"""``kpitaps export``: figures day by day, exact, in three forms with one header."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from pyarrow import parquet

from kpitaps.app.export_files import HEADER
from kpitaps.store import Database

if TYPE_CHECKING:
    from cli.conftest import CommandLine, Shop

KEYS = ["--kpis=orders,average_order_value,sales_by_product"]


def table(text: str) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_the_figures_of_the_views(connected: CommandLine) -> None:
    """What is exported is what the SQL views show, with all digits."""
    assert connected("sync").code == 0
    said = connected("export", *KEYS)
    assert (said.code, said.err, said.out.splitlines()[0]) == (0, "", ",".join(HEADER))
    rows = {(row["key"], row["label_value"], row["day"]): row for row in table(said.out)}
    database = Database(f"sqlite:///{connected.home / 'kpitaps.db'}")
    with database.read() as connection:
        query = (
            "SELECT kpi, label_value, day, value, numerator, quality, is_open FROM kpi_daily WHERE kpi IN (:a, :b, :c)"
        )
        keys = {"a": "orders", "b": "average_order_value", "c": "sales_by_product"}
        found = connection.execute(sa.text(query), keys).all()
    database.close()
    assert {tuple(row[:3]) for row in found} == rows.keys()
    for key, label, day, value, numerator, quality, is_open in found:
        row = rows[key, label, day]
        assert (float(row["value"]) if row["value"] else None) == (None if value is None else pytest.approx(value))
        assert (float(row["numerator"]), row["quality"]) == (numerator, quality)
        assert row["is_open"] == ("true" if is_open else "false")


def test_forms_say_the_same(connected: CommandLine) -> None:
    """CSV, JSON and Parquet have the same rows; decimals lose no digit."""
    for ending in ("csv", "json", "parquet"):
        said = connected("export", *KEYS, "-o", str(connected.home / f"kpis.{ending}"))
        assert (said.code, said.out) == (0, "")
    plain = table((connected.home / "kpis.csv").read_text(encoding="utf-8"))
    listed = json.loads((connected.home / "kpis.json").read_bytes(), parse_float=Decimal, parse_int=Decimal)
    arrow = parquet.read_table(connected.home / "kpis.parquet").to_pylist()
    assert len(plain) == len(listed) == len(arrow) > 100
    for row, other, third in zip(plain, listed, arrow, strict=True):
        assert tuple(other) == tuple(third) == HEADER
        value = Decimal(row["value"]) if row["value"] else None
        assert value == other["value"] == third["value"]
        assert date.fromisoformat(row["day"]) == date.fromisoformat(other["day"]) == third["day"]
        assert row["label_value"] == other["label_value"] == third["label_value"]
        assert (row["is_open"] == "true") == other["is_open"] == third["is_open"]


def test_measures_are_exported_by_label(connected: CommandLine) -> None:
    """A measure has every label value, and the parts of a day are its whole; only the days that were asked for."""
    days = connected("export", "--measures=orders").out
    first, last = (table(days)[at]["day"] for at in (-9, -3))
    said = connected("export", "--measures=orders", "--by=sales_channel", f"--from={first}", f"--to={last}")
    parts = table(said.out)
    assert {(row["kind"], row["label"]) for row in parts} == {("measure", "sales_channel")}
    whole = {row["day"]: Decimal(row["value"]) for row in table(days) if first <= row["day"] <= last}
    assert len(whole) == 7
    assert {day: sum(Decimal(row["value"]) for row in parts if row["day"] == day) for day in whole} == whole


def test_all_kpis_without_secrets(connected: CommandLine, shop: Shop) -> None:
    """Without keys all KPIs are there, and nothing of the settings is."""
    said = connected("export", "--format=json")
    keys = {row["key"] for row in json.loads(said.out)}
    assert {"orders", "order_revenue", "refund_rate"} <= keys
    assert "receivable_period" not in keys
    assert [name for name, value in shop.sandbox.settings.items() if value in said.out] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kpis=ordrs"], "there is no KPI 'ordrs'; did you mean 'orders'?"),
        (["--kpis=revenue"], "revenue has no figures: no connection feeds all of its measures; "),
        (["--measures=ordrs"], "there is no measure 'ordrs'; did you mean 'orders'?"),
        (["--measures=revenue"], "no connection feeds revenue; "),
        (["--measures=orders", "--by=rep"], "orders has no label 'rep' to break it down by; there are sales_channel"),
        (["--measures=buyers", "--by=rep"], "buyers counts distinct subjects, "),
        (["--by=rep"], "--by breaks down measures, and there is no --measures; "),
        (["--format=xls"], "there is no format 'xls': there are csv, json, parquet"),
        (["--from=1 May"], "--from '1 May' is no date: write it like 2025-01-31"),
        (["--from=2025-02-01", "--to=2025-01-01"], "--from 2025-02-01 is after --to 2025-01-01"),
        (["-o", "/proc/nowhere/x.csv"], "/proc/nowhere/x.csv cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_exported_is_said(connected: CommandLine, arguments: list[str], sentence: str) -> None:
    """One sentence, the exit code of wrong use, and nothing on stdout."""
    said = connected("export", *arguments)
    assert (said.code, said.out, said.err.startswith(f"Error: {sentence}")) == (2, "", True), said.err


def test_a_failed_export_leaves_the_file(connected: CommandLine) -> None:
    """A file takes the place of the one before only once it is whole."""
    file = connected.home / "kpis.csv"
    file.write_text("before")
    assert connected("export", "--kpis=ordrs", "-o", str(file)).code == 2
    assert file.read_text() == "before"
    assert [each.name for each in connected.home.glob("*.part")] == []


def test_parquet_says_what_it_needs(connected: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow the sentence says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = connected("export", "--format=parquet", "-o", str(connected.home / "x"))
    assert said.err == "Error: Parquet needs pyarrow: pip install 'kpitaps[parquet]', or choose --format csv\n"


def test_an_export_is_as_private_as_the_umask_says(connected: CommandLine) -> None:
    """Figures are nobody else's business where new files are not."""
    file = connected.home / "kpis.csv"
    file.write_text("before")
    file.chmod(0o644)
    before = os.umask(0o077)
    try:
        assert connected("export", *KEYS, "-o", str(file)).code == 0
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
