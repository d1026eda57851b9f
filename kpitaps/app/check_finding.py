"""What `kpitaps check` finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    PROBLEM = "problem"
    """Numbers are missing, stale or wrong: the exit code says so."""
    ADVICE = "advice"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `kpitaps check` found.

    Attributes:
        severity: How much it matters.
        where: Plugin, company or connection.
        message: What is the matter, in a sentence.
        fix: What to do.
    """

    severity: Severity
    where: str
    message: str
    fix: str
