"""The windows of a company's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.calendar import WINDOWS, CompanyCalendar, Comparing, DaySpan
from kpitaps.errors import BadDefinition, BadSettings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PLAIN = CompanyCalendar(AMSTERDAM)
SUNDAY = CompanyCalendar(AMSTERDAM, week_start=6)
APRIL = CompanyCalendar(AMSTERDAM, fiscal_year_start=4)
DAY = timedelta(days=1)

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
calendars = st.builds(CompanyCalendar, st.just(AMSTERDAM), st.integers(0, 6), st.integers(1, 12))
names = st.sampled_from(WINDOWS)


def span(text: str) -> DaySpan:
    first, last = text.split("/")
    return DaySpan(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("calendar", "name", "today", "spans"),
    [
        (PLAIN, "today", "2025-01-01", "2025-01-01/2025-01-01 2024-12-31/2024-12-31 2024-01-03/2024-01-03"),
        (PLAIN, "yesterday", "2025-01-01", "2024-12-31/2024-12-31 2024-12-30/2024-12-30 2024-01-02/2024-01-02"),
        (PLAIN, "7d", "2025-01-03", "2024-12-27/2025-01-02 2024-12-20/2024-12-26 2023-12-29/2024-01-04"),
        (PLAIN, "28d", "2024-03-01", "2024-02-02/2024-02-29 2024-01-05/2024-02-01 2023-02-03/2023-03-02"),
        # ISO week 53 of 2020 ran from 28 December to 3 January
        (PLAIN, "wtd", "2021-01-02", "2020-12-28/2021-01-02 2020-12-21/2020-12-26 2019-12-30/2020-01-04"),
        (PLAIN, "last_week", "2021-01-04", "2020-12-28/2021-01-03 2020-12-21/2020-12-27 2019-12-30/2020-01-05"),
        (SUNDAY, "wtd", "2021-01-03", "2021-01-03/2021-01-03 2020-12-27/2020-12-27 2020-01-05/2020-01-05"),
        (SUNDAY, "last_week", "2021-01-02", "2020-12-20/2020-12-26 2020-12-13/2020-12-19 2019-12-22/2019-12-28"),
        (PLAIN, "mtd", "2025-01-31", "2025-01-01/2025-01-31 2024-12-01/2024-12-31 2024-01-01/2024-01-31"),
        (PLAIN, "mtd", "2025-03-30", "2025-03-01/2025-03-30 2025-02-01/2025-02-28 2024-03-01/2024-03-30"),
        (PLAIN, "mtd", "2024-02-29", "2024-02-01/2024-02-29 2024-01-01/2024-01-29 2023-02-01/2023-02-28"),
        (PLAIN, "qtd", "2024-02-29", "2024-01-01/2024-02-29 2023-10-01/2023-11-29 2023-01-01/2023-02-28"),
        (PLAIN, "qtd", "2025-09-30", "2025-07-01/2025-09-30 2025-04-01/2025-06-30 2024-07-01/2024-09-30"),
        (PLAIN, "ytd", "2025-03-01", "2025-01-01/2025-03-01 2024-01-01/2024-02-29 2024-01-01/2024-03-01"),
        (PLAIN, "ytd", "2024-12-31", "2024-01-01/2024-12-31 2023-01-01/2023-12-31 2023-01-01/2023-12-31"),
        (PLAIN, "last_month", "2025-03-31", "2025-02-01/2025-02-28 2025-01-01/2025-01-31 2024-02-01/2024-02-29"),
        (
            PLAIN,
            "last_quarter",
            "2025-01-01",
            "2024-10-01/2024-12-31 2024-07-01/2024-09-30 2023-10-01/2023-12-31",
        ),
        (PLAIN, "last_year", "2025-06-01", "2024-01-01/2024-12-31 2023-01-01/2023-12-31 2023-01-01/2023-12-31"),
        (PLAIN, "12m", "2025-01-31", "2024-01-01/2024-12-31 2023-01-01/2023-12-31 2023-01-01/2023-12-31"),
        (PLAIN, "12m", "2024-02-29", "2023-02-01/2024-01-31 2022-02-01/2023-01-31 2022-02-01/2023-01-31"),
        (APRIL, "qtd", "2025-06-30", "2025-04-01/2025-06-30 2025-01-01/2025-03-31 2024-04-01/2024-06-30"),
        (APRIL, "ytd", "2025-03-31", "2024-04-01/2025-03-31 2023-04-01/2024-03-30 2023-04-01/2024-03-31"),
        (APRIL, "last_year", "2025-04-01", "2024-04-01/2025-03-31 2023-04-01/2024-03-31 2023-04-01/2024-03-31"),
    ],
)
def test_windows_and_what_they_are_compared_with(calendar: CompanyCalendar, name: str, today: str, spans: str) -> None:
    """Year ends, ISO week 53, leap days, Sunday weeks and fiscal years give the days a person would count."""
    day = date.fromisoformat(today)
    window, previous, last_year = map(span, spans.split())
    assert calendar.window(name, day) == window
    assert calendar.previous(name, day) == previous
    assert calendar.last_year(name, day) == last_year


@pytest.mark.parametrize("month", range(1, 13))
def test_fiscal_years_start_in_any_month(month: int) -> None:
    """On the first and the last day of a fiscal year, the year and its quarters begin where the setting says."""
    calendar = CompanyCalendar(AMSTERDAM, fiscal_year_start=month)
    start = date(2024, month, 1)
    assert calendar.window("ytd", start) == (start, start)
    assert calendar.window("qtd", start) == (start, start)
    before = calendar.window("ytd", start - DAY)
    assert before == (date(2023, month, 1), start - DAY)
    assert calendar.window("last_year", start) == before
    assert calendar.window("last_quarter", start).last == start - DAY


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_is_open_while_it_contains_today(name: str) -> None:
    """The windows to date are open, all that ended are not."""
    assert PLAIN.is_open(name, date(2025, 5, 14)) is (name in {"today", "wtd", "mtd", "qtd", "ytd"})


def test_today_is_the_companys_own_day() -> None:
    """An instant before midnight UTC is tomorrow already where the company is."""
    assert PLAIN.today(datetime(2025, 6, 30, 22, 30, tzinfo=UTC)) == date(2025, 7, 1)


def test_unknown_windows_and_settings_are_refused() -> None:
    """A wrong name or number is named in the error, with what would be right."""
    with pytest.raises(BadDefinition, match="there is no window '30d': there are today, "):
        PLAIN.window("30d", date(2025, 1, 1))
    with pytest.raises(BadSettings, match="week start 7"):
        CompanyCalendar(AMSTERDAM, week_start=7)
    with pytest.raises(BadSettings, match="fiscal year start 0"):
        CompanyCalendar(AMSTERDAM, fiscal_year_start=0)


@given(calendars, names, days)
def test_previous_lies_right_before_a_closed_window(calendar: CompanyCalendar, name: str, today: date) -> None:
    """The comparison ends the day before a closed window starts, and never overlaps an open one."""
    window, previous = calendar.window(name, today), calendar.previous(name, today)
    assert previous.first <= previous.last < window.first
    if not calendar.is_open(name, today):
        assert previous.last == window.first - DAY


@given(calendars, st.sampled_from(("wtd", "mtd", "qtd", "ytd")), days)
def test_to_date_windows_compare_equally_many_days(calendar: CompanyCalendar, name: str, today: date) -> None:
    """Day n of a period is compared with n days of the one before, unless that one is shorter."""
    window, previous = calendar.window(name, today), calendar.previous(name, today)
    assert previous.length == window.length or (previous.length < window.length and previous.last == window.first - DAY)


@given(calendars, st.sampled_from(("today", "yesterday", "7d", "28d", "wtd", "last_week")), days)
def test_day_and_week_windows_keep_their_weekdays_last_year(calendar: CompanyCalendar, name: str, today: date) -> None:
    """A Monday is compared with a Monday."""
    window, last_year = calendar.window(name, today), calendar.last_year(name, today)
    assert last_year.length == window.length
    assert window.first - last_year.first == timedelta(days=364)


@given(calendars, st.sampled_from(("mtd", "qtd", "ytd", "last_month", "last_quarter", "last_year", "12m")), days)
def test_month_windows_keep_their_date_last_year(calendar: CompanyCalendar, name: str, today: date) -> None:
    """The first day is the same date a year before; the last one too, as far as February allows."""
    window, last_year = calendar.window(name, today), calendar.last_year(name, today)
    assert last_year.first == window.first.replace(year=window.first.year - 1)
    assert (last_year.last.year, last_year.last.month) == (window.last.year - 1, window.last.month)
    assert last_year.last.day == window.last.day or window.last.month == 2


@given(calendars, names, days)
def test_windows_are_well_formed(calendar: CompanyCalendar, name: str, today: date) -> None:
    """A window ends today or before, and holds as many days as it yields."""
    window = calendar.window(name, today)
    assert window.first <= window.last <= today
    assert len(list(window.days())) == window.length
    assert calendar.is_open(name, today) == (window.last == today)


@given(calendars, days)
def test_full_periods_and_to_date_periods_join(calendar: CompanyCalendar, today: date) -> None:
    """The last full period ends the day before the current one starts, and weeks start on the company's weekday."""
    for full, to_date in (("last_week", "wtd"), ("last_month", "mtd"), ("last_quarter", "qtd"), ("last_year", "ytd")):
        assert calendar.window(full, today).last == calendar.window(to_date, today).first - DAY
    assert calendar.window("wtd", today).first.weekday() == calendar.week_start
    assert calendar.window("last_week", today).length == 7


