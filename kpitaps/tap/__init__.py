"""What a tap author writes with: the tap, its streams, records, account and settings."""

from __future__ import annotations

from kpitaps.tap.account import Account, Advice, Incomplete
from kpitaps.tap.check import Check, Totals
from kpitaps.tap.context import Context
from kpitaps.tap.flag import Flag
from kpitaps.tap.record import Record
from kpitaps.tap.settings import Secret, Settings, setting
from kpitaps.tap.stream import Stream, StreamKind
from kpitaps.tap.tap import Tap

__all__ = [
    "Account",
    "Advice",
    "Check",
    "Context",
    "Flag",
    "Incomplete",
    "Record",
    "Secret",
    "Settings",
    "Stream",
    "StreamKind",
    "Tap",
    "Totals",
    "setting",
]
