"""What a person may give, and what they are told when it is something else."""

from __future__ import annotations

import pytest
from kpitaps_google_analytics.settings import PropertySettings
from kpitaps_google_analytics.tap import tap

from kpitaps import BadSettings
from kpitaps.http import ServiceAccount, given_kind


@pytest.mark.parametrize("given", ["234567891", " 234567891 ", "properties/234567891", 234567891])
def test_a_property_id_is_a_number(given: str | int) -> None:
    """Also as Google's own addresses have it, and as a number in a file."""
    assert PropertySettings.read({"property_id": given}).property_id == "234567891"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("G-ABC123DEF4", "a measurement ID, that of a data stream"),
        ("UA-12345678-1", "Universal Analytics, which Google has switched off"),
        ("GTM-ABC123", "the ID of a tag"),
        ("Koffiehuis", "a property ID is a number"),
        ("", "a property ID is a number"),
        ("٣", "a property ID is a number"),
    ],
)
def test_other_ids_are_named(given: str, words: str) -> None:
    """Whoever gives another of Google's ids learns what it is, and where to find the right one."""
    with pytest.raises(BadSettings, match=words) as refused:
        PropertySettings.read({"property_id": given})
    assert "Property details" in str(refused.value)


@pytest.mark.parametrize(("given", "name"), [("customEvent:lcp_ms", "lcp_ms"), (" lcp_ms ", "lcp_ms"), ("", "")])
def test_a_custom_metric_goes_by_its_parameter(given: str, name: str) -> None:
    """With or without Google's prefix."""
    read = PropertySettings.read({"property_id": "1", "page_load_metric": given})
    assert read.page_load_metric == name  # type: ignore[attr-defined]


def test_either_kind_of_access_will_do() -> None:
    """A service account goes first; an OAuth client is used where there is none; neither is an error."""
    client = {"client_id": "c", "client_secret": "s"}
    none = {"service_account": "", "client_id": "", "client_secret": ""}
    assert isinstance(given_kind(tap.auth, {**none, **client, "service_account": "{}"}), ServiceAccount)
    assert not isinstance(given_kind(tap.auth, {**none, **client}), ServiceAccount)
    with pytest.raises(BadSettings, match="service_account"):
        given_kind(tap.auth, none)
