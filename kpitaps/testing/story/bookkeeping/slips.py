"""Mistakes, and how they are put right, days or weeks later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OTHER
from kpitaps.testing.story.bookkeeping.postings import Posting

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from datetime import date, datetime

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.book_events import BookLine, EntryBooked
    from kpitaps.testing.story.bookkeeping.clerk import Clerk


def put_right(clerk: Clerk, wrong: EntryBooked, right: Sequence[Posting]) -> Life:
    """Find a mistake after days or months: correct the entry, delete it or undo it by an opposite one.

    Args:
        clerk: Who finds it.
        wrong: The entry.
        right: What it should have been; nothing, where it should not be there at all.
    """
    yield clerk.later(2, 30) if clerk.chance(0.7) else clerk.later(30, 75)
    way = clerk.dice.random()
    if not clerk.is_draft(wrong) or way < 0.3:
        _undo(clerk, wrong)
    elif way < 0.75 and right:
        clerk.change(wrong, corrected(clerk, wrong, right))
        return
    else:
        clerk.delete(wrong)
    if right:
        clerk.book(wrong.kind, wrong.journal, wrong.on, wrong.text, right)


def put_date_right(clerk: Clerk, wrong: EntryBooked, days: int) -> Life:
    """Find that an entry is dated so many days too late."""
    yield clerk.later(1, 9)
    if clerk.is_draft(wrong):
        clerk.change(wrong, wrong.lines, wrong.on.fromordinal(wrong.on.toordinal() - days))


def move_account(clerk: Clerk, entry: EntryBooked, wrong: str, right: str) -> Life:
    """Find that something was booked on a wrong account; what is open of the entry is not touched."""
    yield clerk.later(3, 30)
    if clerk.is_draft(entry):
        clerk.change(entry, [replace(line, gl=right) if line.gl == wrong else line for line in entry.lines])
        return
    cents, text = sum(line.cents for line in entry.lines if line.gl == wrong), f"Overboeking {entry.text}"
    clerk.book(OTHER, "90", clerk.today, text, [Posting(right, cents, text), Posting(wrong, -cents, text)])


def book_after_all(
    clerk: Clerk, kind: int, on: date, text: str, right: Sequence[Posting]
) -> Generator[datetime, None, EntryBooked]:
    """Enter an invoice with two digits swapped, and put it right before anything is matched with it.

    Returns:
        What remains of it: the corrected entry, or the new one.
    """
    wrong = clerk.book(kind, "70", on, text, with_digits_swapped(right))
    yield clerk.later(1, 5)
    if clerk.chance(0.5):
        lines = corrected(clerk, wrong, right)
        clerk.change(wrong, lines)
        return replace(wrong, lines=tuple(lines))
    clerk.delete(wrong)
    return clerk.book(kind, "70", on, text, right)


def corrected(clerk: Clerk, wrong: EntryBooked, right: Iterable[Posting]) -> list[BookLine]:
    """Return the lines as they should be; those of an account that is there already keep their ids."""
    left = list(wrong.lines)
    lines = []
    for line in clerk.lines(right):
        kept = next((each for each in left if (each.gl, each.text) == (line.gl, line.text)), None)
        if kept:
            left.remove(kept)
        lines.append(replace(line, id=kept.id) if kept else line)
    return lines


def with_digits_swapped(postings: Sequence[Posting]) -> list[Posting]:
    """Return an entry in which the largest line but the first has two digits the wrong way round, and so the first."""
    first, *others = postings
    largest = max(others, key=lambda posting: abs(posting.cents))
    digits = str(abs(largest.cents))
    place = next((index for index in range(len(digits) - 1) if digits[index] != digits[index + 1]), None)
    if place is None:
        return list(postings)
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    cents = int(swapped) if largest.cents > 0 else -int(swapped)
    wrong = [each._replace(cents=cents) if each is largest else each for each in others]
    return [first._replace(cents=first.cents + largest.cents - cents), *wrong]


def _undo(clerk: Clerk, wrong: EntryBooked) -> None:
    back = [Posting(line.gl, -line.cents, line.text, line.product) for line in wrong.lines]
    clerk.book(wrong.kind, wrong.journal, wrong.on, f"Correctie {wrong.text}", back)
