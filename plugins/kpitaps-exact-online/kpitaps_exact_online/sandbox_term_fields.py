"""What the lists of open items show, with the names that Exact Online gives it.

https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=SyncCashflowPaymentTerms
"""

from __future__ import annotations

from kpitaps_exact_online.sandbox_fields import currency, journal, party, rate, traces, version
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

_SHARED_TERM_FIELDS: Fields = {
    "ID": guid(lambda _, term: term.key),
    "Account": guid(lambda _, term: party(term.line, lambda party, _: uid("account", party))),
    "AccountCode": text(lambda _, term: party(term.line, lambda party, _: padded(party))),
    "AccountName": text(lambda _, term: party(term.line, lambda _, name: name)),
    "AmountDC": number(lambda _, term: term.cents / 100),
    "AmountFC": number(lambda _, term: round(term.cents / 100 / rate(term.line), 2)),
    "Currency": text(lambda books, term: currency(books, term.line)),
    "Description": text(lambda _, term: term.line.line.text),
    "DueDate": moment(lambda _, term: midnight(term.line.line.due)),
    "EndDate": moment(lambda _, term: midnight(term.end.on) if term.end else None),
    "EndPeriod": whole(lambda _, term: term.end.period if term.end else None),
    "EndYear": whole(lambda _, term: term.end.year if term.end else None),
    "EntryDate": moment(lambda _, term: midnight(term.entry.on)),
    "EntryID": guid(lambda _, term: uid("set", term.key)),
    "EntryNumber": whole(lambda _, term: term.entry.booked.number),
    "GLAccount": guid(lambda _, term: uid("gl", term.line.gl.code)),
    "GLAccountCode": text(lambda _, term: term.line.gl.code),
    "GLAccountDescription": text(lambda _, term: term.line.gl.name),
    "InvoiceDate": moment(lambda _, term: midnight(term.entry.on)),
    "InvoiceNumber": whole(lambda _, term: term.entry.booked.number if term.entry.kind in (20, 21) else None),
    "Journal": text(lambda _, term: term.entry.booked.journal),
    "JournalDescription": text(lambda _, term: journal(term.line)),
    "PaymentCondition": text(lambda _, term: "30" if term.line.line.due else None),
    "PaymentDays": whole(lambda _, t: (t.line.line.due - t.entry.on).days if t.line.line.due else None),
    "PaymentMethod": text(lambda _books, _term: "B"),
    "RateFC": number(lambda _, term: rate(term.line)),
    "Status": whole(lambda _, term: 50 if term.end else 20),
    "TransactionAmountDC": number(lambda _, term: term.whole_cents / 100),
    "TransactionDueDate": moment(lambda _, term: midnight(term.line.line.due)),
    "TransactionEntryID": guid(lambda _, term: uid("entry", term.entry.booked.entry)),
    "TransactionID": guid(lambda _, term: term.line.key),
    "TransactionIsReversal": flag(lambda _books, _term: False),
    "TransactionReportingPeriod": whole(lambda _, term: term.entry.period),
    "TransactionReportingYear": whole(lambda _, term: term.entry.year),
    "TransactionStatus": whole(lambda _, term: term.entry.status),
    "TransactionType": whole(lambda _, term: term.entry.kind),
    "YourRef": text(lambda _, term: str(term.entry.booked.number)),
    **traces(lambda term: term.created, lambda term: term.modified),
    **absent(Kind.GUID, "AccountBankAccountID AccountContact BankAccountID Document"),
    **absent(Kind.TEXT, "AccountContactName PaymentReference"),
    **absent(Kind.NUMBER, "AmountDiscountDC AmountDiscountFC"),
    **absent(Kind.DATE, "DiscountDueDate"),
}

RECEIVABLE_FIELDS: Fields = {
    **_SHARED_TERM_FIELDS,
    "AccountCountry": text(lambda _, term: party(term.line, lambda _party, _name: "NL ")),
    "IsFullyPaid": flag(lambda _, term: term.end is not None),
    "LastPaymentDate": moment(lambda _, term: midnight(term.end.paid_on) if term.end else None),
}
PAYMENT_FIELDS: Fields = {**_SHARED_TERM_FIELDS, **absent(Kind.DATE, "PaymentSelected")}
TERM_FIELDS: Fields = {**version(), **RECEIVABLE_FIELDS, "LineType": whole(lambda _, term: term.type)}
