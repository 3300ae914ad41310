"""The first sheet of an XLSX file as rows of texts, and everything of the file that does not become one: nothing is lost in silence.

A spreadsheet shows one value over all cells that are merged, and the value of a formula that it has computed; the file has the one in the first cell,
and the other only where a program that computes has saved it. Read in a stream: memory does not grow with the sheet.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from xml.etree import ElementTree

from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter, range_boundaries

from gateway.rules import texts
from gateway.rules.problems import Problem, plain

COLUMNS_MAX = 20
Cell = tuple[str, bool]
"""A cell's text, and whether it was a number in the spreadsheet."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MIDNIGHT = time()


@dataclass(slots=True)
class Marks:
    """Merged ranges as (first column, first row, last column, last row), and cells with a formula whose value nobody has saved."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unsaved: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class XlsxList:
    """The rows of a file's first sheet; ``problems`` is of what is in the file beside them."""

    rows: Iterator[list[Cell]]
    problems: list[Problem]


def read(data: bytes, rows_max: int) -> XlsxList:
    """A file's list. Raises whatever openpyxl and its readers of zip and XML do."""
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    first, *others = book.worksheets
    problems = [
        Problem(1, 1, texts.SHEET_IS_NOT_READ(sheet=plain(sheet.title)), texts.MOVE_ROWS_TO_THE_FIRST_SHEET)
        for sheet in others
        if any(any(cell is not None for cell in row) for row in sheet.iter_rows(values_only=True, max_row=rows_max))
    ]
    marks = _marks(data, rows_max)
    for row, column in marks.unsaved:
        what = texts.FORMULA_HAS_NO_VALUE(cell=f"{get_column_letter(column)}{row}")
        problems.append(Problem(row, column, what, texts.SAVE_WITH_VALUES))
    return XlsxList(_filled(first, marks, rows_max), problems)


def _filled(sheet: Any, marks: Marks, rows_max: int) -> Iterator[list[Cell]]:
    """Rows with the value of a merged range in each of its cells."""
    held: dict[int, Cell] = {}
    begins: dict[int, list[tuple[int, int, int, int]]] = {}
    for place in marks.merged:
        begins.setdefault(place[1], []).append(place)
    open_: list[tuple[int, int, int, int]] = []
    for number, values in enumerate(sheet.iter_rows(values_only=True, max_row=rows_max, max_col=COLUMNS_MAX), 1):
        row = [_cell(value) for value in values]
        open_ = [place for place in open_ if place[3] >= number]
        for place in begins.get(number, ()):
            if place[0] <= len(row):
                held[place[0]] = row[place[0] - 1]
                open_.append(place)
        for place in open_:
            for column in range(place[0], min(place[2], COLUMNS_MAX) + 1):
                row += [("", False)] * (column - len(row))
                row[column - 1] = held[place[0]]
        yield row


def _cell(value: Any) -> Cell:
    """A value as people see it: a day without a time, a truth value as a spreadsheet writes it."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return str(value).upper(), False
    if isinstance(value, datetime):
        return (value.date() if value.time() == _MIDNIGHT else value).isoformat(), False
    if isinstance(value, date | time):
        return value.isoformat(), False
    return str(value), isinstance(value, int | float)


def _marks(data: bytes, rows_max: int) -> Marks:
    """Marks of the first sheet, as its XML has them: openpyxl does not read them in a stream."""
    found = Marks()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, packed.open(_first_sheet(packed)) as sheet:
        for _, element in ElementTree.iterparse(sheet):  # noqa: S314 - the size is bounded, and expat bounds entities
            if element.tag == f"{_MAIN}mergeCell":
                low_column, low_row, high_column, high_row = range_boundaries(element.get("ref", "A1"))
                found.merged.append((low_column or 1, low_row or 1, high_column or COLUMNS_MAX, high_row or rows_max))
            elif element.tag == f"{_MAIN}c":
                if element.find(f"{_MAIN}f") is not None and not element.findtext(f"{_MAIN}v") and element.get("r"):
                    found.unsaved.append(coordinate_to_tuple(element.get("r", "A1")))
            elif element.tag == f"{_MAIN}row":
                element.clear()
    return found


def _first_sheet(packed: zipfile.ZipFile) -> str:
    """The name of the first sheet's XML."""
    with packed.open("xl/workbook.xml") as file:
        sheet = ElementTree.parse(file).find(f".//{_MAIN}sheet")  # noqa: S314 - as above
    wanted = sheet.get(_RELATION) if sheet is not None else None
    with packed.open("xl/_rels/workbook.xml.rels") as file:
        for one in ElementTree.parse(file).getroot():  # noqa: S314 - as above
            if one.get("Id") == wanted:
                target = one.get("Target", "")
                return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return "xl/worksheets/sheet1.xml"
