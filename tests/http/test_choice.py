"""Which kind of authorisation is used, and where a browser is sent."""

from __future__ import annotations

import pytest

from kpitaps import AuthorizationCode, BadSettings, ClientCredentials, ServiceAccount, StaticKey, TapBug
from kpitaps.http import given_kind, routed

KEY = StaticKey()
OAUTH = AuthorizationCode("https://{site}.v.example/authorize", "/token", scopes=("read {area}",))
APP = ClientCredentials("/token", extra={"scope": "{area}"})
ROBOT = ServiceAccount("https://v.example/token", scopes=("read",))
NOTHING = dict.fromkeys(("token", "client_id", "client_secret", "site", "area", "service_account"), "")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (KEY, {"token"}),
        (OAUTH, {"client_id", "client_secret", "site", "area"}),
        (AuthorizationCode("https://v.example/a", "/token", client_id="public", client_secret=""), set()),
        (APP, {"client_id", "client_secret", "area"}),
        (ROBOT, {"service_account"}),
    ],
)
def test_a_kind_needs_the_settings_that_it_names(kind: StaticKey, names: set[str]) -> None:
    """Every setting that stands in its terms is needed, and no other."""
    assert set(kind.needs) == names


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({"token": "t"}, KEY),
        ({"token": "t", "client_id": "i", "client_secret": "s", "site": "x", "area": "a"}, KEY),
        ({"client_id": "i", "client_secret": "s", "site": "x", "area": "a"}, OAUTH),
        ({"client_id": "i", "client_secret": "s", "area": "a"}, APP),
        ({"service_account": "{}"}, ROBOT),
    ],
)
def test_the_first_kind_that_is_given_is_chosen(given: dict[str, str], chosen: object) -> None:
    """In the order of the tap's list, the first kind all of whose settings are given."""
    assert given_kind((KEY, OAUTH, APP, ROBOT), {**NOTHING, **given}) is chosen


def test_what_is_missing_is_named() -> None:
    """With one kind the setting is named, with several each way."""
    with pytest.raises(BadSettings, match=r"^setting client_secret: is needed"):
        given_kind((ClientCredentials("/token"),), {**NOTHING, "client_id": "i"})
    with pytest.raises(BadSettings, match=r"give one of these: token; or client_id and client_secret and area$"):
        given_kind((KEY, APP), NOTHING)


def test_a_name_that_is_no_setting_is_the_authors_mistake() -> None:
    """It is not asked of the person who connects."""
    with pytest.raises(TapBug, match="asks for the setting 'token'"):
        given_kind((KEY,), {}).bind({})


@pytest.mark.parametrize(
    ("url", "leads_to"),
    [
        ("https://V.example/authorize?a=b#c", "http://127.0.0.1:9/authorize?a=b#c"),
        ("https://other.example/x", "https://other.example/x"),
        ("https://v.example:444/x", "https://v.example:444/x"),
    ],
)
def test_a_browser_follows_the_developers_routes(url: str, leads_to: str) -> None:
    """A host that is sent to a sandbox is sent there in a browser too; all others are left alone."""
    assert routed(url, {"v.EXAMPLE": "http://127.0.0.1:9"}) == leads_to


def test_a_route_leads_to_loopback_only() -> None:
    """Nobody's consent is sent to another machine by a route."""
    with pytest.raises(BadSettings, match="may only lead to"):
        routed("https://v.example/x", {"v.example": "http://evil.example:80"})
