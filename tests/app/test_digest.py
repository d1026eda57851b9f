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
from kpitaps.app.digest.content import Digest, GoalLine, Restatement
from kpitaps.app.digest.gathering import gather
from kpitaps.app.digest.pages import as_html, as_text
from kpitaps.app.digest.period import Every, closed_period, due_at, earlier_days
from kpitaps.app.digest.plans import FILE, hook_of, read_plans
from kpitaps.app.digest.sending import due, send
from kpitaps.app.digest.sparkline import blocks, svg
from kpitaps.app.digest.told import tell
from kpitaps.app.digest.wording import Voice
from kpitaps.calendar import CompanyCalendar, Comparing, DaySpan
from kpitaps.errors import BadDefinition, BadSettings
from kpitaps.kpis import KPIS
from kpitaps.kpis.goals.figure import GoalFigure, Status
from kpitaps.units import Good, Quality, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from app.digest_world import World

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORDERS = next(kpi for kpi in KPIS if kpi.key == "orders")
DEBT_RATIO = next(kpi for kpi in KPIS if kpi.key == "debt_ratio")
RETURN = next(kpi for kpi in KPIS if kpi.key == "return_on_ad_spend")


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
        "ends": date(2026, 6, 30),
    }
    return GoalLine(ORDERS, GoalFigure(**{**terms, **more}))


def a_goal_that_is_over(status: Status, last: date, **more: Any) -> GoalLine:
    """Return a goal of 120 orders from January to ``last``, of which there were 80."""
    over = {"is_open": False, "period": DaySpan(date(2026, 1, 1), last), "ends": last, "expected": Fraction(120)}
    return a_goal(status, **{**over, **more})


