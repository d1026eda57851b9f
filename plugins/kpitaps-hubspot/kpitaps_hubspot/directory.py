"""Names for numbers: who owns records, and what the stages of the pipelines are. Read once a run."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps_hubspot.paths import paths
from kpitaps_hubspot.payloads import Owners, Pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context
    from kpitaps_hubspot.payloads import PipelineRow, StageRow

OWNERS = 500
"""Owners that one page may hold."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline.

    Attributes:
        name: What people call it.
        pipeline: What people call its pipeline.
        probability: The chance, 0 to 1, that a deal in it is won.
        is_closed: Whether deals or tickets in it are closed.
    """

    name: str
    pipeline: str
    probability: Decimal
    is_closed: bool

    @property
    def is_won(self) -> bool:
        """Whether deals in it are won."""
        return self.is_closed and self.probability == 1


@dataclass(frozen=True, slots=True)
class Board:
    """The pipelines of an object type."""

    pipelines: dict[str, str]
    stages: dict[str, Stage]

    def pipeline(self, number: str | None) -> str | None:
        """Return what people call a pipeline, its id where it was deleted."""
        return None if number is None else self.pipelines.get(number, number)


def owner_names(ctx: Context) -> dict[str, str]:
    """Return the full name of each owner by id, those who left included."""
    return ctx.once("owners", lambda: {**dict(_owners(ctx, archived=True)), **dict(_owners(ctx, archived=False))})


def board(ctx: Context, kind: str) -> Board:
    """Return the pipelines of deals or tickets."""
    return ctx.once(f"pipelines of {kind}", lambda: _board(ctx, kind))


def _owners(ctx: Context, *, archived: bool) -> Iterator[tuple[str, str]]:
    after: str | None = None
    while True:
        asked = {"limit": str(OWNERS), "archived": "true" if archived else "false"}
        params = asked if after is None else {**asked, "after": after}
        page = Owners.model_validate_json(ctx.http.get(paths(ctx).owners, params=params).content)
        for owner in page.results:
            name = f"{owner.first_name or ''} {owner.last_name or ''}".strip()
            yield owner.id, name or f"owner {owner.id}"
        if page.paging is None or page.paging.next is None:
            return
        after = page.paging.next.after


def _board(ctx: Context, kind: str) -> Board:
    reply = ctx.http.get(paths(ctx).pipelines(kind))
    rows = Pipelines.model_validate_json(reply.content).results
    stages = {stage.id: _stage(row, stage) for row in rows for stage in row.stages}
    return Board({row.id: row.label for row in rows}, stages)


def _stage(pipeline: PipelineRow, row: StageRow) -> Stage:
    told = row.metadata
    is_closed = told.get("isClosed") == "true" or told.get("ticketState") == "CLOSED"
    return Stage(row.label, pipeline.label, Decimal(told.get("probability") or 0), is_closed)
