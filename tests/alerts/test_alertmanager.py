"""What Alertmanager is told: who gets what, and when not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from alerts.desk import read, rules
from parts.needs import need

from kpitaps.alerts.alertmanager import Mail, config, mail_doubts, placeholders, secret_files
from kpitaps.alerts.notices import body, teams_body
from kpitaps.config import Environment

if TYPE_CHECKING:
    from pathlib import Path

SERVER = Mail("mail.example", 587, "kpis@kade.example", "kpis", starttls=True)
TEXT = """
[contact.mail]
to = ["owner@kade.example", "ops@kade.example"]
[contact.chat]
webhook = "env:CHAT"
form = "slack"
[contact.teams]
webhook = "https://teams.example/secret"
form = "teams"
resolved = false
[contact.hook]
webhook = "file:/run/secrets/hook"
form = "webhook"
[contact.local]
webhook = "http://127.0.0.1:9/x"
form = "webhook"
[mute.night]
times = "18:00-08:00"
[defaults]
contact = "mail"
[goal.growth]
contact = "chat"
mute = "night"
[operations]
contact = "local"
repeat = "4h"
"""


def written(folder: Path, text: str = TEXT, **more: Any) -> str:
    """Return the configuration for an alerts.toml."""
    alerts, _ = read(folder, text)
    return config([*rules(folder, text).values()], alerts, zone="Europe/Amsterdam", **more)


@pytest.mark.parametrize("text", ["", TEXT])
def test_alertmanager_accepts_it(tmp_path: Path, text: str) -> None:
    """Debian's Alertmanager 0.25 reads what is written for it, once placeholders are filled in."""
    said = written(tmp_path, text, version=(0, 25), mail=SERVER)
    for name in ("TEAMS_WEBHOOK", "HOOK_WEBHOOK"):
        said = said.replace(f"${{{name}}}", "https://chat.example/x")
    (tmp_path / "alertmanager.yml").write_text(said, encoding="utf-8")
    amtool = need("amtool", "tests let Alertmanager's own checker judge what we write")
    done = subprocess.run([amtool, "check-config", "alertmanager.yml"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("rule", "receiver"),
    [
        ("goal-growth-off-track", "chat"),
        ("operations-kpitaps_down", "local"),
        ("somebody-elses", "kpitaps-nobody"),
    ],
)
def test_each_rule_goes_to_its_contact(tmp_path: Path, rule: str, receiver: str) -> None:
    """Alertmanager's own router agrees."""
    (tmp_path / "am.yml").write_text(
        written(tmp_path, version=(0, 25)).replace("${", "https://x/").replace("}\n", "\n")
    )
    amtool = need("amtool", "tests let Alertmanager's own checker judge what we write")
    command = [amtool, "config", "routes", "test", "--config.file=am.yml", "company=kade", f"rule={rule}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == receiver, done.stderr


def test_mutes_and_repeats_are_those_of_the_rule(tmp_path: Path) -> None:
    """Ways of telling that differ get routes of their own."""
    said = yaml.safe_load(written(tmp_path))
    chat, local = said["route"]["routes"]
    assert (chat["receiver"], chat["mute_time_intervals"]) == ("chat", ["night"])
    assert (local["repeat_interval"], "mute_time_intervals" in local) == ("4h", False)
    assert [each["name"] for each in said["time_intervals"]] == ["night"]


def test_secrets_stand_in_files_of_their_own(tmp_path: Path) -> None:
    """No version of the configuration holds one; a newer Alertmanager reads all of them from files."""
    alerts, _ = read(tmp_path, TEXT)
    said = written(tmp_path, secrets="/s/")
    assert "secret\n" not in said
    assert "teams.example" not in said + written(tmp_path, version=(0, 25))
    receivers = {each["name"]: each for each in yaml.safe_load(said)["receivers"]}
    assert receivers["chat"]["slack_configs"][0]["api_url_file"] == "/s/chat-webhook"
    assert receivers["teams"]["msteamsv2_configs"][0]["webhook_url_file"] == "/s/teams-webhook"
    assert receivers["teams"]["msteamsv2_configs"][0]["send_resolved"] is False
    assert receivers["hook"]["webhook_configs"][0]["url_file"] == "/run/secrets/hook"
    assert secret_files(alerts, Mail(user="kpis"), (0, 28)) == ("chat-webhook", "teams-webhook", "smtp-password")


def test_each_form_gets_a_text_that_it_can_show(tmp_path: Path) -> None:
    """Teams takes Markdown, the others plain text."""
    receivers = {each["name"]: each for each in yaml.safe_load(written(tmp_path))["receivers"]}
    assert receivers["teams"]["msteamsv2_configs"][0]["text"] == teams_body("en")
    assert receivers["chat"]["slack_configs"][0]["text"] == body("en")
    assert receivers["mail"]["email_configs"][0]["text"] == body("en")


def test_an_older_alertmanager_needs_some_of_them_by_hand(tmp_path: Path) -> None:
    """It reads Slack's addresses from files; for each other one it is told which placeholder has to be filled in."""
    alerts, _ = read(tmp_path, TEXT)
    assert secret_files(alerts, Mail(user="kpis"), (0, 25)) == ("chat-webhook", "smtp-password")
    assert placeholders(alerts, (0, 25)) == ("TEAMS_WEBHOOK", "HOOK_WEBHOOK")
    assert placeholders(alerts, (0, 28)) == ()
    said = written(tmp_path, version=(0, 25))
    assert [name for name in placeholders(alerts, (0, 25)) if f": ${{{name}}}\n" not in said] == []


@pytest.mark.parametrize(
    ("port", "security", "version", "written_as"),
    [
        (587, "starttls", (0, 28), {"smtp_require_tls": True}),
        (587, "none", (0, 28), {"smtp_require_tls": False}),
        (465, "tls", (0, 28), {"smtp_require_tls": False}),
        (2465, "tls", (0, 28), {"smtp_require_tls": True}),
        (2465, "tls", (0, 31), {"smtp_require_tls": True, "smtp_force_implicit_tls": True}),
    ],
)
def test_mail_is_encrypted_as_asked(
    tmp_path: Path, port: int, security: Any, version: tuple[int, int], written_as: dict[str, bool]
) -> None:
    """On port 465 TLS comes first and STARTTLS must not be asked for; a newer Alertmanager can do so on any port."""
    environment = Environment(smtp_host="mail.example", smtp_port=port, smtp_security=security)
    said = yaml.safe_load(written(tmp_path, mail=Mail.of(environment), version=version))["global"]
    assert {key: value for key, value in said.items() if key.endswith("_tls")} == written_as


@pytest.mark.parametrize(
    ("said", "version", "doubts"),
    [
        ({}, (0, 28), ["localhost:25, from kpitaps@localhost: set KPITAPS_SMTP_HOST and KPITAPS_SMTP_FROM."]),
        ({"smtp_from": "k@x.example"}, (0, 28), ["localhost:25, from k@x.example: set KPITAPS_SMTP_HOST."]),
        ({"smtp_host": "mx"}, (0, 28), ["mx:587, from kpitaps@localhost: set KPITAPS_SMTP_FROM."]),
        ({"smtp_host": "mx", "smtp_from": "k@x.example"}, (0, 28), []),
        ({"smtp_host": "mx", "smtp_from": "k@x.example", "smtp_security": "tls"}, (0, 28), ["on port 587"]),
        ({"smtp_host": "mx", "smtp_from": "k@x.example", "smtp_security": "tls"}, (0, 31), []),
        ({"smtp_host": "mx", "smtp_from": "k@x.example", "smtp_security": "tls", "smtp_port": 465}, (0, 28), []),
    ],
)
def test_what_is_doubtful_of_mail_is_said(
    tmp_path: Path, said: dict[str, Any], version: tuple[int, int], doubts: list[str]
) -> None:
    """Only where mail is sent at all."""
    environment = Environment(**said)
    alerts, _ = read(tmp_path, TEXT)
    found = mail_doubts(alerts, environment, version)
    assert len(found) == len(doubts)
    assert [doubt for doubt, sentence in zip(doubts, found, strict=True) if doubt not in sentence] == []
    without, _ = read(tmp_path, TEXT.replace("to =", "#"))
    assert mail_doubts(without, environment, version) == ()
