"""What is answered to a request for the past."""

from __future__ import annotations

import math
import struct
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from exposition.remote_history import (
    AMSTERDAM,
    EQ,
    LIMITS,
    LOOK_BACK,
    NEQ,
    NOW,
    NRE,
    RE,
    MadeUp,
    asked,
    ms,
    packed,
    read,
    series,
    worth,
)

from kpitaps.calendar import day_end
from kpitaps.errors import BadUse
from kpitaps.exposition.remote_read import answer
from kpitaps.exposition.remote_read.messages import message

A_DAY = 86_400_000
DAY = timedelta(days=1)
TODAY = NOW.astimezone(AMSTERDAM).date()
PAST = MadeUp(
    [
        series(company="main"),
        series(company="main", rep="Ann"),
        series(company="main", rep="Bo\nb"),
        series(company="tokyo", zone=ZoneInfo("Asia/Tokyo")),
        series(name="kpi_y_history", company="main", window="mtd"),
    ]
)


def answered(body: bytes, past: MadeUp = PAST) -> list[dict[tuple[tuple[str, str], ...], list[tuple[int, float]]]]:
    return read(b"".join(answer(body, past, NOW, LIMITS).pieces))


def labels_of(body: bytes) -> set[str]:
    """Return what tells the series of an answer apart."""
    (found,) = answered(body)
    return {" ".join(value for name, value in labels if name != "kpitaps") for labels in found}


MAIN, ANN, BOB, TOKYO = "kpi_x_daily main", "kpi_x_daily main Ann", "kpi_x_daily main Bo\nb", "kpi_x_daily tokyo"
MTD = "kpi_y_history main mtd"


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        ([(EQ, "rep", "Ann")], {ANN}),
        ([(EQ, "rep", "")], {MAIN, TOKYO, MTD}),
        ([(NEQ, "rep", "")], {ANN, BOB}),
        ([(NEQ, "rep", "Ann")], {MAIN, BOB, TOKYO, MTD}),
        ([(RE, "rep", "A.*")], {ANN}),
        ([(RE, "rep", "A|n")], set()),
        ([(RE, "rep", "Bo.b")], {BOB}),
        ([(RE, "rep", "")], {MAIN, TOKYO, MTD}),
        ([(RE, "rep", "|Ann")], {MAIN, ANN, TOKYO, MTD}),
        ([(NRE, "rep", "A.*")], {MAIN, BOB, TOKYO, MTD}),
        ([(NRE, "rep", ".+")], {MAIN, TOKYO, MTD}),
        ([(RE, "rep", "(?i)ann")], {ANN}),
        ([(EQ, "nothing", "")], {MAIN, ANN, BOB, TOKYO, MTD}),
        ([(RE, "__name__", "kpi_.+_(daily|weekly)"), (EQ, "company", "tokyo")], {TOKYO}),
        ([(EQ, "__name__", "kpi_y_history"), (NRE, "window", "ytd|qtd")], {MTD}),
    ],
    # a set has no order of its own, and every process must call a test the same
    ids=lambda part: str(sorted(part)),
)
def test_matchers(matchers: list[tuple[int, str, str]], expected: set[str]) -> None:
    """All kinds of matchers judge whole values, and a label that is not there as the empty text."""
    assert labels_of(asked(*matchers, start=ms(NOW) - 3 * A_DAY)) == expected


def test_a_range_is_answered_day_by_day() -> None:
    """Each sample of a range is its day's value, at the last millisecond of the day."""
    body = asked((EQ, "rep", "Ann"), start=ms(NOW) - 400 * A_DAY, step_ms=A_DAY, range_ms=30 * A_DAY)
    (samples,) = answered(body)[0].values()
    days = [TODAY - each * DAY for each in range(400, 0, -1)]
    assert samples == [(ms(day_end(day, AMSTERDAM)) - 1, worth(day, 2)) for day in days]


def test_an_instant_is_answered_with_the_open_day() -> None:
    """An instant query, which has no step and is one look-back long, sees today's value so far."""
    assert answered(asked((EQ, "rep", "Ann"), start=ms(NOW) - LOOK_BACK)) == [{}]  # without hints there are days only
    (samples,) = answered(asked((EQ, "rep", "Ann"), start=ms(NOW) - LOOK_BACK, step_ms=0, range_ms=0))[0].values()
    assert samples[-1] == (ms(NOW), worth(TODAY, 2))


def test_several_queries_are_answered_in_their_order() -> None:
    """A request may hold several queries; each has its own result, empty where nothing matches."""
    request = message("ReadRequest")()
    for name in ("Ann", "nobody", "Ann"):
        query = request.queries.add(start_timestamp_ms=ms(NOW) - 9 * A_DAY, end_timestamp_ms=ms(NOW))
        query.matchers.add(type=EQ, name="rep", value=name)
    first, second, third = answered(packed(request))
    assert (len(first), second, third) == (1, {}, first)


