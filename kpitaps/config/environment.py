"""Settings of the process, read from ``KPITAPS_*`` environment variables."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from kpitaps.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LISTEN = "127.0.0.1:9470"

_LISTEN = re.compile(r"(?:\[(?P<v6>[^][]+)\]|(?P<host>[^][:]*)):(?P<port>[0-9]{1,5})")


class Environment(BaseModel):
    """Where this process keeps its data and how it is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("kpitaps", appauthor=False),
        description="Folder for the ledger and the key; by default the platform's data folder.",
    )
    database_url: str = Field("", description="SQLAlchemy URL of the ledger; by default a SQLite file in the home.")
    key: SecretStr | None = Field(None, description="Key that encrypts secrets; by default the file 'key' in the home.")
    listen: str = Field(DEFAULT_LISTEN, description="Address and port that run and demo listen on.")
    token: SecretStr | None = Field(None, description="Bearer token that callers must show off loopback.")
    routes: dict[str, str] = Field(
        default_factory=dict,
        description="For developers: vendor hosts sent to a sandbox on loopback, as host=http://127.0.0.1:port,…",
    )
    disable: frozenset[str] = Field(
        frozenset(), description="Plugins that are not loaded, by entry-point name, separated by commas."
    )
    rates_url: str = Field(
        "https://www.ecb.europa.eu/stats/eurofxref",
        description="Where the European Central Bank's files of exchange rates are read.",
    )
    workers: int = Field(10, ge=1, le=64, description="Slices of history that are read at the same time.")
    smtp_host: str = Field("", description="Mail server that digests are handed to.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way there is encrypted: starttls, tls from the start, or none."
    )
    smtp_user: str = Field("", description="Whom to log in as; by default nobody.")
    smtp_password: SecretStr | None = Field(None, description="The password that goes with it.")
    smtp_from: str = Field("", description="Mail address that digests come from.")

    @field_validator("rates_url")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if not re.fullmatch(r"https://[^/?#@\s]+(/[^?#\s]*)?", value):
            raise ValueError(f"{value!r} is no address such as https://www.ecb.europa.eu/stats/eurofxref")
        return value

    @field_validator("routes", mode="before")
    @classmethod
    def _split_routes(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        for part in parts:
            if not all(part.partition("=")):
                raise ValueError(f"{part!r} is no route: write host=http://127.0.0.1:port")
        return dict(part.split("=", 1) for part in parts)

    @field_validator("disable", mode="before")
    @classmethod
    def _split_disable(cls, value: object) -> object:
        return {part.strip() for part in value.split(",") if part.strip()} if isinstance(value, str) else value

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Environment:
        """Return what the environment says; an empty variable counts as absent.

        Raises:
            BadSettings: naming each variable that cannot be understood.
        """
        # Compose files and unit files set a variable to nothing where they mean that it is not set: an empty token or
        # key must not count as one. pydantic-settings would do this too, and take
        # 0.2 s of every command's start to load.
        said = {name: variables[_variable(name)] for name in cls.model_fields if variables.get(_variable(name))}
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            problems = "; ".join(
                f"KPITAPS_{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
            )
            raise BadSettings(problems) from None

    @property
    def ledger_url(self) -> str:
        """The SQLAlchemy URL of the ledger."""
        return self.database_url or f"sqlite:///{self.home / 'kpitaps.db'}"


def _variable(name: str) -> str:
    return f"KPITAPS_{name.upper()}"


def parse_listen(text: str) -> tuple[str, int]:
    """Return host and port of ``host:port``; IPv6 hosts stand in brackets.

    Raises:
        BadSettings: if the text is no such address.
    """
    if not (found := _LISTEN.fullmatch(text)) or int(found["port"]) > 65535:
        raise BadSettings(f"{text!r} is no address to listen on: write host:port, such as {DEFAULT_LISTEN}")
    return found["v6"] or found["host"] or "127.0.0.1", int(found["port"])
