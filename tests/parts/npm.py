"""What npm installs beside a ``package-lock.json``: tools for tests and pictures, in no release.

``python -m parts.npm`` installs ahead of the tests what they need.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from parts.contracts import PATIENCE, FetchError

GRAFANA = Path(__file__).parents[1] / "grafana"
SCHEMA = GRAFANA / "schema"
PICTURES = GRAFANA / "pictures"


def install(folder: Path) -> Path:
    """Return the ``node_modules`` of a folder, installing what its lock names if that is not there yet.

    Raises:
        FetchError: if there is no npm, or no network.
    """
    lock, modules = folder / "package-lock.json", folder / "node_modules"
    kept = modules / ".lock-of-these"
    with lock.open() as guard:
        # Test processes may want it at the same time.
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not kept.exists() or kept.read_bytes() != lock.read_bytes():
            _run_npm(folder)
            shutil.copyfile(lock, kept)
    return modules


def _run_npm(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError(f"npm is not installed: it installs what {folder.name}/package-lock.json names")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        raise FetchError(f"npm ci in {folder.name} failed: {done.stderr.strip()[-500:]}")


def main() -> int:
    """Install what tests need; say on stderr where it is, or why it could not be had."""
    try:
        sys.stderr.write(f"{install(SCHEMA)}\n")
    except FetchError as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
