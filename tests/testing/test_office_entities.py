"""The office's log tells of nothing that does not exist yet, or not any more."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import pytest

from kpitaps.calendar import local_day
from kpitaps.testing.story import (
    PIPELINES,
    REPS,
    ClientAdded,
    CreditNoteIssued,
    DealDeleted,
    DealEvent,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealWon,
    DraftDeleted,
    ExpenseBooked,
    FeedbackGiven,
    InvoiceDrafted,
    LeadCaptured,
    LeadDeleted,
    LeadMerged,
    MeetingCancelled,
    MeetingEvent,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingPlanned,
    NewsletterRead,
    NewsletterSent,
    OfficeEvent,
    ProjectStarted,
    Story,
    SubscriberJoined,
    SubscriberLeft,
    SubscriptionEnded,
    SubscriptionStarted,
    TicketAnswered,
    TicketClosed,
    TicketDeleted,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TimeDeleted,
    TimeLogged,
    entity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import UnionType

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FOUNDED = date(2023, 1, 1)
END = datetime(2026, 1, 1, tzinfo=UTC)
BIRTHS = (
    LeadCaptured, ClientAdded, MeetingPlanned, DealOpened, InvoiceDrafted, CreditNoteIssued, ExpenseBooked,
    SubscriptionStarted, TicketOpened, FeedbackGiven, SubscriberJoined, NewsletterSent, ProjectStarted, TimeLogged,
)  # fmt: skip
DEATHS = (LeadDeleted, LeadMerged, DealDeleted, DraftDeleted, TicketDeleted, TimeDeleted, SubscriberLeft)
REFERENCES = {"into", "lead", "client", "deal", "subscription", "invoice", "campaign", "project"}


@pytest.fixture(scope="module", params=[7, 1, 2])
def events(request: pytest.FixtureRequest) -> list[OfficeEvent]:
    return list(Story(seed=request.param, founded=FOUNDED).office.events(END))


def lives(events: list[OfficeEvent], kinds: UnionType) -> Iterator[list[OfficeEvent]]:
    """Return the events of each entity of a kind, in the order of time."""
    of = sorted((event for event in events if isinstance(event, get_args(kinds))), key=entity)
    return (list(life) for _, life in groupby(of, key=entity))


def test_ids_are_given_once_and_grow_with_gaps(events: list[OfficeEvent]) -> None:
    """Whatever begins has an id larger than all before, and not simply the next."""
    ids = [entity(event) for event in events if isinstance(event, BIRTHS)]
    assert ids == sorted(set(ids))
    gaps = {later - earlier for earlier, later in pairwise(ids)}
    assert {1, 2, 9} <= gaps


def test_everything_told_of_exists_at_that_time(events: list[OfficeEvent]) -> None:
    """No event is about, or refers to, what is not there yet or was deleted."""
    alive: set[int] = set()
    for event in events:
        if isinstance(event, BIRTHS):
            alive.add(entity(event))
        named = {getattr(event, field.name) for field in fields(event) if field.name in REFERENCES}
        assert alive.issuperset({entity(event), *named} - {None}), event
        if isinstance(event, DEATHS):
            alive.remove(entity(event))


def test_people_pay_and_answer_under_names_and_addresses_of_their_own(events: list[OfficeEvent]) -> None:
    """Addresses, company names, campaigns and projects are told apart by their names."""
    for kinds, name in (
        (LeadCaptured | SubscriberJoined, "email"),
        (ClientAdded, "name"),
        (NewsletterSent, "name"),
        (ProjectStarted, "title"),
    ):
        names = [getattr(event, name) for event in events if isinstance(event, kinds)]
        assert len(names) == len(set(names))
        assert all(each.isascii() for each in names if name == "email")


def test_deals_move_while_they_are_open_and_close_while_they_are_not_closed(events: list[OfficeEvent]) -> None:
    """A deal moves to another stage of its own pipeline; only a closed one is reopened."""
    for opened, *rest in lives(events, DealEvent):
        assert isinstance(opened, DealOpened)
        stages, stage, is_open = {each.key for each in PIPELINES[opened.pipeline][1]}, opened.stage, True
        for event in rest:
            if isinstance(event, DealMoved | DealReopened):
                assert event.stage in stages
                assert is_open == isinstance(event, DealMoved)
                assert event.stage != stage or not is_open
                stage, is_open = event.stage, True
            elif isinstance(event, DealWon | DealLost):
                assert is_open
                is_open = False


def test_meetings_end_in_one_way_and_at_their_time(events: list[OfficeEvent]) -> None:
    """A meeting is moved or called off before it begins, and held or missed after its end."""
    for planned, *rest in lives(events, MeetingEvent):
        assert isinstance(planned, MeetingPlanned)
        starts_at = planned.starts_at
        assert starts_at > planned.at
        for event in rest:
            if isinstance(event, MeetingMoved | MeetingCancelled):
                assert event.at <= starts_at
            else:
                assert event.at >= starts_at + timedelta(minutes=planned.minutes)
            starts_at = event.starts_at if isinstance(event, MeetingMoved) else starts_at
        assert sum(isinstance(event, MeetingHeld | MeetingMissed | MeetingCancelled) for event in rest) <= 1


def test_tickets_are_closed_while_open_and_reopened_while_closed(events: list[OfficeEvent]) -> None:
    """Openings and closings take turns, and nobody answers a closed ticket."""
    for life in lives(events, TicketEvent):
        is_open = True
        for event in life[1:]:
            assert is_open != isinstance(event, TicketReopened)
            is_open = not isinstance(event, TicketClosed)


def test_who_leaves_hands_over_and_does_nothing_more(events: list[OfficeEvent]) -> None:
    """After Joris's last day no open deal is his, and he neither meets, answers nor works."""
    joris = next(rep.id for rep in REPS if not rep.is_active)
    last_day = FOUNDED + timedelta(days=420)
    owners: dict[int, int] = {}
    for event in events:
        if isinstance(event, DealOpened | DealHanded):
            owners[event.deal] = event.rep
        elif isinstance(event, DealWon | DealLost | DealMoved):
            assert event.at.date() <= last_day + timedelta(days=1) or owners[event.deal] != joris
        when = getattr(event, "starts_at", None) or getattr(event, "started_at", None) or event.at
        if isinstance(event, MeetingPlanned | TicketAnswered | TimeLogged) and event.rep == joris:
            assert getattr(event, "on", local_day(when, AMSTERDAM)) < last_day


