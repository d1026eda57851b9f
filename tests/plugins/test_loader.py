"""Loading plugins through real entry points: what is broken is listed with its reason, the rest goes on."""

from __future__ import annotations

import sys
from importlib import invalidate_caches, metadata
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from kpitaps.errors import BadUse
from kpitaps.plugins import Installed, Plugins, PluginState, load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Install = Callable[..., None]

GOOD = """
    from kpitaps import Account, Settings, Tap, hookimpl

    class Nothing(Settings):
        pass

    def tap(name, api=1):
        found = Tap(name, title=name, settings=Nothing, api=api, base_url="https://x.example", hosts=["x.example"])
        found.account(lambda ctx: Account("1", name, "UTC", "EUR"))
        return found

    @hookimpl
    def kpitaps_taps():
        return [tap("{name}")]
"""
HEAD = dedent(GOOD).partition("@hookimpl")[0]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed distributions, in front of the environment's own."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("plug_"):
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Install:
    """Install a distribution with one module and one entry point, as pip would."""

    def installs(name: str, code: str, *, distribution: str = "", described: bool = True) -> None:
        distribution = distribution or f"kpitaps-{name}"
        info = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
        info.mkdir()
        if described:
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n")
        module = f"plug_{distribution.replace('-', '_')}"
        (info / "entry_points.txt").write_text(f"[kpitaps]\n{name} = {module}\n")
        (site / f"{module}.py").write_text(dedent(code))
        invalidate_caches()

    return installs


def load(site: Path, **more: object) -> Plugins:
    """Load what is installed in the folder: the environment's own taps are another matter."""
    points = [point for found in metadata.distributions(path=[str(site)]) for point in found.entry_points]
    return load_plugins(points, **more)


def only(plugins: Plugins, name: str) -> Installed:
    return next(plugin for plugin in plugins.installed if plugin.name == name)


def test_an_installed_tap_appears(install: Install) -> None:
    """pip install makes a tap appear, with the name and version of its distribution."""
    install("acme", GOOD.format(name="acme"))
    plugins = load_plugins()
    plugin = only(plugins, "acme")
    assert (plugin.distribution, plugin.version, plugin.state) == ("kpitaps-acme", "1.2.3", PluginState.READY)
    assert plugins.tap("acme") is plugins.taps["acme"]
    assert {point.name for point in metadata.entry_points(group="kpitaps")} == {p.name for p in plugins.installed}


BROKEN = {
    "import": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module' ("),
    "syntax": ("def :", "SyntaxError: invalid syntax"),
    "exit": ("import sys; sys.exit('bye')", "SystemExit: bye (plug_kpitaps_bad.py, line 1)"),
    "panic": ("raise BaseException('compiled code gave up')", "BaseException: compiled code gave up ("),
    "mute": (
        "class Mute(Exception):\n    def __str__(self): return 1 / 0\nraise Mute",
        "Mute: <exception str() failed> (plug_kpitaps_bad.py, line 3)",
    ),
    "raising hook": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    raise ValueError('no\\nluck')",
        "ValueError: no luck (plug_kpitaps_bad.py, line 14)",
    ),
    "number": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    return 7",
        "TapBug: kpitaps_taps() handed over 7, which is no list of taps",
    ),
    "lone tap": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    return tap('bad')",
        "TapBug: kpitaps_taps() handed over <Tap bad>, which is no list of taps",
    ),
    "names": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    return ['bad']",
        "TapBug: kpitaps_taps() handed over 'bad', which is no Tap",
    ),
    "late failure": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    yield tap('bad')\n    raise KeyError('late')",
        "KeyError: 'late' (plug_kpitaps_bad.py, line 15)",
    ),
    "nothing": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    tap('bad')",
        "TapBug: it hands over no tap: mark a function kpitaps_taps() with @hookimpl and return a list of taps",
    ),
    "unmarked hook": (
        HEAD + "def kpitaps_taps():\n    return [tap('bad')]",
        "TapBug: it hands over no tap: mark a function kpitaps_taps() with @hookimpl and return a list of taps",
    ),
    "misspelt hook": (
        HEAD + "@hookimpl\ndef kpitaps_tap():\n    return [tap('bad')]",
        "PluginValidationError: unknown hook 'kpitaps_tap' in plugin <module 'plug_kpitaps_bad'",
    ),
    "hook with an argument": (
        HEAD + "@hookimpl\ndef kpitaps_taps(config):\n    return [tap('bad')]",
        "PluginValidationError: Plugin 'bad' for hook 'kpitaps_taps'",
    ),
    "API of the future": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    return [tap('bad', api=2)]",
        "TapBug: it was written for author API 2; this kpitaps serves 1",
    ),
    "API that never was": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    return [tap('bad', api=0)]",
        "TapBug: it was written for author API 0; this kpitaps serves 1",
    ),
    "no account": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    bad = tap('bad')\n    bad.read_account = None\n    return [bad]",
        "TapBug: tap bad has no @tap.account function",
    ),
    "twice the same tap": (
        HEAD + "@hookimpl\ndef kpitaps_taps():\n    return [tap('bad'), tap('bad')]",
        "TapBug: it hands over the tap bad twice",
    ),
    "another's sandbox": (
        GOOD.format(name="bad") + "\n    @hookimpl\n    def kpitaps_sandboxes():\n        return {'good': 'm:f'}",
        "TapBug: kpitaps_sandboxes() names the tap 'good', which is not one of its own",
    ),
    "sandbox that is nowhere": (
        GOOD.format(name="bad") + "\n    @hookimpl\n    def kpitaps_sandboxes():\n        return {'bad': 'm'}",
        "TapBug: kpitaps_sandboxes() says 'm' for bad: write 'package.module:name'",
    ),
    "list of sandboxes": (
        GOOD.format(name="bad") + "\n    @hookimpl\n    def kpitaps_sandboxes():\n        return ['m:f']",
        "TapBug: kpitaps_sandboxes() handed over ['m:f'], which is no mapping of tap names",
    ),
}


