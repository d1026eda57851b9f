"""The measures that taps share, as data."""

from __future__ import annotations

from kpitaps.measures.measure import Measure

VOCABULARY: dict[str, Measure] = {}
