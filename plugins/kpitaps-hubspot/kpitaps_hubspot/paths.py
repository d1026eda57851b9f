"""Where HubSpot keeps what: in the legacy paths (v3) and in the dated ones.

A dated version is supported for at least 18 months, v3 until September 2027; both take the same questions.
https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpitaps import Context

LEGACY = "v3"

OBJECT_TYPES = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "feedback_submissions": "0-19",
    "meetings": "0-47",
}
"""Object type → its id, the same in every account."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of one version.

    Attributes:
        version: ``v3`` or a dated one.
        ids: Object types whose id is another one in this account.
    """

    version: str
    ids: dict[str, str]

    @property
    def details(self) -> str:
        """The account."""
        return f"/account-info/{self.version}/details"

    @property
    def owners(self) -> str:
        """The staff."""
        return "/crm/v3/owners/" if self.version == LEGACY else f"/crm/owners/{self.version}"

    @property
    def emails(self) -> str:
        """Marketing e-mails."""
        return "/marketing/v3/emails/" if self.version == LEGACY else f"/marketing/emails/{self.version}"

    def listed(self, kind: str) -> str:
        """Return where all records of an object type are listed."""
        return self._crm("objects", self._name(kind))

    def search(self, kind: str) -> str:
        """Return where records are searched."""
        return f"{self.listed(kind)}/search"

    def batch(self, kind: str) -> str:
        """Return where records are read by id."""
        return f"{self.listed(kind)}/batch/read"

    def pipelines(self, kind: str) -> str:
        """Return where the pipelines of an object type are."""
        return self._crm("pipelines", self._name(kind))

    def associations(self, kind: str, to: str) -> str:
        """Return where it is said what records are associated with."""
        return self._crm("associations", f"{self._name(kind)}/{self._name(to)}/batch/read")

    def _crm(self, what: str, rest: str) -> str:
        return f"/crm/v3/{what}/{rest}" if self.version == LEGACY else f"/crm/{what}/{self.version}/{rest}"

    def _name(self, kind: str) -> str:
        return self.ids.get(kind) or (kind if self.version == LEGACY else OBJECT_TYPES[kind])


def paths(ctx: Context) -> Paths:
    """Return the paths of the version that the connection's settings name."""
    return Paths(ctx.settings.api_version, ctx.settings.object_types)


def is_search(path: str) -> bool:
    """Return whether a request is a search: those are counted apart."""
    return path.endswith("/search")
