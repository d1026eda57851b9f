"""What a request asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cramjam
from google.protobuf.message import DecodeError

from kpitaps.errors import BadUse
from kpitaps.exposition.remote_read.matchers import Kind, Matcher
from kpitaps.exposition.remote_read.messages import SAMPLES, message

if TYPE_CHECKING:
    from collections.abc import Sequence

BODY_LIMIT = 1 << 20
"""Bytes of a request, packed and unpacked; a query with a thousand values in its regular expression has 30,000."""

QUERIES_LIMIT = 100
MATCHERS_LIMIT = 100
EXPRESSIONS_LIMIT = 500
"""Regular expressions in a request: one may take tens of milliseconds to compile, whatever it is good for."""

_RESPONSE_TYPES_LIMIT = 16


@dataclass(frozen=True, slots=True)
class Hints:
    """What the query is going to do with the samples. All instants and lengths are milliseconds.

    Attributes:
        start: The first instant that counts, the look-back or the range before the first step.
        end: The last one, inclusive.
        step: From one step to the next; 0 where there is but one, or nobody says.
        range: The length of a range selector; 0 where there is none.
    """

    start: int
    end: int
    step: int
    range: int


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a request.

    Attributes:
        start: The first instant that is asked for, in milliseconds.
        end: The last one, inclusive.
        matchers: All of them hold for each series that is asked for.
        hints: None where the client gives none.
    """

    start: int
    end: int
    matchers: tuple[Matcher, ...]
    hints: Hints | None


def parse_request(body: bytes) -> list[Query]:
    """Return the queries of a request.

    Raises:
        BadUse: saying what is wrong with it.
    """
    unpacked = _unpacked(body)
    try:
        request = message("ReadRequest").FromString(unpacked)
    except DecodeError:
        raise BadUse("the body is no ReadRequest of Prometheus' remote read: its protobuf cannot be read") from None
    accepted = request.accepted_response_types
    if accepted and SAMPLES not in accepted[:_RESPONSE_TYPES_LIMIT]:
        raise BadUse("kpitaps answers with SAMPLES only: accept that type of response, or name none")
    if len(request.queries) > QUERIES_LIMIT:
        raise BadUse(f"the request has {len(request.queries)} queries: {QUERIES_LIMIT} are answered at once")
    queries = [_query(each) for each in request.queries]
    expressions = sum(each.kind in (Kind.RE, Kind.NRE) for query in queries for each in query.matchers)
    if expressions > EXPRESSIONS_LIMIT:
        raise BadUse(f"the request has {expressions} regular expressions: it may have {EXPRESSIONS_LIMIT}")
    return queries


def _unpacked(body: bytes) -> bytes:
    no_snappy = "the body is no Snappy in block format, as Prometheus' remote read sends it"
    try:
        length = cramjam.snappy.decompress_raw_len(body)
        # the header alone promises the length: nothing is unpacked that would not fit
        if length > BODY_LIMIT:
            raise BadUse(f"the request says that it is {length} bytes long: a request may have {BODY_LIMIT}")
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError:
        raise BadUse(no_snappy) from None


def _query(query: Any) -> Query:
    if len(query.matchers) > MATCHERS_LIMIT:
        raise BadUse(f"a query has {len(query.matchers)} matchers: it may have {MATCHERS_LIMIT}")
    return Query(
        query.start_timestamp_ms,
        query.end_timestamp_ms,
        _matchers(query.matchers),
        _hints(query) if query.HasField("hints") else None,
    )


def _matchers(matchers: Sequence[Any]) -> tuple[Matcher, ...]:
    found = []
    for each in matchers:
        if each.type not in range(len(Kind)):
            raise BadUse(f"the matcher of label {each.name[:200]!r} is of the unknown type {each.type}")
        found.append(Matcher(Kind(each.type), each.name, each.value))
    return tuple(found)


def _hints(query: Any) -> Hints:
    hints = query.hints
    # a client that hints at a step alone means its query's own span
    start, end = hints.start_ms or query.start_timestamp_ms, hints.end_ms or query.end_timestamp_ms
    return Hints(start, end, hints.step_ms, hints.range_ms)
