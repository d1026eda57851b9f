"""Prometheus and Alertmanager as Debian ships them, and promtool."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import httpx
import pytest

from parts.needs import need
from parts.processes import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

SCRAPED_WITHIN = 30.0
WHY_PROMETHEUS = "tests ask a real Prometheus what it makes of our numbers"
WHY_ALERTMANAGER = "tests ask a real Alertmanager what it was told"


@dataclass(frozen=True)
class Running:
    """A server that runs until the session ends, or until `stop` or the end of its ``with`` block.

    Attributes:
        url: Its address, without a slash at the end.
        folder: Where its configuration, data and log are.
        client: An HTTP client for its address.
    """

    url: str
    folder: Path
    client: httpx.Client
    _stack: ExitStack = field(repr=False)

    def stop(self) -> None:
        """End the server; ending it twice is no error."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON answer to a GET request.

        Raises:
            AssertionError: with the answer's text, if the server does not say 2xx.
        """
        answer = self.client.get(path, params={key: value for key, value in parameters.items() if value is not None})
        assert answer.is_success, f"{answer.request.url} answered {answer.status_code}: {answer.text[:500]}"
        return answer.json()


class RunningPrometheus(Running):
    """A Prometheus that is ready to be asked."""

    def query(self, expression: str, time: float | str | None = None) -> list[dict[str, Any]]:
        """Return the result of an instant query: each with ``metric`` and ``value`` (time, text)."""
        return self._data("query", query=expression, time=time)["result"]  # type: ignore[no-any-return]

    def query_range(
        self, expression: str, start: float | str, end: float | str, step: float | str
    ) -> list[dict[str, Any]]:
        """Return the result of a range query: each with ``metric`` and ``values``."""
        answer = self._data("query_range", query=expression, start=start, end=end, step=step)
        return answer["result"]  # type: ignore[no-any-return]

    def targets(self) -> list[dict[str, Any]]:
        """Return the active scrape targets, with ``health`` and ``lastError``; none in the first seconds."""
        return self._data("targets", state="active")["activeTargets"]  # type: ignore[no-any-return]

    def scraped(self) -> list[dict[str, Any]]:
        """Return the active targets once each has been scraped.

        Raises:
            AssertionError: if that does not happen soon.
        """
        deadline = time.monotonic() + SCRAPED_WITHIN
        while not (found := self.targets()) or any(target["health"] == "unknown" for target in found):
            assert time.monotonic() < deadline, f"{self.url} scraped not all of its targets: {found}"
            time.sleep(0.1)
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return the rule groups, with the state of each rule."""
        return self._data("rules")["groups"]  # type: ignore[no-any-return]

    def _data(self, what: str, **parameters: Any) -> dict[str, Any]:
        return self.get(f"/api/v1/{what}", **parameters)["data"]  # type: ignore[no-any-return]


class RunningAlertmanager(Running):
    """An Alertmanager that is ready to be told."""

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts it holds."""
        return self.get("/api/v2/alerts")  # type: ignore[no-any-return]


R = TypeVar("R", bound=Running)


class StartPrometheus(Protocol):
    """How a test starts a Prometheus."""

    def __call__(
        self, config: str, *flags: str, files: Mapping[str, str] | None = None, data: Path | None = None
    ) -> RunningPrometheus:
        """Start one and wait until it is ready.

        Args:
            config: The text of ``prometheus.yml``.
            flags: More command line flags.
            files: Texts to lay beside the configuration, such as rule files.
            data: A data folder that exists already, such as one with imported blocks.
        """


class StartAlertmanager(Protocol):
    """How a test starts an Alertmanager."""

    def __call__(self, config: str, *flags: str) -> RunningAlertmanager:
        """Start one with this text of ``alertmanager.yml`` and wait until it is ready."""


class Promtool(Protocol):
    """How a test calls promtool."""

    def __call__(
        self, *arguments: str | Path, stdin: str | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end, whatever its exit code, and return what it said."""


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartPrometheus]:
    """Start a Prometheus with a configuration of its own, as often as a test likes."""
    with ExitStack() as session:
        yield starting(partial(tmp_path_factory.mktemp, "prometheus"), session)


def starting(make_folder: Callable[[], Path], session: ExitStack) -> StartPrometheus:
    """Return what starts Prometheus servers whose lives end with the session.

    Args:
        make_folder: Makes a folder for each.
        session: Ends them.
    """

    def start(
        config: str, *flags: str, files: Mapping[str, str] | None = None, data: Path | None = None
    ) -> RunningPrometheus:
        program = need("prometheus", WHY_PROMETHEUS)
        folder = make_folder()
        for name, text in {**(files or {}), "prometheus.yml": config}.items():
            (folder / name).write_text(text)
        # The default of 15 days would delete the history that tests bring.
        fixed = ["--storage.tsdb.retention.time=100y", f"--storage.tsdb.path={data or folder / 'data'}"]

        def command(port: int) -> list[str]:
            listen = f"--web.listen-address=127.0.0.1:{port}"
            return [str(program), "--config.file=prometheus.yml", listen, *fixed, *flags]

        return _run(RunningPrometheus, command, folder, session)

    return start


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartAlertmanager]:
    """Start an Alertmanager with a configuration of its own."""
    with ExitStack() as session:

        def start(config: str, *flags: str) -> RunningAlertmanager:
            program = need("prometheus-alertmanager", WHY_ALERTMANAGER, names=["alertmanager"])
            folder = tmp_path_factory.mktemp("alertmanager")
            (folder / "alertmanager.yml").write_text(config)
            fixed = ["--storage.path=data", "--cluster.listen-address="]

            def command(port: int) -> list[str]:
                listen = f"--web.listen-address=127.0.0.1:{port}"
                return [str(program), "--config.file=alertmanager.yml", listen, *fixed, *flags]

            return _run(RunningAlertmanager, command, folder, session)

        yield start


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Run promtool to its end."""
    program = need("promtool", "tests let Prometheus' own checker judge what we write")

    def run(
        *arguments: str | Path, stdin: str | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [str(program), *map(str, arguments)]
        return subprocess.run(
            command, input=stdin or "", cwd=cwd, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def _run(kind: type[R], command: Callable[[int], list[str]], folder: Path, session: ExitStack) -> R:
    """Start a server whose life ends with the session at the latest."""
    stack = session.enter_context(ExitStack())
    port = stack.enter_context(serving(command, _is_ready, folder / "log"))
    url = f"http://127.0.0.1:{port}"
    client = stack.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False))
    return kind(url, folder, client, stack)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/-/ready", trust_env=False, timeout=5).is_success
    except httpx.TransportError:
        return False
