"""Whose account it is, in which zone and currency, and whether its filters can be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import Account, BadSettings
from kpitaps_teamleader.changes import ignored_filters
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.paging import read_one, read_unpaged
from kpitaps_teamleader.payloads import Department, FieldDefinition, Me

if TYPE_CHECKING:
    from kpitaps import Context


@tap.account
def account(ctx: Context) -> Account:
    """Ask who consented and which legal entities there are. All entities of an account are added up.

    The zone is that of the person who consented: Teamleader knows no other. Times without a zone are in it.

    Raises:
        BadSettings: if the custom field of the settings does not exist, or is not one of tickets.
    """
    me = read_one(ctx, "users.me", Me)
    body = {"filter": {"status": ["active"]}, "sort": [{"field": "default_department", "order": "asc"}]}
    departments = read_unpaged(ctx, "departments.list", Department, body)
    if not departments:
        raise BadSettings("the Teamleader account has no active department: make one under Settings, Departments")
    _check_field(ctx)
    return Account(
        id=me.account.id,
        name=", ".join(department.name for department in departments),
        time_zone=me.time_zone,
        currency=departments[0].currency,
        advice=ignored_filters(ctx),
    )


def _check_field(ctx: Context) -> None:
    field = ctx.settings.ticket_category_field
    if field and read_one(ctx, "customFieldDefinitions.info", FieldDefinition, field).context != "ticket":
        raise BadSettings(f"setting ticket_category_field: {field} is no custom field of tickets")
