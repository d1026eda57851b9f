"""Digests are sent once per period and channel, whatever happens on the way."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from app.digest_world import MONDAY, mail_server
from pydantic import SecretStr

from kpitaps.app.digest.plans import read_plans
from kpitaps.app.digest.schedule import GRACE, WAITS, DigestSchedule
from kpitaps.app.digest.sending import Report, due, send, sentence
from kpitaps.errors import BadSettings
from kpitaps.store.digests import MOST_TRIES, claim_sending, list_sendings

if TYPE_CHECKING:
    from app.digest_world import World

pytestmark = pytest.mark.slow

BOTH = '[digest.weekly]\nto = "owner@kade.example"\nwebhook = "HOOK"\nform = "slack"\nlanguage = "nl"\n'
MAIL = '[digest.weekly]\nto = ["owner@kade.example", "bram@kade.example"]\n'
HOOK = '[digest.weekly]\nwebhook = "HOOK"\nform = "json"\n'
MINUTE = timedelta(minutes=1)


def sent(world: World, *, again: bool = False) -> list[Report]:
    """Send what digests.toml says."""
    ((planned,), errors) = read_plans(world.home)
    assert errors == []
    return send(world.runtime, due(world.runtime, planned), again=again, context=world.mail.trust)


def states(reports: list[Report]) -> list[tuple[str, str, bool]]:
    """Return channel, state and whether it was tried now."""
    return [(report.letter.channel, report.state, report.is_new) for report in reports]


def test_mail_arrives_encrypted_with_both_parts(digest_world: World) -> None:
    """One mail to all, over STARTTLS after a login, with HTML that loads nothing and the same as text."""
    digest_world.plan(MAIL)
    assert states(sent(digest_world)) == [("mail", "sent", True)]
    (mail,) = digest_world.mail.server.got
    assert mail["To"] == "owner@kade.example, bram@kade.example"
    assert mail["Subject"].startswith("Branderij De Kade: week 24 · ")
    html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
    assert "8–14 juni 2026" in html
    assert "8–14 juni 2026" in text
    assert "<svg" not in html
    assert "http" not in html


def test_it_is_sent_once_per_channel(digest_world: World) -> None:
    """Asked again, nothing leaves; with --again everything does."""
    digest_world.plan(BOTH)
    assert states(sent(digest_world)) == [("mail", "sent", True), ("webhook", "sent", True)]
    assert states(sent(digest_world)) == [("mail", "sent", False), ("webhook", "sent", False)]
    assert (len(digest_world.mail.server.got), len(digest_world.hook.got)) == (1, 1)
    assert states(sent(digest_world, again=True)) == [("mail", "sent", True), ("webhook", "sent", True)]
    assert (len(digest_world.mail.server.got), len(digest_world.hook.got)) == (2, 2)


def test_one_channel_that_fails_is_tried_alone(digest_world: World) -> None:
    """What arrived is not sent again because the other did not; the wait doubles with each failure."""
    digest_world.plan(BOTH)
    digest_world.hook.status = 500
    assert states(sent(digest_world)) == [("mail", "sent", True), ("webhook", "failed", True)]
    digest_world.clock.set(MONDAY + 4 * MINUTE)
    assert states(sent(digest_world)) == [("mail", "sent", False), ("webhook", "failed", False)]
    digest_world.clock.set(MONDAY + 5 * MINUTE)
    assert states(sent(digest_world)) == [("webhook", "failed", True)]
    digest_world.hook.status = 200
    digest_world.clock.set(MONDAY + 14 * MINUTE)
    assert len(digest_world.hook.got) == 2
    digest_world.clock.set(MONDAY + 15 * MINUTE)
    assert states(sent(digest_world)) == [("webhook", "sent", True)]
    assert len(digest_world.mail.server.got) == 1


def test_after_eight_failures_it_gives_up(digest_world: World) -> None:
    """A webhook that is gone is not called for ever."""
    digest_world.plan(HOOK)
    digest_world.hook.status = 404
    for number in range(MOST_TRIES + 3):
        digest_world.clock.set(MONDAY + number * timedelta(hours=12))
        sent(digest_world)
    assert len(digest_world.hook.got) == MOST_TRIES


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_killed_while_it_left_it_is_not_sent_twice(
    digest_world: World, channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that dies between intent and outcome leaves a doubt, told once, and no second copy."""
    digest_world.plan(BOTH)
    ((planned,), _) = read_plans(digest_world.home)
    found = due(digest_world.runtime, planned)
    (letter,) = [letter for letter in found.letters() if letter.channel == channel]
    assert claim_sending(digest_world.runtime.ledger.database, letter, digest_world.clock.now())
    schedule = DigestSchedule(digest_world.runtime)
    with caplog.at_level(logging.WARNING, "kpitaps"):
        reports = send(digest_world.runtime, found, context=digest_world.mail.trust)
        schedule.look()
        schedule.look()
    assert [report.letter.channel for report in reports] == [{"mail": "webhook", "webhook": "mail"}[channel]]
    assert len(digest_world.mail.server.got) + len(digest_world.hook.got) == 1
    (said,) = [record.message for record in caplog.records if "may or may not have arrived" in record.message]
    assert "kpitaps digest weekly --send --again" in said


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_connection_that_breaks_off_leaves_a_doubt(digest_world: World, channel: str) -> None:
    """Whoever hangs up after having taken everything may have kept it: it is not sent again by itself."""
    digest_world.plan(MAIL if channel == "mail" else HOOK)
    digest_world.mail.server.hangs_up = digest_world.hook.hangs_up = True
    (report,) = sent(digest_world)
    assert (report.state, report.is_new) == ("unknown", True)
    digest_world.clock.set(MONDAY + timedelta(days=1))
    assert states(sent(digest_world)) == [(channel, "unknown", False)]
    assert len(digest_world.mail.server.got) + len(digest_world.hook.got) == 1


