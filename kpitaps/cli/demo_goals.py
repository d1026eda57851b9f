"""The goals of the demo's company: the kinds of goals that people set, in the year that the demo plays in."""

from __future__ import annotations


def demo_goals(year: int) -> str:
    """Return the company's ``goals.toml`` for a calendar year, which is its fiscal year too."""
    return _GOALS.format(year=year)


_GOALS = """\
# The goals of Branderij De Kade for {year}. docs/reference/goals-toml.md says what each key means.

[goal.half_year_revenue]
en = "15 % more revenue by the end of the second quarter"
nl = "15 % meer omzet aan het eind van het tweede kwartaal"
kpi = "revenue"
target = "+15 % on last year"
from = {year}-01-01
deadline = {year}-06-30
pace = "seasonal"
owner = "Sanne"
team = "management"
decides = "whether a second roaster is bought"
decides_nl = "of er een tweede brander komt"

[goal.visitors]
en = "20 % more visitors this year"
nl = "20 % meer bezoekers dit jaar"
kpi = "visitors"
target = "+20 % on last year"
from = {year}-01-01
to = {year}-12-31
owner = "Bram"
team = "marketing"
decides = "how much goes into the blog"
decides_nl = "hoeveel er naar de blog gaat"

[goal.conversion]
en = "4 % more of the visits lead to an order"
nl = "Uit 4 % meer van de bezoeken komt een bestelling"
kpi = "conversion_rate"
target = "+4 % on the start"
deadline = {year}-12-31
owner = "Bram"
team = "marketing"
decides = "what changes in the checkout"
decides_nl = "wat er aan het afrekenen verandert"

[goal.customers_half_year]
en = "50 new customers in six months"
nl = "50 nieuwe klanten in zes maanden"
kpi = "new_customers"
target = 50
from = {year}-01-01
to = {year}-06-30
pace = "business_days"
owner = "Youssef"
team = "sales"
decides = "which fairs we go to"
decides_nl = "naar welke beurzen we gaan"

[goal.customers_year]
en = "100 new customers this year"
nl = "100 nieuwe klanten dit jaar"
kpi = "new_customers"
target = 100
from = {year}-01-01
to = {year}-12-31
followed_as = "month" # new customers per month
owner = "Youssef"
team = "sales"
decides = "whether a salesperson is hired"
decides_nl = "of er een verkoper bij komt"

[goal.retention]
en = "5 % more of the customers stay"
nl = "5 % meer van de klanten blijft"
kpi = "retention_rate"
target = "+5 % on the start"
from = {year}-01-01
to = {year}-12-31
measured = "12m"
followed_as = "month"
owner = "Lotte"
team = "service"
decides = "who gets a call after their last order"
decides_nl = "wie we bellen na de laatste bestelling"

[goal.first_response]
en = "A first answer within four hours, every week"
nl = "Een eerste antwoord binnen vier uur, elke week"
kpi = "first_response_time"
target = "4 h"
period = "every week"
owner = "Lotte"
team = "service"
decides = "how many people answer"
decides_nl = "met hoeveel mensen we antwoorden"

[goal.nps]
en = "An NPS of at least 40, every quarter"
nl = "Een NPS van minstens 40, elk kwartaal"
kpi = "nps"
target = 40
period = "every quarter"
owner = "Lotte"
team = "service"
decides = "what is improved next"
decides_nl = "wat we als eerste verbeteren"

[goal.debt]
en = "A debt ratio below 1.5 at all times"
nl = "Altijd een schuldratio onder 1,5"
kpi = "debt_ratio"
target = 1.5
period = "at all times"
warn = 1.3
critical = 1.5
owner = "Sanne"
team = "management"
decides = "whether we borrow"
decides_nl = "of we lenen"
"""
