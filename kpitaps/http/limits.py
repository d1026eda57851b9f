"""A source's published limits, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.http.meters import BucketMeter, BucketState, Meter, RateMeter

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.http.reply import Reply


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a source.

    Attributes:
        scope: What shares it; ``{name}`` is replaced by the setting of that name.
    """

    scope: str

    def meter(self, now: float) -> Meter:
        """Return a new meter of this limit; ``now`` is the budgets' clock."""
        raise NotImplementedError

    def report(self, reply: Reply) -> BucketState | None:
        """Return what a successful answer tells of this limit; None if nothing."""
        del reply
        return None


@dataclass(frozen=True, slots=True)
class CostBucket(Limit):
    """A leaky bucket of points: requests cost points, which come back at a steady rate.

    Attributes:
        points: What it holds, until the source says otherwise; guess low.
        restore: Points that come back per second, until the source says otherwise.
        read: Returns the bucket's state from a successful answer, or None where it does not say.
    """

    points: float
    restore: float
    read: Callable[[Reply], BucketState | None]

    def meter(self, now: float) -> BucketMeter:
        """Return a full bucket."""
        return BucketMeter(self.points, self.restore, now)

    def report(self, reply: Reply) -> BucketState | None:
        """Return what ``read`` finds in the answer."""
        return self.read(reply)


@dataclass(frozen=True, slots=True)
class Rate(Limit):
    """At most so many requests in any span of so many seconds.

    Attributes:
        count: Requests, whatever they cost.
        per: Length of the sliding window in seconds.
    """

    count: int
    per: float

    def meter(self, now: float) -> RateMeter:  # noqa: ARG002 - an empty window has no beginning
        """Return an empty window."""
        return RateMeter(self.count, self.per)
