"""kpitaps: business KPIs from the systems you use, exact and restated.

What is listed here is the author API: all that a tap needs, and all that stays stable between releases. Names are
loaded on first use, so that ``import kpitaps`` costs nothing and pulls in no database, web or Grafana library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kpitaps.version import __version__

if TYPE_CHECKING:
    from kpitaps.calendar import DaySpan, Span
    from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth, RetryLater, TapBug
    from kpitaps.http import (
        AuthorizationCode,
        BucketState,
        ClientCredentials,
        CostBucket,
        Counter,
        CounterState,
        ErrorBudget,
        Http,
        LimitHeaders,
        Rate,
        Reply,
        ServiceAccount,
        StaticKey,
    )
    from kpitaps.measures import VOCABULARY, Entry, Measure, WindowEntry
    from kpitaps.plugins import hookimpl
    from kpitaps.tap import Account, Advice, Context, Flag, Incomplete, Record, Secret, Settings, Tap, Totals, setting
    from kpitaps.units import Good, Kind, Quality, Unit

_HOMES = {
    "calendar": ("DaySpan", "Span"),
    "errors": ("BadSettings", "KpitapsError", "NeedsAuth", "RetryLater", "TapBug"),
    "http": (
        "AuthorizationCode",
        "BucketState",
        "ClientCredentials",
        "CostBucket",
        "Counter",
        "CounterState",
        "ErrorBudget",
        "Http",
        "LimitHeaders",
        "Rate",
        "Reply",
        "ServiceAccount",
        "StaticKey",
    ),
    "measures": ("VOCABULARY", "Entry", "Measure", "WindowEntry"),
    "plugins": ("hookimpl",),
    "tap": (
        "Account",
        "Advice",
        "Context",
        "Flag",
        "Incomplete",
        "Record",
        "Secret",
        "Settings",
        "Tap",
        "Totals",
        "setting",
    ),
    "units": ("Good", "Kind", "Quality", "Unit"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "VOCABULARY",
    "Account",
    "Advice",
    "AuthorizationCode",
    "BadSettings",
    "BucketState",
    "ClientCredentials",
    "Context",
    "CostBucket",
    "Counter",
    "CounterState",
    "DaySpan",
    "Entry",
    "ErrorBudget",
    "Flag",
    "Good",
    "Http",
    "Incomplete",
    "Kind",
    "KpitapsError",
    "LimitHeaders",
    "Measure",
    "NeedsAuth",
    "Quality",
    "Rate",
    "Record",
    "Reply",
    "RetryLater",
    "Secret",
    "ServiceAccount",
    "Settings",
    "Span",
    "StaticKey",
    "Tap",
    "TapBug",
    "Totals",
    "Unit",
    "WindowEntry",
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
