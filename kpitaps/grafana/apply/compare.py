"""What differs between what Grafana has and what it is to have, field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REDACTED = "[REDACTED]"
"""What Grafana gives in place of a secret: it can be written, but not read."""

_NAMES = ("id", "refId", "uid", "name")
"""By what the entries of a list are told apart, where each has one of its own."""

_DURATION = re.compile(r"(?:(\d+)(ms|[smhdwy]))")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as it should be.

    Attributes:
        path: Where it is: ``panels[12].targets[A].expr``.
        before: What Grafana has; None if nothing.
        after: What it is to have; None if nothing.
    """

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield what differs, in the order of what is wanted; a secret that cannot be read counts as the same."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(key for key in before if key not in after)]:
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
    elif not _same(before, after):
        yield Difference(path, before, after)


def _of_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    olds, news = _named(before), _named(after)
    if olds is None or news is None:
        olds, news = _numbered(before), _numbered(after)
    found = [
        difference
        for name in [*news, *(name for name in olds if name not in news)]
        for difference in differences(olds.get(name), news.get(name), f"{path}[{name}]")
    ]
    if not found and list(olds) != list(news):
        found = [Difference(f"{path} (order)", list(olds), list(news))]
    yield from found


def _named(entries: list[Any]) -> dict[str, Any] | None:
    """Return the entries by what tells them apart; None if nothing does."""
    for name in _NAMES:
        names = [entry.get(name) if isinstance(entry, dict) else None for entry in entries]
        if names and None not in names and len(set(map(str, names))) == len(names):
            return dict(zip(map(str, names), entries, strict=True))
    return None


def _numbered(entries: list[Any]) -> dict[str, Any]:
    return {str(at): entry for at, entry in enumerate(entries)}


def _same(before: Any, after: Any) -> bool:
    """Return whether two values are the same; ``True`` is no number, and absent is not empty."""
    if before == REDACTED and after:
        return True
    return bool(before == after) and isinstance(before, bool) == isinstance(after, bool)


def seconds(text: Any) -> Any:
    """Return a duration in seconds, so that ``60m`` and ``1h0m0s`` are the same; anything else as it is."""
    if not isinstance(text, str) or not text or _DURATION.sub("", text):
        return text
    return sum(int(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))


def filled(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return what says something: Grafana leaves out, or adds, what is empty or zero."""
    return {key: value for key, value in mapping.items() if value not in (None, "", [], {}, 0)}


def only(there: Any, wanted: Any) -> Any:
    """Return of what is there the part that we have a say in: Grafana adds defaults of its own to it.

    Mappings are cut down to the keys that are wanted, entries of lists one by one.
    """
    if isinstance(there, dict) and isinstance(wanted, dict):
        return {key: only(there[key], value) for key, value in wanted.items() if key in there}
    if isinstance(there, list) and isinstance(wanted, list) and len(there) == len(wanted):
        return [only(old, new) for old, new in zip(there, wanted, strict=True)]
    return there
