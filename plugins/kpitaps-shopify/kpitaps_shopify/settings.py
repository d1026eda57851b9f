"""What a person tells kpitaps to connect a shop."""

from __future__ import annotations

from kpitaps import Secret, Settings, setting


class ShopSettings(Settings):
    """Which shop, the app that may read it, and how long a buyer counts as a customer."""

    shop: str = setting(
        "Shop name",
        help="The part before .myshopify.com in the address of your admin",
        pattern=r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    )
    client_id: str = setting(
        "Client ID", help="From your app's settings in the Shopify Dev Dashboard; the app belongs to your organisation"
    )
    client_secret: Secret = setting("Client secret", help="From the same page; it is stored encrypted")
    customer_for: int = setting(
        "Customer for",
        help="For how many days an order makes somebody a customer, its own day included",
        default=365,
        ge=1,
        le=3_650,
    )
