"""Connecting accounts that somebody must consent to: who is asked, and which grant serves which connection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from parts.oauth_provider import CLIENT, HOST, Provider
from store.shelf import dump

from kpitaps import Account, AuthorizationCode, BadSettings, NeedsAuth, Record, Secret, Settings, Tap, setting
from kpitaps.app import Runtime, connect, connection_statuses, disconnect, sync_all
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.plugins import Installed, Plugins, PluginState
from kpitaps.store import list_connections, open_repairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps import Context, Span

APP = {**CLIENT, "user": ""}


class PortalSettings(Settings):
    """What a person tells of an app."""

    client_id: str = setting("Client ID", help="Of the app")
    client_secret: Secret = setting("Client secret", help="Of the app")
    user: str = setting("User", help="Who consents, as the source would tell it", default="")


def portal(life: int = 3600) -> Tap:
    """Return a tap of a source where a consent opens the one account that the person has chosen."""
    terms = AuthorizationCode(f"https://{HOST}/authorize", "/token", life=life)
    tap = Tap(
        "portal", title="Portal", settings=PortalSettings, api=1, base_url=f"https://{HOST}", hosts=[HOST], auth=terms
    )

    @tap.account
    def account(ctx: Context) -> Account:
        number = ctx.http.get("/me").json()["chain"]
        return Account(f"p{number}", f"Portal {number}", "Europe/Amsterdam", "EUR", user=ctx.settings.user)

    for name in ("orders", "refunds"):

        @tap.records(name, feeds=[tap.measure("orders")], every="15m", history="2d")
        def read(ctx: Context, _span: Span) -> Iterator[Record]:
            ctx.http.get("/records")
            yield from ()

    return tap


class World:
    """A process and a source."""

    def __init__(self, runtime: Runtime, provider: Provider) -> None:
        self.runtime, self.provider = runtime, provider
        self.asked: list[str] = []

    def person(self, url: str) -> str:
        """Consent at once."""
        self.asked.append(url)
        return self.provider.authorize({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})

    def connect(self, name: str = "", **more: Any) -> str:
        """Connect an account and return its connection's name."""
        options = {"consent": self.person, **more}
        return connect(self.runtime, "portal", {**APP, "user": options.pop("user", "")}, name=name, **options).name

    def keys(self) -> dict[str, str | None]:
        """Return the key of each connection's grant."""
        return {each.name: each.grant_key for each in list_connections(self.runtime.ledger.database)}

    def repairs(self) -> list[str]:
        """Return the open repairs."""
        return [repair.code for repair in open_repairs(self.runtime.ledger.database)]


@contextmanager
def opened(home: Path, **more: Any) -> Iterator[World]:
    """Start a source and open a process."""
    with Provider(**more) as provider:
        plugins = Plugins((Installed("portal", "kpitaps-portal", "1", PluginState.READY, taps=(portal(),)),))
        environment = Environment(home=home, routes={HOST: provider.url}, workers=1)
        with Runtime(environment, plugins=plugins, policy=RetryPolicy.testing()) as runtime:
            yield World(runtime, provider)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A source whose access tokens live for an hour."""
    with opened(tmp_path / "home") as found:
        yield found


def test_each_account_has_a_grant_of_its_own_where_a_consent_opens_one(world: World) -> None:
    """An account that is there already is not the one that is meant: somebody is asked, and may choose another."""
    assert [world.connect(), world.connect()] == ["Portal 1", "Portal 2"]
    assert len(world.asked) == 2
    assert len(set(world.keys().values())) == 2
    assert world.asked[0].startswith(world.provider.url), "the browser is sent where the developer sends the host"


def test_a_consent_that_is_good_is_not_asked_for_again(world: World) -> None:
    """Settings of a connection that works are changed without a consent; without anybody to ask, too."""
    world.connect("mine")
    assert world.connect("mine", consent=None) == "mine"
    assert len(world.asked) == 1


def test_without_anybody_to_ask_it_is_refused(world: World) -> None:
    """A process without a terminal says what to run."""
    with pytest.raises(NeedsAuth, match=r"somebody must consent that kpitaps reads Portal: kpitaps add portal$"):
        world.connect(consent=None)


def test_a_consent_for_another_account_does_not_take_the_name(world: World) -> None:
    """Whoever chooses another account while authorising again is told so; the connection stays as it was."""
    world.connect("mine")
    world.provider.revoke(1)
    sync_all(world.runtime)
    with pytest.raises(Exception, match="there is a connection 'mine' already, for another account"):
        world.connect("mine")
    assert len(world.keys()) == 1


def test_users_that_the_source_tells_apart_have_grants_apart(world: World) -> None:
    """One user's accounts live on the last consent, which may have ended the one before; another user's do not."""
    for name, user in (("a", "anna"), ("b", "anna"), ("c", "cees")):
        world.connect(name, user=user)
    keys = world.keys()
    assert keys["a"] == keys["b"]
    assert keys["c"] != keys["a"]


def test_a_consent_that_is_lost_amid_a_sync_is_one_repair(tmp_path: Path) -> None:
    """The account answers, then the consent is taken back: the streams fail, and one repair says why."""
    with opened(tmp_path / "home") as world:
        world.connect("mine")
        sync_all(world.runtime)
        served = world.provider.api

        def api(authorization: str) -> Any:
            answer = served(authorization)
            world.provider.revoke(1)
            return answer

        world.provider.api = api  # type: ignore[method-assign]
        sync_all(world.runtime)
        assert world.repairs() == ["needs_auth:account"]
        sync_all(world.runtime)
        assert world.repairs() == ["needs_auth:account"]
        (status,) = connection_statuses(world.runtime)
        assert "revoked" in status.message
        assert status.message.endswith("authorise again")


def test_a_setting_that_nothing_is_authorised_by_is_named(world: World) -> None:
    """An empty secret is no secret."""
    with pytest.raises(BadSettings, match="setting client_secret: is needed"):
        connect(world.runtime, "portal", {**APP, "client_secret": ""}, consent=world.person)


def test_accounts_of_one_name_are_told_apart(world: World) -> None:
    """Two systems of a company often call it the same: the second connection's name says which system it is."""
    world.connect("Portal 2")
    assert [world.connect(), world.connect()] == ["Portal 2 (Portal)", "Portal 3"]


@pytest.mark.parametrize("purge", [True, False])
def test_a_connection_may_be_disconnected_while_it_is_read(world: World, *, purge: bool) -> None:
    """What is under way ends without a word of bugs, and leaves nothing of what was purged."""
    world.connect("mine")
    served = world.provider.api

    def api(authorization: str) -> Any:
        world.provider.api = served  # type: ignore[method-assign]
        disconnect(world.runtime, "mine", purge=purge)
        return served(authorization)

    world.provider.api = api  # type: ignore[method-assign]
    sync_all(world.runtime)
    assert sync_all(world.runtime) == []
    rows = dump(world.runtime.ledger, "connection", "run", "generation", "repair", "oauth_grant")
    assert rows.pop("oauth_grant") == []
    assert any(rows.values()) is not purge
