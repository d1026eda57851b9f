"""A Grafana to talk to: real HTTP on loopback, with the statuses and bodies that Grafana's own source has.

It holds data sources, folders, dashboards with versions, rules, contact points and mute timings; it counts what is
written. Taken from grafana/grafana, ``pkg/api`` and ``pkg/services/ngalert/api``, versions 9 to 12.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kpitaps.testing import serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request

    Handler = Callable[[Request], Awaitable[Response]]

TOKEN = "glsa_fake"
REDACTED = "[REDACTED]"
SECRETS = {"slack": {"url", "token"}, "teams": set(), "webhook": {"password"}, "email": set()}
_SOURCE = "/datasources/uid/{uid}"
_BOARD = "/dashboards/uid/{uid}"
_RULES = "/v1/provisioning/alert-rules"
_GROUP = "/v1/provisioning/folder/{folder}/rule-groups/{group}"
_POINTS = "/v1/provisioning/contact-points"
_MUTES = "/v1/provisioning/mute-timings"


@dataclass
class FakeGrafana:
    """A Grafana.

    Attributes:
        url: Where it listens.
        version: What it says it is.
        lacks: Permissions that the token does not have.
        down: Requests that are answered with 503 before it works; -1 for all.
        rewrites: Whether it moves dashboards that it is given to a schema of its own, as 13 does.
        forgets: Fields of rules that it does not know.
        page: The most rows that a page of its search has.
        writes: What was written: method and path, in their order.
        before_save: Called before a dashboard is saved: somebody else may be quicker.
    """

    url: str = ""
    version: str = "11.6.0"
    lacks: set[str] = field(default_factory=set)
    down: int = 0
    rewrites: bool = False
    forgets: frozenset[str] = frozenset()
    page: int = 5000
    writes: list[tuple[str, str]] = field(default_factory=list)
    before_save: Callable[[], object] = lambda: None
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    intervals: dict[tuple[str, str], int] = field(default_factory=dict)
    points: dict[str, dict[str, Any]] = field(default_factory=dict)
    mutes: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        """The application."""
        return Starlette(routes=[self._route(*row) for row in _ROUTES])

    def hand_saved(self, uid: str, folder: str, provisioned: bool = False, **model: Any) -> dict[str, Any]:
        """Save a dashboard as a person would, and return it."""
        versions = self.boards.setdefault(uid, [])
        saved = {"id": len(self.boards), "uid": uid, "title": uid, "tags": [], **model, "version": len(versions) + 1}
        versions.append({"dashboard": saved, "message": ""})
        self.places[uid] = {"folderUid": folder, "provisioned": provisioned}
        return saved

    def _route(self, method: str, path: str, permission: str, name: str) -> Route:
        return Route(f"/api{path}", partial(self._guarded, permission, name), methods=[method])

    async def _guarded(self, permission: str, name: str, request: Request) -> Response:
        if self.down:
            self.down -= 1
            return Response("no healthy upstream", 503)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401}, 401)
        if permission in self.lacks:
            said = f"You'll need additional permissions to perform this action. Permissions needed: {permission}"
            return JSONResponse({"accessErrorId": "ACE0", "message": said, "title": "Access denied"}, 403)
        body = await request.json() if await request.body() else None
        answer: Response = getattr(self, name)(request, body)
        if request.method != "GET" and answer.status_code < 300:
            self.writes.append((request.method, request.url.path.removeprefix("/api")))
        return answer

    def settings(self, _: Request, __: Any) -> Response:
        return JSONResponse({"buildInfo": {"version": self.version, "edition": "Open Source"}})

    def search(self, request: Request, _: Any) -> Response:
        kind = request.query_params["type"]
        limit = min(int(request.query_params["limit"]), self.page)
        page = int(request.query_params["page"])
        rows = self._folder_rows() if kind == "dash-folder" else self._board_rows()
        return JSONResponse(rows[(page - 1) * limit : page * limit])

    def _folder_rows(self) -> list[dict[str, Any]]:
        return [{"uid": each["uid"], "title": each["title"], "type": "dash-folder"} for each in self.folders.values()]

    def _board_rows(self) -> list[dict[str, Any]]:
        rows = []
        for uid, versions in self.boards.items():
            board, folder = versions[-1]["dashboard"], self.folders.get(self.places[uid]["folderUid"])
            row = {"uid": uid, "title": board["title"], "tags": board.get("tags", []), "type": "dash-db"}
            rows.append({**row, **({"folderUid": folder["uid"], "folderTitle": folder["title"]} if folder else {})})
        return rows

    # data sources

    def get_source(self, request: Request, _: Any) -> Response:
        found = self.sources.get(request.path_params["uid"])
        return JSONResponse(found) if found else _said("Data source not found", 404)

    def post_source(self, _: Request, body: Any) -> Response:
        if any(each["name"] == body["name"] for each in self.sources.values()):
            return _said("data source with the same name already exists", 409)
        made = {"id": len(self.sources) + 1, "readOnly": False, "isDefault": False, "version": 1, **body}
        self.sources[body["uid"]] = made
        return JSONResponse({"datasource": made, "id": made["id"], "message": "Datasource added", "name": body["name"]})

    def put_source(self, request: Request, body: Any) -> Response:
        uid = request.path_params["uid"]
        if self.sources[uid]["readOnly"]:
            return _said("Cannot update read-only data source", 403)
        self.sources[uid] = {**self.sources[uid], **body}
        return JSONResponse({"datasource": self.sources[uid], "message": "Datasource updated"})

    # folders and dashboards

    def post_folder(self, _: Request, body: Any) -> Response:
        if any(each["title"] == body["title"] for each in self.folders.values()):
            return _said("a folder with that name already exists", 409)
        self.folders[body["uid"]] = {"id": len(self.folders) + 1, "version": 1, **body}
        return JSONResponse(self.folders[body["uid"]])

    def put_folder(self, request: Request, body: Any) -> Response:
        folder = self.folders[request.path_params["uid"]]
        if not body.get("overwrite") and body.get("version") != folder["version"]:
            return _said("the folder has been changed by someone else", 412, status="version-mismatch")
        folder.update(title=body["title"], version=folder["version"] + 1)
        return JSONResponse(folder)

    def get_board(self, request: Request, _: Any) -> Response:
        uid = request.path_params["uid"]
        if uid not in self.boards:
            return _said("Dashboard not found", 404)
        meta = {**self.places[uid], "version": self.boards[uid][-1]["dashboard"]["version"], "canSave": True}
        return JSONResponse({"meta": meta, "dashboard": self.boards[uid][-1]["dashboard"]})

    def get_versions(self, request: Request, _: Any) -> Response:
        versions = self.boards[request.path_params["uid"]]
        rows = [{"version": each["dashboard"]["version"], "message": each["message"]} for each in reversed(versions)]
        rows = rows[: int(request.query_params.get("limit", 10))]
        is_new = int(self.version.partition(".")[0]) >= 11
        return JSONResponse({"continueToken": "", "versions": rows} if is_new else rows)

    def post_board(self, _: Request, body: Any) -> Response:
        self.before_save()
        model, folder = copy.deepcopy(body["dashboard"]), body["folderUid"]
        uid, there = model["uid"], self.boards.get(model["uid"], [])
        if folder not in self.folders:
            return _said("folder not found", 400)
        if len(uid) > 40:
            return _said("uid too long, max 40 characters", 400)
        if there and self.places[uid]["provisioned"]:
            return _said("Cannot save provisioned dashboard", 400)
        if there and not body["overwrite"] and model.get("version") != there[-1]["dashboard"]["version"]:
            return _said("The dashboard has been changed by someone else", 412, status="version-mismatch")
        if int(self.version.partition(".")[0]) < 11 and (folder, model["title"]) in self._titles(but=uid):
            return _said("A dashboard with the same name in the folder already exists", 412, status="name-exists")
        number = there[-1]["dashboard"]["version"] + 1 if there else 1
        saved = {**model, "id": there[-1]["dashboard"]["id"] if there else len(self.boards) + 1, "version": number}
        if self.rewrites:
            saved = {**saved, "schemaVersion": 99, "preload": False}
        self.boards.setdefault(uid, []).append({"dashboard": saved, "message": body["message"]})
        self.places[uid] = {"folderUid": folder, "provisioned": False}
        return JSONResponse({"status": "success", "uid": uid, "id": saved["id"], "version": number})

    def _titles(self, but: str) -> set[tuple[str, str]]:
        return {
            (self.places[uid]["folderUid"], versions[-1]["dashboard"]["title"])
            for uid, versions in self.boards.items()
            if uid != but
        }

    def delete_board(self, request: Request, _: Any) -> Response:
        uid = request.path_params["uid"]
        if uid not in self.boards:
            return _said("Dashboard not found", 404)
        if self.places[uid]["provisioned"]:
            return _said("provisioned dashboard cannot be deleted", 400)
        title = self.boards.pop(uid)[-1]["dashboard"]["title"]
        return JSONResponse({"title": title, "message": f"Dashboard {title} deleted"})

    # alerting

    def get_rules(self, _: Request, __: Any) -> Response:
        return JSONResponse(list(self.rules.values()))

    def post_rule(self, request: Request, body: Any) -> Response:
        if any(_title(each) == _title(body) for each in self.rules.values()):
            said = "rule title under the same organisation and folder should be unique"
            return _said(f"a conflicting alert rule is found: {said}", 409)
        if unknown := self._unknown(body):
            return _said(unknown, 400)
        self.rules[body["uid"]] = self._kept_rule(request, body)
        self.intervals.setdefault((body["folderUID"], body["ruleGroup"]), 60)
        return JSONResponse(self.rules[body["uid"]], 201)

    def put_rule(self, request: Request, body: Any) -> Response:
        uid = request.path_params["uid"]
        if uid not in self.rules:
            return Response(status_code=404)
        if (stored := self.rules[uid].get("provenance", "")) not in {"", "api"}:
            return _said(f"cannot change provenance from '{stored}' to 'api'", 500)
        if unknown := self._unknown(body):
            return _said(unknown, 400)
        self.rules[uid] = self._kept_rule(request, body)
        return JSONResponse(self.rules[uid])

    def _unknown(self, rule: dict[str, Any]) -> str:
        """Return what a rule names that there is not, or only by half; empty if all is there."""
        if rule["folderUID"] not in self.folders:
            return "invalid alert rule: folder does not exist"
        place = {"__dashboardUid__", "__panelId__"}
        if place & rule["annotations"].keys() not in (set(), place):
            return f"invalid alert rule: both annotations {' and '.join(sorted(place))} must be specified"
        routing = rule.get("notification_settings") or {}
        if (receiver := routing.get("receiver")) and receiver not in {each["name"] for each in self.points.values()}:
            return f"receiver {receiver} does not exist"
        missing = [name for name in routing.get("mute_time_intervals", ()) if name not in self.mutes]
        return f"mute time interval {missing[0]} does not exist" if missing else ""

    def _kept_rule(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Return a rule as Grafana gives it back: with an id, defaults in its queries, nothing it does not know."""
        rule = {key: value for key, value in copy.deepcopy(body).items() if key not in self.forgets}
        for query in rule["data"]:
            query["model"] = {"intervalMs": 1000, "maxDataPoints": 43200, **query["model"]}
            query.setdefault("queryType", "")
        by_hand = "x-disable-provenance" in request.headers
        kept = {"id": 1, "orgID": 1, "isPaused": False, "notification_settings": None, "record": None, **rule}
        return {**kept, "updated": "2025-01-31T12:00:00Z", **({} if by_hand else {"provenance": "api"})}

    def delete_rule(self, request: Request, _: Any) -> Response:
        if (stored := self.rules.get(request.path_params["uid"], {}).get("provenance", "")) not in {"", "api"}:
            return _said(f"cannot delete with provided provenance 'api', needs '{stored}'", 500)
        self.rules.pop(request.path_params["uid"], None)
        return Response(status_code=204)

    def get_group(self, request: Request, _: Any) -> Response:
        key = request.path_params["folder"], request.path_params["group"]
        rules = [each for each in self.rules.values() if (each["folderUID"], each["ruleGroup"]) == key]
        if not rules:
            return _said("", 404)
        return JSONResponse({"folderUid": key[0], "title": key[1], "interval": self.intervals[key], "rules": rules})

    def put_group(self, request: Request, body: Any) -> Response:
        key = request.path_params["folder"], request.path_params["group"]
        if "rules" in body:
            self.rules = {
                uid: each for uid, each in self.rules.items() if (each["folderUID"], each["ruleGroup"]) != key
            }
            self.rules |= {each["uid"]: self._kept_rule(request, each) for each in body["rules"]}
        if body["interval"] % 10:
            return _said("interval should be divided exactly by scheduler interval: 10", 400)
        self.intervals[key] = body["interval"]
        return JSONResponse({**body, "folderUid": key[0], "title": key[1]})

    def get_points(self, _: Request, __: Any) -> Response:
        return JSONResponse([_without_secrets(each) for each in self.points.values()])

    def post_point(self, _: Request, body: Any) -> Response:
        self.points[body["uid"]] = {**body, "provenance": "api"}
        return JSONResponse(_without_secrets(self.points[body["uid"]]), 202)

    def put_point(self, request: Request, body: Any) -> Response:
        uid = request.path_params["uid"]
        if (stored := self.points[uid].get("provenance", "")) not in {"", "api"}:
            return _said(f"cannot change provenance from '{stored}' to 'api'", 500)
        settings = {
            key: self.points[uid]["settings"].get(key) if value == REDACTED else value
            for key, value in body["settings"].items()
        }
        self.points[uid] = {**body, "uid": uid, "settings": settings, "provenance": "api"}
        return _said("contactpoint updated", 202)

    def delete_point(self, request: Request, _: Any) -> Response:
        point = self.points[request.path_params["uid"]]
        for rule in self.rules.values():
            if (rule.get("notification_settings") or {}).get("receiver") == point["name"]:
                said = "Contact point is currently used in the notification settings of one or many alert rules."
                return _said(said, 409, messageId="alerting.notifications.contact-points.used-by-rule")
        del self.points[request.path_params["uid"]]
        return _said("contactpoint deleted", 202)

    def get_mutes(self, _: Request, __: Any) -> Response:
        return JSONResponse(list(self.mutes.values()))

    def post_mute(self, _: Request, body: Any) -> Response:
        if body["name"] in self.mutes:
            return _said(
                "Time interval with this name already exists. Use a different name or update existing one.", 400
            )
        self.mutes[body["name"]] = {**body, "version": "1", "provenance": "api"}
        return JSONResponse(self.mutes[body["name"]], 201)

    def put_mute(self, request: Request, body: Any) -> Response:
        name = request.path_params["name"]
        self.mutes[name] = {**self.mutes[name], **body}
        return JSONResponse(self.mutes[name], 202)

    def delete_mute(self, request: Request, _: Any) -> Response:
        name = request.path_params["name"]
        for rule in self.rules.values():
            if name in ((rule.get("notification_settings") or {}).get("mute_time_intervals") or ()):
                return _said("Time interval is used", 409, messageId="alerting.notifications.time-intervals.used")
        self.mutes.pop(name, None)
        return Response(status_code=204)