def test_hours_are_written_down_after_the_work(events: list[OfficeEvent]) -> None:
    """The day of an entry is the local day of its beginning, and it is entered when the work is done."""
    for event in events:
        if isinstance(event, TimeLogged):
            assert event.on <= local_day(event.at, AMSTERDAM)
            assert event.seconds > 0
            if event.started_at:
                assert event.on == local_day(event.started_at, AMSTERDAM)
                assert event.at >= event.started_at + timedelta(seconds=event.seconds)


def test_no_newsletter_is_read_by_more_people_than_got_it(events: list[OfficeEvent]) -> None:
    """At most all subscribers get it, at most these open it, and at most those click."""
    subscribers, left = 0, {}
    for event in events:
        subscribers += isinstance(event, SubscriberJoined) - isinstance(event, SubscriberLeft)
        if isinstance(event, NewsletterSent):
            assert 0 < event.delivered <= subscribers
            left[event.campaign] = event.delivered
        elif isinstance(event, NewsletterRead):
            left[event.campaign] -= event.opened
            assert event.clicked <= event.opened
    assert min(left.values()) >= 0


def test_subscriptions_end_after_they_began_and_not_before_it_is_said(events: list[OfficeEvent]) -> None:
    """Whoever gives up a subscription does so for today or later; no agreed end comes before the first day."""
    started = {event.subscription: event for event in events if isinstance(event, SubscriptionStarted)}
    assert all(event.ends_on is None or event.ends_on >= event.starts_on for event in started.values())
    for event in events:
        if isinstance(event, SubscriptionEnded):
            assert event.ends_on >= local_day(event.at, AMSTERDAM)
            assert event.ends_on >= started[event.subscription].starts_on
