"""Which orders and checkouts a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.graphql import Refusal, refusal
from kpitaps_shopify.sandbox_search import Search, instant_text
from kpitaps_shopify.sandbox_shop import id_text

if TYPE_CHECKING:
    from kpitaps_shopify.sandbox_order import Checkout, Order

ORDER_FIELDS = frozenset({"created_at", "id", "processed_at", "test", "updated_at"})
CHECKOUT_FIELDS = frozenset({"created_at", "id", "updated_at"})


def access_denied(field: str, scope: str) -> Refusal:
    """Return the refusal of a field for want of a scope."""
    required = f"`{scope}` access scope."
    return refusal(
        f"Access denied for {field} field. Required access: {required}",
        "ACCESS_DENIED",
        documentation="https://shopify.dev/api/usage/access-scopes",
        requiredAccess=required,
    )


def bounds(search: Search, sort_key: str) -> tuple[str | None, str | None]:
    """Return the least and the most value of the sort key that a search leaves."""
    if sort_key == "ID":
        ids = (term for term in search.terms if term.field == "id")
        return Search(tuple(term._replace(value=id_text(int(term.value))) for term in ids), ()).bounds("id")
    return search.bounds(sort_key.lower())


def matches(order: Order, search: Search) -> bool:
    """Return whether a search finds an order."""
    return all(term.holds(_value(order, term.field)) for term in search.terms)


def _value(order: Order, field: str) -> str | int:
    placed = order.placed
    if field == "id":
        return placed.order
    if field == "test":
        return "true" if placed.is_test else "false"
    instants = {"created_at": placed.at, "processed_at": placed.processed_at, "updated_at": order.updated_at}
    return instant_text(instants[field])


def checkout_matches(checkout: Checkout, search: Search) -> bool:
    """Return whether a search finds a checkout."""
    for term in search.terms:
        if term.field == "id":
            value: str | int = checkout.abandoned.checkout
        else:
            value = instant_text(checkout.abandoned.at if term.field == "created_at" else checkout.updated_at)
        if not term.holds(value):
            return False
    return True


def number_of(gid: str, kind: str) -> int:
    """Return the number in a global id of that kind; 0 if it is of another."""
    number = gid.removeprefix(f"gid://shopify/{kind}/")
    return int(number) if number.isdecimal() else 0
