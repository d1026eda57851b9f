"""A Grafana is brought to what is wanted: once, completely, and nobody else's things are touched."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from parts.grafana import TOKEN, FakeGrafana, fake_grafana

from grafana.wanted_world import SLACK, board, panel, rule, wanted
from kpitaps.errors import BadUse
from kpitaps.grafana.apply import Action, Plan, Server, make_plan
from kpitaps.http import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.grafana.wanted import Wanted


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    """A Grafana with nothing in it."""
    with fake_grafana() as started:
        yield started


@contextmanager
def planned(grafana: FakeGrafana, what: Wanted, **options: Any) -> Iterator[Plan]:
    """Plan to bring a Grafana to what is wanted."""
    with Server(grafana.url, TOKEN, policy=RetryPolicy.testing()) as server:
        yield make_plan(server, what, **options)


def apply(grafana: FakeGrafana, what: Wanted, **options: Any) -> list[tuple[str, str, str]]:
    """Bring a Grafana to what is wanted, and return what was done."""
    done: list[tuple[str, str, str]] = []
    with planned(grafana, what, **options) as plan:
        plan.carry_out(lambda step: done.append((step.action.value, step.what, step.name)))
    return done


def test_the_first_run_makes_everything(grafana: FakeGrafana) -> None:
    """An empty Grafana gets the data source, the folder, and all that is in it, what rules name before the rules."""
    done = apply(grafana, wanted())
    assert [what for _, what, _ in done] == [
        *("data source", "folder", "contact point", "mute timing", "dashboard", "dashboard"),
        *("alert rule", "alert rule", "rule group"),
    ]
    assert grafana.sources["kpitaps-prometheus"]["url"] == "http://127.0.0.1:9090"
    assert {place["folderUid"] for place in grafana.places.values()} == {"kpitaps-kade"}
    assert grafana.intervals == {("kpitaps-kade", "goals"): 300}
    assert {each["provenance"] for each in grafana.rules.values()} == {"api"}


@pytest.mark.parametrize("version", ["9.4.7", "10.4.2", "11.6.0", "13.0.1"])
@pytest.mark.parametrize("rewrites", [False, True])
def test_the_second_run_writes_nothing(version: str, rewrites: bool) -> None:
    """What Grafana adds, leaves out or puts in words of its own is no difference."""
    old = version.startswith(("9", "10"))
    forgets = frozenset({"keep_firing_for", "notification_settings"} if old else {"missingSeriesEvalsToResolve"})
    with fake_grafana(version=version, rewrites=rewrites, forgets=forgets) as grafana:
        apply(grafana, wanted())
        grafana.writes.clear()
        assert apply(grafana, wanted()) == []
        assert grafana.writes == []


def test_a_plan_writes_nothing(grafana: FakeGrafana) -> None:
    """A plan that is not carried out leaves Grafana as it was, and says field by field what it would change."""
    apply(grafana, wanted())
    grafana.writes.clear()
    with planned(grafana, wanted(rule("revenue", 0.8), rule("orders"))) as plan:
        (step,) = plan.changes
    assert (step.action, step.name) == (Action.CHANGE, "revenue")
    (found,) = step.differences
    assert (found.path, found.before, found.after) == (
        "data[C].model.conditions[0].evaluator.params[0]",
        0.9,
        0.8,
    )
    assert grafana.writes == []


def test_drift_is_mended(grafana: FakeGrafana) -> None:
    """What somebody changed by hand in something of ours is shown, and put right."""
    apply(grafana, wanted())
    uid = "kpitaps-kade-overview"
    there = copy.deepcopy(grafana.boards[uid][-1]["dashboard"])
    there["panels"][0]["title"] = "Mine"
    grafana.hand_saved(uid, "kpitaps-kade", **{key: there[key] for key in ("title", "tags", "panels", "schemaVersion")})
    grafana.rules["kpitaps-kade-rule-orders"]["labels"]["extra"] = "x"
    grafana.mutes["kpitaps-weekend"]["time_intervals"] = [{"weekdays": ["sunday"]}]
    grafana.points["kpitaps-chat"]["settings"]["title"] = "changed"
    grafana.sources["kpitaps-prometheus"]["jsonData"]["httpMethod"] = "GET"
    done = apply(grafana, wanted())
    assert [what for _, what, _ in done] == ["data source", "contact point", "mute timing", "dashboard", "alert rule"]
    assert "title" not in grafana.boards[uid][-1]["dashboard"]["panels"][0]
    assert apply(grafana, wanted()) == []


def test_what_is_no_longer_wanted_goes(grafana: FakeGrafana) -> None:
    """A goal that is gone takes its rule along, and a dashboard, contact or mute time goes after the rules."""
    apply(grafana, wanted())
    bare = rule("revenue", notification_settings={})
    done = apply(grafana, wanted(bare, boards=(board("overview", panel(1, "up")),), contact_points=(), mute_timings=()))
    assert [(action, what) for action, what, _ in done] == [
        *(("change", "alert rule"), ("remove", "alert rule"), ("remove", "dashboard")),
        *(("remove", "contact point"), ("remove", "mute timing")),
    ]
    assert (list(grafana.rules), list(grafana.boards)) == (["kpitaps-kade-rule-revenue"], ["kpitaps-kade-overview"])
    assert (grafana.points, grafana.mutes) == ({}, {})


def test_neighbours_stay(grafana: FakeGrafana) -> None:
    """Hand-made dashboards, copies of ours, rules, contacts and mute times are never touched, nor in our folder."""
    apply(grafana, wanted())
    by_hand = {**rule("hand"), "uid": "abc", "folderUID": "kpitaps-kade", "ruleGroup": "goals"}
    grafana.rules["abc"] = by_hand
    grafana.rules["kpitaps-other"] = {**by_hand, "uid": "kpitaps-other", "folderUID": "elsewhere"}
    grafana.hand_saved("mine", "kpitaps-kade")
    grafana.hand_saved("copy", "kpitaps-kade", tags=["kpitaps"])
    grafana.hand_saved("kpitaps-kade-own", "kpitaps-kade")
    grafana.points["p"] = {"uid": "p", "name": "mail", "type": "email", "settings": {"addresses": "a@example.com"}}
    grafana.mutes["holidays"] = {"name": "holidays", "time_intervals": []}
    before = copy.deepcopy((grafana.rules, grafana.boards, grafana.points, grafana.mutes))
    assert apply(grafana, wanted()) == []
    assert (grafana.rules, grafana.boards, grafana.points, grafana.mutes) == before


def test_a_dashboard_without_our_tag_is_left_alone(grafana: FakeGrafana) -> None:
    """A board that somebody made with a uid of ours, or took the tag from, is theirs: the plan says what to do."""
    uid = "kpitaps-kade-overview"
    apply(grafana, wanted())
    theirs = grafana.hand_saved(uid, "kpitaps-kade", title="Mine")
    with planned(grafana, wanted()) as plan:
        assert [(step.action.value, "give it that tag" in step.why) for step in plan.steps] == [("leave", True)]
    assert apply(grafana, wanted()) == []
    assert grafana.boards[uid][-1]["dashboard"] == theirs


def test_what_was_moved_out_of_our_folder_is_left_alone(grafana: FakeGrafana) -> None:
    """A dashboard or rule that somebody moved to a folder of theirs is theirs from then on, and the plan says so."""
    apply(grafana, wanted())
    grafana.folders["theirs"] = {"uid": "theirs", "title": "Sales", "version": 1}
    grafana.places["kpitaps-kade-overview"]["folderUid"] = "theirs"
    grafana.boards["kpitaps-kade-overview"][-1]["dashboard"]["panels"] = []
    grafana.rules["kpitaps-kade-rule-orders"] |= {"folderUID": "theirs", "for": "1m"}
    with planned(grafana, wanted()) as plan:
        left = [(step.action, step.what) for step in plan.steps]
        assert "folder 'Sales'" in plan.steps[0].why
    assert left == [(Action.LEAVE, "dashboard"), (Action.LEAVE, "alert rule")]


def test_the_address_of_prometheus_is_kept_where_nobody_gives_one(grafana: FakeGrafana) -> None:
    """Who set the data source's address or name by hand keeps them, unless an address is asked for."""
    apply(grafana, wanted())
    grafana.sources["kpitaps-prometheus"] |= {"url": "http://prometheus:9090", "name": "Ours", "basicAuth": True}
    assert apply(grafana, wanted()) == []
    assert apply(grafana, wanted(prometheus_url="http://other:9090")) == [("change", "data source", "Ours")]
    assert grafana.sources["kpitaps-prometheus"]["url"] == "http://other:9090"
    assert grafana.sources["kpitaps-prometheus"]["basicAuth"] is True


