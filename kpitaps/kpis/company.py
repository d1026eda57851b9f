"""What the engine needs to know of a company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.errors import BadSettings
from kpitaps.units import is_currency

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from kpitaps.calendar import CompanyCalendar


@dataclass(frozen=True, slots=True)
class CompanyFace:
    """Whose KPIs these are.

    Attributes:
        key: Its key: the value of the label ``company``.
        name: What people call it.
        currency: ISO 4217 code in which its money is reported.
        calendar: Its days, weeks and fiscal years.
        account_zones: Time zones of its accounts where they differ from the company's: their today is open as well.
    """

    key: str
    name: str
    currency: str
    calendar: CompanyCalendar
    account_zones: tuple[ZoneInfo, ...] = ()

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise BadSettings(f"company {self.key}: {self.currency!r} is no ISO 4217 currency code such as 'EUR'")
