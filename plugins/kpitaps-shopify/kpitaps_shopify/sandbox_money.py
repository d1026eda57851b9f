"""What all GraphQL sources of the sandbox are made of: amounts, and pages of connections."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kpitaps.testing.graphql import refusal
from kpitaps.testing.pages import Page, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.testing.pages import Key

Source = dict[str, Any]

PAGE_LIMIT = 250


def amount_text(cents: int) -> str:
    """Return cents as Shopify writes an amount: at least one decimal, no more zeros than that."""
    sign, whole, rest = "-" if cents < 0 else "", abs(cents) // 100, f"{abs(cents) % 100:02d}"
    return f"{sign}{whole}.{rest[0] if rest[1] == '0' else rest}"


@lru_cache(maxsize=65_536)
def money_bag(shop: int, currency: str, presentment: int, presentment_currency: str) -> Source:
    """Return a MoneyBag; shared between all that are equal, for nobody changes it."""
    return {
        "shopMoney": {"amount": amount_text(shop), "currencyCode": currency},
        "presentmentMoney": {"amount": amount_text(presentment), "currencyCode": presentment_currency},
    }


def checked(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of a connection.

    Raises:
        Refusal: without ``first``, or with one beyond what Shopify hands out at once.
    """
    if args.get("first") is None:
        raise refusal("you must provide one of first or last", "BAD_REQUEST")
    if not 0 < args["first"] <= PAGE_LIMIT:
        raise refusal(f"first must be between 1 and {PAGE_LIMIT}, not {args['first']}", "BAD_REQUEST")
    return args


def page(rows: Sequence[Source], keys: Sequence[Key], args: Mapping[str, Any]) -> Page:
    """Return the page of a nested connection.

    Raises:
        Refusal: for a bad cursor or page size.
    """
    try:
        return page_of(rows, keys, checked(args))
    except ValueError as error:
        raise refusal(str(error), "BAD_REQUEST") from None
