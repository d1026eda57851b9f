"""Shopify's search syntax, as far as the sandbox understands it, and filters on sorted keys.

https://shopify.dev/docs/api/usage/search-syntax: terms ``field:value`` with comparators, joined by white space or AND.
A field that Shopify does not know is ignored and only warned of; the sandbox does the same. What Shopify knows and the
sandbox does not (OR, NOT, parentheses) is refused, so that no test passes by accident.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, NamedTuple

from kpitaps.testing.graphql import refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

_TERM = re.compile(r"""(?P<field>\w+):(?P<comparator>>=|<=|>|<)?(?P<value>"[^"]*"|'[^']*'|[^\s()]+)""")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt, "": eq}
TIMES = frozenset({"created_at", "processed_at", "updated_at"})


class Term(NamedTuple):
    """One condition: the field's value compared with this one, both as text or both as numbers."""

    field: str
    comparator: str
    value: str | int

    def holds(self, value: str | int) -> bool:
        """Return whether a row's value satisfies the condition."""
        return _COMPARE[self.comparator](value, self.value)


class Search(NamedTuple):
    """A search: all its terms must hold."""

    terms: tuple[Term, ...]
    warnings: tuple[dict[str, str], ...]

    def bounds(self, field: str) -> tuple[str | None, str | None]:
        """Return the least and the most that the terms leave for a field; inclusive, so a superset for > and <."""
        values = [(term.comparator, str(term.value)) for term in self.terms if term.field == field]
        least = max((value for comparator, value in values if comparator in (">", ">=", "")), default=None)
        most = min((value for comparator, value in values if comparator in ("<", "<=", "")), default=None)
        return least, most


def parse_search(query: str | None, fields: frozenset[str], zone: ZoneInfo) -> Search:
    """Return what a search asks for.

    Args:
        query: The argument of that name.
        fields: What can be filtered by.
        zone: Where times without an offset, and bare days, are meant.

    Raises:
        Refusal: for syntax that the sandbox does not speak.
    """
    terms: list[Term] = []
    warnings: list[dict[str, str]] = []
    for part in _parts(query or ""):
        if (found := _TERM.fullmatch(part)) is None:
            raise refusal(f"the sandbox does not speak {part!r} in a search: {query!r}", "BAD_REQUEST")
        field, comparator, value = found["field"], found["comparator"] or "", found["value"].strip("\"'")
        if field not in fields:
            message = "Invalid search field for this query."
            warnings.append({"field": field, "message": message, "code": "invalid_field"})
        else:
            terms += _terms(field, comparator, value, zone)
    return Search(tuple(terms), tuple(warnings))


def instant_text(instant: datetime) -> str:
    """Return an instant as Shopify writes it; such texts sort as their instants do."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(query: str) -> list[str]:
    rest = _TERM.sub(" ", query).split()
    if odd := [word for word in rest if word != "AND"]:
        raise refusal(f"the sandbox does not speak {' '.join(odd)!r} in a search: {query!r}", "BAD_REQUEST")
    return [found[0] for found in _TERM.finditer(query)]


def _terms(field: str, comparator: str, value: str, zone: ZoneInfo) -> list[Term]:
    if field in TIMES:
        return _time_terms(field, comparator, value, zone)
    if field == "id":
        return [Term(field, comparator, int(value.rsplit("/", 1)[-1]))]
    return [Term(field, "", value.lower())]


def _time_terms(field: str, comparator: str, value: str, zone: ZoneInfo) -> list[Term]:
    try:
        if len(value) == 10:
            return _day_terms(field, comparator, date.fromisoformat(value), zone)
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise refusal(f"Invalid timestamp for query filter `{field}`.", "BAD_REQUEST") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return [Term(field, comparator, instant_text(instant))]


def _day_terms(field: str, comparator: str, day: date, zone: ZoneInfo) -> list[Term]:
    start, end = (
        instant_text(datetime(each.year, each.month, each.day, tzinfo=zone)) for each in (day, day + timedelta(days=1))
    )
    return {
        ">=": [Term(field, ">=", start)],
        ">": [Term(field, ">=", end)],
        "<": [Term(field, "<", start)],
        "<=": [Term(field, "<", end)],
        "": [Term(field, ">=", start), Term(field, "<", end)],
    }[comparator]
