"""A report as a table for people, and as CSV, XLSX, Parquet and JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import IO, Any

import msgspec

from gateway.durable_file import packed_into
from gateway.guards.csv_cells import harmless
from gateway.reporting import ReportError, texts
from gateway.reporting.figures import Figure
from gateway.reporting.queries import Report
from gateway.reporting.text_table import table

XLSX_ROWS_MAX = 1_048_575
"""Rows of a sheet beside the heading; the next sheet takes what follows."""
TEXT_FORMATS = ("table", "csv", "json")
FILE_FORMATS = ("xlsx", "parquet", "png", "svg")
KEYS_ZH = {
    "begin": texts.COLUMN_START, "switchboard": texts.COLUMN_SWITCHBOARD, "seat": texts.COLUMN_SEAT, "queue": texts.COLUMN_QUEUE, "group": texts.COLUMN_GROUP, "target": texts.COLUMN_TARGET, "mode": texts.COLUMN_MODE,
    "outcome": texts.COLUMN_OUTCOME, "reason": texts.COLUMN_REASON, "matter": texts.COLUMN_MATTER, "direction": texts.COLUMN_DIRECTION,
}  # fmt: skip


def text(report: Report, format_: str) -> str:
    """``table``, ``csv`` (Excel reads its Chinese by the byte order mark) or ``json``."""
    if format_ == "json":
        return _json(as_json(report))
    if format_ == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(titles(report))
        writer.writerows([[harmless(value) for value in row] for row in report.rows])
        return "\ufeff" + out.getvalue()
    if not report.rows:
        return texts.NOTHING_IS_RECORDED
    count = len(report.keys)
    lines = [
        [*map(str, row[:count]), *(_shown(f, value) for f, value in zip(report.figures, row[count:], strict=True))]
        for row in report.rows
    ]
    return table(titles(report), lines, left=count)


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


def titles(report: Report) -> list[str]:
    """The heads of the columns, in both languages."""
    return [f"{KEYS_ZH[key]} {key}" for key in report.keys] + [figure.title for figure in report.figures]


def _shown(figure: Figure, value: Any) -> str:
    if value is None:
        return "—"
    if figure.unit == "text":
        return str(value) or "—"
    if figure.unit == "ratio":
        return f"{value:.1%}"
    if figure.unit == "":
        return f"{value:.0f}"
    return f"{value:.2f}" if figure.unit in ("erlang", "seats") else f"{value:.1f}"


def write(report: Report, format_: str, path: Path, rows_max: int = XLSX_ROWS_MAX) -> None:
    """A file of one of ``FILE_FORMATS`` but the charts; ``rows_max`` is of a sheet. Raises ReportError."""
    try:
        if format_ == "xlsx":
            with packed_into(path) as out:
                _xlsx(report, out, rows_max)
        else:
            _parquet(report, path)
    except OSError as error:
        raise ReportError(texts.CANNOT_WRITE(path=path, error=error), texts.CHECK_PATH_AND_DISK) from None


def _xlsx(report: Report, out: IO[bytes], rows_max: int) -> None:
    """Written row by row, so that a month does not have to fit into memory."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    formats = {"ratio": "0.0%", "s": "0.0", "erlang": "0.00", "seats": "0.00"}
    units = [*("text" for _ in report.keys), *(figure.unit for figure in report.figures)]
    book = Workbook(write_only=True)
    sheet: Any = None

    def cell(value: Any, unit: str) -> Any:
        made = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"  # never a formula
        elif unit in formats:
            made.number_format = formats[unit]
        return made

    def begin() -> Any:
        made = book.create_sheet(report.name)  # a further one gets a number behind its name
        made.freeze_panes = "A2"
        return made

    def head() -> None:
        heads = [cell(title, "text") for title in titles(report)]
        for one in heads:
            one.font = Font(bold=True)
        sheet.append(heads)

    for number, row in enumerate(report.rows or [()]):
        if number % rows_max == 0:
            sheet = begin()
            head()
        if row:
            sheet.append([cell(value, unit) for value, unit in zip(row, units, strict=True)])
    book.save(out)


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
