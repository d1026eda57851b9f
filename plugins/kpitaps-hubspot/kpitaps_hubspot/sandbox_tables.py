"""What the portal's administrators settled: pipelines with their stages, ticket statuses, owners."""

from __future__ import annotations

from typing import Any, NamedTuple

from kpitaps.testing.story.office_world import PIPELINES, REPS

SOURCES = {
    "organic_search": "ORGANIC_SEARCH",
    "paid_search": "PAID_SEARCH",
    "social": "SOCIAL_MEDIA",
    "email": "EMAIL_MARKETING",
    "referral": "REFERRALS",
    "trade_fair": "OFFLINE",
    "direct": "DIRECT_TRAFFIC",
}
"""A lead source of the story → HubSpot's value of hs_analytics_source."""

NEW, WAITING_ON_CONTACT, WAITING_ON_US, CLOSED = "1", "2", "3", "4"
"""Stages of HubSpot's default ticket pipeline."""

_SETTLED = "2022-11-14T09:00:00.000Z"


class StageRow(NamedTuple):
    """A stage; ids are internal, as in HubSpot: nobody reads anything from them."""

    id: str
    label: str
    metadata: dict[str, str]


class PipelineRow(NamedTuple):
    """A pipeline with its stages."""

    id: str
    label: str
    stages: tuple[StageRow, ...]


def _deal_pipelines() -> dict[str, PipelineRow]:
    rows = {}
    for number, (key, (label, stages)) in enumerate(PIPELINES.items()):
        base = 7_140_000 + 1_000 * number
        opened = [
            StageRow(str(base + index), stage.name, {"isClosed": "false", "probability": str(stage.probability / 100)})
            for index, stage in enumerate(stages)
        ]
        won = StageRow(
            f"{base + 98}" if number else "closedwon", "Gewonnen", {"isClosed": "true", "probability": "1.0"}
        )
        lost = StageRow(
            f"{base + 99}" if number else "closedlost", "Verloren", {"isClosed": "true", "probability": "0.0"}
        )
        rows[key] = PipelineRow(str(base - 1) if number else "default", label, (*opened, won, lost))
    return rows


DEAL_PIPELINES = _deal_pipelines()
"""Key of the story's pipelines → the pipeline as HubSpot has it; won and lost are its last two stages."""

TICKET_PIPELINE = PipelineRow(
    "0",
    "Support",
    (
        StageRow(NEW, "Nieuw", {"isClosed": "false", "ticketState": "OPEN"}),
        StageRow(WAITING_ON_CONTACT, "Wacht op klant", {"isClosed": "false", "ticketState": "OPEN"}),
        StageRow(WAITING_ON_US, "Wacht op ons", {"isClosed": "false", "ticketState": "OPEN"}),
        StageRow(CLOSED, "Gesloten", {"isClosed": "true", "ticketState": "CLOSED"}),
    ),
)


def stage_id(pipeline: str, stage: str) -> str:
    """Return HubSpot's id of a stage of the story, ``won`` and ``lost`` included."""
    row = DEAL_PIPELINES[pipeline]
    keys = [each.key for each in PIPELINES[pipeline][1]]
    return row.stages[{"won": -2, "lost": -1}[stage] if stage in ("won", "lost") else keys.index(stage)].id


def probability_of(stage: str) -> float:
    """Return the chance of winning that a stage id stands for."""
    rows = (each for pipeline in DEAL_PIPELINES.values() for each in pipeline.stages)
    return next(float(row.metadata["probability"]) for row in rows if row.id == stage)


def pipelines_body(kind: str) -> list[dict[str, Any]]:
    """Return the pipelines of deals or tickets as HubSpot answers them."""
    rows = list(DEAL_PIPELINES.values()) if kind == "deals" else [TICKET_PIPELINE]
    return [
        {
            "id": row.id,
            "label": row.label,
            "displayOrder": order,
            "archived": False,
            "createdAt": _SETTLED,
            "updatedAt": _SETTLED,
            "stages": [_stage_body(stage, place) for place, stage in enumerate(row.stages)],
        }
        for order, row in enumerate(rows)
    ]


def _stage_body(row: StageRow, order: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": row.label,
        "displayOrder": order,
        "metadata": row.metadata,
        "archived": False,
        "createdAt": _SETTLED,
        "updatedAt": _SETTLED,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def owners_body(*, archived: bool) -> list[dict[str, Any]]:
    """Return the owners: people who left are only among the archived ones, without a user id."""
    return [
        {
            "id": str(rep.id),
            "type": "PERSON",
            "email": rep.email,
            "firstName": rep.name.partition(" ")[0],
            "lastName": rep.name.partition(" ")[2],
            "userId": None if archived else 5_000_000 + rep.id,
            "userIdIncludingInactive": 5_000_000 + rep.id,
            "createdAt": _SETTLED,
            "updatedAt": _SETTLED,
            "archived": archived,
        }
        for rep in REPS
        if rep.is_active is not archived
    ]
