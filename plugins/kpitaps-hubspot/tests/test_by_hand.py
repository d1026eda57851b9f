"""Single records with their arithmetic, through the sandbox over HTTP into a ledger and read from there.

What must come out is written as a literal. Amsterdam is one hour before UTC until 29 March 2026, two from then on.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.office_events import (
    ClientAdded,
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    FeedbackGiven,
    LeadCaptured,
    LeadDeleted,
    LeadMerged,
    MeetingCancelled,
    MeetingMissed,
    MeetingMoved,
    MeetingPlanned,
    NewsletterRead,
    NewsletterSent,
    SubscriberJoined,
    SubscriberLeft,
    Sum,
    TicketAnswered,
    TicketClosed,
    TicketDeleted,
    TicketFiled,
    TicketOpened,
    TicketReopened,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SANNE, BRAM, JORIS = 101, 102, 104
_numbers = count(1)


def at(text: str) -> datetime:
    """Return an instant in UTC: ``2026-03-02`` is at noon."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00").replace(tzinfo=UTC)


def lead(when: str, source: str = "organic_search") -> LeadCaptured:
    number = next(_numbers)
    return LeadCaptured(at(when), number, "Noor Bakker", f"noor{number}@cafe.example", "Café Noor", source)


def client(when: str) -> ClientAdded:
    return ClientAdded(at(when), next(_numbers), "Café Noor", "NL", None)


def deal(when: str, client: int, value: Sum | None, **more: Any) -> DealOpened:
    standard: dict[str, Any] = {"rep": SANNE, "pipeline": "wholesale", "stage": "new", "source": "trade_fair"}
    rest = {"title": "Bonen", "lead": None, "probability": 10, "expected_on": date(2026, 6, 1)}
    return DealOpened(at=at(when), deal=next(_numbers), client=client, value=value, **{**standard, **rest, **more})


def ticket(when: str, category: str = "delivery", channel: str = "email") -> TicketOpened:
    return TicketOpened(at(when), next(_numbers), "Waar blijft mijn bestelling?", category, channel, None)


def test_a_won_deal(office: Any) -> None:
    """It is created, moves through the pipeline, leaves it on the day it is won, and counts with its last value."""
    # € 1,000.00 in Nieuw (10 %) on 2 March, Offerte (60 %) on the 5th, worth 1,200.50 from the 6th, won on the 12th.
    # HubSpot tells only the last value: 1,200.50 × 0.1 = 120.05; × 0.6 = 720.30. Ten days are 864,000 s.
    buyer = client("2026-03-01")
    won = deal("2026-03-02", buyer.client, Sum(100_000))
    office.happened(
        buyer,
        won,
        DealMoved(at("2026-03-05"), won.deal, "quote", 60),
        DealValued(at("2026-03-06"), won.deal, Sum(120_050)),
        DealWon(at("2026-03-12"), won.deal),
    )
    assert office.by("deals_created", "lead_source") == {"offline": {"2026-03-02": "1"}}
    assert office.by("pipeline_value", "deal_stage") == {
        "Nieuw": {"2026-03-02": "1200.5", "2026-03-05": "-1200.5"},
        "Offerte": {"2026-03-05": "1200.5", "2026-03-12": "-1200.5"},
    }
    assert office.days("pipeline_weighted") == {"2026-03-02": "120.05", "2026-03-05": "600.25", "2026-03-12": "-720.3"}
    assert office.by("deals_won_value", "rep") == {"Sanne de Wit": {"2026-03-12": "1200.5"}}
    assert office.by("sales_cycle", "pipeline") == {"Groothandel": {"2026-03-12": "864000"}}


def test_a_deal_that_was_closed_by_mistake(office: Any) -> None:
    """Between closing and reopening it stays in the stage it was in; the closing counts no more."""
    # Nieuw 2 March; lost on the 10th (counts); reopened in Proeverij on the 16th (counts no more); open since.
    opened = deal("2026-03-02", client("2026-03-01").client, Sum(50_000))
    office.happened(opened, DealLost(at("2026-03-10"), opened.deal, "te duur"))
    assert office.days("deals_lost") == {"2026-03-10": "1"}
    assert office.days("deals_open") == {"2026-03-02": "1", "2026-03-10": "-1"}
    office.happened(DealReopened(at("2026-03-16"), opened.deal, "tasting", 30))
    assert office.days("deals_lost") == office.days("deals_lost_value") == {}
    assert office.by("deals_open", "deal_stage") == {
        "Nieuw": {"2026-03-02": "1", "2026-03-16": "-1"},
        "Proeverij": {"2026-03-16": "1"},
    }


def test_a_deal_in_dollars(office: Any) -> None:
    """What HubSpot has converted counts in the account's currency."""
    # $ 1,000.00 at 0.92 = € 920.00; × 80 % = 736.00.
    office.happened(
        deal("2026-03-02", client("2026-03-01").client, Sum(100_000, "USD", Decimal("0.92")), stage="contract")
    )
    assert office.days("pipeline_value") == {"2026-03-02": "920"}
    assert office.days("pipeline_weighted") == {"2026-03-02": "736"}
    assert {key[2] for key in office.measurements() if key[0] == "pipeline_value"} == {"EUR"}


