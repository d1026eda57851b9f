"""A company's own files: what is wrong in them is told with file, table, key, line and column."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import Table, near, read_tables
from kpitaps.kpis.own import KpiTable
from kpitaps.kpis.places import InFile, Statement, statements

if TYPE_CHECKING:
    from pathlib import Path


def tables(folder: Path, text: str | bytes) -> tuple[Table, ...]:
    """Write a file and read it."""
    file = folder / "kpis.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_tables(file, "kpi", others=("digest",))


def test_no_file_means_no_tables(tmp_path: Path) -> None:
    """Nobody needs KPIs of their own."""
    assert read_tables(tmp_path / "kpis.toml", "kpi") == ()


def test_where_there_are_no_names_none_is_meant() -> None:
    """The way out is a sentence even if there is nothing to choose from."""
    assert near("x", []) == "there are none yet"
    assert near("x", ["abc", "def"]) == "there are abc, def"


def test_several_tables_may_have_one_key(tmp_path: Path) -> None:
    """Companies differ in what they call a cost: a list of tables defines a KPI once for each of them."""
    found = tables(tmp_path, '[[kpi.a]]\ncompany = "x"\n[kpi.b]\n[[kpi.a]]\ncompany = "y"\n[digest]\nday = 1\n')
    assert [(table.key, dict(table.values)) for table in found] == [
        ("a", {"company": "x"}),
        ("a", {"company": "y"}),
        ("b", {}),
    ]
    assert [str(table.place("company")) for table in found[:2]] == [
        "kpis.toml, line 2, [kpi.a] company",
        "kpis.toml, line 5, [kpi.a] company",
    ]


def test_windows_editors_are_understood(tmp_path: Path) -> None:
    """A byte order mark and carriage returns do no harm, to line numbers neither."""
    (table,) = tables(tmp_path, b"\xef\xbb\xbf[kpi.a]\r\n# why\r\nformula = 'x'\r\n")
    assert table.place("formula").at(1, 1) == "kpis.toml, line 3, column 12, [kpi.a] formula"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[kpi.a]\nformula = 'x\n",
            "kpis.toml is not valid TOML: expected .*: what begins in line 2 does not end; mend it there",
        ),
        ("[kpi.a]\n[kpi.a]\n", r"cannot declare .* twice \(at line 2"),
        ("[kpis.a]\n", r"kpis.toml, line 1, kpis: what stands in this file are tables such as \[kpi.my_kpi\]"),
        ("# me\nformula = 'x'\n", "kpis.toml, line 2, formula: what stands in this file are tables"),
        ("kpi = 3", "kpis.toml, line 1, kpi: it is no table"),
        ("[kpi]\nformula = 'x'", r"kpis.toml, line 2, \[kpi\] formula: it is no table; write \[kpi.formula\]"),
        (b"[kpi.a]\nen.name = '\xe9'", "kpis.toml, line 2: byte 20 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    """An error that concerns the whole file leads to its line."""
    with pytest.raises(BadDefinition, match=complaint):
        tables(tmp_path, text)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("fomula = 'x'", r"line 3, \[kpi.a\] fomula: there is no such key; did you mean 'formula'\?"),
        ("zzz = 1", "line 3, .* zzz: there is no such key; there are formula, unit"),
        ("unit = 'ration'", r"line 3, \[kpi.a\] unit: 'ration' is none of .*; did you mean 'ratio'\?"),
        ("domain = 'legal'", "line 3, .* domain: 'legal' is none of 'finance', 'sales'"),
        ("formula = 3", "line 3, .* formula: 3 is not right: it should be a valid string"),
        ("leading = 'yes, sir'", "line 3, .* leading: 'yes, sir' is not right: it should be a valid boolean"),
        ("en.nam = 'x'", "line 3, .* en.nam: there is no such key; did you mean 'name'"),
        ("nl = { definition = 'x' }", r"line 3, \[kpi.a\] nl: it lacks nl.name"),
        ("nl.name = ' '", "line 3, .* nl.name: "),
    ],
)
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    """What is wrong in a table leads to the key, and says what would be right."""
    (table,) = tables(tmp_path, f"[kpi.a]\n# one thing is wrong\n{line}\n")
    with pytest.raises(BadDefinition, match=complaint):
        table.read(KpiTable)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("formula = 'orders / sesions'", "line 2, column 21"),
        ("  'formula'   =   'orders / sesions' # why", "line 2, column 29"),
        ('formula = "orders / sesions"', "line 2, column 21"),
        ("formula = '''orders / sesions'''", "line 2, column 23"),
        ("formula = '''\norders\n  / sesions'''", "line 4, column 5"),
        ('formula = """\norders \\\n\n   / sesions"""', "line 5, column 6"),
        ('formula = "\\u006frders / sesions"', "line 2, column 26"),
        ('formula = "orders\\n / sesions"', "line 2, column 23"),
        ('formula = "orders{sales_channel=\\"a\\"} / sesions"', "line 2, column 42"),
    ],
)
def test_a_mistake_in_a_formula_leads_to_its_column_in_the_file(tmp_path: Path, text: str, place: str) -> None:
    """However the text is quoted, broken into lines or escaped, the place is that in the file."""
    (table,) = tables(tmp_path, f"[kpi.a]\n{text}\n")
    formula = table.values["formula"]
    before = formula[: formula.index("sesions")]
    at = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    assert table.place("formula").at(*at) == f"kpis.toml, {place}, [kpi.a] formula"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\\\n'), max_size=40))
def test_every_character_of_a_text_is_found(text: str) -> None:
    """The place of a character in the value is the place of that character in the file."""
    written = f"[kpi.a]\nformula = {json.dumps(text, ensure_ascii=False)}\n"
    assert tomllib.loads(written)["kpi"]["a"]["formula"] == text
    place = InFile("f", "[kpi.a]", "formula", statements(written)["kpi", "a", "formula"])
    line, column = 1, 1
    for character in text:
        said = place.at(line, column)
        _, row, at, _ = said.split(", ")
        found = written.split("\n")[int(row.removeprefix("line ")) - 1][int(at.removeprefix("column ")) - 1 :]
        assert found.startswith(json.dumps(character, ensure_ascii=False)[1:-1])
        line, column = (line + 1, 1) if character == "\n" else (line, column + 1)


def test_what_is_not_found_is_told_by_its_line() -> None:
    """A place beyond the text, or in a text whose key is written otherwise, is told as a place of the text."""
    place = InFile("f", "[kpi.a]", "formula", Statement(2, "formula = 'x'"))
    assert place.at(1, 1) == "f, line 2, column 12, [kpi.a] formula"
    assert place.at(7, 1) == "f, line 2, [kpi.a] formula, line 7, column 1 of its text"
    assert InFile("f", "[kpi.a]").at(1, 2) == "f, [kpi.a], line 1, column 2 of its text"
