"""Programs that run beside a test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parts.processes import serving

SERVER = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
PARTS = Path(__file__).parents[1]
KILLED_WHILE_SERVING = """
import os
from pathlib import Path

from parts.processes import serving
from parts.test_processes import SERVER, answers

with serving(lambda port: [*SERVER, str(port)], answers, Path("log")) as port:
    print(port, flush=True)
    os.kill(os.getpid(), 9)
"""


def answers(port: int) -> bool:
    """Say whether somebody listens on this port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_server_is_up_inside_and_gone_outside(tmp_path: Path) -> None:
    """A server answers inside the block and nothing of it is left after."""
    with serving(lambda port: [*SERVER, str(port)], answers, tmp_path / "log") as port:
        assert answers(port)
    assert not answers(port)


def test_server_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    """A server that ends before it is ready is an error that quotes what it said."""
    failing = [sys.executable, "-c", "raise SystemExit('no such luck')"]
    with (
        pytest.raises(RuntimeError, match="no such luck"),
        serving(lambda _: failing, answers, tmp_path / "log"),
    ):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_server_ends_with_a_killed_test_process(tmp_path: Path) -> None:
    """Also a test process that is killed leaves no server behind."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_SERVING],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PARTS)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    port = int(killed.stdout)
    deadline = time.monotonic() + 10
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not answers(port)
