"""Asking Shopify's GraphQL API: a 200 is not yet a success, and every answer tells what is left of the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from kpitaps import BucketState, NeedsAuth, RetryLater, TapBug
from kpitaps_shopify.queries import API_VERSION

if TYPE_CHECKING:
    from kpitaps import Context, Reply

PATH = f"/admin/api/{API_VERSION}/graphql.json"

_Answer = TypeVar("_Answer", bound=BaseModel)

_TRANSIENT = {"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"}


def ask(ctx: Context, name: str, query: str, variables: dict[str, Any], answer: type[_Answer], *, cost: int) -> _Answer:
    """Return what a query is answered; ``cost`` is what it takes of the budget by Shopify's rule."""
    reply = ctx.http.post(PATH, json={"query": query, "variables": variables}, cost=cost, name=name)
    return answer.model_validate(reply.json()["data"])


def judge(reply: Reply) -> None:
    """Raise what a GraphQL answer with errors means.

    Raises:
        RetryLater: when throttled, or when Shopify failed.
        NeedsAuth: when the app may not read a field, or the shop is closed.
        TapBug: when the query itself is wrong.
    """
    payload = reply.json()
    if not isinstance(payload, dict) or not (errors := payload.get("errors")):
        return
    if isinstance(errors, str):
        raise NeedsAuth(f"Shopify refuses the app: {errors}")
    codes = {(error.get("extensions") or {}).get("code") for error in errors}
    message = "; ".join(str(error.get("message")) for error in errors)
    if "THROTTLED" in codes:
        raise RetryLater("Shopify says the budget of points is spent", after=_seconds_until_affordable(payload))
    if "ACCESS_DENIED" in codes:
        raise NeedsAuth(f"the Shopify app lacks a scope: {message}")
    if "SHOP_INACTIVE" in codes:
        raise NeedsAuth(f"the shop is not active: {message}")
    if codes & _TRANSIENT:
        raise RetryLater(f"Shopify failed: {message}")
    raise TapBug(f"Shopify rejects the query: {message}")


def bucket_state(reply: Reply) -> BucketState | None:
    """Return what is left of the points, as the answer itself says; None if it says nothing."""
    payload = reply.json()
    status = _cost(payload).get("throttleStatus")
    if not status:
        return None
    return BucketState(
        available=float(status["currentlyAvailable"]),
        capacity=float(status["maximumAvailable"]),
        restore=float(status["restoreRate"]),
    )


def _seconds_until_affordable(payload: dict[str, Any]) -> float | None:
    cost = _cost(payload)
    status = cost.get("throttleStatus")
    if not status or not cost.get("requestedQueryCost"):
        return None
    short = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
    return max(0.0, short / float(status["restoreRate"]))


def _cost(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        return {}
    cost = (payload.get("extensions") or {}).get("cost")
    return cost if isinstance(cost, dict) else {}
