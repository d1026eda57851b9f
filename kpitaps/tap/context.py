"""What the core hands to a tap's functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpitaps.calendar import local_day
from kpitaps.errors import TapBug

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.http import Http
    from kpitaps.tap.account import Account


@dataclass(frozen=True, slots=True)
class Context:
    """One reading of one connection.

    Attributes:
        http: The connection's only way to the network: hosts, budgets, retries and tokens are taken care of.
        settings: The connection's settings, an instance of the tap's settings model.
        now: The instant of this reading, in UTC.
        connected: The account, or None while it is being asked for.
    """

    http: Http
    settings: Any
    now: datetime
    connected: Account | None = None

    @property
    def account(self) -> Account:
        """The account of this connection.

        Raises:
            TapBug: inside the tap's account function, which is what answers this.
        """
        if self.connected is None:
            raise TapBug("ctx.account is not known yet inside the account function")
        return self.connected

    def day(self, instant: datetime) -> date:
        """Return the local day in the account's zone on which ``instant`` falls.

        Raises:
            TapBug: if ``instant`` is naive.
        """
        return local_day(instant, self.account.zone)
