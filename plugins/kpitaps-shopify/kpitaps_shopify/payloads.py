"""What Shopify's Admin GraphQL API answers to the queries in `kpitaps_shopify.queries`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class PageInfo(_Answer):
    """Whether a connection goes on, and where."""

    has_next_page: bool
    end_cursor: str | None


Node = TypeVar("Node")


class Page(_Answer, Generic[Node]):
    """One page of a connection."""

    nodes: list[Node]
    page_info: PageInfo


class Nodes(_Answer, Generic[Node]):
    """The first nodes of a connection that is not paged on."""

    nodes: list[Node]


class Money(_Answer):
    """An amount in the shop's currency; Shopify sends decimal text."""

    amount: Decimal
    currency_code: str


class MoneyBag(_Answer):
    """An amount in both currencies; only the shop's is asked for, because rates differ between sale and refund."""

    shop_money: Money


class Titled(_Answer):
    """A line item's title as it was when ordered."""

    title: str


class Sale(_Answer):
    """One line of an agreement. Amounts of a return are negative."""

    kind: Annotated[str, Field(alias="__typename")]
    action_type: str
    line_type: str
    quantity: int | None
    total_amount: MoneyBag
    total_tax_amount: MoneyBag
    total_discount_amount_before_taxes: MoneyBag
    line_item: Titled | None = None


class Agreement(_Answer):
    """What was agreed at one moment: an order, an edit, a refund or a return."""

    reason: str
    happened_at: AwareDatetime
    sales: Page[Sale]


class Reference(_Answer):
    """Another object's id."""

    id: str


class FirstOrder(_Answer):
    """A customer's first order."""

    id: str
    processed_at: AwareDatetime
    cancelled_at: AwareDatetime | None


class Customer(_Answer):
    """Who ordered, and the first order that the shop entered for them.

    By creation and not by processing: an order that is imported later with an earlier date would make another one the
    first, and Shopify does not say that the former first one has changed.
    """

    id: str
    orders: Nodes[FirstOrder]


class Address(_Answer):
    """Where it is sent."""

    country_code_v2: str | None = Field(alias="countryCodeV2")


class Order(_Answer):
    """An order with its agreements."""

    id: str
    updated_at: AwareDatetime
    processed_at: AwareDatetime
    cancelled_at: AwareDatetime | None
    test: bool
    source_name: str | None
    customer: Customer | None
    shipping_address: Address | None
    agreements: Page[Agreement]


class Checkout(_Answer):
    """A checkout that was left; completed later if it was recovered."""

    id: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
    completed_at: AwareDatetime | None


class Shop(_Answer):
    """The account."""

    id: str
    name: str
    iana_timezone: str
    currency_code: str


class Scope(_Answer):
    """A permission of the app."""

    handle: str


class Installation(_Answer):
    """What the app was granted."""

    access_scopes: list[Scope]


class ShopAnswer(_Answer):
    """The answer to `SHOP`."""

    shop: Shop
    current_app_installation: Installation


class OrdersAnswer(_Answer):
    """The answer to `ORDERS`."""

    orders: Page[Order]


class OrderIdsAnswer(_Answer):
    """The answer to `ORDER_IDS`."""

    orders: Nodes[Reference]


class AgreementsOnly(_Answer):
    """An order of which only the agreements were asked for."""

    agreements: Page[Agreement]


class AgreementAnswer(_Answer):
    """The answer to `AGREEMENT`; the order may have been deleted meanwhile."""

    order: AgreementsOnly | None


class CheckoutsAnswer(_Answer):
    """The answer to `CHECKOUTS`."""

    abandoned_checkouts: Page[Checkout]
