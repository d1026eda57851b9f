"""What labels and their values are called on boards: metrics have one name for each, in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.kpis.series import NONE, OTHER

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards.wording import Wording

LABELS: dict[str, tuple[str, str]] = {
    "campaign": ("campagne", "campaign"),
    "category": ("categorie", "category"),
    "contact_channel": ("contactkanaal", "contact channel"),
    "country": ("land", "country"),
    "deal_stage": ("fase", "stage"),
    "event": ("gebeurtenis", "event"),
    "lead_source": ("herkomst", "source"),
    "network": ("netwerk", "network"),
    "pipeline": ("pijplijn", "pipeline"),
    "product": ("product", "product"),
    "project": ("project", "project"),
    "rep": ("medewerker", "team member"),
    "sales_channel": ("verkoopkanaal", "sales channel"),
    "traffic_channel": ("kanaal", "channel"),
}
"""The labels of the shared vocabulary, in Dutch and English. A ``rep`` sells, but writes down hours as well."""

OUTCOMES: dict[str, tuple[str, str]] = {
    "ok": ("gelukt", "succeeded"),
    "needs_auth": ("toestemming nodig", "consent needed"),
    "retry_later": ("later opnieuw", "tried again later"),
    "bad_settings": ("instellingen kloppen niet", "wrong settings"),
    "tap_bug": ("fout in de tap", "fault of the tap"),
    "answered": ("beantwoord", "answered"),
    "refused": ("geweigerd", "refused"),
    "busy": ("te druk", "too busy"),
    "late": ("te laat", "too late"),
    "gone": ("vrager al weg", "asker gone"),
    "failed": ("mislukt", "failed"),
}
"""How a run, or a question of Prometheus, may end, in Dutch and English."""


def label_name(label: str, language: str) -> str:
    """Return what a label is called; one that is not of the vocabulary is called what its key says."""
    nl, en = LABELS.get(label, (label, label))
    return nl if language == "nl" else en


def value_names(say: Wording) -> dict[str, str]:
    """Return what the label values are called that we made up ourselves."""
    return {NONE: say("not_filled_in"), OTHER: say("other")}


def outcome_names(language: str) -> dict[str, str]:
    """Return what outcomes are called."""
    return {outcome: nl if language == "nl" else en for outcome, (nl, en) in OUTCOMES.items()}
