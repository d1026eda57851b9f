"""``kpitaps goals``: what it shows, and what it writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

YEAR = datetime.now(UTC).year
ADD = ("goals", "add", "orders", "--kpi=orders", "--target=1_000_000", "--period=every year", "--owner=Sanne")


def text(cli: CommandLine) -> str:
    return (cli.home / "goals.toml").read_text()


def test_a_goal_is_added_and_shown(connected: CommandLine) -> None:
    """What was added stands in the file as a person would write it, and in the figures."""
    assert connected(*ADD, "--set=decides=how many people pack").code == 0
    assert text(connected) == (
        '[goal.orders]\nkpi = "orders"\ntarget = 1000000\nperiod = "every year"\nowner = "Sanne"\n'
        'decides = "how many people pack"\n\n'
    )
    (goal,) = connected("goals", "--json").json
    assert (goal["goal"], goal["target"], goal["to"], goal["owner"]) == ("orders", 1_000_000, f"{YEAR}-12-31", "Sanne")
    assert goal["value"] is None or goal["value"] > 0
    assert "orders" in connected("goals").out


def test_comments_stay(connected: CommandLine) -> None:
    """Changing and adding goals leaves everything else in the file as somebody wrote it."""
    file = '# Ours.\n[goal.mine]   # agreed in May\nkpi = "orders"\ntarget = 50 # a start\nperiod = "every week"\n'
    (connected.home / "goals.toml").write_text(file)
    assert connected("goals", "set", "mine", "--target=60", "--owner=Bram").code == 0
    changed = file.replace("50 # a start", "60 # a start") + 'owner = "Bram"\n'
    assert text(connected) == changed
    assert connected(*ADD).code == 0
    assert text(connected).startswith(changed)
    assert connected("goals", "remove", "orders").code == 0
    assert text(connected).rstrip() == changed.rstrip()


def test_an_empty_value_takes_a_key_away(connected: CommandLine) -> None:
    """Setting a key to nothing removes it."""
    connected(*ADD)
    assert connected("goals", "set", "orders", "--owner=").code == 0
    assert "owner" not in text(connected)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("add", "orders", "--kpi=order", "--target=5"), 3, "did you mean 'orders'?"),
        (("add", "orders", "--kpi=orders", "--target=12 %", "--period=month"), 3, "a number of things"),
        (("set", "nothing", "--target=1"), 2, "there are none yet"),
        (("set", "nothing"), 2, "nothing to change"),
        (("remove", "nothing"), 2, "there is no goal 'nothing'"),
        (("add", "orders", "--set=owner"), 2, "write name=value"),
    ],
)
def test_what_is_not_valid_is_not_written(
    connected: CommandLine, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """A goal that would be wrong is refused with the reason, and the file stays as it is."""
    said = connected("goals", *arguments)
    assert (said.code, sentence in said.err) == (code, True), said.err
    assert not (connected.home / "goals.toml").exists()


def test_a_name_is_given_once(connected: CommandLine) -> None:
    """Adding a goal of a name that is there says how to change it."""
    connected(*ADD)
    assert "kpitaps goals set orders" in connected(*ADD).err


def test_one_broken_goal_leaves_the_others(connected: CommandLine) -> None:
    """A goal that is wrong is told with its line; the others are shown."""
    connected(*ADD)
    (connected.home / "goals.toml").write_text(
        text(connected) + '[goal.bad]\nkpi = "orders"\ntarget = 5\nperiod = "weekly"\n'
    )
    said = connected("goals", "--json")
    assert [goal["goal"] for goal in said.json] == ["orders"]
    assert "goals.toml, line 10, [goal.bad] period: there is no period 'weekly'; there are every week" in said.err
