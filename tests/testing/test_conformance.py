"""The conformance kit: a right tap keeps all its rules, and each wrong one is found by the test meant for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import SkipTest

import pytest
from house.promises import undescribed
from testing.stall import StallSandbox, ask_account, count_again, count_visits, guest, tap_with
from testing.wrong_taps import WRONG

from kpitaps import Flag, Incomplete, NeedsAuth, Quality
from kpitaps.testing import TapConformance
from kpitaps.testing.asgi import JSONResponse
from kpitaps.testing.story import OrderPlaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from testing.wrong_taps import Wrong

    from kpitaps import Context, Span, Tap
    from kpitaps.testing import Clock, Story
    from kpitaps.testing.asgi import Request


def doubting(tap: Tap) -> Tap:
    """Return the same tap, which says something against every Monday's total."""
    stream = tap.streams["visits"]

    def read(ctx: Context, span: Span) -> Iterator[object]:
        for entry in stream.read(ctx, span):
            yield entry
            if entry.day.weekday() == 0:
                yield Flag(Quality.THRESHOLDED, stream.feeds, entry.day, entry.day, "Mondays are busy.")

    tap.streams["visits"] = replace(stream, read=read)
    return tap


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


@pytest.mark.slow
class TestRightTotals(TestRightTap):
    """A tap with totals per day besides, some of which it doubts."""

    tap = doubting(tap_with(totals=count_visits))


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


@pytest.mark.slow
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


def count_half(ctx: Context, span: Span) -> dict[date, int]:
    """Return the visits of each day, as the till says them: half of them are missing while it only samples."""
    return {day: number // 2 if sampling(ctx) else number for day, number in count_visits(ctx, span).items()}


def sampling(ctx: Context) -> bool:
    return ctx.once("sampling", lambda: "sampled" in ctx.http.get("/me").json())


class SamplingStall(StallSandbox):
    """A till that answers from a sample at times, and says so where it says whose it is."""

    def __init__(self, story: Story, clock: Clock) -> None:
        super().__init__(story, clock)
        self.faults.kinds = (*self.faults.kinds, "sampled")

    async def _me(self, request: Request) -> JSONResponse:
        answer = await super()._me(request)
        if self.faults.take(("sampled",), request.url.path) is None:
            return answer
        return JSONResponse({**json.loads(bytes(answer.body)), "sampled": True})


def flagging(**more: str) -> Tap:
    """Return a tap that says which days were sampled."""
    tap = tap_with(totals=count_half)
    stream = tap.streams["visits"]

    def read(ctx: Context, span: Span) -> Iterator[object]:
        yield from stream.read(ctx, span)
        if sampling(ctx):
            days = ctx.day(span.start), ctx.day(span.end - timedelta(microseconds=1))
            yield Flag(Quality.SAMPLED, stream.feeds, *days, "Only a part was counted.", **more)

    tap.streams["visits"] = replace(stream, read=read)
    return tap


FLAGGING = [
    pytest.param(flagging(fix="Count all."), "flagged", "", id="with something to do"),
    pytest.param(flagging(), "flagged", "", id="flagged", marks=pytest.mark.slow),
    pytest.param(
        tap_with(totals=count_half),
        "flagged",
        "is to be flagged, but no repair and no flag says so",
        id="silent",
        marks=pytest.mark.slow,
    ),
    pytest.param(
        flagging(),
        "retried",
        "is to be retried, but visits says that sessions is sampled",
        id="said to pass",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("tap", "reaction", "says"), FLAGGING)
def test_a_fault_may_be_met_with_flags(tap: Tap, reaction: str, says: str) -> None:
    """What is flagged may be anything while the fault lasts; what is silently wrong is found."""
    more = {"tap": tap, "sandbox": SamplingStall, "faults": {**TestRightTap.faults, "sampled": reaction}}
    kit: Any = type("TestTap", (TestRightTap,), more)
    kit.setup_class()
    try:
        said = _said(kit, "test_fault_is_met", "sampled")
    finally:
        kit.teardown_class()
    assert says in said
    assert bool(says) == bool(said), said


@pytest.mark.parametrize(
    ("tap", "test"),
    [(tap_with(numbered=True), "test_spans_are_respected"), (tap_with(check=count_again), "test_checks_are_content")],
    ids=["numbered records", "a check"],
)
def test_what_is_right_is_left_alone(tap: Tap, test: str) -> None:
    """Records with numbers that respect their spans, and a check that finds no difference, are no mistake."""
    assert judged(tap, [test]) == {test: ""}


def test_a_tap_without_checks_is_not_judged_by_them() -> None:
    """There is nothing that they could say."""
    assert judged(tap_with(), ["test_checks_are_content"]) == {
        "test_checks_are_content": "skipped: the tap declares no check"
    }


def test_a_check_that_never_runs_is_found() -> None:
    """It would find nothing either."""
    gap = Incomplete(("sales",), None, "The till hides something.", "Open it.")
    tap = tap_with(check=count_again, account=lambda ctx: replace(ask_account(ctx), incomplete=(gap,)))
    assert "check till was not run" in judged(tap, ["test_checks_are_content"])["test_checks_are_content"]
