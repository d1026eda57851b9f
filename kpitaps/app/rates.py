"""Keeping exchange rates fresh: only for companies with foreign money, and never in anybody's way."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from kpitaps.app.outages import is_outage
from kpitaps.calendar import local_day
from kpitaps.errors import BadUse, KpitapsError, RetryLater
from kpitaps.kpis import ReferenceRates
from kpitaps.kpis.ecb import LARGEST, parse_rates
from kpitaps.kpis.rates import EURO, OLDEST
from kpitaps.store import list_companies
from kpitaps.store.rates import (
    find_rate_feed,
    foreign_currencies,
    land_rates,
    last_rates,
    list_rates,
    next_weekday,
    note_rates_failure,
)
from kpitaps.units import from_millionths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    from kpitaps.app.runtime import Runtime
    from kpitaps.http import Http
    from kpitaps.store import Company
    from kpitaps.store.rates import RateDay, RateFeed

log = logging.getLogger(__name__)

DAILY, RECENT, HISTORY = "eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.zip"

_FRANKFURT = ZoneInfo("Europe/Berlin")
_PUBLISHED = 16
"""The hour in Frankfurt around which a working day's rates appear."""

_BUSY = 2
"""Hours after that in which they are awaited: asked for every ten minutes, else once an hour."""

_SOON, _LATER = timedelta(minutes=10), timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class RateTrouble:
    """What is the matter with a company's exchange rates, and what to do.

    Attributes:
        is_problem: Whether figures lack a value for it.
        message: What is the matter, in a sentence.
        fix: What to do.
    """

    is_problem: bool
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class NeededRate:
    """A currency that some company needs: what a euro was worth on the last day that it has a rate of."""

    currency: str
    per_euro: Decimal | None
    day: date | None


@dataclass(frozen=True, slots=True)
class RateStatus:
    """How fresh the exchange rates are, and which are needed."""

    feed: RateFeed
    needed: tuple[NeededRate, ...]


def rate_status(runtime: Runtime) -> RateStatus:
    """Return how fresh the exchange rates are, and the newest of each currency that some company needs."""
    database = runtime.ledger.database
    foreign = foreign_currencies(database)
    own = {company.currency for company in list_companies(database) if company.id in foreign}
    needed = []
    for currency in sorted(own.union(*foreign.values()) - {EURO}):
        rates = list_rates(database, currency)
        last = max(rates, default=None)
        worth = NeededRate(currency, None, None)
        if last is not None:
            worth = NeededRate(currency, from_millionths(rates[last]).normalize(), date.fromordinal(last))
        needed.append(worth)
    return RateStatus(find_rate_feed(database), tuple(needed))


def known_rates(runtime: Runtime) -> ReferenceRates:
    """Return the exchange rates that the ledger holds."""
    database = runtime.ledger.database
    feed = find_rate_feed(database)
    newest = feed.last.toordinal() if feed.last else None
    return ReferenceRates(partial(list_rates, database), newest, edition=feed.changes)


def expected_day(now: datetime) -> date:
    """Return the last day of which the European Central Bank should have published rates, holidays aside."""
    there = now.astimezone(_FRANKFURT)
    day = there.date() if there.hour >= _PUBLISHED else there.date() - _DAY
    while day.weekday() >= _WEEKEND:
        day -= _DAY
    return day


def is_due(feed: RateFeed, now: datetime) -> bool:
    """Return whether rates should be read now: one is missing, and the last try is long enough ago."""
    if feed.last is not None and feed.last >= expected_day(now):
        return False
    if feed.tried_at is None:
        return True
    hour = now.astimezone(_FRANKFURT).hour
    pause = _SOON if _PUBLISHED <= hour < _PUBLISHED + _BUSY else _LATER
    return now >= max(feed.tried_at + pause, feed.retry_at or feed.tried_at)


def keep_rates(runtime: Runtime) -> bool:
    """Read exchange rates if any company needs them and they are due, and return whether any changed.

    What goes wrong is written down for `rate_troubles`; nothing is raised for it.

    Raises:
        LedgerUnavailable: if the ledger cannot be used.
    """
    database = runtime.ledger.database
    if not foreign_currencies(database) or not is_due(find_rate_feed(database), runtime.now()):
        return False
    try:
        return fetch_rates(runtime) > 0
    except KpitapsError as error:
        log.warning("exchange rates: %s", error)
        if find_rate_feed(database).last is not None:
            return False
        # Better than none: what had been published when kpitaps was installed.
        changed = load_rates(runtime, brought_rates())
        note_rates_failure(database, str(error), runtime.now(), None)
        return changed > 0


