"""A market stall's till: a vendor small enough to be read at a glance, and a tap for it, put together from parts.

`tap_with` makes the right tap, or one that is wrong in the part that it is given.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps import Account, ClientCredentials, Flag, Quality, Record, RetryLater, Secret, Settings, Tap, setting
from kpitaps.testing import Faults, Front
from kpitaps.testing.asgi import JSONResponse, Route, Starlette
from kpitaps.testing.story import CheckoutAbandoned, CheckoutRecovered, OrderPlaced, Refunded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from kpitaps import Context, Entry, Reply, Span, Totals
    from kpitaps.testing import Asgi, Clock, Logged, Story
    from kpitaps.testing.asgi import Request

HOST = "api.stall.example"
TOKEN = "stall-t0ken"
PAGE = 20


class StallSettings(Settings):
    """The keys to a till."""

    client_id: str = setting("Client ID", help="Printed on the bottom of the till")
    client_secret: Secret = setting("Client secret", help="From the same sticker")


class StallSandbox:
    """A till."""

    def __init__(self, story: Story, clock: Clock) -> None:
        self.story = story
        self.clock = clock
        self.host = HOST
        self.settings = {"client_id": "till-1", "client_secret": "sticker"}
        self.faults = Faults(("busy",), ("revoked",))
        self.log: list[Logged] = []
        routes = [
            Route("/token", self._token, methods=["POST"]),
            Route("/me", self._me),
            Route("/sales", self._sales),
            Route("/open", self._open),
        ]
        self.app: Asgi = Front(Starlette(routes=routes), clock=clock, faults=self.faults, log=self.log)

    async def _token(self, request: Request) -> JSONResponse:
        given = dict(part.split("=") for part in (await request.body()).decode().split("&"))
        if self._spoilt(request) or given.get("client_secret") != self.settings["client_secret"]:
            return JSONResponse({"error": "invalid_client"}, 400)
        return JSONResponse({"access_token": TOKEN, "expires_in": 3600})

    async def _me(self, request: Request) -> JSONResponse:
        story = self.story
        about = {"id": f"stall-{story.shop.seed}", "name": story.name, "zone": story.zone, "currency": story.currency}
        return self._refusal(request) or JSONResponse(about)

    async def _sales(self, request: Request) -> JSONResponse:
        if refusal := self._refusal(request):
            return refusal
        asked = dict(request.query_params)
        start, end, after = (asked.pop(name, "") for name in ("from", "to", "after"))
        if asked:
            request.state.note = f"ignored: {', '.join(asked)}"
        rows = [row for row in self._rows() if start <= row["updated"] and (not end or row["updated"] < end)]
        rows = [row for row in rows if row["id"] > after][: PAGE + 1]
        return JSONResponse({"sales": rows[:PAGE], "more": len(rows) > PAGE})

    async def _open(self, request: Request) -> JSONResponse:
        return self._refusal(request) or JSONResponse({"open": len(self._rows()) % 7})

    def _spoilt(self, request: Request) -> bool:
        return self.faults.take(("revoked",), request.url.path) is not None

    def _refusal(self, request: Request) -> JSONResponse | None:
        if self._spoilt(request) or request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error": "who are you?"}, 401)
        if self.faults.take(("busy",), request.url.path):
            return JSONResponse({"error": "busy"})
        return None

    def _rows(self) -> list[dict[str, Any]]:
        rows: dict[int, dict[str, Any]] = {}
        for number, event in enumerate(self.story.events(self.clock.now())):
            if isinstance(event, CheckoutAbandoned | CheckoutRecovered):
                continue
            if isinstance(event, OrderPlaced):
                rows[event.order] = self._row(event)
            row = rows[event.order]
            row["updated"], row["number"] = event.at.isoformat(), number
            if isinstance(event, Refunded):
                row["back"].append({"at": event.at.isoformat(), "cents": 125})
        return sorted(rows.values(), key=lambda row: row["id"])

    def _row(self, event: OrderPlaced) -> dict[str, Any]:
        return {
            "id": f"{event.order:08d}",
            "sold": event.processed_at.isoformat(),
            # What an old till prints: local time, and nothing to say so.
            "printed": event.processed_at.astimezone(ZoneInfo(self.story.zone)).replace(tzinfo=None).isoformat(),
            "cents": event.total.shop,
            "guest": guest(event),
            "back": [],
        }


def guest(event: OrderPlaced) -> str:
    """Return who bought, as the till knows them."""
    return f"Mevrouw Klant-{event.order}"


def judge(reply: Reply) -> None:
    """Raise what a 200 with an error means."""
    if reply.json().get("error") == "busy":
        raise RetryLater("the till is busy")


def ask_account(ctx: Context) -> Account:
    """Ask whose till it is."""
    me = ctx.http.get("/me").json()
    return Account(id=me["id"], name=me["name"], time_zone=me["zone"], currency=me["currency"])


def read_sales(ctx: Context, span: Span) -> Iterator[dict[str, Any]]:
    """Yield the rows that were updated within the span."""
    yield from pages(ctx, {"from": span.start.isoformat(), "to": span.end.isoformat()})


def pages(ctx: Context, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of all pages."""
    after = ""
    while True:
        answer = ctx.http.get("/sales", params={**asked, "after": after}).json()
        yield from answer["sales"]
        if not answer["more"]:
            return
        after = answer["sales"][-1]["id"]


