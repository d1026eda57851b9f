"""Which of several kinds of authorisation a connection uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.http.auth import Auth


def given_kind(kinds: Sequence[Auth], settings: Mapping[str, str]) -> Auth:
    """Return the first kind all of whose settings are given; an empty one is not.

    A name that is no setting at all is left to `Auth.bind`, which says whose mistake that is.

    Raises:
        BadSettings: naming the settings of each kind, if none has all of them.
    """
    for kind in kinds:
        if all(settings.get(name, "?") for name in kind.needs):
            return kind
    if len(kinds) == 1:
        missing = next(name for name in kinds[0].needs if not settings.get(name, "?"))
        raise BadSettings(f"setting {missing}: is needed to authorise kpitaps")
    ways = "; or ".join(" and ".join(kind.needs) for kind in kinds)
    raise BadSettings(f"to authorise kpitaps, give one of these: {ways}")