@pytest.mark.parametrize(
    ("name", "today", "how", "previous", "last_year"),
    [
        # 15 of 30 days are half of April: half of March's 31 days is 15.5, rounded up
        ("mtd", date(2025, 4, 15), Comparing(by_share=True), "2025-03-01/2025-03-16", "2024-04-01/2024-04-15"),
        # 14 of February's 28 days against half of January
        ("mtd", date(2025, 2, 14), Comparing(by_share=True), "2025-01-01/2025-01-16", "2024-02-01/2024-02-14"),
        # the whole of March against the whole of February, also in a leap year
        ("mtd", date(2024, 3, 31), Comparing(by_share=True), "2024-02-01/2024-02-29", "2023-03-01/2023-03-31"),
        ("mtd", date(2025, 3, 1), Comparing(by_share=True), "2025-02-01/2025-02-01", "2024-03-01/2024-03-01"),
        # 60 of 366 days: 60 × 365 ÷ 366 = 59.8
        ("ytd", date(2024, 2, 29), Comparing(by_share=True), "2023-01-01/2023-03-01", "2023-01-01/2023-02-28"),
        ("wtd", date(2025, 4, 16), Comparing(by_share=True), "2025-04-07/2025-04-09", "2024-04-15/2024-04-17"),
        # 1 April 2025 is a Tuesday, as is 2 April 2024
        ("mtd", date(2025, 4, 15), Comparing(by_weekdays=True), "2025-03-01/2025-03-15", "2024-04-02/2024-04-16"),
        ("yesterday", date(2024, 3, 1), Comparing(by_weekdays=False), "2024-02-28/2024-02-28", "2023-02-28/2023-02-28"),
        (
            "last_week",
            date(2025, 4, 16),
            Comparing(by_weekdays=False),
            "2025-03-31/2025-04-06",
            "2024-04-07/2024-04-13",
        ),
    ],
)
def test_a_kpi_may_choose_how_it_is_compared(
    name: str, today: date, how: Comparing, previous: str, last_year: str
) -> None:
    """By the share of the period or by as many days, by dates or by weekdays."""
    calendar = CompanyCalendar(ZoneInfo("Europe/Amsterdam"))
    for found, expected in (
        (calendar.previous(name, today, how), previous),
        (calendar.last_year(name, today, how), last_year),
    ):
        assert f"{found.first}/{found.last}" == expected
