"""What a declaration must fulfil, checked when the tap's module is imported: each refusal is one sentence."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kpitaps.errors import TapBug
from kpitaps.measures import Measure, Names
from kpitaps.tap.stream import ACCOUNT, StreamKind
from kpitaps.units import Good, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.tap.check import Check
    from kpitaps.tap.stream import Stream

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Names of taps and streams: they become labels, arguments of commands and codes of repairs."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,99}")
_TAKEN = frozenset({"amount", "company", "currency", "day", "instance", "job", "kpi", "of", "who", "window"})
"""What Prometheus and kpitaps add to every series, and what `Measure.on` takes besides labels."""


def checked_name(what: str, name: str) -> str:
    """Return ``name`` if it can be a tap's or a stream's.

    Raises:
        TapBug: if not.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise TapBug(f"{what} {name!r}: use up to 40 lower case letters, digits and underscores")
    return name


def checked_list(what: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Return ``values`` as a tuple.

    Raises:
        TapBug: if it is a single value: a text would be taken letter by letter.
    """
    if not isinstance(values, list | tuple):
        raise TapBug(f"{what} is a list, not {values!r}")
    return tuple(values)


def checked_stream(tap: str, terms: Stream) -> Stream:
    """Return ``terms`` if a stream can run by them.

    Raises:
        TapBug: if not.
    """
    what = f"tap {tap}: stream {terms.name}"
    checked_name(f"tap {tap}: stream name", terms.name)
    if terms.name == ACCOUNT:
        raise TapBug(f"{what}: this name stands for the account itself, choose another")
    if not terms.feeds:
        raise TapBug(f"{what} feeds no measure")
    for measure in terms.feeds:
        if not isinstance(measure, Measure):
            raise TapBug(f"{what} feeds {measure!r}, which is no measure: declare it with tap.measure()")
        if terms.kind is StreamKind.SNAPSHOT and measure.kind is not Kind.LEVEL:
            raise TapBug(f"{what} feeds {measure.key}, a {measure.kind}: a snapshot only knows levels")
        if terms.kind is StreamKind.WINDOWS and measure.kind is not Kind.DISTINCT:
            raise TapBug(f"{what} feeds {measure.key}, a {measure.kind}: windows are for distinct counts")
    if terms.every <= timedelta():
        raise TapBug(f"{what} would be read without a pause: give every= a time")
    if terms.slice_limit < 1:
        raise TapBug(f"{what}: a slice holds at least one record, not {terms.slice_limit}")
    return terms


def checked_check(tap: str, terms: Check) -> Check:
    """Return ``terms`` if a check can run by them.

    Raises:
        TapBug: if not.
    """
    what = f"tap {tap}: check {terms.name}"
    checked_name(f"tap {tap}: check name", terms.name)
    if terms.name == ACCOUNT:
        raise TapBug(f"{what}: this name stands for the account itself, choose another")
    if not terms.of:
        raise TapBug(f"{what} looks at no measure: name some in of=")
    for measure in terms.of:
        if not isinstance(measure, Measure):
            raise TapBug(f"{what} looks at {measure!r}, which is no measure: declare it with tap.measure()")
    if terms.every <= timedelta():
        raise TapBug(f"{what} would be run without a pause: give every= a time")
    return terms


def own_measure(
    tap: str,
    key: str,
    *,
    unit: Unit | str,
    kind: Kind | str,
    labels: Sequence[str],
    good: Good | str,
    dated_by: str,
    en: tuple[str, str] | None,
    nl: tuple[str, str] | None,
) -> Measure:
    """Return a measure of the tap's own.

    Raises:
        TapBug: if its key does not start with the tap's name, or it is not fully described.
    """
    what = f"tap {tap}: measure {key}"
    if not key.startswith(f"{tap}_"):
        raise TapBug(f"tap {tap}: its own measure {key!r} must be called {tap}_{key}")
    if not _KEY.fullmatch(key):
        raise TapBug(f"{what}: use up to 100 lower case letters, digits and underscores")
    if not (_is_pair(en) and _is_pair(nl) and dated_by):
        raise TapBug(f"{what} needs dated_by, en=(name, definition) and nl=(…)")
    names = checked_list(f"{what}: labels", labels)
    for name in names:
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in _TAKEN:
            raise TapBug(f"{what}: {name!r} cannot be a label: use lower case, and none of {', '.join(sorted(_TAKEN))}")
    try:
        terms = (Unit(unit), Kind(kind), Good(good))
    except ValueError as error:
        raise TapBug(f"{what}: {error}") from None
    return Measure(key, *terms[:2], names, terms[2], dated_by, Names(*en or ()), Names(*nl or ()))


def _is_pair(texts: tuple[str, str] | None) -> bool:
    return isinstance(texts, tuple) and len(texts) == 2 and all(texts)
