"""Overviews in one row: result, open invoices, and the version to begin a synchronisation with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kpitaps_exact_online.sandbox_literals import literals
from kpitaps_exact_online.sandbox_terms import RECEIVABLE
from kpitaps_exact_online.sandbox_versions import scale
from kpitaps_exact_online.sandbox_wire import Field, Fields, Kind, Refused, moment, number, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from kpitaps_exact_online.sandbox_books import Books
    from kpitaps_exact_online.sandbox_terms import Term

_REVENUE = 110
_OPENING = 10

SYNCED = (
    "TransactionLines",
    "Projects",
    "TimeCostTransactions",
    "Subscriptions",
    "SubscriptionLines",
)
"""Lists whose versions can be looked up by time; payment terms and deletions are not among them."""


class Result(NamedTuple):
    """Revenue and costs in cents."""

    revenue: int
    costs: int


class ProfitLoss(NamedTuple):
    """Result of this fiscal year and the one before, and of today's period in both."""

    year: int
    period: int
    current_year: Result
    current_period: Result
    previous_year: Result
    previous_period: Result


class Outstanding(NamedTuple):
    """Amounts in cents, and how many items they are."""

    amount: int
    items: int
    overdue: int
    overdue_items: int


class OutstandingRow(NamedTuple):
    """What clients owe, and what suppliers are owed."""

    receivable: Outstanding
    payable: Outstanding


class StartRow(NamedTuple):
    """The first row that changed at some time or later."""

    endpoint: str
    at: datetime
    version: int


def profit_loss(books: Books, _least: int) -> list[ProfitLoss]:
    """Return the result, drafts included, as the fiscal periods of the entries have it.

    Revenue is what is booked on accounts of type 110; costs are all else on accounts of profit and loss.
    """
    year, period = books.fiscal(books.today)
    sums: dict[tuple[int, int], list[int]] = {}
    for line in books.ledger.by_id.values():
        entry = line.entry
        if line.gl.sheet == "W" and not entry.is_closing and entry.kind != _OPENING:
            pair = sums.setdefault((entry.year, entry.period), [0, 0])
            pair[line.gl.type != _REVENUE] += line.line.cents

    def result(of: int, periods: range) -> Result:
        found = [sums.get((of, each), [0, 0]) for each in periods]
        return Result(-sum(pair[0] for pair in found) + books.overview_error, sum(pair[1] for pair in found))

    whole_year, month = range(1, 13), range(period, period + 1)
    return [
        ProfitLoss(
            year,
            period,
            result(year, whole_year),
            result(year, month),
            result(year - 1, whole_year),
            result(year - 1, month),
        )
    ]


def outstanding(books: Books, _least: int) -> list[OutstandingRow]:
    """Return what is open by the end of today, unmatched payments and credit notes taken off."""
    rows = list(books.terms.table.rows.values())
    receivable = [term for term in rows if term.type == RECEIVABLE]
    payable = [term for term in rows if term.type != RECEIVABLE]
    return [OutstandingRow(_outstanding(books, receivable), _outstanding(books, payable))]


def _outstanding(books: Books, terms: list[Term]) -> Outstanding:
    today = books.today
    still = [term for term in terms if term.entry.on <= today and not (term.end and term.end.on <= today)]
    still = [term for term in still if term.cents]
    overdue = [term for term in still if term.cents > 0 and _is_overdue(term, today)]
    total = sum(term.cents for term in still) + books.overview_error
    return Outstanding(total, len(still), sum(term.cents for term in overdue), len(overdue))


def _is_overdue(term: Term, today: date) -> bool:
    return term.line.line.due is not None and term.line.line.due < today


def start(books: Books, asked: Mapping[str, str]) -> list[StartRow]:
    """Return the first row that was modified at a wall time or later; of the two in autumn it is the earlier one.

    https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=ReadSyncSyncSyncTimestamp

    Raises:
        Refused: without a time and the name of a list that can be asked about.
    """
    modified, endpoint = (literals(asked.get(name, "")) for name in ("modified", "endPoint"))
    if [each.kind for each in (*modified, *endpoint)] != [Kind.DATE, Kind.TEXT]:
        raise Refused(400, "Please provide modified=datetime'…' and endPoint='…'.")
    name, at = endpoint[0].value, modified[0].value.replace(tzinfo=books.zone)
    if name not in SYNCED:
        raise Refused(400, f"Endpoint '{name}' is not supported.")
    tables: dict[str, Any] = {
        "TransactionLines": books.ledger.lines,
        "Projects": books.desk.projects,
        "TimeCostTransactions": books.desk.hours,
        "Subscriptions": books.desk.subscriptions,
        "SubscriptionLines": books.desk.lines,
    }
    first = next(tables[name].since(scale(at)), None)
    return [] if first is None else [StartRow(name, _modified(first), first.version)]


def _modified(row: Any) -> datetime:
    at: datetime = getattr(getattr(row, "of", row), "modified", None) or row.began.at
    return at


def _result_fields(suffix: str, name: str) -> Fields:
    return {
        f"Revenue{suffix}": number(lambda _, row: getattr(row, name).revenue / 100),
        f"Costs{suffix}": number(lambda _, row: getattr(row, name).costs / 100),
        f"Result{suffix}": number(lambda _, row: (getattr(row, name).revenue - getattr(row, name).costs) / 100),
    }


PROFIT_LOSS_FIELDS: Fields = {
    "CurrentYear": whole(lambda _, row: row.year),
    "CurrentPeriod": whole(lambda _, row: row.period),
    "PreviousYear": whole(lambda _, row: row.year - 1),
    "PreviousYearPeriod": whole(lambda _, row: row.period),
    "CurrencyCode": text(lambda books, _: books.currency),
    **_result_fields("CurrentYear", "current_year"),
    **_result_fields("CurrentPeriod", "current_period"),
    **_result_fields("PreviousYear", "previous_year"),
    **_result_fields("PreviousYearPeriod", "previous_period"),
}


def _outstanding_fields(side: str, name: str) -> Fields:
    return {
        f"Outstanding{side}InvoiceAmount": number(lambda _, row: getattr(row, name).amount / 100),
        f"Outstanding{side}InvoiceCount": number(lambda _, row: float(getattr(row, name).items)),
        f"Overdue{side}InvoiceAmount": number(lambda _, row: getattr(row, name).overdue / 100),
        f"Overdue{side}InvoiceCount": number(lambda _, row: float(getattr(row, name).overdue_items)),
    }


OUTSTANDING_FIELDS: Fields = {
    "CurrencyCode": text(lambda books, _: books.currency),
    **_outstanding_fields("Receivable", "receivable"),
    **_outstanding_fields("Payable", "payable"),
}

START_FIELDS: Fields = {
    "Modified": moment(lambda books, row: books.local(row.at)),
    "API": text(lambda _, row: row.endpoint),
    "TimeStampAsBigInt": Field(Kind.LONG, lambda books, row: row.version - books.numbering.offset),
}