def test_secrets_are_written_anew_when_asked(grafana: FakeGrafana) -> None:
    """Grafana lets nobody read a secret, so a changed one is written only where that is asked for."""
    apply(grafana, wanted())
    (point,) = wanted().contact_points
    changed = {**point, "settings": {**point["settings"], "url": SLACK.replace("secret", "new")}}
    assert apply(grafana, wanted(contact_points=(changed,))) == []
    assert apply(grafana, wanted(contact_points=(changed,)), renew_secrets=True) == [
        ("change", "contact point", "kpitaps-chat")
    ]
    assert grafana.points["kpitaps-chat"]["settings"]["url"].endswith("new")


def test_all_pages_of_the_search_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dashboard that is on the third page of a large organisation's search is found, not made again."""
    monkeypatch.setattr("kpitaps.grafana.apply.server._PAGE", 10)
    with fake_grafana() as grafana:
        for number in range(25):
            grafana.hand_saved(f"theirs-{number}", "none")
        apply(grafana, wanted())
        assert apply(grafana, wanted()) == []


def test_a_folder_that_was_renamed_gets_its_name_back(grafana: FakeGrafana) -> None:
    """Rules in files name the folder by its title, so that is ours to say."""
    apply(grafana, wanted())
    grafana.folders["kpitaps-kade"]["title"] = "KPIs"
    assert apply(grafana, wanted()) == [("change", "folder", "kpitaps")]


def test_a_contact_point_of_our_name_that_is_not_ours_blocks(grafana: FakeGrafana) -> None:
    """Grafana would put ours into the one of that name, so nothing is written and somebody must choose."""
    grafana.points["x"] = {"uid": "x", "name": "kpitaps-chat", "type": "email", "settings": {"addresses": "a@b.nl"}}
    with pytest.raises(BadUse, match=r"contact point 'kpitaps-chat'.*rename it"):
        apply(grafana, wanted())
    assert grafana.writes == []


def test_the_address_of_a_webhook_is_not_shown(grafana: FakeGrafana) -> None:
    """A plan is read by many: it says that the address changes, and not to what."""
    (point,) = wanted().contact_points
    hook = {**point, "type": "webhook", "settings": {"url": "https://example.com/secret"}}
    apply(grafana, wanted(contact_points=(hook,)))
    other = {**hook, "settings": {"url": "https://example.com/other-secret"}}
    with planned(grafana, wanted(contact_points=(other,))) as plan:
        (step,) = plan.changes
    assert [each.path for each in step.differences] == ["settings.url"]
    assert "secret" not in repr(step.differences)
