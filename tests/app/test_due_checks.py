"""When streams are read because a check is due that looks at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kpitaps import VOCABULARY, Settings, Tap
from kpitaps.app.scheduler import checked_streams
from kpitaps.store import Connection, Run

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SHOP = Connection(1, 1, "toy", "shop", "id", "Shop", "Europe/Amsterdam", "EUR", {}, b"", b"")
HOUR = timedelta(hours=1)
ORDERS, SESSIONS, REVENUE = (VOCABULARY[key] for key in ("orders", "sessions", "order_revenue"))


class Nothing(Settings):
    """No settings."""


def a_tap() -> Tap:
    """Return a tap with three streams and a check of what two of them feed."""
    tap = Tap("toy", title="Toy", settings=Nothing, api=1, base_url="https://toy.example", hosts=["toy.example"])
    for name, measure in (("sales", ORDERS), ("money", REVENUE), ("visits", SESSIONS)):
        tap.records(name, feeds=[measure], every="6h", history="1y")(list)
    tap.check("books", of=[ORDERS, REVENUE])(list)
    return tap


def run(stream: str, hours: float = 2, outcome: str = "ok") -> Run:
    return Run(1, stream, NOW - hours * HOUR, NOW - hours * HOUR, outcome)


WELL = (run("sales"), run("money"), run("visits"))


@pytest.mark.parametrize(
    ("runs", "streams"),
    [
        ((*WELL, run("books", 26)), {"sales", "money"}),
        (WELL, {"sales", "money"}),
        ((*WELL, run("books", 12)), set()),
        ((*WELL, run("books", 3, "tap_bug")), {"sales", "money"}),
        # They were read just now, and yet the check was not run: it could not judge.
        ((run("sales", 0.9), *WELL[1:], run("books", 26)), set()),
        ((run("sales", 1), *WELL[1:], run("books", 26)), {"sales", "money"}),
        # While anything fails, or was never read, no check is run.
        ((*WELL[:2], run("visits", 2, "needs_auth"), run("books", 26)), set()),
        ((*WELL[:2], run("books", 26)), set()),
    ],
)
def test_a_due_check_has_its_streams_read_together(runs: tuple[Run, ...], streams: set[str]) -> None:
    """Also those that are not due themselves, for a check only judges what was read in the same sync."""
    latest = {(each.connection_id, each.stream): each for each in runs}
    assert checked_streams(a_tap(), SHOP, latest, NOW) == streams


@pytest.mark.parametrize(("withheld", "streams"), [((1, "sales"), set()), ((2, "sales"), {"sales", "money"})])
def test_nothing_is_read_for_a_check_that_cannot_judge(withheld: tuple[int, str], streams: set[str]) -> None:
    """Where the source keeps a part from us, of this connection and not of another, a check is not run."""
    latest = {(each.connection_id, each.stream): each for each in WELL}
    assert checked_streams(a_tap(), SHOP, latest, NOW, {withheld}) == streams
