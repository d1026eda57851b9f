"""What the lists of the general ledger show, with the names that Exact Online gives it.

See the lists of properties at https://start.exactonline.nl/docs/HlpRestAPIResources.aspx
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.book_world import JOURNALS
from kpitaps_exact_online.sandbox_wire import Field as _Field
from kpitaps_exact_online.sandbox_wire import (
    Fields,
    Kind,
    absent,
    flag,
    guid,
    midnight,
    moment,
    number,
    padded,
    text,
    uid,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps_exact_online.sandbox_books import Books
    from kpitaps_exact_online.sandbox_ledger import Line

USER, USER_NAME = uid("user", 1), "Noor Bakker"


def version() -> Fields:
    """Declare the version that rows of sync endpoints have."""
    return {"Timestamp": _Field(Kind.LONG, lambda books, row: row.version - books.numbering.offset)}


def traces(created: Callable[[Any], Any], modified: Callable[[Any], Any]) -> Fields:
    """Declare who entered and changed a row, and when."""
    return {
        "Created": moment(lambda books, row: books.local(created(row))),
        "Creator": guid(lambda _books, _row: USER),
        "CreatorFullName": text(lambda _books, _row: USER_NAME),
        "Modified": moment(lambda books, row: books.local(modified(row))),
        "Modifier": guid(lambda _books, _row: USER),
        "ModifierFullName": text(lambda _books, _row: USER_NAME),
        "Division": whole(lambda books, _row: books.division),
    }


def _foreign(line: Line) -> int:
    return line.line.cents if line.line.foreign is None else line.line.foreign.cents


def rate(line: Line) -> float:
    """Return what one unit of the document's currency is worth."""
    return 1.0 if line.line.foreign is None else float(line.line.foreign.rate)


def currency(books: Books, line: Line) -> str:
    """Return the document's currency."""
    return books.currency if line.line.foreign is None else line.line.foreign.currency


def journal(line: Line) -> str:
    """Return the name of the journal."""
    return JOURNALS[line.entry.booked.journal][0]


def party(line: Line, show: Callable[[int, str], Any]) -> Any:
    """Return what is to be shown of the client or supplier, from their id and name."""
    return None if line.party is None else show(*line.party)


def _product(line: Line, show: Callable[[str], Any]) -> Any:
    return show(line.line.product) if line.line.product else None


LINE_FIELDS: Fields = {
    "ID": guid(lambda _, line: line.key),
    "Account": guid(lambda _, line: party(line, lambda party, _: uid("account", party))),
    "AccountCode": text(lambda _, line: party(line, lambda party, _: padded(party))),
    "AccountName": text(lambda _, line: party(line, lambda _, name: name)),
    "AmountDC": number(lambda _, line: line.line.cents / 100),
    "AmountFC": number(lambda _, line: _foreign(line) / 100),
    "AmountVATBaseFC": number(lambda _books, _line: 0.0),
    "AmountVATFC": number(lambda _books, _line: 0.0),
    "Currency": text(currency),
    "Date": moment(lambda _, line: midnight(line.entry.on)),
    "Description": text(lambda _, line: line.line.text or line.entry.booked.text),
    "DueDate": moment(lambda _, line: midnight(line.line.due)),
    "EntryID": guid(lambda _, line: uid("entry", line.entry.booked.entry)),
    "EntryNumber": whole(lambda _, line: line.entry.booked.number),
    "ExchangeRate": number(lambda _, line: rate(line)),
    "FinancialPeriod": whole(lambda _, line: line.entry.period),
    "FinancialYear": whole(lambda _, line: line.entry.year),
    "GLAccount": guid(lambda _, line: uid("gl", line.gl.code)),
    "GLAccountCode": text(lambda _, line: line.gl.code),
    "GLAccountDescription": text(lambda _, line: line.gl.name),
    "InvoiceNumber": whole(lambda _, line: line.entry.booked.number if line.entry.kind in (20, 21) else None),
    "Item": guid(lambda _, line: _product(line, lambda product: uid("item", product))),
    "ItemCode": text(lambda _, line: _product(line, lambda product: product[:10].upper().replace(" ", "-"))),
    "ItemDescription": text(lambda _, line: _product(line, str)),
    "JournalCode": text(lambda _, line: line.entry.booked.journal),
    "JournalDescription": text(lambda _, line: journal(line)),
    "LineNumber": whole(lambda _, line: line.number),
    "LineType": whole(lambda _books, _line: 0),
    "Quantity": number(lambda _, line: _product(line, lambda _product: 1.0)),
    "Status": whole(lambda _, line: line.entry.status),
    "Type": whole(lambda _, line: line.entry.kind),
    "VATCode": text(lambda _, line: "VH " if line.gl.type == 110 else None),
    "VATCodeDescription": text(lambda _, line: "BTW hoog tarief, exclusief" if line.gl.type == 110 else None),
    "VATPercentage": number(lambda _books, _line: None),
    "YourRef": text(lambda _, line: str(line.entry.booked.number) if line.entry.kind in (20, 21, 30, 31) else None),
    **traces(lambda line: line.created, lambda line: line.modified),
    **absent(Kind.GUID, "Asset CostCenter CostUnit Document OffsetID Project Subscription"),
    **absent(
        Kind.TEXT,
        "AssetCode AssetDescription CostCenterDescription CostUnitDescription CustomField DocumentSubject "
        "ExternalLinkDescription ExternalLinkReference Notes PaymentReference ProjectCode ProjectDescription "
        "SubscriptionDescription TrackingNumber TrackingNumberDescription VATType",
    ),
    **absent(Kind.WHOLE, "DocumentNumber OrderNumber"),
    **absent(Kind.NUMBER, "ExtraDutyAmountFC ExtraDutyPercentage PaymentDiscountAmount"),
}

GL_FIELDS: Fields = {
    "ID": guid(lambda _, gl: uid("gl", gl.account.code)),
    "BalanceSide": text(lambda _, gl: gl.account.side),
    "BalanceType": text(lambda _, gl: gl.account.sheet),
    "Code": text(lambda _, gl: gl.account.code),
    "Description": text(lambda _, gl: gl.account.name),
    "IsBlocked": flag(lambda _books, _gl: False),
    "Matching": flag(lambda _books, _gl: False),
    "SearchCode": text(lambda _, gl: gl.account.name.upper()[:20]),
    "Type": whole(lambda _, gl: gl.account.type),
    "TypeDescription": text(lambda _books, _gl: None),
    **traces(lambda gl: gl.since, lambda gl: gl.since),
    **absent(Kind.TEXT, "Costcenter Costunit CustomField ReportingCode VATCode"),
}

DELETED_FIELDS: Fields = {
    **version(),
    "DeletedBy": guid(lambda _books, _row: USER),
    "DeletedDate": moment(lambda books, row: books.local(row.at)),
    "Division": whole(lambda books, _row: books.division),
    "EntityKey": guid(lambda _, row: row.entity),
    "EntityType": whole(lambda _, row: row.kind),
    "ID": guid(lambda _, row: row.key),
}
