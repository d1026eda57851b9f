"""Which windows a source is asked for: those that figures are shown of, and those they are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.calendar import WINDOWS, CompanyCalendar, DaySpan
from kpitaps.errors import TapBug
from kpitaps.measures import WindowEntry
from kpitaps.store import LandedWindow, list_companies
from kpitaps.sync.collect import landed_flags
from kpitaps.tap import Flag

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from kpitaps.store import LandedFlag
    from kpitaps.store.engine import Database
    from kpitaps.tap import Stream


def company_calendar(database: Database, company_id: int) -> CompanyCalendar:
    """Return how the company of a connection counts days, weeks and years."""
    company = next(company for company in list_companies(database) if company.id == company_id)
    return CompanyCalendar(ZoneInfo(company.time_zone), company.week_start, company.fiscal_year_start)


def windows_to_ask(calendar: CompanyCalendar, today: date, known: Collection[tuple[int, int]]) -> dict[str, DaySpan]:
    """Return the windows to ask for as of ``today``, by name.

    Those of the calendar are asked for each time. What they are compared with, ``7d_previous`` and ``7d_last_year``, is
    over: it is asked for once, unless another name stands for the same days.

    Args:
        calendar: The company's.
        today: The company's day.
        known: The windows that were published after they were over, by first and last ordinal day.
    """
    asked = {name: calendar.window(name, today) for name in WINDOWS}
    taken = {*asked.values()}
    for suffix, compare in (("previous", calendar.previous), ("last_year", calendar.last_year)):
        for name in WINDOWS:
            days = compare(name, today)
            if days not in taken and (days.first.toordinal(), days.last.toordinal()) not in known:
                asked[f"{name}_{suffix}"] = days
                taken.add(days)
    return asked


def landed_windows(
    stream: Stream, answers: Iterable[Any], windows: Mapping[str, DaySpan]
) -> tuple[list[LandedWindow], list[LandedFlag]]:
    """Return the answers as they land, and what is said against them.

    Raises:
        TapBug: for anything that is neither a `WindowEntry` nor a `Flag`, for a measure that the stream does not feed,
            or for days that were not asked for.
    """
    asked = {*windows.values()}
    said: list[Flag] = []
    landed = []
    for answer in answers:
        if isinstance(answer, Flag):
            _checked_days(stream, DaySpan(answer.first, answer.last), asked)
            said.append(answer)
            continue
        if not isinstance(answer, WindowEntry):
            raise TapBug(
                f"stream {stream.name} yielded a {type(answer).__name__}; "
                "a windows stream yields measure.over(window, amount)"
            )
        if answer.measure not in stream.feeds:
            raise TapBug(f"stream {stream.name} feeds {answer.measure.key} without declaring it in feeds=")
        first, last = _checked_days(stream, answer.window, asked)
        series = (answer.measure.key, answer.labels, "")
        landed.append(LandedWindow(series, first.toordinal(), last.toordinal(), answer.amount))
    return landed, landed_flags(stream, said)


def _checked_days(stream: Stream, days: DaySpan, asked: Collection[DaySpan]) -> DaySpan:
    if days not in asked:
        raise TapBug(
            f"stream {stream.name} answers for {days.first} to {days.last}, which is none of the windows it got"
        )
    return days
