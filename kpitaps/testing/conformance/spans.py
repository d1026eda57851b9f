"""Are spans respected? Each stream is asked for its whole history, and for parts of it that share their ends."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kpitaps.calendar import Span, day_start, local_day
from kpitaps.tap import Flag, StreamKind
from kpitaps.testing.conformance.verdict import fail, hidden

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    from kpitaps.tap import Context, Stream, Tap
    from kpitaps.testing.conformance.stage import Stage

__tracebackhide__ = hidden

_FEW = 4
"""Different update times below which there is nothing to cut."""


@dataclass
class _Answers:
    """What one stream answered.

    Attributes:
        history: The whole history.
        zone: The account's.
        story: How long the story is that the source tells.
        whole: The answer to the whole history.
        parts: Those to parts of it, in the order of time, without gaps.
    """

    history: Span
    zone: ZoneInfo
    story: timedelta
    whole: list[Any]
    parts: list[tuple[Span, list[Any]]] = field(default_factory=list)

    @property
    def is_numbered(self) -> bool:
        """Whether these are records that tell by a number, not a time, which of two is newer."""
        return any(getattr(answer, "revision", None) is not None for answer in self.whole)


def check_spans(stage: Stage) -> None:
    """A reading of a span holds every record that was updated in it, and not every other record, too."""
    tap, answers = _probing(stage.kit.tap, timedelta(days=stage.kit.days))
    with stage.loaded(tap=tap, workers=1):
        pass
    for name, found in answers.items():
        if stage.kit.tap.streams[name].kind is StreamKind.PERIODS:
            _check_days(name, found)
            continue
        (_check_numbered if found.is_numbered else _check_records)(name, found)
        _check_looks(name, found)


def _probing(tap: Tap, story: timedelta) -> tuple[Tap, dict[str, _Answers]]:
    """Return a copy of the tap whose streams are asked for more than is needed, and where their answers will be."""
    answers: dict[str, _Answers] = {}
    probing = copy(tap)
    # Nothing lands that they could judge.
    probing.checks = {}
    probing.streams = {
        name: replace(stream, read=_reader(stream, story, answers))
        if stream.kind in (StreamKind.RECORDS, StreamKind.PERIODS)
        else stream
        for name, stream in tap.streams.items()
    }
    return probing, answers


def _reader(stream: Stream, story: timedelta, answers: dict[str, _Answers]) -> Any:
    def read(ctx: Context, _: Span) -> Iterator[Any]:
        if stream.name not in answers:
            zone = ctx.account.zone
            history = Span(day_start(local_day(ctx.now - stream.history, zone), zone), ctx.now)
            found = answers[stream.name] = _Answers(history, zone, story, _numbers(stream, ctx, history))
            for part in _parts(stream, found):
                found.parts.append((part, _numbers(stream, ctx, part)))
        # Nothing lands: a stream that yields too much for every slice would be cut into ever smaller ones.
        yield from ()

    return read


def _numbers(stream: Stream, ctx: Context, span: Span) -> list[Any]:
    """Return what a stream answers, without what it says against that."""
    return [answer for answer in stream.read(ctx, span) if not isinstance(answer, Flag)]


def _parts(stream: Stream, found: _Answers) -> list[Span]:
    """Return parts of the history: cut where records were updated, between two days, or within the story."""
    cuts: list[datetime] = []
    if stream.kind is StreamKind.PERIODS:
        days = sorted({_day(entry, found.zone) for entry in found.whole})
        cuts = [day_start(days[len(days) // 2], found.zone)] if len(days) >= _FEW else []
    elif found.is_numbered:
        within = (found.history.end - found.story * share / 4 for share in (3, 2, 1))
        cuts = [cut for cut in within if cut > found.history.start] if len(found.whole) >= _FEW else []
    else:
        updates = (record.updated_at for record in found.whole if record.updated_at is not None)
        clocks = sorted({clock for clock in updates if clock in found.history})
        cuts = [clocks[len(clocks) * share // 4] for share in (1, 2, 3)] if len(clocks) >= _FEW else []
    ends = [found.history.start, *cuts, found.history.end]
    return [Span(start, end) for start, end in pairwise(ends)]


def _check_records(name: str, found: _Answers) -> None:
    answers = [(found.history, found.whole), *found.parts]
    clocks: dict[str, datetime] = {}
    for _, answer in answers:
        clocks.update({record.key: record.updated_at for record in answer if record.updated_at is not None})
    keys = [{record.key for record in answer} for _, answer in answers]
    for (span, _), got in zip(answers, keys, strict=True):
        if missing := sorted(key for key, clock in clocks.items() if clock in span and key not in got):
            fail(
                f"stream {name} leaves out {len(missing)} of the records that were updated in {span}, one of them "
                f"updated at {clocks[missing[0]].isoformat()}: it must yield whatever was updated in its span, from "
                "the first instant on, however old the record is, and read every page"
            )


def _check_numbered(name: str, found: _Answers) -> None:
    """Records whose time nobody tells: each is in some part of what holds it, and the other way round."""
    whole = {record.key for record in found.whole}
    together = {record.key for _, answer in found.parts for record in answer}
    for missing, where, there in (
        (whole - together, "each part of its history", "all of it"),
        (together - whole, "all of its history", "a part of it"),
    ):
        if missing:
            fail(
                f"stream {name} leaves out {len(missing)} records when it is asked for {where}, which it yields when "
                f"it is asked for {there}: it must yield whatever was updated in its span, from the first instant on, "
                "however old the record is, and read every page"
            )


def _check_looks(name: str, found: _Answers) -> None:
    whole, *parts = ({record.key for record in answer} for answer in (found.whole, *(part for _, part in found.parts)))
    if len(parts) > 1 and len(whole) >= _FEW and all(got >= whole for got in parts):
        fail(
            f"stream {name} yields all of its {len(whole)} records for every span: pass the span on to the source, "
            "or a long history is read once per slice"
        )


def _check_days(name: str, found: _Answers) -> None:
    whole, together = _sums(found, found.whole, found.history), Counter[Any]()
    for span, answer in found.parts:
        together.update(_sums(found, answer, span))
    for place in whole.keys() | together.keys():
        if whole[place] != together[place]:
            fail(
                f"stream {name} has another amount of {place[0]} on {place[3]} when it is asked for a part of its "
                "history than when it is asked for all: an answer must hold the whole of each day in its span"
            )


def _sums(found: _Answers, answer: list[Any], span: Span) -> Counter[Any]:
    """Return the amounts of an answer on the days of a span, as the core takes them."""
    sums = Counter[Any]()
    for entry in answer:
        day = _day(entry, found.zone)
        if day_start(day, found.zone) in span:
            sums[entry.measure.key, entry.labels, entry.currency, day] += entry.numerator
    return sums


def _day(entry: Any, zone: ZoneInfo) -> date:
    return local_day(entry.day, zone) if isinstance(entry.day, datetime) else entry.day
