"""What npm installs beside a ``package-lock.json``: tools for tests and pictures, in no release.

``python -m parts.npm`` installs ahead of the tests what they need.
"""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

from parts.contracts import FetchError, run_npm

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
            run_npm("ci", "--no-audit", "--no-fund", folder=folder)
            shutil.copyfile(lock, kept)
    return modules


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