def a_debt_ratio(status: Status, value: str, **more: Any) -> GoalLine:
    """Return a goal of a debt ratio below 1.5 at all times."""
    norm = {"kpi": "debt_ratio", "unit": Unit.RATIO, "good": Good.DOWN, "value": Fraction(value), "ends": None}
    day = DaySpan(date(2026, 6, 14), date(2026, 6, 14))
    always = {"target": Fraction("1.5"), "expected": Fraction("1.5"), "period": day, "is_open": False}
    return replace(a_goal(status, **{**norm, **always, **more}), kpi=DEBT_RATIO)


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
                "  nu 80; volgens plan 100",
                "  doel: 120, uiterlijk 30 juni 2026",
                "  in dit tempo: 96",
                "  Eigenaar: Anna · loopt nog",
            ],
        ),
        (
            "en",
            [
                "1 goal is behind.",
                "Orders: Off track since 8 June 2026",
                "  20 too low",
                "  now 80; expected by now 100",
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
    old = a_goal_that_is_over(Status.OFF_TRACK, date(2026, 6, 7))
    new = a_goal_that_is_over(Status.OFF_TRACK, date(2026, 6, 8))
    told = tell(replace(week, goals=(old, new)), Voice("nl"))
    assert [each.mark for each in told.behind] == ["liep af op 8 juni 2026"]
    assert [(each.mark, each.status) for each in told.others] == [("liep af op 7 juni 2026", "missed")]


@pytest.mark.parametrize(
    ("status", "language", "state", "fact"),
    [
        (Status.ON_TRACK, "nl", "Gehaald", "bereikt: 80; doel: 120"),
        (Status.AT_RISK, "nl", "Niet gehaald", "bereikt: 80; doel: 120"),
        (Status.OFF_TRACK, "nl", "Niet gehaald", "bereikt: 80; doel: 120"),
        (Status.ON_TRACK, "en", "Reached", "reached: 80; target: 120"),
        (Status.OFF_TRACK, "en", "Missed", "reached: 80; target: 120"),
        (Status.UNKNOWN, "en", "Unknown", "reached: 80; target: 120"),
    ],
)
def test_goal_that_is_over_was_reached_or_missed(
    week: Digest, status: Status, language: str, state: str, fact: str
) -> None:
    """It is told what came of it: no norm, no plan, no pace, and no day since when."""
    told = tell(replace(week, goals=(a_goal_that_is_over(status, date(2026, 6, 7)),)), Voice(language))
    assert [(each.state, each.facts) for each in told.others] == [(state, (fact,))]


def test_goal_that_ended_without_a_value(week: Digest) -> None:
    """What came of it is unknown, which is said."""
    goal = a_goal_that_is_over(Status.UNKNOWN, date(2026, 6, 7), value=None)
    assert tell(replace(week, goals=(goal,)), Voice("nl")).others[0].facts == ("bereikt: onbekend; doel: 120",)


def test_goal_that_recurs_does_not_end(week: Digest) -> None:
    """On a Monday a weekly goal tells of the week that is over; that it goes on, its mark does not deny."""
    span = DaySpan(date(2026, 6, 8), date(2026, 6, 14))
    told = tell(
        replace(week, goals=(a_goal_that_is_over(Status.OFF_TRACK, span.last, period=span, ends=None),)), Voice("nl")
    )
    assert (told.behind[0].state, told.behind[0].mark) == ("Niet gehaald", "periode: 8–14 juni 2026")


def test_goal_at_all_times_is_never_over(week: Digest) -> None:
    """It is judged as of yesterday, and holds today too: even in a digest of a week that began today."""
    today = replace(week.period, window="wtd", span=DaySpan(date(2026, 6, 15), date(2026, 6, 15)), is_open=True)
    told = tell(replace(week, period=today, goals=(a_debt_ratio(Status.OFF_TRACK, "1.7"),)), Voice("nl"))
    (goal,) = told.behind
    assert (goal.state, goal.mark) == ("Niet op koers sinds 8 juni 2026", "geldt altijd")
    assert goal.facts == ("0,20 × te hoog", "nu 1,70 ×; de norm is 1,50 ×")


@pytest.mark.parametrize(
    ("goals", "nl", "en", "tone"),
    [
        ((), "Er zijn nog geen doelen.", "There are no goals yet.", ""),
        ((a_goal(Status.ON_TRACK),), "alle doelen op koers", "all goals on track", "good"),
        (
            (a_goal(Status.ON_TRACK), a_goal_that_is_over(Status.OFF_TRACK, date(2026, 6, 7))),
            "geen doel loopt achter",
            "no goal is behind",
            "good",
        ),
        (
            (a_goal(Status.ON_TRACK), a_goal(Status.UNKNOWN)),
            "van 1 doel is niet bekend hoe het ervoor staat",
            "it is not known how 1 goal stands",
            "",
        ),
        (
            (a_goal(Status.UNKNOWN), a_goal(Status.UNKNOWN), a_goal_that_is_over(Status.UNKNOWN, date(2026, 6, 7))),
            "van 2 doelen is niet bekend hoe ze ervoor staan",
            "it is not known how 2 goals stand",
            "",
        ),
        ((a_goal(Status.AT_RISK), a_goal(Status.UNKNOWN)), "1 doel loopt achter", "1 goal is behind", "bad"),
        (
            (a_goal(Status.AT_RISK), a_goal_that_is_over(Status.OFF_TRACK, date(2026, 6, 14))),
            "1 doel loopt achter, 1 doel is niet gehaald",
            "1 goal is behind, 1 goal was missed",
            "bad",
        ),
    ],
)
def test_summary(week: Digest, goals: tuple[GoalLine, ...], nl: str, en: str, tone: str) -> None:
    """It counts what is behind and what was just missed, and calls nothing well of which nobody knows."""
    told = [tell(replace(week, goals=goals), Voice(language)) for language in ("nl", "en")]
    assert [each.summary for each in told] == [nl, en]
    assert {each.tone for each in told} == {tone}


def test_summary_has_the_colour_of_its_tone(week: Digest) -> None:
    """The page and the card are green only where all is known to be well."""
    told = [tell(replace(week, goals=(a_goal(each),)), Voice("nl")) for each in Status]
    page = [as_html(each).split('<p class="verdict ')[1].split('"')[0] for each in told]
    card = [as_teams(each)["attachments"][0]["content"]["body"][2]["color"] for each in told]
    assert page == ["good", "bad", "bad", ""]
    assert card == ["Good", "Attention", "Attention", "Default"]


def test_chats_say_what_is_over(week: Digest) -> None:
    """In Slack and in Teams, too, a goal that is over has its end and no alarm."""
    told = tell(replace(week, goals=(a_goal_that_is_over(Status.OFF_TRACK, date(2026, 6, 7)),)), Voice("nl"))
    line = "Bestellingen: Niet gehaald; bereikt: 80; doel: 120 · liep af op 7 juni 2026"
    assert f"⚫ {line}" in str(as_slack(told))
    assert line in str(as_teams(told))


@pytest.mark.parametrize(
    ("every", "is_open", "by_share", "nl", "en"),
    [
        ("week", False, False, "de week ervoor", "the week before"),
        ("month", False, True, "de maand ervoor", "the month before"),
        ("week", True, False, "dezelfde dagen van de week ervoor", "the same days of the week before"),
        ("week", True, True, "dezelfde dagen van de week ervoor", "the same days of the week before"),
        ("month", True, False, "dezelfde dagen van de maand ervoor", "the same days of the month before"),
        ("month", True, True, "hetzelfde deel van de maand ervoor", "the same part of the month before"),
    ],
)
def test_comparison_names_the_days_that_it_is_made_with(
    week: Digest, every: str, is_open: bool, by_share: bool, nl: str, en: str
) -> None:
    """What still runs is compared with a part of the period before; which change is better stands in brackets."""
    for value, told_nl, told_en in (
        (80, f"▲ +60,0% t.o.v. {nl} (beter)", f"▲ +60.0% on {en} (better)"),
        (25, f"▼ −50,0% t.o.v. {nl} (slechter)", f"▼ −50.0% on {en} (worse)"),
        (50, f"gelijk aan {nl}", f"the same as {en}"),
    ):
        figure = replace(week.kpis[0].figure, value=Fraction(value), previous=Fraction(50), is_open=is_open)
        line = replace(week.kpis[0], figure=figure, kpi=replace(ORDERS, compared=Comparing(by_share=by_share)))
        digest = replace(week, kpis=(line,), period=replace(week.period, every=Every(every)))
        said = [tell(digest, Voice(language)).kpis[0] for language in ("nl", "en")]
        assert [f"{each.change} {each.since}" for each in said] == [told_nl, told_en]


@pytest.mark.parametrize(
    ("language", "value", "change", "fact"),
    [
        ("nl", "0,47 ×", "▼ 0,03 × lager t.o.v. de week ervoor (beter)", "1,03 × lager dan de norm"),
        ("en", "0.47 ×", "▼ 0.03 × down on the week before (better)", "1.03 × lower than the norm"),
    ],
)
def test_multiples_are_no_percentages(week: Digest, language: str, value: str, change: str, fact: str) -> None:
    """A debt ratio is read as a number of times, and so is every difference of it."""
    figure = replace(
        week.kpis[0].figure, unit=Unit.RATIO, value=Fraction("0.474"), previous=Fraction("0.502"), last_year=None
    )
    line = replace(week.kpis[0], kpi=DEBT_RATIO, figure=figure)
    restated = Restatement(DEBT_RATIO, line.unit, week.period.span, Fraction("0.5"), Fraction("0.474"))
    goals = (a_debt_ratio(Status.ON_TRACK, "0.474"),)
    told = tell(replace(week, kpis=(line,), goals=goals, restatements=(restated,)), Voice(language))
    (kpi,) = told.kpis
    assert (kpi.value, f"{kpi.change} {kpi.since}", told.others[0].facts[0]) == (value, change, fact)
    assert not any(sign in as_text(told) for sign in ("%", "procent", "percent"))


def test_multiples_ahead_of_their_plan(week: Digest) -> None:
    """What is to be raised by a deadline is higher than planned."""
    figure = a_debt_ratio(Status.ON_TRACK, "3.2", good=Good.UP, expected=Fraction(3), target=Fraction(4)).figure
    told = tell(replace(week, goals=(GoalLine(RETURN, figure),)), Voice("nl"))
    assert told.others[0].facts[:2] == ("0,20 × hoger dan gepland", "nu 3,20 ×; volgens plan 3,00 ×")


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
        ("multiple", Fraction(474, 1000), "0,47 ×", "0.47 ×"),
        ("multiple", Fraction(-25, 2), "−12,50 ×", "−12.50 ×"),
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
