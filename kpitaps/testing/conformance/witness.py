"""What passes between a tap and its sandbox, and what a process says meanwhile."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.testing.sandbox import Asgi, Receive, Scope, Send

_TOKENS = ("access_token", "refresh_token", "id_token")
_LARGEST = 100_000
"""Bytes of an answer beyond which it is no token endpoint's."""


class Witness:
    """An ASGI application before a sandbox that remembers which tokens it hands out.

    Attributes:
        tokens: Access and refresh tokens in the sandbox's answers.
    """

    def __init__(self, app: Asgi) -> None:
        self.tokens: set[str] = set()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = bytearray()

        async def watch(message: Any) -> None:
            if message["type"] == "http.response.body" and len(body) < _LARGEST:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self.tokens |= _tokens(bytes(body))
            await send(message)

        await self._app(scope, receive, watch)


@contextmanager
def overheard() -> Iterator[StringIO]:
    """Give all that is logged, at any level, and printed within the context."""
    said = StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            yield said
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def _tokens(body: bytes) -> set[str]:
    if b"_token" not in body:
        return set()
    try:
        answer = json.loads(body)
    except ValueError:
        return set()
    return {answer[name] for name in _TOKENS if isinstance(answer, dict) and isinstance(answer.get(name), str)}
