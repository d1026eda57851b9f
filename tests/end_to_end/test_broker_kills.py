"""Three real processes share grants with single-use refresh tokens; they are left alone, or killed at random."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from parts.grant_users import Place, Users
from parts.oauth_provider import Event, Provider

from kpitaps.errors import NeedsAuth
from kpitaps.http import Issued
from kpitaps.store import Grants, Ledger, Vault
from kpitaps.store.tables import oauth_grant

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
        self.orphans: list[tuple[int, float]] = []
        for key in place.keys:
            self.consent(key)

    def consent(self, key: str) -> None:
        """Consent, for the first time or anew."""
        self.chains[key], tokens = self.provider.consent()
        life = float(tokens["expires_in"])
        self.grants.consent("toy", key, Issued(tokens["access_token"], life, tokens["refresh_token"]))

    def bury(self, pid: int) -> None:
        """Note which renewals a killed process has left behind; nobody takes them over for some seconds yet."""
        with self.ledger.database.read() as connection:
            rows = connection.execute(oauth_grant.select().where(oauth_grant.c.owner.contains(f":{pid}:")))
            self.orphans += [(self.chains[row.key], time.time()) for row in rows if row.state == "ok"]

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
        """Use a grant once, as one more process would; if it turns out to be lost, mend it and use it again."""
        with ExitStack() as stack:
            client = self.place.client(stack, self.ledger, key)
            try:
                return client.get("/orders").ok
            except NeedsAuth:
                self.mend()
                return client.get("/orders").ok


@contextmanager
def _house(database_url: str, keys: tuple[str, ...], deadline: float, lease: float) -> Iterator[House]:
    key = Fernet.generate_key().decode()
    with Provider(life=0.02) as provider, Ledger(database_url, Vault(key)) as ledger:
        provider.tolerance = 60  # a token is stale for us long before it is for the provider
        yield House(provider, ledger, Place(database_url, key, provider.url, keys, deadline, lease))


def test_three_processes_refresh_a_thousand_times(database_url: str) -> None:
    """A thousand renewals of one grant by three processes: no refresh token is used twice, each token used is valid."""
    with _house(database_url, KEYS[:1], 30, 60) as house:
        users, began = Users(house.place, 3), time.monotonic()
        while house.provider.count("rotated") < REFRESHES and time.monotonic() - began < 90:
            time.sleep(0.1)
        assert users.end() == [0, 0, 0]
        kinds = Counter(event.kind for event in house.provider.events)
        grant = house.grants.find("toy", KEYS[0])
    assert kinds.keys() == {"rotated", "used"}
    assert kinds["rotated"] >= REFRESHES
    assert grant
    assert (grant.state, grant.doubts, house.provider.revoked()) == ("ok", 0, set())


def test_kills_cost_only_what_the_provider_can_prove(database_url: str) -> None:
    """A grant is lost only if its holder was killed amid a request that the provider carried out: one repair each."""
    dice = random.Random(7)
    with _house(database_url, KEYS, DEADLINE, LEASE) as house:
        # The windows before and after the rotation are made wide, so that many kills fall into them.
        house.provider.before = lambda: time.sleep(random.uniform(0, 0.03))
        house.provider.after = lambda: time.sleep(random.uniform(0, 0.03))
        users, began, kills = Users(house.place, 3), time.monotonic(), 0
        while time.monotonic() - began < KILLING:
            time.sleep(dice.uniform(0.1, 0.6))
            house.bury(users.kill(dice.randrange(3)))
            kills += 1
            house.mend()
        assert users.end() == [0, 0, 0]
        time.sleep(LEASE)
        house.mend()
        alive = [house.use(key) for key in KEYS]
        events = list(house.provider.events)
    _assert_proven(house, events)
    assert alive == [True] * len(KEYS)
    kinds = Counter(event.kind for event in events)
    report = f"{kills} kills, {len(house.orphans)} amid renewals, {len(house.repairs)} repairs, {dict(kinds)}"
    print(f"\n{report}")  # noqa: T201 - for whoever runs it by hand
    assert kinds["reused"] > 0, "no kill fell between rotation and commit"


def _assert_proven(house: House, events: list[Event]) -> None:
    reused = {event.chain: event for event in events if event.kind == "reused"}
    rotated = {(event.chain, event.token): event for event in events if event.kind == "rotated"}
    assert Counter(chain for chain, _ in house.repairs) == Counter(reused.keys()), "one repair for each lost chain"
    assert all(message.endswith("authorise again") for _, message in house.repairs)
    for chain, end in reused.items():
        lost = rotated[chain, end.token]
        assert [event for event in events if event.token == lost.successor] == [], "the successor was known after all"
        assert _killed(house, chain, lost.began, end.at), "its holder was not killed"
    # After the end of a chain nobody renews it again, unless he who had heard of it was killed before he could say so;
    # an access token of it that was at hand is turned away.
    after = [event for event in events if event.chain in reused and event.at > reused[event.chain].at]
    for event in (event for event in after if event.kind == "refused"):
        heard = max(other.began for other in events if other.chain == event.chain and other.began < event.began)
        assert _killed(house, event.chain, heard, event.at), "somebody asked again without need"
    assert {event.kind for event in after} <= {"turned away", "refused"}
    assert {event.kind for event in events if event not in after} == {"rotated", "reused", "used"}


def _killed(house: House, chain: int, after: float, before: float) -> bool:
    return any(number == chain and after <= at <= before for number, at in house.orphans)
