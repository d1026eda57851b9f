"""What a source, or a check, says against some of its own numbers."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime

from kpitaps.errors import TapBug
from kpitaps.measures import Measure
from kpitaps.units import Quality


@dataclass(frozen=True, slots=True)
class Flag:
    """That some numbers are not what they seem: the figures they are part of carry the quality and the reason.

    Attributes:
        quality: How far the numbers may be trusted; not ``final``, which they are by themselves.
        measures: The measures it holds for.
        first: The first local day it holds for.
        last: The last one, included.
        reason: What is the matter, in one sentence for the person who looks at the number.
        fix: What a person can do about it, where there is something: then it is a repair too, as long as it lasts.

    Raises:
        TapBug: for the quality ``final``, no measures, days that are none or the wrong way round, or no reason.
    """

    quality: Quality
    measures: tuple[Measure, ...]
    first: date
    last: date
    reason: str
    _: KW_ONLY
    fix: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.reason, str) or not self.reason.strip():
            raise TapBug("a flag says in one sentence what is the matter: give it a reason")
        what = f"flag {self.reason!r}"
        if not isinstance(self.quality, Quality) or self.quality is Quality.FINAL:
            raise TapBug(f"{what}: its quality is one of kpitaps.Quality that is not final, not {self.quality!r}")
        if not isinstance(self.measures, list | tuple) or not self.measures:
            raise TapBug(f"{what}: it names the measures that it holds for as a list, not {self.measures!r}")
        for measure in self.measures:
            if not isinstance(measure, Measure):
                raise TapBug(f"{what}: {measure!r} is no measure: declare it with tap.measure()")
        for day in (self.first, self.last):
            if not isinstance(day, date) or isinstance(day, datetime):
                raise TapBug(f"{what}: {day!r} is no local day: ctx.day(instant) turns an instant into one")
        if self.last < self.first:
            raise TapBug(f"{what}: its last day {self.last} is before its first one {self.first}")
        if not isinstance(self.fix, str):
            raise TapBug(f"{what}: its fix is a sentence, not {self.fix!r}")
        # A list could still be changed by whoever made the flag.
        object.__setattr__(self, "measures", tuple(dict.fromkeys(self.measures)))
