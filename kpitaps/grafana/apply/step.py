"""One thing to do in Grafana, known before anything is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.grafana.apply.compare import Difference


class Action(StrEnum):
    """What becomes of a thing."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    LEAVE = "leave"
    """It is somebody else's now: left alone."""
    BLOCKED = "blocked"
    """It should change, and Grafana would not let us."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing in Grafana.

    Attributes:
        action: What happens to it.
        what: Of which kind it is: ``dashboard``, ``alert rule``.
        name: What people know it by.
        differences: The fields that change.
        why: Why it is left alone or blocked, and what to do about it.
        write: The requests that do it.
    """

    action: Action
    what: str
    name: str
    differences: tuple[Difference, ...] = ()
    why: str = ""
    write: Callable[[], object] = field(default=lambda: None, repr=False, compare=False)

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.action in {Action.CREATE, Action.CHANGE, Action.REMOVE}


FILES = (
    "Grafana has it from its own provisioning files, and takes no change through its API: "
    "remove kpitaps' files from its provisioning folder and restart it, or go on with kpitaps grafana files"
)
"""Why what Grafana read from files is blocked."""


def found_in(place: str, kind: str) -> str:
    """Return why something of ours that is elsewhere now is left alone."""
    return f"somebody moved it to {place}: move the {kind} back, or delete it, to have it kept up to date again"
