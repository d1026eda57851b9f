"""``kpitaps rates``: showing, fetching and loading exchange rates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from parts.central_bank import HOST, CentralBank, as_xml, working_days

from cli.conftest import open_shop
from kpitaps.testing import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import CommandLine


@pytest.fixture
def bank() -> CentralBank:
    """A central bank that has published up to yesterday or Friday."""
    today = datetime.now(UTC).date()
    return CentralBank(working_days(today - timedelta(days=100), today - timedelta(days=1), USD="1.25"))


@pytest.fixture
def foreign(kpitaps: CommandLine, bank: CentralBank) -> Iterator[CommandLine]:
    """A home that reports in euros and has a shop in dollars, with a way to the central bank."""
    company = ("main", "--name=Main", "--currency=EUR", "--time-zone=Europe/Amsterdam")
    assert kpitaps("company", *company).code == 0
    with open_shop(currency="USD") as shop, serve(bank.app) as url:
        kpitaps.set(routes=f"{shop.routes},{HOST}={url}")
        assert kpitaps("add", "shopify", "--json", *shop.settings()).code == 0
        yield kpitaps


def test_rates_give_foreign_money_a_value(foreign: CommandLine, bank: CentralBank) -> None:
    """Without rates `check` names the currency and the way out; with them it is silent about it."""
    said = foreign("check")
    assert (said.code, "no exchange rates have been read, so money in USD has no value in EUR" in said.out) == (8, True)
    fetched = foreign("rates", "--fetch")
    assert (fetched.code, fetched.out.splitlines()[0]) == (0, f"{len(bank.days)} rates are new or changed.")
    assert "exchange rates" not in foreign("check").out
    shown = foreign("rates", "--json").json
    assert shown["needed"] == [{"currency": "USD", "per_euro": "1.25", "day": str(max(bank.days))}]
    assert (shown["last"], shown["message"]) == (str(max(bank.days)), "")


def revenue(kpitaps: CommandLine) -> float | None:
    """Return the revenue of the last four weeks."""
    figures = kpitaps("kpis", "--json").json
    (found,) = (each for each in figures if (each["kpi"], each["window"]) == ("order_revenue", "28d"))
    value: float | None = found["value"]
    return value


@pytest.mark.slow
def test_sync_asks_for_rates_and_the_board_uses_them(foreign: CommandLine, bank: CentralBank) -> None:
    """A sync does well without the bank, but revenue in dollars has no value until their rates are in."""
    bank.broken = (404, b"")
    assert foreign("sync", "--json").code == 0
    assert (revenue(foreign), bank.asked) == (None, ["eurofxref-hist.zip"])
    bank.broken = None
    assert foreign("rates", "--fetch").code == 0
    assert (revenue(foreign) or 0) > 0


def test_a_file_is_loaded(connected: CommandLine, bank: CentralBank, tmp_path: Path) -> None:
    """Also where no company needs rates; a second time nothing is new."""
    file = tmp_path / "eurofxref-hist-90d.xml"
    file.write_bytes(as_xml(bank.days))
    first, again = connected("rates", "--load", str(file)), connected("rates", "--load", str(file))
    assert first.out.splitlines()[0] == f"{len(bank.days)} rates are new or changed."
    assert again.out.splitlines()[0] == "0 rates are new or changed."
    assert "No company needs them" in again.out


def test_what_cannot_be_read_is_refused(connected: CommandLine, tmp_path: Path) -> None:
    """A file that holds no rates, and two ways at once, are wrong use."""
    file = tmp_path / "rates.csv"
    file.write_text("a,b\n")
    said = connected("rates", "--load", str(file))
    assert (said.code, "rates.csv, line 1" in said.err) == (2, True)
    assert connected("rates", "--fetch", "--load", str(file)).code == 2
