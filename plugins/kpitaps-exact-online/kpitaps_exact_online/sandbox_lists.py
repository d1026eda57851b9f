"""Where the lists get their things from, and lists that hang on nothing that happens: accounts, staff, periods."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from kpitaps.testing.story import REPS
from kpitaps.testing.story.book_world import JOURNALS, GLAccount
from kpitaps_exact_online.sandbox_books import KEPT
from kpitaps_exact_online.sandbox_crm_fields import Party
from kpitaps_exact_online.sandbox_hours_fields import Employee
from kpitaps_exact_online.sandbox_subscription_fields import SubscriptionType, period, type_code
from kpitaps_exact_online.sandbox_terms import PAYABLE, RECEIVABLE
from kpitaps_exact_online.sandbox_versions import version_of
from kpitaps_exact_online.sandbox_wire import uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kpitaps_exact_online.sandbox_books import Books
    from kpitaps_exact_online.sandbox_ledger import Line
    from kpitaps_exact_online.sandbox_terms import Term

SET_UP = datetime(2015, 1, 5, 9, tzinfo=UTC)
"""When somebody entered the chart of accounts, the journals and the staff."""

_YEARS_BACK = 12
_PERIODS = {"week": (1, 2), "month": (1, 2, 3, 4, 6), "year": range(1, 11)}


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A ledger account in the chart."""

    key: str
    version: int
    account: GLAccount
    since: datetime


class JournalRow(NamedTuple):
    """A journal."""

    code: str
    name: str
    type: int
    since: datetime


class FiscalPeriod(NamedTuple):
    """A period of a fiscal year."""

    year: int
    number: int
    first: date
    last: date
    since: datetime


class Balance(NamedTuple):
    """The sum of the lines on an account that have period, status and type in common."""

    number: int
    account: GLAccount
    year: int
    period: int
    status: int
    type: int
    debit: int
    credit: int
    lines: int


def lines(books: Books, least: int) -> Iterator[Line]:
    """Yield the lines of the ledger."""
    return (line for line in books.ledger.lines.since(least) if line.line.id not in books.hidden_lines)


def terms(books: Books, least: int) -> Iterator[Term]:
    """Yield all open items and what was matched of them."""
    return books.terms.table.since(least)


def changed_terms(books: Books, least: int) -> Iterator[Term]:
    """Yield them as who asks for changes is shown them."""
    return (term for term in terms(books, least) if term.line.line.id not in books.hidden_items)


def receivables(books: Books, least: int) -> Iterator[Term]:
    """Yield what clients have to do with."""
    return (term for term in terms(books, least) if term.type == RECEIVABLE)


def payments(books: Books, least: int) -> Iterator[Term]:
    """Yield what suppliers have to do with."""
    return (term for term in terms(books, least) if term.type == PAYABLE)


def deleted(books: Books, least: int) -> Iterator[Any]:
    """Yield what was deleted in the last two months."""
    return (row for row in books.graveyard.table.since(least) if row.at > books.now - KEPT)


def chart(books: Books, least: int) -> list[ChartRow]:
    """Return the ledger accounts; one with a type of its own appears when something is booked on it."""
    rows = []
    for code, account in books.ledger.gls.items():
        key = uid("gl", code)
        rows.append(ChartRow(key, version_of(SET_UP, key), account, SET_UP))
    return _from(rows, least)


def parties(books: Books, least: int) -> list[Party]:
    """Return the clients of the office, and whoever is in the ledger."""
    known: dict[int, tuple[str, datetime]] = {
        client.client: (client.name, client.at) for client in books.desk.clients.values()
    }
    roles: defaultdict[int, set[int]] = defaultdict(set)
    for line in books.ledger.by_id.values():
        if line.line.party is not None:
            known.setdefault(line.line.party, (line.line.party_name, line.created))
            roles[line.line.party].add(line.gl.type)
    rows = [_party(id_, name, since, roles[id_]) for id_, (name, since) in known.items()]
    return _from(rows, least)


def employees(_books: Books, least: int) -> list[Employee]:
    """Return the staff; who left stays in the list."""
    keys = {rep: uid("employee", rep.id) for rep in REPS}
    return _from([Employee(key, version_of(SET_UP, key), rep, SET_UP) for rep, key in keys.items()], least)


def subscription_types(_books: Books, _least: int) -> list[SubscriptionType]:
    """Return a type for every period that there is."""
    kinds = [period(unit, periods) for unit, several in _PERIODS.items() for periods in several]
    codes = {type_code(*kind): kind for kind in kinds}
    return [
        SubscriptionType(uid("subscription type", code), code, count, unit, SET_UP)
        for code, (unit, count) in codes.items()
    ]


def journals(_books: Books, _least: int) -> list[JournalRow]:
    """Return the journals."""
    return [JournalRow(code, name, kind, SET_UP) for code, (name, kind) in JOURNALS.items()]


def fiscal_periods(books: Books, _least: int) -> list[FiscalPeriod]:
    """Return the months of the fiscal years, through the next one."""
    years = range(books.today.year - _YEARS_BACK, books.today.year + 2)
    return [_fiscal_period(books, year, number) for year in years for number in range(1, 13)]


def balances(books: Books, _least: int) -> list[Balance]:
    """Return the balances of all accounts."""
    groups: defaultdict[tuple[str, int, int, int, int], list[int]] = defaultdict(list)
    for line in books.ledger.by_id.values():
        entry = line.entry
        groups[line.line.gl, entry.year, entry.period, entry.status, entry.kind].append(line.line.cents)
    return [
        Balance(
            number,
            books.ledger.gls[group[0]],
            *group[1:],
            debit=sum(cents for cents in amounts if cents > 0),
            credit=-sum(cents for cents in amounts if cents < 0),
            lines=len(amounts),
        )
        for number, (group, amounts) in enumerate(sorted(groups.items()), 1)
    ]


def _party(id_: int, name: str, since: datetime, roles: set[int]) -> Party:
    key, is_supplier = uid("account", id_), PAYABLE in roles
    status = "C" if RECEIVABLE in roles else ("A" if is_supplier else "P")
    return Party(key, version_of(since, key), id_, name, status, is_supplier, since)


def _fiscal_period(books: Books, year: int, number: int) -> FiscalPeriod:
    months = year * 12 + books.fiscal_year_start - 1 + number - 1
    first, after = date(months // 12, months % 12 + 1, 1), date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return FiscalPeriod(year, number, first, after - timedelta(days=1), SET_UP)


def _from(rows: Iterable[Any], least: int) -> list[Any]:
    return sorted((row for row in rows if row.version >= least), key=lambda row: (row.version, row.key))