def fetch_rates(runtime: Runtime) -> int:
    """Read what is new at the European Central Bank, and return how many rates are new or changed.

    Raises:
        KpitapsError: if they cannot be read; that is written down too.
        LedgerUnavailable: if the ledger cannot be used.
    """
    database = runtime.ledger.database
    feed = find_rate_feed(database)
    try:
        with _http(runtime) as http:
            days = _read(http, feed)
        return _land(runtime, days)
    except KpitapsError as error:
        now = runtime.now()
        after = error.after if isinstance(error, RetryLater) else None
        note_rates_failure(database, str(error), now, now + timedelta(seconds=after) if after else None)
        raise


def load_rates(runtime: Runtime, file: Path) -> int:
    """Load one of the ECB's files from disk, and return how many rates are new or changed.

    Raises:
        BadUse: if it cannot be read, is no such file, or leaves a gap to the rates that are there.
        LedgerUnavailable: if the ledger cannot be used.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise BadUse(f"{file} cannot be read: {error.strerror}") from None
    return _land(runtime, parse_rates(file.name, content))


def brought_rates() -> Path:
    """Return the ECB's history as it was when it was installed: a package on PyPI carries it, released every month."""
    package = find_spec("currency_converter")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name(HISTORY)


def rate_troubles(runtime: Runtime, company: Company) -> Iterator[RateTrouble]:
    """Yield what is the matter with the exchange rates that a company needs."""
    database = runtime.ledger.database
    foreign = foreign_currencies(database).get(company.id)
    if not foreign:
        return
    feed, today = find_rate_feed(database), local_day(runtime.now(), _FRANKFURT)
    why = f" (the last try failed: {feed.message.rstrip('.')})" if feed.message else ""
    reach = f"Let kpitaps run where it reaches {runtime.environment.rates_url}, or load the ECB's file: "
    fix = f"{reach}kpitaps rates --load {HISTORY}"
    money = f"money in {', '.join(sorted(foreign))} has no value in {company.currency}"
    if feed.last is None:
        yield RateTrouble(is_problem=True, message=f"no exchange rates have been read, so {money}{why}", fix=fix)
        return
    if (today - feed.last).days > OLDEST:
        old = f"the newest exchange rates are of {feed.last}, so {money} from {feed.last + (OLDEST + 1) * _DAY} on"
        yield RateTrouble(is_problem=True, message=f"{old}{why}", fix=fix)
    elif feed.message:
        message = f"exchange rates are those of {feed.last}{why}"
        yield RateTrouble(is_problem=False, message=message, fix=f"If that lasts: {reach}kpitaps rates --load {RECENT}")
    yield from _ended(sorted({*foreign, company.currency} - {EURO}), feed.last, last_rates(database))


def _ended(currencies: Sequence[str], newest: date, last: dict[str, date]) -> Iterator[RateTrouble]:
    for currency in currencies:
        if currency not in last:
            message = f"the European Central Bank has no rates of {currency}, so it cannot be converted"
            yield RateTrouble(is_problem=True, message=message, fix="Report in that currency, in a company of its own")
        elif (newest - last[currency]).days > OLDEST:
            message = f"{currency} has no rates since {last[currency]}: later days cannot be converted"
            fix = "Nothing needs to be done if it was not used after that"
            yield RateTrouble(is_problem=False, message=message, fix=fix)


def _http(runtime: Runtime) -> Http:
    base = runtime.environment.rates_url
    return runtime.open_http(base, [urlsplit(base).netloc])


def _read(http: Http, feed: RateFeed) -> tuple[RateDay, ...]:
    """Return the newest days without a gap to those that are known, in the smallest file that has them."""
    for file in (DAILY, RECENT) if feed.last else ():
        days = parse_rates(file, http.get(file, expect="any").content)
        if feed.last and days[0].day <= next_weekday(feed.last):
            return days
    return parse_rates(HISTORY, http.get(HISTORY, expect="any").content)


def _land(runtime: Runtime, days: Sequence[RateDay]) -> int:
    now = runtime.now()
    today = local_day(now, _FRANKFURT)
    # A day to come would make every day before it final.
    past = [day for day in days if day.day <= today]
    if not past:
        raise BadUse(f"the rates are of {days[0].day}, and today is {today}: check the clock of this machine")
    return land_rates(runtime.ledger.database, past, now)


class RateKeeper:
    """Keeps rates fresh in a thread of its own, so that a source that hangs holds up nobody.

    Args:
        runtime: The process.
        published: Is called when rates have changed.
    """

    def __init__(self, runtime: Runtime, published: Callable[[], None]) -> None:
        self._runtime = runtime
        self._published = published
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin to read rates if they are due and nobody is reading them; return at once."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._keep, name="rates", daemon=True)
            self._thread.start()

    def join(self, patience: float) -> bool:
        """Wait so many seconds for what is under way, and return whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _keep(self) -> None:
        try:
            if keep_rates(self._runtime):
                self._published()
        except KpitapsError as error:
            if not is_outage(self._runtime, error):
                log.warning("exchange rates: %s", error)
        # A thread has nobody to raise to; the next look tries again.
        except Exception:
            log.exception("exchange rates")
