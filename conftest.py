"""Fixtures for every test of the repository, the plugins' own included, and how Hypothesis runs here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

pytest_plugins = ["parts.databases", "parts.prometheus", "parts.victoria", "parts.browser", "parts.contracts"]

# A busy machine is no failure: examples are judged by what they show, not by the time they take.
settings.register_profile("kpitaps", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kpitaps")

ON_POSTGRESQL_EACH_DAY = {"test_landing.py", "test_migrate.py", "test_views.py"}
"""Where the two databases are spoken to most differently."""


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Leave PostgreSQL to CI, but for what lands, migrates and shows."""
    for item in items:
        if "postgresql" in item.name and item.path.name not in ON_POSTGRESQL_EACH_DAY:
            item.add_marker(pytest.mark.slow)
