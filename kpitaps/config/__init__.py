"""What the environment says about this process: folders, addresses, keys."""

from __future__ import annotations

from kpitaps.config.environment import Environment, parse_listen

__all__ = ["Environment", "parse_listen"]
