"""The command ``kpitaps``."""

from __future__ import annotations

import os
import sys
import threading


def main() -> None:
    """Run the command line; ``--version`` answers at once, without loading it."""
    if sys.argv[1:] == ["--version"]:
        from kpitaps import __version__  # noqa: PLC0415 - the rest of the command line need not be loaded for this

        sys.stdout.write(f"kpitaps {__version__}\n")
        return
    try:
        from kpitaps.cli import run  # noqa: PLC0415 - likewise

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While it was being loaded, which takes a moment.
        sys.stderr.write("Stopped.\n")
        sys.exit(130)
    if threading.active_count() > 1:
        # A source that does not answer holds a thread, and Python would wait for it. Nothing is lost: what was read has
        # landed, the rest is read next time.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
