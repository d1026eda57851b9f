"""A Google on loopback whose reports are written by hand, and a kpitaps that is connected to it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from end_to_end import ledgers
from joserfc import jwt
from joserfc.jwk import RSAKey
from kpitaps_google_analytics.sandbox import Sandbox
from kpitaps_google_analytics.sandbox_quota import GENEROUS

from kpitaps.app import Runtime, company_boards, connect, sync_one
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.store import list_connections, open_flags, open_repairs
from kpitaps.store.tables import published, series
from kpitaps.testing import Clock, Story, serve
from kpitaps.testing.asgi import JSONResponse, Request, Route, Starlette

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps.sync import SyncResult

NOW = datetime(2026, 4, 1, 10, tzinfo=UTC)
HOSTS = ("analyticsdata.googleapis.com", "oauth2.googleapis.com", "accounts.google.com")
E_MAIL = "kpi@project.iam.gserviceaccount.com"
CHANNEL = "sessionDefaultChannelGroup"

Rows = list[tuple[str, ...]]


@dataclass
class Google:
    """A property whose rows a test writes down.

    Attributes:
        key: The service account's.
        rows: By what the report is of (`_kind`): values in the order of dimensions and metrics; those whose date was
            not asked for are left out.
        visitors: Window → active and new users; with a channel those of the channel.
        metadata: What is said of a report, by what it is of.
        refusal: Status and sentence of an answer to everything.
        ads_by: The dimensions that go with advertising.
        metrics: Name → unit of the metrics that are told in another unit than here.
        custom: The property's own metrics.
        quota: What is told of the quotas.
        asked: What was asked: path and body.
    """

    key: RSAKey
    rows: dict[str, Rows] = field(default_factory=dict)
    visitors: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusal: tuple[int, str] | None = None
    ads_by: tuple[str, ...] = (CHANNEL, "country")
    types: dict[str, str] = field(default_factory=dict)
    custom: tuple[str, ...] = ("lcp_ms",)
    quota: dict[str, Any] | None = None
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def reports(self, kind: str) -> list[dict[str, Any]]:
        """Return the requests for reports of one kind, batches taken apart."""
        bodies = [one for path, body in self.asked if path.endswith("eports") for one in body["requests"]]
        bodies += [body for path, body in self.asked if path.endswith("runReport")]
        return [body for body in bodies if _kind(body) == kind]

    @property
    def app(self) -> Starlette:
        """The service."""
        return Starlette(
            routes=[
                Route("/token", self._token, methods=["POST"]),
                Route("/v1beta/properties/{place:path}", self._answer, methods=["GET", "POST"]),
            ]
        )

    async def _token(self, request: Request) -> JSONResponse:
        form = parse_qs((await request.body()).decode())
        claims = jwt.decode(form["assertion"][0], self.key, algorithms=["RS256"]).claims
        assert claims["iss"] == E_MAIL
        assert claims["aud"] == "https://oauth2.googleapis.com/token"
        return JSONResponse({"access_token": "ya29.hand", "expires_in": 3599, "token_type": "Bearer"})

    async def _answer(self, request: Request) -> JSONResponse:
        body = await request.body()
        asked = json.loads(body) if body else None
        self.asked.append((request.url.path, asked))
        if self.refusal is not None:
            status, sentence = self.refusal
            return JSONResponse({"error": {"code": status, "message": sentence}}, status)
        match request.url.path.partition("234567891")[2]:
            case "/metadata":
                return JSONResponse({"metrics": [{"apiName": f"customEvent:{name}"} for name in self.custom]})
            case ":checkCompatibility":
                told = [{"dimensionMetadata": {"apiName": name}, "compatibility": "COMPATIBLE"} for name in self.ads_by]
                return JSONResponse({"dimensionCompatibilities": told})
            case ":batchRunReports":
                return JSONResponse({"reports": [self._report(each) for each in asked["requests"]]})
        return JSONResponse(self._report(asked))

    def _report(self, asked: Any) -> dict[str, Any]:
        kind = _kind(asked)
        names = [each["name"] for each in asked.get("dimensions", [])]
        rows = self._counted(asked) if kind == "visitors" else self._dated(kind, asked)
        if kind == "visitors" and len(asked["dateRanges"]) > 1:
            names.append("dateRange")
        offset, limit = int(asked["offset"]), int(asked["limit"])
        page = [
            {
                "dimensionValues": [{"value": value} for value in row[: len(names)]],
                "metricValues": [{"value": value} for value in row[len(names) :]],
            }
            for row in rows[offset : offset + limit]
        ]
        answer = {
            "dimensionHeaders": [{"name": name} for name in names],
            "metricHeaders": [
                {"name": each["name"], "type": self.types.get(each["name"], "TYPE_INTEGER")}
                for each in asked["metrics"]
            ],
            **({"rows": page} if page else {}),
            **({"rowCount": len(rows)} if rows else {}),
            "metadata": {"currencyCode": "EUR", "timeZone": "Europe/Amsterdam", **self.metadata.get(kind, {})},
            "kind": "analyticsData#runReport",
        }
        return answer if self.quota is None else {**answer, "propertyQuota": self.quota}

    def _dated(self, kind: str, asked: Any) -> Rows:
        (days,) = asked["dateRanges"]
        first, last = days["startDate"].replace("-", ""), days["endDate"].replace("-", "")
        return [row for row in self.rows.get(kind, []) if not row[0].isdigit() or first <= row[0] <= last]

    def _counted(self, asked: Any) -> Rows:
        rows = []
        for days in asked["dateRanges"]:
            here = (days["startDate"], days["endDate"])
            named = [days["name"]] if len(asked["dateRanges"]) > 1 else []
            for place, (active, new) in self.visitors.items():
                channel = list(place[2:])
                if place[:2] == here and bool(channel) is bool(asked.get("dimensions")) and active:
                    rows.append((*channel, *named, str(active), str(new)))
        return rows


def _kind(asked: Any) -> str:
    first = asked["metrics"][0]["name"]
    if first == "sessions":
        return "traffic" if "dimensions" in asked else "account"
    if first.startswith("customEvent:"):
        return "page_load"
    kinds = {"activeUsers": "visitors", "keyEvents": "key_events", "purchaseRevenue": "bought"}
    return kinds.get(first, "ads")


@dataclass
class World:
    """A property and a ledger.

    Attributes:
        google: The property: a hand-made one, or the sandbox.
        runtime: The kpitaps process.
        clock: What time it is.
    """

    google: Any
    runtime: Runtime
    clock: Clock

    def move_by(self, **duration: float) -> None:
        """Let time pass, there and here."""
        self.clock.advance(timedelta(**duration))

    def content(self) -> Any:
        """Return what is in the ledger, in a form that can be compared."""
        return ledgers.content(self.runtime.ledger.database)["measurements"]

    def sync(self, *streams: str) -> SyncResult:
        """Sync once; what went wrong is in the result."""
        (connection,) = list_connections(self.runtime.ledger.database)
        return sync_one(self.runtime, connection, streams=streams or None)

    def synced(self, *streams: str) -> World:
        """Sync once and expect that all goes well."""
        assert self.sync(*streams).errors == {}
        return self

    def days(self, measure: str) -> dict[tuple[str, ...], tuple[str, str]]:
        """Return numerator and denominator of a measure, by day and by the values of its labels."""
        return {
            (date.fromordinal(day).isoformat(), *json.loads(labels).values()): (_short(first), _short(second))
            for (key, labels, _, day), (first, second) in sorted(self.content().items(), key=lambda row: row[0][3])
            if key == measure
        }

    def amounts(self, measure: str) -> dict[tuple[str, ...], str]:
        """Return the numerators alone."""
        return {place: amount for place, (amount, _) in self.days(measure).items()}

    def windows(self, measure: str) -> dict[tuple[str, ...], str]:
        """Return what is published of a distinct measure by window and channel."""
        query = sa.select(series.c.labels, published.c.first_day, published.c.last_day, published.c.amount)
        query = query.join(series, series.c.id == published.c.series_id).where(series.c.measure == measure)
        with self.runtime.ledger.database.read() as connection:
            return {
                (_iso(first), _iso(last), *json.loads(labels).values()): _short(amount)
                for labels, first, last, amount in connection.execute(query)
            }

    def figures(self, window: str) -> dict[str, Any]:
        """Return the company's headline figures of a window, by KPI."""
        (board,) = company_boards(self.runtime)
        return {each.kpi: each for each in board.figures if each.window == window and not each.labels}

    def flags(self) -> list[tuple[str, str, str, str, str]]:
        """Return what is said against the numbers: quality, measure, first and last day, reason."""
        return sorted(
            (each.flag.quality, each.flag.measure, _iso(each.flag.first), _iso(each.flag.last), each.flag.reason)
            for each in open_flags(self.runtime.ledger.database)
        )

    def repairs(self) -> list[str]:
        """Return what a person must do."""
        return sorted(repair.fix for repair in open_repairs(self.runtime.ledger.database))