def test_companies_have_their_own_days() -> None:
    """Series of one query end their days at their own midnights."""
    (found,) = answered(asked((EQ, "rep", ""), (EQ, "window", ""), start=ms(NOW) - 2 * A_DAY))
    stamps = {dict(labels)["company"]: samples[-1][0] for labels, samples in found.items()}
    yesterday = datetime(2025, 11, 20, tzinfo=UTC)
    assert stamps == {
        "main": ms(yesterday.replace(tzinfo=AMSTERDAM)) - 1,
        "tokyo": ms(yesterday.replace(tzinfo=ZoneInfo("Asia/Tokyo"))) - 1,
    }


def test_unknown_days_have_no_sample() -> None:
    """What is not known has no sample, before the first day that is known and after it."""
    gap = TODAY - 3 * DAY
    past = MadeUp([series()], known=TODAY - 5 * DAY, gaps={gap})
    (samples,) = answered(asked(start=ms(NOW) - 30 * A_DAY), past)[0].values()
    assert [value for _, value in samples] == [worth(TODAY - each * DAY) for each in (5, 4, 2, 1)]


def test_a_value_does_not_linger_into_an_unknown_day() -> None:
    """Where steps lie close together, a day that is not known begins with the sign that the series has ended."""
    gap = TODAY - DAY
    past = MadeUp([series()], gaps={gap})
    (samples,) = answered(asked(start=ms(NOW) - 3 * A_DAY, step_ms=60_000), past)[0].values()
    midnight = ms(day_end(gap - DAY, AMSTERDAM))
    ends = [(at, struct.pack(">d", value).hex()) for at, value in samples if math.isnan(value)]
    assert ends == [(midnight, "7ff0000000000002")]
    assert not [at for at, _ in samples if midnight < at < ms(day_end(gap, AMSTERDAM))]


def test_nothing_known_is_an_empty_answer() -> None:
    """A span before all that is known has no series at all."""
    body = asked(start=ms(datetime(2010, 1, 1, tzinfo=UTC)), end=ms(datetime(2011, 1, 1, tzinfo=UTC)))
    assert answered(body) == [{}]


def test_odd_labels_do_not_spoil_the_answer() -> None:
    """An empty value is no label, and half a surrogate pair becomes a question mark."""
    past = MadeUp([series(rep="\ud83d!", empty="", name="kpi_é")])
    (found,) = answered(asked(start=ms(NOW) - 3 * A_DAY), past)
    assert list(found) == [(("__name__", "kpi_é"), ("kpitaps", "history"), ("rep", "?!"))]


def test_large_answers_are_one_block() -> None:
    """An answer of many pieces unpacks to what was meant, to the last digit, and counts what it has."""
    past = MadeUp([series(rep=f"{number:04}") for number in range(60)], changed={TODAY - DAY: 0.1 + 0.2})
    made = answer(asked(start=ms(NOW) - 730 * A_DAY, step_ms=A_DAY), past, NOW, LIMITS)
    (found,) = read(b"".join(made.pieces))
    assert (len(found), sum(map(len, found.values()))) == (made.series, made.samples)
    assert len(made.pieces) > 5
    for number, samples in enumerate(found.values()):
        values = {datetime.fromtimestamp(at // 1000, AMSTERDAM).date(): value for at, value in samples}
        wrong = {day: value for day, value in values.items() if value != worth(day, number + 1)}
        assert wrong == {TODAY - DAY: 0.1 + 0.2}
        assert len(values) == 731


SNAPPY_OF_A_GIGABYTE = b"\x80\x80\x80\x80\x04" + b"\x00" * 20


def _unknown_matcher() -> bytes:
    return asked((7, "rep", "x"))


def _chunks_only() -> bytes:
    return packed(message("ReadRequest")(accepted_response_types=[1]))


def _many_queries() -> bytes:
    return packed(message("ReadRequest")(queries=[{} for _ in range(101)]))


def _many_expressions() -> bytes:
    request = message("ReadRequest")(queries=[{} for _ in range(51)])
    for number, query in enumerate(request.queries):
        for _ in range(10 if number < 50 else 1):
            query.matchers.add(type=RE, name="rep", value="x.*")
    return packed(request)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "no Snappy"),
        (b"hello there", "no Snappy"),
        (SNAPPY_OF_A_GIGABYTE, "1073741824 bytes long"),
        (b"\x04\x0c\xff\xff\xff\xff", "no ReadRequest"),
        (_unknown_matcher(), "unknown type 7"),
        (asked((RE, "rep", "(")), "label 'rep' is not valid: missing"),
        (asked((RE, "x" * 1_000_000, "(")), "label '(x{200})' is not valid"),
        (asked((9, "x" * 1_000_000, "")), "label '(x{200})' is of the unknown type"),
        (asked((NRE, "rep", "(?=x)")), "not valid"),
        (asked((RE, "rep", "((a{100}){100}){100}")), "not valid"),
        (asked(*[(EQ, "rep", "x")] * 101), "101 matchers"),
        (_chunks_only(), "SAMPLES only"),
        (_many_queries(), "101 queries"),
        (_many_expressions(), "501 regular expressions"),
    ],
)
def test_what_cannot_be_understood_is_refused(body: bytes, sentence: str) -> None:
    """One sentence says what is wrong with a request."""
    with pytest.raises(BadUse, match=sentence):
        answer(body, PAST, NOW, LIMITS)


