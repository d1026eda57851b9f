"""A stand-in for one Shopify shop: token endpoint, scopes, and the Admin GraphQL API with its costs and its quirks.

`Sandbox` answers real HTTP from a `Story`; ``python -m kpitaps.testing kpitaps_shopify.sandbox:Sandbox`` runs one.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from kpitaps.testing import Asgi, Clock, Faults, Front, LeakyBucket, Logged, Story, admin_routes
from kpitaps.testing.asgi import HTMLResponse, JSONResponse, Response, Route, Starlette
from kpitaps.testing.graphql import Executor, Query, Refusal, refusal
from kpitaps_shopify.sandbox_matching import access_denied
from kpitaps_shopify.sandbox_root import Root
from kpitaps_shopify.sandbox_schema import SDL
from kpitaps_shopify.sandbox_shop import Shop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.testing.asgi import Request

FAULTS = (
    "access_denied",
    "duplicate_rows",
    "expired_token",
    "internal_error",
    "reordered_rows",
    "throttled",
)
STICKY_FAULTS = ("revoked", "unknown_shop")
MAX_QUERY_COST = 1_000
"""Points that a single query may ask for: https://shopify.dev/docs/api/usage/limits."""
BUCKET_SECONDS = 20
SUPPORTED_VERSIONS = 4
"""A version is served for a year; whoever asks for an older one gets the oldest that still is."""

_BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_VERSIONING = "https://shopify.dev/docs/api/usage/versioning"
_VERSION = re.compile(r"\d{4}-(01|04|07|10)")


