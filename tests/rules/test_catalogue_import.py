"""Own scope catalogues from CSV and XLSX: what fits, what does not and why, and the way into a rules file."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from gateway.config.settings import site_path
from gateway.core.rules.catalogue import Catalogue, Matter
from gateway.guards.bounded_file import TooLargeError, read_bounded
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.rules import catalogue_import
from gateway.rules import file as rules_file
from gateway.rules.problems import Problem, RulesError

HEADING = "代码,名称,类别,目录\n"
GOOD = f"""{HEADING}x,甲,,
x.b,"乙,带逗号",unclear,12345_to_110
x.b.c,丙,,12345_to_110；110_to_12345
"""


def listed(folder: Path, text: str | bytes, name: str = "own.csv") -> Path:
    """A list on disk."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def found(folder: Path, rows: str, base: Catalogue | None = None) -> tuple[Problem, ...]:
    """What does not fit of these rows."""
    return catalogue_import.load(listed(folder, HEADING + rows), base).problems


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_csv_is_a_catalogue(tmp_path: Path, mark: str, end: str) -> None:
    """UTF-8 with or without its mark, Unix and Windows lines, several lists with either semicolon."""
    loaded = catalogue_import.load(listed(tmp_path, mark + GOOD.replace("\n", end)))
    assert loaded.problems == ()
    assert loaded.rows == 3
    assert loaded.catalogue.matters["x.b"] == Matter("x.b", "乙,带逗号", "unclear")
    assert loaded.catalogue.lists == {"12345_to_110": ("x.b", "x.b.c"), "110_to_12345": ("x.b.c",)}