def test_all_of_time_costs_what_is_known_of_it() -> None:
    """Days before the first that is known are not gone through, series by series."""
    past = MadeUp([series(rep=f"{number}") for number in range(1000)], known=TODAY)
    started = time.process_time()
    assert answer(asked(start=0, step_ms=A_DAY), past, NOW, LIMITS).series == 1000
    assert time.process_time() - started < 0.5


def test_chunks_may_be_preferred() -> None:
    """A client that would rather have chunks gets samples, if it takes them too: so does Prometheus."""
    assert answered(packed(message("ReadRequest")(accepted_response_types=[1, 0]))) == []


def test_too_many_series_are_refused() -> None:
    """The sentence names the number, the limit and the setting; as many as the limit are answered."""
    body = asked((EQ, "company", "main"), start=ms(NOW) - 3 * A_DAY)
    with pytest.raises(BadUse, match=r"matches 4 series .* read 3: .* KPITAPS_REMOTE_READ_SERIES"):
        answer(body, PAST, NOW, replace(LIMITS, series=3))
    assert answer(body, PAST, NOW, replace(LIMITS, series=4)).series == 4


def test_too_many_samples_are_refused() -> None:
    """What is known counts, not what could be; as many as the limit are answered."""
    past = MadeUp([series()], known=TODAY - 5 * DAY)
    body = asked(start=ms(NOW) - 90 * A_DAY, step_ms=A_DAY, range_ms=A_DAY)
    assert answer(body, past, NOW, replace(LIMITS, samples=100)).samples == 5
    with pytest.raises(BadUse, match=r"more than 200 samples .* KPITAPS_REMOTE_READ_SAMPLES"):
        answer(
            asked(start=ms(NOW) - 90 * A_DAY, step_ms=A_DAY, range_ms=A_DAY), PAST, NOW, replace(LIMITS, samples=200)
        )


def test_a_hostile_query_costs_no_more_than_what_is_known() -> None:
    """A step of a millisecond over all of time takes memory for the few days that are known, or is refused."""
    body = asked(start=-(2**63), end=2**63 - 1, step_ms=1)
    past = MadeUp([series()], known=TODAY - 9 * DAY)
    tracemalloc.start()
    try:
        assert answer(body, past, NOW, LIMITS).samples < 10 * 300
        with pytest.raises(BadUse, match="more than 2000 samples"):
            answer(body, past, NOW, replace(LIMITS, samples=2000))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_what_is_too_much_is_not_worked_out_to_its_end() -> None:
    """With a look-back of a second, years of samples are refused as soon as there are too many."""
    body = asked(start=0, step_ms=1000)
    tracemalloc.start()
    try:
        with pytest.raises(BadUse, match="more than 2000 samples"):
            answer(body, PAST, NOW, replace(LIMITS, samples=2000, look_back=timedelta(seconds=1)))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_thousands_of_groups_take_no_longer_than_thousands_of_letters() -> None:
    """Groups of an expression are not kept track of: that would take a minute for a single value."""
    body = asked((RE, "rep", "(a|b|c|d|e)*" * 2000))
    past = MadeUp([series(rep="a" * 100)])
    started = time.process_time()
    assert answer(body, past, NOW, LIMITS).series == 1
    assert time.process_time() - started < 0.5


def test_limits_are_for_the_request() -> None:
    """Several queries of one request share what it may read."""
    request = message("ReadRequest")()
    for _ in range(3):
        query = request.queries.add(start_timestamp_ms=ms(NOW) - 9 * A_DAY, end_timestamp_ms=ms(NOW))
        query.matchers.add(type=EQ, name="rep", value="Ann")
    with pytest.raises(BadUse, match="1 series"):
        answer(packed(request), PAST, NOW, replace(LIMITS, series=2))


def test_first_known_day_of_a_query_may_come_later() -> None:
    """Values that begin after the query does fall on their own days."""
    past = MadeUp([series()], known=date(2025, 11, 1))
    (samples,) = answered(asked(start=ms(NOW) - 40 * A_DAY, step_ms=A_DAY), past)[0].values()
    assert {worth(datetime.fromtimestamp(at // 1000, AMSTERDAM).date()) == value for at, value in samples} == {True}
    assert datetime.fromtimestamp(samples[0][0] // 1000, AMSTERDAM).date() == date(2025, 11, 1)