@pytest.mark.parametrize(("code", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_stops_nobody(site: Path, install: Install, code: str, reason: str) -> None:
    """Whatever a plugin does when it is loaded, it is listed as broken with the reason, and the others are ready."""
    install("apple", GOOD.format(name="apple"))
    install("bad", code)
    install("zebra", GOOD.format(name="zebra"))
    plugins = load(site)
    assert list(plugins.taps) == ["apple", "zebra"]
    bad = only(plugins, "bad")
    assert (bad.state, bad.taps, bad.sandboxes, bad.version) == (PluginState.BROKEN, (), {}, "1.2.3")
    assert bad.reason.startswith(reason)
    assert "\n" not in bad.reason
    with pytest.raises(BadUse) as refused:
        plugins.tap("bad")
    assert str(refused.value) == f"tap bad is broken: {bad.reason}"


def test_a_name_belongs_to_who_came_first(site: Path, install: Install) -> None:
    """Two distributions with one tap name: the first keeps it, the other is broken and says who has it."""
    install("acme", GOOD.format(name="acme"))
    install("acme2", GOOD.format(name="acme"), distribution="kpitaps-copy")
    plugins = load(site)
    assert only(plugins, "acme").state is PluginState.READY
    reason = only(plugins, "acme2").reason
    assert reason.startswith("TapBug: the tap name acme is taken by kpitaps-acme")


def test_a_disabled_plugin_is_not_even_imported(site: Path, install: Install) -> None:
    """What is named in KPITAPS_DISABLE is listed as disabled, and its code does not run."""
    install("acme", "raise SystemExit('imported after all')")
    install("other", GOOD.format(name="other"))
    plugins = load(site, disabled={"acme"})
    assert only(plugins, "acme").state is PluginState.DISABLED
    assert "plug_kpitaps_acme" not in sys.modules
    assert list(plugins.taps) == ["other"]
    with pytest.raises(BadUse, match=r"^tap acme is disabled: it is named in KPITAPS_DISABLE$"):
        plugins.tap("acme")


def test_sandboxes_are_known_by_tap(site: Path, install: Install) -> None:
    """A plugin says where its sandbox is; nothing of it is imported."""
    sandboxes = "\n    @hookimpl\n    def kpitaps_sandboxes():\n        return {'acme': 'plug_nowhere:sandbox'}"
    install("acme", GOOD.format(name="acme") + sandboxes)
    assert load(site).sandboxes == {"acme": "plug_nowhere:sandbox"}


def test_what_pip_left_half_removed_is_no_obstacle(site: Path, install: Install) -> None:
    """A distribution without metadata still loads, as one of unknown version."""
    install("acme", GOOD.format(name="acme"), described=False)
    plugins = load(site)
    assert (only(plugins, "acme").version, list(plugins.taps)) == ("unknown", ["acme"])


def test_a_tap_that_is_not_there_is_offered(site: Path, install: Install) -> None:
    """A tap nobody installed: how to get it, and what there is; the entry point's own name is no tap's."""
    assert load(site).installed == ()
    with pytest.raises(BadUse, match=r"'pip install kpitaps-exact' \(installed: none\)"):
        load(site).tap("exact")
    install("shop", GOOD.format(name="acme"))
    with pytest.raises(BadUse, match=r"there is no tap 'shop': .* \(installed: acme\)"):
        load(site).tap("shop")
