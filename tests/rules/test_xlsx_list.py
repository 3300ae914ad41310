"""A list from a spreadsheet: what people see in it is what is read, and what is not read is told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from gateway.rules import catalogue_import
from gateway.rules.catalogue_import import Loaded

HEAD = ["代码", "名称", "类别", "目录"]


def loaded(folder: Path, book: Workbook) -> Loaded:
    """What is read of a book."""
    book.save(folder / "own.xlsx")
    return catalogue_import.load(folder / "own.xlsx")


def booked(*rows: list[object]) -> Workbook:
    """A book with a heading and these rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEAD, *rows):
        sheet.append(row)
    return book


def test_a_merged_cell_stands_in_each_row(tmp_path: Path) -> None:
    """The class and the list of all rows that a merged cell spans: they decide where a matter goes."""
    book = booked(
        ["110", "报警", "", ""],
        ["110.noise", "噪音", "police", "110"],
        ["110.quarrel", "纠纷", None, None],
        ["110.other", "其他", "x", "y"],
    )
    book.worksheets[0].merge_cells("C3:C4")
    book.worksheets[0].merge_cells("D3:D4")
    found = loaded(tmp_path, book)
    assert found.problems == ()
    assert [found.catalogue.matters[code].class_ for code in ("110.noise", "110.quarrel", "110.other")] == [
        "police",
        "police",
        "x",
    ]
    assert found.catalogue.lists == {"110": ("110.noise", "110.quarrel"), "y": ("110.other",)}


def test_further_sheets_are_told(tmp_path: Path) -> None:
    """One with content is told by its name, an empty one is none."""
    book = booked(["110", "报警"])
    book.create_sheet("空")
    book.create_sheet("第二批").append(["119", "火灾"])
    found = loaded(tmp_path, book)
    assert [problem.what for problem in found.problems] == ["工作表“第二批”没有读取 / the sheet 第二批 is not read"]
    assert list(found.catalogue.matters) == ["110"]


def test_a_formula_without_a_value_is_told_where_it_stands(tmp_path: Path) -> None:
    """A program that does not compute has saved none: the cell would be empty."""
    found = loaded(tmp_path, booked(["110", "报警", "=CONCATENATE(1,2)", ""]))
    assert [(problem.line, problem.column) for problem in found.problems] == [(2, 3)]
    assert "C2" in found.problems[0].what


@pytest.mark.parametrize(
    ("value", "name"),
    [(datetime.date(2026, 3, 1), "2026-03-01"), (datetime.datetime.fromisoformat("2026-03-01T08:30"), "2026-03-01T08:30:00"), (True, "TRUE"), (False, "FALSE"), (12, "12"), ("张　三", "张 三")],
)  # fmt: skip
def test_a_name_is_what_people_see(tmp_path: Path, value: object, name: str) -> None:
    """A day has no midnight behind it, a truth value is written as a spreadsheet does."""
    found = loaded(tmp_path, booked(["110", value]))
    assert found.problems == ()
    assert found.catalogue.matters["110"].name == name
