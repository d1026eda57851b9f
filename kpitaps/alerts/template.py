"""Texts of alerts as Go templates, of which Prometheus and Grafana understand the same functions.

Neither knows a language: ``printf`` writes ``12345.67``, and three replacements make that ``12.345`` or ``12,345``.
From 1,000 on decimals are cut off rather than rounded, and of a number of times they are from the third on, so that a
value below its threshold does not look as if it had reached it; where it is wrong to be above, they stay.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from babel.numbers import format_decimal, format_percent, get_currency_symbol

from kpitaps.alerts.message import LabelValue, Look, Own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpitaps.alerts.message import Asked, Text

_SMALL = 1000
"""From here on, decimals say nothing more."""


class Marks(NamedTuple):
    """How a language writes numbers."""

    decimal: str
    thousands: str


MARKS = {"nl": Marks(",", "."), "en": Marks(".", ",")}

_LENGTHS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_DUTCH_UNITS = {"d": " d", "h": " u", "m": " min", "s": " s"}
_DUTCH_LENGTH = ('reReplaceAll "(\\\\d)([a-z])" "$1 $2"', 'reReplaceAll " h" " u"', 'reReplaceAll " m( |$)" " min$1"')


def literal(text: str) -> str:
    """Return a text as it stands in a template: braces open no action, ``${`` names no variable of Grafana's."""
    braces = re.sub(r"\{\{+", lambda found: f"{{{{ {json.dumps(found[0])} }}}}", text)
    return re.sub(r"\$(?=\{(?!\{))", '{{ "$" }}', braces)


def rendered(text: Text, own: str, ask: Callable[[Asked, str], str], language: str) -> str:
    """Return a text as a template.

    Args:
        text: What it says.
        own: The expression for the rule's own value, such as ``$value``.
        ask: What stands for the value of another query, given the functions that it goes through.
        language: ``nl`` or ``en``.
    """
    found = []
    for piece in text:
        match piece:
            case str():
                found.append(literal(piece))
            case LabelValue(label):
                found.append(f"{{{{ $labels.{label} }}}}")
            case Own(look, currency, whole):
                found.append(
                    f"{prefix(look, currency, language)}{{{{ {own} | {shape(look, language, whole=whole)} }}}}"
                )
            case asked:
                found.append(ask(asked, shape(asked.look, language)))
    return "".join(found)


def prefix(look: Look, currency: str, language: str) -> str:
    """Return what stands before a number: the currency's sign."""
    return literal(f"{get_currency_symbol(currency, locale=language)} ") if look is Look.MONEY else ""


def shape(look: Look, language: str, *, whole: bool = False) -> str:
    """Return the functions through which a number goes to be read by people; ``whole`` keeps all decimals."""
    decimal, thousands = MARKS[language]
    match look:
        case Look.LENGTH:
            return " | ".join(["humanizeDuration", *_length_marks(language, decimal, whole=whole)])
        case Look.SHARE:
            return " | ".join(["humanizePercentage", *_decimal_mark(decimal)])
        case Look.DAY:
            form = "$3-$2-$1" if language == "nl" else "$1-$2-$3"
            return f'humanizeTimestamp | reReplaceAll "^(\\\\d+)-(\\\\d+)-(\\\\d+).*" "{form}"'
    return " | ".join(
        [
            *_digits(look, whole=whole),
            # what is large needs no decimals
            *([] if whole else ['reReplaceAll "(\\\\d{4,})\\\\..*" "$1"']),
            *_decimal_mark(decimal),
            # no ${1}: Grafana takes that for one of its variables
            *[f'reReplaceAll "^(-?\\\\d+)(\\\\d{{3}})" "$1{thousands}$2"'] * 3,
            *(['printf "%s ×"'] if look is Look.TIMES else []),
        ]
    )


def _digits(look: Look, *, whole: bool) -> list[str]:
    """Return what writes a number with as many decimals as say something."""
    match look:
        case Look.MONEY:
            return ['printf "%.2f"']
        case Look.TIMES if whole:
            # the first decimal that tells 1.5003 from 1.5 is the last
            return ['printf "%.9f"', 'reReplaceAll "(\\\\.\\\\d\\\\d)(0*[1-9])?.*" "$1$2"']
        case Look.TIMES:
            return ['printf "%.9f"', 'reReplaceAll "(\\\\.\\\\d\\\\d).*" "$1"']
    # what is 0.0 says 0
    return ['printf "%.1f"', 'reReplaceAll "\\\\.0$" ""']


def _length_marks(language: str, decimal: str, *, whole: bool) -> list[str]:
    """Return what makes ``2d 7h 0m 0s`` of `humanizeDuration` ``2d 7h`` or ``2 d 7 u``."""
    return [
        # minutes say nothing beside days
        *([] if whole else ['reReplaceAll "(\\\\d[dh] \\\\d+[hm]) .*" "$1"']),
        'reReplaceAll "( 0[hms])+$" ""',
        *(_DUTCH_LENGTH if language == "nl" else ()),
        *_decimal_mark(decimal),
    ]


def _decimal_mark(mark: str) -> list[str]:
    return [] if mark == "." else [f'reReplaceAll "\\\\." "{mark}"']


def said(value: float, look: Look, currency: str, language: str) -> str:
    """Return a number that is known beforehand, such as a threshold, as its language writes it."""
    match look:
        case Look.SHARE:
            return format_percent(value, "#,##0.##%", locale=language)
        case Look.TIMES:
            return f"{format_decimal(value, '#,##0.####', locale=language)} ×"
        case Look.LENGTH:
            return _length(int(value), _DUTCH_UNITS if language == "nl" else {})
        case Look.MONEY:
            digits = "#,##0.00" if abs(value) < _SMALL and value != int(value) else "#,##0"
            return f"{get_currency_symbol(currency, locale=language)} {format_decimal(value, digits, locale=language)}"
    return format_decimal(value, "#,##0.#", locale=language)


def _length(seconds: int, units: Mapping[str, str]) -> str:
    parts = []
    for size, unit in _LENGTHS:
        if number := seconds // size:
            parts.append(f"{number}{units.get(unit, unit)}")
        seconds %= size
    return " ".join(parts) or f"0{units.get('s', 's')}"
