"""What the fictional coffee roaster sells, to whom, and in which currencies: tables, no logic."""

from __future__ import annotations

from typing import NamedTuple


class Article(NamedTuple):
    """One variant of a product, with its listed price in cents and its Dutch tax rate."""

    title: str
    variant: str
    cents: int
    tax_percent: int


class Currency(NamedTuple):
    """How many of it a euro buys, about; where it is paid with; whether sales to there are taxed at home."""

    per_euro: float
    country: str
    is_taxed: bool


_COFFEES = (
    ("Kade Espresso", 895),
    ("Kade Filter", 845),
    ("Sluiswacht Blend", 925),
    ("Havenlicht Decaf", 995),
    ("Ethiopië Guji", 1195),
    ("Colombia Huila", 1095),
    ("Kenia Nyeri", 1345),
    ("Guatemala Antigua", 1125),
    ("Sumatra Mandheling", 1075),
    ("Brazilië Cerrado", 875),
)
_SIZES = (("250 g", 100), ("500 g", 185), ("1 kg", 345))
_GEAR = (
    Article("Handmolen", "", 6495, 21),
    Article("Filterhouder", "wit", 1895, 21),
    Article("Filterhouder", "zwart", 1895, 21),
    Article("Filterpapier", "100 stuks", 649, 21),
    Article("Espressokop", "set van 2", 1750, 21),
    Article("Weegschaal", "", 4999, 21),
    Article("Melkkan", "350 ml", 2250, 21),
    Article("Proefpakket", "4 × 75 g", 1499, 9),
)

ARTICLES: tuple[Article, ...] = (
    *(Article(title, size, (cents * percent) // 100, 9) for title, cents in _COFFEES for size, percent in _SIZES),
    *_GEAR,
)
WEIGHTS: tuple[int, ...] = tuple(
    (7, 4, 3)[index % 3] if index < len(_COFFEES) * len(_SIZES) else 2 for index in range(len(ARTICLES))
)
GIFT_CARD_CENTS = (2500, 5000, 7500)

CURRENCIES: dict[str, Currency] = {
    "EUR": Currency(1.0, "DE", is_taxed=True),
    "SEK": Currency(11.25, "SE", is_taxed=True),
    "GBP": Currency(0.855, "GB", is_taxed=False),
    "USD": Currency(1.085, "US", is_taxed=False),
}
NEIGHBOURS = {"NL": ("BE", "DE"), "US": ("CA", "MX")}
"""Where else a shop of that country sends to in its own currency."""

SEASON = (0.96, 0.94, 0.98, 0.97, 0.95, 0.88, 0.76, 0.80, 0.98, 1.06, 1.24, 1.52)
"""Trade per month against the year's mean: a dip in summer, a peak in December."""
WEEKDAYS = (1.16, 1.06, 1.02, 1.0, 0.94, 0.84, 0.98)
"""Trade from Monday to Sunday."""
HOURS = (2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 7, 7, 7, 7, 7, 8, 10, 12, 11, 7, 4)
"""Trade per local hour of the day: quiet at night, never quite nothing around midnight."""
