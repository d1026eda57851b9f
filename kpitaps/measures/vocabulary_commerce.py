"""Measures of commerce: orders, what they brought in, and who placed them.

Counts of orders carry no ``product``: an order with two products would be counted twice.
"""

from __future__ import annotations

from kpitaps.measures.vocabulary_row import COUNT_DOWN, COUNT_UP, DISTINCT_UP, MONEY_DOWN, MONEY_UP, row

_LINE = "sales_channel country product"

# A table is read by row.
# fmt: off
ROWS = (
    row("orders", COUNT_UP, "sales_channel country", "order",
        "Orders", "Orders that were placed.",
        "Bestellingen", "Bestellingen die zijn geplaatst."),
    row("units_sold", COUNT_UP, _LINE, "order",
        "Units sold", "Pieces that were ordered.",
        "Verkochte stuks", "Stuks die zijn besteld."),
    row("order_revenue_gross", MONEY_UP, _LINE, "order",
        "Gross order revenue", "What was ordered at list price, without VAT and before discounts and refunds.",
        "Bruto orderomzet", "Wat is besteld tegen lijstprijs, zonder btw en vóór kortingen en terugbetalingen."),
    row("order_discounts", MONEY_DOWN, _LINE, "order",
        "Discounts", "What was taken off the price of orders, without VAT.",
        "Kortingen", "Wat van de prijs van bestellingen af ging, zonder btw."),
    row("order_tax", MONEY_UP, _LINE, "order",
        "Tax on orders", "VAT and other sales tax on orders.",
        "Belasting op bestellingen", "Btw en andere omzetbelasting op bestellingen."),
    row("shipping", MONEY_UP, _LINE, "order",
        "Shipping", "What customers paid for shipping, without VAT.",
        "Verzendkosten", "Wat klanten voor verzending betaalden, zonder btw."),
    row("order_refunds", MONEY_DOWN, _LINE, "refund",
        "Refunds", "What was paid back on orders, without VAT.",
        "Terugbetalingen", "Wat op bestellingen is terugbetaald, zonder btw."),
    row("order_revenue", MONEY_UP, _LINE, "order for what was sold, refund for what was paid back",
        "Order revenue", "Gross order revenue less discounts and refunds, without VAT.",
        "Orderomzet", "Bruto orderomzet na aftrek van kortingen en terugbetalingen, zonder btw."),
    row("orders_refunded", COUNT_DOWN, "sales_channel", "order, so that a refund restates the order's day",
        "Refunded orders", "Orders of which something was paid back, whenever that was.",
        "Terugbetaalde bestellingen", "Bestellingen waarop iets is terugbetaald, wanneer dat ook was."),
    row("orders_returning", COUNT_UP, "sales_channel", "order",
        "Orders of returning customers", "Orders of customers who had ordered before.",
        "Bestellingen van terugkerende klanten", "Bestellingen van klanten die al eerder bestelden."),
    row("buyers", DISTINCT_UP, "", "order",
        "Buyers", "Different customers who placed an order.",
        "Kopers", "Verschillende klanten die een bestelling plaatsten."),
    row("checkouts_abandoned", COUNT_DOWN, "", "abandonment; recovered ones leave again",
        "Abandoned checkouts", "Checkouts that were begun and not finished.",
        "Afgebroken afrekeningen", "Afrekeningen die zijn begonnen en niet afgemaakt."),
)
# fmt: on
