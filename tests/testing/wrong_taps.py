"""Taps that are wrong on purpose, one rule each; each is a small mistake that somebody could make."""

from __future__ import annotations

import logging
import random
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field
from testing.stall import ask_account, cents, contribute, count_visits, pages, read_sales, tap_with

from kpitaps import Account, Flag, KpitapsError, Quality, Record, Secret, Settings, TapBug, setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from kpitaps import Context, Reply, Span, Tap, Totals


class Wrong(NamedTuple):
    """A mistake.

    Attributes:
        make: Makes the tap that has it.
        test: The test of the kit that must find it.
        says: What the kit must say, as a regular expression.
        fault: Upon which fault, for tests of reactions.
        breaks: Other rules that cannot be kept with this mistake.
    """

    make: Callable[[], Tap]
    test: str
    says: str
    fault: str = ""
    breaks: tuple[str, ...] = ()


Row = dict[str, Any]

COMPARING = ("test_fault_is_met", "test_history_equals_increments", "test_the_machines_zone_does_not_matter")
"""Rules that compare two ledgers: where chance decides what is read, no two are alike."""


def _adding(more: Callable[[Context, Row, Record, dict[str, Any]], object], **parts: Any) -> Callable[[], Tap]:
    """Return what makes a tap that adds something more to each record."""

    def add(ctx: Context, row: Row, record: Record, measures: dict[str, Any]) -> None:
        contribute(ctx, row, record, measures)
        more(ctx, row, record, measures)

    return lambda: tap_with(add=add, **parts)


def _sold(row: Row) -> datetime:
    return datetime.fromisoformat(row["sold"])


def _elsewhere(ctx: Context) -> Account:
    ctx.http.get("https://maps.example/zone")
    return ask_account(ctx)


def _by_the_machine(_: Context, row: Row, record: Record, measures: dict[str, Any]) -> None:
    sold = datetime.fromisoformat(row["printed"]).astimezone()
    record.add(measures["orders"], sold, 1).add(measures["revenue"], sold, cents(row["cents"]))
    record.member(measures["buyers"], sold, row["guest"])


def _aged(ctx: Context, row: Row, record: Record, measures: dict[str, Any]) -> None:
    record.add(measures["orders"], _sold(row), (ctx.now - _sold(row)).days)


def _first_page_only(ctx: Context, span: Span) -> Iterator[Row]:
    yield from islice(read_sales(ctx, span), 20)


def _by_day_of_sale(ctx: Context, span: Span) -> Iterator[Row]:
    yield from (row for row in pages(ctx, {}) if _sold(row) in span)


def _without_the_first_day(ctx: Context, span: Span) -> dict[date, int]:
    return {day: number for day, number in count_visits(ctx, span).items() if day > ctx.day(span.start)}


def _all_of_it(ctx: Context, _: Span) -> Iterator[Row]:
    yield from pages(ctx, {})


def _paid_only(ctx: Context, span: Span) -> Iterator[Row]:
    yield from pages(ctx, {"from": span.start.isoformat(), "to": span.end.isoformat(), "status": "paid"})


def _resting_on_errors(ctx: Context, span: Span) -> Iterator[Row]:
    try:
        yield from read_sales(ctx, span)
    except KpitapsError:
        return


def _a_bug_of_ours(reply: Reply) -> None:
    if "error" in reply.json():
        raise TapBug("the till says something else")


def _refused_is_nothing(ctx: Context, span: Span) -> Iterator[Row]:
    yield from (row for row in read_sales(ctx, span) if "id" in row)


def _assumed(**assumed: str) -> Callable[[], Tap]:
    def account(ctx: Context) -> Account:
        me = ctx.http.get("/me").json()
        known = {"id": me["id"], "name": me["name"], "time_zone": me["zone"], "currency": me["currency"]}
        return Account(**{**known, **assumed})

    return lambda: tap_with(account=account)


def _dated_id(ctx: Context) -> Account:
    me = ctx.http.get("/me").json()
    return Account(id=f"{me['id']}/{ctx.now.year}", name=me["name"], time_zone=me["zone"], currency=me["currency"])


def _unasked(ctx: Context) -> Account:
    return Account(id=ctx.settings.client_id, name="Stall", time_zone="Europe/Amsterdam", currency="EUR")


def _chatty(ctx: Context) -> Account:
    logging.getLogger("stall").debug("connecting with %s", ctx.settings.client_secret.get_secret_value())
    return ask_account(ctx)


def _wolf(ctx: Context, _: Totals, measures: Row) -> Iterator[Flag]:
    today = ctx.day(ctx.now)
    yield Flag(Quality.INCOMPLETE, [measures["orders"]], today, today, "Wolf!")


def _careless(_: Context, totals: Totals, measures: Row) -> Iterator[Flag]:
    totals.over(measures["colour"], *totals.days(measures["orders"]))
    yield from ()


class _Untitled(Settings):
    client_id: str = Field(description="Printed on the bottom of the till")
    client_secret: Secret = setting("Client secret", help="From the same sticker")


class _Unhelpful(Settings):
    client_id: str = setting("Client ID", help="client ID")
    client_secret: Secret = setting("Client secret", help="From the same sticker")


class _InClear(Settings):
    client_id: str = setting("Client ID", help="Printed on the bottom of the till")
    client_secret: str = setting("Client secret", help="From the same sticker")


