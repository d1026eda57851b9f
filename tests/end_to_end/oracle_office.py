"""What an office's measures must be, worked out from the log of what happened and from nothing else.

It knows neither taps nor sandboxes nor the ledger: only the events, the zone and the definitions of the vocabulary.
Amounts are in millionths, as the ledger has them; the log's are in cents.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.testing.story import office_events as happened
from kpitaps.testing.story.office_world import PIPELINES, REPS

if TYPE_CHECKING:
    from collections.abc import Iterable

ONE = 1_000_000
CENT = 10_000
NAMES = {rep.id: rep.name for rep in REPS}
HUBSPOT_SOURCES = {
    "organic_search": "organic_search",
    "paid_search": "paid_search",
    "social": "social_media",
    "email": "email_marketing",
    "referral": "referrals",
    "trade_fair": "offline",
    "direct": "direct_traffic",
}

Place = tuple[str, tuple[tuple[str, str], ...], str, int]
"""Measure, labels sorted by name, currency, ordinal day."""


@dataclass
class Truth:
    """What must be in the ledger.

    Attributes:
        sums: Numerator and denominator of each measure, label set, currency and day, without those that are nothing.
        now: Levels that only have a now: measure, labels → amount.
        days: What is derived from customers: measure → day → amount.
    """

    sums: dict[Place, tuple[int, int]] = field(default_factory=dict)
    now: dict[tuple[str, tuple[tuple[str, str], ...]], int] = field(default_factory=dict)
    days: dict[str, dict[int, int]] = field(default_factory=dict)


class Entity:
    """One thing of the office and what became of it."""

    def __init__(self, start: Any) -> None:
        self.start = start
        self.later: list[Any] = []

    def all(self, *kinds: type) -> list[Any]:
        """Return the later events of these kinds."""
        return [event for event in self.later if isinstance(event, kinds)]

    def last(self, kind: type, default: Any = None) -> Any:
        """Return the last event of a kind."""
        return next(iter(self.all(kind)[::-1]), default)


_STARTS = {
    happened.LeadCaptured: "lead",
    happened.MeetingPlanned: "meeting",
    happened.DealOpened: "deal",
    happened.InvoiceDrafted: "invoice",
    happened.CreditNoteIssued: "note",
    happened.ExpenseBooked: "expense",
    happened.SubscriptionStarted: "subscription",
    happened.TicketOpened: "ticket",
    happened.FeedbackGiven: "feedback",
    happened.NewsletterSent: "campaign",
    happened.ProjectStarted: "project",
    happened.TimeLogged: "entry",
}
_ENDS = (
    happened.LeadMerged,
    happened.LeadDeleted,
    happened.DealDeleted,
    happened.DraftDeleted,
    happened.TicketDeleted,
    happened.TimeDeleted,
)


class OfficeOracle:
    """Works out the truth of an office's log.

    Args:
        events: What happened, in the order of time.
        zone: IANA name of the office's zone.
        currency: Its own.
        customer_for: Days that somebody stays a customer after a purchase.
    """

    def __init__(self, events: Iterable[Any], zone: str, currency: str = "EUR", customer_for: int = 365) -> None:
        self.zone = ZoneInfo(zone)
        self.currency = currency
        self.customer_for = customer_for
        self.things: dict[str, dict[int, Entity]] = {name: {} for name in _STARTS.values()}
        self.subscribers: set[int] = set()
        for event in events:
            self._note(event)

    def _note(self, event: Any) -> None:
        if isinstance(event, happened.SubscriberJoined):
            self.subscribers.add(event.subscriber)
            return
        if isinstance(event, happened.SubscriberLeft):
            self.subscribers.discard(event.subscriber)
            if event.campaign is not None:
                self.things["campaign"][event.campaign].later.append(event)
            return
        if name := _STARTS.get(type(event)):
            self.things[name][getattr(event, name)] = Entity(event)
            return
        for name in (
            "meeting",
            "deal",
            "invoice",
            "expense",
            "subscription",
            "ticket",
            "campaign",
            "project",
            "entry",
            "lead",
        ):
            if (number := getattr(event, name, None)) in self.things[name]:
                if isinstance(event, _ENDS):
                    del self.things[name][number]
                else:
                    self.things[name][number].later.append(event)
                return

    # --- what each vendor must say -----------------------------------------------------------------------------------

    def teamleader(self, complaints: frozenset[str] = frozenset({"complaint"})) -> Truth:
        """Return what must be in the ledger of a Teamleader connection."""
        book = Book(self)
        for deal in self.things["deal"].values():
            book.deal(deal, own_probability=True)
            book.count("leads", deal.start.at, lead_source=deal.start.source)
        for meeting in self.things["meeting"].values():
            book.meeting(meeting)
        for invoice in self.things["invoice"].values():
            book.invoice(invoice)
        for note in self.things["note"].values():
            book.note(note)
        for expense in self.things["expense"].values():
            book.expense(expense)
        for subscription in self.things["subscription"].values():
            book.subscription(subscription)
        for ticket in self.things["ticket"].values():
            book.ticket(ticket, complaints, with_channel=False)
        for entry in self.things["entry"].values():
            book.hours(entry)
        truth = book.truth()
        booked = [(i.start.client, i.last(happened.InvoiceBooked)) for i in self.things["invoice"].values()]
        truth.days = self.customers((client, event.on) for client, event in booked if event)
        for project in self.things["project"].values():
            budget = project.last(happened.ProjectBudgeted, project.start).budget
            place = ("time_budgeted", (("project", project.start.title),))
            truth.now[place] = truth.now.get(place, 0) + budget * ONE
        return truth

    def hubspot(self, complaints: frozenset[str] = frozenset({"complaint"})) -> Truth:
        """Return what must be in the ledger of a HubSpot connection."""
        book = Book(self)
        for lead in self.things["lead"].values():
            book.count("leads", lead.start.at, lead_source=HUBSPOT_SOURCES[lead.start.source])
        won = []
        for deal in self.things["deal"].values():
            closing = book.deal(deal, own_probability=False, sources=HUBSPOT_SOURCES)
            if isinstance(closing, happened.DealWon):
                won.append((deal.start.client, self.day(closing.at)))
        for meeting in self.things["meeting"].values():
            book.meeting(meeting)
        for ticket in self.things["ticket"].values():
            book.ticket(ticket, complaints, with_channel=True)
        for feedback in self.things["feedback"].values():
            book.feedback(feedback)
        for campaign in self.things["campaign"].values():
            book.newsletter(campaign)
        truth = book.truth()
        truth.days = self.customers(won)
        truth.now["subscribers", ()] = len(self.subscribers) * ONE
        return truth

    def day(self, instant: datetime) -> date:
        """Return the office's local day of an instant."""
        return instant.astimezone(self.zone).date()

    def rep(self, deal: Entity) -> str:
        """Return the name of who works on a deal now."""
        return NAMES[deal.last(happened.DealHanded, deal.start).rep]

    def stage(self, pipeline: str, key: str) -> str:
        """Return what a stage is called."""
        return next(stage.name for stage in PIPELINES[pipeline][1] if stage.key == key)

    def customers(self, purchases: Iterable[tuple[int, date]]) -> dict[str, dict[int, int]]:
        bought: defaultdict[int, set[int]] = defaultdict(set)
        for client, on in purchases:
            bought[client].add(on.toordinal())
        days: dict[str, dict[int, int]] = {
            name: defaultdict(int) for name in ("new_customers", "customers", "customers_lost")
        }
        for ordinals in bought.values():
            days["new_customers"][min(ordinals)] += ONE
            is_customer = {day + more for day in ordinals for more in range(self.customer_for)}
            for day in is_customer:
                if day - 1 not in is_customer:
                    days["customers"][day] += ONE
                if day + 1 not in is_customer:
                    days["customers"][day + 1] -= ONE
                    days["customers_lost"][day + 1] += ONE
        return {name: {day: amount for day, amount in found.items() if amount} for name, found in days.items()}


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


