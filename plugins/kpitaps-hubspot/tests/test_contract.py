"""What the tap asks and the sandbox answers, held against the clients that HubSpot generates from its own specs.

``hubspot-api-client`` speaks the legacy paths (v3), ``hubspot-sdk`` the dated ones (2026-03).
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from kpitaps_hubspot import payloads
from kpitaps_hubspot.sandbox import Sandbox
from kpitaps_hubspot.settings import PortalSettings
from parts.needs import missing

from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNPUBLISHED = {("v3", "GET", "/account-info/v3/details")}
"""Neither client has it under v3; HubSpot's reference does: https://developers.hubspot.com/docs/api-reference/legacy/account"""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int
    answer: bytes


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as a client knows it: names of query parameters and body fields, and how an answer is read."""

    method: str
    template: str
    names: frozenset[str]
    parse: Callable[[bytes], Any] = field(compare=False)

    def matches(self, exchange: Exchange) -> bool:
        pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(self.template))
        return self.method == exchange.method and re.fullmatch(pattern, exchange.path) is not None


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        missing(f"{name.partition('.')[0]} is not installed: it holds HubSpot's own models")


def _modules(name: str) -> Iterator[Any]:
    package = _module(name)
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        yield importlib.import_module(found.name)


def _functions(module: Any) -> Iterator[tuple[ast.FunctionDef, ast.ClassDef]]:
    tree = ast.parse(inspect.getsource(module))
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        yield from ((node, owner) for node in owner.body if isinstance(node, ast.FunctionDef))


def legacy() -> Iterator[Endpoint]:
    """Yield the endpoints of hubspot-api-client that belong to what the tap reads."""
    places = [
        f"crm.{each}" for each in ("deals", "contacts", "companies", "tickets", "owners", "pipelines", "associations")
    ]
    places += ["crm.objects.meetings", "crm.objects.feedback_submissions", "marketing.emails"]
    for place in places:
        client = _module(f"hubspot.{place}")
        for module in _modules(f"hubspot.{place}.api"):
            for function, _ in _functions(module):
                if function.name.endswith("_with_http_info"):
                    yield _legacy(function, client)


def _legacy(function: ast.FunctionDef, client: Any) -> Endpoint:
    text = ast.unparse(function)
    path, method = re.search(r"call_api\('([^']+)', '(\w+)'", text).groups()  # type: ignore[union-attr]
    names = set(re.findall(r"query_params\.append\(\('(\w+)'", text))
    for argument in function.args.args[1:]:
        model = getattr(client, "".join(part.title() for part in argument.arg.split("_")), None)
        names |= set(model.attribute_map.values()) if model else set()
    kinds = dict(re.findall(r"(\d+): '(\w+)'", text))
    api = client.ApiClient()
    return Endpoint(
        method, path, frozenset(names), lambda body: api.deserialize(SimpleNamespace(data=body), kinds.get("200"))
    )


def dated() -> Iterator[Endpoint]:
    """Yield the endpoints of hubspot-sdk that belong to what the tap reads."""
    for place in ("crm", "account", "marketing"):
        for module in _modules(f"hubspot_sdk.resources.{place}"):
            for function, owner in _functions(module):
                text = ast.unparse(function)
                found = re.search(r"self\._(get_api_list|get|post)\((?:path_template\()?f?'(/[^']+)'", text)
                if found and not owner.name.startswith("Async"):
                    assert function.returns is not None
                    returns = ast.unparse(function.returns)
                    arguments = {each.arg for each in function.args.kwonlyargs}
                    method = "POST" if found[1] == "post" or "method='post'" in text else "GET"
                    yield Endpoint(method, found[2], frozenset(arguments), _dated(returns, module))


def _dated(returns: str, module: Any) -> Callable[[bytes], Any]:
    def parse(body: bytes) -> Any:
        # The annotation is read late: some of those that nobody needs name what is not imported.
        return eval(returns, vars(module)).model_validate(_without_nulls(json.loads(body)))

    return parse


def _without_nulls(answer: Any) -> Any:
    """Return an answer whose empty properties are texts: HubSpot sends null, its spec knows only texts."""
    for row in answer.get("results", []):
        if "properties" in row:
            row["properties"] = {name: value or "" for name, value in row["properties"].items()}
    return answer


@pytest.fixture
def contract(version: str) -> list[Endpoint]:
    return list(legacy() if version == "v3" else dated())


@pytest.fixture
def exchanges(portal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, version: str) -> list[Exchange]:
    """Everything that a full load and an increment ask, and what the sandbox answers."""
    kept: list[Exchange] = []
    routes = Sandbox._routes
    monkeypatch.setattr(Sandbox, "_routes", lambda self: _Recorder(routes(self), kept))
    world = portal(Story(founded=date(2025, 12, 1)), settings={"api_version": version})
    world.synced()
    world.synced()
    return kept


class _Recorder:
    def __init__(self, app: Any, kept: list[Exchange]) -> None:
        self.app, self.kept = app, kept

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
        query = parse_qs(scope["query_string"].decode())
        asked = json.loads(bodies["in"]) if bodies["in"] else None
        self.kept.append(Exchange(scope["method"], scope["path"], query, asked, status, bodies["out"]))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


@pytest.mark.parametrize("version", [pytest.param("v3", marks=pytest.mark.slow), "2026-03"])
@pytest.mark.slow
def test_requests_and_answers_are_hubspots(contract: list[Endpoint], exchanges: list[Exchange], version: str) -> None:
    """Each request's path, parameters and fields exist at HubSpot, and its client understands each answer."""
    assert len(exchanges) > 60
    for exchange in exchanges:
        if (version, exchange.method, exchange.path) in UNPUBLISHED:
            continue
        # One path may be in a client twice, under its own name and as any object type.
        known = [endpoint for endpoint in contract if endpoint.matches(exchange)]
        assert known, f"{exchange.method} {exchange.path} is not HubSpot's"
        asked = {*exchange.query, *(exchange.body or {})}
        names = {name if version == "v3" else _snake(name) for name in asked}
        assert any(names <= endpoint.names for endpoint in known), f"{exchange.path}: {names} against {known}"
        assert exchange.status in (200, 207)
        for endpoint in known:
            endpoint.parse(exchange.answer)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v3"])
