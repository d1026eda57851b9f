"""By which event measures are dated, in Dutch: the vocabulary says it in English."""

from __future__ import annotations

DUTCH = {
    "abandonment; recovered ones leave again": "het moment van verlaten; wat alsnog besteld wordt, gaat er weer uit",
    "answer": "het antwoord",
    "bank statement date": "de datum van het bankafschrift",
    "booking date": "de boekdatum",
    "booking or invoice date": "de boek- of factuurdatum",
    "budget change, else now": "de wijziging van het budget, anders nu",
    "close": "de afsluiting",
    "close (won)": "de afsluiting (gewonnen)",
    "creation": "het aanmaken",
    "creation, close, reopening": "aanmaken, afsluiten en heropenen",
    "creation, stage change, close": "aanmaken, wisselen van fase en afsluiten",
    "day": "de dag",
    "document date": "de documentdatum",
    "due and payment dates": "de verval- en betaaldatum",
    "end of subscription": "het einde van het abonnement",
    "entry date": "de invoerdatum",
    "first answer": "het eerste antwoord",
    "first invoice, won deal or order, as the connection's setting says": (
        "de eerste factuur, gewonnen deal of bestelling, zoals de koppeling is ingesteld"
    ),
    "first purchase, and the day a customer counts as lost": (
        "de eerste aankoop, en de dag waarop een klant als verloren telt"
    ),
    "invoice and payment dates": "de factuur- en betaaldatum",
    "invoice date": "de factuurdatum",
    "order": "de bestelling",
    "order for what was sold, refund for what was paid back": (
        "de bestelling voor wat verkocht is, de terugbetaling voor wat terugbetaald is"
    ),
    "order, so that a refund restates the order's day": (
        "de bestelling, zodat een terugbetaling de dag van de bestelling bijstelt"
    ),
    "refund": "de terugbetaling",
    "send": "de verzending",
    "start and end of subscription": "het begin en het einde van het abonnement",
    "start of subscription": "het begin van het abonnement",
    "start of the meeting": "het begin van de afspraak",
    "subscription change, else now": "de aan- of afmelding, anders nu",
    "the property's day": "het bezoek, in de tijdzone van Google Analytics",
    "the setting's number of days after the last purchase, or subscription end": (
        "het ingestelde aantal dagen na de laatste aankoop, of het einde van het abonnement"
    ),
    "window": "elke periode apart",
    "work day": "de werkdag",
}
"""Dutch for what `Measure.dated_by` says. A tap's own measure that is not here keeps its English."""
