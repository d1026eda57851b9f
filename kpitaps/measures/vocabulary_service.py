"""Measures of service and operations: tickets, satisfaction and time worked."""

from __future__ import annotations

from kpitaps.measures.vocabulary_row import (
    COUNT_DOWN,
    COUNT_UP,
    MEAN_TIME_DOWN,
    STOCK_DOWN,
    TIME_DOWN,
    TIME_STOCK,
    TIME_UP,
    row,
)

# A table is read by row.
# fmt: off
ROWS = (
    row("tickets_created", COUNT_DOWN, "category contact_channel", "creation",
        "New tickets", "Questions and problems that customers brought in.",
        "Nieuwe tickets", "Vragen en problemen die van klanten binnenkwamen."),
    row("complaints", COUNT_DOWN, "category contact_channel", "creation",
        "Complaints", "Tickets in the categories that the settings call complaints.",
        "Klachten", "Tickets in de categorieën die volgens de instellingen klachten zijn."),
    row("tickets_closed", COUNT_UP, "category", "close",
        "Closed tickets", "Tickets that were closed.",
        "Gesloten tickets", "Tickets die zijn gesloten."),
    row("resolution_time", MEAN_TIME_DOWN, "category", "close",
        "Resolution time", "The mean time from a ticket's creation to its close.",
        "Oplostijd", "De gemiddelde tijd van het ontstaan van een ticket tot het sluiten ervan."),
    row("tickets_open", STOCK_DOWN, "category", "creation, close, reopening",
        "Open tickets", "Tickets that are not closed.",
        "Open tickets", "Tickets die niet gesloten zijn."),
    row("first_response_time", MEAN_TIME_DOWN, "category", "first answer",
        "First response time", "The mean time from a ticket's creation to the first answer.",
        "Eerste reactietijd", "De gemiddelde tijd van het ontstaan van een ticket tot het eerste antwoord."),
    row("nps_promoters", COUNT_UP, "", "answer",
        "Promoters", "Answers of 9 or 10 to whether people would recommend the company.",
        "Promotors", "Antwoorden van 9 of 10 op de vraag of mensen het bedrijf zouden aanbevelen."),
    row("nps_passives", COUNT_UP, "", "answer",
        "Passives", "Answers of 7 or 8 to whether people would recommend the company.",
        "Passief tevredenen", "Antwoorden van 7 of 8 op de vraag of mensen het bedrijf zouden aanbevelen."),
    row("nps_detractors", COUNT_DOWN, "", "answer",
        "Detractors", "Answers of 6 or lower to whether people would recommend the company.",
        "Criticasters", "Antwoorden van 6 of lager op de vraag of mensen het bedrijf zouden aanbevelen."),
    row("csat_positive", COUNT_UP, "", "answer",
        "Satisfied answers", "Answers that call the service good.",
        "Tevreden antwoorden", "Antwoorden die de service goed noemen."),
    row("csat_answers", COUNT_UP, "", "answer",
        "Satisfaction answers", "All answers to how the service was.",
        "Antwoorden over tevredenheid", "Alle antwoorden op de vraag hoe de service was."),
    row("time_worked", TIME_DOWN, "rep project", "work day",
        "Time worked", "Time that people wrote down.",
        "Gewerkte tijd", "Tijd die mensen hebben geschreven."),
    row("time_billable", TIME_UP, "rep project", "work day",
        "Billable time", "Time that people wrote down and that customers pay for.",
        "Declarabele tijd", "Geschreven tijd waarvoor klanten betalen."),
    row("time_budgeted", TIME_STOCK, "project", "budget change, else now",
        "Budgeted time", "Time that is planned for a project.",
        "Begrote tijd", "Tijd die voor een project is gepland."),
)
# fmt: on
