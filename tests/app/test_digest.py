"""What a digest says: what matters first, in the reader's language, and honestly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from app.digest_world import MONDAY
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.app import named_company
from kpitaps.app.digest.cards import as_slack, as_teams
from kpitaps.app.digest.content import Digest, GoalLine
from kpitaps.app.digest.gathering import gather
from kpitaps.app.digest.pages import as_html, as_text
from kpitaps.app.digest.period import Every, closed_period, due_at, earlier_days
from kpitaps.app.digest.plans import FILE, hook_of, read_plans
from kpitaps.app.digest.sending import due, send
from kpitaps.app.digest.sparkline import blocks, svg
from kpitaps.app.digest.told import tell
from kpitaps.app.digest.wording import Voice
from kpitaps.calendar import CompanyCalendar, DaySpan
from kpitaps.errors import BadDefinition, BadSettings
from kpitaps.kpis import KPIS
from kpitaps.kpis.goals.figure import GoalFigure, Status
from kpitaps.units import Good, Quality, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from app.digest_world import World

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORDERS = next(kpi for kpi in KPIS if kpi.key == "orders")


def a_goal(status: Status, **more: Any) -> GoalLine:
    """Return a goal of 120 orders this quarter, of which 100 were expected by now."""
    terms: dict[str, Any] = {
        "company": "kade",
        "goal": "orders",
        "kpi": "orders",
        "label": "",
        "name_en": "",
        "name_nl": "",
        "unit": Unit.COUNT,
        "currency": "",
        "good": Good.UP,
        "measured": "period",
        "as_of": date(2026, 6, 14),
        "period": DaySpan(date(2026, 4, 1), date(2026, 6, 30)),
        "since": date(2026, 6, 8),
        "is_open": True,
        "owner": "Anna",
        "team": "",
        "decides": "",
        "quality": Quality.FINAL,
        "status": status,
        "target": Fraction(120),
        "value": Fraction(80),
        "expected": Fraction(100),
        "attainment": Fraction(4, 5),
        "projection": Fraction(96),
    }
    return GoalLine(ORDERS, GoalFigure(**{**terms, **more}))


@pytest.fixture
def week(digest_world: World) -> Digest:
    """The week of 8 to 14 June."""
    runtime = digest_world.runtime
    return gather(runtime, named_company(runtime, ""), Every.WEEK, key="weekly")


def lines(digest: Digest, language: str = "nl") -> list[str]:
    """Return the digest's text, line by line."""
    return as_text(tell(digest, Voice(language))).splitlines()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "nl",
            [
                "1 doel loopt achter.",
                "Bestellingen: Niet op koers sinds 8 juni 2026",
                "  20 te laag",
                "  nu 80; verwacht was 100",
                "  doel: 120, uiterlijk 30 juni 2026",
                "  zo doorgaand: 96",
                "  Eigenaar: Anna · loopt nog",
            ],
        ),
        (
            "en",
            [
                "1 goal is behind.",
                "Orders: Off track since 8 June 2026",
                "  20 too low",
                "  now 80; expected was 100",
                "  target: 120 by 30 June 2026",
                "  at this rate: 96",
                "  Owner: Anna · still running",
            ],
        ),
    ],
)
def test_goal_that_is_behind_comes_first(week: Digest, language: str, said: list[str]) -> None:
    """Above all figures: which goal, how far off, whose it is, and where it is going."""
    text = [line for line in lines(replace(week, goals=(a_goal(Status.OFF_TRACK),)), language) if line]
    assert [text[2], *text[4:10]] == said


def test_lower_is_better_for_some(week: Digest) -> None:
    """Too many complaints are too high, and few are ahead of schedule."""
    many = a_goal(Status.AT_RISK, good=Good.DOWN, value=Fraction(130), owner="")
    few = a_goal(Status.ON_TRACK, good=Good.DOWN)
    told = tell(replace(week, goals=(many, few)), Voice("nl"))
    assert (told.behind[0].facts[0], told.behind[0].who) == ("30 te hoog", "Nog geen eigenaar")
    assert told.others[0].facts[0] == "20 voor op schema"


