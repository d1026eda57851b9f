"""Google's default channel groups.

https://support.google.com/analytics/answer/9756891
"""

from __future__ import annotations

PAID = (
    "Audio",
    "Cross-network",
    "Display",
    "Paid Other",
    "Paid Search",
    "Paid Shopping",
    "Paid Social",
    "Paid Video",
)
"""Those by which people come through an advertisement. Links of affiliates are none in Google's words."""
