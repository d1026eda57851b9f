"""The texts of dashboards, in Dutch and English."""

from __future__ import annotations


def _(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


TEXTS: dict[str, dict[str, str]] = {
    # boards
    "overview": _("Overzicht", "Overview"),
    "goals": _("Doelen", "Goals"),
    "finance": _("Financiën", "Finance"),
    "sales": _("Verkoop", "Sales"),
    "commerce": _("Webwinkel", "Commerce"),
    "marketing": _("Marketing", "Marketing"),
    "service": _("Service", "Service"),
    "operations": _("Uitvoering", "Operations"),
    "health": _("Koppelingen", "Tap health"),
    "boards": _("Dashboards", "Dashboards"),
    "about_overview": _("Liggen we op koers?", "Are we on course?"),
    "about_goals": _("Hoe staat elk doel ervoor, en van wie is het?", "How does each goal stand, and whose is it?"),
    "about_domain": _("De cijfers van: {domain}.", "The figures of: {domain}."),
    "about_health": _("Komen de cijfers binnen, en zijn ze vers?", "Do the figures come in, and are they fresh?"),
    # variables
    "company": _("Bedrijf", "Company"),
    "period": _("Periode", "Period"),
    "today": _("vandaag", "today"),
    "yesterday": _("gisteren", "yesterday"),
    "7d": _("laatste 7 dagen", "last 7 days"),
    "28d": _("laatste 28 dagen", "last 28 days"),
    "wtd": _("deze week", "this week"),
    "mtd": _("deze maand", "this month"),
    "qtd": _("dit kwartaal", "this quarter"),
    "ytd": _("dit jaar", "this year"),
    "last_week": _("vorige week", "last week"),
    "last_month": _("vorige maand", "last month"),
    "last_quarter": _("vorig kwartaal", "last quarter"),
    "last_year": _("vorig jaar", "last year"),
    "12m": _("laatste 12 maanden", "last 12 months"),
    # values
    "no_value": _("nog niet bekend", "not known yet"),
    "no_quotient": _("geen waarde", "no value"),
    "too_short": _("geen waarde (pas vanaf 28 dagen)", "no value (from 28 days on)"),
    "on_track": _("op koers", "on track"),
    "at_risk": _("let op", "at risk"),
    "off_track": _("niet op koers", "off track"),
    "goal_reached": _("gehaald", "reached"),
    "goal_missed": _("niet gehaald", "missed"),
    "still_open": _("loopt nog", "still running"),
    "over": _("afgesloten", "over"),
    "up": _("in orde", "in order"),
    "down": _("mislukt", "failing"),
    "now": _("nu", "now"),
    "before": _("ervoor", "before"),
    "year_before": _("een jaar eerder", "a year before"),
    "change": _("verschil", "change"),
    "points": _("verschil in punten", "change in points"),
    "percentage_points": _("procentpunt", "pp"),
    "not_filled_in": _("niet ingevuld", "not filled in"),
    "other": _("overige", "other"),
    "per_day": _("per dag", "per day"),
    "mean": _("gemiddeld over 28 dagen", "mean of 28 days"),
    "of_28_days": _("laatste 28 dagen", "last 28 days"),
    "level": _("aan het eind van de dag", "at the end of the day"),
    "this_year": _("dit jaar", "this year"),
    "year_ago": _("vorig jaar", "last year"),
    "actual": _("bereikt", "reached"),
    "expected": _("volgens plan", "expected by now"),
    "target": _("doel", "target"),
    "projection": _("in dit tempo", "at this rate"),
    "projection_low": _("lage schatting", "low estimate"),
    "projection_high": _("hoge schatting", "high estimate"),
    # kinds of numbers
    "adds": _("bedrag of aantal dat per dag optelt", "amount or number that adds up day by day"),
    "distinct": _("uniek: ieder telt in een periode één keer", "distinct: each counts once in a period"),
    "kind_level": _("stand: zoals het is aan het eind van een periode", "level: as it is at the end of a period"),
    "rate": _("berekend over de hele periode, niet op te tellen", "worked out over the whole period, does not add up"),
    "leading": _("vooruitkijkend", "leading"),
    "lagging": _("terugkijkend", "lagging"),
    "what_kind": _("Soort: {kind}.", "Kind: {kind}."),
    "what_dated": _("Telt mee op de dag van: {dated}.", "Counted on: {dated}."),
    "what_source": _("Bron: {source}.", "Source: {source}."),
    "better_up": _("Hoger is beter.", "Higher is better."),
    "better_down": _("Lager is beter.", "Lower is better."),
    # panels of KPIs
    "about_tile": _(
        "De periode die bovenaan gekozen is, en het verschil met de vergelijkbare periode ervoor. De lijn: hoe "
        "diezelfde periode er aan het eind van elke dag voor stond, zoals nu bekend.",
        "The period chosen at the top, and the change against the comparable period before. The line: what that same "
        "period came to at the end of each day, as it is known now.",
    ),
    "about_percentage_points": _(
        "Het verschil staat in procentpunten: van 40% naar 50% is 10 procentpunt.",
        "The change is in percentage points (pp): from 40% to 50% it is 10 pp.",
    ),
    "about_no_quotient": _(
        "Geen waarde: nog niet gelezen, of er was in deze periode niets om door te delen.",
        "No value: not read yet, or there was nothing to divide by in this period.",
    ),
    "about_too_short": _(
        "Een periode van minder dan 28 dagen heeft geen waarde.", "A period of less than 28 days has no value."
    ),
    "about_figures": _(
        "De gekozen periode, de vergelijkbare periode ervoor, en dezelfde periode een jaar eerder.",
        "The chosen period, the comparable period before, and the same period a year before.",
    ),
    "about_course": _(
        "Aan het eind van elke dag, met correcties achteraf verwerkt. Gestreept: 364 dagen eerder, dus op dezelfde "
        "weekdag.",
        "At the end of each day, with what was corrected since. Dashed: 364 days before, so on the same weekday.",
    ),
    "about_days": _(
        "Het gemiddelde per dag, met correcties achteraf verwerkt; staven zijn losse dagen, de laatste tot nu toe. "
        "Gestreept: 364 dagen eerder, dus op dezelfde weekdag.",
        "The mean per day, with what was corrected since; bars are single days, the last one so far. Dashed: 364 days "
        "before, so on the same weekday.",
    ),
    "about_bars": _(
        "De gekozen periode per {label}; wat er niet bij past, staat samen onder 'overige'.",
        "The chosen period per {label}; what does not fit in stands together under 'other'.",
    ),
    "by_label": _("{name}: vergeleken", "{name}: compared"),
    "state": _("Stand van de cijfers", "State of the figures"),
    "about_state": _(
        "Of de gekozen periode nog loopt, tot wanneer alle bronnen gelezen zijn (de minst verse telt), en bij hoeveel "
        "cijfers de bron een voorbehoud maakt of iets ontbreekt. Bron: kpitaps zelf.",
        "Whether the chosen period is still running, up to when all sources have been read (the least fresh counts), "
        "and for how many figures a source makes a reservation or something is missing. Source: kpitaps itself.",
    ),
    "about_freshness_of_goals": _(
        "Tot wanneer alle bronnen van de cijfers van deze doelen gelezen zijn; de minst verse telt. "
        "Bron: kpitaps zelf.",
        "Up to when all sources of the figures of these goals have been read; the least fresh counts. "
        "Source: kpitaps itself.",
    ),
    "chosen_period": _("gekozen periode", "chosen period"),
    "read_through": _("gelezen tot", "read up to"),
    "reservations": _("met voorbehoud", "with reservations"),
    "trends": _("Alle cijfers", "All figures"),
    "breakdowns": _("Uitgesplitst", "Broken down"),
    "definitions": _("Definities", "Definitions"),
    "about_definitions": _(
        "Wat elk cijfer betekent, en waar het vandaan komt.", "What each figure means and is made of."
    ),
    "definition_columns": _(
        "| cijfer | betekenis en formule | soort | telt mee op de dag van | bron |",
        "| figure | meaning and formula | kind | counted on | source |",
    ),
    "to_board": _("Naar {board}", "To {board}"),
    "to_definition": _("Wat betekent dit?", "What does this mean?"),
    "to_goal": _("Naar dit doel", "To this goal"),
    # panels of the overview
    "cumulative": _("{name}: opgeteld dit jaar", "{name}: added up this year"),
    "about_cumulative": _(
        "Van het begin van het boekjaar tot en met elke dag, ernaast tot dezelfde datum een jaar eerder, en wat er "
        "volgens het plan van een doel bereikt zou zijn.",
        "From the start of the fiscal year up to each day, beside it up to the same date a year before, and what a "
        "goal expects by then.",
    ),
    "expected_by": _("volgens plan: {goal}", "expected by then: {goal}"),
    "attention": _("Wat aandacht vraagt", "What needs attention"),
    "about_attention": _(
        "Lopende doelen waarbij 'let op' of 'niet op koers' staat, dingen die iemand moet herstellen, en koppelingen "
        "waarvan het lezen is mislukt. Bron: kpitaps zelf.",
        "Running goals that are at risk or off track, things that somebody must mend, and connections whose reading "
        "failed. Source: kpitaps itself.",
    ),
    "goals_behind": _("doelen die aandacht vragen", "goals that need attention"),
    "repairs": _("te herstellen", "to be mended"),
    "failing": _("mislukte koppelingen", "failing connections"),
    # panels of goals
    "attainment": _("Doelen: bereikt ten opzichte van plan", "Goals: reached of what is expected by now"),
    "about_attainment": _(
        "100% is precies volgens plan: wat er tot nu toe bereikt zou zijn. Minder is slechter, ook waar een lager "
        "cijfer beter is. Bron: het doelenbestand en de cijfers.",
        "100% is just what is expected by now. Less is worse, also where a lower figure is better. "
        "Source: the file of goals, and the figures.",
    ),
    "statuses": _("Doelen: op koers?", "Goals: on course?"),
    "about_statuses": _(
        "Hoe elk doel ervoor staat; een korte inzinking verandert dat niet. Na de laatste dag: gehaald of niet. "
        "Bron: het doelenbestand en de cijfers.",
        "How each goal stands; a short dip does not change that. After its last day: reached or missed. "
        "Source: the file of goals, and the figures.",
    ),
    "status_course": _("Doelen: hoe ze ervoor stonden", "Goals: how they stood"),
    "about_status_course": _(
        "De status aan het eind van elke dag, zoals nu bekend. Bron: het doelenbestand en de cijfers.",
        "The status at the end of each day, as it is known now. Source: the file of goals, and the figures.",
    ),
    "goal_figures": _("{name}: stand", "{name}: standing"),
    "about_goal_figures": _(
        "Wat bereikt is, wat volgens plan bereikt zou zijn, het doel, en waar het in dit tempo op uitkomt. In vier "
        "van de vijf gevallen ligt de uitkomst tussen de lage en de hoge schatting. Na de laatste dag blijven die drie "
        "weg.",
        "What was reached, what is expected by now, the target, and where it ends at this rate. In four cases out of "
        "five the outcome lies between the low and the high estimate. After the last day those three are left out.",
    ),
    "about_goal_course": _(
        "Wat bereikt was, wat volgens plan bereikt zou zijn, en het doel, aan het eind van elke dag.",
        "What was reached, what was expected by then, and the target, at the end of each day.",
    ),
    "goal_about": _("Van wie en waarvoor", "Whose and what for"),
    "about_goal_about": _("Zoals het doelenbestand het zegt.", "As the file of goals says."),
    "owner": _("Eigenaar", "Owner"),
    "team": _("Team", "Team"),
    "decides": _("Beslist", "Decides"),
    "kpi": _("Cijfer", "KPI"),
    "no_owner": _("nog niemand", "nobody yet"),
    "no_goals": _(
        "Er zijn nog geen doelen. Schrijf ze in `goals.toml`; `kpitaps goals` laat zien wat er staat.",
        "There are no goals yet. Write them in `goals.toml`; `kpitaps goals` shows what is there.",
    ),
    # panels of tap health
    "connections": _("Koppelingen", "Connections"),
    "about_connections": _(
        "Of van elke koppeling de laatste keer lezen is gelukt. Bron: kpitaps zelf.",
        "Whether the last run of each stream of a connection succeeded. Source: kpitaps itself.",
    ),
    "repairs_open": _("Te herstellen", "To be mended"),
    "about_repairs_open": _(
        "Wat iemand moet doen, zoals opnieuw toestemming geven; `kpitaps status` zegt hoe. Bron: kpitaps zelf.",
        "What a person must do, such as consenting again; `kpitaps status` says how. Source: kpitaps itself.",
    ),
    "history_loaded": _("Geschiedenis gelezen", "History read"),
    "about_history_loaded": _(
        "Het deel van de geschiedenis van elke koppeling dat gelezen is. Bron: kpitaps zelf.",
        "The part of each connection's history that has been read. Source: kpitaps itself.",
    ),
    "last_success": _("Laatste keer gelezen", "Last read"),
    "about_last_success": _(
        "Hoelang het geleden is dat elke koppeling voor het laatst gelezen is; het traagste deel telt. "
        "Bron: kpitaps zelf.",
        "How long ago each connection was last read; its slowest stream counts. Source: kpitaps itself.",
    ),
    "freshness": _("Minst verse cijfers", "Least fresh figures"),
    "about_freshness": _(
        "Hoelang geleden het moment is tot waar alle bronnen van een cijfer gelezen zijn: de tien oudste. "
        "Bron: kpitaps zelf.",
        "How long ago the instant is up to which all sources of a figure have been read: the ten oldest. "
        "Source: kpitaps itself.",
    ),
    "budget": _("Ruimte bij de bronnen", "Budget left at the sources"),
    "about_budget": _(
        "Het deel van elke limiet van een bron dat over is, bij het account met de minste ruimte: de tien "
        "krapste. Bron: kpitaps zelf.",
        "The part of a source's limit that is left, for the account with the least left: the ten tightest. "
        "Source: kpitaps itself.",
    ),
    "durations": _("Hoelang lezen duurt", "How long reading takes"),
    "about_durations": _(
        "De gemiddelde duur van een keer lezen, per koppeling. Bron: kpitaps zelf.",
        "The mean time that a run of a stream takes, by connection. Source: kpitaps itself.",
    ),
    "runs": _("Keren gelezen, naar afloop", "Runs by outcome"),
    "about_runs": _(
        "Hoe vaak er gelezen is, en hoe dat afliep. Bron: kpitaps zelf.",
        "How often streams were read, and how it ended. Source: kpitaps itself.",
    ),
    "requests": _("Verzoeken aan de bronnen", "Requests to the sources"),
    "about_requests": _(
        "Verzoeken per seconde, naar bron en soort antwoord. Bron: kpitaps zelf.",
        "Requests per second, by source and class of the answer's status. Source: kpitaps itself.",
    ),
    "restated": _("Achteraf gewijzigd", "Changed afterwards"),
    "about_restated": _(
        "Hoeveel metingen van dagen die al bekend waren, zijn veranderd, per koppeling. Bron: kpitaps zelf.",
        "How many measurements of days that were known already have changed, by connection. Source: kpitaps itself.",
    ),
    "remote_read": _("Vragen van Prometheus naar het verleden", "Prometheus asking for the past"),
    "about_remote_read": _(
        "Vragen per seconde, naar afloop; zonder vragen werkt remote read niet en blijven lijnen leeg. "
        "Bron: kpitaps zelf.",
        "Requests per second, by outcome; without any, remote read does not work and lines stay empty. "
        "Source: kpitaps itself.",
    ),
    "checks": _("Controles", "Checks"),
    "about_checks": _(
        "Of elke controle, die cijfers naast die van de bron zelf legt, kon oordelen. Bron: kpitaps zelf.",
        "Whether each check of the numbers against the source's own could judge. Source: kpitaps itself.",
    ),
    # annotations
    "restatements": _("Correcties achteraf", "Restatements"),
    "restatement": _("{{connection}} ({{tap}}): {{stream}}", "{{connection}} ({{tap}}): {{stream}}"),
    "goal_changes": _("Gewijzigde doelen", "Changed goals"),
    "goal_change": _("Het doel {{goal}} is gewijzigd", "The goal {{goal}} was changed"),
}

FISCAL: dict[str, dict[str, str]] = {
    "ytd": _("dit boekjaar", "this fiscal year"),
    "last_year": _("vorig boekjaar", "last fiscal year"),
    "this_year": _("dit boekjaar", "this fiscal year"),
    "year_ago": _("vorig boekjaar", "last fiscal year"),
    "cumulative": _("{name}: opgeteld dit boekjaar", "{name}: added up this fiscal year"),
}
"""What is said in place of `TEXTS` where the company's year does not begin in January."""
