"""Do the books close? For every day: assets are equity and debts, and open items are what the general ledger says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from kpitaps import Flag, Quality
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.gl_accounts import (
    PAYABLE,
    RECEIVABLE,
    accounts,
    assets,
    debt_long,
    debt_short,
    equity,
    place_of,
)
from kpitaps_exact_online.ledger import RESULT, SHEET, cash, postings
from kpitaps_exact_online.open_items import (
    payables_open,
    payables_overdue,
    receivables_open,
    receivables_overdue,
)
from kpitaps_exact_online.standstill import judged
from kpitaps_exact_online.wording import OLDEST, listed, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from kpitaps import Context, Totals
    from kpitaps_exact_online.payloads import GLAccount

Days = dict["date", Decimal]

ITEMS = (
    (RECEIVABLE, 1, "receivables", (receivables_open, receivables_overdue)),
    (PAYABLE, -1, "payables", (payables_open, payables_overdue)),
)
"""Type of account, sign of what is open, in words, and the measures."""


_MOST = 12
"""Gaps that are told one by one."""


class Gap(NamedTuple):
    """A span of days on which two sums differ: until ``last``, or without an end yet."""

    first: date
    last: date
    amount: Decimal


@tap.check("books", of=[*RESULT, *SHEET, postings, receivables_open, payables_open], every="1d")
def check_books(ctx: Context, totals: Totals) -> Iterator[Flag]:
    """Hold the measures of the balance sheet and the open items against the postings, day by day.

    Raises:
        RetryLater: if something differs, and entries were changed while all this was read.
    """
    today = ctx.day(ctx.now)
    unknown = [account for account in accounts(ctx).values() if place_of(account) is None]
    yield from _unknown(totals, unknown, today)
    found = list(_unbalanced(totals, unknown, today))
    # Without drafts the two cannot agree: an invoice may have been matched with a payment that is one.
    if not ctx.settings.processed_only:
        found += _items(ctx, totals, today)
    yield from judged(ctx, found)


def gaps(differences: Mapping[date, Decimal], today: date) -> Iterator[Gap]:
    """Yield the spans of days on which what is added up so far is not zero; what lies ahead ends today."""
    total, since = Decimal(0), None
    for day in sorted(differences):
        before, total = total, total + differences[day]
        if total == before:
            continue
        if since is not None:
            yield Gap(since, max(since, _day_before(day)), before)
        since = day if total else None
    if since is not None:
        yield Gap(since, max(since, today), total)


def told(gaps: Iterable[Gap]) -> Iterator[tuple[Gap, str]]:
    """Yield gaps, and what there is to be said besides; many are told as one, from the first day through the last.

    Whoever may not see a journal has another difference on every day of it.
    """
    found = list(gaps)
    if len(found) <= _MOST:
        yield from ((gap, "") for gap in found)
    else:
        yield found[0]._replace(last=max(gap.last for gap in found)), f"; it has changed on {len(found) - 1} days since"


def _unknown(totals: Totals, unknown: Iterable[GLAccount], today: date) -> Iterator[Flag]:
    used = {account.code: days for account in unknown if (days := totals.days(postings, gl_account=account.code))}
    names = [named(account) + f" (type {account.type})" for account in unknown if account.code in used]
    if names:
        booked = [day for days in used.values() for day in days]
        yield Flag(
            Quality.INCOMPLETE,
            (*RESULT, *SHEET),
            min(booked),
            max(today, *booked),
            f"Accounts of a type that kpitaps does not know are in no figure: {listed(names)}",
            fix="Upgrade kpitaps-exact-online, or give these accounts another type in Exact Online",
        )


def _unbalanced(totals: Totals, unknown: Iterable[GLAccount], today: date) -> Iterator[Flag]:
    """Flag the days on which assets are not equity and debts. Accounts of unknown types are in neither."""
    parts = [(1, totals.days(assets)), *((-1, totals.days(each)) for each in (equity, debt_short, debt_long))]
    parts += [(1, totals.days(postings, gl_account=account.code)) for account in unknown]
    changes = _added(parts)
    for gap, more in told(gaps(changes, today)):
        touched = totals.by(postings, "gl_account", gap.first, gap.first)
        yield Flag(
            Quality.INCOMPLETE,
            (*RESULT, *SHEET, cash),
            gap.first,
            gap.last,
            f"The books do not close from {gap.first} on: assets differ from equity and debts by {gap.amount:.2f}; "
            f"booked on that day was on {listed(sorted(touched))}{more}",
            fix=f"Look in Exact Online for an entry of {gap.first} that does not balance, or that the user may not see",
        )


def _items(ctx: Context, totals: Totals, today: date) -> Iterator[Flag]:
    for kind, sign, word, measures in ITEMS:
        booked = [account for account in accounts(ctx).values() if account.type == kind]
        parts = [(sign, totals.days(postings, gl_account=account.code)) for account in booked]
        changes = _added([*parts, (-1, totals.days(measures[0]))])
        for gap, more in told(gaps(changes, today)):
            items = totals.over(measures[0], OLDEST, gap.first)
            yield Flag(
                Quality.INCOMPLETE,
                measures,
                gap.first,
                gap.last,
                f"Open {word} differ from the general ledger from {gap.first} on: the items are {items:.2f}, "
                f"{listed([named(account) for account in booked])} {items + gap.amount:.2f}{more}",
                fix=f"Compare the outstanding items with these accounts in Exact Online, as of {gap.first}",
            )


def _added(parts: Iterable[tuple[int, Mapping[date, Decimal]]]) -> Days:
    found: Days = {}
    for sign, days in parts:
        for day, amount in days.items():
            found[day] = found.get(day, Decimal(0)) + sign * amount
    return found


def _day_before(day: date) -> date:
    return day.fromordinal(day.toordinal() - 1)