def test_a_deal_that_nobody_valued(office: Any) -> None:
    """It is a deal, and worth nothing, which is not the same as a value of 0."""
    unvalued = deal("2026-03-02", client("2026-03-01").client, None)
    office.happened(unvalued, DealWon(at("2026-03-04"), unvalued.deal))
    assert office.days("deals_won") == {"2026-03-04": "1"}
    assert not {"deals_won_value", "pipeline_value", "pipeline_weighted"} & {key[0] for key in office.measurements()}


def test_a_deal_that_was_handed_over(office: Any) -> None:
    """All of it belongs to who works on it now; who left the company keeps what they did."""
    given = deal("2026-03-02", client("2026-03-01").client, Sum(10_000), rep=JORIS)
    kept = deal("2026-03-02", client("2026-03-01").client, Sum(20_000), rep=JORIS)
    office.happened(given, kept, DealHanded(at("2026-03-04"), given.deal, BRAM))
    assert office.by("pipeline_value", "rep") == {
        "Bram Jansen": {"2026-03-02": "100"},
        "Joris Claes": {"2026-03-02": "200"},
    }


def test_a_deleted_deal(office: Any) -> None:
    """All it ever added is gone, also what was read before."""
    doomed = deal("2026-03-02", client("2026-03-01").client, Sum(10_000))
    office.happened(doomed)
    assert office.days("deals_created") == {"2026-03-02": "1"}
    office.happened(DealDeleted(at("2026-03-09"), doomed.deal))
    assert office.measurements() == {}


def test_customers_come_and_go(portal: Callable[..., Any]) -> None:
    """A won deal makes a customer for ten days here; two that overlap are one spell; who comes back is not new."""
    # Won on 2 and 8 March: customer from the 2nd through 17th (8 + 10 − 1), lost on the 18th; again on 25 March through
    # 3 April, lost on 4 April.
    office = portal(settings={"customer_for": 10})
    buyer = client("2026-03-01")
    deals = [deal("2026-03-01", buyer.client, Sum(10_000)) for _ in range(3)]
    closings = [
        DealWon(at(day), each.deal) for day, each in zip(("2026-03-02", "2026-03-08", "2026-03-25"), deals, strict=True)
    ]
    office.happened(buyer, *deals, *closings)
    assert office.days("new_customers") == {"2026-03-02": "1"}
    assert office.days("customers") == {"2026-03-02": "1", "2026-03-18": "-1", "2026-03-25": "1", "2026-04-04": "-1"}
    assert office.days("customers_lost") == {"2026-03-18": "1", "2026-04-04": "1"}


def test_leads_that_turn_out_to_be_one(office: Any) -> None:
    """A merged contact is gone without a trace; the daily look at all ids finds out. A deleted one is told at once."""
    first, second, spam = lead("2026-03-02"), lead("2026-03-03", "social"), lead("2026-03-04", "direct")
    office.happened(first, second, spam)
    assert office.by("leads", "lead_source") == {
        "organic_search": {"2026-03-02": "1"},
        "social_media": {"2026-03-03": "1"},
        "direct_traffic": {"2026-03-04": "1"},
    }
    office.happened(LeadDeleted(at("2026-03-05"), spam.lead), LeadMerged(at("2026-03-05"), second.lead, first.lead))
    assert "direct_traffic" not in office.by("leads", "lead_source")
    office.move_to(office.sandbox.clock.now() + timedelta(days=1))
    office.synced()
    assert office.by("leads", "lead_source") == {"organic_search": {"2026-03-02": "1"}}


def test_a_ticket_with_everything(office: Any) -> None:
    """Filed anew, answered, closed, opened again and closed for good: its times are those of the last close."""
    # Opened 2 March 12:00, answered 13:30 (5,400 s), closed on the 3rd, opened again on the 4th, closed on the 6th at
    # 12:00: four days are 345,600 s. It became a complaint on the way: it was one from the start.
    opened = ticket("2026-03-02")
    office.happened(
        opened,
        TicketAnswered(at("2026-03-02T13:30:00"), opened.ticket, SANNE),
        TicketFiled(at("2026-03-02T14:00:00"), opened.ticket, "complaint"),
        TicketClosed(at("2026-03-03"), opened.ticket),
        TicketReopened(at("2026-03-04"), opened.ticket),
        TicketAnswered(at("2026-03-05"), opened.ticket, BRAM),
        TicketClosed(at("2026-03-06"), opened.ticket),
    )
    complaint = (("category", "complaint"),)
    from_mail = (("category", "complaint"), ("contact_channel", "email"))
    assert office.measurements() == {
        ("tickets_created", from_mail, "", "2026-03-02"): (1, 0),
        ("complaints", from_mail, "", "2026-03-02"): (1, 0),
        ("tickets_open", complaint, "", "2026-03-02"): (1, 0),
        ("tickets_open", complaint, "", "2026-03-06"): (-1, 0),
        ("tickets_closed", complaint, "", "2026-03-06"): (1, 0),
        ("resolution_time", complaint, "", "2026-03-06"): (345_600, 1),
        ("first_response_time", complaint, "", "2026-03-02"): (5_400, 1),
    }


