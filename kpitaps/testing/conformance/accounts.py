"""Does the account function tell who it is, in every zone and currency, and refuse what is wrong before it is saved?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth
from kpitaps.testing.conformance.verdict import fail, hidden, unjudged

if TYPE_CHECKING:
    from kpitaps.testing.conformance.stage import Stage
    from kpitaps.testing.story import Story

__tracebackhide__ = hidden

_WRONG = "x"
_SECRET = re.compile(r"secret|passw|token|(^|_)key$")


def check_account(stage: Stage) -> None:
    """The account has a stable id, and the zone and currency of its story."""
    for story in (stage.story, stage.kit.abroad()):
        ids = {}
        for now in (stage.kit.now, stage.kit.now + timedelta(days=400)):
            with stage.bench(now, story=story) as bench:
                try:
                    bench.connect()
                except KpitapsError as error:
                    unjudged(f"the account cannot be connected: {error}")
                ((account, zone, currency),) = bench.file.connections()
            ids[account] = now
            _check_place(story, zone, currency)
        if len(ids) > 1:
            fail(
                f"the account's id changes: {' and '.join(map(repr, ids))} are the same account. Mend: take the id "
                "that the source itself gives it, for the same account must not be connected twice"
            )


def check_wrong_settings(stage: Stage) -> None:
    """What is wrong is refused while connecting, and nothing is stored."""
    given = stage.first.sandbox.settings
    secret = stage.kit.tap.settings.secret_names()
    wrong = stage.kit.wrong_settings or [{name: f"{given[name]}{_WRONG}"} for name in sorted(secret & given.keys())]
    if not wrong:
        unjudged("the tap has no secret settings: say in wrong_settings= what the source would refuse")
    for changed in wrong:
        names = ", ".join(changed)
        with stage.bench() as bench:
            try:
                bench.connect(**changed)
            except (BadSettings, NeedsAuth):
                pass
            except KpitapsError as error:
                fail(f"a wrong {names} is met with {type(error).__name__}: {error}. It is NeedsAuth or BadSettings")
            else:
                fail(f"a wrong {names} is not noticed while connecting: the account function must ask the source")
            if bench.file.connections():
                fail(f"a wrong {names} is refused, and yet the connection is stored")


def check_settings_are_explained(stage: Stage) -> None:
    """Each setting has a title, a help text that says more than the title, and is a secret if it sounds like one."""
    model = stage.kit.tap.settings
    for name, field in model.model_fields.items():
        if not field.title:
            fail(f"setting {name} has no title: declare it with setting('…', help='…')")
        if _SECRET.search(name) and name not in model.secret_names():
            fail(f"setting {name} sounds like a secret and is kept in clear: make its type Secret")
        if (field.description or "").strip().casefold() in ("", field.title.casefold(), name.casefold()):
            fail(f"setting {name}: its help says no more than its title: tell where it is found, or what it does")


def _check_place(story: Story, zone: str, currency: str) -> None:
    if not _same_zone(zone, story.zone):
        fail(f"the account's time zone is {zone} where the source says {story.zone}: ask, do not assume")
    if currency != story.currency:
        fail(f"the account's currency is {currency} where the source says {story.currency}: ask, do not assume")


def _same_zone(one: str, other: str) -> bool:
    """Return whether two names stand for one zone: vendors use old names, too."""
    months = (datetime(2026, month, 15, tzinfo=UTC) for month in range(1, 13))
    return all(
        month.astimezone(ZoneInfo(one)).utcoffset() == month.astimezone(ZoneInfo(other)).utcoffset() for month in months
    )
