"""Exact's limits in virtual time: tokens, calls a minute and a day, errors an hour. The sandbox notes every breach."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Desk

REFRESH = re.compile(r"refresh after (\d+) s")


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [3, 9, 15])
def test_nothing_is_asked_that_exact_forbids(desk: Callable[..., Desk], minutes: int) -> None:
    """A year is loaded and then kept up to date: no early refresh, no dead token, no more than 60 calls in a minute."""
    here = desk(Story(3, date(2025, 3, 1), orders_per_day=0.3, pace=0.3))
    assert here.sync().errors == {}
    for _ in range(24):
        here.time.pass_by(60 * minutes)
        assert here.sync().errors == {}
    assert here.sandbox.breaches == []
    assert {entry.status for entry in here.sandbox.log} == {200}
    ages = [int(found[1]) for entry in here.sandbox.log if (found := REFRESH.match(entry.note))]
    assert ages
    assert min(ages) >= 570


@pytest.mark.slow
def test_a_missing_right_never_costs_the_tenth_error(desk: Callable[..., Desk]) -> None:
    """Asked every three minutes for two hours, the endpoint that refuses is left alone in time; the books are read."""
    here = desk(Story(3, date(2026, 1, 5), orders_per_day=0.1, pace=0.3))
    here.sandbox.faults.add("missing_right", None, "crm/Opportunities")
    results: list[Any] = []
    began = here.time()
    for _ in range(40):
        results.append(here.sync())
        here.time.pass_by(180)
    assert here.sandbox.breaches == []
    refused = [entry for entry in here.sandbox.log if entry.status == 403]
    hours = (here.time() - began) / 3_600
    assert 9 <= len(refused) <= 9 * (hours + 1)
    assert all(set(result.errors) == {"opportunities"} for result in results)


@pytest.mark.slow
def test_a_right_to_see_deletions_is_tried_within_the_limit(desk: Callable[..., Desk]) -> None:
    """It is tried with each run, and not once too often: what is missing stays what it was known to be."""
    here = desk(Story(3, date(2026, 2, 5), orders_per_day=0.1, pace=0.3))
    here.sandbox.faults.add("no_deleted_right", None)
    for _ in range(30):
        assert here.sync().errors.keys() <= {"account"}
        here.time.pass_by(180)
    assert here.sandbox.breaches == []
