"""What a person is asked for when an account is connected."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from kpitaps import Settings, setting
from kpitaps.cli.asking import ask_settings


class BookSettings(Settings):
    """What a person tells to connect a set of books."""

    accounts: tuple[str, ...] = setting("Accounts", help="Their codes", default=("2000", "2010"))


@pytest.mark.parametrize(
    ("known", "typed", "kept"),
    [
        ({}, "", ("2000", "2010")),
        ({"accounts": ["1"]}, "", ("1",)),
        ({}, "3, 4", ("3", "4")),
        ({}, "[]", ()),
    ],
)
def test_several_values_are_asked_for_with_commas(known: dict[str, Any], typed: str, kept: tuple[str, ...]) -> None:
    """What is kept with Enter is shown as it would be typed; nothing at all is two brackets."""
    answers: dict[str, Any] = {}
    app = typer.Typer()
    app.command()(lambda: answers.update(ask_settings(BookSettings, {}, known)))
    result = CliRunner().invoke(app, input=f"{typed}\n")
    assert "Accounts (Their codes; with commas, [] for none) [" in result.output
    assert BookSettings.read(answers).accounts == kept