def test_figures_are_those_of_the_board(week: Digest, digest_world: World) -> None:
    """A core KPI has the value, the change and last year of its window, and the trend ends with that value."""
    runtime = digest_world.runtime
    from kpitaps.app import company_board

    board = company_board(runtime, named_company(runtime, ""))
    found = {each.kpi: each for each in board.figures if each.window == "last_week" and not each.labels}
    assert 3 <= len(week.kpis) <= 7
    for line in week.kpis:
        assert line.figure == found[line.kpi.key]
        assert (line.trend[-1], line.trend[-2]) == (line.figure.value, line.figure.previous)
        assert len(line.trend) == 13


def test_goal_that_is_over_is_past_help(week: Digest) -> None:
    """What ended before the week is told below the figures with its end; what ended in it still needs attention."""
    old = a_goal(Status.OFF_TRACK, is_open=False, period=DaySpan(date(2026, 1, 1), date(2026, 6, 7)))
    new = a_goal(Status.OFF_TRACK, is_open=False, period=DaySpan(date(2026, 1, 1), date(2026, 6, 8)))
    told = tell(replace(week, goals=(old, new)), Voice("nl"))
    assert [each.mark for each in told.behind] == ["liep af op 8 juni 2026"]
    assert [each.mark for each in told.others] == ["liep af op 7 juni 2026"]


def test_change_that_cannot_be_seen_is_none(week: Digest) -> None:
    """A thousandth of a percentage point is neither better nor worse."""
    figure = replace(week.kpis[0].figure, unit=Unit.RATIO, value=Fraction("0.50001"), previous=Fraction("0.5"))
    told = tell(replace(week, kpis=(replace(week.kpis[0], figure=figure),)), Voice("nl"))
    assert (told.kpis[0].change, told.kpis[0].since, told.kpis[0].verdict) == ("gelijk", "aan de week ervoor", "")


def test_unknown_is_never_zero(week: Digest) -> None:
    """Where there is no value, a dash stands and the word for it; goals without one say so."""
    line = replace(week.kpis[0], figure=replace(week.kpis[0].figure, value=None, quality=Quality.INCOMPLETE))
    goal = a_goal(Status.UNKNOWN, value=None, attainment=None, projection=None)
    told = tell(replace(week, kpis=(line,), goals=(goal,)), Voice("nl"))
    assert (told.kpis[0].value, told.kpis[0].marks) == ("–", ("onbekend", "onvolledig"))
    assert told.others[0].facts[0] == "nog geen waarde"
    assert told.summary == "geen doel loopt achter"


def test_what_was_told_before_and_has_changed_is_told(digest_world: World) -> None:
    """A week later a refund of the week that was told shows as what was told, what holds now and the difference."""
    digest_world.plan('[digest.weekly]\nwebhook = "HOOK"\nform = "json"\nkpis = ["orders", "order_revenue"]\n')
    ((planned,), _) = read_plans(digest_world.home)
    runtime = digest_world.runtime
    send(runtime, due(runtime, planned))
    told = digest_world.hook.got[0]["kpis"][0]["value"]
    day = date(2026, 6, 10).toordinal()
    one = "(SELECT id FROM series WHERE measure = 'orders' LIMIT 1)"
    digest_world.change(f"DELETE FROM measurement WHERE day = {day} AND series_id = {one}")
    digest_world.change(f"INSERT INTO measurement VALUES ({one}, {day}, 999000000, 0, 1, 0)")
    digest_world.clock.set(MONDAY + timedelta(days=7))
    digest_world.read_on()
    again = gather(runtime, named_company(runtime, ""), Every.WEEK, key="weekly", kpis=planned.plan.kpis)
    (restated,) = again.restatements
    assert (restated.kpi.key, restated.told) == ("orders", told)
    assert restated.now > 999 - told
    assert any(line.startswith("- Bestellingen, 8–14 juni 2026: eerder gemeld") for line in lines(again))


