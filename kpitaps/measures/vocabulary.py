"""The measures that taps share, as data: two taps that feed the same key mean the same thing.

One row per measure, in one module per domain. The definitions end up in the documentation, on the pages and in the
HELP lines of metrics, so each is one sentence that a person outside the finance department can follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.measures import (
    vocabulary_commerce,
    vocabulary_finance,
    vocabulary_marketing,
    vocabulary_sales,
    vocabulary_service,
)

if TYPE_CHECKING:
    from kpitaps.measures.measure import Measure

VOCABULARY: dict[str, Measure] = {
    row.key: row
    for domain in (
        vocabulary_finance,
        vocabulary_sales,
        vocabulary_commerce,
        vocabulary_marketing,
        vocabulary_service,
    )
    for row in domain.ROWS
}
"""Every shared measure by its key."""
