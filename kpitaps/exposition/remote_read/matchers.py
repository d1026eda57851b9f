"""Which series a query asks for, by Prometheus' own rules.

A label that a series does not have is the empty text; a regular expression stands for the whole value, in RE2, which
takes time in proportion to the text whatever the expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import re2  # type: ignore[import-untyped]

from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kpitaps.exposition.history import HistorySeries


_MEMORY = 2 << 20
"""Bytes that an expression may take once it is compiled: enough for any list of names that a request has room for."""


class Kind(IntEnum):
    """How a matcher compares, numbered as in ``LabelMatcher.Type``."""

    EQ = 0
    NEQ = 1
    RE = 2
    NRE = 3


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label.

    Attributes:
        kind: How it compares.
        name: The label's name.
        value: The text or regular expression it is compared with.
    """

    kind: Kind
    name: str
    value: str


def matching(series: Iterable[HistorySeries], matchers: Iterable[Matcher]) -> list[HistorySeries]:
    """Return the series for which all matchers hold.

    Raises:
        BadUse: if a regular expression is not valid.
    """
    # a comparison is the cheapest to ask, and mostly leaves the fewest
    conditions = [(each.name, _condition(each)) for each in sorted(matchers, key=lambda each: each.kind)]
    found = []
    for each in series:
        labels = dict(each.labels)
        if all(holds(labels.get(name, "")) for name, holds in conditions):
            found.append(each)
    return found


def _condition(matcher: Matcher) -> Callable[[str], bool]:
    """Return what a matcher asks of a value; each value is judged once, because series share theirs."""
    value = matcher.value
    if matcher.kind is Kind.EQ:
        return lambda text: text == value
    if matcher.kind is Kind.NEQ:
        return lambda text: text != value
    whole, wanted = _expression(matcher), matcher.kind is Kind.RE
    judged: dict[str, bool] = {}

    def holds(text: str) -> bool:
        if text not in judged:
            judged[text] = (whole(text) is not None) is wanted
        return judged[text]

    return holds


def _expression(matcher: Matcher) -> Callable[[str], object]:
    options = re2.Options()
    options.log_errors = False
    # nobody asks for groups, and keeping track of thousands of them takes minutes for a single text
    options.never_capture = True
    options.max_mem = _MEMORY
    # as Prometheus 3 has it; no value of ours has more than one line
    options.dot_nl = True
    try:
        expression = re2.compile(matcher.value, options)
    except re2.error as error:
        text = error.args[0] if error.args else ""
        why = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        why = " ".join(why.split())[:200]
        raise BadUse(f"the regular expression for label {matcher.name[:200]!r} is not valid: {why}") from None
    whole: Callable[[str], object] = expression.fullmatch
    return whole
