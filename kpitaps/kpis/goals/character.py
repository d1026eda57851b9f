"""What kind of number a KPI gives: it decides what may be expected by now, and how it may be projected."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from kpitaps.kpis.nodes import Number, Operation, Take, Term
from kpitaps.units import Kind

if TYPE_CHECKING:
    from kpitaps.kpis.nodes import Node


class Character(StrEnum):
    """The kind of a formula."""

    ADDS = "adds"
    """The values of two parts of a period add up to that of the whole: revenue, new customers."""
    DISTINCT = "distinct"
    """Subjects that are counted once in a period, however often they come: visitors."""
    LEVEL = "level"
    """It is what it is on the last day: cash, the debt ratio."""
    RATE = "rate"
    """A quotient of sums, or something else that a period has as a whole: conversion, time to answer, NPS."""


def character(node: Node) -> Character:
    """Return the kind of a formula whose choices are made."""
    if isinstance(node, Term) and node.measure.kind is Kind.DISTINCT:
        return Character.DISTINCT
    leaves = list(node.leaves())
    if leaves and all(isinstance(leaf, Term) and _plain(leaf, Kind.LEVEL) for leaf in leaves):
        return Character.LEVEL
    return Character.ADDS if _adds(node) else Character.RATE


def _adds(node: Node) -> bool:
    match node:
        case Term():
            return _plain(node, Kind.FLOW)
        case Number(number=number):
            # a minus sign is written as nothing less the rest
            return not number
        case Operation(left=left, sign="+" | "-", right=right):
            return _adds(left) and _adds(right)
        case Operation(left=left, sign="*", right=right):
            return (_adds(left) and isinstance(right, Number)) or (_adds(right) and isinstance(left, Number))
        case Operation(left=left, sign="/", right=right):
            return _adds(left) and isinstance(right, Number)
    return False


def _plain(term: Term, kind: Kind) -> bool:
    return term.measure.kind is kind and term.take is Take.WINDOW and not term.moves
