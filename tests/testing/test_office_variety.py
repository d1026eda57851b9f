"""Everything that makes a real office's figures hard to read happens often enough to be noticed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import pytest

from kpitaps.calendar import local_day
from kpitaps.testing.story import (
    LEAD_SOURCES,
    PIPELINES,
    TICKET_CATEGORIES,
    TICKET_CHANNELS,
    CreditNoteIssued,
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    ExpenseBooked,
    ExpensePaid,
    FeedbackGiven,
    InvoiceBooked,
    InvoiceDrafted,
    InvoicePaid,
    LeadCaptured,
    MeetingMoved,
    MeetingPlanned,
    NewsletterSent,
    OfficeEvent,
    ProjectBudgeted,
    Story,
    SubscriberJoined,
    SubscriberLeft,
    SubscriptionEnded,
    SubscriptionStarted,
    TicketAnswered,
    TicketClosed,
    TicketFiled,
    TicketOpened,
    TicketReopened,
    TimeCorrected,
    TimeDeleted,
    TimeLogged,
    entity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.slow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
END = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> list[OfficeEvent]:
    return list(Story(founded=date(2023, 1, 1)).office.events(END))


@pytest.fixture(scope="module")
def volumes() -> list[Counter[type]]:
    """How many of each there are, for several seeds."""
    return [kinds(Story(seed, date(2023, 1, 1)).office.events(END)) for seed in range(4)]


@pytest.fixture(scope="module")
def lives(events: list[OfficeEvent]) -> dict[int, list[OfficeEvent]]:
    """All events of each entity."""
    of: defaultdict[int, list[OfficeEvent]] = defaultdict(list)
    for event in events:
        of[entity(event)].append(event)
    return dict(of)


def kinds(life: Iterable[OfficeEvent]) -> Counter[type]:
    return Counter(type(event) for event in life)


def test_every_sort_of_event_occurs(events: list[OfficeEvent]) -> None:
    """Three years hold at least ten of each."""
    seen = kinds(events)
    assert {kind for kind in get_args(OfficeEvent) if seen[kind] < 10} == set()


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (LeadCaptured, 900),
        (DealOpened, 450),
        (MeetingPlanned, 700),
        (InvoiceBooked, 1_300),
        (CreditNoteIssued, 60),
        (ExpenseBooked, 700),
        (SubscriptionStarted, 60),
        (TicketOpened, 1_100),
        (NewsletterSent, 70),
        (TimeLogged, 4_000),
        (SubscriberJoined, 1_500),
    ],
)
def test_volume_is_that_of_a_small_company(volumes: list[Counter[type]], kind: type, about: int) -> None:
    """Three years hold about so many of each, whatever the seed; the mean comes closer."""
    counts = [volume[kind] for volume in volumes]
    assert 0.5 * about < min(counts) <= max(counts) < 1.5 * about
    assert 0.8 * about < sum(counts) / len(counts) < 1.2 * about


def test_pace_scales_the_volume_and_three_years_are_quick(events: list[OfficeEvent]) -> None:
    """A tenth of the pace is about a tenth of the events, and even all of them take no second to make."""
    began = perf_counter()
    few = Story(founded=date(2023, 1, 1), pace=0.1).office.events(END)
    assert len(few) < 0.2 * len(events)
    Story(founded=date(2023, 1, 1)).office.events(END)
    assert perf_counter() - began < 5


def test_every_key_of_the_tables_is_used(events: list[OfficeEvent]) -> None:
    """Each source, stage, category and channel turns up."""
    opened = [event for event in events if isinstance(event, DealOpened)]
    tickets = [event for event in events if isinstance(event, TicketOpened)]
    assert {event.source for event in events if isinstance(event, LeadCaptured)} == set(LEAD_SOURCES)
    assert {event.source for event in opened} == set(LEAD_SOURCES)
    assert {event.stage for event in events if isinstance(event, DealMoved | DealOpened)} == {
        stage.key for _, stages in PIPELINES.values() for stage in stages
    }
    assert {ticket.category for ticket in tickets} == set(TICKET_CATEGORIES)
    assert {ticket.channel for ticket in tickets} == set(TICKET_CHANNELS)


def test_deals_take_every_turn(lives: dict[int, list[OfficeEvent]]) -> None:
    """Deals are reopened after either end, handed over, valued late or never, moved back, deleted when lost."""
    seen: Counter[str] = Counter()
    for life in lives.values():
        if isinstance(life[0], DealOpened):
            ends = [type(event) for event in life if isinstance(event, DealWon | DealLost | DealReopened)]
            seen["lost, reopened"] += ends[:2] == [DealLost, DealReopened]
            seen["won, reopened"] += ends[:2] == [DealWon, DealReopened]
            seen["reopened, won"] += ends[-2:] == [DealReopened, DealWon]
            seen["never valued"] += life[0].value is None and not kinds(life)[DealValued]
            seen["valued after it was won"] += [type(event) for event in life[-2:]] == [DealWon, DealValued]
            seen["deleted after it was lost"] += [type(event) for event in life[-2:]] == [DealLost, DealDeleted]
            seen["no end"] += not ends and not kinds(life)[DealDeleted]
            seen["handed over"] += kinds(life)[DealHanded] > 0
            seen["abroad"] += life[0].value is not None and life[0].value.currency != "EUR"
            seen["a chance of its own"] += any(
                event.probability == 90 for event in life if isinstance(event, DealMoved)
            )
    assert {what: times for what, times in seen.items() if times < 3} == {}
    assert len(seen) == 10


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_meetings_lie_in_the_future_too(events: list[OfficeEvent], year: int) -> None:
    """At the turn of each year meetings of the next one are planned already."""
    now = datetime(year, 1, 1, tzinfo=UTC)
    known = [event for event in events if event.at <= now]
    starts = {event.meeting: event.starts_at for event in known if isinstance(event, MeetingPlanned | MeetingMoved)}
    assert sum(starts_at > now + timedelta(days=7) for starts_at in starts.values()) >= 2


def test_invoices_are_booked_late_and_paid_in_every_way(lives: dict[int, list[OfficeEvent]]) -> None:
    """Invoices are dated weeks back, due at once, foreign, of two VAT rates, paid late, in parts, or not at all."""
    seen: Counter[str] = Counter()
    for life in lives.values():
        drafted, booked = life[0], life[1] if len(life) > 1 else None
        if isinstance(drafted, InvoiceDrafted) and isinstance(booked, InvoiceBooked):
            paid = [event for event in life if isinstance(event, InvoicePaid)]
            open_cents = drafted.incl.cents - sum(event.cents for event in paid)
            seen["weeks back"] += local_day(booked.at, AMSTERDAM) - booked.on >= timedelta(days=14)
            seen["due at once"] += booked.due is None
            seen["abroad"] += drafted.excl.currency != "EUR"
            seen["two rates"] += {line.vat_percent for line in drafted.lines} == {9, 21}
            seen["in parts"] += len(paid) > 1 and not open_cents
            seen["late"] += any(event.on > (booked.due or booked.on) + timedelta(days=2) for event in paid)
            seen["in time"] += any(event.on <= (booked.due or booked.on) for event in paid)
            seen["never"] += open_cents > 0 and local_day(booked.at, AMSTERDAM) < date(2025, 6, 1)
            seen["paid before it was entered"] += any(event.on < local_day(event.at, AMSTERDAM) for event in paid)
        seen["forgotten draft"] += isinstance(drafted, InvoiceDrafted) and booked is None
    assert {what: times for what, times in seen.items() if times < 10} == {}
    assert len(seen) == 10


def test_credit_notes_are_of_every_sort(events: list[OfficeEvent]) -> None:
    """Credit notes take back all or some, from abroad, before or after payment, and now and then from no invoice."""
    drafts = {event.invoice: event for event in events if isinstance(event, InvoiceDrafted)}
    paid: set[int] = set()
    seen: Counter[str] = Counter()
    for event in events:
        if isinstance(event, InvoicePaid):
            paid.add(event.invoice)
        elif isinstance(event, CreditNoteIssued):
            if event.invoice is None:
                seen["no invoice"] += 1
                continue
            seen["full" if event.incl == drafts[event.invoice].incl else "partial"] += 1
            seen["abroad"] += event.incl.currency != "EUR"
            seen["after payment" if event.invoice in paid else "before payment"] += 1
    assert all(
        seen[what] >= 4 for what in ("no invoice", "full", "partial", "abroad", "after payment", "before payment")
    )


def test_expenses_are_of_every_sort(lives: dict[int, list[OfficeEvent]]) -> None:
    """Expenses are invoices, credits and receipts; some lack VAT or due date, some are paid late, in parts or never."""
    seen: Counter[str] = Counter()
    for booked, *rest in lives.values():
        if isinstance(booked, ExpenseBooked):
            paid = [event for event in rest if isinstance(event, ExpensePaid)]
            is_old = booked.kind == "invoice" and local_day(booked.at, AMSTERDAM) < date(2025, 6, 1)
            seen[booked.kind] += 1
            seen["no VAT"] += booked.excl is None
            seen["never due"] += booked.due is None and booked.kind == "invoice"
            seen["late"] += any(booked.due and event.on > booked.due + timedelta(days=2) for event in paid)
            seen["in parts"] += len(paid) > 1
            seen["never paid"] += is_old and not paid
    assert {what: times for what, times in seen.items() if times < 10} == {}
    assert len(seen) == 8


def test_subscriptions_run_in_every_rhythm(events: list[OfficeEvent]) -> None:
    """Subscriptions are by week, month, quarter and year; some have an agreed end, some begin earlier or later."""
    started = [event for event in events if isinstance(event, SubscriptionStarted)]
    assert {("month", 1), ("month", 3), ("year", 1)} <= {(event.unit, event.periods) for event in started}
    assert {event.unit for event in started} == {"week", "month", "year"}
    assert sum(event.ends_on is not None for event in started) >= 5
    signs = Counter(event.starts_on > local_day(event.at, AMSTERDAM) for event in started)
    assert min(signs.values()) >= 10
    assert any(event.starts_on < local_day(event.at, AMSTERDAM) for event in started)
    ended = [event.ends_on > local_day(event.at, AMSTERDAM) for event in events if isinstance(event, SubscriptionEnded)]
    assert set(ended) == {True, False}


def test_tickets_take_every_turn(lives: dict[int, list[OfficeEvent]]) -> None:
    """Tickets are answered never, once or often, refiled, left open, reopened once or twice."""
    seen: Counter[str] = Counter()
    for life in lives.values():
        if isinstance(life[0], TicketOpened):
            of = kinds(life)
            seen["never answered"] += of[TicketAnswered] == 0 and of[TicketClosed] > 0
            seen["often answered"] += of[TicketAnswered] > 4
            seen["refiled"] += of[TicketFiled] > 0
            seen["left open"] += (
                of[TicketClosed] == of[TicketReopened] and local_day(life[-1].at, AMSTERDAM).year < 2025
            )
            seen["reopened twice"] += of[TicketReopened] > 1
            seen["of nobody known"] += life[0].client is None
    assert {what: times for what, times in seen.items() if times < 5} == {}
    assert len(seen) == 6


def test_surveys_get_every_score(events: list[OfficeEvent]) -> None:
    """Both surveys are answered with nearly every score there is."""
    scores = {(event.kind, event.score) for event in events if isinstance(event, FeedbackGiven)}
    assert {("csat", score) for score in range(1, 6)} <= scores
    assert {("nps", score) for score in (6, 7, 8, 9, 10)} <= scores
    assert scores <= {("csat", score) for score in range(1, 6)} | {("nps", score) for score in range(11)}


def test_people_leave_the_newsletter_in_both_ways(events: list[OfficeEvent]) -> None:
    """Some unsubscribe through a campaign, some otherwise."""
    ways = Counter(event.campaign is None for event in events if isinstance(event, SubscriberLeft))
    assert min(ways[True], ways[False]) > 20


def test_hours_are_entered_late_and_changed_later(lives: dict[int, list[OfficeEvent]]) -> None:
    """Hours lack a beginning or a project, are entered days late, corrected weeks later, corrected and then deleted."""
    seen: Counter[str] = Counter()
    for life in lives.values():
        logged = life[0]
        if isinstance(logged, TimeLogged):
            seen["no beginning"] += logged.started_at is None
            seen["no project"] += logged.project is None
            seen["billable"] += logged.billable
            seen["entered late"] += local_day(logged.at, AMSTERDAM) - logged.on > timedelta(days=7)
            seen["corrected late"] += any(
                isinstance(event, TimeCorrected) and event.at - logged.at > timedelta(weeks=3) for event in life
            )
            seen["corrected and deleted"] += kinds(life).keys() >= {TimeCorrected, TimeDeleted}
    assert {what: times for what, times in seen.items() if times < 10} == {}
    assert len(seen) == 6


def test_budgets_change_both_ways(events: list[OfficeEvent]) -> None:
    """A project's budget is raised or lowered after its start."""
    budgets: dict[int, int] = {}
    changes = set()
    for event in events:
        budget = getattr(event, "budget", None)
        if budget is not None:
            if isinstance(event, ProjectBudgeted):
                changes.add(budget > budgets[event.project])
            budgets[entity(event)] = budget
    assert changes == {True, False}
