"""Real parts for tests: PostgreSQL, Prometheus, Alertmanager, Chromium and vendors' published contracts.

One rule for all: where a tool is missing, the test is skipped with the reason; under ``CI=true`` it fails. Whatever is
started listens on loopback only, lives in a temporary folder, and is stopped when the session ends.
"""

from __future__ import annotations
