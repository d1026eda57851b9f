"""Measures: typed quantities that taps feed, and the vocabulary that taps share."""

from __future__ import annotations

from kpitaps.measures.measure import Entry, Measure, Names, WindowEntry
from kpitaps.measures.vocabulary import DOMAINS, VOCABULARY

__all__ = ["DOMAINS", "VOCABULARY", "Entry", "Measure", "Names", "WindowEntry"]
