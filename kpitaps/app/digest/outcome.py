"""How handing over a digest can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Claim: TypeAlias = "Callable[[], bool]"
"""Is called when all is ready and nothing has left yet; says whether it may leave."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended.

    Attributes:
        state: ``sent``, ``failed`` (nothing has arrived) or ``unknown`` (it may have arrived).
        message: What went wrong, in a sentence without a full stop; with ``sent`` who of several was refused.
    """

    state: str
    message: str = ""