def test_late_and_broken_sources_are_named(week: Digest) -> None:
    """A source that was not read to the end of the period, or needs somebody, is told; a healthy one is not."""
    (source,) = week.sources
    assert tell(week, Voice("nl")).sources == ()
    late = replace(source, is_late=True, repairs=2)
    assert tell(replace(week, sources=(late,)), Voice("en")).sources == (
        "shop has been read only up to Monday 15 June, 08:15",
        "shop needs somebody to act, 2 times; kpitaps status says how",
    )


def test_names_cannot_break_out(week: Digest) -> None:
    """A goal called like a script, a link or a mention is only text: in HTML, in Slack and in Teams."""
    goal = a_goal(Status.AT_RISK, name_nl="<script>alert(1)</script> <!channel> [x](http://e.example)")
    told = tell(replace(week, goals=(goal,)), Voice("nl"))
    assert "<script>" not in as_html(told)
    assert "<!channel>" not in str(as_slack(told))
    assert "[x](http" not in str(as_teams(told)["attachments"][0]["content"]["body"])


def test_slack_takes_no_more_than_fifty_blocks(week: Digest) -> None:
    """However many goals are behind, the message is one that Slack takes, and ends with how fresh the data is."""
    goals = tuple(a_goal(Status.OFF_TRACK, name_nl=f"{number} {'lang ' * 900}") for number in range(80))
    message = as_slack(tell(replace(week, goals=goals), Voice("nl")))
    sizes = [len(block["text"]["text"]) for block in message["blocks"] if block["type"] == "section"]
    assert len(message["blocks"]) == 50
    assert max(sizes) <= 3000
    assert "gelezen" in message["blocks"][-1]["elements"][0]["text"]


def test_page_loads_nothing_and_text_fits(week: Digest) -> None:
    """The page holds its lines as SVG and nothing from elsewhere; no line of text is longer than 72 characters."""
    digest = replace(week, goals=(a_goal(Status.OFF_TRACK),))
    html = as_html(tell(digest, Voice("nl")))
    assert html.count("<svg") == len(digest.kpis)
    assert [word for word in ("src=", "href=", "@import", "url(") if word in html] == []
    assert max(map(len, lines(digest))) <= 72


@pytest.mark.parametrize(
    ("every", "week_start", "today", "span", "at"),
    [
        ("week", 0, date(2026, 6, 15), (date(2026, 6, 8), date(2026, 6, 14)), datetime(2026, 6, 15, 6, tzinfo=UTC)),
        ("week", 6, date(2026, 6, 15), (date(2026, 6, 7), date(2026, 6, 13)), datetime(2026, 6, 15, 6, tzinfo=UTC)),
        ("week", 0, date(2026, 1, 1), (date(2025, 12, 22), date(2025, 12, 28)), datetime(2025, 12, 29, 7, tzinfo=UTC)),
        ("month", 0, date(2026, 3, 1), (date(2026, 2, 1), date(2026, 2, 28)), datetime(2026, 3, 1, 7, tzinfo=UTC)),
        ("month", 0, date(2026, 4, 30), (date(2026, 3, 1), date(2026, 3, 31)), datetime(2026, 4, 1, 6, tzinfo=UTC)),
    ],
)
def test_when_it_is_due(every: str, week_start: int, today: date, span: tuple[date, date], at: datetime) -> None:
    """At eight by the company's clock, summer and winter: on the Monday after the week, on the 1st after the month."""
    calendar = CompanyCalendar(AMSTERDAM, week_start)
    period = closed_period(calendar, Every(every), today)
    assert (period.span, due_at(calendar, period, time(8))) == (span, at)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from(Every), st.integers(0, 6), st.integers(2, 60))
def test_trend_follows_period_after_period(today: date, every: Every, week_start: int, number: int) -> None:
    """The windows of a trend touch, none is left out, and the last is the period itself."""
    calendar = CompanyCalendar(AMSTERDAM, week_start)
    period = closed_period(calendar, every, today)
    window, days = earlier_days(calendar, period, number)
    spans = [calendar.window(window, day) for day in days]
    assert spans[-1] == period.span
    assert all(one.last + timedelta(days=1) == next_.first for one, next_ in pairwise(spans))


