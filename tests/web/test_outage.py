"""What a site answers while the ledger is gone, or while its figures cannot be made."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from exposition.remote_history import asked

from kpitaps.app import Runtime
from kpitaps.config import Environment
from kpitaps.errors import LedgerUnavailable
from kpitaps.testing import Clock, serve
from kpitaps.web import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Open:
    """A site without connections that is served on loopback.

    Attributes:
        clock: The process' clock.
        site: The site.
        client: Asks it.
    """

    def __init__(self, home: Path, runtime: Runtime, clock: Clock, client: httpx.Client, site: Site) -> None:
        self._home, self._runtime = home, runtime
        self.clock, self.client, self.site = clock, client, site

    @contextmanager
    def without_ledger(self) -> Iterator[None]:
        """Put something else in the place of the ledger's file meanwhile."""
        file, aside = self._home / "kpitaps.db", self._home / "aside"
        self._runtime.ledger.close()
        file.rename(aside)
        file.write_text("no database" * 100)
        yield
        self._runtime.ledger.close()
        aside.rename(file)

    def own(self) -> dict[str, float]:
        """Return what is said without labels at ``/metrics/self``, which always answers."""
        answer = self.client.get("/metrics/self")
        assert answer.status_code == 200, answer.text
        return {name: float(value) for name, value in re.findall(r"^(kpitaps_\w+) (\S+)$", answer.text, re.MULTILINE)}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """A site that has made its figures at noon."""
    clock = Clock(NOON)
    with Runtime(Environment(home=tmp_path), now=clock.now) as runtime:
        site = Site(runtime)
        site.publish()
        with serve(site.app("127.0.0.1")) as url, httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
            yield Open(tmp_path, runtime, clock, client, site)


def test_without_the_ledger_every_path_says_what_is(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    """Health, readiness, the process' metrics and the past answer in a sentence or a sample; nothing is a bug."""
    with opened.without_ledger():
        ready, past = opened.client.get("/readyz"), opened.client.post("/api/v1/read", content=asked())
        assert (ready.status_code, ready.text) == (503, "kpitaps cannot reach its database.\n")
        assert ready.headers["retry-after"] == "5"
        assert opened.client.get("/healthz").status_code == opened.client.get("/metrics").status_code == 200
        assert opened.own()["kpitaps_ledger_up"] == 0
    assert past.status_code in (200, 503), "what was made a moment ago may still be answered"
    assert opened.own()["kpitaps_ledger_up"] == 1
    assert opened.client.get("/readyz").status_code == 200
    assert caplog.records == []


def test_figures_say_when_they_were_last_made(opened: Open) -> None:
    """Each time they are made counts, changed or not; a time at which they could not be made does not."""
    assert opened.own()["kpitaps_board_published_timestamp_seconds"] == NOON.timestamp()
    opened.clock.set(NOON.replace(minute=1))
    opened.site.publish()
    assert opened.own()["kpitaps_board_published_timestamp_seconds"] == NOON.timestamp() + 60
    opened.clock.set(NOON.replace(minute=2))
    with opened.without_ledger(), pytest.raises(LedgerUnavailable):
        opened.site.publish()
    assert opened.own()["kpitaps_board_published_timestamp_seconds"] == NOON.timestamp() + 60
