"""kpitaps: business KPIs from the systems you use, exact and restated.

What is listed here is the author API: all that a tap needs, and all that stays stable between releases. Names are
loaded on first use, so that ``import kpitaps`` costs nothing and pulls in no database, web or Grafana library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kpitaps.version import __version__

if TYPE_CHECKING:
    from kpitaps.calendar import Span
    from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth, RetryLater, TapBug
    from kpitaps.http import BucketState, ClientCredentials, CostBucket, Http, Reply
    from kpitaps.measures import VOCABULARY, Entry, Measure
    from kpitaps.plugins import hookimpl
    from kpitaps.tap import Account, Advice, Context, Incomplete, Record, Secret, Settings, Tap, setting
    from kpitaps.units import Good, Kind, Unit

_HOMES = {
    "calendar": ("Span",),
    "errors": ("BadSettings", "KpitapsError", "NeedsAuth", "RetryLater", "TapBug"),
    "http": ("BucketState", "ClientCredentials", "CostBucket", "Http", "Reply"),
    "measures": ("VOCABULARY", "Entry", "Measure"),
    "plugins": ("hookimpl",),
    "tap": ("Account", "Advice", "Context", "Incomplete", "Record", "Secret", "Settings", "Tap", "setting"),
    "units": ("Good", "Kind", "Unit"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "VOCABULARY",
    "Account",
    "Advice",
    "BadSettings",
    "BucketState",
    "ClientCredentials",
    "Context",
    "CostBucket",
    "Entry",
    "Good",
    "Http",
    "Incomplete",
    "Kind",
    "KpitapsError",
    "Measure",
    "NeedsAuth",
    "Record",
    "Reply",
    "RetryLater",
    "Secret",
    "Settings",
    "Span",
    "Tap",
    "TapBug",
    "Unit",
    "__version__",
    "hookimpl",
    "setting",
]


def __getattr__(name: str) -> Any:
    if (home := _HOME_OF.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
