"""Reading a list to its end, though it changes meanwhile.

Pages are cut by position: when a row before them goes away, all that follow move up by one, and the first row of the
next page is never seen. So each page begins within the one before it: the positions that both show must hold rows that
were read. If they do not, reading goes back until it meets one: all that was not read yet still comes after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from kpitaps import BadSettings, RetryLater
from kpitaps_teamleader.payloads import One, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpitaps import Context

LARGEST = 100
"""Rows on a page at most: https://developer.focus.teamleader.eu/docs/api/pagination"""
SMALLEST = 51
TRIES = 5
"""Times in a row that reading may go back without getting further."""

Item = TypeVar("Item", bound=BaseModel)


def read_all(
    ctx: Context,
    operation: str,
    item: type[Item],
    body: Mapping[str, Any] | None = None,
    *,
    key: Callable[[Item], str] = lambda row: row.id,  # type: ignore[attr-defined] # nearly all rows have one
    must: Callable[[Item], bool] = lambda _: True,
) -> list[Item]:
    """Return all rows of a list, each once, the newest state of each.

    Args:
        ctx: The reading.
        operation: Such as ``deals.list``.
        item: The model of a row.
        body: Filter, sort and includes.
        key: What identifies a row.
        must: What each row must fulfil if the filters are applied: unknown ones are ignored with status 200.

    Raises:
        RetryLater: if the list changes faster than it can be read, or a filter is ignored.
    """
    found = _read_pages(ctx, operation, item, body or {}, key)
    if not all(map(must, found.values())):
        raise RetryLater(f"Teamleader ignores the filter of {operation}: {', '.join((body or {}).get('filter', ()))}")
    return list(found.values())


def read_unpaged(ctx: Context, operation: str, item: type[Item], body: Mapping[str, Any] | None = None) -> list[Item]:
    """Return the rows of a list that has no pages."""
    reply = ctx.http.post(f"/{operation}", json=dict(body or {}))
    return Rows[item].model_validate_json(reply.content).data  # type: ignore[valid-type] # a model made at run time


def read_one(ctx: Context, operation: str, item: type[Item], key: str = "") -> Item:
    """Return a single thing.

    Raises:
        BadSettings: if it does not exist.
    """
    reply = ctx.http.post(f"/{operation}", json={"id": key} if key else {})
    return One[item].model_validate_json(reply.content).data  # type: ignore[valid-type] # as above


def read_existing(ctx: Context, operation: str, item: type[Item], key: str) -> Item | None:
    """Return a single thing that was listed; None if it was deleted since."""
    try:
        return read_one(ctx, operation, item, key)
    except BadSettings:
        return None


def next_page(end: int) -> tuple[int, int]:
    """Return the number and size of the page that shows the row before ``end`` again and reaches furthest beyond it."""
    if end == 0:
        return 1, LARGEST
    size = max(range(SMALLEST, LARGEST + 1), key=lambda size: size - (end - 1) % size)
    return (end - 1) // size + 1, size


def _read_pages(
    ctx: Context, operation: str, item: type[Item], body: Mapping[str, Any], key: Callable[[Item], str]
) -> dict[str, Item]:
    """Read page after page; go back where rows may have slipped through between two of them."""
    found: dict[str, Item] = {}
    end = furthest = tries = 0
    while tries < TRIES:
        number, size = next_page(end)
        reply = ctx.http.post(f"/{operation}", json={**body, "page": {"size": size, "number": number}})
        rows = Rows[item].model_validate_json(reply.content).data  # type: ignore[valid-type] # a model made at run time
        page = {key(row): row for row in rows}
        if sum(each in found for each in page) < end - (number - 1) * size:
            end, tries = max(0, end - LARGEST), tries + 1
            continue
        found |= page
        # More rows than asked for are doubles: then what differs is what counts.
        if (len(page) if len(rows) > size else len(rows)) < size:
            return found
        end = number * size
        if end > furthest:
            furthest, tries = end, 0
    raise RetryLater(f"{operation} changes faster than it can be read")
