"""The KPIs of service: tickets, how satisfied customers are, and whether they stay."""

from __future__ import annotations

from functools import partial

from kpitaps.kpis.kpi_row import COUNT_DOWN, LAGGING, LEADING, RATIO_DOWN, RATIO_UP, SCORE_UP, TIME_DOWN, row

_row = partial(row, "service")

# A table is read by row.
# fmt: off
SERVICE = (
    _row("tickets_created", "tickets_created", COUNT_DOWN, LEADING,
        "New tickets", "Questions and problems that customers brought in.",
        "Nieuwe tickets", "Vragen en problemen die van klanten binnenkwamen."),
    _row("tickets_open", "tickets_open", COUNT_DOWN, LEADING,
        "Open tickets", "Questions and problems of customers that are not solved yet.",
        "Open tickets", "Vragen en problemen van klanten die nog niet zijn opgelost."),
    _row("complaints", "complaints", COUNT_DOWN, LEADING,
        "Complaints", "Tickets that are complaints.",
        "Klachten", "Tickets die een klacht zijn."),
    _row("first_response_time", "first_response_time", TIME_DOWN, LEADING,
        "First response time", "How long customers waited on average for the first answer.",
        "Eerste reactietijd", "Hoelang klanten gemiddeld op het eerste antwoord wachtten."),
    _row("resolution_time", "resolution_time", TIME_DOWN, LEADING,
        "Resolution time", "How long it took on average to solve a ticket.",
        "Oplostijd", "Hoelang het gemiddeld duurde om een ticket op te lossen."),
    _row("nps", "(nps_promoters - nps_detractors) / (nps_promoters + nps_passives + nps_detractors) * 100",
        SCORE_UP, LEADING,
        "Net promoter score", "The percentage that recommends the company less the percentage that advises against it.",
        "Net promoter score", "Het percentage dat het bedrijf aanbeveelt min het percentage dat het afraadt."),
    _row("csat", "csat_positive / csat_answers", RATIO_UP, LEADING,
        "Customer satisfaction", "The part of the answers that call the service good.",
        "Klanttevredenheid", "Het deel van de antwoorden dat de service goed noemt."),
    _row("churn_rate", "customers_lost / start(customers)", RATIO_DOWN, LAGGING,
        "Churn rate", "Customers who left, as a part of those there were at the start of the period.",
        "Klantverloop", "Klanten die vertrokken, als deel van wie er aan het begin van de periode klant was."),
    _row("retention_rate", "1 - churn_rate", RATIO_UP, LAGGING,
        "Retention rate", "The part of the customers at the start of the period that stayed.",
        "Klantbehoud", "Het deel van de klanten aan het begin van de periode dat is gebleven."),
)
# fmt: on
"""KPIs of serving customers; each is available once its measures are fed."""
