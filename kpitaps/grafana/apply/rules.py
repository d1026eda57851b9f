"""Alert rules, one by one: a group is never replaced as a whole, because others may have put rules into it.

Rules get the provenance ``api``: Grafana shows who made them and keeps people from changing by hand what the next run
would undo. Whoever wants a rule otherwise says so in ``alerts.toml``, or makes a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse
from kpitaps.grafana.apply.compare import Difference, differences, filled, only, seconds
from kpitaps.grafana.apply.server import Refused, in_path
from kpitaps.grafana.apply.step import FILES, Action, Step, found_in
from kpitaps.grafana.wanted import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps.grafana.apply.server import Server
    from kpitaps.grafana.wanted import Wanted

RULE = "alert rule"
GROUP = "rule group"

DEFAULT_INTERVAL = 60
"""Seconds between evaluations of a group that Grafana makes for its first rule."""

_GRAFANAS_OWN = frozenset({"id", "orgID", "updated", "provenance", "guid"})
_FREE = frozenset({"labels", "annotations", "isPaused", "notification_settings", "keep_firing_for"})
"""What Grafana does not fill in by itself: where it is and is not wanted, somebody changed it."""

_SINCE = {
    "notification_settings": (11, 0),
    "keep_firing_for": (12, 0),
    "missingSeriesEvalsToResolve": (12, 1),
}
"""From which version on a field is surely kept: before it, that it is absent is no difference."""

_BY_FILE = frozenset({"file", "converted_prometheus"})


def list_rules(server: Server) -> dict[str, dict[str, Any]]:
    """Return all rules that there are, by uid.

    Raises:
        BadUse: if the server has no such API.
    """
    rules = server.find("read alert rules", server.api.alertingprovisioning.get_alertrules_all)
    if rules is None:
        raise BadUse(
            f"Grafana at {server.url} has no API for alert rules (404): it is older than 9.4, or its alerting is off"
        )
    return {rule["uid"]: rule for rule in rules}


def rule_steps(
    server: Server, wanted: Wanted, there: Mapping[str, dict[str, Any]], version: tuple[int, int]
) -> Iterator[Step]:
    """Yield what becomes of the rules and their groups: those that are wanted first, then those that are no more.

    Args:
        server: Whose they are.
        wanted: What there is to be.
        there: The rules that there are.
        version: The server's version.
    """
    for group in wanted.groups:
        for rule in group["rules"]:
            yield from _rule(server, _placed(rule, group), there.get(rule["uid"]), version)
        yield from _group(server, group, known=any(_is_in(rule, group) for rule in there.values()))
    ours = {rule["uid"] for group in wanted.groups for rule in group["rules"]}
    folders = {folder.uid for folder in wanted.folders}
    for uid, rule in sorted(there.items()):
        if uid.startswith(PREFIX) and uid not in ours and rule["folderUID"] in folders:
            yield _removal(server, rule)


def _placed(rule: dict[str, Any], group: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "folderUID": group["folderUid"], "ruleGroup": group["title"]}


def _is_in(rule: dict[str, Any], group: dict[str, Any]) -> bool:
    return bool(rule["folderUID"] == group["folderUid"] and rule["ruleGroup"] == group["title"])


def _rule(
    server: Server, rule: dict[str, Any], there: dict[str, Any] | None, version: tuple[int, int]
) -> Iterator[Step]:
    api, title = server.api.alertingprovisioning, rule["title"]
    if there is None:
        yield Step(
            Action.CREATE,
            RULE,
            title,
            write=lambda: _written(server, rule, lambda: api.create_alertrule(rule), again=False),
        )
        return
    if there["folderUID"] != rule["folderUID"]:
        yield Step(Action.LEAVE, RULE, title, why=found_in(f"the folder {there['folderUID']!r}", "rule"))
        return
    found = tuple(_changes(there, rule, version))
    if not found:
        return
    if there.get("provenance") in _BY_FILE:
        yield Step(Action.BLOCKED, RULE, title, found, FILES)
    else:
        uid = rule["uid"]
        yield Step(
            Action.CHANGE,
            RULE,
            title,
            found,
            write=lambda: _written(server, rule, lambda: api.update_alertrule(uid, rule), again=True),
        )


def _changes(there: dict[str, Any], wanted: dict[str, Any], version: tuple[int, int]) -> Iterator[Difference]:
    before, after = _content(there), _content(wanted)
    before["data"] = only(before.get("data"), after.get("data"))
    kept = {key: value for key, value in before.items() if key in after or key in _FREE}
    for difference in differences(kept, after):
        key = difference.path.partition(".")[0]
        if not (key not in before and version < _SINCE.get(key, (0, 0))):
            yield difference


def _content(rule: dict[str, Any]) -> dict[str, Any]:
    """Return what a rule says, in one way of saying it."""
    said = {key: seconds(value) if key in {"for", "keep_firing_for"} else value for key, value in rule.items()}
    if routing := said.get("notification_settings"):
        said["notification_settings"] = filled({key: seconds(value) for key, value in routing.items()})
    return filled({key: value for key, value in said.items() if key not in _GRAFANAS_OWN})


def _written(server: Server, rule: dict[str, Any], write: Any, *, again: bool) -> None:
    try:
        server.write("write alert rules", write, may_repeat=again)
    except Refused as refused:
        hint = "; rename the rule of that name in the folder, if there is one" if refused.status == 409 else ""
        raise BadUse(f"Grafana at {server.url} takes no alert rule {rule['title']!r}: {refused}{hint}") from None


def _group(server: Server, group: dict[str, Any], *, known: bool) -> Iterator[Step]:
    """Yield how often a group is evaluated: by Grafana, that is a property of no rule."""
    api, interval = server.api.alertingprovisioning, int(group["interval"])
    place = group["folderUid"], in_path(group["title"])
    now = DEFAULT_INTERVAL
    if known:
        found = server.find("read alert rules", lambda: api.get_rule_group(*place))
        now = int((found or {}).get("interval") or DEFAULT_INTERVAL)
    if now == interval or not group["rules"]:
        return
    # Without a list of rules, only the interval is changed.
    yield Step(
        Action.CHANGE,
        GROUP,
        group["title"],
        (Difference("interval", now, interval),),
        write=lambda: _evaluate(server, group["title"], lambda: api.update_rule_group(*place, {"interval": interval})),
    )


def _evaluate(server: Server, title: str, write: Any) -> None:
    try:
        server.write("write alert rules", write, may_repeat=True)
    except Refused as refused:
        raise BadUse(f"Grafana at {server.url} does not change its rule group {title!r}: {refused}") from None


def _removal(server: Server, rule: dict[str, Any]) -> Step:
    if rule.get("provenance") in _BY_FILE:
        return Step(Action.BLOCKED, RULE, rule["title"], why=FILES)
    return Step(Action.REMOVE, RULE, rule["title"], write=lambda: _remove(server, rule))


def _remove(server: Server, rule: dict[str, Any]) -> None:
    api, uid = server.api.alertingprovisioning, rule["uid"]
    try:
        server.write("delete alert rules", lambda: api.delete_alertrule(uid), may_repeat=True)
    except Refused as refused:
        if refused.status != 404:
            raise BadUse(f"Grafana at {server.url} does not delete its rule {rule['title']!r}: {refused}") from None
