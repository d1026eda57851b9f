"""Folders and dashboards: ours by uid, folder and tag; saved over what we have seen, never over what we have not."""

from __future__ import annotations

import json
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse, RetryLater
from kpitaps.grafana.apply.compare import Difference, differences
from kpitaps.grafana.apply.server import Refused
from kpitaps.grafana.apply.step import FILES, Action, Step, found_in
from kpitaps.grafana.wanted import PREFIX, TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.grafana.apply.server import Server
    from kpitaps.grafana.wanted import Folder, Wanted

FOLDER = "folder"
DASHBOARD = "dashboard"

_GRAFANAS_OWN = frozenset({"id", "uid", "version"})


def folder_steps(server: Server, wanted: Wanted) -> Iterator[Step]:
    """Yield what becomes of the companies' folders; what else is in them does not matter, and none is ever removed."""
    there = {row["uid"]: row for row in server.search("list folders", "dash-folder")}
    for folder in wanted.folders:
        row = there.get(folder.uid)
        if row is None:
            yield Step(Action.CREATE, FOLDER, folder.title, write=partial(_create_folder, server, folder))
        elif row["title"] != folder.title:
            found = (Difference("title", row["title"], folder.title),)
            yield Step(Action.CHANGE, FOLDER, folder.title, found, write=partial(_rename_folder, server, folder))


def _create_folder(server: Server, folder: Folder) -> None:
    try:
        server.write("create folders", lambda: server.api.folder.create_folder(folder.title, folder.uid))
    except Refused as refused:
        hint = "; rename the folder of that name, if there is one" if refused.status in {409, 412} else ""
        raise BadUse(f"Grafana at {server.url} takes no folder {folder.title!r}: {refused}{hint}") from None


def _rename_folder(server: Server, folder: Folder) -> None:
    def rename() -> Any:
        return server.api.folder.update_folder(folder.uid, title=folder.title, overwrite=True)

    try:
        server.write("rename folders", rename, may_repeat=True)
    except Refused as refused:
        raise BadUse(f"Grafana at {server.url} does not rename its folder {folder.uid}: {refused}") from None


def dashboard_steps(server: Server, wanted: Wanted) -> Iterator[Step]:
    """Yield what becomes of the dashboards: those that are wanted first, then those that are no more."""
    # A token that may not see a dashboard hears 403 where there is none, too: what there is is known from the search.
    there = {row["uid"]: row for row in server.search("list dashboards", "dash-db")}
    ours = {dashboard.uid for folder in wanted.folders for dashboard in folder.dashboards}
    for folder in wanted.folders:
        for dashboard in folder.dashboards:
            yield from _dashboard(server, folder.uid, dashboard.model, there.get(dashboard.uid))
    folders = {folder.uid for folder in wanted.folders}
    for uid, row in sorted(there.items()):
        if _is_ours(row, folders) and uid not in ours:
            yield _removal(server, uid, row["title"])


def _is_ours(row: dict[str, Any], folders: set[str]) -> bool:
    """Return whether we made it: a copy that somebody made of ours has the tag, but a uid of its own."""
    return row["uid"].startswith(PREFIX) and TAG in row.get("tags", ()) and row.get("folderUid") in folders


def _dashboard(server: Server, folder: str, model: dict[str, Any], row: dict[str, Any] | None) -> Iterator[Step]:
    uid, title = model["uid"], model["title"]
    if row is None:
        yield Step(Action.CREATE, DASHBOARD, title, write=lambda: _save(server, folder, model, {}))
        return
    if row.get("folderUid") != folder:
        place = f"the folder {row['folderTitle']!r}" if row.get("folderTitle") else "no folder"
        yield Step(Action.LEAVE, DASHBOARD, title, why=found_in(place, DASHBOARD))
        return
    if TAG not in row.get("tags", ()):
        why = f"it has not the tag {TAG!r}: give it that tag, or delete it, to have it kept up to date"
        yield Step(Action.LEAVE, DASHBOARD, title, why=why)
        return
    got = _read(server, uid)
    there = got["dashboard"]
    found = tuple(differences(_content(there), _content(model)))
    if not found or _wrote_this(server, there, model):
        return
    if got["meta"].get("provisioned"):
        yield Step(Action.BLOCKED, DASHBOARD, title, found, FILES)
    else:
        yield Step(Action.CHANGE, DASHBOARD, title, found, write=lambda: _save(server, folder, model, there))


def _read(server: Server, uid: str) -> dict[str, Any]:
    found: dict[str, Any] = server.read("read dashboards", lambda: server.api.dashboard.get_dashboard(uid))
    return found


def _content(model: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in model.items() if key not in _GRAFANAS_OWN}


def _wrote_this(server: Server, there: dict[str, Any], model: dict[str, Any]) -> bool:
    """Return whether the newest version of a dashboard is what we want, put by Grafana into words of its own.

    Newer ones move what they are given to another schema, so that it reads differently ever after. The message that
    goes with each version says what was saved, and a change by hand is another version.
    """
    # grafana-client puts the limit where no server looks for it: into the body.
    path = f"/dashboards/uid/{there.get('uid')}/versions"
    newest = server.find("read dashboards", lambda: server.api.client.GET(path, params={"limit": 1}))
    rows = (newest.get("versions") if isinstance(newest, dict) else newest) or [{}]
    return bool(rows[0].get("version") == there.get("version") and rows[0].get("message") == _message(model))


def _message(model: dict[str, Any]) -> str:
    text = json.dumps(_content(model), sort_keys=True)
    return f"kpitaps {blake2b(text.encode(), digest_size=8).hexdigest()}"


def _save(server: Server, folder: str, model: dict[str, Any], there: dict[str, Any]) -> None:
    """Save a dashboard over the version that was compared, or over none."""
    seen: dict[str, Any] = {key: there[key] for key in ("id", "version") if key in there}
    said = {key: value for key, value in model.items() if key not in {"id", "version"}}
    dashboard: dict[str, Any] = {**said, **seen}
    body = {"dashboard": dashboard, "folderUid": folder, "overwrite": False, "message": _message(model)}
    try:
        server.write("save dashboards", lambda: server.api.dashboard.update_dashboard(body))
    except Refused as refused:
        what = f"its dashboard {model['title']!r}"
        if refused.status == 412 and "same name" not in str(refused):
            hint = "run it again, and look at what it would change"
            raise RetryLater(f"Grafana at {server.url} keeps {what} as it is: {refused}; {hint}") from None
        hint = "; rename that one" if refused.status == 412 else ""
        raise BadUse(f"Grafana at {server.url} does not save {what}: {refused}{hint}") from None


def _removal(server: Server, uid: str, title: str) -> Step:
    if _read(server, uid)["meta"].get("provisioned"):
        return Step(Action.BLOCKED, DASHBOARD, title, why=FILES)
    return Step(Action.REMOVE, DASHBOARD, title, write=lambda: _remove(server, uid, title))


def _remove(server: Server, uid: str, title: str) -> None:
    try:
        server.write("delete dashboards", lambda: server.api.dashboard.delete_dashboard(uid), may_repeat=True)
    except Refused as refused:
        if refused.status != 404:
            raise BadUse(f"Grafana at {server.url} does not delete its dashboard {title!r}: {refused}") from None
