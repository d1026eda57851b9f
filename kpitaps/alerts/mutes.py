"""When nobody is told: ``[mute.<key>]`` in ``alerts.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kpitaps.calendar import is_zone
from kpitaps.config.addresses import Listed

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])\s*[-–]\s*([01][0-9]|2[0-4]):([0-5][0-9])")
_DAY = 24 * 60


class Minutes(NamedTuple):
    """A part of a day, in minutes since its start; the second one is no longer in it."""

    start: int
    end: int


def _span(text: str) -> str:
    minutes = _minutes(text)
    if minutes is None or minutes.start == minutes.end or max(minutes) > _DAY:
        raise ValueError(f'{text!r} is no part of a day: write one such as "18:00-08:00"')
    return text


def _minutes(text: str) -> Minutes | None:
    if not (found := _SPAN.fullmatch(text.strip())):
        return None
    hours, minutes, last_hours, last_minutes = map(int, found.groups())
    return Minutes(hours * 60 + minutes, last_hours * 60 + last_minutes)


def _zone(name: str) -> str:
    if name and not is_zone(name):
        raise ValueError(f"{name!r} is no time zone: write one such as Europe/Amsterdam")
    return name


class MuteTable(BaseModel):
    """One ``[mute.<key>]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekdays: Annotated[
        tuple[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ...], Listed
    ] = Field((), description="Days such as `saturday`; by default every day.")
    times: Annotated[tuple[Annotated[str, AfterValidator(_span)], ...], Listed] = Field(
        (), description="Parts of these days such as `18:00-08:00`; by default all day."
    )
    outside: bool = Field(
        default=False, description="Whether nobody is told at all *other* times, as for office hours."
    )
    location: Annotated[str, AfterValidator(_zone)] = Field(
        "", description="Time zone; by default that of the first company."
    )

    @model_validator(mode="after")
    def _says_when(self) -> MuteTable:
        if not self.weekdays and not self.times:
            raise ValueError('it does not say when: give it weekdays = ["saturday", "sunday"], or times')
        return self


class MutedDays(NamedTuple):
    """Days on which the same parts are muted; without parts it is all day."""

    weekdays: tuple[str, ...]
    parts: tuple[Minutes, ...]


@dataclass(frozen=True, slots=True)
class Mute:
    """A time in which nobody is told.

    Attributes:
        key: The name by which other tables mean it.
        terms: What its table says.
    """

    key: str
    terms: MuteTable

    def muted(self) -> tuple[MutedDays, ...]:
        """Return when: what crosses midnight is the evening and the morning of each of its days."""
        days = self.terms.weekdays or DAYS
        parts = _united(self.terms.times)
        if not self.terms.outside:
            return (MutedDays(_ordered(days), parts),)
        others = MutedDays(tuple(day for day in DAYS if day not in days), ())
        around = MutedDays(_ordered(days), _around(parts))
        return tuple(each for each in (others, around) if each.weekdays and (each.parts or each is others))

    def intervals(self, zone: str) -> list[dict[str, object]]:
        """Return when, as Alertmanager and Grafana write it; ``zone`` is the time zone where it names none."""
        found: list[dict[str, object]] = []
        for days in self.muted():
            interval: dict[str, object] = {"weekdays": list(days.weekdays)}
            if days.parts:
                interval["times"] = [
                    {"start_time": _clock(part.start), "end_time": _clock(part.end)} for part in days.parts
                ]
            found.append({**interval, "location": self.terms.location or zone})
        return found


def _ordered(days: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(day for day in DAYS if day in days)


def _united(times: tuple[str, ...]) -> tuple[Minutes, ...]:
    parts: list[Minutes] = []
    for start, end in filter(None, map(_minutes, times)):
        parts += [Minutes(start, end)] if start < end else [Minutes(start, _DAY), Minutes(0, end)]
    united: list[Minutes] = []
    for part in sorted(part for part in parts if part.start < part.end):
        if united and part.start <= united[-1].end:
            united[-1] = Minutes(united[-1].start, max(part.end, united[-1].end))
        else:
            united.append(part)
    return tuple(united)


def _around(parts: tuple[Minutes, ...]) -> tuple[Minutes, ...]:
    edges = [0, *(edge for part in parts for edge in part), _DAY] if parts else []
    return tuple(Minutes(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
