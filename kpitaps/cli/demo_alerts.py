"""The alerts of the demo's company: who is told of what, and when not."""

from __future__ import annotations

DEMO_ALERTS = """\
# Who is told of what at Branderij De Kade. docs/reference/alerts-toml.md says what each key means.
# Goals and kpitaps itself are watched without a word in here.

[contact.owner]
to = "sanne@dekade.example"

[contact.team]
to = ["bram@dekade.example", "lotte@dekade.example"]

[mute.weekend]
weekdays = ["saturday", "sunday"]

[mute.off_hours]
weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"]
times = "08:00-18:00"
outside = true

[defaults]
contact = "owner"
mute = "weekend"

[operations]
contact = "team"
mute = "off_hours"
repeat = "4h"

[goal.first_response]
contact = "team"

[threshold.revenue_drop]
en = "Revenue fell by a fifth last week"
nl = "De omzet daalde vorige week met een vijfde"
kpi = "revenue"
window = "last_week"
change_below = "-20 %"
recovers_at = "-10 %"
owner = "Sanne"

[threshold.few_orders]
kpi = "orders"
window = "7d"
below = 60
recovers_at = 75
contact = "team"
owner = "Bram"

[threshold.overdue]
kpi = "receivables_overdue_ratio"
window = "mtd"
above = "90 %"
recovers_at = "80 %"
severity = "critical"
owner = "Sanne"

[threshold.margin]
kpi = "gross_margin"
window = "last_month"
below = "60 %"
unknown = "tell"
owner = "Sanne"
"""
