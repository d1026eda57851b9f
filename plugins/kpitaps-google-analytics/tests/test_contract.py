"""What the tap asks, what it reads and what the sandbox answers, held against Google's own discovery document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin
from urllib.parse import urlsplit

import pytest
from kpitaps_google_analytics import payloads
from kpitaps_google_analytics.sandbox import Sandbox
from kpitaps_google_analytics.tap import tap

from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NUMBER = re.compile(r"-?\d{1,19}")


@dataclass(frozen=True)
class Discovery:
    """Google's description of its API."""

    document: Any

    def operation(self, method: str, path: str) -> Any:
        """Return the operation that a request is for."""
        operations = self.document["resources"]["properties"]["methods"].values()
        for each in operations:
            pattern = re.sub(r"\\\{\w+\\\}", r"[^/:]+", re.escape(f"/{each['flatPath']}"))
            if each["httpMethod"] == method and re.fullmatch(pattern, path):
                return each
        raise AssertionError(f"{method} {path} is not Google's")

    def faults(self, schema: str, value: Any) -> list[str]:
        """Return what of ``value`` is not as the schema of that name has it."""
        return list(self._object(self.document["schemas"][schema], value, schema))

    def _object(self, schema: Any, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is no object"
            return
        for name, part in value.items():
            known = schema["properties"].get(name)
            if known is None:
                yield f"{where}.{name} does not exist"
            else:
                yield from self._value(known, part, f"{where}.{name}")

    def _value(self, known: Any, value: Any, where: str) -> Iterator[str]:
        if "$ref" in known:
            yield from self._object(self.document["schemas"][known["$ref"]], value, where)
        elif known["type"] == "array":
            if not isinstance(value, list):
                yield f"{where} is no list"
                return
            for each in value:
                yield from self._value(known["items"], each, where)
        elif not _fits(known, value):
            yield f"{where} is {value!r}, not {known['type']} {known.get('format', '')}".rstrip()


def _fits(known: Any, value: Any) -> bool:
    match known["type"], known.get("format"):
        case "string", "int64":
            return isinstance(value, str) and NUMBER.fullmatch(value) is not None
        case "string", _:
            return isinstance(value, str) and value in known.get("enum", [value])
        case "integer", _:
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
        case "boolean", _:
            return isinstance(value, bool)
        case _:
            return isinstance(value, int | float)


@pytest.fixture(scope="session")
def discovery(analytics_discovery: Path) -> Discovery:
    return Discovery(json.loads(analytics_discovery.read_bytes()))


def test_every_request_is_googles(connected: Callable[..., Any], discovery: Discovery) -> None:
    """Each path exists, each field of each body exists, with values of its type."""
    world = connected(page_load_metric="lcp_ms").synced()
    seen = set()
    for path, body in world.google.asked:
        operation = discovery.operation("GET" if body is None else "POST", path)
        seen.add(operation["id"].rpartition(".")[2])
        if body is not None:
            assert discovery.faults(operation["request"]["$ref"], body) == []
        assert set(tap.auth[0].scopes) <= set(operation["scopes"])
    assert seen == {"runReport", "batchRunReports", "checkCompatibility", "getMetadata"}


@pytest.mark.parametrize(
    ("schema", "value", "faults"),
    [
        ("RunReportRequest", {"limit": 10}, ["RunReportRequest.limit is 10, not string int64"]),
        ("RunReportRequest", {"metric": []}, ["RunReportRequest.metric does not exist"]),
        ("RunReportRequest", {"metrics": [{"nam": "x"}]}, ["RunReportRequest.metrics.nam does not exist"]),
        ("RunReportResponse", {"rowCount": "3"}, ["RunReportResponse.rowCount is '3', not integer int32"]),
        ("MetricHeader", {"type": "TYPE_WHATEVER"}, ["MetricHeader.type is 'TYPE_WHATEVER', not string"]),
    ],
)
def test_the_check_can_fail(discovery: Discovery, schema: str, value: Any, faults: list[str]) -> None:
    """A misspelt field and a value of another type are found, however deep."""
    assert discovery.faults(schema, value) == faults


STANDS_FOR = {
    "FieldMetadata": ("MetricMetadata", "DimensionMetadata"),
    "Quoted": ("RunReportResponse", "BatchRunReportsResponse"),
}
"""Models that are read of more than one of Google's; a field must be in one of them at least."""

MODELS = [
    each
    for each in vars(payloads).values()
    if isinstance(each, type) and issubclass(each, payloads._Part) and each is not payloads._Part
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_that_is_read_is_googles(discovery: Discovery, model: Any) -> None:
    """With the type that it is read as."""
    schemas = discovery.document["schemas"]
    names = STANDS_FOR.get(
        model.__name__, ("DimensionValue", "MetricValue") if model is payloads.Cell else (model.__name__,)
    )
    for field in model.model_fields.values():
        known = [
            schemas[name]["properties"][field.alias] for name in names if field.alias in schemas[name]["properties"]
        ]
        assert known, f"{model.__name__}.{field.alias}"
        assert all(_reads(field.annotation, each) for each in known), f"{model.__name__}.{field.alias}"


def _reads(annotation: Any, known: Any) -> bool:
    if isinstance(annotation, UnionType):
        (annotation,) = (each for each in get_args(annotation) if each is not type(None))
    if get_origin(annotation) is tuple:
        return known["type"] == "array" and _reads(get_args(annotation)[0], known["items"])
    if "$ref" in known:
        stands_for = STANDS_FOR.get(annotation.__name__, (annotation.__name__,))
        return known["$ref"] in (*stands_for, "DimensionValue", "MetricValue")
    if annotation is int:
        return known.get("format") in ("int64", "int32")
    return bool(known["type"] == {str: "string", date: "string", bool: "boolean"}[annotation])


def test_addresses_are_googles(discovery: Discovery) -> None:
    """The API is where the document says, tokens only see the reading scope."""
    assert urlsplit(tap.base_url).hostname == urlsplit(discovery.document["rootUrl"]).hostname
    assert tap.auth[0].scopes == tap.auth[1].scopes
    assert set(tap.auth[0].scopes) < set(discovery.document["auth"]["oauth2"]["scopes"])


class _Recorder:
    """Stands before a sandbox, and keeps what is asked and answered."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.kept: list[tuple[str, str, bytes, int, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        bodies = {"in": b"", "out": b""}
        status = 0

        async def hear() -> Any:
            message = await receive()
            bodies["in"] += message.get("body", b"")
            return message

        async def say(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            bodies["out"] += message.get("body", b"")
            await send(message)

        await self.app(scope, hear, say)
        if scope["type"] == "http" and scope["path"].startswith("/v1beta"):
            self.kept.append((scope["method"], scope["path"], bodies["in"], status, bodies["out"]))


QUIRKS = ["sampled", "other_row", "restricted", "truncated", "empty_reason", "thresholded"]


@pytest.mark.parametrize("quirk", ["", *(pytest.param(name, marks=pytest.mark.slow) for name in QUIRKS)])
def test_every_answer_is_googles(
    sandboxed: Callable[..., Any], discovery: Discovery, monkeypatch: pytest.MonkeyPatch, quirk: str
) -> None:
    """Each field of what the sandbox answers exists, with values of its type, with and without each quirk."""
    recorder = None
    routes = Sandbox._routes

    def recorded(sandbox: Sandbox) -> Any:
        nonlocal recorder
        recorder = _Recorder(routes(sandbox))
        return recorder

    monkeypatch.setattr(Sandbox, "_routes", recorded)
    world = sandboxed(Story(founded=date(2026, 3, 1), orders_per_day=1, pace=0.1))
    if quirk:
        world.google.faults.add(quirk, None)
    world.synced()
    assert recorder is not None
    for method, path, asked, status, answer in recorder.kept:
        operation = discovery.operation(method, path)
        assert status == 200
        if asked:
            assert discovery.faults(operation["request"]["$ref"], json.loads(asked)) == []
        assert discovery.faults(operation["response"]["$ref"], json.loads(answer)) == []
    assert len(recorder.kept) > 40
