"""Reading the files in which the European Central Bank publishes its reference rates.

There are three, all at https://www.ecb.europa.eu/stats/eurofxref/: ``eurofxref-daily.xml`` (the newest day),
``eurofxref-hist-90d.xml`` (the last ninety days) and ``eurofxref-hist.zip`` (one CSV file, all days since 1999). A rate
is how much of a currency one euro is worth. They are read strictly: a rate that was misread would spoil every figure.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kpitaps.errors import BadUse
from kpitaps.kpis.rates import EURO
from kpitaps.store.rates import RateDay
from kpitaps.units import MICRO, is_currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

_ENVELOPE = "{http://www.gesmes.org/xml/2002-08-01}Envelope"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_RATE = re.compile(r"[0-9]{1,9}(?:\.([0-9]{1,6}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_RATE = ("N/A", "")

LARGEST = 32 * 1024 * 1024
"""Bytes of a file, unpacked: the whole history has about two million."""


def parse_rates(name: str, content: bytes) -> tuple[RateDay, ...]:
    """Return the days in one of the ECB's files, the first one first.

    Args:
        name: Names the file in errors.
        content: The file: XML, CSV, or a zip with one CSV file in it.

    Raises:
        BadUse: naming the place of what is not as the ECB writes it.
    """
    if len(content) > LARGEST:
        raise BadUse(f"{name} is larger than any file of reference rates")
    if content.startswith(b"PK"):
        content = _unzipped(name, content)
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    rows = _xml_rows(name, content) if is_xml else _csv_rows(name, content)
    return _days(name, rows)


def _unzipped(name: str, content: bytes) -> bytes:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) != 1 or not members[0].filename.endswith(".csv"):
                raise BadUse(f"{name} holds {', '.join(each.filename for each in members)}: it must hold one CSV file")
            with archive.open(members[0]) as member:
                unpacked = member.read(LARGEST + 1)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadUse(f"{name} is no whole zip file: {error}") from None
    if len(unpacked) > LARGEST:
        raise BadUse(f"{name} is larger than any file of reference rates")
    return unpacked


def _xml_rows(name: str, content: bytes) -> Iterator[tuple[str, str, Iterable[tuple[str, str]]]]:
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadUse(f"{name} is no XML that can be read: {error}") from None
    outer = root.findall(_CUBE) if root.tag == _ENVELOPE else []
    if len(outer) != 1:
        raise BadUse(f"{name} is no file of reference rates: there must be one Envelope with one Cube in it")
    for cube in outer[0]:
        day = _attribute(name, cube, "time")
        place = f"{name}, {day}"
        yield place, day, [(_attribute(place, each, "currency"), _attribute(place, each, "rate")) for each in cube]


def _attribute(place: str, element: Element, attribute: str) -> str:
    value = element.get(attribute) if element.tag == _CUBE else None
    if value is None:
        raise BadUse(f"{place}: there is a <{element.tag.rpartition('}')[2]}> where a Cube with a {attribute} must be")
    return value


def _csv_rows(name: str, content: bytes) -> Iterator[tuple[str, str, Iterable[tuple[str, str]]]]:
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = next(rows, [])
        if header[:1] != ["Date"] or len(header) < 2:
            raise BadUse(f"{name}, line 1: a file of reference rates begins with Date and currencies")
        for row in rows:
            place = f"{name}, line {rows.line_num}"
            if len(row) != len(header):
                raise BadUse(f"{place}: there are {len(row)} columns, the first line has {len(header)}")
            if not header[-1] and row[-1]:  # each line of the ECB's ends in a comma
                raise BadUse(f"{place}: {row[-1]!r} belongs to no currency")
            cells = zip(header[1:], row[1:], strict=True)
            yield place, row[0], [(code, text) for code, text in cells if code or text]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadUse(f"{name} is no CSV file that can be read: {error}") from None


def _days(name: str, rows: Iterable[tuple[str, str, Iterable[tuple[str, str]]]]) -> tuple[RateDay, ...]:
    days: dict[date, dict[str, int]] = {}
    for place, text, cells in rows:
        day = _day(place, text)
        if day in days:
            raise BadUse(f"{place}: {day} is there twice")
        rates: dict[str, int] = {}
        seen: set[str] = set()
        for code, rate in cells:
            if not is_currency(code) or code == EURO or code in seen:
                raise BadUse(f"{place}: {code!r} is no currency beside the euro, or is there twice")
            seen.add(code)
            if rate.strip() not in _NO_RATE:
                rates[code] = _millionths(f"{place}, {code}", rate.strip())
        days[day] = rates
    found = tuple(RateDay(day, days[day]) for day in sorted(days) if days[day])
    if not found:
        raise BadUse(f"{name} holds no rates")
    return found


def _day(place: str, text: str) -> date:
    try:
        # The pattern first: Python reads other ways to write a day as well.
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise BadUse(f"{place}: {text!r} is no day such as 2026-01-31")
    return day


def _millionths(place: str, text: str) -> int:
    found = _RATE.fullmatch(text)
    rate = int(text.replace(".", "")) * MICRO // 10 ** len(found[1] or "") if found else 0
    if not rate:
        raise BadUse(f"{place}: {text!r} is no rate: a number above zero with up to six decimals")
    return rate
