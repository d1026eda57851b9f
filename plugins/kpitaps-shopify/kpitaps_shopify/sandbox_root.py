"""The root of a query: what one app, with its scopes, may see of the shop at an instant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from kpitaps.testing.graphql import refusal
from kpitaps.testing.pages import Page, slice_keys
from kpitaps_shopify.sandbox_matching import (
    CHECKOUT_FIELDS,
    ORDER_FIELDS,
    access_denied,
    bounds,
    checkout_matches,
    matches,
    number_of,
)
from kpitaps_shopify.sandbox_money import Source, checked
from kpitaps_shopify.sandbox_search import Search, instant_text, parse_search
from kpitaps_shopify.sandbox_sources import checkout_source, order_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from kpitaps.testing import Faults
    from kpitaps.testing.pages import Key
    from kpitaps.testing.story import Story
    from kpitaps_shopify.sandbox_order import Order
    from kpitaps_shopify.sandbox_shop import Shop

RECENT = timedelta(days=60)
"""Without read_all_orders, older orders are silently missing: https://shopify.dev/docs/api/usage/access-scopes."""


class Root:
    """The source of one query.

    Attributes:
        searches: What ``extensions.search`` says about fields it could not filter by.
    """

    def __init__(
        self,
        shop: Shop,
        story: Story,
        *,
        now: datetime,
        host: str,
        scopes: Sequence[str],
        checkouts_kept: timedelta,
        faults: Faults,
        path: str,
    ) -> None:
        self.shop, self.story, self.host, self.scopes = shop, story, host, scopes
        self.faults, self.path = faults, path
        self.searches: list[dict[str, Any]] = []
        self._orders_from = "" if "read_all_orders" in scopes else instant_text(now - RECENT)
        self._checkouts_from = instant_text(now - checkouts_kept)

    def source(self) -> Source:
        """Return the QueryRoot."""
        return {
            "shop": {
                "__typename": "Shop",
                "id": f"gid://shopify/Shop/{61_000_000_000 + crc32(self.host.encode())}",
                "name": self.story.name,
                "myshopifyDomain": self.host,
                "ianaTimezone": self.story.zone,
                "currencyCode": self.story.currency,
            },
            "currentAppInstallation": {
                "__typename": "AppInstallation",
                "id": "gid://shopify/AppInstallation/71000000001",
                "accessScopes": [{"handle": scope, "description": scope.replace("_", " ")} for scope in self.scopes],
            },
            "orders": lambda args: self._orders(self.shop.order_keys(args["sortKey"]), args, is_top=True),
            "order": lambda args: self._order(args["id"]),
            "node": lambda args: self._node(args["id"]),
            "abandonedCheckouts": self._checkouts,
        }

    def _orders(self, keys: Sequence[Key], args: Mapping[str, Any], *, is_top: bool = False) -> Page:
        self._need("read_orders", "orders")
        search = self._search(args, "orders", ORDER_FIELDS)
        orders = self.shop.orders
        return self._page(
            keys,
            args,
            search,
            accept=lambda number: self._is_visible(orders[number]) and matches(orders[number], search),
            source=lambda number: self._order_source(orders[number]),
            is_top=is_top,
        )

    def _checkouts(self, args: Mapping[str, Any]) -> Page:
        self._need("read_orders", "abandonedCheckouts")
        search = self._search(args, "abandonedCheckouts", CHECKOUT_FIELDS)
        checkouts = self.shop.checkouts
        return self._page(
            self.shop.checkout_keys(args["sortKey"]),
            args,
            search,
            accept=lambda number: (
                instant_text(checkouts[number].abandoned.at) >= self._checkouts_from
                and checkout_matches(checkouts[number], search)
            ),
            source=lambda number: checkout_source(checkouts[number]),
            is_top=True,
        )

    def _page(
        self,
        keys: Sequence[Key],
        args: Mapping[str, Any],
        search: Search,
        *,
        accept: Callable[[int], bool],
        source: Callable[[int], Source],
        is_top: bool,
    ) -> Page:
        checked(args)
        least, most = bounds(search, args["sortKey"])
        try:
            found, has_next, has_previous = slice_keys(
                keys,
                first=args["first"],
                after=args.get("after"),
                reverse=args["reverse"],
                least=least,
                most=most,
                accept=lambda key: accept(key[1]),
            )
        except ValueError as error:
            raise refusal(str(error), "BAD_REQUEST") from None
        rows = [source(number) for _, number in found]
        if is_top:
            rows, found = self._spoilt(rows, found)
        return Page(rows, found, has_next, has_previous)

    def _spoilt(self, rows: list[Source], keys: list[Key]) -> tuple[list[Source], list[Key]]:
        """Double or turn round the rows of a page; its last cursor stays what it was."""
        if rows and self.faults.take(("duplicate_rows",), self.path):
            return [row for row in rows for _ in range(2)], [key for key in keys for _ in range(2)]
        if rows and self.faults.take(("reordered_rows",), self.path):
            return rows[::-1], keys
        return rows, keys

    def _order(self, gid: str) -> Source | None:
        self._need("read_orders", "order")
        order = self.shop.orders.get(number_of(gid, "Order"))
        return self._order_source(order) if order and self._is_visible(order) else None

    def _node(self, gid: str) -> Source | None:
        kind = gid.removeprefix("gid://shopify/").split("/")[0]
        if kind == "Order":
            return self._order(gid)
        checkout = self.shop.checkouts.get(number_of(gid, "AbandonedCheckout"))
        if checkout and instant_text(checkout.abandoned.at) >= self._checkouts_from:
            self._need("read_orders", "node")
            return checkout_source(checkout)
        return None

    def _order_source(self, order: Order) -> Source:
        return order_source(order, lambda _: self._customer(order))

    def _customer(self, order: Order) -> Source | None:
        self._need("read_customers", "customer")
        who = order.placed.customer
        if who is None:
            return None
        numbers = self.shop.orders_of[who]
        return {
            "__typename": "Customer",
            "id": f"gid://shopify/Customer/{who}",
            "numberOfOrders": str(len(numbers)),
            "orders": lambda args: self._orders(self.shop.keys_of(numbers, args["sortKey"]), args),
        }

    def _need(self, scope: str, field: str) -> None:
        if scope not in self.scopes:
            raise access_denied(field, scope)

    def _is_visible(self, order: Order) -> bool:
        return not self._orders_from or instant_text(order.placed.at) >= self._orders_from

    def _search(self, args: Mapping[str, Any], field: str, fields: frozenset[str]) -> Search:
        search = parse_search(args.get("query"), fields, self.story.shop.zone)
        if search.warnings:
            self.searches.append({"path": [field], "query": args["query"], "warnings": list(search.warnings)})
        return search