@given(st.lists(st.none() | st.fractions(), max_size=20))
def test_sparklines_take_any_points(points: list[Fraction | None]) -> None:
    """One character per point, the lowest ▁ and the highest █, a dot only where nothing is known."""
    drawn = blocks(points)
    assert [sign == "·" for sign in drawn] == [point is None for point in points]
    known = [point for point in points if point is not None]
    if len(set(known)) > 1:
        assert drawn[points.index(max(known))] == "█"
        assert drawn[points.index(min(known))] == "▁"
    assert "nan" not in svg(points, "t")


@pytest.mark.parametrize(
    ("unit", "value", "nl", "en"),
    [
        ("EUR", Fraction(1234567, 1), "€ 1.234.567", "€1,234,567"),
        ("EUR", Fraction(-1999, 100), "€ −19,99", "−€19.99"),
        ("ratio", Fraction(213, 10000), "2,1%", "2.1%"),
        ("ratio", Fraction(12), "12,0 ×", "12.0 ×"),
        ("count", Fraction(1234), "1.234", "1,234"),
        ("seconds", Fraction(4 * 3600), "4 uur", "4 hrs"),
        ("seconds", Fraction(9 * 86400 + 43200), "9,5 dagen", "9.5 days"),
        ("score", Fraction(-50), "−50", "−50"),
        ("EUR", None, "–", "–"),
    ],
)
def test_amounts_read_as_people_write_them(unit: str, value: Fraction | None, nl: str, en: str) -> None:
    """Dutch and English figures, with the minus sign that is one."""
    said = [Voice(language).amount(unit, value).replace("\xa0", " ") for language in ("nl", "en")]
    assert said == [nl, en]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[digest.a]\n", "digests.toml, line 1, [digest.a]: it goes nowhere"),
        ('[digest.a]\nto = "anna"\n', "digests.toml, line 2, [digest.a] to: 'anna' is no mail address"),
        ('[digest.a]\nto = "a@b.nl"\nat = "25:00"\n', "digests.toml, line 3, [digest.a] at: '25:00' is no time of day"),
        ('[digest.a]\nto = "a@b.nl"\nevry = "week"\n', "there is no such key; did you mean 'every'?"),
    ],
)
def test_wrong_tables_say_where(tmp_path: Path, text: str, said: str) -> None:
    """Each error names file, line and key, and what would be right."""
    (tmp_path / FILE).write_text(text)
    (plans, (error,)) = read_plans(tmp_path)
    assert plans == []
    assert said in str(error)


@pytest.mark.parametrize(
    ("webhook", "form", "expected"),
    [
        ("https://hooks.slack.com/services/T/B/x", "", "slack"),
        ("https://prod-1.westeurope.logic.azure.com/workflows/x", "", "teams"),
        ("env:HOOK", "json", "json"),
        ("http://hooks.example.com/x", "json", "unencrypted"),
        ("https://hooks.example.com/x", "", "add form ="),
        ("env:NONE", "json", "there is no environment variable NONE"),
        ("file:/nowhere/hook", "json", "cannot be read"),
    ],
)
def test_webhooks(tmp_path: Path, webhook: str, form: str, expected: str) -> None:
    """The form follows from the host where that is known; the address may stand elsewhere, and must be safe."""
    (tmp_path / FILE).write_text(f'[digest.a]\nwebhook = "{webhook}"\nform = "{form}"\n')
    ((planned,), _) = read_plans(tmp_path)
    try:
        said = hook_of(planned, {"HOOK": "https://x.example/y"}).form
    except BadSettings as error:
        said = str(error)
    assert expected in said


def test_kpi_that_does_not_exist(digest_world: World) -> None:
    """A digest that asks for it says which was meant."""
    runtime = digest_world.runtime
    with pytest.raises(BadDefinition, match="did you mean 'orders'"):
        gather(runtime, named_company(runtime, ""), Every.WEEK, kpis=["order"])
