"""The part of Shopify's Admin GraphQL schema that the sandbox speaks.

Names and types are those of https://shopify.dev/docs/api/admin-graphql/2026-07; a test compares them with the published
introspection. Sort keys, however, are only those that the sandbox can sort by.
"""

from __future__ import annotations

_SALE = """
  id: ID!
  actionType: SaleActionType!
  lineType: SaleLineType!
  quantity: Int
  totalAmount: MoneyBag!
  totalTaxAmount: MoneyBag!
  totalDiscountAmountBeforeTaxes: MoneyBag!
  totalDiscountAmountAfterTaxes: MoneyBag!
"""

_AGREEMENT = """
  id: ID!
  happenedAt: DateTime!
  reason: OrderActionType!
  sales(first: Int, after: String, reverse: Boolean = false): SaleConnection!
"""

_NODE = """
  id: ID!
  name: String!
  createdAt: DateTime!
  updatedAt: DateTime!
"""


def _connection(name: str) -> str:
    return (
        f"type {name}Connection {{ nodes: [{name}!]! edges: [{name}Edge!]! pageInfo: PageInfo! }}\n"
        f"type {name}Edge {{ node: {name}! cursor: String! }}\n"
    )


SDL = f"""
schema {{ query: QueryRoot }}
scalar DateTime
scalar Decimal
scalar UnsignedInt64
scalar CurrencyCode
scalar CountryCode

type QueryRoot {{
  shop: Shop!
  orders(first: Int, after: String, query: String, sortKey: OrderSortKeys = PROCESSED_AT, reverse: Boolean = false):
    OrderConnection!
  order(id: ID!): Order
  node(id: ID!): Node
  abandonedCheckouts(first: Int, after: String, query: String, sortKey: AbandonedCheckoutSortKeys = ID,
    reverse: Boolean = false): AbandonedCheckoutConnection!
  currentAppInstallation: AppInstallation!
}}

enum OrderSortKeys {{ CREATED_AT ID PROCESSED_AT UPDATED_AT }}
enum AbandonedCheckoutSortKeys {{ CREATED_AT ID }}
enum OrderActionType {{ ORDER ORDER_EDIT REFUND RETURN UNKNOWN }}
enum SaleActionType {{ ORDER RETURN UNKNOWN UPDATE }}
enum SaleLineType {{ ADDITIONAL_FEE ADJUSTMENT DUTY FEE GIFT_CARD PRODUCT SHIPPING TIP UNKNOWN }}

interface Node {{ id: ID! }}

type Shop implements Node {{
  id: ID!
  name: String!
  myshopifyDomain: String!
  ianaTimezone: String!
  currencyCode: CurrencyCode!
}}

type AppInstallation implements Node {{ id: ID! accessScopes: [AccessScope!]! }}
type AccessScope {{ handle: String! description: String! }}

type MoneyBag {{ shopMoney: MoneyV2! presentmentMoney: MoneyV2! }}
type MoneyV2 {{ amount: Decimal! currencyCode: CurrencyCode! }}
type MailingAddress {{ countryCodeV2: CountryCode }}

type Order implements Node {{ {_NODE}
  processedAt: DateTime!
  cancelledAt: DateTime
  test: Boolean!
  sourceName: String
  currencyCode: CurrencyCode!
  presentmentCurrencyCode: CurrencyCode!
  taxesIncluded: Boolean!
  customer: Customer
  shippingAddress: MailingAddress
  totalPriceSet: MoneyBag!
  currentTotalPriceSet: MoneyBag!
  totalRefundedSet: MoneyBag!
  agreements(first: Int, after: String, reverse: Boolean = false): SalesAgreementConnection!
}}

type Customer implements Node {{
  id: ID!
  numberOfOrders: UnsignedInt64!
  orders(first: Int, after: String, query: String, sortKey: OrderSortKeys = ID, reverse: Boolean = false):
    OrderConnection!
}}

type AbandonedCheckout implements Node {{ {_NODE}
  completedAt: DateTime
}}

interface SalesAgreement {{ {_AGREEMENT} }}
type OrderAgreement implements SalesAgreement {{ {_AGREEMENT} order: Order! }}
type OrderEditAgreement implements SalesAgreement {{ {_AGREEMENT} }}
type RefundAgreement implements SalesAgreement {{ {_AGREEMENT} }}
type ReturnAgreement implements SalesAgreement {{ {_AGREEMENT} }}

interface Sale {{ {_SALE} }}
type ProductSale implements Sale {{ {_SALE} lineItem: LineItem! }}
type GiftCardSale implements Sale {{ {_SALE} lineItem: LineItem! }}
type ShippingLineSale implements Sale {{ {_SALE} }}
type AdjustmentSale implements Sale {{ {_SALE} }}
type LineItem implements Node {{ id: ID! title: String! name: String! quantity: Int! isGiftCard: Boolean! }}

type PageInfo {{ hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }}
{"".join(_connection(name) for name in ("Order", "AbandonedCheckout", "SalesAgreement", "Sale"))}
"""
