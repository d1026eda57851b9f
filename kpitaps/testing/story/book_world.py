"""What is settled about the company's books: its ledger accounts, journals and kinds of entries. Tables, no logic."""

from __future__ import annotations

from typing import NamedTuple


class GLAccount(NamedTuple):
    """An account of the general ledger.

    Attributes:
        code: What bookkeepers call it.
        name: What it is for, as the company's chart of accounts has it.
        type: What sort of account it is, in the numbers of Exact Online's ``GLAccount.Type``.
        side: "D" where its balance is a debit by nature, "C" where it is a credit.
        sheet: "B" for the balance sheet, "W" for profit and loss.
    """

    code: str
    name: str
    type: int
    side: str
    sheet: str


# A table is read by row.
# fmt: off
GL_ACCOUNTS = (
    GLAccount("0100", "Inventaris", 30, "D", "B"),
    GLAccount("0150", "Afschrijving inventaris", 35, "C", "B"),
    GLAccount("0300", "Waarborgsommen", 32, "D", "B"),
    GLAccount("0500", "Aandelenkapitaal", 50, "C", "B"),
    GLAccount("0590", "Winstreserve", 52, "C", "B"),
    GLAccount("0700", "Banklening", 55, "C", "B"),
    GLAccount("0710", "Aflossing komend jaar", 60, "C", "B"),
    GLAccount("1000", "Kas", 10, "D", "B"),
    GLAccount("1100", "Bank", 12, "D", "B"),
    GLAccount("1110", "Spaarrekening", 12, "D", "B"),
    GLAccount("1120", "Betaalprovider", 16, "D", "B"),
    GLAccount("1130", "Creditcard", 14, "C", "B"),
    GLAccount("1300", "Debiteuren", 20, "D", "B"),
    GLAccount("1310", "Vooruitontvangen bedragen", 21, "C", "B"),
    GLAccount("1400", "Vooruitbetaalde kosten", 26, "D", "B"),
    GLAccount("1500", "Af te dragen btw", 24, "C", "B"),
    GLAccount("1510", "Te vorderen btw", 24, "D", "B"),
    GLAccount("1600", "Crediteuren", 22, "C", "B"),
    GLAccount("1700", "Te betalen lonen", 25, "C", "B"),
    GLAccount("1710", "Loonheffing", 100, "C", "B"),
    GLAccount("1720", "Nog te betalen kosten", 27, "C", "B"),
    GLAccount("1730", "Te betalen vennootschapsbelasting", 29, "C", "B"),
    GLAccount("2000", "Kruisposten", 90, "D", "B"),
    GLAccount("2100", "Tussenrekening", 90, "C", "B"),
    GLAccount("3000", "Voorraad", 40, "D", "B"),
    GLAccount("4000", "Lonen", 125, "D", "W"),
    GLAccount("4010", "Sociale lasten", 126, "D", "W"),
    GLAccount("4100", "Huisvesting", 121, "D", "W"),
    GLAccount("4200", "Marketing", 121, "D", "W"),
    GLAccount("4210", "Advertenties", 121, "D", "W"),
    GLAccount("4300", "Algemene kosten", 121, "D", "W"),
    GLAccount("4310", "Kosten betaalprovider", 120, "D", "W"),
    GLAccount("4400", "Ontwikkeling", 123, "D", "W"),
    GLAccount("4800", "Afschrijvingskosten", 122, "D", "W"),
    GLAccount("7000", "Kostprijs van de omzet", 111, "D", "W"),
    GLAccount("8000", "Omzet groothandel", 110, "C", "W"),
    GLAccount("8010", "Omzet webwinkel", 110, "C", "W"),
    GLAccount("8020", "Omzet abonnementen", 110, "C", "W"),
    GLAccount("8090", "Koersverschillen", 90, "D", "W"),
    GLAccount("9000", "Rentebaten", 160, "C", "W"),
    GLAccount("9010", "Rentelasten", 160, "D", "W"),
    GLAccount("9100", "Bijzondere baten", 140, "C", "W"),
    GLAccount("9110", "Bijzondere lasten", 130, "D", "W"),
    GLAccount("9200", "Vennootschapsbelasting", 150, "D", "W"),
)

JOURNALS = {
    "10": ("Kas", 10),
    "20": ("Bank", 12),
    "21": ("Spaarrekening", 12),
    "25": ("Betaalprovider", 16),
    "60": ("Inkoop", 22),
    "70": ("Verkoop", 20),
    "90": ("Memoriaal", 90),
}
"""Code → name and type, in the numbers of Exact Online's ``Journal.Type``."""

OPENING, SALES, SALES_CREDIT, PURCHASE, PURCHASE_CREDIT, CASH_FLOW, VAT_RETURN = 10, 20, 21, 30, 31, 40, 50
DEPRECIATION, EXCHANGE_DIFFERENCE, PAYMENT_DIFFERENCE, OTHER, PAYROLL = 70, 82, 83, 90, 170
CLOSING_RESULT, CLOSING_BALANCE, OPENING_BALANCE = 326, 327, 328
# fmt: on
KINDS = {
    OPENING: "Opening balance",
    SALES: "Sales entry",
    SALES_CREDIT: "Sales credit note",
    PURCHASE: "Purchase entry",
    PURCHASE_CREDIT: "Purchase credit note",
    CASH_FLOW: "Cash flow",
    VAT_RETURN: "VAT return",
    DEPRECIATION: "Asset - Depreciation",
    EXCHANGE_DIFFERENCE: "Exchange rate difference",
    PAYMENT_DIFFERENCE: "Payment difference",
    OTHER: "Other",
    PAYROLL: "Payroll",
    CLOSING_RESULT: "Year end net p/l to balance sheet",
    CLOSING_BALANCE: "Year end closing balance",
    OPENING_BALANCE: "Year start opening balance",
}
"""Kinds of entries, in the numbers of Exact Online's ``TransactionLine.Type``."""

CLOSING = (CLOSING_RESULT, CLOSING_BALANCE, OPENING_BALANCE)
"""Entries that close a year and open the next: no flow, and nothing that is not in the balance already."""
