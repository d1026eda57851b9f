"""Pages of a connection with keyset cursors: where to go on is said by value and id, not by position."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Key = tuple[str, int]
"""A row's sort value as text whose order is its value's, and its id."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a connection.

    Attributes:
        rows: GraphQL sources.
        keys: Their keys, for the cursors.
        has_next: Whether rows follow.
        has_previous: Whether rows come before.
    """

    rows: Sequence[Mapping[str, Any]]
    keys: Sequence[Key]
    has_next: bool
    has_previous: bool

    def info(self) -> dict[str, object]:
        """Return the connection's pageInfo."""
        return {
            "__typename": "PageInfo",
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
            "startCursor": encode_cursor(self.keys[0]) if self.keys else None,
            "endCursor": encode_cursor(self.keys[-1]) if self.keys else None,
        }


def encode_cursor(key: Key) -> str:
    """Return the cursor of a row."""
    return urlsafe_b64encode(json.dumps({"last_id": key[1], "last_value": key[0]}).encode()).decode()


def decode_cursor(cursor: str) -> Key:
    """Return the key that a cursor stands for.

    Raises:
        ValueError: if it is no cursor.
    """
    try:
        content = json.loads(urlsafe_b64decode(cursor.encode()))
        return str(content["last_value"]), int(content["last_id"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{cursor!r} is no cursor") from None


def slice_keys(
    keys: Sequence[Key],
    *,
    first: int,
    after: str | None = None,
    reverse: bool = False,
    least: str | None = None,
    most: str | None = None,
    accept: Callable[[Key], bool] | None = None,
) -> tuple[list[Key], bool, bool]:
    """Return up to ``first`` of the sorted ``keys``, whether more follow, and whether some come before.

    Args:
        keys: Sorted ascending.
        first: How many at most.
        after: The cursor to go on from.
        reverse: From the end towards the start.
        least: No sort value below this.
        most: No sort value above this.
        accept: What else a row must satisfy.

    Raises:
        ValueError: if ``after`` is no cursor.
    """
    low = 0 if least is None else bisect_left(keys, least, key=lambda key: key[0])
    high = len(keys) if most is None else bisect_right(keys, most, key=lambda key: key[0])
    if after is not None and reverse:
        high = min(high, bisect_left(keys, decode_cursor(after)))
    elif after is not None:
        low = max(low, bisect_right(keys, decode_cursor(after)))
    positions = range(high - 1, low - 1, -1) if reverse else range(low, high)
    candidates = (keys[position] for position in positions)
    wanted = candidates if accept is None else filter(accept, candidates)
    found = list(islice(wanted, first + 1))
    return found[:first], len(found) > first, after is not None


def page_of(rows: Sequence[Mapping[str, Any]], keys: Sequence[Key], args: Mapping[str, Any]) -> Page:
    """Return the page of short, sorted ``rows`` that the arguments first, after and reverse ask for.

    Raises:
        ValueError: if the cursor is none.
    """
    found, has_next, has_previous = slice_keys(
        keys, first=args["first"], after=args.get("after"), reverse=args.get("reverse", False)
    )
    by_key = dict(zip(keys, rows, strict=True))
    return Page([by_key[key] for key in found], found, has_next, has_previous)
