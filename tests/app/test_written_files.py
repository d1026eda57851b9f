"""A folder of generated files: idempotent, atomic, and nobody else's file is touched."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kpitaps.app import written_files
from kpitaps.app.written_files import Action, only_writer
from kpitaps.errors import BadUse, RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path("/srv/kpitaps")
write_files = partial(written_files.write_files, home=HOME)

FILES = {"a.yml": "one\n", "boards/shop/sales.json": "{}\n"}


def texts(folder: Path) -> dict[str, str]:
    """Return what is in a folder, the manifest left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def times(folder: Path) -> dict[str, int]:
    """Return when each file was written."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return path.stat().st_mode & 0o777


@pytest.fixture
def strict() -> Iterator[None]:
    """A process whose new files nobody else may read."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_files_are_made(tmp_path: Path) -> None:
    """The first run makes every file, and its folders."""
    changes = write_files(tmp_path / "new", FILES, kind="x")
    assert [(change.path, change.action) for change in changes.files] == [(name, Action.CREATE) for name in FILES]
    assert texts(tmp_path / "new") == FILES


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    """Where nothing differs, no time of modification changes."""
    write_files(tmp_path, FILES, kind="x")
    before = times(tmp_path)
    changes = write_files(tmp_path, FILES, kind="x")
    assert not changes
    assert (changes.same, times(tmp_path)) == (2, before)


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    """A file that is as it should be stays untouched when another changes."""
    write_files(tmp_path, FILES, kind="x")
    before = times(tmp_path)[str(tmp_path / "a.yml")]
    changes = write_files(tmp_path, FILES | {"boards/shop/sales.json": "[]\n"}, kind="x")
    assert [change.path for change in changes.files] == ["boards/shop/sales.json"]
    assert changes.files[0].diff.endswith("-{}\n+[]\n")
    assert times(tmp_path)[str(tmp_path / "a.yml")] == before


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    """A plan tells what would happen, and leaves the folder as it is."""
    changes = write_files(tmp_path / "new", FILES, kind="x", plan=True)
    assert len(changes.files) == 2
    assert not (tmp_path / "new").exists()


def test_what_is_no_longer_wanted_goes(tmp_path: Path) -> None:
    """A file of an earlier run goes with its empty folders; neighbours and other kinds stay."""
    write_files(tmp_path, FILES, kind="x")
    write_files(tmp_path, {"b.yml": "other\n"}, kind="y")
    (tmp_path / "boards/mine.json").write_text("mine")
    write_files(tmp_path, {}, kind="x")
    assert texts(tmp_path) == {"b.yml": "other\n", "boards/mine.json": "mine"}
    assert not (tmp_path / "boards/shop").exists()


@pytest.mark.parametrize("wanted", [{"a.yml": "two\n"}, {}], ids=["changed", "removed"])
def test_what_was_edited_by_hand_is_kept(tmp_path: Path, wanted: dict[str, str]) -> None:
    """A plan says that a file of ours was edited; a run keeps that version beside it."""
    write_files(tmp_path, {"a.yml": "one\n"}, kind="x")
    (tmp_path / "a.yml").write_text("mine\n")
    assert [change.edited for change in write_files(tmp_path, wanted, kind="x", plan=True).files] == [True]
    write_files(tmp_path, wanted, kind="x")
    assert texts(tmp_path) == wanted | {"a.yml.edited": "mine\n"}


def test_what_was_kept_stays(tmp_path: Path) -> None:
    """Another edit by hand does not take the place of the first; the same one is kept once."""
    for number, edit in enumerate(("mine\n", "mine again\n", "mine\n")):
        write_files(tmp_path, {"a.yml": f"{number}\n"}, kind="x")
        (tmp_path / "a.yml").write_text(edit)
        write_files(tmp_path, {"a.yml": "ours\n"}, kind="x")
    assert texts(tmp_path) == {"a.yml": "ours\n", "a.yml.edited": "mine\n", "a.yml.edited.2": "mine again\n"}


