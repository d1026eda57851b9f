"""The face below ``/_sandbox/`` with which a test in another process steers a sandbox; it asks for no credentials."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from starlette.responses import JSONResponse
from starlette.routing import Route

from kpitaps.errors import KpitapsError
from kpitaps.testing.front import ADMIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from kpitaps.testing.sandbox import Sandbox
    from kpitaps.testing.story import Event


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _FaultBody(_Body):
    kind: str
    times: int | None = 1
    path_contains: str | None = None
    seconds: float = 3_600.0


class _ClockBody(_Body):
    now: AwareDatetime | None = None
    advance: float = 0.0


class _EventBody(_Body):
    refund: int | str | None = None
    delete: int | str | None = None
    lines: dict[int, int] | None = None
    at: AwareDatetime | None = None


_WHEN: TypeAdapter[datetime] = TypeAdapter(Annotated[AwareDatetime, "an instant"])


def admin_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes that steer a sandbox.

    ``POST faults {kind, times, path_contains, seconds}``, ``POST faults/clear``, ``POST clock {now | advance}``,
    ``GET log``, ``GET events?since=&order=``, ``POST events`` with ``{"refund": id or name, "lines": {line: units}}``
    for a refund, ``{"delete": id or name}`` or ``{}`` for one more order, at the current time or at ``at``.
    """
    admin = _Admin(sandbox)
    return [
        Route(f"{ADMIN}faults", _guarded(admin.add_fault), methods=["POST"]),
        Route(f"{ADMIN}faults/clear", _guarded(admin.clear_faults), methods=["POST"]),
        Route(f"{ADMIN}clock", _guarded(admin.read_clock), methods=["GET"]),
        Route(f"{ADMIN}clock", _guarded(admin.move_clock), methods=["POST"]),
        Route(f"{ADMIN}log", _guarded(admin.read_log), methods=["GET"]),
        Route(f"{ADMIN}events", _guarded(admin.read_events), methods=["GET"]),
        Route(f"{ADMIN}events", _guarded(admin.add_event), methods=["POST"]),
    ]


class _Admin:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def add_fault(self, request: Request) -> Any:
        body = _FaultBody.model_validate_json(await request.body())
        self.sandbox.faults.add(body.kind, body.times, body.path_contains, seconds=body.seconds)
        return {"pending": self.sandbox.faults.pending}

    async def clear_faults(self, _: Request) -> Any:
        self.sandbox.faults.clear()
        return {"pending": []}

    async def read_clock(self, _: Request) -> Any:
        return {"now": self.sandbox.clock.now()}

    async def move_clock(self, request: Request) -> Any:
        body = _ClockBody.model_validate_json(await request.body())
        if body.now is not None:
            self.sandbox.clock.set(body.now)
        return {"now": self.sandbox.clock.advance(timedelta(seconds=body.advance))}

    async def read_log(self, _: Request) -> Any:
        return [asdict(entry) for entry in self.sandbox.log]

    async def read_events(self, request: Request) -> Any:
        now = self.sandbox.clock.now()
        if order := request.query_params.get("order"):
            return [_as_json(event) for event in self.sandbox.story.order(_id_or_name(order), now)]
        since = request.query_params.get("since")
        least = None if since is None else _WHEN.validate_python(since)
        return [_as_json(event) for event in self.sandbox.story.events(now) if least is None or event.at >= least]

    async def add_event(self, request: Request) -> Any:
        body = _EventBody.model_validate_json(await request.body())
        at = (body.at or self.sandbox.clock.now()).replace(microsecond=0)
        if body.delete is not None:
            return _as_json(self.sandbox.story.delete(_id_or_name(str(body.delete)), at))
        if body.refund is None:
            return _as_json(self.sandbox.story.place(at))
        order = _id_or_name(str(body.refund))
        return _as_json(self.sandbox.story.refund(order, at, body.lines))


def _id_or_name(order: str) -> int | str:
    return int(order) if order.isdecimal() else order


def _as_json(event: Event) -> dict[str, Any]:
    return {"kind": type(event).__name__, **asdict(event)}


def _guarded(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            return JSONResponse(to_jsonable_python(await answer(request)))
        except (KpitapsError, ValidationError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return endpoint
