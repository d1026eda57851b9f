"""Digests that were sent, or about to be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from store.shelf import NOW, a_connection

from kpitaps.calendar import DaySpan
from kpitaps.store.digests import (
    FAILED,
    MOST_TRIES,
    SENT,
    Letter,
    claim_sending,
    conclude_sending,
    find_sending,
    list_sendings,
)

if TYPE_CHECKING:
    from kpitaps.store import Ledger

WEEK = DaySpan(date(2025, 3, 3), date(2025, 3, 9))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def letter(ledger: Ledger) -> Letter:
    """The weekly mail of a company."""
    return Letter(a_connection(ledger).company_id, "weekly", "mail", WEEK)


def test_of_many_that_want_to_send_one_may(ledger: Ledger, letter: Letter) -> None:
    """However many workers come at once, one claims the letter."""
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim_sending(ledger.database, letter, NOW), range(8)))
    assert sorted(claims) == [False] * 7 + [True]


def test_what_was_told_is_kept(ledger: Ledger, letter: Letter) -> None:
    """How it went and the exact values that were told come back as they were; another period is another letter."""
    claim_sending(ledger.database, letter, NOW)
    conclude_sending(ledger.database, letter, SENT, NOW + MINUTE, "fine", {"revenue": "1/3"})
    (kept,) = list_sendings(ledger.database, letter.company_id)
    assert (kept.letter, kept.state, kept.at, kept.message) == (letter, SENT, NOW + MINUTE, "fine")
    assert kept.told == {"revenue": "1/3"}
    later = Letter(letter.company_id, "weekly", "mail", WEEK.shifted(timedelta(weeks=1)))
    assert claim_sending(ledger.database, later, NOW)


def test_failures_wait_longer_and_longer(ledger: Ledger, letter: Letter) -> None:
    """5, 10, 20 … minutes; after the eighth nobody tries any more, unless somebody asks for it."""
    waited, at = [], NOW
    for _ in range(MOST_TRIES):
        conclude_sending(ledger.database, letter, FAILED, at)
        known = find_sending(ledger.database, letter)
        assert known is not None
        waited.append(next((n for n in range(0, 1000, 5) if known.may_leave(at + n * MINUTE)), None))
    assert waited == [5, 10, 20, 40, 80, 160, 320, None]
    assert not claim_sending(ledger.database, letter, NOW + timedelta(days=9))
    assert claim_sending(ledger.database, letter, NOW, again=True)
