"""Syncing a connection: outcomes, repairs that open and close by themselves, and whose account it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel
from store.shelf import ACCOUNT, dump
from sync.toy import START, Bench, Shop, everything

from kpitaps import Advice, BadSettings, Incomplete, NeedsAuth, RetryLater, TapBug
from kpitaps.errors import LedgerUnavailable
from kpitaps.store import latest_runs, list_connections, open_repairs
from kpitaps.sync import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.store import Ledger


class Customer(BaseModel):
    """What a toy vendor says of a customer."""

    email: int


def parsing_fails() -> None:
    Customer.model_validate({"email": "jane@x.example"})


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A shop with an order, visits and a ticket."""
    bench = Bench(ledger, everything())
    bench.shop.place("a")
    bench.shop.visits[START.date()] = 10
    bench.shop.tickets["returns"] = 2
    return bench


def troubled(bench: Bench, **troubles: Callable[[], None]) -> None:
    bench.shop.trouble = lambda stream, _span: troubles.get(stream, lambda: None)()


def codes(bench: Bench) -> dict[str, datetime]:
    return {repair.code: repair.opened_at for repair in open_repairs(bench.ledger.database)}


OUTCOMES = {
    "needs_auth": (raising(NeedsAuth("the token was revoked")), "the token was revoked", NeedsAuth),
    "retry_later": (raising(RetryLater("too busy", after=90)), "too busy", RetryLater),
    "bad_settings": (raising(BadSettings("there is no such shop")), "there is no such shop", BadSettings),
    "tap_bug": (raising(TapBug("a rule was broken")), "a rule was broken", TapBug),
    "error": (raising(KeyError("data")), "{what} failed: KeyError: 'data'", TapBug),
    "exit": (raising(SystemExit("bye")), "{what} failed: SystemExit: bye", TapBug),
    "many words": (raising(ValueError("a\n  b" + "c" * 999)), "{what} failed: ValueError: a b" + "c" * 297, TapBug),
    # pydantic's own text would tell the address to everybody who reads the run log
    "parsing": (
        parsing_fails,
        "{what} failed: ValidationError: email: Input should be a valid integer, unable to parse string as an integer",
        TapBug,
    ),
}


@pytest.mark.parametrize(("trouble", "message", "error"), OUTCOMES.values(), ids=OUTCOMES)
@pytest.mark.parametrize("stream", ["orders", "traffic", "tickets"])
def test_an_error_of_a_stream_becomes_its_outcome(
    bench: Bench, stream: str, trouble: Callable[[], None], message: str, error: type[Exception]
) -> None:
    """Each error has its outcome and one sentence in the run log; the other streams are read all the same."""
    troubled(bench, **{stream: trouble})
    result = bench.sync()
    runs = {run.stream: run for run in latest_runs(bench.ledger.database)}
    bad = runs.pop(stream)
    assert bad.message == message.format(what=f"stream {stream}")
    assert isinstance(result.errors[stream], error)
    assert bad.outcome == {NeedsAuth: "needs_auth", RetryLater: "retry_later", BadSettings: "bad_settings"}.get(
        error, "tap_bug"
    )
    assert bad.retry_at == (START + timedelta(seconds=90) if error is RetryLater else None)
    assert {run.outcome for run in runs.values()} == {"ok"}
    assert tuple(run.stream for run in result.runs) == ("orders", "traffic", "tickets")


