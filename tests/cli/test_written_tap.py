"""The tap that docs/how-to/write-a-tap.md shows works as it stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from house.checkout import ROOT
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from kpitaps.testing import serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from cli.conftest import CommandLine

CODE = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/how-to/write-a-tap.md").read_text(), re.DOTALL | re.MULTILINE)
NOW = datetime.now(UTC)
ORDERS = [
    {"id": str(number), "updated_at": at, "placed_at": at, "net": "10.05"}
    for number, at in enumerate((NOW - timedelta(days=1 + 6 * number)).isoformat() for number in range(5))
]


def answer(request: Request) -> JSONResponse:
    """Answer as Acme does: with a token to who has the keys, and orders in pages of two to who has the token."""
    if request.url.path == "/oauth/token":
        return JSONResponse({"access_token": "t0ken", "expires_in": 3600})
    if request.headers.get("authorization") != "Bearer t0ken":
        return JSONResponse({"error": "who are you?"}, 401)
    if request.url.path == "/me":
        return JSONResponse({"id": "a1", "name": "Acme NV", "zone": "Europe/Brussels", "currency": "EUR"})
    after, first, last = (request.query_params.get(name, "") for name in ("after", "updated_from", "updated_to"))
    first, last = after.split("_")[1:] if after else (first, last)
    found: list[Any] = [order for order in ORDERS if first <= order["updated_at"] < last]
    start = int(after.split("_")[0]) if after else 0
    rest = {"next": f"/orders?after={start + 2}_{first}_{last}".replace("+", "%2B")} if len(found) > start + 2 else {}
    return JSONResponse({"orders": found[start : start + 2], **rest})


def test_example_works(kpitaps: CommandLine, install: Callable[[str, str], None]) -> None:
    """Copied, installed and connected, it feeds KPIs."""
    code, *_ = CODE
    install("acme", code)
    with serve(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as url:
        kpitaps.set(routes=f"api.acme.example={url}")
        added = kpitaps("add", "acme", "--json", "--set", "client_id=me", "--set", "client_secret=s3cret")
        assert added.code == 0, added.err
        synced = kpitaps("sync", "--json")
    assert synced.code == 0, synced.err
    rows = kpitaps("kpis", "--json").json
    found = {row["kpi"]: row["value"] for row in rows if row["window"] == "28d" and not row["labels"]}
    assert found == {"orders": 5, "order_revenue": 50.25, "average_order_value": 10.05}
