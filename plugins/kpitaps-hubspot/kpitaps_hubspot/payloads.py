"""What HubSpot answers. Every property is a text or nothing, whatever it holds.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Version(_Answer):
    """What a property was set to, and when."""

    value: str | None
    timestamp: AwareDatetime


class Row(_Answer):
    """A record of any object type."""

    id: str
    properties: dict[str, str | None]
    updated_at: AwareDatetime
    archived_at: AwareDatetime | None = None
    properties_with_history: dict[str, list[Version]] | None = None

    def text(self, name: str) -> str | None:
        """Return a property's value; an emptied one is nothing."""
        return self.properties.get(name) or None

    def instant(self, name: str) -> datetime | None:
        """Return an instant, which HubSpot writes in ISO 8601, or in milliseconds since the epoch.

        A date without a time is its midnight in UTC, as in HubSpot.
        """
        if (value := self.text(name)) is None:
            return None
        if value.lstrip("-").isdecimal():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        read = datetime.fromisoformat(value)
        return read if read.tzinfo else read.replace(tzinfo=UTC)

    def number(self, name: str) -> Decimal | None:
        """Return a number."""
        value = self.text(name)
        return None if value is None else Decimal(value)

    def versions(self, name: str) -> list[Version]:
        """Return what a property was set to, oldest first."""
        known = (self.properties_with_history or {}).get(name, [])
        newest_first = sorted(known, key=lambda version: version.timestamp, reverse=True)
        return newest_first[::-1]  # those of one moment came newest first, too


class Next(_Answer):
    """Where the next page begins."""

    after: str


class Paging(_Answer):
    """Whether there is a next page."""

    next: Next | None = None


class Rows(_Answer):
    """A page of records: of a list, a search or a batch."""

    results: list[Row]
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """Where the next page begins."""
        return self.paging.next.after if self.paging and self.paging.next else None


class Owner(_Answer):
    """Somebody of the staff, maybe no longer."""

    id: str
    first_name: str | None = None
    last_name: str | None = None


class Owners(_Answer):
    """A page of owners."""

    results: list[Owner]
    paging: Paging | None = None


class StageRow(_Answer):
    """A stage of a pipeline; its metadata are texts too."""

    id: str
    label: str
    metadata: dict[str, str] = Field(default_factory=dict)


class PipelineRow(_Answer):
    """A pipeline of deals or tickets."""

    id: str
    label: str
    stages: list[StageRow]


class Pipelines(_Answer):
    """All pipelines of an object type."""

    results: list[PipelineRow]


class From(_Answer):
    """Whose associations they are."""

    id: str


class Kind(_Answer):
    """The kind of an association, in the dated versions."""

    type_id: int


class To(_Answer):
    """What a record is associated with: by ``id`` and ``type`` in v3, by number and kinds in the dated versions."""

    id: str | None = None
    type: str | None = None
    to_object_id: int | str | None = None
    association_types: list[Kind] = Field(default_factory=list)

    @property
    def company(self) -> str:
        """The other record's id."""
        return str(self.to_object_id or self.id)


class Association(_Answer):
    """A record with what it is associated with."""

    start: From = Field(alias="from")
    to: list[To]


class Associations(_Answer):
    """A batch of associations."""

    results: list[Association]


class Stats(_Answer):
    """What became of an e-mail so far."""

    counters: dict[str, int]


class Email(_Answer):
    """A marketing e-mail."""

    id: str
    name: str | None = None
    subject: str | None = None
    publish_date: AwareDatetime | None = None
    stats: Stats | None = None


class Emails(_Answer):
    """A page of marketing e-mails."""

    results: list[Email]
    paging: Paging | None = None


class Details(_Answer):
    """The account."""

    portal_id: int
    time_zone: str
    company_currency: str
