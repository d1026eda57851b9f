"""An answer, read to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson

from kpitaps.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UNPARSED: Any = object()

EXCERPT = 300
"""Characters of a vendor's own words that are quoted."""


class Reply:
    """An answer, read to its end.

    Attributes:
        status: The HTTP status.
        headers: The headers, found in any case.
        content: The body, decompressed; for ``Model.model_validate_json(reply.content)``.
        url: The address that answered, secrets hidden.
    """

    __slots__ = ("_parsed", "_scrub", "content", "headers", "status", "url")

    def __init__(
        self,
        status: int,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        url: str = "",
        scrub: Callable[[str], str] = str,
    ) -> None:
        self.status = status
        self.headers: Mapping[str, str] = httpx.Headers(headers)
        self.content = content
        self.url = scrub(url)
        self._scrub = scrub
        self._parsed = _UNPARSED

    def __repr__(self) -> str:
        return f"<Reply {self.status} {self.url}, {len(self.content)} bytes>"

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx; whether that means success is the tap's judge's to say."""
        return 200 <= self.status < 300

    @property
    def claims_json(self) -> bool:
        """Whether there is a body and its content type says JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return bool(self.content) and kind.endswith(("/json", "+json"))

    def header(self, name: str) -> str | None:
        """Return the header ``name``, in any case, or None."""
        return self.headers.get(name)

    def excerpt(self, text: str) -> str:
        """Return the first 300 characters of ``text`` in one line; secrets are hidden before it is cut."""
        line = self._scrub(" ".join(text.split()))
        return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"

    def json(self) -> Any:
        """Return the body as JSON values; it is parsed once and kept.

        Raises:
            RetryLater: if the body is no JSON: vendors' maintenance pages come with status 200.
        """
        if self._parsed is _UNPARSED:
            try:
                self._parsed = orjson.loads(self.content)
            except orjson.JSONDecodeError as error:
                kind = self.headers.get("content-type", "no content type")
                raise RetryLater(f"{self.url} answered {self.status} with {kind} that is no JSON: {error}") from None
        return self._parsed
