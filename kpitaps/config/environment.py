"""Settings of the process, read from ``KPITAPS_*`` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kpitaps.errors import BadSettings

DEFAULT_LISTEN = "127.0.0.1:9470"


class Environment(BaseSettings):
    """Where this process keeps its data and how it is reached."""

    model_config = SettingsConfigDict(env_prefix="KPITAPS_", frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("kpitaps", appauthor=False),
        description="Folder for the ledger and the key; by default the platform's data folder.",
    )
    database_url: str = Field("", description="SQLAlchemy URL of the ledger; by default a SQLite file in the home.")
    key: SecretStr | None = Field(None, description="Key that encrypts secrets; by default the file 'key' in the home.")
    listen: str = Field(DEFAULT_LISTEN, description="Address and port that run and demo listen on.")
    token: SecretStr | None = Field(None, description="Bearer token that callers must show off loopback.")
    routes: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description="For developers: vendor hosts sent to a sandbox on loopback, as host=http://127.0.0.1:port,…",
    )
    disable: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="Plugins that are not loaded, by entry-point name, separated by commas."
    )
    workers: int = Field(8, ge=1, le=64, description="Slices of history that are read at the same time.")

    @field_validator("routes", mode="before")
    @classmethod
    def _split_routes(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return dict(part.split("=", 1) for part in value.split(",") if "=" in part)

    @field_validator("disable", mode="before")
    @classmethod
    def _split_disable(cls, value: object) -> object:
        return {part.strip() for part in value.split(",") if part.strip()} if isinstance(value, str) else value

    @classmethod
    def read(cls) -> Environment:
        """Return what the environment says.

        Raises:
            BadSettings: naming each variable that cannot be understood.
        """
        try:
            return cls()
        except ValidationError as error:
            problems = "; ".join(f"KPITAPS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise BadSettings(problems) from None

    @property
    def ledger_url(self) -> str:
        """The SQLAlchemy URL of the ledger."""
        return self.database_url or f"sqlite:///{self.home / 'kpitaps.db'}"


def parse_listen(text: str) -> tuple[str, int]:
    """Return host and port of ``host:port``; IPv6 hosts stand in brackets.

    Raises:
        BadSettings: if the text is no such address.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise BadSettings(f"{text!r} is no address to listen on: write host:port, such as {DEFAULT_LISTEN}")
    return host.strip("[]") or "127.0.0.1", int(port)
