"""Secrets are hidden by value, in whatever spelling they turn up."""

from __future__ import annotations

import html
import json
import logging
import re
import threading
from base64 import b64encode
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.errors import KpitapsError

HIDDEN = "•••"
"""What stands in a secret's place."""

SHORTEST = 4
"""Values below this many characters are left alone: they would turn up in innocent words."""

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks")
"""Who logs URLs (httpx, at INFO) and headers (httpcore, at DEBUG)."""

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime"}

E = TypeVar("E", bound="KpitapsError")


class Scrubber:
    """Replaces every secret it knows by ``•••``.

    A secret is found as it is, percent-encoded (wholly or in part), escaped for JSON, Python or HTML, and inside base64
    at any offset, as in basic authentication's ``user:secret``.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: dict[str, list[tuple[int, str]]] = {}
        self._tokens: dict[str, list[str]] = {}
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide ``secret`` from now on; one of fewer than 4 characters is ignored."""
        with self._lock:
            self._add(secret)

    def rotate(self, name: str, token: str) -> None:
        """Hide ``token`` and the one before it of that name; older ones are worth nothing and must not pile up."""
        with self._lock:
            kept = self._tokens.setdefault(name, [])
            if token in kept:
                return
            kept.append(token)
            if len(kept) > 2:
                self._secrets.pop(kept.pop(0), None)
            self._add(token)

    def scrub(self, text: str) -> str:
        """Return ``text`` with every secret hidden, the longest first."""
        with self._lock:
            if not self._secrets:
                return text
            pattern = self._pattern = self._pattern or self._compile()
        return pattern.sub(HIDDEN, text)

    def scrubbed(self, error: E) -> E:
        """Return ``error`` itself, its text scrubbed."""
        error.args = tuple(self.scrub(part) if isinstance(part, str) else part for part in error.args)
        return error

    def _add(self, secret: str) -> None:
        if len(secret.strip()) >= SHORTEST and secret not in self._secrets:
            self._secrets[secret] = _spellings(secret)
            self._pattern = None

    def _compile(self) -> re.Pattern[str]:
        spellings = sorted({s for found in self._secrets.values() for s in found}, reverse=True)
        return re.compile("|".join(pattern for _, pattern in spellings))


class ScrubFilter(logging.Filter):
    """A log filter that hides secrets in messages, arguments, extras and exception texts.

    Put it on handlers: a filter on a logger does not see what its children log.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        super().__init__()
        self._scrubber = scrubber
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub ``record`` in place; it is always let through."""
        scrub = self._scrubber.scrub
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):  # logging itself would print the raw arguments to stderr
            text = f"{record.msg} {record.args}"
        record.msg, record.args = scrub(text), None
        if record.exc_info:
            record.exc_text = record.exc_text or self._formatter.formatException(record.exc_info)
            record.exc_info = None  # another formatter would print it anew, unscrubbed
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, str):
                setattr(record, name, scrub(value))
        return True


class LogGuard:
    """Keeps secrets out of what httpx and httpcore log, for as long as a connection is open.

    httpx logs every URL at INFO, httpcore every header at DEBUG, through loggers of their own. Those lines are worth
    having while a tap is written, so they are scrubbed at these loggers, not silenced.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        self._filter = ScrubFilter(scrubber)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._filter)

    def close(self) -> None:
        """Take the filter off again."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)


def _spellings(secret: str) -> list[tuple[int, str]]:
    """Return patterns that find ``secret``, each with the least length it stands for."""
    found = [(len(secret), "".join(map(_letter, secret)))]
    for spelled in _in_base64(secret.encode()):
        # A character on either side may hold bits of the secret too.
        found += [(len(spelled), f"[\\w+/-]?{re.escape(form)}[\\w+/-]?=*") for form in (spelled, _urlsafe(spelled))]
    return found


def _letter(letter: str) -> str:
    """Return a pattern for ``letter`` in any spelling."""
    if letter.isascii() and letter.isalnum():
        return letter
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode())
    escaped = (json.dumps(letter), repr(letter), ascii(letter), repr(letter.encode())[1:])
    forms = {_with_backslashes(form[1:-1]) for form in (*escaped, f'"\\{letter}"') if "\\" in form}
    plain = {re.escape(letter), re.escape(html.escape(letter))}
    space = {r"\+"} if letter == " " else set()
    return f"(?:{'|'.join(sorted({percent, *forms, *plain, *space}, key=len, reverse=True))})"


def _with_backslashes(form: str) -> str:
    """Return a pattern for an escape: text that was quoted more than once has more backslashes."""
    parts = form.split("\\")
    return r"\\+".join(f"(?i:{re.escape(part)})" if len(part) > 1 else re.escape(part) for part in parts)


def _in_base64(secret: bytes) -> list[str]:
    """Return the part of ``secret``'s base64 that does not depend on its neighbours, for each of three offsets."""
    parts = []
    for offset in range(3):
        text = b64encode(bytes(offset) + secret).decode()
        parts.append(text[-(-offset * 8 // 6) : (offset + len(secret)) * 8 // 6])
    return [part for part in parts if len(part) >= SHORTEST]


def _urlsafe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")
