"""How a check ends: it passes, it fails with a sentence, or there is nothing that it could judge."""

from __future__ import annotations

from operator import methodcaller
from typing import NoReturn
from unittest import SkipTest

hidden = methodcaller("errisinstance", AssertionError)
"""A module's ``__tracebackhide__``: pytest then shows the sentence alone, not how the kit came to it."""

__tracebackhide__ = hidden


def fail(sentence: str) -> NoReturn:
    """End a check: the tap does something wrong; the sentence says what, and how to mend it.

    Raises:
        AssertionError: with the sentence.
    """
    raise AssertionError(sentence)


def unjudged(reason: str) -> NoReturn:
    """End a check that cannot judge this tap.

    Raises:
        SkipTest: with the reason.
    """
    raise SkipTest(reason)
