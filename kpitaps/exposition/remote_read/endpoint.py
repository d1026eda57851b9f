"""Serves remote read over ASGI.

Answers are made in threads, few at a time: whoever asks for much waits for others like it, and the page of live metrics
for nobody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse, KpitapsError, LedgerUnavailable
from kpitaps.exposition.remote_read.answer import answer
from kpitaps.exposition.remote_read.request import BODY_LIMIT
from kpitaps.exposition.remote_read.tally import ReadTally
from kpitaps.exposition.remote_read.waiting import Gone, Late, Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping, Sequence
    from datetime import datetime

    from kpitaps.exposition.history import History
    from kpitaps.exposition.remote_read.answer import Answer, Limits
    from kpitaps.exposition.status import RemoteReadStatus

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Headers = Sequence[tuple[bytes, bytes]]

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Requests that are answered at the same time; a processor's share for each, and as many answers in memory."""

PRESENT = 64
"""Requests that are answered or wait for their turn; each may hold a mebibyte of body meanwhile."""

PATIENCE = 55.0
"""Seconds until an answer is made, and that a client may take over receiving it; Prometheus waits for 60."""

_ANSWER = ((b"content-type", b"application/x-protobuf"), (b"content-encoding", b"snappy"))
_TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)


class RemoteReadEndpoint:
    """An ASGI application that answers Prometheus' remote read, whatever its path.

    Args:
        history: Returns the past as it is known now: a request is answered out of one moment.
        now: The clock, in UTC.
        limits: What one request may take.
        patience: Seconds from a request to its answer, and that a client may take over receiving that.
    """

    def __init__(
        self, history: Callable[[], History], now: Callable[[], datetime], limits: Limits, *, patience: float = PATIENCE
    ) -> None:
        self._history = history
        self._now = now
        self._limits = limits
        self._patience = patience
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._present = 0
        self._tally = ReadTally()
        self._told = ""

    def status(self) -> RemoteReadStatus:
        """Return what was asked and answered since the process started."""
        return self._tally.status()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request: with the samples, or with one sentence that says why not."""
        if scope["method"] != "POST":
            return await _say(send, 405, "Remote read is a POST request.", (b"allow", b"POST"))
        if self._present >= PRESENT:
            return await self._say_busy(send, 0.0)
        self._present += 1
        try:
            return await self._admit(receive, send)
        finally:
            self._present -= 1

    async def _admit(self, receive: Receive, send: Send) -> None:
        waiting = Waiting(self._patience)
        try:
            body = await asyncio.wait_for(_body(receive), waiting.left)
        except Gone:
            return self._tally.count("gone", 0.0)
        except TimeoutError:
            self._tally.count("refused", 0.0)
            return await _say(send, 408, f"The request did not arrive within {self._patience:g} seconds.")
        if body is None:
            self._tally.count("refused", 0.0)
            return await _say(send, 413, f"A request may have {BODY_LIMIT} bytes.")
        watching = asyncio.create_task(waiting.watch(receive))
        try:
            return await self._take_turn(body, send, waiting)
        finally:
            watching.cancel()
            waiting.end()

    async def _take_turn(self, body: bytes, send: Send, waiting: Waiting) -> None:
        try:
            await asyncio.wait_for(self._turns.acquire(), waiting.left)
        except TimeoutError:
            return await self._say_busy(send, self._patience)
        try:
            # the turn lasts until the answer is gone: a client that does not take it must not pile up others
            return await self._answer(body, send, waiting)
        finally:
            self._turns.release()

    async def _say_busy(self, send: Send, waited: float) -> None:
        self._tally.count("busy", waited)
        await _say(send, 503, "Too many queries of history wait for each other: ask again later.")

    async def _answer(self, body: bytes, send: Send, waiting: Waiting) -> None:
        started = time.perf_counter()
        outcome, made, refusal, is_news = "failed", None, None, True
        try:
            made = await asyncio.to_thread(self._made, body, waiting)
            outcome = "answered"
        except BadUse as error:
            outcome, refusal = "refused", (400, f"{error}.")
        except Late:
            outcome, refusal = "late", (503, _late(self._patience))
        except Gone:
            outcome = "gone"
        except KpitapsError as error:
            refusal = (503, f"{error}.")
            # whoever keeps the figures fresh has told of it
            is_news = not isinstance(error, LedgerUnavailable)
        finally:
            # before it is sent: who has an answer finds it counted
            self._tally.count(outcome, time.perf_counter() - started, made)
        if refusal is not None:
            await self._refuse(send, *refusal, is_news=is_news)
        elif made is not None:
            await self._hand_over(send, made)

    def _made(self, body: bytes, waiting: Waiting) -> Answer:
        # before anything else: whoever waited for a turn may be gone by now
        waiting.check()
        return answer(body, self._history(), self._now(), self._limits, waiting.check)

    async def _refuse(self, send: Send, status: int, sentence: str, *, is_news: bool) -> None:
        # once: a panel asks the same again and again
        if is_news and sentence != self._told:
            self._told = sentence
            log.warning("a request for history was refused: %s", sentence)
        await _say(send, status, sentence)

    async def _hand_over(self, send: Send, made: Answer) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await _send(send, made)
        except TimeoutError:
            log.warning("an answer of history was not taken within %d seconds, and was dropped", self._patience)


def _late(patience: float) -> str:
    return (
        f"The answer was not made within {patience:g} seconds: ask for fewer series or a shorter range, or again, "
        "because what was read is at hand by now."
    )


async def _body(receive: Receive) -> bytes | None:
    """Return the request's body; None if it is longer than it may be.

    Raises:
        Gone: if the client does not send it to its end.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
        if not message.get("more_body", False):
            return bytes(body)


async def _send(send: Send, made: Answer) -> None:
    length = str(sum(map(len, made.pieces))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [*_ANSWER, (b"content-length", length)]})
    for piece in made.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _say(send: Send, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
    body = f"{sentence}\n".encode()
    said = [*_TEXT, *headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})