_ROUTES = (
    ("GET", "/frontend/settings", "", "settings"),
    ("GET", "/search", "", "search"),
    ("GET", _SOURCE, "datasources:read", "get_source"),
    ("POST", "/datasources", "datasources:create", "post_source"),
    ("PUT", _SOURCE, "datasources:write", "put_source"),
    ("POST", "/folders", "folders:create", "post_folder"),
    ("PUT", "/folders/{uid}", "folders:write", "put_folder"),
    ("GET", _BOARD, "dashboards:read", "get_board"),
    ("GET", f"{_BOARD}/versions", "dashboards:write", "get_versions"),
    ("POST", "/dashboards/db", "dashboards:write", "post_board"),
    ("DELETE", _BOARD, "dashboards:delete", "delete_board"),
    ("GET", _RULES, "alert.provisioning:read", "get_rules"),
    ("POST", _RULES, "alert.provisioning:write", "post_rule"),
    ("PUT", f"{_RULES}/{{uid}}", "alert.provisioning:write", "put_rule"),
    ("DELETE", f"{_RULES}/{{uid}}", "alert.provisioning:write", "delete_rule"),
    ("GET", _GROUP, "alert.provisioning:read", "get_group"),
    ("PUT", _GROUP, "alert.provisioning:write", "put_group"),
    ("GET", _POINTS, "alert.provisioning:read", "get_points"),
    ("POST", _POINTS, "alert.provisioning:write", "post_point"),
    ("PUT", f"{_POINTS}/{{uid}}", "alert.provisioning:write", "put_point"),
    ("DELETE", f"{_POINTS}/{{uid}}", "alert.provisioning:write", "delete_point"),
    ("GET", _MUTES, "alert.provisioning:read", "get_mutes"),
    ("POST", _MUTES, "alert.provisioning:write", "post_mute"),
    ("PUT", f"{_MUTES}/{{name}}", "alert.provisioning:write", "put_mute"),
    ("DELETE", f"{_MUTES}/{{name}}", "alert.provisioning:write", "delete_mute"),
)


@contextmanager
def fake_grafana(**settings: Any) -> Iterator[FakeGrafana]:
    """Start a Grafana that has nothing in it."""
    grafana = FakeGrafana(**settings)
    with serve(grafana.app) as url:
        grafana.url = url
        yield grafana


def _said(message: str, code: int, **more: Any) -> Response:
    return JSONResponse({"message": message, **more}, code)


def _title(rule: dict[str, Any]) -> tuple[str, str]:
    return rule["folderUID"], rule["title"]


def _without_secrets(point: dict[str, Any]) -> dict[str, Any]:
    secrets = SECRETS[point["type"]]
    settings = {key: REDACTED if key in secrets else value for key, value in point["settings"].items()}
    return {**point, "settings": settings}
