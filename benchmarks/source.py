"""A paged source of deals on loopback, built so that the figures are the client's and not its own.

    python benchmarks/source.py --records 200000 --latency 0.05

GET /deals?limit=100&after=CURSOR&since=ISO&before=ISO   pages of deals by update time
GET /touch?n=2000                                        changes n deals now: "1 % changed"
GET /truth                                               count, sum and won deals, to check a result against

Every record is rendered once; a page is a join of bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

PAGE = 100
NOW = datetime(2026, 11, 1, tzinfo=UTC)
YEARS = 3


class Deals:
    def __init__(self, count: int) -> None:
        dice = random.Random(42)
        start = NOW - timedelta(days=365 * YEARS)
        self.rows = []
        for number in range(count):
            updated = start + timedelta(seconds=int(number * 365 * YEARS * 86_400 / count))
            won = dice.random() < 0.4
            self.rows.append([iso(updated), f"deal-{number}", dice.randint(100, 5_000_000), won, dice.randint(0, 9)])
        self.stamp = NOW
        self.index()

    def index(self) -> None:
        self.rows.sort()
        self.times = [row[0] for row in self.rows]
        self.bytes = [render(row) for row in self.rows]

    def page(self, query: dict[str, list[str]]) -> bytes:
        low = bisect_left(self.times, query["since"][0]) if "since" in query else 0
        high = bisect_left(self.times, query["before"][0]) if "before" in query else len(self.rows)
        first = max(low, int(query["after"][0])) if "after" in query else low
        last = min(first + PAGE, high)
        after = b"null" if last >= high else b"%d" % last
        return b'{"results":[' + b",".join(self.bytes[first:last]) + b'],"after":' + after + b"}"

    def touch(self, count: int) -> bytes:
        self.stamp += timedelta(minutes=10)
        for row in random.Random(7).sample(self.rows, count):
            row[0], row[2] = iso(self.stamp), row[2] + 1
        self.index()
        return b"{}"

    def truth(self) -> bytes:
        won = [row for row in self.rows if row[3]]
        return json.dumps({"count": len(self.rows), "won": len(won), "cents": sum(row[2] for row in won)}).encode()


def iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def render(row: list) -> bytes:
    updated, key, cents, won, rep = row
    return json.dumps(
        {
            "id": key,
            "properties": {
                "amount": f"{cents / 100:.2f}",
                "closedate": updated,
                "createdate": updated,
                "dealname": f"Deal {key} - Renewal",
                "dealstage": "closedwon" if won else "closedlost",
                "hs_lastmodifieddate": updated,
                "hubspot_owner_id": f"rep {rep}",
                "pipeline": "default",
            },
            "createdAt": updated,
            "updatedAt": updated,
            "archived": False,
        },
        separators=(",", ":"),
    ).encode()


class Answer(asyncio.Protocol):
    def __init__(self, deals: Deals, latency: float) -> None:
        self.deals, self.latency, self.buffer = deals, latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            url = urlsplit(head.split(b" ", 2)[1].decode())
            query = parse_qs(url.query)
            if url.path == "/deals":
                body = self.deals.page(query)
                delay = self.latency
            else:
                body = self.deals.touch(int(query["n"][0])) if url.path == "/touch" else self.deals.truth()
                delay = 0.0
            answer = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
            if delay:
                asyncio.get_running_loop().call_later(delay, self.transport.write, answer)
            else:
                self.transport.write(answer)


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=200_000)
    options.add_argument("--latency", type=float, default=0.0)
    chosen = options.parse_args()
    deals = Deals(chosen.records)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answer(deals, chosen.latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
