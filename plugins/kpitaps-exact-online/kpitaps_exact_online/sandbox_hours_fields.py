"""What the lists of hours, costs, projects and employees show.

See the lists of properties at https://start.exactonline.nl/docs/HlpRestAPIResources.aspx
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kpitaps_exact_online.sandbox_fields import traces, version
from kpitaps_exact_online.sandbox_office import COST, TIME, Hours
from kpitaps_exact_online.sandbox_wire import (
    Fields,
    Kind,
    absent,
    flag,
    guid,
    midnight,
    moment,
    number,
    text,
    uid,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps.testing.story import Rep
    from kpitaps_exact_online.sandbox_books import Books

_HOUR = 3_600
_RATE, _FARE = 95.0, 23.5


class Employee(NamedTuple):
    """Somebody of the staff."""

    key: str
    version: int
    rep: Rep
    since: datetime


def _quantity(hours: Hours) -> float:
    return hours.seconds / _HOUR if hours.type == TIME else 1.0


def _price(hours: Hours) -> float:
    if hours.type == COST:
        return _FARE
    return _RATE if hours.is_billable else 0.0


def _of_project(books: Books, hours: Hours, show: Callable[[Any], Any]) -> Any:
    project = books.desk.project(hours.began.project)
    return None if project is None else show(project)


def _started(books: Books, hours: Hours) -> datetime | None:
    at = hours.began.started_at
    return None if at is None or hours.type == COST else books.local(at)


HOURS_FIELDS: Fields = {
    **version(),
    "ID": guid(lambda _, hours: hours.key),
    "Account": guid(lambda books, hours: _of_project(books, hours, lambda project: uid("account", project.client))),
    "AmountFC": number(lambda _, hours: round(_quantity(hours) * _price(hours), 2)),
    "Currency": text(lambda books, _: books.currency),
    "Date": moment(lambda _, hours: midnight(hours.began.on)),
    "DivisionDescription": text(lambda books, _: books.story.name),
    "Employee": guid(lambda _, hours: uid("employee", hours.began.rep)),
    "EntryNumber": whole(lambda _, hours: 1 + hours.began.entry % 1_000_000_007),
    "HourStatus": whole(lambda _, hours: hours.status),
    "Item": guid(lambda _, hours: uid("item", hours.type)),
    "ItemDescription": text(lambda _, hours: "Advies" if hours.type == TIME else "Reiskosten"),
    "ItemDivisable": flag(lambda _, hours: hours.type == TIME),
    "PriceFC": number(lambda _, hours: _price(hours)),
    "Project": guid(lambda books, hours: _of_project(books, hours, lambda project: uid("project", project.project))),
    "ProjectCode": text(lambda books, hours: _of_project(books, hours, lambda project: f"P{project.project}")),
    "ProjectDescription": text(lambda books, hours: _of_project(books, hours, lambda project: project.title)),
    "Quantity": number(lambda _, hours: _quantity(hours)),
    "StartTime": moment(_started),
    "Type": whole(lambda _, hours: hours.type),
    **traces(lambda hours: hours.began.at, lambda hours: hours.modified),
    **absent(Kind.GUID, "Attachment ProjectAccount Subscription WBS"),
    **absent(Kind.TEXT, "AccountName ErrorText Notes WBSDescription"),
    **absent(Kind.DATE, "EndTime"),
}

PROJECT_FIELDS: Fields = {
    "ID": guid(lambda _, project: project.key),
    "Account": guid(lambda _, project: uid("account", project.began.client)),
    "Code": text(lambda _, project: f"P{project.began.project}"),
    "Description": text(lambda _, project: project.began.title),
    "SalesTimeQuantity": number(lambda _, project: project.began.budget / _HOUR),
    "StartDate": moment(lambda books, project: midnight(books.local(project.began.at).date())),
    "Type": whole(lambda _books, _project: 3),
    **traces(lambda project: project.began.at, lambda project: project.began.at),
    **absent(Kind.DATE, "EndDate"),
}
SYNC_PROJECT_FIELDS: Fields = {**version(), **PROJECT_FIELDS}

EMPLOYEE_FIELDS: Fields = {
    "ID": guid(lambda _, employee: employee.key),
    "Code": text(lambda _, employee: str(employee.rep.id)),
    "EmployeeHID": whole(lambda _, employee: employee.rep.id),
    "FirstName": text(lambda _, employee: employee.rep.name.split()[0]),
    "FullName": text(lambda _, employee: employee.rep.name),
    "IsActive": flag(lambda _, employee: employee.rep.is_active),
    "LastName": text(lambda _, employee: employee.rep.name.partition(" ")[2]),
    "User": guid(lambda _, employee: uid("user", employee.rep.id)),
    **traces(lambda employee: employee.since, lambda employee: employee.since),
    **absent(Kind.TEXT, "BusinessEmail Email MiddleName Phone"),
    **absent(Kind.DATE, "EndDate StartDate"),
}
SYNC_EMPLOYEE_FIELDS: Fields = {**version(), **EMPLOYEE_FIELDS}
