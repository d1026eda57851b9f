"""Who is asking, and which divisions there are: two lists whose codes for the same state contradict each other.

https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=HRMDivisions and ?name=SystemSystemDivisions
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kpitaps_exact_online.sandbox_fields import USER, USER_NAME
from kpitaps_exact_online.sandbox_wire import Fields, Kind, absent, flag, guid, moment, number, text, uid, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps_exact_online.sandbox_books import Books

_SINCE = datetime(2015, 1, 5)  # noqa: DTZ001 - wall time, as Exact has it
_ARCHIVED = datetime(2021, 12, 31)  # noqa: DTZ001 - the same

_SITES = {
    "Europe/Amsterdam": ("nl", "NL"),
    "Europe/Berlin": ("de", "DE"),
    "Europe/Brussels": ("be", "BE"),
    "Europe/London": ("co.uk", "GB"),
    "Europe/Madrid": ("es", "ES"),
    "Europe/Paris": ("fr", "FR"),
}

HRM_REGULAR, HRM_ARCHIVED = 0, 1
SYSTEM_ACTIVE, SYSTEM_ARCHIVED = 1, 2


@dataclass(frozen=True, slots=True)
class Division:
    """An administration.

    Attributes:
        code: Its number.
        name: What it is called.
        currency: In which it keeps its books.
        country: ISO 3166 code of where it is.
        books: What it holds; None for an archived one.
        is_archived: Whether it is kept for the tax office only.
        is_allowed: Whether the user who consented may see it.
    """

    code: int
    name: str
    currency: str
    country: str
    books: Books | None = None
    is_archived: bool = False
    is_allowed: bool = True


def site_of(zone: str) -> tuple[str, str]:
    """Return the site of Exact Online for companies of a time zone, and their country."""
    return _SITES.get(zone, ("com", "US"))


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and where: what lists that belong to no division's books are read from.

    Attributes:
        divisions: All that there are.
        current: The division that the user looked at last.
        now: What time it is.
    """

    divisions: Sequence[Division]
    current: Books
    now: datetime


def me(visit: Visit, _least: int) -> list[Visit]:
    """Return the user."""
    return [visit]


def all_divisions(visit: Visit, _least: int) -> list[Division]:
    """Return all divisions, those that the user may not see included."""
    return list(visit.divisions)


def own_divisions(visit: Visit, _least: int) -> list[Division]:
    """Return the divisions that the user may see."""
    return [division for division in visit.divisions if division.is_allowed]


def _local(visit: Visit) -> datetime:
    return visit.now.astimezone(visit.current.zone)


def _seconds_to_utc(visit: Visit) -> float:
    offset = _local(visit).utcoffset()
    return offset.total_seconds() if offset else 0.0


def _moved_on(division: Division) -> datetime | None:
    return division.books.numbering.moved_on if division.books else None


ME_FIELDS: Fields = {
    "UserID": guid(lambda _, __: USER),
    "AccountingDivision": whole(lambda _, visit: visit.current.division),
    "CurrentDivision": whole(lambda _, visit: visit.current.division),
    "DivisionCustomerName": text(lambda _, visit: visit.current.story.name),
    "Email": text(lambda _, __: "noor@branderijdekade.example"),
    "FirstName": text(lambda _, __: USER_NAME.split()[0]),
    "FullName": text(lambda _, __: USER_NAME),
    "Language": text(lambda _, __: "NL "),
    "LanguageCode": text(lambda _, __: "nl-NL"),
    "LastName": text(lambda _, __: USER_NAME.split()[1]),
    # Unlike all other times this one is plain text, as seen in recordings.
    "ServerTime": text(lambda _, visit: _local(visit).replace(tzinfo=None).isoformat(timespec="seconds")),
    "ServerUtcOffset": number(lambda _, visit: _seconds_to_utc(visit)),
    "UserName": text(lambda _, __: "noor"),
    **absent(Kind.GUID, "EmployeeID"),
}

_SHARED: Fields = {
    "Code": whole(lambda _, division: division.code),
    "ArchiveDate": moment(lambda _, division: _ARCHIVED if division.is_archived else None),
    "BlockingStatus": whole(lambda _, __: 0),
    "Country": text(lambda _, division: division.country.ljust(3)),
    "Created": moment(lambda _, __: _SINCE),
    "Currency": text(lambda _, division: division.currency),
    "CustomerName": text(lambda _, division: division.name),
    "Description": text(lambda _, division: division.name),
    "Modified": moment(lambda _, __: _SINCE),
    "StartDate": moment(lambda _, __: _SINCE),
    **absent(Kind.TEXT, "VATNumber Website"),
}


def _hrm_status(division: Any) -> int:
    return HRM_ARCHIVED if division.is_archived else HRM_REGULAR


def _system_status(division: Any) -> int:
    return SYSTEM_ARCHIVED if division.is_archived else SYSTEM_ACTIVE


HRM_FIELDS: Fields = {
    **_SHARED,
    "Customer": guid(lambda _, division: uid("customer", division.code)),
    "HID": whole(lambda visit, division: visit.divisions.index(division) + 1),
    "Main": flag(lambda visit, division: division is visit.divisions[0]),
    "Status": whole(lambda _, division: _hrm_status(division)),
}
SYSTEM_FIELDS: Fields = {
    **_SHARED,
    "Current": flag(lambda visit, division: division.code == visit.current.division),
    "Customer": guid(lambda _, division: uid("customer", division.code)),
    "DivisionHRLinkUnlinkDate": moment(lambda _, __: None),
    "DivisionMoveDate": moment(lambda _, division: _moved_on(division)),
    "Hid": whole(lambda visit, division: visit.divisions.index(division) + 1),
    "IsMainDivision": flag(lambda visit, division: division is visit.divisions[0]),
    "Status": whole(lambda _, division: _system_status(division)),
    **absent(Kind.TEXT, "Legislation ChamberOfCommerceNumber"),
}
