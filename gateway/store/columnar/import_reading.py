"""Files that are imported, read strictly: every cell as the text that stands there, every row by its line; nothing is guessed.

A CSV file is read by Python and handed to DuckDB as one without a doubt in it; a Parquet file has types already, and a column whose
type is none of ours is refused whole.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gateway.core.values.fault import Fault
from gateway.store import texts
from gateway.store.columnar.import_rules import rules_of
from gateway.store.columnar.parquet import FORMATS, LATER, quoted

FAULTS_SHOWN_MAX = 20
"""Faults of a file that are told one by one; how many more there are is told, too."""
NUMBER = r"[ ]*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?[ ]*"
CELL_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class ImportFault:
    """A place in a file, and what is wrong there. ``line`` and ``column`` are 0 where the whole file is meant."""

    file: str
    line: int
    column: str
    what: str
    remedy: str

    def text(self) -> str:
        """One line: place, fault, remedy."""
        place = ":".join(filter(None, (self.file, str(self.line or ""), self.column)))
        return f"{place}: {self.what} → {self.remedy}"


class BadFile(Fault):
    """A file of which no row can be read."""

    def __init__(self, row: int, column: str, what: str, remedy: str) -> None:
        super().__init__(what, "", remedy)
        self.row, self.column = row, column


def read(connection: duckdb.DuckDBPyConnection, table: str, path: Path, scratch: Path, name: str) -> list[ImportFault]:
    """Put a file into the view ``name``: our columns by our types, ``raw`` ones as they stand there, and ``line``. Returns its faults, of
    which there may be more than are told one by one."""
    try:
        source = (
            _csv(table, path, scratch / f"{name}.csv") if path.suffix == ".csv" else _parquet(connection, table, path)
        )
        connection.execute(f"create or replace view {name} as {source}")
        return _faults(connection, table, path, name)
    except BadFile as bad:
        return [ImportFault(path.name, bad.row, bad.column, bad.what, bad.remedy)]
    except duckdb.Error:
        return [ImportFault(path.name, 0, "", texts.NOT_A_PARQUET_FILE, texts.EXPORT_IT_AGAIN)]


def _faults(connection: duckdb.DuckDBPyConnection, table: str, path: Path, name: str) -> list[ImportFault]:
    rules = rules_of(table)
    # the common case, a file without faults, is one pass
    counts = connection.execute(
        f"select {', '.join(f'count(*) filter ({rule.broken})' for rule in rules)} from {name}"
    ).fetchone() or (0,)
    told: dict[tuple[int, str], ImportFault] = {}
    for rule, count in zip(rules, counts, strict=True):
        if not count:
            continue
        sql = f'select line, "raw {rule.column}" from {name} where {rule.broken} order by line limit {FAULTS_SHOWN_MAX}'
        for line, raw in connection.execute(sql).fetchall():
            shown = repr(raw[:CELL_SHOWN_CHARS]) if raw else ""
            what = texts.FAULT_OF_A_CELL(zh=rule.what.zh, en=rule.what.en, shown=shown)
            told.setdefault((line, rule.column), ImportFault(path.name, line, rule.column, what, rule.remedy))
    found = [told[key] for key in sorted(told)]
    left = sum(counts) - len(found)
    if len(found) > FAULTS_SHOWN_MAX or (left > 0 and len(found) == FAULTS_SHOWN_MAX):
        more = sum(counts) - FAULTS_SHOWN_MAX
        rest = ImportFault(path.name, 0, "", texts.AT_MOST_MORE(more=more), texts.MEND_THESE_FIRST)
        found = [*found[:FAULTS_SHOWN_MAX], rest]
    return found


def _typed(table: str, raws: dict[str, str], typed: dict[str, str], source: str, line: str) -> str:
    """A select of our columns by our types. What has not happened, or is not told, is 0 or empty."""
    columns = []
    for column, kind in FORMATS[table].items():
        raw = raws.get(column, "''")
        columns.append(f"coalesce({raw}, '') as \"raw {column}\"")
        if column not in raws:
            columns.append(f"cast('' as {kind}) as \"{column}\"")
        elif kind == "double":
            columns.append(f"case when coalesce({raw}, '') = '' then 0.0 else {typed[column]} end as \"{column}\"")
        else:
            columns.append(f"coalesce({raw}, '') as \"{column}\"")
    return f"select {line} as line, {', '.join(columns)} from {source}"


# --- CSV ----------------------------------------------------------------------------------------------------------------------


def _csv(table: str, path: Path, clean: Path) -> str:
    """A select over a copy of a CSV file in which nothing is left to guess: our columns, a line's number before them."""
    _utf8(path)
    with path.open(encoding="utf-8-sig", newline="") as file, clean.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        for line, cells in _rows(table, path, file):
            writer.writerow([line, *cells])
    names = _heading(table, path)[1]
    kinds = ", ".join(f"'{name}': 'varchar'" for name in names)
    read = f"read_csv({quoted(str(clean))}, header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='\\N', columns={{'line': 'bigint', {kinds}}}, max_line_size=100000000)"
    raws = {name: f'"{name}"' for name in names}
    typed = {
        name: f"case when regexp_full_match({raws[name]}, '{NUMBER}') then try_cast(trim({raws[name]}) as double) end"
        for name in names
    }
    return _typed(table, raws, typed, f"(select line, {', '.join(raws.values())} from {read}) as t", "line")


