"""What a person tells kpitaps to connect a Teamleader account."""

from __future__ import annotations

from typing import Literal

from kpitaps import Secret, Settings, setting


class TeamleaderSettings(Settings):
    """The integration that may read the account, and how some figures are to be understood."""

    client_id: str = setting("Client ID", help="From your integration's page at marketplace.focus.teamleader.eu")
    client_secret: Secret = setting("Client secret", help="From the same page; it is stored encrypted")
    customer_by: Literal["invoice", "won_deal"] = setting(
        "Customers are made by",
        help="What makes a client a customer: an invoice that was booked (invoice) or a deal that was won (won_deal)",
        default="invoice",
    )
    customer_for: int = setting(
        "Days a customer stays one",
        help="How many days after the last invoice or won deal somebody still counts as a customer",
        default=365,
        ge=1,
        le=3660,
    )
    ticket_category_field: str = setting(
        "Custom field of the ticket category",
        help="ID of the custom field that holds a ticket's category; empty if tickets have none",
        default="",
        pattern=r"[0-9a-fA-F-]{0,40}",
    )
    complaint_categories: str = setting(
        "Categories that are complaints",
        help="Categories of tickets that count as complaints, separated by commas",
        default="complaint",
    )

    def is_complaint(self, category: str) -> bool:
        """Return whether tickets of a category are complaints, however it is capitalised."""
        known = {each.strip().casefold() for each in self.complaint_categories.split(",")}
        return bool(category) and category.strip().casefold() in known
