"""What no file of the repository may hold."""

from __future__ import annotations

import re

from house.checkout import ROOT, files

# Put together here, so that this file may stand in the repository too.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "yarn" + "pkg.com"]
HOMES = ["ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk"]
MACHINE_PATH = re.compile(r"(?<![\w.:/}~-])/(?:" + "|".join(HOMES) + r")/[\w.-]+")


def texts() -> dict[str, str]:
    """Return the text of every file, by its path in the repository."""
    return {str(file.relative_to(ROOT)): file.read_text(errors="replace") for file in files()}


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is a matter of the machine, never of the repository."""
    assert [(name, host) for name, text in texts().items() for host in REGISTRIES if host in text] == []


def test_no_file_names_a_path_of_a_machine() -> None:
    """No file names a folder that exists on one machine only."""
    found = {name: MACHINE_PATH.findall(text) for name, text in texts().items()}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_machine_paths_are_recognised() -> None:
    """The pattern finds paths in prose, code and settings, and leaves addresses alone."""
    secret = "/" + HOMES[1] + "/someone"
    for text in (f"see {secret}/x", f'"{secret}"', f"path={secret}", f"file:{secret}"[5:]):
        assert MACHINE_PATH.search(text), text
    for text in (f"https://example.com{secret}", f"{{base}}{secret}", "./" + HOMES[1] + "/x"):
        assert not MACHINE_PATH.search(text), text
