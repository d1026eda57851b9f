"""What HubSpot keeps of a record: properties as text, their history, and when it was archived."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

CLOCKS = {"contacts": "lastmodifieddate"}
"""The property that is a record's update clock, where it is not ``hs_lastmodifieddate``."""


def iso(at: datetime) -> str:
    """Return an instant as HubSpot writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(at: datetime) -> int:
    """Return an instant in milliseconds since the epoch, as searches name it."""
    return round(at.timestamp() * 1000)


@dataclass(slots=True)
class Thing:
    """A record of any object type so far.

    Attributes:
        kind: Its object type's name, such as ``deals``.
        id: Unique in the account.
        created: When it was entered.
        updated: When it last changed.
        properties: Its values; None where one was emptied.
        history: What each property was set to, and when, oldest first.
        clock: When it last changed, in milliseconds since the epoch.
        archived: When it was deleted; it can still be listed as archived.
        companies: Companies it belongs to, the primary one first.
    """

    kind: str
    id: int
    created: datetime
    updated: datetime
    properties: dict[str, str | None] = field(default_factory=dict)
    history: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    clock: int = 0
    archived: datetime | None = None
    companies: list[int] = field(default_factory=list)

    def put(self, at: datetime, **values: str | None) -> None:
        """Set properties; what does not change leaves no trace in the history."""
        self._touch(at)
        for name, value in values.items():
            if self.properties.get(name) != value:
                self.history.setdefault(name, []).append((at, value or ""))
            self.properties[name] = value
        self.properties[CLOCKS.get(self.kind, "hs_lastmodifieddate")] = iso(self.updated)

    def archive(self, at: datetime) -> None:
        """Delete it, as people do; its update clock does not notice (https://github.com/airbytehq/airbyte/issues/19838)."""
        self.archived = at

    def _touch(self, at: datetime) -> None:
        self.updated = max(self.updated, at)
        self.clock = milliseconds(self.updated)


def new_thing(kind: str, number: int, at: datetime, **values: str | None) -> Thing:
    """Return a record that was entered at ``at``."""
    created = "createdate" if kind in ("contacts", "companies", "deals", "tickets") else "hs_createdate"
    thing = Thing(kind, number, at, at)
    thing.put(at, hs_object_id=str(number), **{created: iso(at)}, **values)
    return thing