WRONG = {
    "a bug": Wrong(
        _adding(lambda _, row, *__: row["colour"]), "test_it_loads", r"stream sales does not get through.*KeyError"
    ),
    "host": Wrong(lambda: tap_with(account=_elsewhere), "test_hosts_are_declared", r"undeclared host.*maps\.example"),
    "label": Wrong(
        _adding(lambda _, row, record, m: record.add(m["orders"], _sold(row), 1, colour="red")),
        "test_labels_are_declared",
        r"undeclared label.*'colour'",
    ),
    "measure": Wrong(
        lambda: tap_with(feeds=("orders", "buyers")), "test_measures_are_declared", r"feeds an undeclared measure"
    ),
    "float": Wrong(
        _adding(lambda _, row, record, m: record.add(m["revenue"], _sold(row), row["cents"] / 100)),
        "test_money_is_exact",
        r"counts with floats",
    ),
    "naive time": Wrong(
        _adding(lambda _, row, record, m: record.add(m["orders"], datetime.fromisoformat(row["printed"]), 1)),
        "test_times_are_aware",
        r"times without an offset",
    ),
    "zone of the machine": Wrong(
        lambda: tap_with(add=_by_the_machine), "test_the_machines_zone_does_not_matter", r"the zone of the machine"
    ),
    "ignored": Wrong(lambda: tap_with(read=_paid_only), "test_nothing_asked_is_ignored", r"/sales ignores status"),
    "chance": Wrong(
        _adding(lambda _, row, record, m: record.add(m["orders"], _sold(row), random.randrange(10**6))),
        "test_reading_twice_changes_nothing",
        r"two readings .* differ: stream sales has .* of orders",
        breaks=COMPARING,
    ),
    "unfed": Wrong(
        lambda: tap_with(feeds=("orders", "revenue", "buyers", "units")),
        "test_declared_measures_are_fed",
        r"declares units_sold and never feeds it",
    ),
    "first page only": Wrong(
        # Slices aim at a tenth of the limit, far less than a page: whoever reads no second page may be right for years.
        lambda: tap_with(read=_first_page_only, slice_limit=40),
        "test_spans_are_respected",
        r"sales leaves out .* read every page",
    ),
    "by day of sale": Wrong(
        lambda: tap_with(read=_by_day_of_sale), "test_spans_are_respected", r"sales leaves out .* however old"
    ),
    "without the first day": Wrong(
        lambda: tap_with(totals=_without_the_first_day),
        "test_spans_are_respected",
        r"visits has another amount of sessions on .* the whole of each day",
        breaks=("test_history_equals_increments", "test_reading_twice_changes_nothing"),
    ),
    "first page only of numbered records": Wrong(
        lambda: tap_with(read=_first_page_only, slice_limit=40, numbered=True),
        "test_spans_are_respected",
        r"sales leaves out \d+ records when it is asked for all of its history, which it yields .* read every page",
    ),
    "all of it, numbered": Wrong(
        lambda: tap_with(read=_all_of_it, numbered=True), "test_spans_are_respected", r"yields all of its \d+ records"
    ),
    "a check that cries wolf": Wrong(
        lambda: tap_with(check=_wolf),
        "test_checks_are_content",
        r"check till cries wolf: it says that orders is incomplete from .* to ",
    ),
    "a check with a bug": Wrong(
        lambda: tap_with(check=_careless), "test_it_loads", r"check till does not get through .* KeyError"
    ),
    "all of it": Wrong(lambda: tap_with(read=_all_of_it), "test_spans_are_respected", r"yields all of its \d+ records"),
    "aged": Wrong(
        _adding(_aged), "test_history_equals_increments", r"reading day by day ends in another ledger.*of orders"
    ),
    "resting on errors": Wrong(
        lambda: tap_with(read=_resting_on_errors), "test_fault_is_met", r"the ledger is not made good", "503 for good"
    ),
    "an error for a bug": Wrong(
        lambda: tap_with(judging=_a_bug_of_ours), "test_fault_is_met", r"passes, but it stops .* TapBug", "busy"
    ),
    "an error for data": Wrong(
        lambda: tap_with(judging=None, read=_refused_is_nothing),
        "test_fault_is_met",
        r"KeyError",
        "busy",
    ),
    "dated id": Wrong(lambda: tap_with(account=_dated_id), "test_account", r"the account's id changes"),
    "assumed zone": Wrong(
        _assumed(time_zone="Europe/Amsterdam"), "test_account", r"time zone is Europe/Amsterdam where"
    ),
    "assumed currency": Wrong(_assumed(currency="EUR"), "test_account", r"currency is EUR where the source says USD"),
    "unasked": Wrong(
        lambda: tap_with(account=_unasked),
        "test_wrong_settings_are_refused",
        r"client_secret is not noticed",
        breaks=("test_account",),
    ),
    "untitled": Wrong(
        lambda: tap_with(settings=_Untitled), "test_settings_are_explained", r"setting client_id has no title"
    ),
    "unhelpful": Wrong(
        lambda: tap_with(settings=_Unhelpful), "test_settings_are_explained", r"help says no more than its title"
    ),
    "in clear": Wrong(
        lambda: tap_with(settings=_InClear), "test_settings_are_explained", r"client_secret sounds like a secret"
    ),
    "chatty": Wrong(lambda: tap_with(account=_chatty), "test_no_secret_gets_out", r"a secret gets into its log"),
    "people": Wrong(
        _adding(
            lambda _, row, record, m: record.add(m["orders"], _sold(row), 1, sales_channel=row["guest"]),
        ),
        "test_nobody_is_in_the_ledger",
        r"the ledger holds 'Mevrouw Klant-\d+'",
    ),
}
