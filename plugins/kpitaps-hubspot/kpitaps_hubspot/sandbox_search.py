"""HubSpot's search: its filters, its one sort, its pages and its many limits.

https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from kpitaps_hubspot.sandbox_answers import Refused
from kpitaps_hubspot.sandbox_properties import INSTANTS, KNOWN
from kpitaps_hubspot.sandbox_records import CLOCKS, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpitaps_hubspot.sandbox_records import Thing

MOST_RESULTS = 10_000
MOST_PER_PAGE = 200
MOST_CHARACTERS = 3_000
MOST_FILTERS = 18

Value = int | float | str | None


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Filter(_Body):
    """A condition on one property."""

    property_name: str
    operator: Literal[
        "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"
    ]
    value: str | None = None
    high_value: str | None = None
    values: list[str] = []


class Group(_Body):
    """Conditions that must all hold."""

    filters: Annotated[list[Filter], Field(max_length=6)]


class Sort(_Body):
    """What to sort by."""

    property_name: str
    direction: Literal["ASCENDING", "DESCENDING"] = "ASCENDING"


class Search(_Body):
    """The body of a search."""

    filter_groups: Annotated[list[Group], Field(max_length=5)] = []
    sorts: Annotated[list[Sort], Field(max_length=1)] = []
    properties: list[str] = []
    limit: Annotated[int, Field(ge=0, le=MOST_PER_PAGE)] = 10
    after: str | int = 0


def read_search(kind: str, body: bytes) -> Search:
    """Return the search in a body.

    Raises:
        Refused: if it breaks one of HubSpot's rules.
    """
    if len(body.decode()) > MOST_CHARACTERS:
        raise Refused(400, "VALIDATION_ERROR", f"The search body exceeds {MOST_CHARACTERS} characters.")
    try:
        search = Search.model_validate_json(body)
    except ValidationError as error:
        said = error.errors()[0]
        where = ".".join(map(str, said["loc"]))
        raise Refused(400, "VALIDATION_ERROR", f"Invalid input JSON: {where}: {said['msg']}") from None
    if not str(search.after).isdecimal():
        raise Refused(400, "VALIDATION_ERROR", "The after parameter must be an integer.")
    if int(search.after) + search.limit > MOST_RESULTS:
        raise Refused(400, "VALIDATION_ERROR", f"Search results are limited to {MOST_RESULTS}: narrow the search.")
    filters = [each for group in search.filter_groups for each in group.filters]
    if len(filters) > MOST_FILTERS:
        raise Refused(400, "VALIDATION_ERROR", f"A search has at most {MOST_FILTERS} filters.")
    for name in [*(each.property_name for each in filters), *(sort.property_name for sort in search.sorts)]:
        if name not in KNOWN[kind]:
            raise Refused(400, "VALIDATION_ERROR", f"There is no property {name} of {kind}.")
    for each in filters:
        _check_operands(each)
    return search


def found(search: Search, things: Sequence[Thing]) -> list[Thing]:
    """Return what a search finds, sorted."""
    tests = [[_test(each) for each in group.filters] for group in search.filter_groups]
    rows = [row for row in things if not tests or any(all(test(row) for test in group) for group in tests)]
    for sort in search.sorts:
        name = sort.property_name
        rows.sort(key=lambda row: _order(_value(row, name)), reverse=sort.direction == "DESCENDING")
    return rows


def _check_operands(each: Filter) -> None:
    operands = [text for text in (each.value, each.high_value, *each.values) if text is not None]
    if each.property_name in INSTANTS and not all(text.lstrip("-").isdecimal() for text in operands):
        raise Refused(400, "VALIDATION_ERROR", f"{each.property_name}: instants are milliseconds since the epoch.")
    needed = {"BETWEEN": (each.value, each.high_value), "IN": (each.values or None,), "NOT_IN": (each.values or None,)}
    alone = each.operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
    if not alone and None in needed.get(each.operator, (each.value,)):
        raise Refused(400, "VALIDATION_ERROR", f"{each.operator} on {each.property_name} lacks its value.")


def _test(each: Filter) -> Callable[[Thing], bool]:
    name = each.property_name
    if each.operator == "HAS_PROPERTY":
        return lambda row: _value(row, name) is not None
    if each.operator == "NOT_HAS_PROPERTY":
        return lambda row: _value(row, name) is None
    if each.operator in ("IN", "NOT_IN"):
        wanted = {_typed(name, text) for text in each.values}
        return lambda row: (_value(row, name) in wanted) is (each.operator == "IN")
    low = _typed(name, each.value)
    if each.operator == "EQ":
        return lambda row: _value(row, name) == low
    if each.operator == "NEQ":
        return lambda row: _value(row, name) not in (low, None)
    high = _typed(name, each.high_value) if each.high_value is not None else low
    return lambda row: _compares(each.operator, _value(row, name), low, high)


def _compares(operator: str, value: Value, low: Value, high: Value) -> bool:
    if value is None:
        return False
    here, bottom, top = _order(value), _order(low), _order(high)
    return {
        "LT": here < bottom,
        "LTE": here <= bottom,
        "GT": here > bottom,
        "GTE": here >= bottom,
        "BETWEEN": bottom <= here <= top,
    }[operator]


def _value(row: Thing, name: str) -> Value:
    if name == "hs_object_id":
        return row.id
    if name == CLOCKS.get(row.kind, "hs_lastmodifieddate"):
        return row.clock
    return _typed(name, row.properties.get(name))


def _typed(name: str, text: str | None) -> Value:
    if text is None:
        return None
    if name == "hs_object_id":
        return int(text)
    if name in INSTANTS:
        return int(text) if text.lstrip("-").isdecimal() else milliseconds(datetime.fromisoformat(text))
    try:
        return float(text)
    except ValueError:
        return text


def _order(value: Value) -> tuple[bool, float, str]:
    """Return a key by which any values compare: nothing first, then numbers, then texts."""
    if value is None:
        return (False, 0.0, "")
    return (True, 0.0, value) if isinstance(value, str) else (True, float(value), "")
