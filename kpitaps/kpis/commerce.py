"""The KPIs of commerce, as data."""

from __future__ import annotations

from kpitaps.kpis.kpi import Kpi
from kpitaps.measures import Names
from kpitaps.units import Good, Unit

# A table is read by row: key, domain, formula, unit, good, leading, by, and the texts in English and Dutch.
# fmt: off
COMMERCE = (
    Kpi("orders", "commerce", "orders", Unit.COUNT, Good.UP, leading=False, by=None,
        en=Names("Orders", "Orders that were placed."),
        nl=Names("Bestellingen", "Bestellingen die zijn geplaatst.")),
    Kpi("order_revenue", "commerce", "order_revenue", Unit.MONEY, Good.UP, leading=False, by=None,
        en=Names("Order revenue", "What was ordered, less discounts and refunds, without VAT."),
        nl=Names("Orderomzet", "Wat is besteld, na aftrek van kortingen en terugbetalingen, zonder btw.")),
    Kpi("units_sold", "commerce", "units_sold", Unit.COUNT, Good.UP, leading=False, by=None,
        en=Names("Units sold", "Pieces that were ordered."),
        nl=Names("Verkochte stuks", "Stuks die zijn besteld.")),
    Kpi("average_order_value", "commerce", "order_revenue / orders", Unit.MONEY, Good.UP, leading=False, by=None,
        en=Names("Average order value", "Order revenue per order."),
        nl=Names("Gemiddelde orderwaarde", "Orderomzet per bestelling.")),
    Kpi("refund_rate", "commerce", "orders_refunded / orders", Unit.RATIO, Good.DOWN, leading=False, by=None,
        en=Names("Refund rate", "The part of the orders of which something was paid back."),
        nl=Names("Terugbetaalpercentage", "Het deel van de bestellingen waarop iets is terugbetaald.")),
    Kpi("cart_abandonment", "commerce",
        'checkouts_abandoned / (checkouts_abandoned + orders{sales_channel="web"})',
        Unit.RATIO, Good.DOWN, leading=True, by=None,
        en=Names("Cart abandonment", "The part of the online checkouts that were begun and not finished."),
        nl=Names("Afgebroken winkelwagens", "Het deel van de online afrekeningen dat is begonnen en niet afgemaakt.")),
    Kpi("returning_customer_rate", "commerce", "orders_returning / orders", Unit.RATIO, Good.UP, leading=False, by=None,
        en=Names("Returning customers", "The part of the orders that came from customers who had ordered before."),
        nl=Names("Terugkerende klanten", "Het deel van de bestellingen van klanten die al eerder bestelden.")),
    Kpi("revenue_per_customer", "commerce", "order_revenue / buyers", Unit.MONEY, Good.UP, leading=False, by=None,
        en=Names("Revenue per customer", "Order revenue per customer who placed an order."),
        nl=Names("Omzet per klant", "Orderomzet per klant die een bestelling plaatste.")),
    Kpi("revenue_per_visitor", "commerce", "order_revenue / visitors", Unit.MONEY, Good.UP, leading=True, by=None,
        en=Names("Revenue per visitor", "Order revenue per visitor of the web site."),
        nl=Names("Omzet per bezoeker", "Orderomzet per bezoeker van de website.")),
    Kpi("sales_by_product", "sales", "order_revenue", Unit.MONEY, Good.UP, leading=False, by="product",
        en=Names("Sales by product", "Order revenue of each product."),
        nl=Names("Verkoop per product", "Orderomzet van elk product.")),
)
# fmt: on
"""KPIs of a web shop; each is available once its measures are fed."""
