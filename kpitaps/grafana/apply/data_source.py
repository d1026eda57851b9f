"""The data source: found by its uid, and changed only where we have a say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse
from kpitaps.grafana.apply.compare import differences, only
from kpitaps.grafana.apply.server import Refused
from kpitaps.grafana.apply.step import FILES, Action, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.grafana.apply.server import Server
    from kpitaps.grafana.wanted import Wanted

WHAT = "data source"


def data_source_steps(server: Server, wanted: Wanted) -> Iterator[Step]:
    """Yield what becomes of the data source.

    Its name, its address where nobody gives one, and how Grafana logs in are people's to choose.
    """
    source = wanted.data_source()
    uid = source["uid"]
    there = server.find("read data sources", lambda: server.api.datasource.get_datasource_by_uid(uid))
    if there is None:
        yield Step(Action.CREATE, WHAT, source["name"], write=lambda: _create(server, source))
        return
    del source["name"]
    if not wanted.prometheus_url:
        del source["url"]
    if not (found := tuple(differences(only(there, source), source))):
        return
    if there.get("readOnly"):
        yield Step(Action.BLOCKED, WHAT, there["name"], found, FILES)
    else:
        body = {**there, **source, "jsonData": {**(there.get("jsonData") or {}), **source["jsonData"]}}
        yield Step(Action.CHANGE, WHAT, there["name"], found, write=lambda: _update(server, uid, body))


def _create(server: Server, source: dict[str, Any]) -> None:
    try:
        server.write("create data sources", lambda: server.api.datasource.create_datasource(source))
    except Refused as refused:
        hint = f"; rename the data source {source['name']!r}, if there is one" if refused.status == 409 else ""
        raise BadUse(f"Grafana at {server.url} takes no data source {source['name']!r}: {refused}{hint}") from None


def _update(server: Server, uid: str, body: dict[str, Any]) -> None:
    api = server.api.datasource
    try:
        server.write("change data sources", lambda: api.update_datasource_by_uid(uid, body), may_repeat=True)
    except Refused as refused:
        raise BadUse(f"Grafana at {server.url} does not change its data source {body['name']!r}: {refused}") from None
