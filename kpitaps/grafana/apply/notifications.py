"""Contact points and mute timings: ours by the prefix of uid and name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse
from kpitaps.grafana.apply.compare import REDACTED, Difference, differences, only
from kpitaps.grafana.apply.server import Refused, in_path
from kpitaps.grafana.apply.step import FILES, Action, Step
from kpitaps.grafana.wanted import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpitaps.grafana.apply.server import Server
    from kpitaps.grafana.wanted import Wanted

CONTACT_POINT = "contact point"
MUTE_TIMING = "mute timing"

_SECRETS = ("url", "token", "password")
"""Settings that nobody reads over our shoulder: whoever knows the address of a webhook may post there."""

_IN_USE = frozenset({400, 409, 500})
"""What Grafana says, by version, where something that is to go is still named by a rule or policy."""


def contact_point_steps(server: Server, wanted: Wanted, *, renew_secrets: bool = False) -> Iterator[Step]:
    """Yield what becomes of the contact points: those that are wanted first, then those that are no more.

    Args:
        server: Whose they are.
        wanted: What there is to be.
        renew_secrets: Whether secrets are written that Grafana does not let us compare.
    """
    rows = _listed(server, server.api.alertingprovisioning.get_contactpoints)
    there = {row["uid"]: row for row in rows}
    strangers = {row["name"] for row in rows if not row["uid"].startswith(PREFIX)}
    for point in wanted.contact_points:
        if point["name"] in strangers:
            why = "there is one of that name that kpitaps did not make: rename it"
            yield Step(Action.BLOCKED, CONTACT_POINT, point["name"], why=why)
        else:
            yield from _contact_point(server, point, there.get(point["uid"]), renew_secrets=renew_secrets)
    ours = {point["uid"] for point in wanted.contact_points}
    api = server.api.alertingprovisioning
    for uid, row in sorted(there.items()):
        if uid.startswith(PREFIX) and uid not in ours:
            yield _removal(server, CONTACT_POINT, row, partial(api.delete_contactpoint, in_path(uid)))


def _contact_point(
    server: Server, point: dict[str, Any], there: dict[str, Any] | None, *, renew_secrets: bool
) -> Iterator[Step]:
    api, uid = server.api.alertingprovisioning, in_path(point["uid"])
    if there is None:
        create = partial(api.create_contactpoint, point)
        yield Step(Action.CREATE, CONTACT_POINT, point["name"], write=_writing(server, point, create, again=False))
        return
    found = [_hidden(each) for each in differences(only(there, point), point)]
    if renew_secrets:
        found += [
            Difference(f"settings.{key}", REDACTED, REDACTED)
            for key, value in there["settings"].items()
            if value == REDACTED and key in point["settings"]
        ]
    update = partial(api.update_contactpoint, uid, point)
    yield from _change(CONTACT_POINT, point["name"], there, found, _writing(server, point, update, again=True))


def _hidden(difference: Difference) -> Difference:
    if difference.path not in {f"settings.{key}" for key in _SECRETS}:
        return difference
    return Difference(difference.path, "(hidden)", "(hidden, another)")


def mute_timing_steps(server: Server, wanted: Wanted) -> Iterator[Step]:
    """Yield what becomes of the mute timings: those that are wanted first, then those that are no more."""
    api = server.api.alertingprovisioning
    there = {row["name"]: row for row in _listed(server, api.get_mute_timings)}
    for timing in wanted.mute_timings:
        name, row = timing["name"], there.get(timing["name"])
        if row is None:
            create = partial(api.create_mute_timing, timing)
            yield Step(Action.CREATE, MUTE_TIMING, name, write=_writing(server, timing, create, again=False))
            continue
        found = list(differences(row.get("time_intervals"), timing["time_intervals"], "time_intervals"))
        update = partial(api.update_mute_timing, in_path(timing["name"]), timing)
        yield from _change(MUTE_TIMING, name, row, found, _writing(server, timing, update, again=True))
    ours = {timing["name"] for timing in wanted.mute_timings}
    for name, row in sorted(there.items()):
        if name.startswith(PREFIX) and name not in ours:
            yield _removal(server, MUTE_TIMING, row, partial(api.delete_mute_timing, in_path(name)))


def _listed(server: Server, ask: Callable[[], list[dict[str, Any]] | None]) -> list[dict[str, Any]]:
    try:
        return server.read("read contact points and mute timings", ask) or []
    except Refused as refused:
        hint = "its alerting is off, or it is newer than this kpitaps knows; kpitaps grafana files works with every one"
        sentence = f"Grafana at {server.url} has no API for contact points and mute timings ({refused.status}): {hint}"
        raise BadUse(sentence) from None


def _change(
    what: str, name: str, there: dict[str, Any], found: list[Difference], write: Callable[[], None]
) -> Iterator[Step]:
    if not found:
        return
    if there.get("provenance") == "file":
        yield Step(Action.BLOCKED, what, name, tuple(found), FILES)
    else:
        yield Step(Action.CHANGE, what, name, tuple(found), write=write)


def _writing(server: Server, row: dict[str, Any], send: Callable[[], object], *, again: bool) -> Callable[[], None]:
    def write() -> None:
        try:
            server.write("write contact points and mute timings", send, may_repeat=again)
        except Refused as refused:
            said = str(refused)
            for secret in (row.get("settings", {}).get(key) for key in _SECRETS):
                said = said.replace(secret, "(hidden)") if secret else said
            raise BadUse(f"Grafana at {server.url} does not take {row['name']!r}: {said}") from None

    return write


def _removal(server: Server, what: str, row: dict[str, Any], send: Callable[[], object]) -> Step:
    if row.get("provenance") == "file":
        return Step(Action.BLOCKED, what, row["name"], why=FILES)

    def remove() -> None:
        try:
            server.write(f"delete its {what}", send)
        except Refused as refused:
            if refused.status == 404:
                return
            hint = "; a rule or policy that kpitaps did not make may use it" if refused.status in _IN_USE else ""
            sentence = f"Grafana at {server.url} does not delete its {what} {row['name']!r}: {refused}{hint}"
            raise BadUse(sentence) from None

    return Step(Action.REMOVE, what, row["name"], write=remove)