class Book:
    """Adds up what each thing comes to."""

    def __init__(self, oracle: OfficeOracle) -> None:
        self.oracle = oracle
        self.sums: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])
        self._credits: dict[int, list[Any]] = defaultdict(list)
        for note in oracle.things["note"].values():
            if note.start.invoice is not None:
                self._credits[note.start.invoice].append(note.start)

    def truth(self) -> Truth:
        return Truth({place: (first, second) for place, (first, second) in self.sums.items() if first or second})

    def add(
        self, measure: str, day: Any, amount: int, *, of: int = 0, currency: str = "", **labels: str | None
    ) -> None:
        on = self.oracle.day(day) if isinstance(day, datetime) else day
        place = (measure, tuple(sorted((k, v) for k, v in labels.items() if v)), currency, on.toordinal())
        self.sums[place][0] += amount
        self.sums[place][1] += of

    def count(self, measure: str, day: Any, **labels: str | None) -> None:
        self.add(measure, day, ONE, **labels)

    def money(self, measure: str, day: Any, cents: int, **labels: str | None) -> None:
        self.add(measure, day, cents * CENT, currency=self.oracle.currency, **labels)

    # --- sales -------------------------------------------------------------------------------------------------------

    def deal(self, deal: Entity, *, own_probability: bool, sources: dict[str, str] | None = None) -> Any:
        """Enter a deal, and return the event that closed it, if it is closed."""
        opened = deal.start
        name, stages = PIPELINES[opened.pipeline]
        place = {"rep": self.oracle.rep(deal), "pipeline": name}
        valued = deal.last(happened.DealValued, opened).value
        cents = 0 if valued is None else valued.home
        source = (sources or {}).get(opened.source, opened.source)
        self.count("deals_created", opened.at, **place, lead_source=source)
        turns = deal.all(happened.DealWon, happened.DealLost, happened.DealReopened)
        closing = turns[-1] if turns and not isinstance(turns[-1], happened.DealReopened) else None
        steps = [opened, *deal.all(happened.DealMoved, happened.DealReopened)]
        if closing is not None:
            steps = [step for step in steps if step.at <= closing.at]
            outcome = "won" if isinstance(closing, happened.DealWon) else "lost"
            self.count(f"deals_{outcome}", closing.at, **place)
            self.money(f"deals_{outcome}_value", closing.at, cents, **place)
            if outcome == "won":
                seconds = int((closing.at - opened.at).total_seconds())
                self.add("sales_cycle", closing.at, seconds * ONE, of=ONE, pipeline=name)
        for step, after in zip(steps, [*steps[1:], closing], strict=True):
            stage = next(each for each in stages if each.key == step.stage)
            is_current = after is None
            percent = step.probability if is_current and own_probability else stage.probability
            for at, sign in ((step.at, 1), *([(after.at, -1)] if after is not None else [])):
                labels = {**place, "deal_stage": stage.name}
                self.add("deals_open", at, sign * ONE, **labels)
                self.money("pipeline_value", at, sign * cents, **labels)
                self.add(
                    "pipeline_weighted",
                    at,
                    sign * cents * CENT * percent // 100,
                    currency=self.oracle.currency,
                    **labels,
                )
        return closing

    def meeting(self, meeting: Entity) -> None:
        if meeting.all(happened.MeetingCancelled, happened.MeetingMissed):
            return
        self.count(
            "meetings", meeting.last(happened.MeetingMoved, meeting.start).starts_at, rep=NAMES[meeting.start.rep]
        )

    # --- documents ---------------------------------------------------------------------------------------------------

    def invoice(self, invoice: Entity) -> None:
        booked = invoice.last(happened.InvoiceBooked)
        if booked is None:
            return
        draft = invoice.start
        deal = self.oracle.things["deal"].get(draft.deal) if draft.deal is not None else None
        rep = self.oracle.rep(deal) if deal else None
        self.count("invoices", booked.on)
        left = draft.excl.home
        for line in draft.lines[:-1]:
            part = _half_up(line.excl * draft.excl.rate)
            self.money("revenue", booked.on, part, product=line.product, rep=rep)
            left -= part
        self.money("revenue", booked.on, left, product=draft.lines[-1].product, rep=rep)
        self.money("revenue_incl_vat", booked.on, draft.incl.home)
        self._receivable(invoice, booked)

    def note(self, note: Entity) -> None:
        self.count("credit_notes", note.start.on)
        self.money("revenue", note.start.on, -note.start.excl.home)
        self.money("revenue_incl_vat", note.start.on, -note.start.incl.home)

    def _receivable(self, invoice: Entity, booked: Any) -> None:
        draft = invoice.start
        less = [(paid.on, 0, paid.cents) for paid in invoice.all(happened.InvoicePaid)]
        less += [(note.on, 1, note.incl.cents) for note in self._credits[draft.invoice]]
        due = booked.due or booked.on
        self._open_item("receivables", booked.on, draft.incl, due + timedelta(days=1), less)

    def _open_item(
        self, what: str, on: date, total: Any, overdue_from: date | None, less: list[tuple[date, int, int]]
    ) -> None:
        """Enter a document that is paid off bit by bit; the bit that makes up the whole leaves exactly nothing."""
        open_cents, open_home = total.cents, total.home
        steps = [(on, open_home)]
        for day, _, cents in sorted(less):
            taken = min(cents, open_cents)
            home = open_home if taken == open_cents else _half_up(taken * total.rate)
            open_cents, open_home = open_cents - taken, open_home - home
            steps.append((day, -home))
        for day, home in steps:
            self.money(f"{what}_open", day, home)
            if overdue_from is not None:
                self.money(f"{what}_overdue", max(day, overdue_from), home)

    def expense(self, expense: Entity) -> None:
        booked = expense.start
        if booked.kind == "receipt":
            return
        payments = [(paid.on, 0, paid.cents) for paid in expense.all(happened.ExpensePaid)]
        if booked.kind == "credit":
            minus = Book(self.oracle)
            minus._open_item("payables", booked.on, booked.incl, None, payments)
            for place, (amount, _) in minus.sums.items():
                self.sums[place][0] -= amount
            return
        overdue = None if booked.due is None else booked.due + timedelta(days=1)
        self._open_item("payables", booked.on, booked.incl, overdue, payments)

    def subscription(self, subscription: Entity) -> None:
        start = subscription.start
        ended = subscription.last(happened.SubscriptionEnded, start).ends_on
        per_month = {"week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}[
            start.unit
        ] / start.periods
        monthly = floor(start.excl.home * CENT * per_month + Fraction(1, 2))
        money = {"currency": self.oracle.currency}
        self.add("mrr", start.starts_on, monthly, **money)
        self.add("mrr_new", start.starts_on, monthly, **money)
        if ended is not None:
            after = ended + timedelta(days=1)
            self.add("mrr", after, -monthly, **money)
            self.add("mrr_churned", after, monthly, **money)

    # --- service -----------------------------------------------------------------------------------------------------

    def ticket(self, ticket: Entity, complaints: frozenset[str], *, with_channel: bool) -> None:
        opened = ticket.start
        category = ticket.last(happened.TicketFiled, opened).category
        labels = {"category": category, "contact_channel": opened.channel if with_channel else None}
        self.count("tickets_created", opened.at, **labels)
        if category in complaints:
            self.count("complaints", opened.at, **labels)
        self.add("tickets_open", opened.at, ONE, category=category)
        turns = ticket.all(happened.TicketClosed, happened.TicketReopened)
        if turns and isinstance(turns[-1], happened.TicketClosed):
            closed = turns[-1].at
            self.count("tickets_closed", closed, category=category)
            seconds = int((closed - opened.at).total_seconds())
            self.add("resolution_time", closed, seconds * ONE, of=ONE, category=category)
            self.add("tickets_open", closed, -ONE, category=category)
        if answers := ticket.all(happened.TicketAnswered):
            first = answers[0].at
            seconds = int((first - opened.at).total_seconds())
            self.add("first_response_time", first, seconds * ONE, of=ONE, category=category)

    def feedback(self, feedback: Entity) -> None:
        given = feedback.start
        if given.kind == "nps":
            group = "promoters" if given.score >= 9 else "passives" if given.score >= 7 else "detractors"
            self.count(f"nps_{group}", given.at)
            return
        self.count("csat_answers", given.at)
        if given.score >= 4:
            self.count("csat_positive", given.at)

    def newsletter(self, campaign: Entity) -> None:
        sent = campaign.start
        amounts = {
            "emails_delivered": sent.delivered,
            "emails_opened": sum(read.opened for read in campaign.all(happened.NewsletterRead)),
            "emails_clicked": sum(read.clicked for read in campaign.all(happened.NewsletterRead)),
            "unsubscribes": len(campaign.all(happened.SubscriberLeft)),
        }
        for measure, amount in amounts.items():
            self.add(measure, sent.at, amount * ONE, campaign=sent.name)

    def hours(self, entry: Entity) -> None:
        logged = entry.start
        now = entry.last(happened.TimeCorrected, logged)
        project = self.oracle.things["project"].get(logged.project) if logged.project is not None else None
        labels = {"rep": NAMES[logged.rep], "project": project.start.title if project else None}
        self.add("time_worked", logged.on, now.seconds * ONE, **labels)
        if now.billable:
            self.add("time_billable", logged.on, now.seconds * ONE, **labels)
