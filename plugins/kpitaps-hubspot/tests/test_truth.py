"""Every number of the ledger, recomputed from the story's events by other means than the tap's."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from kpitaps.testing import Story
from kpitaps.testing.story import office_events as happened
from kpitaps.testing.story.office_world import PIPELINES, REPS

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow  # the whole office, several times

FOUNDED = date(2025, 4, 1)
NOW = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
SOURCES = {
    "organic_search": "organic_search",
    "paid_search": "paid_search",
    "social": "social_media",
    "email": "email_marketing",
    "referral": "referrals",
    "trade_fair": "offline",
    "direct": "direct_traffic",
}
NAMES = {rep.id: rep.name for rep in REPS}
EMAILS = ("emails_delivered", "emails_opened", "emails_clicked", "unsubscribes")


class Truth:
    """What must be in the ledger, by measure, labels, currency and day: numerator and denominator."""

    def __init__(self, events: Any, zone: str, customer_for: int = 365) -> None:
        self.zone = ZoneInfo(zone)
        self.customer_for = customer_for
        self.sums: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        self.lives: dict[tuple[str, int], list[Any]] = defaultdict(list)
        self.campaigns: dict[int, happened.NewsletterSent] = {}
        self.deleted: set[tuple[str, int]] = set()
        for event in events:
            self._take(event)
        for (kind, number), life in self.lives.items():
            if (kind, number) not in self.deleted:
                getattr(self, f"_{kind}")(life)
        self._customers()

    def day(self, at: Any) -> str:
        return (at.astimezone(self.zone).date() if isinstance(at, datetime) else at).isoformat()

    def add(self, measure: str, at: Any, amount: Any, of: int = 0, currency: str = "", **labels: str | None) -> None:
        key = (measure, tuple(sorted((n, v) for n, v in labels.items() if v)), currency, self.day(at))
        self.sums[key][0] += Decimal(amount)
        self.sums[key][1] += of

    def _take(self, event: Any) -> None:
        for kind in ("deal", "ticket", "meeting", "lead", "feedback", "subscriber"):
            number = getattr(event, kind, None)
            foreign = kind == "lead" and not type(event).__name__.startswith("Lead")
            if number is not None and not foreign:
                self.lives[kind, number].append(event)
                if type(event).__name__.endswith(("Deleted", "Merged")):
                    self.deleted.add((kind, number))
        if isinstance(event, happened.NewsletterSent):
            self.campaigns[event.campaign] = event
            self.add("emails_delivered", event.at, event.delivered, campaign=event.name)
        if isinstance(event, happened.NewsletterRead):
            sent = self.campaigns[event.campaign]
            self.add("emails_opened", sent.at, event.opened, campaign=sent.name)
            self.add("emails_clicked", sent.at, event.clicked, campaign=sent.name)
        if isinstance(event, happened.SubscriberLeft) and event.campaign is not None:
            sent = self.campaigns[event.campaign]
            self.add("unsubscribes", sent.at, 1, campaign=sent.name)

    def _lead(self, life: list[Any]) -> None:
        self.add("leads", life[0].at, 1, lead_source=SOURCES[life[0].source])

    def _subscriber(self, life: list[Any]) -> None:
        for event in life:
            self.add("subscribers", event.at, 1 if isinstance(event, happened.SubscriberJoined) else -1)

    def _feedback(self, life: list[Any]) -> None:
        given = life[0]
        if given.kind == "nps":
            group = "promoters" if given.score > 8 else "passives" if given.score > 6 else "detractors"
            self.add(f"nps_{group}", given.at, 1)
        else:
            self.add("csat_answers", given.at, 1)
            self.add("csat_positive", given.at, int(given.score >= 4))

    def _meeting(self, life: list[Any]) -> None:
        if not any(isinstance(each, happened.MeetingCancelled | happened.MeetingMissed) for each in life):
            starts = [each.starts_at for each in life if hasattr(each, "starts_at")]
            self.add("meetings", starts[-1], 1, rep=NAMES[life[0].rep])

    def _ticket(self, life: list[Any]) -> None:
        opened = life[0]
        category = [each.category for each in life if hasattr(each, "category")][-1]
        channel = {"category": category, "contact_channel": opened.channel}
        self.add("tickets_created", opened.at, 1, **channel)
        self.add("complaints", opened.at, int(category == "complaint"), **channel)
        self.add("tickets_open", opened.at, 1, category=category)
        ends = [each for each in life if isinstance(each, happened.TicketClosed | happened.TicketReopened)]
        if ends and isinstance(ends[-1], happened.TicketClosed):
            end = ends[-1].at
            self.add("tickets_closed", end, 1, category=category)
            self.add("tickets_open", end, -1, category=category)
            self.add("resolution_time", end, int((end - opened.at).total_seconds()), 1, category=category)
        answers = [each.at for each in life if isinstance(each, happened.TicketAnswered)]
        if answers:
            took = int((answers[0] - opened.at).total_seconds())
            self.add("first_response_time", answers[0], took, 1, category=category)

    def _deal(self, life: list[Any]) -> None:
        opened = life[0]
        name, stages = PIPELINES[opened.pipeline]
        labels = {"rep": NAMES[[each.rep for each in life if hasattr(each, "rep")][-1]], "pipeline": name}
        value = [each.value for each in life if hasattr(each, "value")][-1]
        worth = Decimal(value.home if value else 0) / 100
        self.add("deals_created", opened.at, 1, **labels, lead_source=SOURCES[opened.source])
        turns = [e for e in life if isinstance(e, happened.DealWon | happened.DealLost | happened.DealReopened)]
        closing = turns[-1] if turns and not isinstance(turns[-1], happened.DealReopened) else None
        moves = [each for each in life if hasattr(each, "stage")]
        for place, move in enumerate(moves):
            stage = next(each for each in stages if each.key == move.stage)
            end = moves[place + 1] if place + 1 < len(moves) else closing
            for at, sign in ((move.at, 1), (end.at if end else None, -1)):
                if at is not None:
                    self._level(at, sign, worth, Decimal(stage.probability) / 100, labels | {"deal_stage": stage.name})
        if closing is not None:
            outcome = "won" if isinstance(closing, happened.DealWon) else "lost"
            self.add(f"deals_{outcome}", closing.at, 1, **labels)
            self.add(f"deals_{outcome}_value", closing.at, worth, currency="EUR", **labels)
            if outcome == "won":
                seconds = int((closing.at - opened.at).total_seconds())
                self.add("sales_cycle", closing.at, seconds, 1, pipeline=name)
                self.buyers.setdefault(opened.client, []).append(closing.at.astimezone(self.zone).date())

    def _level(self, at: datetime, sign: int, worth: Decimal, chance: Decimal, labels: dict[str, str]) -> None:
        self.add("deals_open", at, sign, **labels)
        self.add("pipeline_value", at, sign * worth, currency="EUR", **labels)
        self.add("pipeline_weighted", at, sign * worth * chance, currency="EUR", **labels)

    @property
    def buyers(self) -> dict[int, list[date]]:
        return self.__dict__.setdefault("_buyers", {})

    def _customers(self) -> None:
        for days in self.buyers.values():
            self.add("new_customers", min(days), 1)
            active = {day + timedelta(days=n) for day in days for n in range(self.customer_for)}
            for day in active:
                if day - timedelta(days=1) not in active:
                    self.add("customers", day, 1)
                if day + timedelta(days=1) not in active:
                    self.add("customers", day + timedelta(days=1), -1)
                    self.add("customers_lost", day + timedelta(days=1), 1)

    def rounded(self) -> dict[Any, tuple[Decimal, Decimal]]:
        """Return what is not nothing, in millionths."""
        exact = {
            key: (halves[0].quantize(Decimal("0.000001"), ROUND_HALF_UP), halves[1])
            for key, halves in self.sums.items()
        }
        return {key: halves for key, halves in exact.items() if any(halves)}


def _assert_true(world: Any, **more: Any) -> set[str]:
    """Compare the ledger with the truth; return the measures that were compared."""
    story = world.sandbox.story
    truth = Truth(story.office.events(world.sandbox.clock.now()), story.zone, **more).rounded()
    found = world.measurements()
    wrong = sorted((key for key in truth.keys() | found.keys() if truth.get(key) != found.get(key)), key=str)
    shown = "\n".join(f"{key}: ledger {found.get(key)}, truth {truth.get(key)}" for key in wrong[:6])
    assert not wrong, f"{len(wrong)} of {len(truth)} are wrong:\n{shown}"
    return {key[0] for key in truth}


def test_a_full_load_is_true(portal: Callable[..., Any]) -> None:
    """Every measure of every day equals the recomputation, and every measure that the tap feeds has data."""
    from kpitaps_hubspot.tap import tap

    world = portal(Story(founded=FOUNDED), NOW)
    world.synced()
    assert _assert_true(world) == set(tap.measures)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_other_versions_tell_the_same(portal: Callable[..., Any], version: str) -> None:
    """The legacy paths and another dated version lead to the same numbers."""
    world = portal(Story(founded=date(2026, 1, 1)), NOW, {"api_version": version}, auth="oauth")
    world.synced()
    assert len(_assert_true(world)) > 20
    crm = [entry.path for entry in world.sandbox.log if entry.path.startswith("/crm/")]
    assert all(f"/{version}" in path for path in crm)


def test_increments_are_true(portal: Callable[..., Any]) -> None:
    """Read again after hours, days and weeks, with deletions, merges and reopenings in between: the ledger is true."""
    world = portal(Story(founded=FOUNDED), NOW - timedelta(days=60))
    world.synced()
    for hours in (0.2, 3, 24, 24, 100, 400, 880):
        world.move_to(world.sandbox.clock.now() + timedelta(hours=hours))
        world.synced()
        _assert_true(world)


def test_another_zone_and_another_spell_of_customers(portal: Callable[..., Any]) -> None:
    """Days are those of the account, whose zone HubSpot may name by an old alias; customers stay as long as is said."""
    story = Story(founded=date(2026, 1, 1), zone="America/New_York")
    world = portal(story, NOW, {"customer_for": 20}, time_zone="US/Eastern")
    world.synced()
    _assert_true(world, customer_for=20)
