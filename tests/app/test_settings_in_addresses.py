"""Settings become parts of addresses."""

from __future__ import annotations

from typing import Literal

import pytest

from kpitaps import BadSettings, Settings, setting
from kpitaps.app.runtime import as_texts
from kpitaps.http import expand


class Place(Settings):
    """Where an account is."""

    country: Literal["nl", "co.uk"] = setting("Country", help="Where it is", default="nl")
    shop: str = setting("Shop", help="Its name", default="acme")
    codes: tuple[str, ...] = setting("Codes", help="Of accounts", default=("1", "2"))


def test_a_listed_country_of_two_labels_is_part_of_a_host() -> None:
    """What the tap lists may have a dot; what people write may not."""
    assert expand("https://start.books.{country}", as_texts(Place(country="co.uk"))) == "https://start.books.co.uk"
    with pytest.raises(BadSettings, match=r"setting shop: 'evil.example' cannot be part of a host name"):
        expand("https://{shop}.books.nl", as_texts(Place(shop="evil.example")))


def test_several_values_stand_in_a_path_as_they_are_typed() -> None:
    """With commas, encoded as any value."""
    assert expand("/codes/{codes}", as_texts(Place())) == "/codes/1%2C2"
