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

from gateway.store.columnar.formats import FORMATS, LATER, quoted
from gateway.store.columnar.import_rules import rules_of

FAULTS_SHOWN_MAX = 20
"""Faults of a file that are told one by one; how many more there are is told, too."""
NUMBER = r"[ ]*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?[ ]*"
CELL_SHOWN_CHARS = 40
AGAIN = "重新导出 / export it again"


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


class BadFile(Exception):
    """A file of which no row can be read."""

    def __init__(self, line: int, column: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line, self.column, self.what, self.remedy = line, column, what, remedy


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
        return [ImportFault(path.name, bad.line, bad.column, bad.what, bad.remedy)]
    except duckdb.Error:
        what = "不是有效的 Parquet 文件 / not a valid Parquet file"
        return [ImportFault(path.name, 0, "", what, AGAIN)]


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
            what = f"{rule.zh}{'：' if shown else ''}{shown} / {rule.en}"
            told.setdefault((line, rule.column), ImportFault(path.name, line, rule.column, what, rule.remedy))
    found = [told[key] for key in sorted(told)]
    left = sum(counts) - len(found)
    if len(found) > FAULTS_SHOWN_MAX or (left > 0 and len(found) == FAULTS_SHOWN_MAX):
        more = sum(counts) - FAULTS_SHOWN_MAX
        what = f"还有至多 {more} 处 / at most {more} more"
        found = [*found[:FAULTS_SHOWN_MAX], ImportFault(path.name, 0, "", what, "先改正以上 / mend these first")]
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
    read = (
        f"read_csv({quoted(str(clean))}, header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='\\N', "
        f"columns={{'line': 'bigint', {kinds}}}, max_line_size=100000000)"
    )
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
            what = "是 UTF-16，不是 UTF-8 / this is UTF-16, not UTF-8"
            raise BadFile(1, "", what, "另存为“CSV UTF-8” / save as “CSV UTF-8”")
        file.seek(0)
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                what = "不是 UTF-8，可能是 GBK / not UTF-8, probably GBK"
                raise BadFile(number, "", what, "另存为“CSV UTF-8” / save as “CSV UTF-8”") from None
            if b"\0" in line:
                raise BadFile(number, "", "有 NUL 字节 / has a NUL byte", AGAIN)


def _heading(table: str, path: Path) -> tuple[str, list[str]]:
    """The delimiter, and our columns in the file's order. Raises BadFile."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    if not first.strip():
        raise BadFile(
            1, "", "文件是空的 / the file is empty", f"第一行写 / the first line is: {','.join(FORMATS[table])}"
        )
    delimiter = max(",;\t", key=first.count)
    names = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter))]
    wanted = FORMATS[table]
    for name in wanted:
        if names.count(name) > 1:
            raise BadFile(1, name, "该列出现两次 / the column stands there twice", "删去一个 / remove one")
        if name not in names and name not in LATER.get(table, ()):
            what = f"没有 {name} 一列 / there is no column {name}"
            raise BadFile(1, name, what, f"列 / columns: {', '.join(wanted)}")
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
                what = f"有 {len(cells)} 格，应有 {len(heading)} 格 / {len(cells)} cells, not {len(heading)}"
                raise BadFile(line, name, what, "补上或删去单元格 / add or remove cells")
            if cells:
                yield line, [cells[place] for place in places]
            line = reader.line_num + 1
    except csv.Error:
        what = "引号不成对，或单元格过大 / a quote without its other, or a cell that is too large"
        raise BadFile(line, "", what, AGAIN) from None


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
            what = f"没有 {name} 一列 / there is no column {name}"
            raise BadFile(0, name, what, f"列 / columns: {', '.join(FORMATS[table])}")
        given = types[name].partition("(")[0]
        if given not in (_REALS if kind == "double" else _TEXTS) and given != '"NULL"':
            wanted = "数（自 1970 年起的秒） / numbers, seconds since 1970" if kind == "double" else "文本 / text"
            what = f"该列的类型是 {types[name]} / the column's type is {types[name]}"
            raise BadFile(0, name, what, f"应为{wanted}")
        raws[name] = f'cast("{name}" as varchar)'
        typed[name] = f'try_cast("{name}" as double)'
    return _typed(table, raws, typed, source, "file_row_number + 1")
