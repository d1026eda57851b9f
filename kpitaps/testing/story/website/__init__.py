"""How the web site's log comes about: who visits, what brings them, and what the advertisements did."""

from __future__ import annotations

from kpitaps.testing.story.website.log import Website

__all__ = ["Website"]
