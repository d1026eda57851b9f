"""``digests.toml``: who gets which digest, when, in which language and through which channel.

A file of its own: what is told to whom is no definition of a KPI or a goal. Those are the company's, may be shared and
reviewed; addresses and webhooks belong to one installation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from kpitaps.app.digest.period import Every
from kpitaps.config.addresses import LOOPBACK, Listed, MailAddress
from kpitaps.errors import BadDefinition, BadSettings
from kpitaps.kpis.files import read_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.kpis.files import Table

FILE = "digests.toml"

LANGUAGES = ("nl", "en")
FORMS = ("slack", "teams", "json")

_DUTCH = ("Europe/Amsterdam", "Europe/Brussels")
_HOSTS = {"hooks.slack.com": "slack", "hooks.slack-gov.com": "slack"}
_TEAMS = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")


def _clock(value: object) -> object:
    """Take hours and minutes only: pydantic would also take a number of seconds since midnight."""
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'{value!r} is no time of day: write one such as "08:00"') from None


def _naive(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("leave the offset out: it is a time of the company's zone")
    return value


class Plan(BaseModel):
    """One ``[digest.<key>]``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    company: str = Field("", description="Key of the company; needed where there are several.")
    every: Every = Field(Every.WEEK, description="`week` or `month`.")
    at: Annotated[time, BeforeValidator(_clock), AfterValidator(_naive)] = Field(
        time(8), description="Time of day in the company's zone."
    )
    language: Literal["nl", "en", ""] = Field(
        "", description="`nl` or `en`; by default Dutch in the Netherlands and Belgium, else English."
    )
    to: Annotated[tuple[MailAddress, ...], Listed] = Field((), description="Mail addresses.")
    webhook: str = Field("", description="Address of a webhook, or `env:VARIABLE` or `file:PATH` that holds it.")
    form: Literal["slack", "teams", "json", ""] = Field(
        "", description="What the webhook understands: `slack`, `teams` or `json`; by default as its host says."
    )
    kpis: tuple[str, ...] = Field((), description="KPIs that are told; by default those of goals and the usual ones.")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Plan:
        if not self.to and not self.webhook:
            raise ValueError('it goes nowhere: give it to = ["owner@example.com"], or a webhook')
        return self


class Hook(NamedTuple):
    """A webhook's address, which is a secret, and what it understands."""

    url: str
    form: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that can be carried out, and its key."""

    key: str
    plan: Plan


def read_plans(home: Path) -> tuple[list[Planned], list[BadDefinition]]:
    """Return the plans of ``digests.toml``, and what is wrong with others: one that is wrong stops no other.

    Raises:
        BadDefinition: if the file is not to be read at all.
    """
    plans: list[Planned] = []
    errors: list[BadDefinition] = []
    for table in read_tables(home / FILE, "digest"):
        try:
            plans.append(_planned(table))
        except BadDefinition as error:
            errors.append(error)
    return plans, errors


def _planned(table: Table) -> Planned:
    return Planned(table.key, table.read(Plan))


def hook_of(planned: Planned, variables: Mapping[str, str] = os.environ) -> Hook:
    """Return where a plan's webhook is.

    Raises:
        BadSettings: if its variable or file is not there, or it is no address that a digest may be sent to.
    """
    where = f"{FILE}, [digest.{planned.key}] webhook"
    url = _looked_up(where, planned.plan.webhook, variables)
    host = _host(url)
    if host is None:
        # not the address itself: whoever knows it may post
        raise BadSettings(f"{where}: what it holds is no address: write https://…, env:VARIABLE or file:PATH")
    if urlsplit(url).scheme != "https" and host not in LOOPBACK:
        raise BadSettings(f"{where}: {host} would get the figures unencrypted; write https://…")
    form = planned.plan.form or _form(host)
    if not form:
        raise BadSettings(f'{where}: nothing tells what {host} understands; add form = "slack", "teams" or "json"')
    return Hook(url, form)


def language_of(planned: Planned | None, time_zone: str) -> str:
    """Return the language of a digest: what its plan says, or that of most who live in the zone."""
    return (planned.plan.language if planned else "") or ("nl" if time_zone in _DUTCH else "en")


def named_plan(plans: Sequence[Planned], key: str) -> Planned | None:
    """Return the plan with that key, if there is one."""
    return next((planned for planned in plans if planned.key == key), None)


def _looked_up(where: str, value: str, variables: Mapping[str, str]) -> str:
    kind, _, name = value.partition(":")
    if kind == "env":
        if not (found := variables.get(name)):
            raise BadSettings(f"{where}: there is no environment variable {name}, or it is empty")
        return found.strip()
    if kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise BadSettings(f"{where}: the file {name} cannot be read: {reason}") from None
    return value


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def _form(host: str) -> str:
    return _HOSTS.get(host) or ("teams" if host.endswith(_TEAMS) else "")
