"""What a measure is, and the entries that amount to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.errors import TapBug
from kpitaps.units import Amount, Good, Kind, Unit, to_millionths

if TYPE_CHECKING:
    from kpitaps.calendar import DaySpan

LABEL_LIMIT = 200
"""Characters of a label value that are kept; longer ones are cut."""

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
"""What no label value holds, so that each is one line of text that every store takes; a space is in its place."""


class Names(NamedTuple):
    """A name and a one-sentence definition, in one language."""

    name: str
    definition: str


class Entry(NamedTuple):
    """An amount of one measure on one local day under one set of labels.

    ``day`` may be an aware instant; the core turns it into the account's local day. Both amounts are in millionths;
    for a distinct measure they are the two halves of the hashed subject.
    """

    measure: Measure
    labels: tuple[str, ...]
    currency: str
    day: date
    numerator: int
    denominator: int


class WindowEntry(NamedTuple):
    """What a source counts of one distinct measure from one local day through another; in millionths."""

    measure: Measure
    labels: tuple[str, ...]
    window: DaySpan
    amount: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A typed quantity.

    Attributes:
        key: Its name in the vocabulary, or ``<tap>_<name>`` for a tap's own extra.
        unit: What it is measured in.
        kind: How it may be rolled up.
        labels: The label names it may carry, in the order in which entries hold their values.
        good: The direction in which it improves.
        dated_by: The event whose local day a contribution falls on.
        en: English name and definition.
        nl: Dutch name and definition.
    """

    key: str
    unit: Unit
    kind: Kind
    labels: tuple[str, ...]
    good: Good
    dated_by: str
    en: Names
    nl: Names

    def on(
        self, day: date, amount: Amount, *, of: Amount | None = None, currency: str = "", **labels: str | None
    ) -> Entry:
        """Return an entry of this measure.

        Args:
            day: The local day, or an aware instant whose local day is meant.
            amount: Money, a count, seconds, or a ratio's numerator.
            of: A ratio's denominator, or the n that a duration's seconds are spread over.
            currency: ISO 4217 code for money; empty for the account's own.
            labels: Values for the declared labels; a label left out, None or empty means "not broken down".

        Raises:
            TapBug: for an undeclared label, a naive time, an inexact amount, or a denominator where none belongs.
        """
        if self.kind is Kind.DISTINCT:
            raise TapBug(f"{self.key} counts distinct subjects: use Record.member(), which takes who is counted")
        if (of is not None) != (self.kind in (Kind.RATIO, Kind.DURATION)):
            raise TapBug(f"{self.key} is a {self.kind}: {'it needs' if of is None else 'it takes no'} of=")
        return Entry(
            self,
            self.label_values(labels),
            self._currency(currency),
            checked_day(self.key, day),
            to_millionths(amount, what=self.key),
            0 if of is None else to_millionths(of, what=self.key),
        )

    def over(self, window: DaySpan, amount: Amount, **labels: str | None) -> WindowEntry:
        """Return what the source counts in a window, for a stream of windows.

        Args:
            window: One of the windows that the stream was asked for.
            amount: How many subjects it counts there.
            labels: As for `on`. The count without labels is an answer of its own, not their sum.

        Raises:
            TapBug: for a measure that is not distinct, an undeclared label or an inexact amount.
        """
        if self.kind is not Kind.DISTINCT:
            raise TapBug(f"{self.key} is a {self.kind}: over() is for distinct measures, on() for the rest")
        return WindowEntry(self, self.label_values(labels), window, to_millionths(amount, what=self.key))

    def label_values(self, labels: dict[str, str | None]) -> tuple[str, ...]:
        """Return the values of ``labels`` in the declared order; absent ones are empty.

        Raises:
            TapBug: if a label is not declared or its value is not text.
        """
        try:
            return _label_values(self.key, self.labels, tuple(labels.items()))
        except TypeError:
            name, value = next((name, value) for name, value in labels.items() if not _is_text(value))
            raise TapBug(f"{self.key}: label {name} is {value!r}; a label value is text") from None

    def _currency(self, currency: str) -> str:
        if currency and (self.unit is not Unit.MONEY or len(currency) != 3 or not currency.isupper()):
            raise TapBug(f"{self.key} is measured in {self.unit}: {currency!r} is no currency for it")
        return currency


# A stream's records carry few sets of labels, many times each: looking them up costs a third of checking them.
@lru_cache(maxsize=8192)
def _label_values(key: str, declared: tuple[str, ...], labels: tuple[tuple[str, str | None], ...]) -> tuple[str, ...]:
    values = dict(labels)
    for name, value in labels:
        if name not in declared:
            raise TapBug(f"{key} has no label {name!r}: declared are {', '.join(declared) or 'none'}")
        if not _is_text(value):
            raise TapBug(f"{key}: label {name} is {value!r}; a label value is text")
    return tuple(_BREAKS.sub(" ", values.get(name) or "")[:LABEL_LIMIT] for name in declared)


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def checked_day(what: str, day: date) -> date:
    """Return ``day`` if it is a date or an aware instant.

    Raises:
        TapBug: for anything else, naive times included.
    """
    if not isinstance(day, date):
        raise TapBug(f"{what}: {day!r} is neither a date nor a time")
    if isinstance(day, datetime) and day.tzinfo is None:
        raise TapBug(f"{what}: {day.isoformat()} has no UTC offset: read it in the zone the vendor documents")
    return day
