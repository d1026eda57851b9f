"""Users, tickets, hours and projects as Teamleader shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story import REPS
from kpitaps_teamleader.sandbox_shapes import Row, ref, stamp
from kpitaps_teamleader.sandbox_things import uid

if TYPE_CHECKING:
    from kpitaps.testing.story import Rep
    from kpitaps_teamleader.sandbox_books import Books
    from kpitaps_teamleader.sandbox_things import Hours, Project, Ticket

CATEGORY_FIELD = uid("customFieldDefinition", "category")
"""The custom field in which this account keeps a ticket's category."""


def user_row(rep: Rep) -> Row:
    """Return a colleague; those who left stay in the list, deactivated."""
    first, _, last = rep.name.partition(" ")
    return {
        "id": uid("user", rep.id),
        "account": ref("account", 0),
        "first_name": first,
        "last_name": last,
        "email": rep.email,
        "telephones": [],
        "language": "nl",
        "function": "",
        "status": "active" if rep.is_active else "deactivated",
        "teams": [],
    }


def me_row(time_zone: str) -> Row:
    """Return the colleague who consented, with the time zone of the account."""
    row = user_row(REPS[0])
    for absent in ("status", "teams"):
        row.pop(absent)
    return row | {
        "email_verification_status": "confirmed",
        "time_zone": time_zone,
        "preferences": {"invoiceable": True, "historic_time_tracking_limit": None, "whitelabeling": False},
    }


def department_row(number: int, department: tuple[str, str]) -> Row:
    """Return a legal entity."""
    name, currency = department
    return {"id": uid("department", number), "name": name, "currency": currency, "emails": [], "status": "active"}


def status_rows() -> list[Row]:
    """Return what a ticket's state can be."""
    return [{"id": uid("ticketStatus", status), "status": status} for status in ("new", "open", "closed")]


def field_row() -> Row:
    """Return the definition of the custom field that holds a ticket's category."""
    return {
        "id": CATEGORY_FIELD,
        "context": "ticket",
        "type": "single_line",
        "label": "Categorie",
        "group": "",
        "required": False,
        "configuration": {},
    }


def ticket_row(key: str, ticket: Ticket) -> Row:
    """Return a ticket as the list shows it: neither its category nor when it was answered."""
    opened = ticket.began
    seen = [at for kind, at, _ in ticket.messages if kind == "customer"]
    state = "closed" if ticket.closed_at else "open" if len(ticket.messages) > 1 else "new"
    row: Row = {
        "id": key,
        "reference": opened.ticket,
        "subject": opened.subject,
        "status": ref("ticketStatus", state),
        "assignee": None,
        "created_at": stamp(opened.at),
        "closed_at": stamp(ticket.closed_at) if ticket.closed_at else None,
        "participant": None,
        "project": None,
        "milestone": None,
        "last_message_at": stamp(seen[-1]),
    }
    if opened.client is not None:
        row["customer"] = ref("company", opened.client)
    return row


def ticket_info(key: str, ticket: Ticket) -> Row:
    """Return a ticket with its category."""
    category = {"definition": {"type": "customFieldDefinition", "id": CATEGORY_FIELD}, "value": ticket.category}
    return ticket_row(key, ticket) | {"description": "", "custom_fields": [category]}


def message_rows(ticket: Ticket) -> list[Row]:
    """Return a ticket's messages, the newest first."""
    rows = [
        {
            "message_id": uid("message", f"{ticket.began.ticket}/{number}"),
            "body": "<p>…</p>",
            "type": kind,
            "created_at": stamp(at),
            "sent_by": ref("contact", ticket.began.ticket) if rep is None else ref("user", rep),
            "attachments": [],
        }
        for number, (kind, at, rep) in enumerate(ticket.messages)
    ]
    return rows[::-1]


def hours_row(key: str, hours: Hours, *, relates: bool) -> Row:
    """Return hours; of some only the day is known, and the project only shows where it was asked for."""
    logged = hours.began
    ended = logged.started_at and logged.started_at + timedelta(seconds=hours.seconds)
    row: Row = {
        "id": key,
        "user": ref("user", logged.rep),
        "work_type": ref("workType", 0),
        "started_on": logged.on.isoformat(),
        "started_at": stamp(logged.started_at) if logged.started_at else None,
        "ended_at": stamp(ended) if ended else None,
        "duration": hours.seconds,
        "description": "",
        "invoiceable": hours.billable,
        "billing_info": None,
    }
    if relates:
        project = logged.project
        row["relates_to"] = [] if project is None else [ref("project", project, type_="nextgenProject")]
    return row


def project_row(books: Books, key: str, project: Project) -> Row:
    """Return a project; its budget is rounded to the minute."""
    started = project.began
    number = 1 + list(books.all("project")).index(key)
    return {
        "id": key,
        "project_key": number,
        "title": started.title,
        "description": None,
        "status": "open",
        "billing_method": "time_and_materials",
        "time_budget": {"value": round(project.budget / 60) * 60, "unit": "seconds"},
        "start_date": started.at.astimezone(books.zone).date().isoformat(),
        "end_date": None,
        "company_entity": ref("department", 0),
        "owners": [],
        "assignees": [],
        "customers": [ref("company", started.client)],
        "deals": [],
        "quotations": [],
    }
