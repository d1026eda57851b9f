"""Surveys: whether people would recommend the company (NPS), and whether they were satisfied (CSAT)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Record
from kpitaps_hubspot import objects
from kpitaps_hubspot.account import is_denied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Measure, Span
    from kpitaps_hubspot.payloads import Row

KIND = "feedback_submissions"
STREAM = "feedback"
PROPERTIES = ("hs_survey_type", "hs_response_group", "hs_value", "hs_submission_timestamp", "hs_createdate")

NPS = {
    "PROMOTER": VOCABULARY["nps_promoters"],
    "PASSIVE": VOCABULARY["nps_passives"],
    "DETRACTOR": VOCABULARY["nps_detractors"],
}
csat_answers = VOCABULARY["csat_answers"]
csat_positive = VOCABULARY["csat_positive"]
FEEDS = [*NPS.values(), csat_answers, csat_positive]


def read(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the answers that came in, changed or were deleted within the span."""
    if is_denied(ctx, KIND):
        return
    yield from objects.gone(ctx, KIND, span)
    for rows in objects.changed(ctx, KIND, span, PROPERTIES):
        for row in rows:
            yield contributions(row)


def contributions(row: Row) -> Record:
    """Return what an answer adds: HubSpot sorts answers into groups, whatever the scale of the survey was.

    Other surveys (effort, custom ones) add nothing.
    """
    record = Record(row.id, row.updated_at)
    when = row.instant("hs_submission_timestamp") or row.instant("hs_createdate") or row.updated_at
    survey, group = row.text("hs_survey_type"), row.text("hs_response_group")
    if survey == "NPS" and (measure := _nps(row, group)) is not None:
        record.add(measure, when, 1)
    elif survey == "CSAT":
        record.add(csat_answers, when, 1)
        if group == "PROMOTER":
            record.add(csat_positive, when, 1)
    return record


def _nps(row: Row, group: str | None) -> Measure | None:
    """Return what an answer counts as: by its number, 0 to 10, and by HubSpot's group where that is missing."""
    score = row.number("hs_value")
    if score is not None:
        group = "PROMOTER" if score >= 9 else "PASSIVE" if score >= 7 else "DETRACTOR"
    return NPS.get(group or "")
