"""Contexts in bulk, for spreadsheets and for analysis: CSV, XLSX and Parquet, page by page, so that memory does not grow.

The file is written beside its name with mode 0600 and takes the name when it is whole; ``-``, links and devices are written through. CSV begins with a byte order mark, so that
Excel reads Chinese as it is; a text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises
("CSV Injection"). In XLSX and Parquet a text is a text.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from gateway.contexts import texts
from gateway.core.values.fault import Fault
from gateway.durable_file import outgoing, packed_into
from gateway.guards.csv_cells import harmless
from gateway.guards.instants import ZONE, shown_in
from gateway.views.plain import View

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("id", texts.HEADING_ID, "text"),
    ("version", texts.HEADING_VERSION, "number"),
    ("arrived_at", texts.HEADING_ARRIVED_AT, "instant"),
    ("ended_at", texts.HEADING_ENDED_AT, "instant"),
    ("home", texts.HEADING_HOME, "text"),
    ("owner", texts.HEADING_OWNER, "text"),
    ("organisations", texts.HEADING_ORGANISATIONS, "list"),
    ("caller_number", texts.HEADING_CALLER_NUMBER, "text"),
    ("caller_name", texts.HEADING_CALLER_NAME, "text"),
    ("confidential", texts.HEADING_CONFIDENTIAL, "flag"),
    ("queue", texts.HEADING_QUEUE, "text"),
    ("wait_s", texts.HEADING_WAIT_S, "number"),
    ("seats", texts.HEADING_SEATS, "seats"),
    ("transfers", texts.HEADING_TRANSFERS, "list"),
    ("language", texts.HEADING_LANGUAGE, "text"),
    ("district", texts.HEADING_DISTRICT, "text"),
    ("location", texts.HEADING_LOCATION, "text"),
    ("longitude", texts.HEADING_LONGITUDE, "degrees"),
    ("latitude", texts.HEADING_LATITUDE, "degrees"),
    ("matter", texts.HEADING_MATTER, "text"),
    ("urgency", texts.HEADING_URGENCY, "text"),
    ("summary", texts.HEADING_SUMMARY, "text"),
    ("cases", texts.HEADING_CASES, "list"),
    ("recordings", texts.HEADING_RECORDINGS, "list"),
)
"""Field, heading and kind of each column."""
FORMATS = ("csv", "xlsx", "parquet")
XLSX_ROWS_MAX = 1_048_575
"""Rows of a sheet beside the heading; the next sheet takes what follows."""
GROUP_ROWS = 5000

Value = str | float | bool | None


class ExportError(Fault):
    """An export that cannot be made. ``what`` says why."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, "", remedy)


def cells(view: View, zone: str = ZONE) -> list[Value]:
    """A context's row, instants in the zone. Lists are joined by a semicolon."""
    return [_cell(view[name], kind, zone) for name, _, kind in COLUMNS]


def _cell(value: Any, kind: str, zone: str) -> Value:
    match kind:
        case "instant":
            return shown_in(datetime.fromisoformat(value).timestamp(), zone) if value else ""
        case "list":
            return "; ".join(value)
        case "seats":
            return "; ".join(f"{seat['switchboard']}/{seat['seat']}" for seat in value)
        case "text":
            return str(value) if value is not None else ""
    found: Value = value
    return found


class Writer(Protocol):
    """A file that takes rows."""

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([heading for _, heading, _ in COLUMNS])

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        self._writer.writerows([harmless(value) for value in row] for row in rows)

    def close(self) -> None:
        self._file.close()


class _Xlsx:
    def __init__(self, path: Path) -> None:
        try:
            import xlsxwriter  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            raise ExportError(texts.XLSXWRITER_IS_MISSING, "pip install onekey[export]")
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._ends = contextlib.ExitStack()
        out = self._ends.enter_context(packed_into(path))
        self._book = xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False})
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.write_row(0, 0, [heading for _, heading, _ in COLUMNS])
        self._rows = 0

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        for row in rows:
            if self._rows == XLSX_ROWS_MAX:
                self._next_sheet()
            self._rows += 1
            for column, value in enumerate(row):
                if isinstance(value, str):
                    self._sheet.write_string(self._rows, column, value)
                elif value is not None:
                    self._sheet.write(self._rows, column, value)

    def close(self) -> None:
        with self._ends:
            self._book.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        try:
            import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]
            from pyarrow import parquet
        except ImportError:
            raise ExportError(texts.PYARROW_IS_MISSING, "pip install onekey[export]")
        kinds = {"number": pa.int64(), "degrees": pa.float64(), "flag": pa.bool_()}
        self._pa, self._pending = pa, list[Sequence[Value]]()
        self._schema = pa.schema([(name, kinds.get(kind, pa.string())) for name, _, kind in COLUMNS])
        pa.set_memory_pool(pa.system_memory_pool())  # gives back what a group has used
        self._writer = parquet.ParquetWriter(str(path), self._schema, compression="zstd")

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        self._pending += rows
        if len(self._pending) >= GROUP_ROWS:
            self._group()

    def _group(self) -> None:
        columns = list(zip(*self._pending, strict=True))
        arrays = [self._pa.array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))
        self._pending = []

    def close(self) -> None:
        if self._pending:
            self._group()
        self._writer.close()


_WRITERS: dict[str, Callable[[Path], Writer]] = {"csv": _Csv, "xlsx": _Xlsx, "parquet": _Parquet}


async def export(
    pages: AsyncIterator[Sequence[View]], path: Path, kind: str, progress: Callable[[int], None], zone: str = ZONE
) -> int:
    """Write pages of contexts to a file, a link, a device or ``-``. Returns the number of rows; ``progress`` is told it after each page.
    Raises ExportError where the disk takes no more: nothing has happened then."""
    count = 0
    try:
        with outgoing(path) as part:
            writer = _WRITERS[kind](part)
            async for page in pages:
                writer.add([cells(view, zone) for view in page])
                count += len(page)
                progress(count)
            writer.close()
    except BrokenPipeError:
        raise
    except OSError as error:
        what = texts.EXPORT_CANNOT_BE_WRITTEN(path=path, error=error.strerror or error)
        raise ExportError(what, texts.CHECK_PATH_SPACE_AND_RIGHTS) from None
    return count
