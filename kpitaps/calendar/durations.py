"""Durations as people write them: ``15m``, ``1h``, ``3d``, ``2w``, ``3y``."""

from __future__ import annotations

import re
from datetime import timedelta

from kpitaps.errors import TapBug

_FORM = re.compile(r"([0-9]{1,6})([smhdwy])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365, hours=6),
}


def parse_duration(text: str) -> timedelta:
    """Return the duration that ``text`` writes; a year is 365 days and 6 hours.

    Raises:
        TapBug: if the text is not a number of up to six digits followed by one of s, m, h, d, w, y.
    """
    if not (found := _FORM.fullmatch(text)):
        raise TapBug(f"{text!r} is not a duration: write a number and one of s, m, h, d, w, y, such as '15m'")
    return int(found[1]) * _UNITS[found[2]]
