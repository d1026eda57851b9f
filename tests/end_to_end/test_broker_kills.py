"""Three real processes share grants with single-use refresh tokens; they are left alone, or killed at random."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet

from kpitaps.http import Issued
from kpitaps.store import Grants, Ledger, Vault
from parts.grant_users import Place, Users
from parts.oauth_provider import Event, Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

REFRESHES = 1000
KILLING = 45.0
"""Seconds during which processes are killed."""

DEADLINE, LEASE = 3.0, 4.0
KEYS = tuple(f"user {number}" for number in range(5))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class House:
    """A provider, a ledger with grants of it, and who has seen which of them break."""

    def __init__(self, provider: Provider, ledger: Ledger, place: Place) -> None:
        self.provider, self.ledger, self.place = provider, ledger, place
        self.grants = Grants(ledger.database, ledger.vault)
        self.chains: dict[str, int] = {}
        self.repairs: list[tuple[int, str]] = []
        for key in place.keys:
            self.consent(key)

    def consent(self, key: str) -> None:
        """Consent, for the first time or anew."""
        self.chains[key], tokens = self.provider.consent()
        life = float(tokens["expires_in"])
        self.grants.consent("toy", key, Issued(tokens["access_token"], life, tokens["refresh_token"]))

    def mend(self) -> None:
        """Note each grant that is broken: its repair. Leave it so for a while, then consent anew."""
        for key in self.place.keys:
            grant = self.grants.find("toy", key)
            assert grant
            if grant.state == "broken":
                self.repairs.append((self.chains[key], grant.message))
                time.sleep(0.2)  # time enough for a loop to show
                self.consent(key)

    def use(self, key: str) -> bool:
        """Use a grant once, as one more process would."""
        with ExitStack() as stack:
            return self.place.client(stack, self.ledger, key).get("/orders").ok


@contextmanager
def _house(database_url: str, keys: tuple[str, ...], deadline: float, lease: float) -> Iterator[House]:
    key = Fernet.generate_key().decode()
    with Provider(life=0.02) as provider, Ledger(database_url, Vault(key)) as ledger:
        provider.tolerance = 60  # a token is stale for us long before it is for the provider
        yield House(provider, ledger, Place(database_url, key, provider.url, keys, deadline, lease))


def test_three_processes_refresh_a_thousand_times(database_url: str) -> None:
    """A thousand renewals of one grant by three processes: no refresh token is used twice, every token used is valid."""
    with _house(database_url, KEYS[:1], 30, 60) as house:
        users, began = Users(house.place, 3), time.monotonic()
        while house.provider.count("rotated") < REFRESHES and time.monotonic() - began < 90:
            time.sleep(0.1)
        assert users.end() == [0, 0, 0]
        kinds = Counter(event.kind for event in house.provider.events)
        grant = house.grants.find("toy", KEYS[0])
    print(f"\n{dict(kinds)} in {time.monotonic() - began:.1f} s")
    assert kinds.keys() == {"rotated", "used"}
    assert kinds["rotated"] >= REFRESHES
    assert grant
    assert (grant.state, grant.doubts, house.provider.revoked()) == ("ok", 0, set())


def test_kills_cost_only_what_the_provider_can_prove(database_url: str) -> None:
    """A grant is lost only if a kill fell between rotation and commit, and each such loss is one repair."""
    dice = random.Random(7)
    with _house(database_url, KEYS, DEADLINE, LEASE) as house:
        # The windows before and after the rotation are made wide, so that many kills fall into them.
        house.provider.before = lambda: time.sleep(random.uniform(0, 0.03))
        house.provider.after = lambda: time.sleep(random.uniform(0, 0.03))
        users, began, kills = Users(house.place, 3), time.monotonic(), []
        while time.monotonic() - began < KILLING:
            time.sleep(dice.uniform(0.1, 0.6))
            kills.append(users.kill(dice.randrange(3)))
            house.mend()
        assert users.end() == [0, 0, 0]
        time.sleep(LEASE)
        house.mend()
        alive = [house.use(key) for key in KEYS if house.grants.find("toy", key).state == "ok"]  # type: ignore[union-attr]
        house.mend()
        events = list(house.provider.events)
    _assert_proven(house, events, kills)
    assert alive == [True] * len(KEYS)
    kinds = Counter(event.kind for event in events)
    print(
        f"\n{len(kills)} kills, {dict(kinds)}, {len(house.repairs)} repairs, {_survived(events)} requests lost in vain"
    )
    assert kinds["reused"] > 0, "no kill fell between rotation and commit"


def _assert_proven(house: House, events: list[Event], kills: list[float]) -> None:
    reused = {event.chain: event for event in events if event.kind == "reused"}
    rotated = {(event.chain, event.token): event for event in events if event.kind == "rotated"}
    assert Counter(chain for chain, _ in house.repairs) == Counter(reused), (
        "one repair for each lost chain, and no other"
    )
    for chain, event in reused.items():
        lost = rotated[chain, event.token]
        shown = [other for other in events if other.token == lost.successor]
        assert shown == [], "the successor was known after all"
        assert any(lost.began <= kill <= event.at for kill in kills), "nobody was killed meanwhile"
        assert not [
            other
            for other in events
            if other.chain == chain and other.kind in ("refused", "rotated") and other.at > event.at
        ]
    assert all("authorise again" in message for _, message in house.repairs)
    assert {event.kind for event in events} <= {"rotated", "used", "reused", "turned away"}


def _survived(events: list[Event]) -> int:
    return sum(event.kind == "turned away" for event in events)
