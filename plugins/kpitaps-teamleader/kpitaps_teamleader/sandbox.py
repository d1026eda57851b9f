"""A stand-in for one Teamleader Focus account: consent, rotating tokens, the RPC-style API with its limit and quirks.

`Sandbox` answers real HTTP from a story's office; ``python -m kpitaps.testing kpitaps_teamleader.sandbox:Sandbox``
runs one.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.testing import Asgi, Clock, Faults, Front, Logged, SlidingWindow, Story, Verdict, admin_routes
from kpitaps.testing.asgi import JSONResponse, Response, Route, Starlette
from kpitaps_teamleader.sandbox_asks import Ask, Refused
from kpitaps_teamleader.sandbox_books import Books
from kpitaps_teamleader.sandbox_oauth import Consent
from kpitaps_teamleader.sandbox_operations import OPERATIONS
from kpitaps_teamleader.sandbox_service import CATEGORY_FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpitaps.testing.asgi import Request

FAULTS = (
    "duplicate_rows",
    "expired_token",
    "ignored_filter",
    "missing_rights",
    "refresh_lost",
    "reordered_rows",
    "throttled",
)
STICKY_FAULTS = ("revoked",)
LIMIT = 200
"""Requests in any 60 seconds: https://developer.focus.teamleader.eu/docs/api/rate-limiting"""

_BRUSSELS = ZoneInfo("Europe/Brussels")


class Sandbox:
    """One account and the one integration that somebody there may consent to.

    Args:
        story: What happened; the account shows its office.
        clock: What time it is there; codes and tokens expire by it.
        limit: Requests in any 60 seconds.
        seconds: Real time that the limit counts by; None counts by ``clock``.
        departments: Names and currencies of further legal entities.
        latency: Seconds that every answer takes at least.
        log: Where requests are written to.
    """

    hosts = ("api.focus.teamleader.eu", "focus.teamleader.eu")

    def __init__(
        self,
        story: Story,
        clock: Clock,
        *,
        limit: int = LIMIT,
        seconds: Callable[[], float] | None = time.monotonic,
        departments: Sequence[tuple[str, str]] = (),
        latency: float = 0.0,
        log: list[Logged] | None = None,
    ) -> None:
        self.story = story
        self.clock = clock
        self.faults = Faults(FAULTS, STICKY_FAULTS)
        self.log: list[Logged] = [] if log is None else log
        self.window = SlidingWindow(limit, 60, seconds=seconds)
        self.host = self.hosts[0]
        client = {"client_id": "kade-integration", "client_secret": "tl_kade_secret"}
        self.settings = {**client, "ticket_category_field": CATEGORY_FIELD}
        self._real = seconds is not None
        self._books = Books(story.office, [(story.name, story.currency), *departments])
        self._oauth = Consent(clock, client, self.faults.spoils)
        self.app: Asgi = Front(self._routes(), clock=clock, faults=self.faults, log=self.log, latency=latency)

    def consent(self, url: str) -> str:
        """Consent as a person in a browser would, and return the address to which the browser is then sent."""
        return self._oauth.grant(url)

    def _routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/oauth2/authorize", self._oauth.authorize, methods=["GET"]),
                Route("/oauth2/access_token", self._oauth.exchange, methods=["POST"]),
                *admin_routes(self),
                Route("/{operation:path}", self._call, methods=["POST"]),
            ]
        )

    async def _call(self, request: Request) -> Response:
        try:
            self._admit(request)
        except Refused as refused:
            return _refusal(refused)
        verdict = self._count(request)
        if not verdict.allowed:
            request.state.note = "throttled"
            return _refusal(Refused(429, "Too Many Requests"), self._rates(verdict))
        try:
            answer = self._answer(request.path_params["operation"], await request.body(), request)
        except Refused as refused:
            return _refusal(refused, self._rates(verdict))
        return JSONResponse(answer, headers=self._rates(verdict))

    def _admit(self, request: Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.faults.spoils("expired_token", request):
            self._oauth.drop(token)
        if self.faults.spoils("refresh_lost", request):
            self._oauth.lose(token)
        if self.faults.spoils("revoked", request):
            self._oauth.revoke()
        if not self._oauth.knows(token):
            request.state.note = "unauthorised"
            raise Refused(401, "Access token is invalid")

    def _count(self, request: Request) -> Verdict:
        now = datetime.now(UTC) if self._real else self.clock.now()
        verdict = self.window.take(now)
        if self.faults.spoils("throttled", request):
            return Verdict(allowed=False, remaining=verdict.remaining, resets_at=now + timedelta(seconds=1))
        return verdict

    def _rates(self, verdict: Verdict) -> dict[str, str]:
        reset = verdict.resets_at.astimezone(_BRUSSELS)
        return {
            "X-RateLimit-Limit": str(self.window.count),
            "X-RateLimit-Remaining": str(verdict.remaining),
            # No colon in the offset, as the documentation shows it.
            "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%M:%S}.{reset.microsecond // 1000:03d}{reset:%z}",
        }

    def _answer(self, operation: str, content: bytes, request: Request) -> dict[str, Any]:
        if self.faults.spoils("missing_rights", request):
            raise Refused(403, "You do not have the rights for this")
        self._books.move_to(self.clock.now())
        ask = Ask(self._books, _body(content), unfiltered=self.faults.spoils("ignored_filter", request))
        if (known := OPERATIONS.get(operation)) is None:
            raise Refused(404, f"There is no {operation}")
        answer = known.answer(ask)
        if "X-Api-Version" not in request.headers:
            ask.ignored.append("no X-Api-Version")
        if ask.ignored:
            request.state.note = f"ignored: {', '.join(sorted(ask.ignored))}"
        if isinstance(answer.get("data"), list):
            if self.faults.spoils("duplicate_rows", request):
                answer["data"] = [row for row in answer["data"] for _ in range(2)]
            if self.faults.spoils("reordered_rows", request):
                answer["data"] = answer["data"][::-1]
        return answer


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be a JSON object")
    return body


def _refusal(refused: Refused, headers: dict[str, str] | None = None) -> Response:
    errors = [{"title": str(refused), "status": refused.status, "meta": {}}]
    return JSONResponse({"errors": errors}, status_code=refused.status, headers=headers)


def demo_sandbox(story: Story, clock: Clock) -> Sandbox:
    """Return a sandbox for people who wait: it counts as Teamleader does, but allows far more in a minute."""
    return Sandbox(story, clock, limit=200_000)
