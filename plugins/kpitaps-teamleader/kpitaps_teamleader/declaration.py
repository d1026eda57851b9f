"""The Teamleader tap itself; its streams are declared in the modules that read them."""

from __future__ import annotations

from kpitaps import AuthorizationCode, LimitHeaders, Rate, Tap
from kpitaps_teamleader.settings import TeamleaderSettings

API_VERSION = "2023-09-26"
"""Pinned: without the header Teamleader answers as its newest version does."""

tap = Tap(
    "teamleader",
    title="Teamleader Focus",
    settings=TeamleaderSettings,
    api=1,
    base_url="https://api.focus.teamleader.eu",
    hosts=["api.focus.teamleader.eu", "focus.teamleader.eu"],
    # Scopes are chosen when the integration is registered; PKCE is not documented.
    auth=AuthorizationCode(
        authorize_url="https://focus.teamleader.eu/oauth2/authorize",
        token_url="https://focus.teamleader.eu/oauth2/access_token",  # noqa: S106 - an address
        pkce=False,
        single_use_refresh=True,
    ),
    limits=[
        Rate(
            scope="{client_id}:{account}",
            count=200,
            per=60,
            read=LimitHeaders("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
        )
    ],
    headers={"X-Api-Version": API_VERSION},
)
