"""Reading Exact Online's OData: whatever shape a body has, page after page, and only what is parsed.

Endpoints and what they take: https://start.exactonline.nl/docs/HlpRestAPIResources.aspx
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kpitaps import NeedsAuth, RetryLater
from kpitaps_exact_online.payloads import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps import Context, Reply

PAGE = 60
"""Rows on a page; `$top` does not change it: it says how many rows there are in all."""
SYNC_PAGE = 1_000
"""Rows on a page of those endpoints that tell what changed since."""

RIGHTS = {
    "crm/Opportunities": "the right to see opportunities (CRM)",
    "payroll/Employees": "the right to see employees",
    "sync/Payroll/Employees": "the right to see employees",
    "sync/Deleted": "the right 'Retrieve deleted records through web services'",
    "sync/Project/TimeCostTransactions": "the right to see hours and costs of projects",
    "sync/Subscription/Subscriptions": "the right to see subscriptions",
    "sync/Subscription/SubscriptionLines": "the right to see subscriptions",
    "subscription/SubscriptionTypes": "the right to see subscriptions",
}
"""Endpoint → what the user must be allowed to, and the package to contain. Those of the books need nothing more."""

Item = TypeVar("Item", bound=Row)


def read_rows(
    ctx: Context, entity: str, model: type[Item], where: str = "", *, order: str = "", division: str = ""
) -> Iterator[Item]:
    """Yield the rows of an endpoint, page after page, in the order of ``order`` and their key.

    Where a page is full and the link to the next one is missing, which is known to happen, the rows after its last one
    are asked for by what they are sorted by.

    Args:
        ctx: The reading.
        entity: Such as ``crm/Opportunities``.
        model: The model of a row; its fields are all that is asked for.
        where: A filter.
        order: The field that rows are sorted by before their key.
        division: Code of the company, while the account is not known yet.

    Raises:
        NeedsAuth: naming the right that is missing.
        RetryLater: if the pages do not come to an end.
    """
    start = path = _path(ctx, entity, division)
    asked = {"$select": model.selected(), "$filter": where, "$orderby": order}
    first = {name: value for name, value in asked.items() if value}
    params: Mapping[str, str] | None = first
    seen: set[str] = set()
    while True:
        rows, following = shape_of(_get(ctx, entity, path, params))
        items = [model.model_validate(row) for row in rows]
        yield from items
        if following:
            path, params = following, None
        elif len(items) == PAGE:
            path, params = start, {**first, "$skiptoken": items[-1].skip_token(order)}
        else:
            return
        place = f"{path} {params}"
        if place in seen:
            raise RetryLater(f"Exact Online shows the same page of {entity} again and again")
        seen.add(place)


def read_one(
    ctx: Context, entity: str, model: type[Item], params: Mapping[str, str] | None = None, *, division: str | None = ""
) -> Item | None:
    """Return the single row of an endpoint or a function; None if there is none.

    Args:
        ctx: The reading.
        entity: Such as ``current/Me``.
        model: The model of the row.
        params: The function's parameters.
        division: Code of the company, while the account is not known yet; None for what belongs to none.

    Raises:
        NeedsAuth: naming the right that is missing.
    """
    path = f"/{entity}" if division is None else _path(ctx, entity, division)
    rows, _ = shape_of(_get(ctx, entity, path, {"$select": model.selected(), **(params or {})}))
    return model.model_validate(rows[0]) if rows else None


def read_changes(ctx: Context, entity: str, model: type[Item], after: int, through: int | None) -> Iterator[Item]:
    """Yield the rows whose `Timestamp` is above ``after`` and, unless None, not above ``through``.

    These endpoints can be asked by their `Timestamp` alone, and only for what is above it. So each page is asked for by
    the last one's highest, and no link to a next page is needed. Nobody promises that rows never share a `Timestamp`:
    the highest one is asked for once more, and what was there already is left out.

    Raises:
        RetryLater: if more rows than fit on a page share one, and there is no link to the others.
    """
    start = path = _path(ctx, entity, "")
    params: Mapping[str, str] | None = {"$select": model.selected(), "$filter": f"Timestamp gt {after}L"}
    last: frozenset[Item] = frozenset()
    while True:
        rows, following = shape_of(_get(ctx, entity, path, params))
        items = [model.model_validate(row) for row in rows]
        fresh = [item for item in items if item not in last]
        yield from (item for item in fresh if through is None or item.revision <= through)
        reached = max((item.revision for item in items), default=after)
        is_last = not following and len(items) < SYNC_PAGE
        if is_last or (through is not None and reached > through):
            return
        last = frozenset(item for item in items if item.revision == reached)
        if fresh and reached - 1 > after:
            after = reached - 1
            path, params = start, {"$select": model.selected(), "$filter": f"Timestamp gt {after}L"}
        elif following and following != path:
            path, params = following, None
        else:
            raise RetryLater(f"Exact Online shows the same page of {entity} again and again")


def shape_of(body: Any) -> tuple[list[Any], str]:
    """Return the rows of an answer, and the address of the next page or "".

    Raises:
        RetryLater: if it is none of the shapes that Exact's answers have.
    """
    found = body.get("d") if isinstance(body, dict) else None
    if isinstance(found, list):
        return found, ""
    if isinstance(found, dict) and isinstance(found.get("results"), list):
        return found["results"], found.get("__next") or ""
    if isinstance(found, dict):
        return [found] if found.keys() - {"results", "__metadata", "__next"} else [], ""
    if found is None and isinstance(body, dict) and "d" in body:
        return [], ""
    raise RetryLater("Exact Online answered without rows")


def _path(ctx: Context, entity: str, division: str) -> str:
    return f"/{division or ctx.account.id}/{entity}"


def _get(ctx: Context, entity: str, path: str, params: Mapping[str, str] | None) -> Any:
    """Ask, and name the right that is missing. What is refused is refused once per run, however many slices ask.

    Ten refusals in an hour would block the app.
    """
    replies: list[Reply] = []

    def ask() -> NeedsAuth | None:
        try:
            replies.append(ctx.http.get(path, params=params))
        except NeedsAuth as refused:
            return refused
        return None

    refusal = ctx.once(f"asked {entity} of {path.partition(entity)[0]}", ask) or (None if replies else ask())
    if refusal is None:
        return replies[0].json()
    if refusal.account or entity not in RIGHTS:
        raise refusal
    raise NeedsAuth(f"{refusal}: the user, or the package, lacks {RIGHTS[entity]}")