def _utf8(path: Path) -> None:
    """Raises BadFile at the first line that is not UTF-8."""
    with path.open("rb") as file:
        head = file.read(2)
        if head in (b"\xff\xfe", b"\xfe\xff"):
            raise BadFile(1, "", texts.UTF16_NOT_UTF8, texts.SAVE_AS_UTF8)
        file.seek(0)
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                raise BadFile(number, "", texts.GBK_NOT_UTF8, texts.SAVE_AS_UTF8) from None
            if b"\0" in line:
                raise BadFile(number, "", texts.HAS_A_NUL, texts.EXPORT_IT_AGAIN)


def _heading(table: str, path: Path) -> tuple[str, list[str]]:
    """The delimiter, and our columns in the file's order. Raises BadFile."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    if not first.strip():
        raise BadFile(1, "", texts.FILE_IS_EMPTY, texts.FIRST_LINE(columns=",".join(FORMATS[table])))
    delimiter = max(",;\t", key=first.count)
    names = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter))]
    wanted = FORMATS[table]
    for name in wanted:
        if names.count(name) > 1:
            raise BadFile(1, name, texts.COLUMN_TWICE, texts.REMOVE_ONE)
        if name not in names and name not in LATER.get(table, ()):
            raise BadFile(1, name, texts.NO_COLUMN(name=name), texts.NEEDED_COLUMNS(columns=", ".join(wanted)))
    return delimiter, [name for name in names if name in wanted]


def _rows(table: str, path: Path, file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line in which each begins, our columns alone. Raises BadFile."""
    delimiter, ours = _heading(table, path)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    heading = [cell.strip() for cell in next(reader)]
    places = [heading.index(name) for name in ours]
    line = reader.line_num + 1
    try:
        for cells in reader:
            if cells and len(cells) != len(heading):
                name = heading[min(len(cells), len(heading) - 1)]
                what = texts.CELLS_OF_A_ROW(found=len(cells), wanted=len(heading))
                raise BadFile(line, name, what, texts.ADD_OR_REMOVE_CELLS)
            if cells:
                yield line, [cells[place] for place in places]
            line = reader.line_num + 1
    except csv.Error:
        raise BadFile(line, "", texts.QUOTE_WITHOUT_ITS_OTHER, texts.EXPORT_IT_AGAIN) from None


# --- Parquet --------------------------------------------------------------------------------------------------------------------

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_TEXTS = ("VARCHAR", "ENUM", *_NUMBERS)
_REALS = (*_NUMBERS, "FLOAT", "DOUBLE", "DECIMAL")


def _parquet(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> str:
    """A select over a Parquet file whose columns have types that are ours, or become ours without a guess. Raises BadFile."""
    source = f"read_parquet({quoted(str(path))}, file_row_number=true)"
    types = {name: str(kind) for name, kind, *_ in connection.execute(f"describe select * from {source}").fetchall()}
    raws, typed = {}, {}
    for name, kind in FORMATS[table].items():
        if name not in types:
            if name in LATER.get(table, ()):
                continue
            raise BadFile(0, name, texts.NO_COLUMN(name=name), texts.NEEDED_COLUMNS(columns=", ".join(FORMATS[table])))
        given = types[name].partition("(")[0]
        if given not in (_REALS if kind == "double" else _TEXTS) and given != '"NULL"':
            wanted = texts.MAKE_IT_SECONDS if kind == "double" else texts.MAKE_IT_TEXT
            raise BadFile(0, name, texts.TYPE_OF_A_COLUMN(type=types[name]), wanted)
        raws[name] = f'cast("{name}" as varchar)'
        typed[name] = f'try_cast("{name}" as double)'
    return _typed(table, raws, typed, source, "file_row_number + 1")
