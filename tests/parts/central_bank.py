"""A central bank that publishes reference rates over HTTP, in the European Central Bank's three formats.

The rates are invented; the formats, the days and the hour are the real ones.
"""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from starlette.requests import Request

HOST = "www.ecb.europa.eu"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
    "\t<gesmes:subject>Reference rates</gesmes:subject>\n"
    "\t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n\t<Cube>\n"
)
TAIL = "\t</Cube>\n</gesmes:Envelope>\n"

Days = dict[date, dict[str, str]]


def working_days(first: date, last: date, *closed: date, **rates: str) -> Days:
    """Return the same rates for every working day from ``first`` to ``last``, less those that are ``closed``."""
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day: dict(rates) for day in every if day.weekday() < 5 and day not in closed}


def as_xml(days: Mapping[date, Mapping[str, str]]) -> bytes:
    """Return the days as the XML files have them, the newest one first."""
    cubes = []
    for day in sorted(days, reverse=True):
        rates = "".join(f'<Cube currency="{code}" rate="{rate}"/>' for code, rate in days[day].items())
        cubes.append(f'\t\t<Cube time="{day}">{rates}</Cube>\n')
    return f"{HEAD}{''.join(cubes)}{TAIL}".encode()


def as_csv(days: Mapping[date, Mapping[str, str]]) -> bytes:
    """Return the days as the history has them, the newest one first, each line with a comma at its end."""
    codes = sorted({code for rates in days.values() for code in rates})
    lines = [f"Date,{','.join(codes)},\n"]
    lines += [
        f"{day},{','.join(days[day].get(code, 'N/A') for code in codes)},\n" for day in sorted(days, reverse=True)
    ]
    return "".join(lines).encode()


def as_zip(content: bytes, name: str = "eurofxref-hist.csv") -> bytes:
    """Return a zip with one file in it."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


class CentralBank:
    """Publishes ``days``.

    ``broken`` is what it answers in place of a file, status and body; while ``hanging`` is not set it does not answer.
    """

    def __init__(self, days: Days) -> None:
        self.days = days
        self.broken: tuple[int, bytes] | None = None
        self.asked: list[str] = []
        self.hanging: Event | None = None
        self.app = Starlette(routes=[Route("/stats/eurofxref/{file}", self._answer)])

    def _answer(self, request: Request) -> Response:
        file = request.path_params["file"]
        self.asked.append(file)
        if self.hanging is not None:
            self.hanging.wait(30)
        if self.broken is not None:
            return Response(self.broken[1], self.broken[0], media_type="text/html")
        newest = max(self.days)
        match file:
            case "eurofxref-daily.xml":
                return Response(as_xml({newest: self.days[newest]}), media_type="text/xml")
            case "eurofxref-hist-90d.xml":
                recent = {day: self.days[day] for day in self.days if day > newest - timedelta(days=90)}
                return Response(as_xml(recent), media_type="text/xml")
            case "eurofxref-hist.zip":
                return Response(as_zip(as_csv(self.days)), media_type="application/zip")
        return Response(status_code=404)
