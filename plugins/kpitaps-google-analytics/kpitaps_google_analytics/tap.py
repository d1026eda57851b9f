"""The Google Analytics 4 tap: visits, visitors, key events, advertising and page load of a property."""

from __future__ import annotations

from functools import partial
from importlib.resources import files

from kpitaps import AuthorizationCode, ServiceAccount, Tap
from kpitaps_google_analytics import account, ads, key_events, traffic, visitors, web_vitals
from kpitaps_google_analytics.limits import LIMITS
from kpitaps_google_analytics.settings import PropertySettings

SCOPES = ("https://www.googleapis.com/auth/analytics.readonly",)
_TOKENS = "https://oauth2.googleapis.com/token"
_HALF_A_YEAR = 180 * 86_400.0

tap = Tap(
    "google_analytics",
    title="Google Analytics",
    settings=PropertySettings,
    api=1,
    base_url="https://analyticsdata.googleapis.com",
    hosts=["analyticsdata.googleapis.com", "oauth2.googleapis.com", "accounts.google.com"],
    auth=[
        ServiceAccount(_TOKENS, scopes=SCOPES),
        # Google gives a refresh token only to who asks for offline access, and again only to who asks for consent.
        # https://developers.google.com/identity/protocols/oauth2/web-server
        AuthorizationCode(
            "https://accounts.google.com/o/oauth2/v2/auth",
            _TOKENS,
            scopes=SCOPES,
            asked={"access_type": "offline", "prompt": "consent"},
            single_use_refresh=False,
            refresh_life=_HALF_A_YEAR,
            life=3_600,
        ),
    ],
    limits=LIMITS,
    dashboard=files(__package__) / "dashboard.json",
)

for _part in (traffic, key_events, ads, web_vitals, visitors):
    for _measure in _part.FEEDS:
        tap.measure(_measure.key)

tap.account(account.read)

# Google takes up to 48 hours to process an event, and changes figures a little later still.
# https://support.google.com/analytics/answer/11198161
_periods = partial(tap.periods, every="1h", settles="3d", history="3y")
_periods("traffic", feeds=traffic.FEEDS)(traffic.read)
_periods("key_events", feeds=key_events.FEEDS)(key_events.read)
_periods("ads", feeds=ads.FEEDS)(ads.read)
_periods("web_vitals", feeds=web_vitals.FEEDS)(web_vitals.read)

tap.windows("visitors", feeds=visitors.FEEDS, every="1h", settles="3d")(visitors.read)
