"""The Exact Online tap itself; its streams are declared in the modules that read them.

Limits: https://support.exactonline.com/community/s/knowledge-base#All-All-DNO-Simulation-gen-apilimits
"""

from __future__ import annotations

from kpitaps import AuthorizationCode, Counter, ErrorBudget, LimitHeaders, Rate, Tap
from kpitaps_exact_online.settings import ExactSettings

SCOPE = "{client_id}:{account}"

tap = Tap(
    "exact_online",
    title="Exact Online",
    settings=ExactSettings,
    api=1,
    base_url="https://start.exactonline.{country}/api/v1",
    hosts=["start.exactonline.{country}"],
    auth=AuthorizationCode(
        authorize_url="https://start.exactonline.{country}/api/oauth2/auth",
        token_url="https://start.exactonline.{country}/api/oauth2/token",  # noqa: S106 - an address
        pkce=False,
        single_use_refresh=True,
        # A new token is refused, and counted as an error, before the last one is 570 s old. Clocks and networks are
        # not that exact; the token is good until 600 s.
        min_age=575,
        refresh_life=30 * 86_400,
        token_calls_a_day=200,
        errors_an_hour=10,
        life=600,
    ),
    limits=[
        Rate(
            SCOPE,
            60,
            per=60,
            read=LimitHeaders(
                "X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset"
            ),
        ),
        Counter(
            SCOPE,
            5_000,
            resets="day",
            read=LimitHeaders("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
        ),
        ErrorBudget(SCOPE, 10, per=3_600),
    ],
)
