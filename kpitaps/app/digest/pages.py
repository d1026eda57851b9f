"""Digests as HTML and as text."""

from __future__ import annotations

from functools import lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from kpitaps.app.digest.sparkline import blocks, svg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from kpitaps.app.digest.told import Told

WIDTH = 72
"""Characters in a line of text: what a mail shows without breaking it."""


def as_html(told: Told, *, for_mail: bool = False) -> str:
    """Return a whole HTML page that loads nothing from elsewhere.

    Args:
        told: The digest.
        for_mail: Draw trends with characters: Gmail and Outlook leave out SVG.
    """
    draw = _characters if for_mail else _drawn
    return _templates().get_template("digest.html").render(told=told, draw=draw)


def as_text(told: Told) -> str:
    """Return plain text of at most 72 characters a line."""
    return _templates().get_template("digest.txt").render(told=told, blocks=blocks, width=WIDTH)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("kpitaps.app.digest"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["folded"] = _folded
    return templates


def _folded(text: str, indent: int = 2) -> str:
    """Return ``text`` in lines that fit, those after the first indented."""
    return "\n".join(wrap(text, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False))


def _drawn(points: Sequence[Fraction | None], title: str) -> Markup:
    return Markup(svg(points, str(escape(title))))  # noqa: S704 - made of numbers, and a title that is escaped


def _characters(points: Sequence[Fraction | None], title: str) -> Markup:
    return Markup('<span role="img" aria-label="{}">{}</span>').format(title, blocks(points))
