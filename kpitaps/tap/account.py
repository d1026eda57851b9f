"""The account behind a connection, as its source describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kpitaps.errors import TapBug

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A part of the data that the source keeps from us: shown as quality *incomplete*, and as a repair.

    Attributes:
        streams: The streams that are affected.
        before: Business days that end at or before this instant are affected; None for every day.
        reason: What is missing and why.
        fix: What a person can do about it.
    """

    streams: tuple[str, ...]
    before: datetime | None
    reason: str
    fix: str


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
    """

    id: str
    name: str
    time_zone: str
    currency: str
    incomplete: tuple[Incomplete, ...] = ()
    advice: tuple[Advice, ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise TapBug(f"account {self.id}: {self.time_zone!r} is no IANA time zone") from None
        if len(self.currency) != 3 or not self.currency.isupper():
            raise TapBug(f"account {self.id}: {self.currency!r} is no ISO 4217 currency code")

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)
