"""``kpitaps digest``: the week or the month, shown or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from app.digest_world import webhook

if TYPE_CHECKING:
    from cli.conftest import CommandLine

PLAN = '[digest.team]\nwebhook = "env:TEAM_HOOK"\nform = "teams"\nevery = "month"\nlanguage = "nl"\n'


def test_it_is_shown_in_every_form(connected: CommandLine) -> None:
    """The week as text, as a page, as what chats take and as JSON; in the language that is asked for."""
    text = connected("digest", "--language", "nl")
    assert text.out.startswith("Branderij De Kade: week ")
    assert "KERNCIJFERS" in text.out
    assert connected("digest", "--format", "html").out.startswith("<!DOCTYPE html>")
    assert connected("digest", "--format", "slack").json["blocks"][0]["type"] == "header"
    assert connected("digest", "--format", "teams").json["attachments"][0]["content"]["type"] == "AdaptiveCard"
    month = connected("digest", "--every", "month", "--so-far", "--json").json
    assert (month["every"], month["open"], month["first_day"][-2:]) == ("month", True, "01")


@pytest.mark.slow
def test_it_is_sent_once_however_often_cron_calls(connected: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call says that it was sent before; --again sends it anew; --list tells how it went."""
    (connected.home / "digests.toml").write_text(PLAN)
    with webhook() as hook:
        monkeypatch.setenv("TEAM_HOOK", hook.url)
        said = [connected("digest", "team", "--send", *more) for more in ((), (), ("--again",))]
        assert [each.code for each in said] == [0, 0, 0]
        assert [each.out.rpartition(", ")[2] for each in said] == ["was sent.\n", "was sent before.\n", "was sent.\n"]
        assert len(hook.got) == 2
    (listed,) = connected("digest", "--list", "--json").json
    assert (listed["digest"], listed["last"][0]["state"]) == ("team", "sent")
    assert hook.url not in connected("digest", "--list").out


def test_what_could_not_be_sent_ends_with_five(connected: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what the webhook answered, and a script can tell that trying later may help."""
    (connected.home / "digests.toml").write_text(PLAN)
    with webhook() as hook:
        hook.status = 503
        monkeypatch.setenv("TEAM_HOOK", hook.url)
        said = connected("digest", "team", "--send")
    assert said.code == 5
    assert "was not sent: the webhook at 127.0.0.1 answered 503" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--send"], "say which digest"),
        (["wekly", "--send"], "did you mean 'weekly'?"),
        (["weekly", "--again"], "--again goes with --send"),
        (["--format", "pdf"], "choose one of text"),
        (["--every", "day"], "choose one of week, month"),
    ],
)
def test_use_that_makes_no_sense(connected: CommandLine, arguments: list[str], said: str) -> None:
    """Each is one sentence with a way out."""
    (connected.home / "digests.toml").write_text('[digest.weekly]\nto = "a@b.example"\n')
    done = connected("digest", *arguments)
    assert done.code == 2
    assert said in done.err


def test_nothing_planned(kpitaps: CommandLine) -> None:
    """Without a file there is nothing to list, which is no error."""
    assert kpitaps("digest", "--list").out.startswith("There are no digests yet")
