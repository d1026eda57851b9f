"""The KPIs of sales: leads, deals, the pipeline and who or what brings in the money."""

from __future__ import annotations

from functools import partial

from kpitaps.kpis.kpi_row import (
    COUNT_DOWN,
    COUNT_UP,
    LAGGING,
    LEADING,
    MONEY_UP,
    RATIO_UP,
    TIME_DOWN,
    row,
)

_row = partial(row, "sales")

# A table is read by row.
# fmt: off
SALES = (
    _row("new_customers", "new_customers", COUNT_UP, LAGGING,
        "New customers", "Customers who bought for the first time.",
        "Nieuwe klanten", "Klanten die voor het eerst kochten."),
    _row("leads", "leads", COUNT_UP, LEADING,
        "Leads", "People and companies that became known as possible customers.",
        "Leads", "Mensen en bedrijven die als mogelijke klant in beeld kwamen."),
    _row("intro_meetings", "meetings", COUNT_UP, LEADING,
        "Meetings", "Meetings with possible customers that took place.",
        "Afspraken", "Afspraken met mogelijke klanten die zijn doorgegaan."),
    _row("lead_conversion", "new_customers / leads", RATIO_UP, LAGGING,
        "Lead conversion", "New customers for each new lead.",
        "Leadconversie", "Nieuwe klanten per nieuwe lead."),
    _row("meeting_conversion", "deals_won / meetings", RATIO_UP, LAGGING,
        "Meeting conversion", "Deals won for each meeting.",
        "Afspraakconversie", "Gewonnen deals per afspraak."),
    _row("deals_won", "deals_won", COUNT_UP, LAGGING,
        "Deals won", "Deals that were closed as won.",
        "Gewonnen deals", "Deals die zijn gewonnen."),
    _row("deals_lost", "deals_lost", COUNT_DOWN, LAGGING,
        "Deals lost", "Deals that were closed as lost.",
        "Verloren deals", "Deals die zijn verloren."),
    _row("won_value", "deals_won_value", MONEY_UP, LAGGING,
        "Value won", "The value of the deals that were won.",
        "Gewonnen waarde", "De waarde van de deals die zijn gewonnen."),
    _row("win_rate", "deals_won / (deals_won + deals_lost)", RATIO_UP, LAGGING,
        "Win rate", "The part of the closed deals that was won.",
        "Winpercentage", "Het deel van de gesloten deals dat is gewonnen."),
    _row("average_deal_value", "deals_won_value / deals_won", MONEY_UP, LAGGING,
        "Average deal value", "What a won deal is worth on average.",
        "Gemiddelde dealwaarde", "Wat een gewonnen deal gemiddeld waard is."),
    _row("sales_per_rep", "deals_won_value", MONEY_UP, LAGGING,
        "Sales by salesperson", "The value of the deals that each salesperson won.",
        "Verkoop per verkoper", "De waarde van de deals die elke verkoper heeft gewonnen.",
        by="rep"),
    _row("pipeline_value", "pipeline_value", MONEY_UP, LEADING,
        "Pipeline", "The value of all open deals.",
        "Pijplijn", "De waarde van alle open deals."),
    _row("pipeline_weighted", "pipeline_weighted", MONEY_UP, LEADING,
        "Weighted pipeline", "The value of all open deals, each counted for its chance of being won.",
        "Gewogen pijplijn", "De waarde van alle open deals, elk meegeteld naar de kans dat hij wordt gewonnen."),
    _row("sales_cycle", "sales_cycle", TIME_DOWN, LEADING,
        "Sales cycle", "How long it took on average to win a deal.",
        "Verkoopcyclus", "Hoelang het gemiddeld duurde om een deal te winnen."),
    _row("sales_by_product", "first(revenue, order_revenue)", MONEY_UP, LAGGING,
        "Sales by product", "Revenue of each product, from the invoices or else from the web shop.",
        "Verkoop per product", "Omzet van elk product, uit de facturen of anders uit de webshop.",
        by="product"),
)
# fmt: on
"""KPIs of selling; each is available once its measures are fed."""
