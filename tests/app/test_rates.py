"""Keeping exchange rates fresh, against a central bank that answers over HTTP."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
from parts.central_bank import HOST, CentralBank, Days, as_xml, as_zip, working_days

from kpitaps import Account
from kpitaps.app import Runtime, Scheduler, check, keep_rates, known_rates, load_rates
from kpitaps.app.rates import expected_day, fetch_rates
from kpitaps.config import Environment
from kpitaps.errors import BadUse, KpitapsError
from kpitaps.http import RetryPolicy
from kpitaps.store import Company, add_connection, put_company
from kpitaps.store.rates import find_rate_feed, note_rates_failure
from kpitaps.testing import Clock, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

THURSDAY, FRIDAY, TUESDAY = date(2025, 4, 17), date(2025, 4, 18), date(2025, 4, 22)
HOLIDAYS = (FRIDAY, date(2025, 4, 21))
ANSWERS = tuple[int, bytes]


def published(last: date) -> Days:
    """Return what was published up to a day around Easter 2025."""
    return working_days(date(2024, 12, 2), last, *HOLIDAYS, USD="1.25", GBP="0.8")


class World:
    """A company that reports in euros, a central bank, and a process between them."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.bank = CentralBank(published(THURSDAY))
        self.clock = Clock(datetime(2025, 4, 17, 15, tzinfo=UTC))
        routes = {HOST: stack.enter_context(serve(self.bank.app))}
        environment = Environment(home=home, routes=routes)
        policy = RetryPolicy.testing(attempts=2)
        self.runtime = stack.enter_context(Runtime(environment, now=self.clock.now, policy=policy))
        self.company = put_company(self.runtime.ledger.database, Company(0, "acme", "Acme", "EUR", "Europe/Amsterdam"))

    def account(self, currency: str) -> None:
        """Give the company an account in a currency."""
        ledger = self.runtime.ledger
        account = Account(currency, currency, "Europe/Amsterdam", currency)
        terms = {"tap": "toy", "plain": {}, "secrets": {}, "now": self.clock.now()}
        add_connection(
            ledger.database, ledger.vault, company_id=self.company.id, name=currency, account=account, **terms
        )

    def at(self, day: date, hour: int, minute: int = 0) -> World:
        """Let it be some hour in UTC, two hours behind Frankfurt in summer."""
        self.clock.advance(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - self.clock.now())
        return self

    def last(self) -> date | None:
        """Return the newest day with rates."""
        return find_rate_feed(self.runtime.ledger.database).last

    def findings(self) -> list[tuple[str, str]]:
        """Return what ``check`` says of rates."""
        found = [(str(each.severity), each.message) for each in check(self.runtime) if each.where == "acme"]
        return [(severity, message) for severity, message in found if "rates" in message]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A company with an account in dollars, on Maundy Thursday 2025 at 17:00 in Frankfurt."""
    with ExitStack() as stack:
        opened = World(tmp_path, stack)
        opened.account("USD")
        yield opened


def test_nobody_is_asked_without_need(tmp_path: Path) -> None:
    """A company whose money is all in its own currency never calls the central bank."""
    with ExitStack() as stack:
        world = World(tmp_path, stack)
        world.account("EUR")
        assert not keep_rates(world.runtime)
        assert (world.bank.asked, world.findings()) == ([], [])


def test_first_the_history_then_the_day(world: World) -> None:
    """The first time all days since the start are read, then one; nothing while what is there is the newest."""
    assert keep_rates(world.runtime)
    assert not keep_rates(world.runtime)
    assert world.bank.asked == ["eurofxref-hist.zip"]
    world.at(FRIDAY, 15)
    world.bank.days[FRIDAY] = {"USD": "1.5"}
    assert keep_rates(world.runtime)
    assert (world.bank.asked[1:], world.last()) == (["eurofxref-daily.xml"], FRIDAY)


@pytest.mark.parametrize(
    ("days", "files"),
    [(5, ["daily", "hist-90d"]), (95, ["daily", "hist-90d", "hist.zip"])],
)
def test_what_was_missed_is_caught_up(world: World, days: int, files: list[str]) -> None:
    """After some days off the 90-day file is read, after a longer time the history: no day is left out."""
    keep_rates(world.runtime)
    last = THURSDAY + timedelta(days=days)
    world.bank.days, world.bank.asked = published(last), []
    world.at(last, 15)
    assert keep_rates(world.runtime)
    assert all(part in asked for part, asked in zip(files, world.bank.asked, strict=True))
    assert world.last() == max(world.bank.days)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2025, 4, 17, 13, 59, tzinfo=UTC), date(2025, 4, 16)),
        (datetime(2025, 4, 17, 14, 0, tzinfo=UTC), THURSDAY),
        (datetime(2025, 1, 16, 14, 59, tzinfo=UTC), date(2025, 1, 15)),
        (datetime(2025, 1, 16, 15, 0, tzinfo=UTC), date(2025, 1, 16)),
        (datetime(2025, 4, 20, 12, tzinfo=UTC), FRIDAY),
        (datetime(2025, 4, 21, 9, tzinfo=UTC), FRIDAY),
    ],
)
def test_rates_are_expected_at_four_in_frankfurt(at: datetime, day: date) -> None:
    """In summer and winter, and on weekends those of Friday; holidays are not known, they are only asked about."""
    assert expected_day(at) == day


def test_easter_is_final_on_tuesday(world: World) -> None:
    """From Good Friday to Monday Thursday's rate stands in; with Tuesday's it is certain that they have none."""
    keep_rates(world.runtime)
    finals = []
    for day, hour in ((FRIDAY, 15), (date(2025, 4, 21), 15), (TUESDAY, 9), (TUESDAY, 15)):
        world.at(day, hour)
        if hour == 15 and day == TUESDAY:
            world.bank.days = published(TUESDAY)
        keep_rates(world.runtime)
        found = known_rates(world.runtime).rate("USD", "EUR", FRIDAY)
        assert found is not None
        assert found.day == THURSDAY
        finals.append(found.is_final)
    assert finals == [False, False, False, True]


def test_a_rate_that_is_late_is_asked_for_again_with_pauses(world: World) -> None:
    """Within two hours after four every ten minutes, later once an hour."""
    keep_rates(world.runtime)
    world.bank.asked.clear()
    asked = []
    for hour, minute in ((14, 0), (14, 9), (14, 10), (15, 59), (16, 30), (16, 59), (17, 0)):
        world.at(FRIDAY, hour, minute)
        keep_rates(world.runtime)
        asked.append(len(world.bank.asked))
    assert asked == [1, 1, 2, 3, 3, 4, 4]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((503, b"busy"), "was answered 503"),
        ((404, b"gone"), "404"),
        ((200, b"<html><body>Maintenance</body></html>"), "no file of reference rates"),
        ((200, as_xml({date(2025, 5, 1): {"USD": "1"}})), "check the clock"),
        ((200, as_zip(b"Date,USD\n2025-04-17,x\n")), "'x' is no rate"),
    ],
)
@pytest.mark.slow
def test_what_goes_wrong_is_told(world: World, answer: ANSWERS, said: str) -> None:
    """A failure raises nothing, rates that were installed stand in, and `check` says what was answered."""
    world.bank.broken = answer
    assert keep_rates(world.runtime)
    assert world.last() == THURSDAY
    ((severity, message),) = world.findings()
    assert (severity, message.startswith("exchange rates are those of 2025-04-17")) == ("advice", True)
    assert said in message
    world.at(FRIDAY, 15)
    assert not keep_rates(world.runtime)


def test_old_rates_are_advice_until_they_are_too_old(world: World) -> None:
    """A week without the bank is advice while its last rates may be used, a problem afterwards; then it is over."""
    keep_rates(world.runtime)
    assert world.findings() == []
    world.bank.broken = (503, b"")
    severities = []
    for days in (5, 7, 8):
        world.at(THURSDAY + timedelta(days=days), 20)
        keep_rates(world.runtime)
        severities += [severity for severity, _ in world.findings()]
    assert severities == ["advice", "advice", "problem"]
    world.bank.broken, world.bank.days = None, published(THURSDAY + timedelta(days=8))
    assert fetch_rates(world.runtime)
    assert world.findings() == []


def test_currencies_that_ended_or_never_were(world: World) -> None:
    """One that the bank never had is a problem; one that ended is told with its last day."""
    for currency in ("HRK", "AED"):
        world.account(currency)
    world.bank.days[date(2024, 12, 30)]["HRK"] = "7.5"
    keep_rates(world.runtime)
    found = world.findings()
    assert [severity for severity, _ in found] == ["problem", "advice"]
    assert "no rates of AED" in found[0][1]
    assert "HRK has no rates since 2024-12-30" in found[1][1]


def test_files_can_be_loaded_by_hand(world: World, tmp_path: Path) -> None:
    """A machine without a network is given the file; what is wrong with one names it."""
    file = tmp_path / "rates.xml"
    file.write_bytes(as_xml(world.bank.days))
    assert load_rates(world.runtime, file) == 2 * len(world.bank.days)
    assert (world.bank.asked, world.findings()) == ([], [])
    with pytest.raises(BadUse, match=r"none\.zip cannot be read: No such file"):
        load_rates(world.runtime, tmp_path / "none.zip")


def test_a_day_to_come_is_left_out(world: World, tmp_path: Path) -> None:
    """A file from tomorrow would make today final: only days up to today are landed."""
    file = tmp_path / "rates.xml"
    file.write_bytes(as_xml(published(date(2025, 5, 30))))
    load_rates(world.runtime, file)
    assert world.last() == THURSDAY


def test_a_failed_fetch_is_raised_and_waits_as_long_as_it_was_told(world: World) -> None:
    """Who asks for it by hand gets the error; the scheduler keeps to what the bank asked for."""
    world.bank.broken = (503, b"")
    with pytest.raises(KpitapsError, match="503"):
        fetch_rates(world.runtime)
    now = world.clock.now()
    note_rates_failure(world.runtime.ledger.database, "Later.", now, now + timedelta(hours=3))
    world.bank.broken = None
    assert not keep_rates(world.at(THURSDAY, 17, 59).runtime)
    assert keep_rates(world.at(THURSDAY, 18).runtime)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def test_the_scheduler_keeps_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that runs publishes figures while the bank does not answer, and again when the rates are in."""
    monkeypatch.setattr("kpitaps.app.scheduler.TICK", 0.05)
    world.bank.hanging = Event()
    told: list[date | None] = []
    scheduler = Scheduler(world.runtime, synced=lambda _: None, published=lambda: told.append(world.last()))
    scheduler.start()
    try:
        eventually(lambda: bool(told and world.bank.asked))
        assert set(told) == {None}
        world.bank.hanging.set()
        eventually(lambda: THURSDAY in told)
    finally:
        assert scheduler.stop()
