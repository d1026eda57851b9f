"""Who is told: ``[contact.<key>]`` in ``alerts.toml``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kpitaps.config.addresses import LOOPBACK, Listed, MailAddress
from kpitaps.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["slack", "teams", "webhook"]


def _secret(text: str) -> str:
    kind, _, name = text.partition(":")
    if kind in ("env", "file") and name:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return text
    # not the text itself: whoever knows the address may post
    raise ValueError("what it holds is no address: write https://…, env:VARIABLE or file:PATH")


class ContactTable(BaseModel):
    """One ``[contact.<key>]``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    to: Annotated[tuple[MailAddress, ...], Listed] = Field((), description="Mail addresses.")
    webhook: Annotated[str, AfterValidator(_secret)] = Field(
        "", description="Address of a webhook, or `env:VARIABLE` or `file:PATH` that holds it."
    )
    form: Form | Literal[""] = Field("", description="What the webhook understands: `slack`, `teams` or `webhook`.")
    resolved: bool = Field(default=True, description="Whether it is also told when all is well again.")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> ContactTable:
        if not self.to and not self.webhook:
            raise ValueError('it goes nowhere: give it to = ["owner@example.com"], or a webhook')
        if self.webhook and not self.form:
            raise ValueError('nothing tells what its webhook understands; add form = "slack", "teams" or "webhook"')
        return self


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is told.

    Attributes:
        key: The name by which other tables mean it.
        terms: What its table says.
    """

    key: str
    terms: ContactTable

    @property
    def is_secret(self) -> bool:
        """Whether nobody else may see where its webhook is: of one on this machine there is nothing to hide."""
        url = self.terms.webhook
        return bool(url) and not (urlsplit(url).scheme == "http" and urlsplit(url).hostname in LOOPBACK)

    @property
    def variable(self) -> str:
        """The name of the variable that holds the webhook's address where the table itself names none."""
        return f"{re.sub('[^A-Z0-9]', '_', self.key.upper())}_WEBHOOK"

    @property
    def secret_file(self) -> str:
        """The name of the file that whoever sends reads the webhook's address from; empty where `file:` names one."""
        return "" if not self.is_secret or self.terms.webhook.startswith("file:") else f"{self.key}-webhook"

    def webhook(self, variables: Mapping[str, str] = os.environ) -> str:
        """Return where its webhook is.

        Raises:
            BadSettings: if its variable or its file is not there.
        """
        where = f"[contact.{self.key}] webhook"
        kind, _, name = self.terms.webhook.partition(":")
        if kind == "env":
            if not (found := variables.get(name, "").strip()):
                raise BadSettings(f"{where}: there is no environment variable {name}, or it is empty; set it")
            return found
        if kind == "file":
            try:
                return Path(name).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is no text"
                raise BadSettings(f"{where}: the file {name} cannot be read: {reason}; mend it") from None
        return self.terms.webhook
