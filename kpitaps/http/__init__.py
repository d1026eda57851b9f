"""The only way to the network: hosts, tokens, budgets, retries, and secrets kept out of sight."""

from __future__ import annotations

from kpitaps.http.answers import Issued, Outcome, PutOff, Refused, Unclear
from kpitaps.http.auth import Auth, BoundAuth, ClientCredentials
from kpitaps.http.broker import TokenBroker
from kpitaps.http.budgets import BoundLimit, Budgets
from kpitaps.http.choice import given_kind
from kpitaps.http.client import Http
from kpitaps.http.consent import ConsentRequest, ask_consent, redeem
from kpitaps.http.grants import Grant, GrantStore, Lease, RefreshRules
from kpitaps.http.hosts import Listed, expand, expand_host, host_label, routed
from kpitaps.http.jwt_bearer import ServiceAccount
from kpitaps.http.limits import CostBucket, Counter, ErrorBudget, Limit, Rate
from kpitaps.http.meters import BucketState
from kpitaps.http.oauth import AuthorizationCode
from kpitaps.http.reply import Reply
from kpitaps.http.retry import RetryPolicy
from kpitaps.http.scrub import Scrubber, ScrubFilter
from kpitaps.http.static_key import StaticKey
from kpitaps.http.tally import HostTally, Tally
from kpitaps.http.tokens import MemoryTokens, Token, TokenStore
from kpitaps.http.told import CounterState, LimitHeaders
from kpitaps.http.wire import Bounds

__all__ = [
    "Auth",
    "AuthorizationCode",
    "BoundAuth",
    "BoundLimit",
    "Bounds",
    "BucketState",
    "Budgets",
    "ClientCredentials",
    "ConsentRequest",
    "CostBucket",
    "Counter",
    "CounterState",
    "ErrorBudget",
    "Grant",
    "GrantStore",
    "HostTally",
    "Http",
    "Issued",
    "Lease",
    "Limit",
    "LimitHeaders",
    "Listed",
    "MemoryTokens",
    "Outcome",
    "PutOff",
    "Rate",
    "RefreshRules",
    "Refused",
    "Reply",
    "RetryPolicy",
    "ScrubFilter",
    "Scrubber",
    "ServiceAccount",
    "StaticKey",
    "Tally",
    "Token",
    "TokenBroker",
    "TokenStore",
    "Unclear",
    "ask_consent",
    "expand",
    "expand_host",
    "given_kind",
    "host_label",
    "redeem",
    "routed",
]