def _short(millionths: int) -> str:
    return f"{(Decimal(millionths) / 1_000_000).normalize():f}"


def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


class Door:
    """An address on loopback that leads to one application at a time: starting a server takes longer than a test."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def doors() -> Iterator[list[tuple[str, Door]]]:
    """As many addresses as a test needs."""
    with ExitStack() as stack:
        made = [Door() for _ in range(2)]
        yield [(stack.enter_context(serve(door)), door) for door in made]


@pytest.fixture
def lead(doors: list[tuple[str, Door]]) -> Callable[[Any], str]:
    """Put an application behind an address, and return that."""
    free = iter(doors)

    def lead(app: Any) -> str:
        url, door = next(free)
        door.app = app
        return url

    return lead


@pytest.fixture(scope="session")
def google_key() -> RSAKey:
    """The key of a service account."""
    return RSAKey.generate_key(2048)


@pytest.fixture
def key_file(google_key: RSAKey) -> str:
    """The file that Google's console gives out."""
    pem = google_key.as_pem(private=True).decode()
    return json.dumps({"client_email": E_MAIL, "private_key": pem, "private_key_id": "k1", "type": "service_account"})


@pytest.fixture
def google(google_key: RSAKey) -> Google:
    """A property without any visit."""
    return Google(google_key)


