"""What the shop takes in a day, and what the payment provider pays out of it.

A day's entry is worked out from the shop's log in the company's currency, by local days as Shopify's own reports have
it: sales on the day an order was processed, reversals on their own. So the account 8010 without its lines of shipping
equals net sales on every day from the founding on, once mistakes have been put right; an order imported from before the
founding counts on the first day, and one that somebody deletes by hand stays booked.

The entry is set against a clearing account, and the provider's statement, which comes by itself the next morning,
takes it from there: so what customers paid comes in as cash once, on the day they paid it, and a mistake in an entry of
takings shows as what is left on the clearing account.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import time, timedelta
from typing import TYPE_CHECKING

from kpitaps.calendar import local_day
from kpitaps.testing.story.book_world import OTHER
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.slips import put_date_right, put_right, with_digits_swapped
from kpitaps.testing.story.bookkeeping.statements import BANK, MONEY, PROVIDER
from kpitaps.testing.story.events import OrderCancelled, OrderEdited, OrderPlaced, Refunded
from kpitaps.testing.story.money import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk
    from kpitaps.testing.story.events import Event, Line
    from kpitaps.testing.story.money import Amounts

REVENUE, VAT, CLEARING = "8010", "1500", "2100"
SHIPPING = "Verzending"
_GIFT_CARDS, _FEES = "1310", "4310"
_FEE_PERMILLE = 18
_WEDNESDAY = 2


class Takings:
    """Gathers what was sold and taken back, and lets the clerk enter it day by day.

    Args:
        clerk: Who enters it.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._trials: set[int] = set()
        self._held = 0
        """What the provider has to pay out."""

    def close(self, day: date, events: Iterable[Event]) -> None:
        """Take in a day of the shop; on Wednesdays the provider pays out."""
        for on, sums in sorted(self._tally(day, events).items()):
            postings = [Posting(gl, -cents, text) for (gl, text), cents in sorted(sums.items()) if cents]
            if postings:
                self._enter(on, day, postings)
        if day.weekday() == _WEDNESDAY and self._held > 0:
            held, self._held = self._held, 0
            self._clerk.statements.add(BANK, day, Posting(MONEY[PROVIDER], -held, "Uitbetaling betaalprovider"))

    def _enter(self, on: date, day: date, postings: list[Posting]) -> None:
        clerk = self._clerk
        total = -sum(posting.cents for posting in postings)
        next_morning = clerk.at(day + timedelta(days=1), time(5, 30))
        text = f"Webwinkel {on.isoformat()}" + (" (nagekomen)" if on != day else "")
        clerk.begin(_book_day(clerk, on, text, [Posting(CLEARING, total, "Ontvangsten"), *postings]), next_morning)
        fee = rounded(max(0, total) * _FEE_PERMILLE, 1_000)
        statements = clerk.statements
        statements.add(PROVIDER, on, Posting(CLEARING, -total, "Ontvangsten"), at=next_morning)
        statements.add(PROVIDER, on, Posting(_FEES, fee, "Kosten"), at=next_morning)
        self._held += total - fee

    def _tally(self, day: date, events: Iterable[Event]) -> dict[date, Counter[tuple[str, str]]]:
        """Return by day of sale what to book: (account, text) → cents, income positive."""
        tally: defaultdict[date, Counter[tuple[str, str]]] = defaultdict(Counter)
        founding = self._clerk.founding
        for event in events:
            if isinstance(event, OrderPlaced):
                if event.is_test:
                    self._trials.add(event.order)
                    continue
                sums = tally[max(founding.founded, local_day(event.processed_at, founding.zone))]
                _sell(sums, event.lines)
                _ship(sums, event.shipping, 1)
            elif isinstance(event, OrderEdited | Refunded | OrderCancelled) and event.order not in self._trials:
                _change(tally[day], event)
        return tally


def _sell(sums: Counter[tuple[str, str]], lines: Iterable[Line]) -> None:
    for line in lines:
        _add(sums, line, line.amounts, 1, "Verkoop")


def _ship(sums: Counter[tuple[str, str]], shipping: Amounts | None, sign: int) -> None:
    if shipping:
        tax = shipping.tax.shop
        sums[REVENUE, SHIPPING] += sign * (shipping.total.shop - tax)
        if tax:
            sums[VAT, "Btw 21 %"] += sign * tax


def _change(sums: Counter[tuple[str, str]], event: OrderEdited | Refunded | OrderCancelled) -> None:
    if isinstance(event, OrderEdited):
        _sell(sums, event.added)
        reversals = event.removed
    else:
        reversals = event.lines
        _ship(sums, event.shipping, -1)
    for reversal in reversals:
        _add(sums, reversal.line, reversal.amounts, -1, "Retour")
    if isinstance(event, Refunded) and event.adjustment.shop:
        sums[REVENUE, "Verrekening retour"] += event.adjustment.shop


def _add(sums: Counter[tuple[str, str]], line: Line, amounts: Amounts, sign: int, text: str) -> None:
    tax = amounts.tax.shop
    if line.is_gift_card:
        sums[_GIFT_CARDS, "Cadeaubonnen"] += sign * amounts.total.shop
        return
    sums[REVENUE, f"{text} {line.tax_percent} %"] += sign * (amounts.total.shop - tax)
    if tax:
        sums[VAT, f"Btw {line.tax_percent} %"] += sign * tax


def _book_day(clerk: Clerk, on: date, text: str, right: list[Posting]) -> Life:
    """Enter a day's takings some days later, not always right at once."""
    yield clerk.later(24, 34) if clerk.chance(0.03) else clerk.later(0, 3)
    kind = clerk.dice.random()
    if kind < 0.012:
        clerk.book(OTHER, "90", on, text, right)
        twin = clerk.book(OTHER, "90", on, text, right)
        yield from put_right(clerk, twin, [])
    elif kind < 0.04:
        wrong = (kind > 0.025 and _with_wrong_rate(right)) or with_digits_swapped(right)
        yield from put_right(clerk, clerk.book(OTHER, "90", on, text, wrong), right)
    elif kind < 0.048:
        late = clerk.book(OTHER, "90", on + timedelta(days=1), text, right)
        yield from put_date_right(clerk, late, 1)
    else:
        clerk.book(OTHER, "90", on, text, right)


def _with_wrong_rate(postings: list[Posting]) -> list[Posting]:
    """Return takings whose 9 % was taken for 21 %: more VAT, less revenue. Nothing where there is no 9 %."""
    lines = {(posting.gl, posting.text): posting.cents for posting in postings}
    sold, vat = lines.get((REVENUE, "Verkoop 9 %"), 0), lines.get((VAT, "Btw 9 %"), 0)
    if not (sold and vat):
        return []
    more = rounded((sold + vat) * 21, 121) - vat
    shift = {"Verkoop 9 %": -more, "Btw 9 %": more}
    return [each._replace(cents=each.cents + shift.get(each.text, 0)) for each in postings]
