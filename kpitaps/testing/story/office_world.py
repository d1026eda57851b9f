"""What is settled about the company's office: its people, pipelines, sources and categories. Tables, no logic."""

from __future__ import annotations

from typing import NamedTuple


class Rep(NamedTuple):
    """Somebody of the staff; who left still owns what they did."""

    id: int
    name: str
    email: str
    is_active: bool


class Stage(NamedTuple):
    """A stage of a pipeline, with the chance in percent that a deal in it will be won."""

    key: str
    name: str
    probability: int


REPS = (
    Rep(101, "Sanne de Wit", "sanne@branderijdekade.example", is_active=True),
    Rep(102, "Bram Jansen", "bram@branderijdekade.example", is_active=True),
    Rep(103, "Fatima El Amrani", "fatima@branderijdekade.example", is_active=True),
    Rep(104, "Joris Claes", "joris@branderijdekade.example", is_active=False),
)

PIPELINES: dict[str, tuple[str, tuple[Stage, ...]]] = {
    "wholesale": (
        "Groothandel",
        (
            Stage("new", "Nieuw", 10),
            Stage("tasting", "Proeverij", 30),
            Stage("quote", "Offerte", 60),
            Stage("contract", "Contract", 80),
        ),
    ),
    "machines": (
        "Machines en onderhoud",
        (Stage("survey", "Opname", 20), Stage("offer", "Voorstel", 50), Stage("decision", "Beslissing", 75)),
    ),
}
"""Key → name and open stages; won and lost are stages of their own at every vendor."""

LEAD_SOURCES = ("organic_search", "paid_search", "social", "email", "referral", "trade_fair", "direct")
TICKET_CATEGORIES = ("delivery", "quality", "billing", "machine", "complaint")
TICKET_CHANNELS = ("email", "phone", "chat", "form")
