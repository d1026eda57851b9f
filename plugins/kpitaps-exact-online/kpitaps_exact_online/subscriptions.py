"""Subscriptions: what each line of one brings in per month, from its first day through its last."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from kpitaps import Record, TapBug
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.odata import read_changes, read_rows
from kpitaps_exact_online.payloads import Subscription, SubscriptionLine, SubscriptionType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps import Context

PER_MONTH = {
    "wk": Fraction(52, 12),
    "mm": Fraction(1),
    "qt": Fraction(1, 3),
    "hy": Fraction(1, 6),
    "yy": Fraction(1, 12),
}
"""How many of a period there are in a month: 52 weeks are 12 months."""

mrr, mrr_new, mrr_churned = tap.measure("mrr"), tap.measure("mrr_new"), tap.measure("mrr_churned")


@tap.listing("subscriptions", feeds=[mrr, mrr_new, mrr_churned], every="1h")
def read_subscriptions(ctx: Context) -> Iterator[Record]:
    """Read all subscriptions with their lines: a line depends on both, and there are few."""
    types = {row.id: row for row in read_rows(ctx, "subscription/SubscriptionTypes", SubscriptionType, order="ID")}
    known = {row.id: row for row in read_changes(ctx, "sync/Subscription/Subscriptions", Subscription, 1, None)}
    for line in read_changes(ctx, "sync/Subscription/SubscriptionLines", SubscriptionLine, 1, None):
        subscription = known.get(line.subscription)
        if subscription and (kind := types.get(subscription.type)):
            yield contributions(ctx, line, subscription, kind)


def contributions(ctx: Context, line: SubscriptionLine, subscription: Subscription, kind: SubscriptionType) -> Record:
    """Return what a line adds; the day after its last day may be still to come."""
    record = Record(line.id)
    amount = monthly((line.price or Decimal(0)) * (line.quantity or Decimal(0)), kind.unit or "mm", kind.count or 1)
    first, last = _days(line, subscription)
    if not amount or first is None or (last is not None and last < first):
        return record
    currency = subscription.currency or ctx.account.currency
    record.change(mrr, first, amount, currency=currency)
    record.add(mrr_new, first, amount, currency=currency)
    if last is not None:
        after = last + timedelta(days=1)
        record.change(mrr, after, -amount, currency=currency)
        record.add(mrr_churned, after, amount, currency=currency)
    return record


def monthly(price: Decimal, unit: str, count: int) -> Decimal:
    """Return the price per month, rounded half up to a millionth.

    Raises:
        TapBug: for a unit that Exact had not when this was written.
    """
    if unit not in PER_MONTH:
        raise TapBug(f"a subscription is invoiced per {unit}: upgrade kpitaps-exact-online")
    exact = Fraction(price) * PER_MONTH[unit] / count
    return Decimal(floor(exact * 1_000_000 + Fraction(1, 2))).scaleb(-6)


def _days(line: SubscriptionLine, subscription: Subscription) -> tuple[date | None, date | None]:
    """Return the first and the last day of a line: what begins last and what ends first counts."""
    firsts = [day for day in (line.first, subscription.first) if day]
    lasts = [day for day in (line.last, subscription.last) if day]
    return max(firsts, default=None), min(lasts, default=None)
