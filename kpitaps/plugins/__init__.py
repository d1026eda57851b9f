"""Finding taps: hook specifications, and a loader that one broken plugin cannot stop."""

from __future__ import annotations

from kpitaps.plugins.loader import Installed, Plugins, PluginState, load_plugins
from kpitaps.plugins.spec import hookimpl

__all__ = ["Installed", "PluginState", "Plugins", "hookimpl", "load_plugins"]
