"""The command line: Typer commands over the app room. Every command says what went wrong in one sentence."""

from __future__ import annotations

from kpitaps.cli.main import run

__all__ = ["run"]
