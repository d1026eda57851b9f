"""What is asked of Shopify's Admin GraphQL API.

Money, units and dates come from an order's *sales agreements*, the records behind Shopify's own sales reports: one when
the order is placed, one per edit, one per refund, each with its sales before and after tax and discount. See
https://shopify.dev/docs/api/admin-graphql/2026-07/interfaces/SalesAgreement
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

API_VERSION = "2026-07"

SHOP = """
query Shop {
  shop { id name ianaTimezone currencyCode }
  currentAppInstallation { accessScopes { handle } }
}
"""

_SALES = """
nodes {
  __typename actionType lineType quantity
  totalAmount { shopMoney { amount currencyCode } }
  totalTaxAmount { shopMoney { amount currencyCode } }
  totalDiscountAmountBeforeTaxes { shopMoney { amount currencyCode } }
  ... on ProductSale { lineItem { title } }
}
pageInfo { hasNextPage endCursor }
"""

ORDERS = f"""
query Orders($first: Int!, $after: String, $updated: String!) {{
  orders(first: $first, after: $after, query: $updated, sortKey: UPDATED_AT) {{
    nodes {{
      id updatedAt processedAt cancelledAt test sourceName
      customer {{
        id orders(first: 1, sortKey: CREATED_AT, query: "test:false") {{ nodes {{ id processedAt cancelledAt }} }}
      }}
      shippingAddress {{ countryCodeV2 }}
      agreements(first: 2) {{
        nodes {{ reason happenedAt sales(first: 5) {{ {_SALES} }} }}
        pageInfo {{ hasNextPage endCursor }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

ORDER_IDS = """
query OrderIds($first: Int!, $ids: String!) {
  orders(first: $first, query: $ids, sortKey: ID) { nodes { id } }
}
"""

AGREEMENT = f"""
query Agreement($order: ID!, $agreement: String, $sales: String) {{
  order(id: $order) {{
    agreements(first: 1, after: $agreement) {{
      nodes {{ reason happenedAt sales(first: 100, after: $sales) {{ {_SALES} }} }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}
"""

CHECKOUTS = """
query Checkouts($first: Int!, $after: String, $updated: String!) {
  abandonedCheckouts(first: $first, after: $after, query: $updated, sortKey: CREATED_AT) {
    nodes { id createdAt updatedAt completedAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def updated_within(start: datetime, end: datetime) -> str:
    """Return the search that finds what was updated from ``start`` to before ``end``, widened to whole seconds."""
    last = end if end.microsecond == 0 else end.replace(microsecond=999_999)
    sign = "<" if end.microsecond == 0 else "<="
    return f"updated_at:>='{start:%Y-%m-%dT%H:%M:%SZ}' updated_at:{sign}'{last:%Y-%m-%dT%H:%M:%SZ}'"
