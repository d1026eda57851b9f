"""The KPIs of marketing: the web site, advertising, e-mail, and what a customer costs and brings in."""

from __future__ import annotations

from functools import partial

from kpitaps.kpis.kpi_row import (
    COUNT_UP,
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

_row = partial(row, "marketing")

# A table is read by row.
# fmt: off
MARKETING = (
    _row("sessions", "sessions", COUNT_UP, LEADING,
        "Sessions", "Visits to the web site.",
        "Sessies", "Bezoeken aan de website."),
    _row("visitors", "visitors", COUNT_UP, LEADING,
        "Visitors", "Different people who visited the web site.",
        "Bezoekers", "Verschillende mensen die de website bezochten."),
    _row("pageviews", "pageviews", COUNT_UP, LEADING,
        "Page views", "Pages of the web site that were viewed.",
        "Paginaweergaven", "Pagina's van de website die zijn bekeken."),
    _row("session_duration", "session_duration", TIME_UP, LEADING,
        "Session duration", "How long a visit to the web site lasted on average.",
        "Sessieduur", "Hoelang een bezoek aan de website gemiddeld duurde."),
    _row("traffic_by_channel", "sessions", COUNT_UP, LEADING,
        "Traffic by channel", "Visits to the web site through each channel, such as search or e-mail.",
        "Verkeer per kanaal", "Bezoeken aan de website via elk kanaal, zoals zoekmachines of e-mail.",
        by="traffic_channel"),
    _row("bounce_rate", "1 - engaged_sessions / sessions", RATIO_DOWN, LEADING,
        "Bounce rate", "The part of the visits that ended at once and led to nothing.",
        "Bouncepercentage", "Het deel van de bezoeken dat meteen eindigde en niets opleverde."),
    _row("conversion_rate", 'first(orders{sales_channel="web"}, key_events) / sessions', RATIO_UP, LAGGING,
        "Conversion rate", "Online orders per visit, or without a shop the key events per visit.",
        "Conversieratio", "Online bestellingen per bezoek, of zonder webshop belangrijke gebeurtenissen per bezoek."),
    _row("ad_clicks", "ad_clicks", COUNT_UP, LEADING,
        "Ad clicks", "Clicks on advertisements.",
        "Advertentieklikken", "Klikken op advertenties."),
    _row("click_through_rate", "ad_clicks / ad_impressions", RATIO_UP, LEADING,
        "Click-through rate", "The part of the times that an advertisement was shown in which it was clicked.",
        "Doorklikratio", "Het deel van de advertentievertoningen waarbij is geklikt."),
    _row("cost_per_acquisition", "ad_spend / new_customers", MONEY_DOWN, LAGGING,
        "Cost per acquisition", "What was spent on advertisements per new customer.",
        "Advertentiekosten per nieuwe klant", "Wat er per nieuwe klant aan advertenties is uitgegeven."),
    _row("return_on_ad_spend", "ad_revenue / ad_spend", RATIO_UP, LAGGING,
        "Return on ad spend", "Revenue credited to advertisements for each euro that they cost.",
        "Rendement op advertenties", "Omzet die aan advertenties wordt toegeschreven, per euro die ze kostten."),
    _row("customer_acquisition_cost", "ad_spend / new_customers", MONEY_DOWN, LAGGING,
        "Customer acquisition cost",
        "What it cost to win a new customer: advertisements, and the marketing and sales costs that your kpis.toml"
        " names.",
        "Wervingskosten per klant",
        "Wat het kostte om een nieuwe klant te winnen: advertenties, en de marketing- en verkoopkosten die uw"
        " kpis.toml noemt."),
    _row("customer_lifetime_value",
        "monthly(gross_profit, 12) / monthly(mean(customers), 12)"
        " / (monthly(customers_lost, 12) / monthly(start(customers), 12))", MONEY_UP, LEADING,
        "Customer lifetime value",
        "The gross profit that a customer brings in until they leave, judged by the last twelve months.",
        "Klantwaarde",
        "De brutowinst die een klant oplevert tot die vertrekt, gerekend naar de laatste twaalf maanden."),
    _row("clv_to_cac", "customer_lifetime_value / customer_acquisition_cost", RATIO_UP, LEADING,
        "Lifetime value to acquisition cost", "How many times over a customer earns back what winning one costs.",
        "Klantwaarde per euro wervingskosten", "Hoeveel keer een klant de kosten van het werven terugverdient."),
    _row("subscribers", "subscribers", COUNT_UP, LEADING,
        "Subscribers", "People who receive the e-mails.",
        "Abonnees", "Mensen die de e-mails ontvangen."),
    _row("subscriber_growth", "(subscribers - start(subscribers)) / start(subscribers)", RATIO_UP, LEADING,
        "Subscriber growth", "How much the number of subscribers grew over the period.",
        "Groei van het aantal abonnees", "Hoeveel het aantal abonnees in de periode is gegroeid."),
    _row("email_open_rate", "emails_opened / emails_delivered", RATIO_UP, LEADING,
        "E-mail open rate", "The part of the delivered e-mails that was opened.",
        "Openratio e-mail", "Het deel van de bezorgde e-mails dat is geopend."),
    _row("email_click_rate", "emails_clicked / emails_delivered", RATIO_UP, LEADING,
        "E-mail click rate", "The part of the delivered e-mails in which a link was clicked.",
        "Klikratio e-mail", "Het deel van de bezorgde e-mails waarin op een link is geklikt."),
    _row("unsubscribe_rate", "unsubscribes / emails_delivered", RATIO_DOWN, LEADING,
        "Unsubscribe rate", "The part of the delivered e-mails that made the reader unsubscribe.",
        "Afmeldratio", "Het deel van de bezorgde e-mails waarna de lezer zich afmeldde."),
    _row("social_followers", "social_followers", COUNT_UP, LEADING,
        "Followers", "Accounts that follow the company on social networks.",
        "Volgers", "Accounts die het bedrijf op sociale media volgen."),
    _row("social_engagement", "social_engagements", COUNT_UP, LEADING,
        "Social engagement", "Likes, comments and shares on social networks.",
        "Sociale betrokkenheid", "Likes, reacties en gedeelde berichten op sociale media."),
    _row("page_load_time", "page_load", TIME_DOWN, LEADING,
        "Page load time", "How long it took on average until a page was shown.",
        "Laadtijd", "Hoelang het gemiddeld duurde tot een pagina werd getoond."),
)
# fmt: on
"""KPIs of marketing; each is available once its measures are fed."""