def test_a_link_is_no_folder_of_ours(tmp_path: Path) -> None:
    """A folder that somebody linked elsewhere loses our file, and stays."""
    (tmp_path / "real").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/boards").symlink_to(tmp_path / "real")
    write_files(tmp_path / "out", {"boards/a.json": "{}\n"}, kind="x")
    write_files(tmp_path / "out", {}, kind="x")
    assert (list((tmp_path / "real").iterdir()), (tmp_path / "out/boards").is_symlink()) == ([], True)


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be changed is one clear error."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    write_files(tmp_path, FILES, kind="x")
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(BadUse, match=r"sales\.json cannot be removed: Permission denied"):
        write_files(tmp_path, {"a.yml": "one\n"}, kind="x")


@pytest.mark.parametrize("plan", [False, True])
def test_another_home_is_refused(tmp_path: Path, plan: bool) -> None:
    """What one home wrote another one would undo: it is named, and so is the way out; nothing is written."""
    write_files(tmp_path, FILES, kind="x")
    sentence = r"are of the home /srv/kpitaps, and this one is /srv/other: .* add --take-over$"
    with pytest.raises(BadUse, match=sentence):
        write_files(tmp_path, {}, kind="x", home=Path("/srv/other"), plan=plan)
    assert texts(tmp_path) == FILES
    write_files(tmp_path, {"c.yml": "\n"}, kind="y", home=Path("/srv/other"))


def test_a_folder_is_taken_over(tmp_path: Path) -> None:
    """Whoever says so gets the folder: what the other home wrote goes, and that home is the one that is refused."""
    other = Path("/srv/other")
    write_files(tmp_path, FILES, kind="x")
    planned = write_files(tmp_path, {"a.yml": "two\n"}, kind="x", home=other, take_over=True, plan=True)
    assert [change.action for change in planned.files] == [Action.CHANGE, Action.REMOVE]
    write_files(tmp_path, FILES, kind="x")  # a plan took nothing over
    write_files(tmp_path, {"a.yml": "two\n"}, kind="x", home=other, take_over=True)
    assert texts(tmp_path) == {"a.yml": "two\n"}
    assert not write_files(tmp_path, {"a.yml": "two\n"}, kind="x", home=other)
    with pytest.raises(BadUse, match="are of the home /srv/other"):
        write_files(tmp_path, FILES, kind="x")


def test_a_list_that_names_no_home_becomes_ours(tmp_path: Path) -> None:
    """Early versions wrote none."""
    (tmp_path / ".kpitaps-x.json").write_text('{"files": {}}')
    write_files(tmp_path, FILES, kind="x")
    with pytest.raises(BadUse, match="are of the home /srv/kpitaps"):
        write_files(tmp_path, FILES, kind="x", home=Path("/srv/other"))


def test_what_we_wrote_is_not_edited(tmp_path: Path) -> None:
    """A change of our own leaves no second file."""
    for text in ("one\n", "two\n"):
        write_files(tmp_path, {"a.yml": text}, kind="x")
    assert texts(tmp_path) == {"a.yml": "two\n"}


def test_a_strangers_file_is_refused(tmp_path: Path) -> None:
    """Where somebody else's file stands in the place of one, nothing at all is written."""
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/z.json").write_text("theirs")
    with pytest.raises(BadUse, match=r"z\.json is not a file that kpitaps wrote"):
        write_files(tmp_path, FILES | {"boards/z.json": "ours"}, kind="x")
    assert texts(tmp_path) == {"boards/z.json": "theirs"}


