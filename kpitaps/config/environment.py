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
    remote_read_series: int = Field(
        10_000, ge=1, le=1_000_000, description="Series of history that one request of Prometheus may read."
    )
    # a Snappy block is 4 GiB at most, and a sample 18 bytes
    remote_read_samples: int = Field(
        5_000_000, ge=1, le=100_000_000, description="Samples of history that one request of Prometheus may read."
    )
    remote_read_look_back: int = Field(
        300, ge=1, le=86_400, description="Seconds of Prometheus' --query.lookback-delta, if it is not the 5 minutes."
    )
    grafana_url: str = Field("", description="Where Grafana is: for kpitaps grafana apply, and for links in alerts.")
    grafana_token: SecretStr | None = Field(None, description="Token of a service account of Grafana.")
    prometheus_url: str = Field("", description="Where Grafana finds Prometheus.")
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
            BadSettings: naming each variable that cannot be understood, or its file that cannot be read.
        """
        # Compose files and unit files set a variable to nothing where they mean that it is not set: an empty token or
        # key must not count as one. pydantic-settings would do this too, and take
        # 0.2 s of every command's start to load.
        said = {name: text for name in cls.model_fields if (text := _said(variables, _variable(name)))}
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


def _said(variables: Mapping[str, str], variable: str) -> str:
    """Return a variable's value: its own, or the text of the file that ``<variable>_FILE`` names.

    Containers and systemd hand over secrets as files.
    """
    file = variables.get(f"{variable}_FILE")
    if not file:
        return variables.get(variable, "")
    if variables.get(variable):
        raise BadSettings(f"{variable} and {variable}_FILE are both set: keep one of them")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{variable}_FILE: {file} cannot be read: {error}") from None


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
