"""What is settled about the company's web site: channels and key events. Tables, no logic."""

from __future__ import annotations

TRAFFIC_CHANNELS = (
    "Organic Search",
    "Direct",
    "Paid Search",
    "Organic Social",
    "Paid Social",
    "Email",
    "Referral",
    "Unassigned",
)
"""In the words of Google's default channel group."""

PAID_CHANNELS = ("Paid Search", "Paid Social")
KEY_EVENTS = ("purchase", "generate_lead", "newsletter_signup")
