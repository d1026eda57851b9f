"""What the core hands to a tap's functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from kpitaps.calendar import local_day
from kpitaps.errors import TapBug
from kpitaps.tap.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from kpitaps.http import Http
    from kpitaps.tap.account import Account

T = TypeVar("T")


def _knows_nothing(_key: str, _version: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Context:
    """One reading of one connection.

    Attributes:
        http: The connection's only way to the network: hosts, budgets, retries and tokens are taken care of.
        settings: The connection's settings, an instance of the tap's settings model.
        now: The instant of this reading, in UTC.
        connected: The account, or None while it is being asked for.
        memo: What this run has looked up; see `once`.
        known: Answers `knows`.
    """

    http: Http
    settings: Any
    now: datetime
    connected: Account | None = None
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)
    known: Callable[[str, str], bool] = field(default=_knows_nothing, repr=False, compare=False)

    def once(self, name: str, read: Callable[[], T]) -> T:
        """Return what ``read`` returns, which is called once per run, however many slices ask for it.

        For look-ups that all records need: the names of users, pipelines, stages. A name means the same in all
        streams of the tap: a run that reads several of them asks once. An error is not kept.
        """
        return self.memo.once(name, read)

    def knows(self, key: str, version: str) -> bool:
        """Return whether the ledger holds what the listed record ``key`` contributes at ``version``.

        Then ``Record(key, version=version).unchanged()`` is all there is to say, and its details need not be asked
        for. Always False in streams that are no listing.
        """
        return self.known(key, version)

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
