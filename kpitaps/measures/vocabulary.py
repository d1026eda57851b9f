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

_ROWS = {
    "finance": vocabulary_finance.ROWS,
    "sales": vocabulary_sales.ROWS,
    "commerce": vocabulary_commerce.ROWS,
    "marketing": vocabulary_marketing.ROWS,
    "service and operations": vocabulary_service.ROWS,
}

VOCABULARY: dict[str, Measure] = {row.key: row for rows in _ROWS.values() for row in rows}
"""Every shared measure by its key."""

DOMAINS: dict[str, tuple[str, ...]] = {domain: tuple(row.key for row in rows) for domain, rows in _ROWS.items()}
"""The keys of the shared measures by what part of a company they tell of."""
