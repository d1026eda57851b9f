"""What the tap promises stands in its pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from kpitaps_google_analytics.channels import PAID
from kpitaps_google_analytics.tap import tap

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference/taps/google-analytics.md").read_text()
HOW_TO = (DOCS / "how-to/connect-google-analytics.md").read_text()


@pytest.mark.parametrize("measure", tap.measures)
def test_every_measure_is_explained(measure: str) -> None:
    """Twice: which stream feeds it, and what it means here."""
    assert REFERENCE.count(f"`{measure}`") >= 2


@pytest.mark.parametrize("stream", tap.streams)
def test_every_stream_is_listed(stream: str) -> None:
    """With how often it is read."""
    assert f"\n| `{stream}` |" in REFERENCE


@pytest.mark.parametrize("name", tap.settings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    """Where a person reads how to connect."""
    assert f"`{name}`" in HOW_TO


@pytest.mark.parametrize("channel", PAID)
def test_paid_channels_are_listed(channel: str) -> None:
    """Whoever wonders whose revenue counts finds it."""
    assert f"*{channel}*" in REFERENCE