def test_a_chat_whose_first_answer_has_no_date(office: Any) -> None:
    """HubSpot knows only how long it took, in milliseconds; a ticket that was deleted adds nothing."""
    chat, doomed = ticket("2026-03-02T22:50:00", channel="chat"), ticket("2026-03-02")
    office.happened(
        chat,
        doomed,
        TicketAnswered(at("2026-03-02T23:10:00"), chat.ticket, SANNE),
        TicketDeleted(at("2026-03-03"), doomed.ticket),
    )
    # 23:10 in UTC is 00:10 on the 3rd in Amsterdam; 20 minutes are 1,200 s.
    assert office.days("first_response_time") == {"2026-03-03": "1200"}
    assert office.by("tickets_created", "contact_channel") == {"chat": {"2026-03-02": "1"}}


def test_meetings_that_were_none(office: Any) -> None:
    """A meeting counts on the day it was put off to, the future included; one that was cancelled or missed does not."""
    plans = [
        MeetingPlanned(at("2026-03-02"), next(_numbers), 0, None, SANNE, at(day), 30)
        for day in ("2026-03-05", "2026-03-06", "2026-03-28T23:30:00", "2026-07-01")
    ]
    office.happened(
        *plans,
        MeetingCancelled(at("2026-03-03"), plans[0].meeting),
        MeetingMissed(at("2026-03-06T13:00:00"), plans[1].meeting),
    )
    # 23:30 in UTC is half past midnight on the day the clock changes.
    assert office.days("meetings") == {"2026-03-29": "1", "2026-07-01": "1"}
    office.happened(MeetingMoved(at("2026-03-07"), plans[2].meeting, at("2026-04-02")))
    assert office.days("meetings") == {"2026-04-02": "1", "2026-07-01": "1"}


def test_answers(office: Any) -> None:
    """Each score counts as what the survey's rules call it, on the day it was given."""
    adds = [
        ("nps", 10, {"nps_promoters"}),
        ("nps", 9, {"nps_promoters"}),
        ("nps", 8, {"nps_passives"}),
        ("nps", 7, {"nps_passives"}),
        ("nps", 6, {"nps_detractors"}),
        ("nps", 0, {"nps_detractors"}),
        ("csat", 5, {"csat_answers", "csat_positive"}),
        ("csat", 4, {"csat_answers", "csat_positive"}),
        ("csat", 3, {"csat_answers"}),
        ("csat", 1, {"csat_answers"}),
    ]
    days = [f"2026-03-{number:02}" for number in range(2, 2 + len(adds))]
    given = [FeedbackGiven(at(day), next(_numbers), *adds[place][:2]) for place, day in enumerate(days)]
    office.happened(*given)
    found: dict[str, set[str]] = {day: set() for day in days}
    for measure, _, _, day in office.measurements():
        found[day].add(measure)
    assert found == {day: measures for day, (_, _, measures) in zip(days, adds, strict=True)}


def test_a_newsletter_and_its_readers(office: Any) -> None:
    """What readers do later belongs to the day it was sent; a subscriber is no lead; who leaves is counted off."""
    joined = [SubscriberJoined(at(f"2026-03-0{day}"), next(_numbers), f"l{day}@post.example") for day in (2, 3, 4)]
    sent = NewsletterSent(at("2026-03-05"), next(_numbers), "Lente", 3)
    office.happened(*joined, sent, NewsletterRead(at("2026-03-06"), sent.campaign, 2, 1))
    office.happened(
        NewsletterRead(at("2026-03-20"), sent.campaign, 1, 0),
        SubscriberLeft(at("2026-03-20"), joined[0].subscriber, sent.campaign),
        SubscriberLeft(at("2026-03-21"), joined[1].subscriber, None),
    )
    on_its_day = {
        measure: office.by(measure, "campaign")["Lente"]["2026-03-05"]
        for measure in ("emails_delivered", "emails_opened", "emails_clicked", "unsubscribes")
    }
    assert on_its_day == {"emails_delivered": "3", "emails_opened": "3", "emails_clicked": "1", "unsubscribes": "1"}
    assert office.days("subscribers") == {
        "2026-03-02": "1",
        "2026-03-03": "1",
        "2026-03-04": "1",
        "2026-03-20": "-1",
        "2026-03-21": "-1",
    }
    assert office.days("leads") == {}


def test_complaints_are_what_the_settings_say(portal: Callable[..., Any]) -> None:
    """Several categories may be complaints, and other lifecycle stages no leads."""
    office = portal(settings={"complaint_categories": "quality, billing", "not_leads": "lead"})
    office.happened(lead("2026-03-01"), ticket("2026-03-02", "quality"), ticket("2026-03-03", "complaint"))
    assert office.days("complaints") == {"2026-03-02": "1"}
    assert office.days("leads") == {}
