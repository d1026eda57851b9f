"""Loading plugins one by one, each guarded: what is broken is listed with its reason, the rest goes on."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pluggy

from kpitaps.errors import BadUse, TapBug
from kpitaps.plugins import spec
from kpitaps.tap.tap import API, Tap

if TYPE_CHECKING:
    from collections.abc import Collection

log = logging.getLogger(__name__)

SERVED = tuple(number for number in (API, API - 1) if number > 0)
"""The author API numbers this runtime serves: its own and the one before it."""


class PluginState(StrEnum):
    """What became of an installed plugin."""

    READY = "ready"
    BROKEN = "broken"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Installed:
    """One entry point in the group ``kpitaps``.

    Attributes:
        name: The entry point's name.
        distribution: The pip distribution it comes from.
        version: That distribution's version.
        state: Whether it can be used.
        reason: Why not, in one sentence; empty if it is ready.
        taps: The taps it brought.
        sandboxes: Where its sandboxes are, by tap name.
    """

    name: str
    distribution: str
    version: str
    state: PluginState
    reason: str = ""
    taps: tuple[Tap, ...] = ()
    sandboxes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plugins:
    """All installed plugins, broken ones included."""

    installed: tuple[Installed, ...]

    @property
    def taps(self) -> dict[str, Tap]:
        """The usable taps by name."""
        return {tap.name: tap for plugin in self.installed for tap in plugin.taps}

    @property
    def sandboxes(self) -> dict[str, str]:
        """Where the usable taps' sandboxes are, by tap name."""
        return {name: where for plugin in self.installed for name, where in plugin.sandboxes.items()}

    def tap(self, name: str) -> Tap:
        """Return the tap of that name.

        Raises:
            BadUse: if there is none; the sentence says whether it is broken, disabled or not installed.
        """
        if tap := self.taps.get(name):
            return tap
        for plugin in self.installed:
            if plugin.name == name and plugin.state is not PluginState.READY:
                raise BadUse(f"tap {name} is {plugin.state}: {plugin.reason}")
        there = ", ".join(sorted(self.taps)) or "none"
        raise BadUse(f"there is no tap {name!r}: install it with 'pip install kpitaps-{name}' (installed: {there})")


def load_plugins(
    entry_points: Iterable[metadata.EntryPoint] | None = None, *, disabled: Collection[str] = ()
) -> Plugins:
    """Load every plugin; never raises for what a plugin does.

    Args:
        entry_points: Where to look; by default what is installed in the environment.
        disabled: Names of entry points that are listed but not imported (``KPITAPS_DISABLE``).
    """
    found = metadata.entry_points(group=spec.GROUP) if entry_points is None else entry_points
    installed: list[Installed] = []
    taken: dict[str, str] = {}
    for entry_point in sorted(found, key=lambda point: point.name):
        plugin = _load(entry_point, disabled, taken)
        taken.update({tap.name: plugin.distribution for tap in plugin.taps})
        installed.append(plugin)
    return Plugins(tuple(installed))


def _load(entry_point: metadata.EntryPoint, disabled: Collection[str], taken: dict[str, str]) -> Installed:
    known = (entry_point.name, *_origin(entry_point))
    if entry_point.name in disabled:
        return Installed(*known, PluginState.DISABLED, "it is named in KPITAPS_DISABLE")
    try:
        taps, sandboxes = _ask(entry_point.name, entry_point.load())
        _check(taps, sandboxes, taken)
    except KeyboardInterrupt:
        raise
    # Whatever a stranger's module does must not stop the others: sys.exit() and a panic of compiled code included.
    except BaseException as error:
        log.debug("plugin %s is broken", entry_point.name, exc_info=True)
        return Installed(*known, PluginState.BROKEN, _reason(error))
    return Installed(*known, PluginState.READY, "", taps, sandboxes)


def _origin(entry_point: metadata.EntryPoint) -> tuple[str, str]:
    """Return the distribution's name and version; what pip left half-removed has no metadata to read them from."""
    distribution = entry_point.dist
    if distribution is None:
        return "unknown", "unknown"
    known = distribution.metadata.json
    return str(known.get("name", "unknown")), str(known.get("version", "unknown"))


def _ask(name: str, module: Any) -> tuple[tuple[Any, ...], dict[Any, Any]]:
    """Ask one plugin, alone in a manager of its own: a hook call stops at the first implementation that raises."""
    manager = pluggy.PluginManager(spec.GROUP)
    manager.add_hookspecs(spec)
    manager.register(module, name=name)
    manager.check_pending()
    taps: list[Any] = []
    for answer in manager.hook.kpitaps_taps():
        if not isinstance(answer, Iterable):
            raise TapBug(f"kpitaps_taps() handed over {answer!r}, which is no list of taps")
        taps.extend(answer)
    sandboxes: dict[Any, Any] = {}
    for answer in manager.hook.kpitaps_sandboxes():
        if not isinstance(answer, Mapping):
            raise TapBug(f"kpitaps_sandboxes() handed over {answer!r}, which is no mapping of tap names")
        sandboxes.update(answer)
    return tuple(taps), sandboxes


def _check(taps: tuple[Any, ...], sandboxes: dict[Any, Any], taken: dict[str, str]) -> None:
    if not taps:
        raise TapBug("it hands over no tap: mark a function kpitaps_taps() with @hookimpl and return a list of taps")
    mine: set[str] = set()
    for tap in taps:
        _check_tap(tap, taken)
        if tap.name in mine:
            raise TapBug(f"it hands over the tap {tap.name} twice")
        mine.add(tap.name)
    for name, where in sandboxes.items():
        if name not in mine:
            raise TapBug(f"kpitaps_sandboxes() names the tap {name!r}, which is not one of its own")
        if not isinstance(where, str) or not all(where.partition(":")):
            raise TapBug(f"kpitaps_sandboxes() says {where!r} for {name}: write 'package.module:name'")


def _check_tap(tap: object, taken: dict[str, str]) -> None:
    if not isinstance(tap, Tap):
        raise TapBug(f"kpitaps_taps() handed over {tap!r}, which is no Tap")
    if tap.api not in SERVED:
        served = " and ".join(map(str, SERVED))
        raise TapBug(f"it was written for author API {tap.api}; this kpitaps serves {served}")
    if tap.name in taken:
        raise TapBug(f"the tap name {tap.name} is taken by {taken[tap.name]}")
    if tap.read_account is None:
        raise TapBug(f"tap {tap.name} has no @tap.account function")


def _reason(error: BaseException) -> str:
    # Not str(error): an exception's own __str__ may raise.
    told = traceback.TracebackException.from_exception(error)
    where = f" ({told.stack[-1].filename.rpartition('/')[2]}, line {told.stack[-1].lineno})" if told.stack else ""
    return f"{type(error).__name__}: {' '.join(str(told).split()) or 'no message'}{where}"
