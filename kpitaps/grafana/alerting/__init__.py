"""Alert rules, contacts and mute times as Grafana has them: one file for its provisioning folder, or its API's JSON.

Grafana's tree of notification policies is one per organisation and replaced as a whole, so it is never written: each
rule names its contact itself.
"""

from __future__ import annotations

from kpitaps.grafana.alerting.contact_points import contact_points, referred
from kpitaps.grafana.alerting.mute_timings import mute_timings
from kpitaps.grafana.alerting.names import contact_point_name, mute_timing_name
from kpitaps.grafana.alerting.provisioning import provisioning_file
from kpitaps.grafana.alerting.rules import api_rules

__all__ = [
    "api_rules",
    "contact_point_name",
    "contact_points",
    "mute_timing_name",
    "mute_timings",
    "provisioning_file",
    "referred",
]
