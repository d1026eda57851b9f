"""Deals with their pipelines, phases and sources, and meetings, as Teamleader shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story import LEAD_SOURCES, PIPELINES
from kpitaps_teamleader.sandbox_shapes import Row, day, local, money, rate, ref, stamp
from kpitaps_teamleader.sandbox_things import LOST, WON

if TYPE_CHECKING:
    from kpitaps_teamleader.sandbox_books import Books
    from kpitaps_teamleader.sandbox_things import Deal, Meeting


def deal_row(books: Books, key: str, deal: Deal) -> Row:
    """Return a deal as the list shows it; what it has no value for is left out, since the contract knows no null."""
    opened = deal.began
    row: Row = {
        "id": key,
        "title": opened.title,
        "summary": None,
        "reference": f"{opened.at.year}/{opened.deal}",
        "status": deal.status,
        "lead": {"customer": ref("company", opened.client)},
        "department": ref("department", 0),
        "estimated_probability": deal.probability / 100,
        "purchase_order_number": None,
        "current_phase": _phase(deal, deal.phases[-1][0]),
        "responsible_user": ref("user", deal.rep),
        "source": ref("dealSource", opened.source),
        "lost_reason": None if deal.reason is None else {"reason": None, "remark": deal.reason},
        "created_at": stamp(opened.at),
        "updated_at": stamp(deal.updated_at),
        "web_url": f"https://focus.teamleader.eu/sale_detail.php?id={key}",
        "custom_fields": [],
        "pipeline": ref("dealPipeline", opened.pipeline),
    }
    if deal.value is not None:
        cents, currency = deal.value.cents, deal.value.currency
        row["estimated_value"] = money(cents, currency)
        row["weighted_value"] = money(round(cents * deal.probability / 100), currency)
        row["currency_exchange_rate"] = rate(deal.value, books.currency)
    if opened.expected_on:
        row["estimated_closing_date"] = day(opened.expected_on)
    if deal.closed_at:
        row["closed_at"] = stamp(deal.closed_at)
    return row


def deal_info(books: Books, key: str, deal: Deal) -> Row:
    """Return a deal with the phases it went through, dated in the account's zone without saying so."""
    history = [
        {"phase": _phase(deal, phase), "started_at": local(at, books.zone), "started_by": ref("user", deal.rep)}
        for phase, at in deal.phases
    ]
    return deal_row(books, key, deal) | {"phase_history": history, "quotations": []}


def pipeline_rows() -> list[Row]:
    """Return the pipelines."""
    return [{"id": ref("dealPipeline", key)["id"], "name": name} for key, (name, _) in PIPELINES.items()]


def phase_rows(pipeline: str | None) -> list[Row]:
    """Return the phases of a pipeline, by default of the first one: nothing in a row tells which it belongs to."""
    known = {ref("dealPipeline", key)["id"]: key for key in PIPELINES}
    key = known.get(pipeline or next(iter(known)))
    if key is None:
        return []
    phases = [(stage.key, stage.name, stage.probability) for stage in PIPELINES[key][1]]
    return [
        {"id": _phase_of(key, phase), "name": name, "probability": percent / 100}
        for phase, name, percent in (*phases, (WON, "Gewonnen", 100), (LOST, "Verloren", 0))
    ]


def source_rows() -> list[Row]:
    """Return the sources of deals."""
    return [{"id": ref("dealSource", name)["id"], "name": name} for name in sorted(LEAD_SOURCES)]


def meeting_row(key: str, meeting: Meeting) -> Row:
    """Return a meeting; who goes is among the attendees."""
    planned = meeting.began
    return {
        "id": key,
        "title": "Kennismaking",
        "description": "",
        "created_at": stamp(planned.at),
        "scheduled_at": stamp(meeting.starts_at),
        "duration": {"unit": "min", "value": planned.minutes},
        "customer": None if planned.client is None else ref("company", planned.client),
        "project": None,
        "milestone": None,
        "group": None,
        "attendees": [ref("contact", planned.lead), ref("user", planned.rep)],
        "status": "done" if meeting.is_done else "open",
        "recurrence": None,
    }


def _phase(deal: Deal, phase: str) -> Row:
    return {"type": "dealPhase", "id": _phase_of(deal.began.pipeline, phase)}


def _phase_of(pipeline: str, phase: str) -> str:
    return str(ref("dealPhase", f"{pipeline}/{phase}")["id"])
