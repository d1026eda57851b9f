"""The provider that the broker is tested against is as unforgiving as it should be."""

from __future__ import annotations

from parts.oauth_provider import CLIENT, Provider


def test_a_refresh_token_works_once_and_reuse_revokes_all() -> None:
    """The second use of a refresh token kills its successor and the access tokens of the chain."""
    with Provider() as provider:
        _, first = provider.consent()
        form = {**CLIENT, "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        status, second = provider.token(form)
        assert (status, provider.api(f"Bearer {second['access_token']}")[0]) == (200, 200)
        assert provider.token(form)[0] == 401
        assert provider.token({**form, "refresh_token": second["refresh_token"]})[0] == 400
        assert provider.api(f"Bearer {second['access_token']}")[0] == 401
        kinds = [event.kind for event in provider.events]
    assert kinds == ["rotated", "used", "reused", "refused", "turned away"]


def test_a_stranger_gets_nothing() -> None:
    """A client with a wrong secret, and a made-up token, are refused."""
    with Provider() as provider:
        _, tokens = provider.consent()
        form = {**CLIENT, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert provider.token({**form, "client_secret": "guess"})[0] == 401
        assert provider.token({**form, "refresh_token": "guess"})[0] == 400
        assert provider.api("Bearer guess")[0] == 401
        assert provider.token(form)[0] == 200
