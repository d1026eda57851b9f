"""What becomes of what goes wrong: a run that says so, and where a person must act, a repair."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from kpitaps.errors import BadSettings, BadUse, KpitapsError, LedgerUnavailable, NeedsAuth, RetryLater, TapBug

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps.store import Run

log = logging.getLogger(__name__)

FIXES = {
    "needs_auth": "Authorise the connection again, or grant the scope: kpitaps add {tap} --name {name!r}",
    "bad_settings": "Correct the settings: kpitaps add {tap} --name {name!r}",
    "tap_bug": "Upgrade the tap, or report this to its author",
}
"""What a person must do, by outcome."""

_LONGEST_MESSAGE = 300

_OUTCOMES: tuple[tuple[type[KpitapsError], str], ...] = (
    (NeedsAuth, "needs_auth"),
    (RetryLater, "retry_later"),
    (BadSettings, "bad_settings"),
    (TapBug, "tap_bug"),
    # The tap is not installed, or the vault's key is another one: nothing that a tap's author could mend.
    (BadUse, "bad_settings"),
    (LedgerUnavailable, "bad_settings"),
)


def failed(run: Run, error: KpitapsError, at: datetime) -> Run:
    """Return a run that ended with an error."""
    outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "tap_bug")
    after = error.after if isinstance(error, RetryLater) else None
    retry_at = None if after is None else at + timedelta(seconds=after)
    return replace(run, ended_at=at, outcome=outcome, message=str(error), retry_at=retry_at)


def attempt(read: Callable[[], None], what: str, where: str) -> KpitapsError | None:
    """Let a tap's function work; return what it did wrong, told of ``what`` and logged of ``where``.

    Raises:
        LedgerUnavailable: if the ledger cannot be written: that is nobody's fault.
    """
    try:
        read()
    except LedgerUnavailable:
        raise
    except KpitapsError as known:
        return known
    # SystemExit too: a tap that gives up ends its stream, not the process.
    except (Exception, SystemExit) as unknown:
        log.warning("%s of %s failed", what, where, exc_info=True)
        return TapBug(f"{what} failed: {sentence(unknown)}")
    return None


def sentence(error: BaseException) -> str:
    """Return what an error says, in a line, without what the source sent."""
    if isinstance(error, ValidationError):
        # Not its text: that holds what the source sent, names and addresses included.
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        text = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
    else:
        text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:_LONGEST_MESSAGE]}"
