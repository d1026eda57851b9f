"""``kpitaps run`` on a PostgreSQL that goes away and returns, over real processes and HTTP."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from cli.program import Program, sandbox_process
from exposition.remote_history import EQ, asked
from parts.gate import gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.program import Served
    from parts.gate import Gate

pytestmark = pytest.mark.slow

SEEN_WITHIN = 30.0
SINCE = datetime.now(UTC) - timedelta(days=5)


@pytest.fixture
def before_ledger(postgres_database: str) -> Iterator[Gate]:
    """A gate before the tests' PostgreSQL."""
    port = sa.make_url(postgres_database).port
    assert port is not None
    with gate(port) as opened:
        yield opened


@pytest.fixture
def served(tmp_path: Path, postgres_database: str, before_ledger: Gate) -> Iterator[Served]:
    """A process that has read a young shop, with its ledger behind the gate."""
    url = sa.make_url(postgres_database).set(port=before_ledger.port).render_as_string(hide_password=False)
    with sandbox_process("--founded", SINCE.date().isoformat()) as shop:
        program = Program(tmp_path / "home", {**shop.routes, "KPITAPS_DATABASE_URL": url})
        program.add(shop.settings)
        with program.serving("run") as serving:
            eventually(lambda: serving.client.get("/readyz").status_code == 200)
            eventually(lambda: "kpi_info{" in serving.client.get("/metrics").text)
            yield serving


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + SEEN_WITHIN
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def own(served: Served) -> dict[str, float]:
    """Return what the process says of itself that has no labels; it always answers."""
    answer = served.client.get("/metrics/self")
    assert answer.status_code == 200, answer.text
    return {name: float(value) for name, value in re.findall(r"^(kpitaps_\w+) (\S+)$", answer.text, re.MULTILINE)}


def past(served: Served) -> tuple[int, str]:
    """Ask for the past, and return the answer's status and, where it is no answer, what is said."""
    body = asked((EQ, "__name__", "kpi_orders_daily"), start=round(SINCE.timestamp() * 1000), end=2**60)
    answer = served.client.post("/api/v1/read", content=body)
    return answer.status_code, "" if answer.status_code == 200 else answer.text


def told(served: Served) -> list[str]:
    """Return the lines of the log, without their time and what comes before the message."""
    lines = served.log.read_text().splitlines()
    return [line.partition("kpitaps.app.scheduler: ")[2] or line for line in lines if "Serving on" not in line]


def test_an_outage_is_said_everywhere_and_passes(served: Served, before_ledger: Gate) -> None:
    """The figures stay, health says what is, the log tells of beginning and end, and all goes on by itself."""
    made = own(served)["kpitaps_board_published_timestamp_seconds"]
    assert abs(time.time() - made) < 60
    assert own(served)["kpitaps_ledger_up"] == 1
    before_ledger.shut()
    eventually(lambda: bool(told(served)))
    time.sleep(7)  # another look of the scheduler
    ready = served.client.get("/readyz")
    assert (ready.status_code, ready.text) == (503, "kpitaps cannot reach its database.\n")
    assert served.client.get("/healthz").status_code == 200
    assert "kpi_info{" in served.client.get("/metrics").text
    assert own(served)["kpitaps_ledger_up"] == 0
    assert own(served)["kpitaps_board_published_timestamp_seconds"] >= made
    assert "kpitaps_connection_up{" not in served.client.get("/metrics/self").text
    status, said = past(served)
    assert (status, said.count("\n"), said[:15]) == (503, 1, "the ledger at p")
    gone = told(served)
    assert len(gone) == 1, gone
    assert gone[0].startswith("the figures stay as they are until the ledger can be used again: the ledger at ")
    before = own(served)["kpitaps_board_published_timestamp_seconds"]
    before_ledger.open()
    eventually(lambda: own(served)["kpitaps_board_published_timestamp_seconds"] > before)
    assert own(served)["kpitaps_ledger_up"] == 1
    assert served.client.get("/readyz").status_code == 200
    assert "kpitaps_connection_up{" in served.client.get("/metrics/self").text
    assert past(served) == (200, "")
    eventually(lambda: len(told(served)) > 1)
    assert told(served)[1:] == ["the ledger can be used again, and the figures move on"]


def test_sessions_that_the_server_ends_are_an_outage_too(
    served: Served, before_ledger: Gate, postgres_database: str
) -> None:
    """As when PostgreSQL is told to stop: what its sessions are told while they work is no bug either."""
    with psycopg.connect(postgres_database.replace("+psycopg", "", 1), autocommit=True) as session:
        for _ in range(20):
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert served.client.get("/readyz").status_code in (200, 503)
            assert own(served)["kpitaps_ledger_up"] in (0, 1)
            assert past(served)[0] in (200, 503)
    assert before_ledger.is_open
    assert "Traceback" not in served.log.read_text()
