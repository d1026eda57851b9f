"""The one retry policy: what is repeated, how often, and after which wait."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from kpitaps.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpitaps.errors import KpitapsError

T = TypeVar("T")

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")


class Trouble(Exception):
    """A request failed in a way that may pass. It never leaves this room: the policy turns it into `RetryLater`.

    Args:
        message: What happened, and where.
        after: Seconds that the source asks to wait at least; None if it does not say.
        final: What it is if it does not pass; None for `RetryLater`.
    """

    def __init__(self, message: str, *, after: float | None = None, final: KpitapsError | None = None) -> None:
        super().__init__(message)
        self.after = after
        self.final = final


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and after which waits a request is repeated. Taps only read: every request may be repeated.

    A wait is drawn between nothing and a bound that doubles each time (exponential back-off with full jitter, so that
    parallel slices do not come back together). Where the source names a wait, it is added to that.

    Attributes:
        attempts: Requests sent at most.
        first: Bound of the first wait, in seconds.
        longest: Bound of any drawn wait, in seconds.
        patience: Seconds from the first attempt to the start of the last one, all waits included; what would take
            longer becomes `RetryLater` at once, and the sync run comes back later.
        sleep: How to wait.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 30.0
    patience: float = 120.0
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def testing(cls, *, attempts: int = 6) -> RetryPolicy:
        """Return the same policy without any waiting."""
        return cls(attempts=attempts, sleep=_no_sleep)

    def run(self, work: Callable[[], T], *, repeating: Callable[[], None]) -> T:
        """Return what ``work`` returns, repeated while it raises `Trouble`; ``repeating`` is told of each repetition.

        Raises:
            RetryLater: when attempts or patience are used up; ``after`` is what the source asked for.
            KpitapsError: the trouble's own ``final`` one then, if it has any.
        """
        retrying = Retrying(
            sleep=self.sleep,
            stop=stop_after_attempt(self.attempts) | stop_before_delay(self.patience),
            wait=self._wait,
            retry=retry_if_exception_type(Trouble),
            before_sleep=lambda _: repeating(),
            reraise=True,
        )
        try:
            return retrying(work)
        except Trouble as trouble:
            if trouble.final is not None:
                raise trouble.final from None
            tries = retrying.statistics["attempt_number"]
            message = f"{trouble} ({tries} {'try' if tries == 1 else 'tries'})"
            raise RetryLater(message, after=trouble.after) from None

    def _wait(self, state: RetryCallState) -> float:
        drawn = wait_random_exponential(multiplier=self.first, max=self.longest)(state)
        trouble = state.outcome.exception() if state.outcome else None
        return drawn + (trouble.after or 0.0 if isinstance(trouble, Trouble) else 0.0)


def _no_sleep(_: float) -> None:
    """Do not wait."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, or None if it is absent or makes no sense.

    A date is compared with the answer's own ``Date``, because our clock may differ from the vendor's.

    Args:
        headers: The answer's headers, found in any case.
        now: Seconds since the epoch, for an answer without a ``Date``.
    """
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    when = _instant(value)
    if when is None:
        return None
    sent = sent_at(headers)
    return max(0.0, when - (now if sent is None else sent))


def sent_at(headers: Mapping[str, str]) -> float | None:
    """Return when the answer was written by the source's own clock, in seconds since the epoch; None if not told."""
    return _instant(headers.get("date", ""))


def _instant(http_date: str) -> float | None:
    try:
        # A date without a zone would be read as local time; HTTP dates are always GMT.
        return parsedate_to_datetime(http_date.replace("-0000", "+0000")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