class Sandbox:
    """One shop and the one app that is installed on it.

    Args:
        story: What happened in the shop.
        clock: What time it is there; tokens expire by it.
        plan: Points that come back per second: 100 (standard), 200, 1000 or 2000.
        scopes: What the app was granted.
        token_life: Seconds that a token is good for.
        api_version: The newest version that is served, and what a current client asks for.
        served_version: What is served whatever is asked; None follows Shopify's rule.
        checkouts_kept: How long an abandoned checkout is shown.
        latency: Seconds that every answer takes at least.
        log: Where requests are written to.
    """

    def __init__(
        self,
        story: Story,
        clock: Clock,
        *,
        plan: float = 100,
        scopes: Sequence[str] = ("read_orders", "read_all_orders", "read_customers"),
        token_life: float = 86_399,
        api_version: str = "2026-07",
        served_version: str | None = None,
        checkouts_kept: timedelta = timedelta(days=90),
        latency: float = 0.0,
        log: list[Logged] | None = None,
    ) -> None:
        self.story = story
        self.clock = clock
        self.scopes = tuple(scopes)
        self.token_life = token_life
        self.api_version = api_version
        self.served_version = served_version
        self.checkouts_kept = checkouts_kept
        self.faults = Faults(FAULTS, STICKY_FAULTS)
        self.log: list[Logged] = [] if log is None else log
        self.bucket = LeakyBucket(plan * BUCKET_SECONDS, plan)
        slug = re.sub(r"[^a-z0-9]+", "-", story.name.lower()).strip("-")
        self.host = f"{slug}.myshopify.com"
        self.settings = {"shop": slug, "client_id": "kade-app", "client_secret": "shpss_kade"}
        self._tokens: dict[str, datetime] = {}
        self._shop = Shop(story)
        self._executor = Executor(SDL)
        self.app: Asgi = Front(self._routes(), clock=clock, faults=self.faults, log=self.log, latency=latency)

    def _routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/admin/oauth/access_token", self._exchange, methods=["POST"]),
                Route("/admin/oauth/access_scopes.json", self._list_scopes, methods=["GET"]),
                Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
                *admin_routes(self),
            ]
        )

    async def _exchange(self, request: Request) -> Response:
        if (gone := self._gone(request)) is not None:
            return gone
        given = await _fields(request)
        if given.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "The sandbox exchanges client_credentials only")
        known = all(given.get(name) == self.settings[name] for name in ("client_id", "client_secret"))
        if not known or self.faults.spoils("revoked", request):
            return _oauth_error("invalid_client", "Client authentication failed")
        token = f"shpat_{token_hex(16)}"
        self._tokens[token] = self.clock.now() + timedelta(seconds=self.token_life)
        return JSONResponse({"access_token": token, "scope": ",".join(self.scopes), "expires_in": int(self.token_life)})

    async def _list_scopes(self, request: Request) -> Response:
        if (refused := self._gone(request) or self._unauthorised(request)) is not None:
            return refused
        return JSONResponse({"access_scopes": [{"handle": scope} for scope in self.scopes]})

    async def _graphql(self, request: Request) -> Response:
        if (refused := self._gone(request) or self._unauthorised(request)) is not None:
            return refused
        asked = request.path_params["version"]
        if (served := self._served(asked)) is None:
            return JSONResponse({"errors": "Not Found"}, status_code=404)
        headers = {"X-Shopify-API-Version": served}
        if served != asked:
            headers["X-Shopify-API-Version-Warning"] = _VERSIONING
        return JSONResponse(await self._answer(request), headers=headers)

    async def _answer(self, request: Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.body())
            query = self._executor.prepare(body["query"], body.get("variables"), body.get("operationName"))
        except Refusal as refused:
            return {"errors": refused.errors}
        except (KeyError, TypeError, ValueError):
            return {"errors": [{"message": "the body must be JSON with a query"}]}
        if self.faults.spoils("internal_error", request):
            message = "Internal error. Looks like something went wrong on our end."
            return {"errors": [{"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}
        return self._run(query, request)

    def _run(self, query: Query, request: Request) -> dict[str, Any]:
        requested = query.cost
        if requested > MAX_QUERY_COST:
            return {"errors": [_too_expensive(requested)]}
        if self.faults.spoils("throttled", request) or not self.bucket.take(requested):
            request.state.note = "throttled"
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": _LIMITS}}
            return {"errors": [error], "extensions": {"cost": self._cost(requested, None)}}
        root = self._root(request)
        try:
            if self.faults.spoils("access_denied", request):
                denied = access_denied("orders", "read_orders")
                denied.path.append("orders")
                raise denied
            answer = query.run(root.source())
        except Refusal as refused:
            self.bucket.give_back(requested)
            errors = [{"path": refused.path, **error} for error in refused.errors]
            return {"errors": errors, "data": None, "extensions": {"cost": self._cost(requested, 0)}}
        self.bucket.give_back(requested - answer.cost)
        request.state.cost = answer.cost
        extensions: dict[str, Any] = {"cost": self._cost(requested, answer.cost)}
        if root.searches:
            extensions["search"] = root.searches
            fields = [warning["field"] for search in root.searches for warning in search["warnings"]]
            request.state.note = f"ignored: the search field {', '.join(fields)}"
        return {"data": answer.data, "extensions": extensions}

    def _root(self, request: Request) -> Root:
        now = self.clock.now()
        self._shop.move_to(now)
        return Root(
            self._shop,
            self.story,
            now=now,
            host=self.host,
            scopes=self.scopes,
            checkouts_kept=self.checkouts_kept,
            faults=self.faults,
            path=request.url.path,
        )

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": float(self.bucket.size),
                "currentlyAvailable": int(self.bucket.available),
                "restoreRate": float(self.bucket.rate),
            },
        }

    def _gone(self, request: Request) -> Response | None:
        if not self.faults.spoils("unknown_shop", request):
            return None
        return HTMLResponse("<!DOCTYPE html><title>Sorry, this shop is currently unavailable.</title>", 404)

    def _unauthorised(self, request: Request) -> Response | None:
        token = request.headers.get("X-Shopify-Access-Token", "")
        if self.faults.spoils("expired_token", request):
            self._tokens.pop(token, None)
        if self.faults.spoils("revoked", request):
            self._tokens.clear()
        if token in self._tokens and self.clock.now() < self._tokens[token]:
            return None
        request.state.note = "unauthorised"
        return JSONResponse({"errors": _BAD_TOKEN}, status_code=401)

    def _served(self, asked: str) -> str | None:
        """Return the version that answers, or None for one that does not exist (yet)."""
        if asked == "unstable":
            return asked
        if not _VERSION.fullmatch(asked) or asked > self.api_version:
            return None
        return self.served_version or max(asked, _quarters_before(self.api_version, SUPPORTED_VERSIONS - 1))


_LIMITS = "https://shopify.dev/docs/api/usage/limits"


def _quarters_before(version: str, number: int) -> str:
    year, month = map(int, version.split("-"))
    quarters = year * 4 + (month - 1) // 3 - number
    return f"{quarters // 4}-{quarters % 4 * 3 + 1:02d}"


def _too_expensive(cost: int) -> dict[str, Any]:
    message = f"Query cost is {cost}, which exceeds the single query max cost limit ({MAX_QUERY_COST})."
    more = {"cost": cost, "maxCost": MAX_QUERY_COST, "documentation": _LIMITS}
    return refusal(message, "MAX_COST_EXCEEDED", **more).errors[0]


def _oauth_error(code: str, description: str) -> Response:
    return JSONResponse({"error": code, "error_description": description}, status_code=400)


async def _fields(request: Request) -> dict[str, Any]:
    body = await request.body()
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(parse_qsl(body.decode()))
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def demo_sandbox(story: Story, clock: Clock) -> Sandbox:
    """Return a sandbox for people who wait: it throttles as Shopify does, but at ten times its largest plan."""
    return Sandbox(story, clock, plan=20_000)
