"""What the process serves over HTTP: metrics, health, and who may see them."""

from __future__ import annotations

from kpitaps.web.guard import Guard
from kpitaps.web.serving import Serving, Site
from kpitaps.web.site import make_app

__all__ = ["Guard", "Serving", "Site", "make_app"]
