"""Fixtures for every test of the repository, the plugins' own included, and how Hypothesis runs here."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["parts.databases", "parts.prometheus", "parts.victoria", "parts.browser", "parts.contracts"]

# A busy machine is no failure: examples are judged by what they show, not by the time they take.
settings.register_profile("kpitaps", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kpitaps")
