"""The words of alerts, in English and Dutch."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One text in both languages."""

    en: str
    nl: str

    def said(self, language: str) -> str:
        """Return it in ``en`` or ``nl``."""
        return self.nl if language == "nl" else self.en


UNKNOWN = Words("not known", "niet bekend")

AT_RISK = Words("at risk", "let op")
OFF_TRACK = Words("off track", "niet op koers")

# No verb behind a name: it may be a sentence, such as "more of the customers stay". And true of a goal that runs as
# well as of one that is over.
GOAL_SUMMARY = Words(
    "{name}: {status}. Value: {actual}{expected}{attainment}.",
    "{name}: {status}. Stand: {actual}{expected}{attainment}.",
)
GOAL_EXPECTED = Words(", while it should have been {value}", ", terwijl het {value} had moeten zijn")
# Where less is better it is no part of what is expected.
GOAL_ATTAINMENT = Words(" (reached: {value})", " (behaald: {value})")
GOAL_TARGET = Words("The target is {value}.", "Het doel is {value}.")
GOAL_PROJECTION = Words(" If nothing changes, it will be {value}.", " Als er niets verandert, wordt het {value}.")
GOAL_ENDED = Words(" The last day was {value}.", " De laatste dag was {value}.")
GOAL_SINCE = Words(" It has stood like this since {value}.", " Zo staat het sinds {value}.")
OWNER = Words(" Owner: {owner}.", " Eigenaar: {owner}.")
DECIDES = Words(" This goal is for deciding: {decides}.", " Met dit doel wordt besloten: {decides}.")

BELOW = Words("below", "onder")
ABOVE = Words("above", "boven")
THRESHOLD_TITLE = Words("{name} {window}: {side} {limit}", "{name} {window}: {side} {limit}")
CHANGE_TITLE = Words("{name} {window}: change {side} {limit}", "{name} {window}: verandering {side} {limit}")
# No verb, as names are singular or plural; and true again when all is well: Grafana then tells the value of that time.
THRESHOLD_SUMMARY = Words(
    "{name}{label} {window}: {value} (should not be {side} {limit}).",
    "{name}{label} {window}: {value} (grens: niet {side} {limit}).",
)
CHANGE_SUMMARY = Words(
    "{name} {window}: {value} against the period before (should not be {side} {limit}).",
    "{name} {window}: {value} ten opzichte van de periode ervoor (grens: niet {side} {limit}).",
)
CHANGE_DETAIL = Words(" It is {value}.", " Het is {value}.")
CHANGE_BEFORE = Words(" The period before it was {value}.", " In de periode ervoor was het {value}.")
RECOVERS = Words(" The alert ends at {value}.", " De melding eindigt bij {value}.")
UNKNOWN_TITLE = Words("{title} (not known)", "{title} (niet bekend)")
UNKNOWN_SUMMARY = Words(
    "{name} {window}: not known. Nobody can tell whether that is {side} {limit}.",
    "{name} {window}: niet bekend. Niemand weet of dat {side} {limit} is.",
)
UNKNOWN_DETAIL = Words(
    "Something has not been read yet, or there was nothing to divide by in this period. kpitaps status shows whether a "
    "connection is behind.",
    "Er is iets nog niet gelezen, of er was in deze periode niets om door te delen. kpitaps status laat zien of een "
    "koppeling achterloopt.",
)

_WINDOWS = {
    "today": Words("today", "vandaag"),
    "yesterday": Words("yesterday", "gisteren"),
    "7d": Words("in the last 7 days", "in de laatste 7 dagen"),
    "28d": Words("in the last 28 days", "in de laatste 28 dagen"),
    "wtd": Words("this week", "deze week"),
    "mtd": Words("this month", "deze maand"),
    "qtd": Words("this quarter", "dit kwartaal"),
    "ytd": Words("this year", "dit jaar"),
    "last_week": Words("last week", "vorige week"),
    "last_month": Words("last month", "vorige maand"),
    "last_quarter": Words("last quarter", "vorig kwartaal"),
    "last_year": Words("last year", "vorig jaar"),
    "12m": Words("in the last 12 months", "in de laatste 12 maanden"),
}

_FISCAL_YEARS = {
    "ytd": Words("this fiscal year", "dit boekjaar"),
    "last_year": Words("last fiscal year", "vorig boekjaar"),
}
_FISCAL_QUARTERS = {
    "qtd": Words("this fiscal quarter", "dit kwartaal van het boekjaar"),
    "last_quarter": Words("last fiscal quarter", "vorig kwartaal van het boekjaar"),
}


def window(name: str, fiscal_year_start: int) -> Words:
    """Return what a window is called in a sentence, where fiscal years start in this month, 1 to 12.

    Only years and quarters that are not those of the calendar are called fiscal.
    """
    found = _WINDOWS
    if fiscal_year_start != 1:
        found = found | _FISCAL_YEARS
    if fiscal_year_start % 3 != 1:
        found = found | _FISCAL_QUARTERS
    return found[name]
