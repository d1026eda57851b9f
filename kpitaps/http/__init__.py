"""The only way to the network: hosts, tokens, budgets, retries, and secrets kept out of sight."""

from __future__ import annotations

from kpitaps.http.auth import Auth, BoundAuth, ClientCredentials
from kpitaps.http.budgets import BoundLimit, Budgets
from kpitaps.http.client import Http
from kpitaps.http.hosts import expand, expand_host, host_label
from kpitaps.http.limits import CostBucket, Limit, Rate
from kpitaps.http.meters import BucketState
from kpitaps.http.reply import Reply
from kpitaps.http.retry import RetryPolicy
from kpitaps.http.scrub import Scrubber, ScrubFilter
from kpitaps.http.tally import HostTally, Tally
from kpitaps.http.tokens import MemoryTokens, Token, TokenStore
from kpitaps.http.wire import Bounds

__all__ = [
    "Auth",
    "BoundAuth",
    "BoundLimit",
    "Bounds",
    "BucketState",
    "Budgets",
    "ClientCredentials",
    "CostBucket",
    "HostTally",
    "Http",
    "Limit",
    "MemoryTokens",
    "Rate",
    "Reply",
    "RetryPolicy",
    "ScrubFilter",
    "Scrubber",
    "Tally",
    "Token",
    "TokenStore",
    "expand",
    "expand_host",
    "host_label",
]
