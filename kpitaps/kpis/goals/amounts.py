"""Amounts and targets as people write them: ``250_000``, ``15 %``, ``4 h``, ``+15 % on last year``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kpitaps.units import Unit

Written = str | int | float
"""An amount as TOML has it."""

_AMOUNT = re.compile(
    r"(?P<sign>[+−-]?)\s*(?P<number>[0-9][0-9_ ]*(?:\.[0-9]+)?)\s*(?P<unit>%\s*points?|points?|pp|%|[A-Za-z]+)?"
)
_RELATIVE = re.compile(r"(?P<amount>.+?)\s+on\s+(?P<baseline>.+)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PERCENT = Fraction(1, 100)
_MOST = 10**15
"""No company has so much of anything, and all of what is shown fits a float."""

_FORMS = "such as 250_000, '15 %', '4 h', or '+15 % on last year'"


class Baseline(StrEnum):
    """What a relative target starts from."""

    LAST_YEAR = "last year"
    PREVIOUS = "the previous period"
    START = "the start"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached.

    Attributes:
        amount: In the KPI's unit; of a percentage, 0.15 for 15 %.
        baseline: What it comes on top of; None for a target that stands by itself.
        is_factor: Whether it is a part of the baseline rather than added to it.
        day: The day whose value is the baseline, for `Baseline.DATE`.
    """

    amount: Fraction
    baseline: Baseline | None = None
    is_factor: bool = False
    day: date | None = None

    def on(self, baseline: Fraction) -> Fraction | None:
        """Return what is to be reached from ``baseline``; None if there is no part of that to speak of."""
        if not self.is_factor:
            return baseline + self.amount
        return baseline * (1 + self.amount) if baseline > 0 else None


def parse_target(written: Written, unit: Unit, currency: str) -> Target:
    """Return the target that ``written`` says.

    Args:
        written: A number, or a text.
        unit: The KPI's.
        currency: The company's; money may name it.

    Raises:
        ValueError: saying what is wrong and what would be right.
    """
    if not isinstance(written, str):
        return Target(parse_amount(written, unit, currency))
    found = _RELATIVE.fullmatch(written.strip())
    if found is None:
        if written.strip()[:1] in ("+", "-", "−"):
            raise ValueError(f"{written!r} does not say on what: write '{written.strip()} on last year'")
        return Target(parse_amount(written, unit, currency))
    sign, number, name = _parts(found["amount"])
    if not sign:
        raise ValueError(f"{written!r} does not say whether more or less: write '+{written.strip()}'")
    baseline, day = _baseline(found["baseline"])
    turned = -1 if sign in ("-", "−") else 1
    if name == "%":
        return Target(turned * number * _PERCENT, baseline, is_factor=True, day=day)
    if name in ("points", "point", "pp"):
        if unit is not Unit.RATIO:
            raise ValueError(f"{written!r}: points are for KPIs that are a ratio; this one is {_said(unit, currency)}")
        return Target(turned * number * _PERCENT, baseline, day=day)
    return Target(turned * _measured(number, name, unit, currency, found["amount"]), baseline, day=day)


def parse_amount(written: Written, unit: Unit, currency: str) -> Fraction:
    """Return an amount in ``unit``: money in ``currency``, durations in seconds, 0.15 for ``15 %`` of a ratio.

    Raises:
        ValueError: saying what is wrong and what would be right.
    """
    if not isinstance(written, str):
        # TOML knows inf and nan, too
        if not abs(written) <= _MOST:
            raise ValueError(f"{written!r} is no amount: write a number, {_FORMS}")
        # the shortest text that reads back as the same float is what was written
        return _measured(Fraction(Decimal(repr(written))), "", unit, currency, repr(written))
    sign, number, name = _parts(written)
    value = _measured(number, name, unit, currency, written)
    return -value if sign in ("-", "−") else value


def _parts(text: str) -> tuple[str, Fraction, str]:
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        comma = ", with a point before decimals" if "," in text else ""
        raise ValueError(f"{text.strip()!r} is no amount: write a number{comma}, {_FORMS}")
    number = Fraction(found["number"].replace("_", "").replace(" ", ""))
    if number > _MOST:
        raise ValueError(f"{text.strip()!r} is too large to be an amount: write a number, {_FORMS}")
    return found["sign"], number, (found["unit"] or "").removeprefix("%").strip() or ("%" if found["unit"] else "")


def _measured(number: Fraction, name: str, unit: Unit, currency: str, text: str) -> Fraction:
    match unit, name:
        case (Unit.DURATION, _) if name in _SECONDS:
            return number * _SECONDS[name]
        case (Unit.RATIO, "%"):
            return number * _PERCENT
        case (Unit.MONEY, _) if name in ("", currency):
            return number
        case (Unit.COUNT | Unit.SCORE | Unit.RATIO, ""):
            return number
    raise ValueError(f"{text.strip()!r} does not fit: the KPI is {_said(unit, currency)}")


def _said(unit: Unit, currency: str) -> str:
    return {
        Unit.MONEY: f"money in {currency}, written as 250_000 or '250_000 {currency}'",
        Unit.DURATION: "a duration, written with s, min, h, d or w, such as '4 h'",
        Unit.RATIO: "a ratio, written as '15 %' or 0.15",
        Unit.COUNT: "a number of things, written without a unit",
        Unit.SCORE: "a score, written without a unit",
    }[unit]


def _baseline(text: str) -> tuple[Baseline, date | None]:
    said = " ".join(text.lower().removeprefix("the ").split())
    for baseline in (Baseline.LAST_YEAR, Baseline.PREVIOUS, Baseline.START):
        if said == baseline.removeprefix("the "):
            return baseline, None
    try:
        return Baseline.DATE, date.fromisoformat(said)
    except ValueError:
        raise ValueError(
            f"{text!r} is nothing to start from: write 'last year', 'previous period', 'the start' or a date such as "
            "2025-12-31"
        ) from None
