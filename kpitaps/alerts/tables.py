"""What the other tables of ``alerts.toml`` may say."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from kpitaps.alerts.rule import Severity
from kpitaps.calendar import WINDOWS, parse_duration
from kpitaps.config.addresses import Listed
from kpitaps.errors import TapBug
from kpitaps.kpis.files import near
from kpitaps.kpis.goals.amounts import parse_amount
from kpitaps.units import Unit

Amount = str | int | float

TROUBLES = (
    *("stale_data", "stream_late", "connection_down", "repair_open", "check_failing"),
    *("budget_low", "kpitaps_down", "figures_stuck", "remote_read_refused"),
)
"""The keys of the rules of operations."""


def _length(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    try:
        return parse_duration(str(value))
    except TapBug as error:
        raise ValueError(str(error)) from None


Length = Annotated[timedelta, BeforeValidator(_length)]


class Told(BaseModel):
    """Who is told of a rule, and when not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needed: ClassVar[tuple[str, ...]] = ("contact", "mute")
    """Keys without which a table would mean something else; where another one is wrong, the rest of it holds."""

    contact: str = Field("", description="Key of a contact; by default that of `[defaults]`.")
    mute: Annotated[tuple[str, ...] | None, Listed] = Field(
        None, description="Keys of mute times; by default those of `[defaults]`. `[]` means none."
    )
    repeat: Length | None = Field(None, description="After how long it is told again; by default as `[defaults]` say.")


class Defaults(Told):
    """``[defaults]``: what holds where a table says nothing else."""


class GoalTable(Told):
    """One ``[goal.<key>]``: how a goal's alerts differ from those of other goals."""

    off: bool = Field(default=False, description="Whether nobody is told of it.")


class OperationsTable(Told):
    """``[operations]``: the alerts of kpitaps itself."""

    off: Annotated[tuple[str, ...], Listed] = Field((), description="Keys of the rules that are left out.")
    stale_after: Length = Field(timedelta(hours=36), description="How old data may be.")
    down_after: Length = Field(timedelta(hours=1), description="How long a connection may fail.")
    budget_below: Amount = Field("10 %", description="The part of a source's limit that must be left.")

    @field_validator("off")
    @classmethod
    def _are_known(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if strange := next((key for key in keys if key not in TROUBLES), None):
            raise ValueError(f"there is no rule {strange!r}; {near(strange, TROUBLES)}")
        return keys

    @field_validator("budget_below")
    @classmethod
    def _is_a_share(cls, written: Amount) -> Amount:
        parse_amount(written, Unit.RATIO, "")
        return written

    @property
    def budget(self) -> float:
        """The part of a source's limit that must be left, 0.1 for 10 %."""
        return float(parse_amount(self.budget_below, Unit.RATIO, ""))


class ThresholdTable(Told):
    """One ``[threshold.<key>]``."""

    needed: ClassVar[tuple[str, ...]] = (
        *Told.needed,
        *("kpi", "company", "window", "label", "below", "above", "change_below", "change_above"),
    )

    kpi: str = Field(description="Key of a KPI.")
    company: str = Field("", description="Key of a company; by default every company.")
    window: str = Field("28d", description="One of the windows.")
    label: str = Field("", description="For a KPI with a label: only this value of it; by default each by itself.")
    below: Amount | None = Field(None, description="It fires below this value.")
    above: Amount | None = Field(None, description="It fires above this value.")
    change_below: Amount | None = Field(
        None, description="It fires if the change since the window before is below this."
    )
    change_above: Amount | None = Field(None, description="It fires if that is above this.")
    recovers_at: Amount | None = Field(None, description="Where it ends; by default at the threshold itself.")
    pending: Length = Field(timedelta(minutes=10), alias="for", description="How long before it fires.")
    keep_firing_for: Length = Field(timedelta(minutes=10), description="How long it fires on after its reason.")
    severity: Severity = Field(Severity.WARNING, description="`warning` or `critical`.")
    unknown: Literal["ignore", "tell"] = Field(
        "ignore", description="Whether it is told too when the KPI is not known."
    )
    owner: str = Field("", description="Who answers for it.")
    en: str = Field("", description="What it is called in English.")
    nl: str = Field("", description="The same in Dutch.")

    @model_validator(mode="after")
    def _has_one_limit(self) -> ThresholdTable:
        if len(self.limits) != 1:
            raise ValueError("give it exactly one of below, above, change_below and change_above")
        if self.window not in WINDOWS:
            raise ValueError(f"{self.window!r} is no window: there are {', '.join(WINDOWS)}")
        if self.limit.startswith("change") and self.label:
            raise ValueError("changes are known of whole KPIs only: leave out label, or use below or above")
        return self

    @property
    def limits(self) -> list[str]:
        """The keys among below, above, change_below and change_above that are given."""
        return [name for name in ("below", "above", "change_below", "change_above") if getattr(self, name) is not None]

    @property
    def limit(self) -> str:
        """The one of them that is given."""
        return self.limits[0]