def test_an_xlsx_is_a_catalogue(tmp_path: Path) -> None:
    """Columns in any order and with English names; a code in a number cell does not fit, because it has lost its zeros."""
    book = Workbook()
    for row in (
        ["name", "note", "code", "list"],
        ["甲", "", "x", None],
        ["乙", "", "x.10", "12345_to_110"],
        ["丙", "", 110.1, ""],
    ):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    loaded = catalogue_import.load(tmp_path / "own.xlsx")
    assert list(loaded.catalogue.matters) == ["x", "x.10"]
    (problem,) = loaded.problems
    assert (problem.line, problem.column) == (4, 3)
    assert "is a number" in problem.what


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("甲,乙,,", 1, "a matter code has ASCII"), ("y.z,乙,,", 1, "y, which is above y.z, is not in the catalogue"),
        ("x,一,,\nx,二,,", 1, "x stands in row 2, too"), ("x,,,", 2, "a name is one line"), ("x,甲,a b,", 3, "a name has no blanks"),
        ("x,甲,,a;b c", 4, "a name has no blanks"), (f"x,{'甲' * 201},,", 2, "a name is one line"), ("x,甲\x1b,,", 2, "a name is one line"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit(tmp_path: Path, row: str, column: int, words: str) -> None:
    """It is told with row and column, and the others are taken."""
    (problem,) = found(tmp_path, f"{row}\nok,好,,\n")
    assert (problem.line, problem.column) == (row.count("\n") + 2, column)
    assert words in problem.what
    assert problem.remedy


def test_a_list_may_be_added_to_a_catalogue(tmp_path: Path) -> None:
    """What is above may stand there; what has the same code is replaced."""
    base = Catalogue({"x": Matter("x", "旧")}, {"l": ("x",)})
    loaded = catalogue_import.load(listed(tmp_path, HEADING + "x.b,新,,l\n"), base)
    assert (loaded.problems, loaded.catalogue.lists) == ((), {"l": ("x", "x.b")})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("own.csv", GOOD.encode("gbk"), "is not UTF-8, probably GBK"), ("own.csv", b"", "the file is empty"),
        ("own.csv", "编号,内容\n1,2\n".encode(), "no column code"), ("own.csv", f'{HEADING}"x,'.encode(), "not a valid CSV"),
        ("own.xlsx", b"PK\3\4nonsense", "not a valid XLSX"), ("own.xlsx", b"", "not a valid XLSX"), ("own.xls", b"\xd0\xcf", "not supported"),
    ],
    ids=["gbk", "empty", "heading", "quotes", "zip", "nothing", "xls"],
)  # fmt: skip
def test_a_file_that_is_no_list(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """One clear message each, with what to do."""
    with pytest.raises(RulesError, match=words):
        catalogue_import.load(listed(tmp_path, content, name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file and a folder are told like any other mistake."""
    for path in (tmp_path / "none.csv", tmp_path / "none.xlsx"):
        with pytest.raises(RulesError, match="cannot read the file"):
            catalogue_import.load(path)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RulesError, match="not a regular file"):
        catalogue_import.load(tmp_path / "folder.csv")


def packed(path: Path, size: int) -> Path:
    """A spreadsheet whose texts unpack to so many bytes of nothing."""
    book = Workbook()
    book.active.append(["code", "name"])
    book.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/more.xml", b" " * size)
    return path


def test_what_a_spreadsheet_unpacks_to_is_bounded_before_it_is_read(tmp_path: Path) -> None:
    """A small file that unpacks to two hundred megabytes is refused by what it says of itself; within the bound it is read."""
    limits = replace(DOOR_LIMITS, catalogue_unpacked_bytes_max=1_000_000)
    path = packed(tmp_path / "own.xlsx", 1_000_000)
    assert path.stat().st_size < 20_000
    with pytest.raises(RulesError, match="bytes when it is unpacked"):
        catalogue_import.load(path, limits=limits)
    assert catalogue_import.load(path).rows == 0


@pytest.mark.parametrize("name", ["own.csv", "own.xlsx"])
def test_a_list_is_bounded_before_it_is_parsed(tmp_path: Path, name: str) -> None:
    """Bytes first, whatever is in them; rows where they are read."""
    limits = replace(DOOR_LIMITS, catalogue_bytes_max=1024, catalogue_rows_max=2)
    with pytest.raises(RulesError, match="at most 1024 bytes"):
        catalogue_import.load(listed(tmp_path, b"\xff" * 1025, name), limits=limits)
    with pytest.raises(RulesError, match="at most 2 rows"):
        catalogue_import.load(listed(tmp_path, HEADING + "1,a,,\n2,b,,\n3,c,,\n", "rows.csv"), limits=limits)


@pytest.mark.parametrize("name", ["own.csv", "own.xlsx"])
def test_a_pipe_is_no_list(tmp_path: Path, name: str) -> None:
    """What has no end is not waited for."""
    os.mkfifo(tmp_path / name)
    with pytest.raises(RulesError, match="not a regular file"):
        catalogue_import.load(tmp_path / name)


def test_a_size_that_is_not_true_is_not_believed() -> None:
    """A file that says it is empty and is not is bounded by what comes of it, for lists as for rules."""
    endless = Path("/proc/self/maps")
    assert endless.stat().st_size == 0
    with pytest.raises(TooLargeError):
        read_bounded(endless, 100)


@given(
    content=st.binary(max_size=80)
    | st.text("代码,名称\n\r\"';x.", max_size=80).map(lambda text: (HEADING + text).encode())
)
@settings(max_examples=150, deadline=None)
def test_no_content_makes_it_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """A list, or a ``RulesError``."""
    path = listed(tmp_path_factory.getbasetemp(), content)
    try:
        catalogue_import.load(path)
    except RulesError as error:
        shown = str(error)
        assert shown.startswith(str(path))


# --- into the rules file ----------------------------------------------------------------------------------------------------


def test_a_catalogue_written_and_read_is_the_same() -> None:
    """Quotes, backslashes and colons in names, classes and lists included."""
    matters = {"a": Matter("a", 'x: "y" \\ #'), "a.1": Matter("a.1", "是", "类")}
    catalogue = Catalogue(matters, {"l": ("a.1",)})
    text = f'version: 1\ntargets: {{"110": {{name: x}}}}\nrules: [{{name: a, then: {{}}}}]\n{catalogue_import.as_yaml(catalogue)}'
    assert rules_file.parse(text).catalogue == catalogue


def test_only_the_matters_of_a_rules_file_change() -> None:
    """Everything before and behind them stays, comments too; put in again it is the same text."""
    shipped = site_path("transfer_rules.yaml").read_text("utf-8")
    block = catalogue_import.as_yaml(rules_file.parse(shipped).catalogue)
    text = catalogue_import.put_into(shipped, block)
    begin = shipped.index("matters:\n")
    behind = shipped.index("# 来电人名单")
    assert text.startswith(shipped[:begin] + block)
    assert text.endswith("\n" + shipped[behind:])
    assert rules_file.parse(text) == rules_file.parse(shipped)
    assert catalogue_import.put_into(text, block) == text


@pytest.mark.parametrize("matters", ["", "matters: {codes: {old: 旧},\n  lists: {}}\n", "matters: {}\n"])
def test_matters_of_any_form_are_replaced(matters: str) -> None:
    """None, in one line, or in braces over several."""
    text = f'version: 1\ntargets: {{"110": {{name: x}}}}\n{matters}# 规则\nrules: [{{name: a, then: {{}}}}]\n'
    catalogue = Catalogue({"new": Matter("new", "新")})
    after = catalogue_import.put_into(text, catalogue_import.as_yaml(catalogue))
    assert rules_file.parse(after).catalogue == catalogue
    assert "# 规则\nrules:" in after
