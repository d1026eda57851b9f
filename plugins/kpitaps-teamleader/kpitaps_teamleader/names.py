"""What the ids in rows stand for: asked once per run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps_teamleader.paging import read_all, read_one, read_unpaged
from kpitaps_teamleader.payloads import Named, Phase, Project, ProjectsVersion, TicketStatus, User

if TYPE_CHECKING:
    from kpitaps import Context
    from kpitaps_teamleader.payloads import Ref

Names = dict[str, str]


def name_of(ref: Ref | None, names: Names) -> str | None:
    """Return the name of what a reference points to; None where it points to nothing that is known."""
    return names.get(ref.id) if ref else None


def users(ctx: Context) -> Names:
    """Return the full names of all colleagues, those who left included."""
    body = {"filter": {"status": ["active", "deactivated"]}}
    rows = ctx.once("users", lambda: read_all(ctx, "users.list", User, body))
    return {row.id: f"{row.first_name} {row.last_name}".strip() for row in rows}


def pipelines(ctx: Context) -> Names:
    """Return the names of all pipelines, those that are being deleted included."""
    body = {"filter": {"status": ["open", "pending_deletion"]}}
    rows = ctx.once("pipelines", lambda: read_all(ctx, "dealPipelines.list", Named, body))
    return {row.id: row.name for row in rows}


def phases(ctx: Context) -> dict[str, Phase]:
    """Return all phases of all pipelines: without a filter Teamleader shows those of the default pipeline only."""

    def read() -> dict[str, Phase]:
        bodies: list[dict[str, Any]] = [{"filter": {"deal_pipeline_id": each}} for each in pipelines(ctx)]
        return {row.id: row for body in bodies for row in read_all(ctx, "dealPhases.list", Phase, body)}

    return ctx.once("phases", read)


def sources(ctx: Context) -> Names:
    """Return the names of all sources of deals."""
    rows = ctx.once("sources", lambda: read_all(ctx, "dealSources.list", Named))
    return {row.id: row.name for row in rows}


def closed_statuses(ctx: Context) -> set[str]:
    """Return the ids of the states in which a ticket is closed."""
    rows = ctx.once("ticket statuses", lambda: read_unpaged(ctx, "ticketStatus.list", TicketStatus))
    return {row.id for row in rows if row.status == "closed"}


def projects(ctx: Context) -> list[Project]:
    """Return all projects. Accounts that were not moved to the new kind have projects without a budget of time."""

    def read() -> list[Project]:
        version = read_one(ctx, "accounts.projects-v2-status", ProjectsVersion)
        if version.status == "legacy":
            body = {"sort": [{"field": "created_at", "order": "asc"}]}
            return read_all(ctx, "projects.list", Project, body)
        body = {"sort": [{"field": "project_key", "order": "asc"}]}
        return read_all(ctx, "projects-v2/projects.list", Project, body)

    return ctx.once("projects", read)
