"""What tests of the fictional company share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import process_time

import pytest

from kpitaps.testing.story import Story


@pytest.fixture(scope="session")
def books_of_three_years() -> tuple[Story, float]:
    """The usual company, booked for three years, and how many seconds of computing its books alone took."""
    story, end = Story(founded=date(2023, 1, 1)), datetime(2026, 1, 1, tzinfo=UTC)
    story.events(end)
    story.office.events(end)
    began = process_time()
    story.bookkeeping.events(end)
    return story, process_time() - began
