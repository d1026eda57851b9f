"""What a person tells kpitaps to connect a company of Exact Online."""

from __future__ import annotations

from typing import Literal

from kpitaps import Secret, Settings, setting

Country = Literal["nl", "be", "fr", "de", "com", "es", "co.uk"]
"""The sites of Exact Online: ``start.exactonline.<country>``."""


class ExactSettings(Settings):
    """The app that may read the books, which company's they are, and how some figures are to be understood."""

    country: Country = setting(
        "Site of Exact Online",
        help="The end of the address at which you log in: nl for start.exactonline.nl",
        default="nl",
    )
    client_id: str = setting("Client ID", help="From your app's page at apps.exactonline.com")
    client_secret: Secret = setting("Client secret", help="From the same page; it is stored encrypted")
    division: int | None = setting(
        "Division",
        help="Code of the company whose books are read, if the user sees several: it is in the address of its pages",
        default=None,
        ge=1,
    )
    customer_for: int = setting(
        "Days a customer stays one",
        help="How many days after the date of the last sales invoice somebody still counts as a customer",
        default=365,
        ge=1,
        le=3660,
    )
    transfer_accounts: tuple[str, ...] = setting(
        "Accounts of own transfers",
        help="Codes of the G/L accounts over which money moves between own banks: no cash in, no cash out",
        default=("2000",),
    )
    processed_only: bool = setting(
        "Processed entries only",
        help="Whether to leave out entries that are still open (drafts); Exact's own reports count them by default",
        default=False,
    )
