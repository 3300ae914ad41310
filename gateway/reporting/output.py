"""A report as a table for people, and as CSV, XLSX, Parquet and JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from gateway.durable_file import packed_into
from gateway.guards.csv_cells import harmless
from gateway.reporting import ReportError, texts
from gateway.reporting.columns import ZH, columns, fitting, heading, rows
from gateway.reporting.queries import Report
from gateway.reporting.text_table import table, width

XLSX_ROWS_MAX = 1_048_575
"""Rows of a sheet beside the heading; the next sheet takes what follows."""
TEXT_FORMATS = ("table", "csv", "json")
FILE_FORMATS = ("xlsx", "parquet", "png", "svg")


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a report: its language, how many characters are beside each other (0: as many as there are), names of the people at seats."""

    lang: str = ZH
    columns_max: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


LOOK = Look()


def text(report: Report, format_: str, look: Look = LOOK) -> str:
    """``table``, ``csv`` (Excel reads its Chinese by the byte order mark) or ``json``, which knows no language."""
    if format_ == "json":
        return _json(as_json(report))
    shown = columns(report, look.lang, look.names)
    values = rows(report, shown, look.names)
    if format_ == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([column.title for column in shown])
        writer.writerows([[harmless(value) for value in row] for row in values])
        return "\ufeff" + out.getvalue()
    if not report.rows:
        return texts.NOTHING_IS_RECORDED
    cells = [[_shown(column.unit, value) for column, value in zip(shown, row, strict=True)] for row in values]
    taken = fitting(report, shown, cells, look.columns_max)
    left = sum(shown[n].unit == "text" and shown[n].name not in FIGURES_OF_TEXT for n in taken)
    lines = [heading(report, look.lang), ""]
    lines.append(table([shown[n].title for n in taken], [[row[n] for n in taken] for row in cells], left=left))
    if more := len(shown) - len(taken):
        said = texts.COLUMNS_LEFT_OUT(count=more)
        lines += ["", said.zh if look.lang == ZH else said.en]
    return "\n".join(lines)


FIGURES_OF_TEXT = ("basis", "reasons")
"""Figures that are words: they stand behind the numbers."""


def _json(shown: dict[str, Any]) -> str:
    """A line for each row: people can read it, and a day of a large site is written in no time."""
    items = b",\n  ".join(map(msgspec.json.Encoder().encode, shown.pop("items"))).decode()
    head = json.dumps(shown, ensure_ascii=False)[:-1]
    return f'{head},\n "items": [\n  {items}\n ]}}'


def as_json(report: Report) -> dict[str, Any]:
    """The answer of ``GET /v1/reports/{name}``. Seconds are seconds, ratios 0 to 1, what is undefined is null."""
    period = report.period
    return {
        "report": report.name,
        "since": period.text(period.since),
        "until": period.text(period.until),
        "zone": period.zone,
        "step": period.step or None,
        "columns": report.columns,
        "items": report.dicts(),
    }


def _shown(unit: str, value: Any) -> str:
    if value is None:
        return "—"
    if unit == "text":
        return str(value) or "—"
    if unit == "ratio":
        return f"{value:.1%}"
    if unit == "":
        return f"{value:.0f}"
    return f"{value:.2f}" if unit in ("erlang", "seats") else f"{value:.1f}"


def write(report: Report, format_: str, path: Path, look: Look = LOOK, rows_max: int = XLSX_ROWS_MAX) -> None:
    """A file of one of ``FILE_FORMATS`` but the charts; ``rows_max`` is of a sheet. Raises ReportError."""
    try:
        if format_ == "xlsx":
            with packed_into(path) as out:
                _xlsx(report, out, look, rows_max)
        else:
            _parquet(report, path)
    except OSError as error:
        raise ReportError(texts.CANNOT_WRITE(path=path, error=error), texts.CHECK_PATH_AND_DISK) from None


def _xlsx(report: Report, out: IO[bytes], look: Look, rows_max: int) -> None:
    """Written row by row, so that a month does not have to fit into memory. Heads and keys stay where they are while one scrolls, columns are as
    wide as their texts, and numbers are numbers of their kind."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    formats = {"": "#,##0", "ratio": "0.0%", "s": "#,##0.0", "erlang": "0.00", "seats": "0.00"}
    shown = columns(report, look.lang, look.names)
    values = rows(report, shown, look.names)
    book = Workbook(write_only=True)
    name = texts.REPORT_NAMES[report.name]
    keys = sum(column.name in report.keys or column.name == "name" for column in shown)
    widths = [
        max([width(column.title) + 2, *(width(_shown(column.unit, row[n])) for row in values[:WIDTH_ROWS])])
        for n, column in enumerate(shown)
    ]
    sheet: Any = None

    def cell(value: Any, unit: str) -> Any:
        made = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"  # never a formula
        elif unit in formats:
            made.number_format = formats[unit]
        return made

    def begin(left: int) -> Any:
        made = book.create_sheet(name.zh if look.lang == ZH else name.en)  # a further one gets a number behind its name
        made.freeze_panes = f"{get_column_letter(keys + 1)}2"
        made.auto_filter.ref = f"A1:{get_column_letter(len(shown))}{min(left, rows_max) + 1}"
        for number, chars in enumerate(widths, 1):
            made.column_dimensions[get_column_letter(number)].width = min(CHARS_MAX, chars + 1)
        return made

    def head() -> None:
        heads = [cell(column.title, "text") for column in shown]
        for one in heads:
            one.font, one.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.append(heads)

    for number, row in enumerate(values or [[]]):
        if number % rows_max == 0:
            sheet = begin(len(values) - number)
            head()
        if row:
            sheet.append([cell(value, column.unit) for value, column in zip(row, shown, strict=True)])
    book.properties.title = heading(report, look.lang)
    book.save(out)


WIDTH_ROWS, CHARS_MAX = 500, 60
"""Rows that a column's width is measured by, and the widest that it becomes: a year of steps is not read twice for it."""
PARQUET = {"": "bigint", "text": "varchar"}
"""Kinds of columns by unit; all others are numbers with a fraction."""


def _parquet(report: Report, path: Path) -> None:
    import duckdb

    kinds = ["varchar" for _ in report.keys] + [PARQUET.get(figure.unit, "double") for figure in report.figures]
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(report.columns, kinds, strict=True))
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(f"create table report({columns})")
        if report.rows:
            marks = ", ".join("?" for _ in kinds)
            connection.executemany(f"insert into report values ({marks})", [list(row) for row in report.rows])
        quoted = str(path).replace("'", "''")
        connection.execute(f"copy report to '{quoted}' (format parquet)")
    except duckdb.IOException as error:
        raise OSError(str(error)) from None
    finally:
        connection.close()
