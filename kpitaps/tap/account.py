"""The account behind a connection, as its source describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.calendar import is_zone
from kpitaps.errors import TapBug
from kpitaps.units import is_currency

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.measures import Measure

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A part of the data that the source keeps from us: shown as quality *incomplete*, and as a repair.

    Attributes:
        streams: The streams that are affected.
        before: Business days that end at or before this instant are affected; None for every day.
        reason: What is missing and why.
        fix: What a person can do about it.
        always: Measures that are affected on every day: what happens to a hidden record today belongs to today.
    """

    streams: tuple[str, ...]
    before: datetime | None
    reason: str
    fix: str
    always: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """Something a person should do soon, though every number is still right: shown as a repair.

    Attributes:
        code: Names the matter, so that it opens once and closes by itself.
        message: What is the matter.
        fix: What a person can do about it.
    """

    code: str
    message: str
    fix: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise TapBug(f"advice {self.code!r}: use up to 40 lower case letters, digits and underscores as its code")


@dataclass(frozen=True, slots=True)
class Account:
    """What a connection turned out to be.

    Attributes:
        id: The source's own stable id: one account is connected once.
        name: What its owner calls it.
        time_zone: IANA name; the account's days are days in this zone.
        currency: ISO 4217 code in which the source reports money.
        incomplete: What the source keeps from us at the moment.
        advice: What a person should do soon.
        user: The source's id of the user who has consented, where one consent opens several accounts: they then share
            its tokens. Only a hash of it is stored.
        epoch: A text that changes when the source has renumbered its changes, after it was restored from a backup say:
            records and listings are then read anew, beside the figures that are there.
    """

    id: str
    name: str
    time_zone: str
    currency: str
    incomplete: tuple[Incomplete, ...] = ()
    advice: tuple[Advice, ...] = ()
    user: str = ""
    epoch: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not 0 < len(self.id) <= _ID_LIMIT:
            raise TapBug(
                f"an account's id is the source's own, a text of up to {_ID_LIMIT} characters, not {self.id!r}"
            )
        if not is_zone(self.time_zone):
            raise TapBug(f"account {self.id}: {self.time_zone!r} is no IANA time zone")
        if not is_currency(self.currency):
            raise TapBug(f"account {self.id}: {self.currency!r} is no ISO 4217 currency code")
        if not isinstance(self.epoch, str):
            raise TapBug(f"account {self.id}: its epoch is a text, not {self.epoch!r}")

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)
