"""Which rows of a report a filter lets through."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from kpitaps_google_analytics.sandbox_refusals import invalid

if TYPE_CHECKING:
    from kpitaps_google_analytics.sandbox_requests import Filter, FilterExpression, StringFilter

Values = Mapping[str, str]
"""A row's values by the name of the dimension or metric."""

Test = Callable[[Values], bool]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "EQUAL": operator.eq,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
}


def names_in(expression: FilterExpression | None) -> list[str]:
    """Return the names that a filter speaks of."""
    if expression is None:
        return []
    if expression.filter:
        return [expression.filter.field_name]
    groups = (expression.and_group, expression.or_group)
    inner = [each for group in groups if group for each in group.expressions]
    return [name for each in (*inner, expression.not_expression) for name in names_in(each)]


def test_of(expression: FilterExpression | None) -> Test:
    """Return the test that a filter stands for.

    Raises:
        Refused: if an expression says nothing, or more than one thing.
    """
    if expression is None:
        return lambda _: True
    parts: list[Test] = []
    if expression.and_group:
        tests = [test_of(each) for each in expression.and_group.expressions]
        parts.append(lambda values: all(test(values) for test in tests))
    if expression.or_group:
        others = [test_of(each) for each in expression.or_group.expressions]
        parts.append(lambda values: any(test(values) for test in others))
    if expression.not_expression:
        inner = test_of(expression.not_expression)
        parts.append(lambda values: not inner(values))
    if expression.filter:
        parts.append(_comparison(expression.filter))
    if len(parts) != 1:
        raise invalid("A FilterExpression needs exactly one of andGroup, orGroup, notExpression and filter.")
    return parts[0]


def _comparison(wanted: Filter) -> Test:
    name = wanted.field_name
    if wanted.string_filter:
        matches = _text(wanted.string_filter)
        return lambda values: matches(values[name])
    if in_list := wanted.in_list_filter:
        fold = str if in_list.case_sensitive else str.casefold
        listed = {fold(value) for value in in_list.values}
        return lambda values: fold(values[name]) in listed
    if numeric := wanted.numeric_filter:
        compare = _COMPARE[numeric.operation]
        return lambda values: compare(_number(values[name]), numeric.value.number)
    if between := wanted.between_filter:
        least, most = between.from_value.number, between.to_value.number
        return lambda values: least <= _number(values[name]) <= most
    if wanted.empty_filter:
        return lambda values: values[name] in ("", "(not set)")
    raise invalid(f"The filter of {name} has no condition.")


def _text(wanted: StringFilter) -> Callable[[str], bool]:
    flags = 0 if wanted.case_sensitive else re.IGNORECASE
    exact = re.escape(wanted.value)
    try:
        pattern = re.compile(
            {
                "EXACT": f"^{exact}$",
                "BEGINS_WITH": f"^{exact}",
                "ENDS_WITH": f"{exact}$",
                "CONTAINS": exact,
                "FULL_REGEXP": f"^(?:{wanted.value})$",
                "PARTIAL_REGEXP": wanted.value,
            }[wanted.match_type],
            flags,
        )
    except re.error as error:
        raise invalid(f"{wanted.value} is no regular expression: {error}") from None
    return lambda text: pattern.search(text) is not None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise invalid(f"{text} is no number.") from None
