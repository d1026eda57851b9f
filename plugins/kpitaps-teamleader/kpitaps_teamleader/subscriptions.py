"""Subscriptions: what they bring in per month, from their first day through their last."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from kpitaps import Record, TapBug
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.money import home_of
from kpitaps_teamleader.paging import read_all
from kpitaps_teamleader.payloads import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps import Context
    from kpitaps_teamleader.payloads import Periodicity

PER_MONTH = {"week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}
"""How many of a unit there are in a month: 52 weeks are 12 months."""

mrr = tap.measure("mrr")
mrr_new = tap.measure("mrr_new")
mrr_churned = tap.measure("mrr_churned")


@tap.listing("subscriptions", feeds=[mrr, mrr_new, mrr_churned], every="1h")
def read_subscriptions(ctx: Context) -> Iterator[Record]:
    """Read all subscriptions: the list tells everything, but not what changed."""
    body = {"sort": [{"field": "created_at", "order": "asc"}]}
    for subscription in read_all(ctx, "subscriptions.list", Subscription, body):
        yield contributions(ctx, subscription)


def contributions(ctx: Context, subscription: Subscription) -> Record:
    """Return what a subscription adds; the day after its last day may be still to come."""
    record = Record(subscription.id)
    price = subscription.total.tax_exclusive
    home = home_of(price.currency, None, ctx.account.currency)
    amount = monthly(price.amount, subscription.billing_cycle.periodicity)
    last = _last_day(subscription)
    if not amount or (last is not None and last < subscription.starts_on):
        return record
    record.change(mrr, subscription.starts_on, amount, currency=home.currency)
    record.add(mrr_new, subscription.starts_on, amount, currency=home.currency)
    if last is not None:
        after = last + timedelta(days=1)
        record.change(mrr, after, -amount, currency=home.currency)
        record.add(mrr_churned, after, amount, currency=home.currency)
    return record


def monthly(price: Decimal, every: Periodicity) -> Decimal:
    """Return the price per month, rounded half up to a millionth.

    Raises:
        TapBug: for a unit that Teamleader had not when this was written.
    """
    if every.unit not in PER_MONTH:
        raise TapBug(f"a subscription is billed per {every.unit}: upgrade kpitaps-teamleader")
    exact = Fraction(price) * PER_MONTH[every.unit] / every.period
    return Decimal(floor(exact * 1_000_000 + Fraction(1, 2))).scaleb(-6)


def _last_day(subscription: Subscription) -> date | None:
    """Return the last day; of one that was stopped without one, the day before it would have been renewed."""
    if subscription.ends_on or subscription.status != "deactivated":
        return subscription.ends_on
    renewed = subscription.next_renewal_date or subscription.starts_on
    return renewed - timedelta(days=1)
