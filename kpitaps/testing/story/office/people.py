"""Names and addresses, none given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

from kpitaps.testing.story.office.tables import COMPANY_KINDS, COMPANY_NAMES, FIRST_NAMES, LAST_NAMES

if TYPE_CHECKING:
    from kpitaps.testing.story.office.desk import Desk


def person(desk: Desk) -> str:
    """Return somebody's name; others may have the same."""
    return f"{desk.dice.choice(FIRST_NAMES)} {desk.dice.choice(LAST_NAMES)}"


def company(desk: Desk) -> str:
    """Return a company's name that no other has."""
    return desk.ledgers.unique(f"{desk.dice.choice(COMPANY_KINDS)} {desk.dice.choice(COMPANY_NAMES)}")


def address(name: str, number: int) -> str:
    """Return an e-mail address that nobody else has."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace(" ", ".")
    return f"{plain}.{number}@post.example"
