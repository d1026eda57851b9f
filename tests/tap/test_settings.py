"""Settings that hold several values, and settings of which a few values are listed."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kpitaps import BadSettings, Secret, Settings, setting

# Control characters cannot be typed.
texts = st.text(st.characters(exclude_categories=("Cc", "Cs"))).filter(lambda text: text.strip() == text)


class BookSettings(Settings):
    """What a person tells to connect a set of books."""

    accounts: tuple[str, ...] = setting("Accounts", help="Their codes", default=("2000",))
    years: tuple[int, ...] | None = setting("Years", help="Which ones count", default=None)
    country: Literal["nl", "co.uk"] = setting("Country", help="Where it is", default="nl")
    region: Literal["eu"] | None = setting("Region", help="If there is one", default=None)
    code: str = setting("Code", help="Any", default="")
    token: Secret | None = setting("Token", help="From the admin", default=None)


@pytest.mark.parametrize(
    ("given_", "accounts"),
    [
        ("2000,2010", ("2000", "2010")),
        (" 2000 , 2010 ,", ("2000", "2010")),
        ("2000", ("2000",)),
        ("", ()),
        ("[]", ()),
        ('["2000", "20,10"]', ("2000", "20,10")),
        ("['2000', '2010',]", ("2000", "2010")),
        (["2000", "2010"], ("2000", "2010")),
        (("2000",), ("2000",)),
    ],
)
def test_several_values_are_a_list_or_stand_between_commas(given_: Any, accounts: tuple[str, ...]) -> None:
    """A command gives them with commas, or as TOML and JSON write lists; a file gives a list."""
    settings = BookSettings.read({"accounts": given_})
    assert settings.accounts == accounts
    assert BookSettings.read(settings.plain()) == settings


def test_several_numbers_are_read_alike() -> None:
    """What stands between the commas becomes what the setting's type says."""
    assert BookSettings.read({"years": "2024, 2025"}).years == (2024, 2025)
    assert BookSettings.read({"years": "[2024]"}).years == (2024,)


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        (
            {"accounts": "[2000"},
            'setting accounts: this is no list: write values with commas, or ["one", "two"] (Their codes)',
        ),
        ({"accounts": "[2000]"}, "setting accounts: Input should be a valid string (Their codes)"),
        ({"accounts": 7}, "setting accounts: Input should be a valid tuple (Their codes)"),
        ({"country": "uk"}, "setting country: Input should be 'nl' or 'co.uk' (Where it is)"),
    ],
)
def test_wrong_values_are_told_with_their_help(given_: dict[str, Any], sentence: str) -> None:
    """A list that cannot be read, and what is none of the listed values, is named with what it is for."""
    with pytest.raises(BadSettings) as refused:
        BookSettings.read(given_)
    assert str(refused.value) == sentence


@example(("[", "x"))
@example(("a, b", "é\U0001f600\\"))
@given(st.lists(texts).map(tuple))
def test_texts_can_be_typed_again(accounts: tuple[str, ...]) -> None:
    """Whatever several values are, typing the text that stands for them gives them again."""
    settings = BookSettings.read({"accounts": accounts, "years": (1, 2)})
    typed = {name: text for name, text in settings.texts().items() if text}
    assert BookSettings.read(typed) == settings
    assert typed["years"] == "1,2"


def test_only_a_literal_is_listed() -> None:
    """Of these, the tap's author has chosen every value; of a text, whoever connects chooses."""
    assert BookSettings.listed_names() == {"country", "region"}
    assert BookSettings.tuple_names() == {"accounts", "years"}