def contribute(_: Context, row: dict[str, Any], record: Record, measures: dict[str, Any]) -> None:
    """Add what a row says."""
    sold = datetime.fromisoformat(row["sold"])
    record.add(measures["orders"], sold, 1).add(measures["revenue"], sold, cents(row["cents"]))
    record.member(measures["buyers"], sold, row["guest"])
    for back in row["back"]:
        record.add(measures["revenue"], datetime.fromisoformat(back["at"]), cents(-back["cents"]))


def cents(amount: int) -> str:
    """Return cents as an exact text."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def count_visits(ctx: Context, span: Span) -> dict[date, int]:
    """Return how many were sold to on each day of the span."""
    days = (ctx.day(datetime.fromisoformat(row["sold"])) for row in pages(ctx, {}))
    return dict(Counter(day for day in days if ctx.day(span.start) <= day <= ctx.day(span.end)))


def count_again(ctx: Context, totals: Totals, measures: dict[str, Any]) -> Iterator[Flag]:
    """Hold the orders of every day against all that the till shows."""
    shown = Counter(ctx.day(datetime.fromisoformat(row["sold"])) for row in pages(ctx, {}))
    found = totals.days(measures["orders"])
    for day in sorted(shown.keys() | found.keys()):
        if shown[day] != found.get(day, 0):
            yield Flag(Quality.INCOMPLETE, [measures["orders"]], day, day, f"The till shows {shown[day]} orders.")


def tap_with(
    *,
    settings: type[Settings] = StallSettings,
    account: Callable[[Context], Account] = ask_account,
    read: Callable[[Context, Span], Iterator[dict[str, Any]]] = read_sales,
    add: Callable[[Context, dict[str, Any], Record, dict[str, Any]], None] = contribute,
    judging: Callable[[Reply], None] | None = judge,
    feeds: tuple[str, ...] = ("orders", "revenue", "buyers"),
    slice_limit: int = 10_000,
    totals: Callable[[Context, Span], dict[date, int]] | None = None,
    numbered: bool = False,
    check: Callable[[Context, Totals, dict[str, Any]], Iterator[Flag]] | None = None,
) -> Tap:
    """Return a tap for the till, of these parts."""
    auth = ClientCredentials(token_url="/token")
    base = f"https://{HOST}"
    tap = Tap("stall", title="Stall", settings=settings, api=1, base_url=base, hosts=[HOST], auth=auth, judge=judging)
    keys = {"orders": "orders", "revenue": "order_revenue", "buyers": "buyers", "units": "units_sold"}
    measures = {name: tap.measure(keys[name]) for name in {*feeds, "orders", "revenue", "buyers"}}
    tap.account(account)

    @tap.records("sales", feeds=[measures[name] for name in feeds], every="15m", history="1y", slice_limit=slice_limit)
    def sales(ctx: Context, span: Span) -> Iterator[Record]:
        for row in read(ctx, span):
            clock: Any = (
                {"revision": row["number"]} if numbered else {"updated_at": datetime.fromisoformat(row["updated"])}
            )
            record = Record(row["id"], **clock)
            add(ctx, row, record, measures)
            yield record

    if totals is not None:
        sessions = tap.measure("sessions")

        @tap.periods("visits", feeds=[sessions], every="1h", history="1y", settles="2d")
        def visits(ctx: Context, span: Span) -> Iterator[Entry]:
            for day, number in totals(ctx, span).items():
                yield sessions.on(day, number)

    if check is not None:
        tap.check("till", of=[measures["orders"]])(lambda ctx, totals: check(ctx, totals, measures))

    return tap