def test_two_processes_send_one(digest_world: World) -> None:
    """Of two that want to send at once, one may."""
    digest_world.plan(MAIL)
    ((planned,), _) = read_plans(digest_world.home)
    (letter,) = due(digest_world.runtime, planned).letters()
    database, now = digest_world.runtime.ledger.database, digest_world.clock.now()
    assert [claim_sending(database, letter, now), claim_sending(database, letter, now)] == [True, False]


def test_refused_recipients_are_named(digest_world: World) -> None:
    """What the server answers is told, and nothing is kept as sent."""
    digest_world.plan(MAIL)
    digest_world.mail.server.refuses = "550 no such box"
    (report,) = sent(digest_world)
    assert report.state == "failed"
    assert "owner@kade.example (no such box)" in sentence(report)


def test_webhook_address_is_told_to_nobody(digest_world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the ledger nor a log holds the path of a webhook: whoever knows it may post. It follows no redirect."""
    digest_world.plan(HOOK)
    with caplog.at_level(logging.DEBUG):
        digest_world.hook.status = 404
        (report,) = sent(digest_world)
        digest_world.hook.status = 302
        (again,) = sent(digest_world, again=True)
    assert "answered 404" in report.message
    assert "answered 302" in again.message
    assert "T0P-S3CRET" not in caplog.text + report.message
    assert len(digest_world.hook.got) == 2
    assert "T0P-S3CRET" not in list_sendings(digest_world.runtime.ledger.database, report.letter.company_id)[0].message


def test_untrusted_certificate_gets_nothing(digest_world: World) -> None:
    """A server that cannot show who it is gets neither password nor figures."""
    digest_world.plan(MAIL)
    ((planned,), _) = read_plans(digest_world.home)
    (report,) = send(digest_world.runtime, due(digest_world.runtime, planned))
    assert report.state == "failed"
    assert "a certificate that is not trusted" in report.message
    assert digest_world.mail.server.got == []


@pytest.mark.parametrize("security", ["tls", "none"])
def test_other_ways_to_the_server(digest_world: World, security: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """TLS from the start works, and no encryption where the server is on this machine."""
    digest_world.plan(MAIL)
    with mail_server(tmp_path_factory.mktemp("mail"), security=security) as mail:
        changes = {"smtp_port": mail.port, "smtp_security": security}
        digest_world.runtime.environment = digest_world.runtime.environment.model_copy(update=changes)
        ((planned,), _) = read_plans(digest_world.home)
        (report,) = send(digest_world.runtime, due(digest_world.runtime, planned), context=mail.trust)
        assert (report.state, report.message) == ("sent", "")
        assert len(mail.server.got) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"smtp_host": ""}, "set KPITAPS_SMTP_HOST"),
        ({"smtp_from": ""}, "KPITAPS_SMTP_FROM"),
        ({"smtp_password": None}, "KPITAPS_SMTP_PASSWORD"),
        ({"smtp_host": "mail.example.com", "smtp_security": "none"}, "unencrypted"),
    ],
)
def test_settings_that_cannot_work(digest_world: World, changes: dict[str, Any], said: str) -> None:
    """What is missing is named before anything leaves, and the next try waits for nothing."""
    digest_world.plan(BOTH)
    digest_world.runtime.environment = digest_world.runtime.environment.model_copy(update=changes)
    with pytest.raises(BadSettings, match=said):
        sent(digest_world)
    assert digest_world.hook.got == []


def test_wrong_password_is_told_without_it(digest_world: World) -> None:
    """The server's refusal is told, the password is not."""
    digest_world.plan(MAIL)
    changes = {"smtp_password": SecretStr("another-word")}
    digest_world.runtime.environment = digest_world.runtime.environment.model_copy(update=changes)
    (report,) = sent(digest_world)
    assert "answered 535" in report.message
    assert "another-word" not in report.message


def test_schedule_sends_when_it_is_due(digest_world: World) -> None:
    """Not a minute before eight on Monday in the company's zone, once, and not on Thursday what was due on Monday."""
    digest_world.plan(HOOK)
    schedule = DigestSchedule(digest_world.runtime)
    due_at = MONDAY + timedelta(days=7) - 30 * MINUTE
    for when, number in (
        (due_at - MINUTE, 0),
        (due_at, 1),
        (due_at + MINUTE, 1),
        (due_at + timedelta(days=7) + GRACE, 1),
        (due_at + timedelta(days=14), 2),
    ):
        digest_world.clock.set(when)
        digest_world.read_on()
        schedule.look()
        assert len(digest_world.hook.got) == number, when


def test_schedule_waits_for_data(digest_world: World) -> None:
    """What is due waits for what is being read; after half an hour it goes as it is, and says so."""
    digest_world.plan(HOOK)
    monday = MONDAY + timedelta(days=7)
    digest_world.clock.set(monday)
    schedule = DigestSchedule(digest_world.runtime)
    schedule.look()
    digest_world.clock.set(monday + WAITS - MINUTE)
    schedule.look()
    assert digest_world.hook.got == []
    digest_world.clock.set(monday + WAITS)
    schedule.look()
    assert [source["late"] for source in digest_world.hook.got[0]["sources"]] == [True]


def test_one_wrong_digest_keeps_no_other(digest_world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A table that is wrong is named with its line, once; the others are sent."""
    digest_world.plan('[digest.broken]\nevery = "day"\nto = "a@b.example"\n\n' + HOOK)
    schedule = DigestSchedule(digest_world.runtime)
    with caplog.at_level(logging.WARNING, "kpitaps"):
        schedule.look()
        schedule.look()
    assert len(digest_world.hook.got) == 1
    (said,) = [record.message for record in caplog.records]
    assert said.startswith("digests.toml, line 2, [digest.broken] every: 'day' is none of")