@pytest.mark.usefixtures("version")
def test_searches_are_hubspots(exchanges: list[Exchange]) -> None:
    """Filters, sorts and operators are those of HubSpot's model of a search, and within its limits."""
    model = _module("hubspot.crm.deals")
    searches = [each for each in exchanges if each.path.endswith("/search")]
    for search in searches:
        assert search.body["limit"] <= 200
        assert len(search.body["sorts"]) == 1
        for group in search.body["filterGroups"]:
            assert set(group) <= set(model.FilterGroup.attribute_map.values())
            for one in group["filters"]:
                assert set(one) <= set(model.Filter.attribute_map.values())
                model.Filter(**{_snake(name): value for name, value in one.items()})
    assert len(searches) > 20


@pytest.mark.parametrize("version", ["2026-03"])
def test_no_property_is_unknown(portal: Callable[..., Any], version: str) -> None:
    """HubSpot leaves out properties that it does not know, without a word: the sandbox notes each one."""
    world = portal(Story(founded=date(2026, 1, 1)), settings={"api_version": version})
    world.synced()
    assert [entry.note for entry in world.sandbox.log if entry.note] == []


MODELS = {
    payloads.Row: ("crm.deals", "SimplePublicObjectWithAssociations", "crm.simple_public_object_with_associations"),
    payloads.Version: ("crm.deals", "ValueWithTimestamp", "crm.value_with_timestamp"),
    payloads.Owner: ("crm.owners", "PublicOwner", "crm.public_owner"),
    payloads.PipelineRow: ("crm.pipelines", "Pipeline", "crm.pipeline"),
    payloads.StageRow: ("crm.pipelines", "PipelineStage", "crm.pipeline_stage"),
    payloads.Email: ("marketing.emails", "PublicEmail", "marketing.public_email"),
    payloads.Stats: ("marketing.emails", "EmailStatisticsData", "marketing.email_statistics_data"),
}


@pytest.mark.parametrize("ours", MODELS, ids=lambda model: model.__name__)
def test_every_field_that_is_read_exists(ours: Any) -> None:
    """Each field of the tap's models is in HubSpot's, in both versions."""
    place, name, module = MODELS[ours]
    read = {each.alias or key for key, each in ours.model_fields.items()}
    assert read <= set(getattr(_module(f"hubspot.{place}"), name).attribute_map.values())
    _module("hubspot_sdk")
    is_shared = importlib.util.find_spec(f"hubspot_sdk.types.{module}") is None
    shown = getattr(_module("hubspot_sdk.types.shared" if is_shared else f"hubspot_sdk.types.{module}"), name)
    assert read <= {each.alias or key for key, each in shown.model_fields.items()}


def test_the_token_endpoint_is_hubspots() -> None:
    """Tokens come from where the dated client gets them, for whichever version the settings name."""
    from kpitaps_hubspot.tap import tap

    client = _module("hubspot_sdk.resources.auth.oauth")
    paths = set(re.findall(r'"(/oauth/[^"]+)"', inspect.getsource(client)))
    assert tap.auth[1].token_url.format(api_version=PortalSettings().api_version) in paths
