"""The conformance kit: a right tap keeps all its rules, and each wrong one is found by the test meant for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import SkipTest

import pytest
from house.promises import undescribed
from testing.stall import StallSandbox, count_visits, guest, tap_with
from testing.wrong_taps import WRONG

from kpitaps import NeedsAuth
from kpitaps.testing import TapConformance
from kpitaps.testing.story import OrderPlaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testing.wrong_taps import Wrong

    from kpitaps import Tap
    from kpitaps.testing import Story


class TestRightTap(TapConformance):
    """A tap without a mistake."""

    tap = tap_with()
    sandbox = StallSandbox
    faults: ClassVar = {"busy": "retried", "revoked": NeedsAuth}

    @classmethod
    def people(cls, story: Story) -> Iterator[str]:
        for event in story.events(cls.now):
            if isinstance(event, OrderPlaced):
                yield guest(event)


class TestRightTotals(TestRightTap):
    """A tap with totals per day besides."""

    tap = tap_with(totals=count_visits)


RULES = {name: check for name, check in vars(TapConformance).items() if name.startswith("test_")}


def judged(tap: Tap, tests: Iterable[str], fault: str = "500") -> dict[str, str]:
    """Return what the kit says of a tap in each of those tests: a sentence, ``skipped: …``, or nothing."""
    kit = type("TestTap", (TestRightTap,), {"tap": tap})
    kit.setup_class()
    try:
        return {test: _said(kit, test, fault) for test in tests}
    finally:
        kit.teardown_class()


def _said(kit: Any, test: str, fault: str) -> str:
    try:
        RULES[test](kit(), *([fault] if test == "test_fault_is_met" else []))
    except AssertionError as sentence:
        return str(sentence)
    except SkipTest as reason:
        return f"skipped: {reason}"
    return ""


def test_every_rule_is_described() -> None:
    """The reference names each test of the kit and each attribute that a class may set."""
    attributes = {name for name in TapConformance.__annotations__ if name != "stage"}
    assert undescribed({*RULES, *attributes} - {"tap", "sandbox"}) == []


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_a_mistake_is_found_and_told(wrong: Wrong) -> None:
    """A tap with one mistake fails the test that is meant for it, in one sentence that says what and how to mend it."""
    said = judged(wrong.make(), [wrong.test], wrong.fault)[wrong.test]
    assert re.search(wrong.says, said), said
    assert "\n" not in said


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_a_mistake_breaks_no_other_rule(wrong: Wrong) -> None:
    """A tap with one mistake keeps all other rules, or they cannot be judged, or cannot but be broken with it."""
    said = judged(wrong.make(), RULES)
    broken = {test for test, sentence in said.items() if sentence and not sentence.startswith("skipped: ")}
    assert broken - {wrong.test} == set(wrong.breaks), said
