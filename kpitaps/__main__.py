"""The command ``kpitaps``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ``--version`` answers at once, without loading it."""
    if sys.argv[1:] == ["--version"]:
        from kpitaps import __version__  # noqa: PLC0415 - the rest of the command line need not be loaded for this

        sys.stdout.write(f"kpitaps {__version__}\n")
        return
    from kpitaps.cli import run  # noqa: PLC0415 - likewise

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
