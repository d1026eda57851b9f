"""What stands before every sandbox: the log, the delay, and the faults that any HTTP service can have."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse

from kpitaps.testing.faults import BODY_KINDS, HTTP_KINDS
from kpitaps.testing.sandbox import Logged

if TYPE_CHECKING:
    from kpitaps.testing.clock import Clock
    from kpitaps.testing.faults import Fault, Faults
    from kpitaps.testing.sandbox import Asgi, Receive, Scope, Send

ADMIN = "/_sandbox/"
"""Requests below this path steer the sandbox: they are neither logged nor spoilt."""

_LOOK_EVERY = 0.02


class Front:
    """An ASGI application before another one.

    The inner application may leave ``cost`` and ``note`` in ``request.state`` for the log.

    Args:
        app: The vendor's service.
        clock: What the log is dated by.
        faults: What goes wrong.
        log: Where requests are written to.
        latency: Seconds that every answer takes at least.
    """

    def __init__(self, app: Asgi, *, clock: Clock, faults: Faults, log: list[Logged], latency: float = 0.0) -> None:
        self.app = app
        self.clock = clock
        self.faults = faults
        self.log = log
        self.latency = latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN):
            await self.app(scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {})}
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.take(HTTP_KINDS, scope["path"])
        entry = _Entry(self, scope, fault)

        async def watch(message: Any) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            elif not message.get("more_body"):
                entry.write()  # before the last byte: who has the answer finds it in the log
            await send(message)

        try:
            await self._answer(fault, scope, receive, watch)
        finally:
            entry.write()

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "timeout":
            if await self._hold(fault.seconds, receive):
                await PlainTextResponse("too late", 504)(scope, receive, send)
        elif fault.kind in BODY_KINDS:
            await self._spoil(fault.kind, scope, receive, send)
        else:
            headers = {"Retry-After": "1"} if fault.kind == "429" else {}
            await PlainTextResponse("spoilt on purpose", int(fault.kind), headers)(scope, receive, send)

    async def _hold(self, seconds: float, receive: Receive) -> bool:
        """Wait; return whether anyone is still there to be answered."""
        gone = asyncio.ensure_future(_until_gone(receive))
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            while not self.faults.released and asyncio.get_running_loop().time() < deadline:
                if (await asyncio.wait([gone], timeout=_LOOK_EVERY))[0]:
                    return False
        finally:
            gone.cancel()
        return True

    async def _spoil(self, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
        start: Any = None
        body = b""

        async def keep(message: Any) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, keep)
        await send(start)
        half = body[: len(body) // 2]
        if kind == "malformed_json":
            await send({"type": "http.response.body", "body": half.ljust(len(body))})
        else:
            # No last message: the server then closes the connection, short of the promised length.
            await send({"type": "http.response.body", "body": half, "more_body": True})


class _Entry:
    """The line in the log that a request will leave, once."""

    def __init__(self, front: Front, scope: Scope, fault: Fault | None) -> None:
        self.front, self.scope, self.fault = front, scope, fault
        self.at = front.clock.now()
        self.status = 0
        self.is_written = False

    def write(self) -> None:
        if self.is_written:
            return
        self.is_written = True
        state = self.scope["state"]
        note = self.fault.kind if self.fault else str(state.get("note", ""))
        method, path, cost = self.scope["method"], self.scope["path"], int(state.get("cost", 0))
        self.front.log.append(Logged(self.at, method, path, self.status, cost, note))


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
