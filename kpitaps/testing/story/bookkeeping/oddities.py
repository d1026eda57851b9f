"""What does not come every month: windfalls, corrections of a quarter that is over, and the calendar's odd days."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OTHER
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.size import first_month
from kpitaps.testing.story.bookkeeping.statements import BANK
from kpitaps.testing.story.dice import clock_change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_HOUR = timedelta(hours=1)
_WINDFALLS = ("Schadevergoeding verzekering", "Verkoop oude branderij")
_MISHAPS = ("Waterschade magazijn", "Boete", "Gestolen bezorgfiets")


def oddities(clerk: Clerk, day: date) -> Iterator[tuple[datetime, Life]]:
    """Yield what may begin on any day, and when."""
    kind = clerk.dice.random()
    if kind < 0.006:
        yield clerk.on(day), _windfall(clerk)
    elif kind > 0.991:
        yield clerk.on(day), _mishap(clerk)
    elif 0.5 < kind < 0.508:
        yield clerk.on(day), into_the_period_before(clerk)
    change = clock_change(day, clerk.founding.zone)
    if change:
        for hour in (change - _HOUR, change):
            yield hour + timedelta(seconds=clerk.dice.randrange(3_600)), _till_difference(clerk, day)
    if (day.month, day.day) in ((2, 29), (12, 31)):
        yield clerk.at(day, time(23, 59, 59)), _till_difference(clerk, day)


def correct_last_quarter(clerk: Clerk, last: date) -> Life:
    """Move costs from one account to another, dated back into a quarter that ended weeks ago."""
    yield clerk.later(22, 50)
    cents = first_month(clerk) * clerk.dice.randint(5, 30) // 1_000
    text = f"Correctie {last:%Y}-K{(last.month + 2) // 3}"
    clerk.book(OTHER, "90", last, text, [Posting("4400", cents, text), Posting("4300", -cents, text)])


def _windfall(clerk: Clerk) -> Life:
    cents = first_month(clerk) * clerk.dice.randint(5, 40) // 1_000
    clerk.statements.add(BANK, clerk.today, Posting("9100", -cents, clerk.dice.choice(_WINDFALLS)))
    yield from ()


def _mishap(clerk: Clerk) -> Life:
    cents = first_month(clerk) * clerk.dice.randint(3, 20) // 1_000
    clerk.statements.add(BANK, clerk.today, Posting("9110", cents, clerk.dice.choice(_MISHAPS)))
    yield from ()


def into_the_period_before(clerk: Clerk) -> Life:
    """Book something of today into the fiscal period that is just over, which may be the year before."""
    cents = clerk.dice.randint(2_000, 20_000)
    period = clerk.fiscal.before(clerk.fiscal.period(clerk.today))
    text = "Nagekomen kosten vorige periode"
    clerk.book(OTHER, "90", clerk.today, text, [Posting("4300", cents, text), Posting("1720", -cents, text)], period)
    yield clerk.later(8, 30)
    clerk.statements.add(BANK, clerk.today, Posting("1720", cents, text))


def _till_difference(clerk: Clerk, day: date) -> Life:
    """Count the till late at night, and find some coins too few."""
    cents = clerk.dice.randint(5, 950)
    text = f"Kasverschil {day.isoformat()}"
    clerk.book(OTHER, "90", day, text, [Posting("4300", cents, text), Posting("1000", -cents, text)])
    yield from ()
