"""What Grafana is given: dashboards, alert rules, and how they get there."""

from __future__ import annotations
