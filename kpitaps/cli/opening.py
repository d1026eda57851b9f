"""Opening the process for a command."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from kpitaps.app import Runtime
    from kpitaps.config import Environment

ABOUT_DEMO = "demo.json"
"""The file by which the folder of a demo is known."""


@contextmanager
def opened(environment: Environment | None = None, now: Callable[[], datetime] | None = None) -> Iterator[Runtime]:
    """Open the ledger and load the plugins for the length of a command; its logs are scrubbed of secrets.

    Raises:
        BadSettings: if an environment variable cannot be understood.
        LedgerUnavailable: if the ledger cannot be opened.
    """
    # Imported here: SQLAlchemy, pydantic and httpx take longer to load than --help may.
    from kpitaps.app import Runtime  # noqa: PLC0415
    from kpitaps.app.runtime import utc_now  # noqa: PLC0415
    from kpitaps.config import Environment  # noqa: PLC0415
    from kpitaps.http import ScrubFilter  # noqa: PLC0415

    with Runtime(environment or Environment.read(), now=now or utc_now) as runtime:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handler.addFilter(ScrubFilter(runtime.scrubber))
        root = logging.getLogger("kpitaps")
        root.addHandler(handler)
        try:
            yield runtime
        finally:
            root.removeHandler(handler)


@contextmanager
def opened_to_read() -> Iterator[Runtime]:
    """Do the same for a command that reads accounts.

    Raises:
        BadSettings: if an environment variable cannot be understood.
        BadUse: if the home is a demo's, whose accounts are not where their vendors are.
        LedgerUnavailable: if the ledger cannot be opened.
    """
    with opened() as runtime:
        home = runtime.environment.home
        if (home / ABOUT_DEMO).exists() and not runtime.environment.routes:
            raise BadUse(f"{home} is a demo's, which only kpitaps demo reads: name another folder in KPITAPS_HOME")
        yield runtime
