"""The floor: httpx, orjson and sqlite3 by hand, one page after another; rows and cursor in one transaction.

python benchmarks/floor.py PORT FILE
"""

from __future__ import annotations

import sqlite3
import sys

import httpx
import orjson

COLUMNS = (
    "id, amount, closedate, createdate, dealname, dealstage, "
    "modified, owner, pipeline, created_at, updated_at, archived"
)
PAGES_A_COMMIT = 10


def main(port: str, path: str) -> None:
    base = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
        base.execute(f"PRAGMA {pragma}")
    base.execute(f"CREATE TABLE IF NOT EXISTS deals ({COLUMNS}, PRIMARY KEY (id))")
    base.execute("CREATE TABLE IF NOT EXISTS state (name PRIMARY KEY, value)")
    put = f"INSERT OR REPLACE INTO deals VALUES ({','.join('?' * 12)})"
    since = (base.execute("SELECT value FROM state").fetchone() or [""])[0]
    rows, pages, after = [], 0, None
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        while True:
            params = {"limit": 100} | ({"after": after} if after else {}) | ({"since": since} if since else {})
            page = orjson.loads(http.get("/deals", params=params).content)
            for deal in page["results"]:
                p = deal["properties"]
                rows.append(
                    (
                        deal["id"],
                        p["amount"],
                        p["closedate"],
                        p["createdate"],
                        p["dealname"],
                        p["dealstage"],
                        p["hs_lastmodifieddate"],
                        p["hubspot_owner_id"],
                        p["pipeline"],
                        deal["createdAt"],
                        deal["updatedAt"],
                        deal["archived"],
                    )
                )
            after, pages = page["after"], pages + 1
            if rows and (after is None or pages % PAGES_A_COMMIT == 0):
                base.execute("BEGIN")
                base.executemany(put, rows)
                base.execute("INSERT OR REPLACE INTO state VALUES ('since', ?)", (rows[-1][10],))
                base.execute("COMMIT")
                rows = []
            if after is None:
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
