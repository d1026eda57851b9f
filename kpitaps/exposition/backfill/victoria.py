"""Bringing a VictoriaMetrics to what is known: only what differs is sent, and all that was sent is read back.

A store that gets two values for a day keeps both, or the larger one. So a series with a restated day is deleted and
written whole; new days are only added. Nothing is remembered beside the store: it is compared with what is known, which
costs 25 bytes of traffic a sample, and holds after a run that was killed, a restored backup or an emptied disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kpitaps.errors import BadSettings, RetryLater
from kpitaps.exposition.backfill.difference import compare
from kpitaps.exposition.backfill.families import families, samples, stamp
from kpitaps.exposition.backfill.openmetrics import label_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kpitaps.exposition.backfill.difference import Difference
    from kpitaps.exposition.backfill.families import Choice, Family, Samples
    from kpitaps.exposition.backfill.victoria_store import VictoriaStore
    from kpitaps.exposition.history import History

_ATTEMPTS = 4

# What a rule of somebody's own recorded may carry our label, but not our names.
_OURS = re.compile(r"kpi_[a-z0-9_]*(daily|history)(_[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Told:
    """What a store was told, or would be.

    Attributes:
        series: Series that are known.
        unchanged: How many of them were as they should be.
        restated: How many were deleted and written anew.
        deleted: Series that are no longer known, and were deleted.
        samples: Samples that were sent.
    """

    series: int = 0
    unchanged: int = 0
    restated: int = 0
    deleted: int = 0
    samples: int = 0

    def plus(self, done: Difference) -> Told:
        """Return what was told in all."""
        return Told(
            self.series + done.known,
            self.unchanged + done.unchanged,
            self.restated + done.restated,
            self.deleted + len(done.doomed) - done.restated,
            self.samples + sum(len(each.stamps) for each in done.missing),
        )


def bring_up_to_date(
    history: History,
    store: VictoriaStore,
    choice: Choice,
    now: datetime,
    *,
    companies: Iterable[str] = (),
    plan: bool = False,
) -> Told:
    """Make a store hold what is known, and see that it does.

    Args:
        history: What is known.
        store: The store.
        choice: Which of it; days outside it are not added, but corrected where they are there.
        now: The present instant.
        companies: Keys of companies whose series go where they are no longer known.
        plan: Whether only to tell what would be done.

    Raises:
        BadSettings: if the store keeps less than it was sent: its retention is too short; or it is no VictoriaMetrics.
        RetryLater: if it does not answer, or does not give back what it was sent.
        NeedsAuth: if it refuses the credentials.
    """
    store.flush()
    found = families(history, choice)
    told = _settle(history, store, found, choice, now, plan=plan)
    for name, company in _gone(store, found, choice, companies):
        doomed = tuple(store.read(name, company))
        if not plan:
            store.delete(doomed)
        told = replace(told, deleted=told.deleted + len(doomed))
    if not plan and (told.samples or told.deleted):
        store.forget_answers()
    return told


def _settle(
    history: History, store: VictoriaStore, found: list[Family], choice: Choice, now: datetime, *, plan: bool
) -> Told:
    """Compare and mend, then look again at what was mended, until there is no difference."""
    whole, told = replace(choice, first=None, last=None), Told()
    waiting: list[tuple[Family, RetryLater | None]] = [(family, None) for family in found]
    for attempt in range(_ATTEMPTS):
        mended = []
        for family, trouble in waiting:
            wanted = samples(history, family, whole, now)
            difference = compare(wanted, store.read(family.name, family.company), _added(family, choice))
            told = told if attempt else told.plus(difference)
            if plan or not difference:
                continue
            if attempt and trouble is None:
                _refuse(difference)
            if trouble is not None and attempt == _ATTEMPTS - 1:
                raise trouble
            mended.append((family, _mend(store, difference)))
        if not mended:
            break
        store.flush()
        waiting = mended
    return told


def _mend(store: VictoriaStore, difference: Difference) -> RetryLater | None:
    """Delete and send; return what went wrong, if it may pass: then some of it may have arrived."""
    try:
        store.delete(difference.doomed)
        store.send(difference.missing)
    except RetryLater as error:
        return error
    return None


def _refuse(difference: Difference) -> None:
    """Say why a store does not hold what it took without complaint."""
    if difference.doomed or not difference.missing:
        name = _shown((*difference.doomed, *(each.labels for each in difference.missing))[0])
        raise RetryLater(
            f"VictoriaMetrics holds other values of {name} than it was sent; does somebody else write it, or was "
            "VictoriaMetrics started with -precisionBits below 64?"
        )
    lost = difference.missing[0]
    raise BadSettings(
        f"VictoriaMetrics took samples of {_shown(lost.labels)} and dropped {len(lost.stamps):,} of them, up "
        f"to {_day(lost)}: its retention is too short; start it with -retentionPeriod=10y (by default it keeps one "
        "month), or give a later --from"
    )


def _added(family: Family, choice: Choice) -> Callable[[int], bool]:
    first = stamp(family.zone, choice.first.toordinal()) if choice.first else 0
    last = stamp(family.zone, choice.last.toordinal()) if choice.last else None
    return lambda at: first <= at and (last is None or at <= last)


def _gone(
    store: VictoriaStore, found: list[Family], choice: Choice, companies: Iterable[str]
) -> Iterable[tuple[str, str]]:
    """Yield metrics of which the store holds history and nothing is known any more."""
    known = {(family.name, family.company) for family in found}
    for company in companies:
        if choice.company in ("", company):
            for name in store.names(company):
                if _OURS.fullmatch(name) and choice.takes(name) and (name, company) not in known:
                    yield name, company


def _shown(labels: tuple[tuple[str, str], ...]) -> str:
    return f"{dict(labels)['__name__']}{label_set(labels)}"


def _day(each: Samples) -> str:
    return datetime.fromtimestamp(each.stamps[-1] / 1000, UTC).date().isoformat()
