"""The KPIs of commerce: a web shop's orders and the customers who place them."""

from __future__ import annotations

from functools import partial

from kpitaps.kpis.kpi_row import COUNT_UP, LAGGING, LEADING, MONEY_UP, RATIO_DOWN, RATIO_UP, row

_row = partial(row, "commerce")

# A table is read by row.
# fmt: off
COMMERCE = (
    _row("orders", "orders", COUNT_UP, LAGGING,
        "Orders", "Orders that were placed.",
        "Bestellingen", "Bestellingen die zijn geplaatst."),
    _row("order_revenue", "order_revenue", MONEY_UP, LAGGING,
        "Order revenue", "What was ordered, less discounts and refunds, without VAT.",
        "Orderomzet", "Wat is besteld, na aftrek van kortingen en terugbetalingen, zonder btw."),
    _row("units_sold", "units_sold", COUNT_UP, LAGGING,
        "Units sold", "Pieces that were ordered.",
        "Verkochte stuks", "Stuks die zijn besteld."),
    _row("average_order_value", "order_revenue / orders", MONEY_UP, LAGGING,
        "Average order value", "Order revenue per order.",
        "Gemiddelde orderwaarde", "Orderomzet per bestelling."),
    _row("refund_rate", "orders_refunded / orders", RATIO_DOWN, LAGGING,
        "Refund rate", "The part of the orders of which something was paid back.",
        "Terugbetaalpercentage", "Het deel van de bestellingen waarop iets is terugbetaald."),
    _row("cart_abandonment", 'checkouts_abandoned / (checkouts_abandoned + orders{sales_channel="web"})',
        RATIO_DOWN, LEADING,
        "Cart abandonment", "The part of the online checkouts that were begun and not finished.",
        "Afgebroken winkelwagens", "Het deel van de online afrekeningen dat is begonnen en niet afgemaakt."),
    _row("returning_customer_rate", "orders_returning / orders", RATIO_UP, LAGGING,
        "Orders of returning customers", "The part of the orders that came from customers who had ordered before.",
        "Bestellingen van terugkerende klanten", "Het deel van de bestellingen van klanten die al eerder bestelden."),
    _row("revenue_per_customer", "order_revenue / buyers", MONEY_UP, LAGGING,
        "Revenue per customer", "Order revenue per customer who placed an order.",
        "Omzet per klant", "Orderomzet per klant die een bestelling plaatste."),
    _row("revenue_per_visitor", "order_revenue / visitors", MONEY_UP, LEADING,
        "Revenue per visitor", "Order revenue per visitor of the web site.",
        "Omzet per bezoeker", "Orderomzet per bezoeker van de website."),
)
# fmt: on
"""KPIs of a web shop; each is available once its measures are fed."""