@pytest.fixture
def connected(
    google: Google, key_file: str, tmp_path: Path, lead: Callable[[Any], str]
) -> Iterator[Callable[..., World]]:
    """Connect to the property, with the given time and further settings."""
    with ExitStack() as stack:

        def start(now: datetime = NOW, **settings: str) -> World:
            clock = Clock(now)
            url = lead(google.app)
            environment = Environment(home=tmp_path, routes=dict.fromkeys(HOSTS, url), workers=2)
            runtime = Runtime(environment, now=clock.now, policy=RetryPolicy.testing(attempts=3))
            stack.enter_context(runtime)
            wanted = {"property_id": "234567891", "service_account": key_file, **settings}
            connect(runtime, "google_analytics", wanted)
            return World(google, runtime, clock)

        yield start


@pytest.fixture
def world(connected: Callable[..., World]) -> World:
    """A kpitaps that is connected to the property; nothing is synced yet."""
    return connected()


@pytest.fixture
def sandboxed(tmp_path: Path, lead: Callable[[Any], str]) -> Iterator[Callable[..., World]]:
    """Connect to the sandbox with the given story, further settings and options of the sandbox."""
    with ExitStack() as stack:

        def start(story: Story | None = None, settings: dict[str, str] | None = None, **options: Any) -> World:
            clock = options.pop("clock", None) or Clock(NOW)
            plot = story or Story(founded=date(2026, 1, 20), orders_per_day=1, pace=0.1)
            sandbox = Sandbox(plot, clock, **{"allowance": GENEROUS, **options})
            url = lead(sandbox.app)
            home = tmp_path / f"home{len(list(tmp_path.iterdir()))}"
            environment = Environment(home=home, routes=dict.fromkeys(sandbox.hosts, url), workers=2)
            runtime = Runtime(environment, now=clock.now, policy=RetryPolicy.testing(attempts=4))
            stack.enter_context(runtime)
            wanted = {**sandbox.settings, **(settings or {})}
            connect(runtime, "google_analytics", wanted, consent=sandbox.consent)
            return World(sandbox, runtime, clock)

        yield start
