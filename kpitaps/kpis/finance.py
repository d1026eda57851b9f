"""The KPIs of finance: the result, what is owed and the cash that is left."""

from __future__ import annotations

from functools import partial

from kpitaps.kpis.kpi_row import (
    LAGGING,
    LEADING,
    MONEY_DOWN,
    MONEY_UP,
    RATIO_DOWN,
    RATIO_UP,
    TIME_DOWN,
    TIME_UP,
    row,
)

_row = partial(row, "finance")

# A table is read by row. What is measured against something that is not above zero has no value: max(0, x) makes the
# divisor zero there.
# fmt: off
FINANCE = (
    _row("revenue", "revenue", MONEY_UP, LAGGING,
        "Revenue", "What was sold, less credit notes and without VAT.",
        "Omzet", "Wat is verkocht, na aftrek van creditnota's en zonder btw."),
    _row("revenue_growth", "revenue / max(0, previous(revenue)) - 1", RATIO_UP, LAGGING,
        "Revenue growth", "How much more was sold than in the previous comparable period.",
        "Omzetgroei", "Hoeveel meer er is verkocht dan in de vorige vergelijkbare periode."),
    _row("gross_profit", "revenue - cost_of_sales", MONEY_UP, LAGGING,
        "Gross profit", "What is left of revenue once the goods and services sold are paid for.",
        "Brutowinst", "Wat er van de omzet overblijft na aftrek van de kostprijs."),
    _row("gross_margin", "gross_profit / revenue", RATIO_UP, LAGGING,
        "Gross margin", "The part of revenue that is left as gross profit.",
        "Brutomarge", "Het deel van de omzet dat als brutowinst overblijft."),
    _row("net_profit",
        "revenue - cost_of_sales - operating_costs - depreciation + other_income - other_costs"
        " + interest_income - interest_costs - taxes", MONEY_UP, LAGGING,
        "Net profit", "All income less all costs, as the general ledger has it.",
        "Nettowinst", "Alle opbrengsten min alle kosten, zoals ze in de boekhouding staan."),
    _row("net_margin", "net_profit / revenue", RATIO_UP, LAGGING,
        "Net margin", "The part of revenue that is left as net profit.",
        "Nettomarge", "Het deel van de omzet dat als nettowinst overblijft."),
    _row("ebitda", "net_profit + taxes + interest_costs - interest_income + depreciation", MONEY_UP, LAGGING,
        "EBITDA", "The profit before interest, tax and depreciation.",
        "EBITDA", "De winst vóór rente, belasting en afschrijvingen."),
    _row("debt_ratio", "(debt_short + debt_long) / max(0, equity)", RATIO_DOWN, LAGGING,
        "Debt ratio", "All debt for each euro that belongs to the owners; without positive equity there is none.",
        "Schuldratio", "Alle schuld per euro eigen vermogen; zonder positief eigen vermogen is er geen."),
    _row("cash_flow", "cash_in - cash_out", MONEY_UP, LAGGING,
        "Cash flow", "The money that came in less the money that went out.",
        "Kasstroom", "Het geld dat binnenkwam min het geld dat eruit ging."),
    _row("burn_rate", "monthly(max(0, cash_out - cash_in), 3)", MONEY_DOWN, LEADING,
        "Burn rate",
        "How much more money went out than came in per month, on average over the last three full months;"
        " a month with a surplus counts as 0.",
        "Burn rate",
        "Hoeveel geld er per maand meer uitging dan binnenkwam, gemiddeld over de laatste drie volle maanden;"
        " een maand met een overschot telt als 0."),
    _row("runway", "cash / burn_rate * 1y / 12", TIME_UP, LEADING,
        "Runway", "How long the cash lasts at the present burn rate; without one there is no value.",
        "Runway",
        "Hoelang het geld reikt als er per maand evenveel meer uitgaat dan binnenkomt als nu (de burn rate);"
        " geen waarde als er geen geld bij in gaat."),
    _row("receivables_overdue_ratio", "receivables_overdue / receivables_open", RATIO_DOWN, LEADING,
        "Overdue receivables", "The part of what customers owe that should have been paid already.",
        "Vervallen debiteuren", "Het deel van de openstaande debiteuren dat al betaald had moeten zijn."),
    _row("receivable_period", "mean(receivables_open) / revenue_incl_vat * length()", TIME_DOWN, LAGGING,
        "Receivable period", "How long customers take on average to pay, also known as DSO.",
        "Debiteurentermijn", "Hoelang klanten er gemiddeld over doen om te betalen, ook wel DSO.",
        month_or_longer=True),
    _row("mrr", "mrr", MONEY_UP, LEADING,
        "Monthly recurring revenue", "What the running subscriptions bring in per month.",
        "Maandelijks terugkerende omzet", "Wat de lopende abonnementen per maand opbrengen."),
    _row("arr", "mrr * 12", MONEY_UP, LEADING,
        "Annual recurring revenue", "What the running subscriptions bring in per year.",
        "Jaarlijks terugkerende omzet", "Wat de lopende abonnementen per jaar opbrengen."),
)
# fmt: on
"""KPIs of the books; each is available once its measures are fed."""
