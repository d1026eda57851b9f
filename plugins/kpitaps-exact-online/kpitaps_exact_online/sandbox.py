"""A stand-in for one customer of Exact Online: consent, short-lived tokens, divisions, lists with their oddities.

`Sandbox` answers real HTTP from a story's bookkeeping and office; ``python -m kpitaps.testing
kpitaps_exact_online.sandbox:Sandbox`` runs one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from kpitaps.testing import Asgi, Clock, Faults, Front, Logged, Story, Verdict, admin_routes
from kpitaps.testing.asgi import JSONResponse, Response, Route, Starlette
from kpitaps_exact_online.sandbox_books import Books
from kpitaps_exact_online.sandbox_divisions import Division, Visit, site_of
from kpitaps_exact_online.sandbox_entities import ENTITIES, ME, OUTER
from kpitaps_exact_online.sandbox_limits import COUNTED, DAILY, MINUTELY, Allowance, LimitHit, Limits
from kpitaps_exact_online.sandbox_queries import Query
from kpitaps_exact_online.sandbox_tokens import TOKEN_FAULTS, Consent
from kpitaps_exact_online.sandbox_wire import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpitaps.testing.asgi import Request
    from kpitaps_exact_online.sandbox_queries import Entity

FAULTS = (
    "expired_token",
    *TOKEN_FAULTS,
    "missing_right",
    "no_deleted_right",
    "minutely_limit",
    "daily_limit",
    "limit_with_remaining",
    "next_dropped",
)
STICKY_FAULTS = ("revoked",)

_ALL = {entity.path.lower(): entity for entity in ENTITIES}
_OUTER = {entity.path.lower(): entity for entity in OUTER}
_KEYED = re.compile(r"(?P<path>[^(]+)\((?:guid)?'?(?P<key>[^')]+)'?\)")
_ATOM = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"></feed>'


class Sandbox:
    """One customer, the user who consents, and the one app that may be consented to.

    Args:
        story: What happened; the user's current division shows its bookkeeping and its office.
        clock: What time it is there.
        minutely: Calls in a minute that each division allows.
        daily: The same in a day.
        now: The time by which tokens, limits and errors are counted; None counts them by real time, as a client does.
        others: What happened in further divisions that the user may see.
        country: The last part of the host name; by default that of the story's zone.
        latency: Seconds that every answer takes at least.
        log: Where requests are written to. What Exact forbids is noted as ``forbidden: <what>``.
    """

    def __init__(
        self,
        story: Story,
        clock: Clock,
        *,
        minutely: int = MINUTELY,
        daily: int = DAILY,
        now: Callable[[], datetime] | None = None,
        others: Sequence[Story] = (),
        country: str | None = None,
        latency: float = 0.0,
        log: list[Logged] | None = None,
    ) -> None:
        self.story = story
        self.clock = clock
        self.faults = Faults(FAULTS, STICKY_FAULTS)
        self.log: list[Logged] = [] if log is None else log
        site = country or site_of(story.zone)[0]
        self.host = f"start.exactonline.{site}"
        self.hosts = (self.host,)
        client = {"client_id": "0f3c9d1e-kade-app", "client_secret": "eo_kade_secret"}
        self.settings = {**client, "country": site}
        self._now = now or _real_now
        self._limits = Limits(Allowance(minutely, daily))
        self._oauth = Consent(self._now, client, self.faults.spoils)
        self.divisions = _divisions(story, others)
        self.app: Asgi = Front(self._routes(), clock=clock, faults=self.faults, log=self.log, latency=latency)

    @property
    def division(self) -> int:
        """The number of the division that shows the story."""
        return self.divisions[0].code

    @property
    def books(self) -> Books:
        """What that division holds; what is ``hidden`` there, and its ``overview_error``, put it in disorder."""
        books = self.divisions[0].books
        assert books is not None
        return books

    @property
    def breaches(self) -> list[str]:
        """What was done that Exact Online forbids: too early refreshes, calls and errors beyond the limits."""
        return [entry.note for entry in self.log if entry.note.startswith("forbidden:")]

    @property
    def busiest_minute(self) -> int:
        """Most calls of one division in any 60 seconds: a limit per minute of the clock lets twice as many pass."""
        return self._limits.busiest_minute

    def forgive(self) -> None:
        """Forget all errors, and unblock the app."""
        self._limits.forgive()

    def move(self) -> None:
        """Move the division to another database, as Exact does at times: all its row versions are new, and lower."""
        self.books.numbering.moved_on = self.books.local(self.clock.now())

    def consent(self, url: str) -> str:
        """Consent as a person in a browser would, and return the address to which the browser is then sent."""
        return self._oauth.grant(url)

    def _routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/oauth2/auth", self._oauth.authorize, methods=["GET"]),
                Route("/api/oauth2/token", self._exchange, methods=["POST"]),
                *admin_routes(self),
                Route("/api/v1/{division}/{endpoint:path}", self._call, methods=["GET"]),
            ]
        )

    async def _exchange(self, request: Request) -> Response:
        response = await self._oauth.exchange(request)
        if response.status_code in COUNTED:
            self._count_error(0, "oauth2/token", request)
        return response

    async def _call(self, request: Request) -> Response:
        headers: dict[str, str] = {}
        endpoint = request.path_params["endpoint"].partition("(")[0].lower()
        division = self._number(request)
        try:
            self._limits.check(self._now())
            self._admit(request)
            headers = self._count(division, request)
            response = self._answer(division, endpoint, request)
        except LimitHit as hit:
            return _refusal(hit, hit.headers)
        except Refused as refused:
            if refused.status in COUNTED and refused.reason != "ApiKeyBlocked":
                self._count_error(division, endpoint, request)
            return _refusal(refused, headers)
        response.headers.update(headers)
        return response

    def _number(self, request: Request) -> int:
        given = request.path_params["division"]
        return int(given) if given.isdecimal() else self.division

    def _admit(self, request: Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.faults.spoils("revoked", request):
            self._oauth.revoke()
        for fault in ("expired_token", *TOKEN_FAULTS):
            if self.faults.spoils(fault, request):
                self._oauth.drop(token, fault if fault in TOKEN_FAULTS else "")
        if not self._oauth.knows(token):
            request.state.note = getattr(request.state, "note", "") or "unauthorised"
            raise Refused(401, "Unauthorized", "Access token is invalid or has expired")

    def _count(self, division: int, request: Request) -> dict[str, str]:
        now = self._now()
        soon, later = now + timedelta(seconds=1), now + timedelta(hours=6)
        if self.faults.spoils("minutely_limit", request):
            raise LimitHit(self._limits.minutely(Verdict(allowed=False, remaining=0, resets_at=soon)))
        if self.faults.spoils("limit_with_remaining", request):
            raise LimitHit(self._limits.minutely(Verdict(allowed=False, remaining=17, resets_at=soon)))
        if self.faults.spoils("daily_limit", request):
            raise LimitHit(self._limits.daily(Verdict(allowed=False, remaining=0, resets_at=later)))
        try:
            return self._limits.take(division, now)
        except LimitHit as hit:
            period = "minute" if any("Minutely" in name for name in hit.headers) else "day"
            request.state.note = f"forbidden: too many calls in a {period}"
            raise

    def _count_error(self, division: int, endpoint: str, request: Request) -> None:
        if self._limits.fail(division, endpoint, self._now()):
            request.state.note = f"forbidden: too many errors in an hour at {endpoint}"

    def _answer(self, division: int, endpoint: str, request: Request) -> Response:
        place = next((each for each in self.divisions if each.code == division), None)
        if place is None or not place.is_allowed:
            raise Refused(403, f"Forbidden - User has no access to division {division}.", "NoDivisionAccess")
        if self.faults.spoils("missing_right", request) or (
            endpoint == "sync/deleted" and self.faults.spoils("no_deleted_right", request)
        ):
            raise Refused(403, "Forbidden", "The user does not have the rights for this")
        books, entity = self._found(place, endpoint, request)
        if "application/json" not in request.headers.get("Accept", ""):
            request.state.note = "ignored: no Accept header that asks for JSON"
            return Response(_ATOM, media_type="application/atom+xml")
        query = Query(entity, dict(request.query_params))
        if query.ignored:
            request.state.note = f"ignored: {', '.join(sorted(query.ignored))}"
        if keyed := _KEYED.fullmatch(request.path_params["endpoint"]):
            return JSONResponse(query.one(books, keyed["key"]))
        dropped = bool(query.selected) and self.faults.spoils("next_dropped", request)
        return JSONResponse(query.answer(books, f"https://{self.host}{request.url.path}", loses_next=dropped))

    def _found(self, place: Division, endpoint: str, request: Request) -> tuple[Any, Entity]:
        now, current = self.clock.now(), self.books
        visit = Visit(self.divisions, current, now)
        if request.path_params["division"] == "current" and endpoint == "me":
            return visit, ME
        if not request.path_params["division"].isdecimal():
            raise Refused(404, "Resource not found for the segment 'current'.")
        if entity := _OUTER.get(endpoint):
            return visit, entity
        if (entity := _ALL.get(endpoint)) is None:
            raise Refused(404, f"Resource not found for the segment '{endpoint}'.")
        if place.books is None:
            raise Refused(403, f"Forbidden - Division {place.code} is blocked.", "DivisionBlocked")
        place.books.move_to(now)
        return place.books, entity


def _real_now() -> datetime:
    return datetime.now(UTC)


def _divisions(story: Story, others: Sequence[Story]) -> list[Division]:
    first = 1_500_000 + 100 * (crc32(story.name.encode()) % 10_000)
    stories = [story, *others]
    shown = [
        Division(first + place, each.name, each.currency, site_of(each.zone)[1], Books(each, first + place))
        for place, each in enumerate(stories)
    ]
    rest = first + len(stories)
    home = story.currency, site_of(story.zone)[1]
    archived = Division(rest, f"{story.name} (oud)", *home, is_archived=True)
    foreign = Division(rest + 1, "Holding De Kade", *home, is_allowed=False)
    return [*shown, archived, foreign]


def _refusal(refused: Refused, headers: dict[str, str]) -> Response:
    reason = {"Reason": refused.reason} if refused.reason else {}
    body = {"error": {"code": "", "message": {"lang": "", "value": str(refused)}}}
    return JSONResponse(body, status_code=refused.status, headers={**headers, **reason})


def demo_sandbox(story: Story, clock: Clock) -> Sandbox:
    """Return a sandbox for people who wait: it counts as Exact does, but allows far more."""
    return Sandbox(story, clock, minutely=200_000, daily=50_000_000)