def test_a_run_that_was_cut_short_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run had written when it ended counts as ours, though the next one wants something else."""

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kpitaps.app.written_files._Manifest.keep", fail)
        with pytest.raises(KeyboardInterrupt):
            write_files(tmp_path, FILES, kind="x")
    changes = write_files(tmp_path, {"a.yml": "two\n"}, kind="x")
    assert [change.edited for change in changes.files] == [False, False]
    assert texts(tmp_path) == {"a.yml": "two\n"}


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"../a": []}}', '{"files": {"/a": []}}', '{"files": 1}'])
def test_a_spoilt_manifest_is_told(tmp_path: Path, text: str) -> None:
    """What is no manifest of ours is an error, and never a list of files to remove."""
    (tmp_path / ".kpitaps-x.json").write_text(text)
    with pytest.raises(BadUse, match="is no list of files that kpitaps wrote"):
        write_files(tmp_path, FILES, kind="x")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the folder's place is one clear error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadUse, match="file"):
        write_files(tmp_path / "file", FILES, kind="x")


@pytest.mark.usefixtures("strict")
def test_others_may_read_what_is_new(tmp_path: Path) -> None:
    """Grafana and Prometheus run as other users: a strict umask keeps nothing from them."""
    folder = tmp_path / "srv/files"
    write_files(folder, FILES, kind="x")
    assert {mode(path) for path in folder.rglob("*") if path.is_file()} == {0o644}
    assert {mode(path) for path in (tmp_path / "srv", folder, folder / "boards/shop")} == {0o755}


def test_a_password_is_for_nobody_else(tmp_path: Path) -> None:
    """A file in which an address holds a password stays ours, until somebody gives it another mode."""
    write_files(tmp_path, {"a.yml": "url: http://ada:s3cret@127.0.0.1:9090\n"}, kind="x")
    assert mode(tmp_path / "a.yml") == 0o600


@pytest.mark.usefixtures("strict")
def test_mode_and_group_stay(tmp_path: Path) -> None:
    """What somebody gave a file by hand its successor has too, and so has what is kept of it."""
    group = 12345 if os.geteuid() == 0 else os.getgroups()[-1]
    write_files(tmp_path, {"a.yml": "one\n"}, kind="x")
    (tmp_path / "a.yml").write_text("mine\n")
    (tmp_path / "a.yml").chmod(0o640)
    os.chown(tmp_path / "a.yml", -1, group)
    write_files(tmp_path, {"a.yml": "two\n"}, kind="x")
    assert (mode(tmp_path / "a.yml"), (tmp_path / "a.yml").stat().st_gid) == (0o640, group)
    assert mode(tmp_path / "a.yml.edited") == 0o640


def test_one_run_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that comes while another one writes waits for it, and does not wait for ever."""
    monkeypatch.setattr("kpitaps.app.written_files._PATIENCE", 0.0)
    with only_writer(tmp_path), pytest.raises(RetryLater, match="another process is writing into"):
        write_files(tmp_path, FILES, kind="x")
    write_files(tmp_path, FILES, kind="x")
    assert texts(tmp_path) == FILES


def test_runs_at_the_same_time_do_not_collide(tmp_path: Path) -> None:
    """Whichever comes last, files and list belong together, and nothing unfinished is left."""

    def run(number: int) -> None:
        write_files(tmp_path, {f"{name}.yml": f"{number}\n" for name in "abcdef"}, kind="x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(40)))
    assert len(set(texts(tmp_path).values())) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith((".part", ".edited"))] == []


def test_a_home_is_the_same_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to it, or a path that begins here, leads to no other home; neither does one that was noted long ago."""
    home, link, out = tmp_path / "home", tmp_path / "link", tmp_path / "out"
    home.mkdir()
    link.symlink_to(home)
    monkeypatch.chdir(tmp_path)
    for path in (home, link, Path("home"), Path("./link")):
        write_files(out, FILES, kind="x", home=path)
    noted = out / ".kpitaps-x.json"
    noted.write_text(json.dumps(json.loads(noted.read_text()) | {"home": str(link)}))
    write_files(out, FILES, kind="x", home=home)
    assert json.loads(noted.read_text())["home"] == str(home.resolve())
