"""VictoriaMetrics as Debian ships it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from parts.needs import need
from parts.processes import serving
from parts.prometheus import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

WHY = "tests write history into a real VictoriaMetrics"


class RunningVictoria(Running):
    """A VictoriaMetrics that is ready to be asked."""

    def query(self, expression: str, time: float) -> list[dict[str, Any]]:
        """Return the result of an instant query, from its data and not from answers kept ready."""
        self.client.post("/internal/force_flush").raise_for_status()
        answer = self.get("/api/v1/query", query=expression, time=time, nocache=1, step="1s")
        return answer["data"]["result"]  # type: ignore[no-any-return]

    def rows_taken(self) -> int:
        """Return how many samples it has been sent since it started."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(int(line.rpartition(" ")[2]) for line in lines if line.startswith("vm_rows_inserted_total{"))


class StartVictoria(Protocol):
    """How a test starts a VictoriaMetrics."""

    def __call__(self, *flags: str, retention: str = "100y") -> RunningVictoria:
        """Start one with these command line flags and wait until it is ready."""


@pytest.fixture(scope="session")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartVictoria]:
    """Start a VictoriaMetrics of its own, as often as a test likes."""
    with ExitStack() as session:

        def start(*flags: str, retention: str = "100y") -> RunningVictoria:
            program = need("victoria-metrics", WHY, names=["victoria-metrics-prod"])
            folder = tmp_path_factory.mktemp("victoria")
            fixed = [f"-retentionPeriod={retention}", "-storageDataPath=data", "-memory.allowedBytes=64MB"]

            def command(port: int) -> list[str]:
                return [str(program), f"-httpListenAddr=127.0.0.1:{port}", *fixed, *flags]

            stack = session.enter_context(ExitStack())
            port = stack.enter_context(serving(command, _is_ready, folder / "log"))
            url = f"http://127.0.0.1:{port}"
            client = stack.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False))
            return RunningVictoria(url, folder, client, stack)

        yield start


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=5).is_success
    except httpx.TransportError:
        return False
