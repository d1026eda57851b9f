"""Digests in Dutch and English: their sentences, and figures and dates as people there write them (Babel)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from kpitaps.app.digest.content import MULTIPLE
from kpitaps.app.digest.period import Every
from kpitaps.app.digest.texts import TEXTS
from kpitaps.units import Unit

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.app.digest.content import GoalLine, KpiLine
    from kpitaps.app.digest.period import Period
    from kpitaps.calendar import DaySpan
    from kpitaps.kpis import Kpi
    from kpitaps.measures import Measure

_LOCALES = {"nl": "nl_NL", "en": "en_GB"}
_EXACT = Context(prec=40)
_WHOLE = 100
"""Money from which on cents say nothing to people."""
_FEW = 20
_MANIFOLD = 10
"""A ratio from which on "12.3 ×" says more to people than a percentage."""
_LENGTHS = ((96 * 3600, 86_400, "day"), (2 * 3600, 3600, "hour"), (120, 60, "minute"), (0, 1, "second"))
"""From how many seconds on, which unit of how many seconds says most to people."""


@dataclass(frozen=True)
class Voice:
    """Says things in one language.

    Attributes:
        language: ``nl`` or ``en``.
    """

    language: str

    @cached_property
    def locale(self) -> Locale:
        """How numbers and dates are written."""
        return Locale.parse(_LOCALES[self.language])

    def say(self, key: str, **parts: object) -> str:
        """Return a text, its parts filled in."""
        return TEXTS[key][self.language].format(**parts)

    def count(self, key: str, number: int, **parts: object) -> str:
        """Return a text that is about so many things."""
        return self.say(
            f"{key}_{'one' if self.locale.plural_form(number) == 'one' else 'other'}", number=number, **parts
        )

    def name(self, of: Kpi | Measure | str) -> str:
        """Return the name of a KPI or a measure; a text is one already."""
        if isinstance(of, str):
            return of
        return (of.nl if self.language == "nl" else of.en).name

    def goal(self, line: GoalLine) -> str:
        """Return what a goal is called: its own name, or that of its KPI."""
        own = line.figure.name_nl if self.language == "nl" else line.figure.name_en
        label = f" · {line.figure.label}" if line.figure.label else ""
        return own or f"{self.name(line.kpi)}{label}"

    def amount(self, unit: str, value: Fraction | None) -> str:
        """Return a value in its unit: a currency's code, a unit's name or ``multiple``; a dash where there is none."""
        if value is None:
            return "–"
        number = _decimal(value)
        match unit:
            case "multiple":
                return self._times(number, "#,##0.00")
            case Unit.RATIO:
                return self.percent(value) if abs(number) < _MANIFOLD else self._times(number, "#,##0.0")
            case Unit.COUNT | Unit.SCORE:
                return format_decimal(number, "#,##0", locale=self.locale).replace("-", "−")
            case "seconds":
                return self._length(number)
        return self._money(unit, number)

    def percent(self, value: Fraction, *, signed: bool = False) -> str:
        """Return a share as a percentage with one decimal."""
        text = format_percent(abs(_decimal(value)), "#,##0.0%", locale=self.locale)
        return _signed(text, value) if signed else ("−" if value < 0 else "") + text

    def difference(self, unit: str, value: Fraction) -> str:
        """Return a difference between two values, with its sign; between two shares it is in percentage points.

        A sign before a number of times would read as a value below zero, so that is said in words.
        """
        if unit == MULTIPLE:
            return self.say("times_more" if value > 0 else "times_less", size=self.size(unit, value))
        return _signed(self.size(unit, value), value)

    def size(self, unit: str, value: Fraction) -> str:
        """Return how large a difference is."""
        if unit == Unit.RATIO:
            points = format_decimal(abs(_decimal(value * 100)), "#,##0.0", locale=self.locale)
            return self.say("points", number=points)
        return self.amount(unit, abs(value))

    def change(self, line: KpiLine) -> tuple[str, Fraction | None]:
        """Return the change of a KPI since the days before in words, and exactly; none where it says nothing."""
        figure, before = line.figure, line.figure.previous
        if figure.value is None or before is None:
            return "", None
        change = figure.value - before
        # a share of nothing, of a loss or of a handful says nothing
        is_few = figure.unit is Unit.COUNT and max(figure.value, before) < _FEW
        if figure.unit in (Unit.RATIO, Unit.SCORE) or before <= 0 or is_few:
            text = self.difference(line.unit, change)
        else:
            text = self.percent(change / before, signed=True)
        # what is too small to be seen is no change for the better or worse
        return (text, change) if any(sign in text for sign in "123456789") else (self.say("equal"), Fraction(0))

    def before(self, line: KpiLine, every: Every) -> str:
        """Return what a KPI is compared with: the week or month before, of which an open one takes a part."""
        before = self.say(f"before_{every}")
        if not line.figure.is_open:
            return before
        # the same share of two weeks is the same days
        is_share = line.kpi.compared.by_share and every is not Every.WEEK
        return self.say("before_share" if is_share else "before_days", before=before)

    def day(self, day: date) -> str:
        """Return a day: 3 November 2025."""
        return format_date(day, "d MMMM y", locale=self.locale)

    def days(self, span: DaySpan) -> str:
        """Return the first and the last day: 3–9 November 2025."""
        first, last = span
        if first == last:
            return self.day(last)
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}–{self.day(last)}"
        short = "d MMMM" if first.year == last.year else "d MMMM y"
        return f"{format_date(first, short, locale=self.locale)} – {self.day(last)}"

    def period(self, period: Period) -> str:
        """Return the name of a period: week 46, or November 2025."""
        return self.say(f"{period.every}_named", **self._names_of(period.span))

    def _names_of(self, span: DaySpan) -> dict[str, object]:
        # the Thursday of an ISO week is in the year that the week belongs to
        middle = span.first.toordinal() + 3
        week = type(span.first).fromordinal(middle).isocalendar()
        return {"week": week.week, "month": format_date(span.first, "MMMM y", locale=self.locale)}

    def instant(self, instant: datetime) -> str:
        """Return an instant, in the zone it is given in: Monday 10 November, 07:45."""
        return format_datetime(instant, "EEEE d MMMM, HH:mm", tzinfo=instant.tzinfo, locale=self.locale)

    def _times(self, number: Decimal, pattern: str) -> str:
        return f"{format_decimal(number, pattern, locale=self.locale)} ×".replace("-", "−")

    def _money(self, currency: str, number: Decimal) -> str:
        if abs(number) < _WHOLE:
            return format_currency(number, currency, locale=self.locale).replace("-", "−")
        whole = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(number, currency, whole, locale=self.locale, currency_digits=False).replace("-", "−")

    def _length(self, seconds: Decimal) -> str:
        size, unit = next((size, unit) for least, size, unit in _LENGTHS if abs(seconds) >= least)
        number = (seconds / size).quantize(Decimal("0.1"))
        plain = number.to_integral_value() if number == number.to_integral_value() else number
        # not the long form: for Dutch hours and days Babel has only the short one, which is as long
        return format_unit(plain, f"duration-{unit}", "short", locale=self.locale).replace("-", "−")


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _signed(text: str, value: Fraction) -> str:
    return text if not value else f"{'+' if value > 0 else '−'}{text}"