@pytest.mark.parametrize(("trouble", "message", "error"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_account_that_refuses_ends_the_sync(
    bench: Bench, trouble: Callable[[], None], message: str, error: type[Exception]
) -> None:
    """Nothing is read of a connection whose account cannot be asked; one run says why."""
    troubled(bench, account=trouble)
    result = bench.sync()
    assert [run.stream for run in result.runs] == ["account"]
    assert result.runs[0].message == message.format(what="tap toy: its account function")
    assert isinstance(result.errors["account"], error)
    assert not any(dump(bench.ledger).values())


def test_an_account_function_that_returns_something_else_is_a_bug(bench: Bench) -> None:
    """A mapping is no account, and no reason to fall over."""
    bench.shop.account = {"id": "shop-1"}
    result = bench.sync()
    assert result.runs[0].message == "tap toy: its account function returned a dict, which is no Account"


def test_another_account_under_the_same_credentials_is_refused(bench: Bench) -> None:
    """Numbers of two accounts are never mixed: a connection stays with the account it was made for."""
    bench.sync()
    before = dump(bench.ledger)
    bench.shop.account = replace(ACCOUNT, id="shop-2", name="Other")
    bench.shop.place("b")
    result = bench.sync()
    assert result.runs[0].outcome == "bad_settings"
    assert result.runs[0].message == (
        "connection acme now answers as Other (shop-2) instead of Acme (shop-1): "
        "add that account as a connection of its own"
    )
    assert dump(bench.ledger) == before
    assert list_connections(bench.ledger.database)[0].account_name == "Acme"


def test_a_repair_opens_and_closes_by_itself(bench: Bench) -> None:
    """It says what to do, keeps since when it is open while it lasts, and closes when the stream is read again."""
    troubled(bench, orders=raising(NeedsAuth("the scope is missing")))
    bench.sync()
    repair = open_repairs(bench.ledger.database)[0]
    assert (repair.code, repair.message) == ("needs_auth:orders", "the scope is missing")
    assert repair.fix == "Authorise the connection again, or grant the scope: kpitaps add toy --name 'acme'"
    bench.wait(hours=1)
    bench.sync()
    assert codes(bench) == {"needs_auth:orders": START}
    troubled(bench)
    bench.sync()
    assert codes(bench) == {}


def test_a_repair_says_what_is_the_matter_now(bench: Bench) -> None:
    """Another message under the same code is brought up to date; since when it is open stays."""
    troubled(bench, orders=raising(TapBug("one")))
    bench.sync()
    bench.wait(hours=1)
    troubled(bench, orders=raising(TapBug("two")))
    bench.sync()
    repairs = open_repairs(bench.ledger.database)
    assert [(repair.message, repair.opened_at) for repair in repairs] == [("two", START)]


@pytest.mark.parametrize("meanwhile", ["another stream", "busy", "account busy", "account refuses"])
def test_a_repair_stays_while_nobody_knows_better(bench: Bench, meanwhile: str) -> None:
    """A sync of other streams, or one that the source puts off, does not close what it has not looked at."""
    troubled(bench, orders=raising(TapBug("broken")))
    bench.sync()
    bench.wait(hours=1)
    busy = raising(RetryLater("busy"))
    match meanwhile:
        case "another stream":
            troubled(bench)
            bench.sync("traffic")
        case "busy":
            troubled(bench, orders=busy)
            bench.sync()
        case "account busy":
            troubled(bench, account=busy)
            bench.sync()
        case "account refuses":
            troubled(bench, account=raising(NeedsAuth("revoked")))
            bench.sync()
    assert codes(bench)["tap_bug:orders"] == START


def test_an_account_that_answers_again_closes_its_repairs(bench: Bench) -> None:
    """One reason replaces another, a busy source changes nothing, and an answer closes all."""
    troubled(bench, account=raising(NeedsAuth("revoked")))
    bench.sync()
    assert list(codes(bench)) == ["needs_auth:account"]
    troubled(bench, account=raising(RetryLater("busy")))
    bench.sync()
    assert list(codes(bench)) == ["needs_auth:account"]
    troubled(bench, account=raising(BadSettings("no such shop")))
    bench.sync()
    assert list(codes(bench)) == ["bad_settings:account"]
    troubled(bench)
    bench.sync("traffic")
    assert codes(bench) == {}


def test_what_the_source_holds_back_and_advises_is_a_repair(bench: Bench) -> None:
    """Gaps and advice of the account open as repairs, stay while the account cannot be asked, and close when gone."""
    gap = Incomplete(("orders",), datetime(2025, 1, 10, tzinfo=UTC), "older orders are hidden", "grant the scope")
    bench.shop.account = replace(ACCOUNT, incomplete=(gap,), advice=(Advice("old_version", "It ends.", "Upgrade."),))
    bench.sync()
    assert {repair.code: repair.fix for repair in open_repairs(bench.ledger.database)} == {
        "incomplete:orders": "grant the scope",
        "advice:old_version": "Upgrade.",
    }
    troubled(bench, account=raising(RetryLater("busy")))
    bench.wait(hours=1)
    bench.sync()
    assert codes(bench) == {"incomplete:orders": START, "advice:old_version": START}
    troubled(bench)
    bench.shop.account = ACCOUNT
    bench.sync()
    assert codes(bench) == {}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(LedgerUnavailable("another key"), "bad_settings"), (NeedsAuth("revoked"), "needs_auth")],
)
def test_a_connection_that_cannot_even_be_tried_is_logged(bench: Bench, error: Exception, outcome: str) -> None:
    """What keeps a connection from being read is a run and a repair; what is not the tap's fault is no bug of it."""
    result = refused(bench.ledger, bench.connection, error, START)
    assert result.runs[0].outcome == outcome
    assert list(codes(bench)) == [f"{outcome}:account"]


def test_a_ledger_that_cannot_be_written_ends_the_sync(bench: Bench) -> None:
    """A full disk is no fault of the tap: the error goes up to whoever started the sync."""
    bench.sync()

    def gone(*_: object) -> None:
        bench.ledger.database.engine.dispose()
        raise LedgerUnavailable("the disk is full")

    troubled(bench, orders=gone)
    with pytest.raises(LedgerUnavailable, match="the disk is full"):
        bench.sync()


def test_only_what_is_asked_for_is_read(ledger: Ledger) -> None:
    """Each stream has its own pace: the scheduler names those that are due."""
    bench = Bench(ledger, everything(), Shop())
    result = bench.sync("traffic")
    assert [run.stream for run in result.runs] == ["traffic"]
    assert bench.asked("orders") == []
