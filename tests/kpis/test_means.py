"""Means are never summed: a mean of parts is known to the measure, not to the sum of the parts' means."""

from __future__ import annotations

import pytest
from kpis.notebook import TODAY, Notebook, figures, one

from kpitaps.errors import BadDefinition
from kpitaps.kpis.grammar import compile_formula
from kpitaps.kpis.places import InProgram
from kpitaps.measures import VOCABULARY
from kpitaps.units import Unit

SUM = "session_duration is a mean, and the sum of two is none: .* take session_duration without a filter"
MONTHS = r"monthly\(\) would weigh months alike, and session_duration is a mean"
REFUSED = {
    'session_duration{traffic_channel="a"} + session_duration{traffic_channel="b"}': SUM,
    "(session_duration + previous(session_duration)) / 2": SUM,
    "session_duration - -session_duration": SUM,
    "session_duration - -1 * last_year(session_duration)": SUM,
    "2 * session_duration + session_duration / 3": SUM,
    "max(session_duration, page_load) + session_duration": SUM,
    "first(session_duration, page_load) + session_duration": SUM,
    "monthly(session_duration, 3)": MONTHS,
    "monthly(4h - session_duration, 3)": MONTHS,
}
SOUND = [
    "session_duration - previous(session_duration)",
    "session_duration / last_year(session_duration)",
    "first_response_time + resolution_time",
    "monthly(session_duration, 1)",
    'session_duration * sessions + session_duration{traffic_channel="b"} * sessions{traffic_channel="b"}',
    "monthly(session_duration * sessions, 3) / monthly(sessions, 3)",
    "max(session_duration, previous(session_duration))",
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items(), ids=list(REFUSED))
def test_sums_of_means_are_refused(text: str, sentence: str) -> None:
    """The error says why, and what to take instead."""
    with pytest.raises(BadDefinition, match=sentence):
        compile_formula(text, what=InProgram("KPI x"), measures=VOCABULARY)


@pytest.mark.parametrize("text", SOUND)
def test_what_is_sound_is_allowed(text: str) -> None:
    """Differences, quotients, sums of different means, and means that are weighed."""
    assert compile_formula(text, what=InProgram("KPI x"), measures=VOCABULARY).terms


def test_the_measure_knows_the_mean_of_the_whole() -> None:
    """One long visit and nine short ones are short on average, which the mean of both channels' means is not."""
    book = Notebook().write("session_duration", TODAY, 100, of=1, traffic_channel="mail")
    book.write("session_duration", TODAY, 90, of=9, traffic_channel="web")
    assert figures(one("a", "session_duration", Unit.DURATION), book)["today"].value == 19
