"""The hooks a plugin may implement.

A plugin is a module named by an entry point in the group ``kpitaps``. Hooks hand over objects; they never work: no
network, no files, no database. Each plugin is asked by itself, so an error in one never reaches another.

A whole plugin::

    from kpitaps import hookimpl
    from kpitaps_acme.tap import tap

    @hookimpl
    def kpitaps_taps():
        return [tap]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpitaps.tap import Tap

GROUP = "kpitaps"
"""The entry-point group that plugins are found through."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
"""Marks a function of a plugin as the implementation of the hook of the same name."""


@hookspec
def kpitaps_taps() -> Iterable[Tap]:  # type: ignore[empty-body]
    """Hand over the taps of this plugin.

    Called once per process, right after the plugin's module was imported, before any command looks at a tap.

    Returns:
        The taps, usually one. None at all, a tap whose API number the runtime does not serve, or one whose name another
        plugin has taken, makes the plugin *broken*.
    """


@hookspec
def kpitaps_sandboxes() -> Mapping[str, str]:  # type: ignore[empty-body]
    """Say where the sandboxes of this plugin's taps are.

    Called once per process, right after `kpitaps_taps`; optional.

    Returns:
        For the name of each of its own taps a callable as ``"package.module:name"``; it is imported only when the
        sandbox is started, and called with a `kpitaps.testing.Story` and a `kpitaps.testing.Clock`.
    """
