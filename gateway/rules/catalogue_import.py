"""Own scope catalogues: a CSV or XLSX list -> matters, with a report of each row that does not fit; and back into the rules file.

A list has a heading line with ``code``/``代码``, ``name``/``名称`` and, where wanted, ``class``/``类别`` and ``list``/``目录`` (several
with ``;``). Row and column of a problem count from 1, as a spreadsheet shows them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from gateway.core.rules.catalogue import Catalogue, Matter, parent
from gateway.guards.bounded_file import NotRegularError, TooLargeError, read_bounded
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.rules.alphabets import CODE, WORD
from gateway.rules.problems import Problem, RulesError, plain
from gateway.rules.yaml_nodes import compose

CELL_MAX = 200
"""Characters; a matter's name is a line, not a text."""
HEADINGS = {
    "code": ("code", "代码", "编码", "事项代码", "事项编码"),
    "name": ("name", "名称", "事项", "事项名称"),
    "class": ("class", "类别", "事项类别"),
    "list": ("list", "目录", "方向", "转办方向"),
}
_CELL = tuple[str, bool]
"""A cell's text, and whether it was a number in the spreadsheet."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rows that fitted, and the errors of those that did not."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    rows: int


def load(path: Path, base: Catalogue | None = None, limits: DoorLimits = DOOR_LIMITS) -> Loaded:
    """Read a list. ``base`` is the catalogue that it is added to. Raises RulesError for a file that is no such list at all."""
    rows = _csv(path, limits) if path.suffix.lower() == ".csv" else _xlsx(path, limits)
    try:
        heading = next(rows)
    except StopIteration:
        raise _bad(
            path, 1, 1, "文件是空的 / the file is empty", "第一行写表头：代码,名称,类别,目录 / a heading first"
        ) from None
    columns = _columns(path, heading)
    base = base or Catalogue()
    matters = dict(base.matters)
    lists = {name: list(members) for name, members in base.lists.items()}
    problems: list[Problem] = []
    count = 0
    found: dict[str, tuple[int, Matter, list[str]]] = {}
    for number, row in enumerate(rows, 2):
        if not any(text for text, _ in row):
            continue
        count += 1
        if count > limits.catalogue_rows_max:
            most = f"最多 {limits.catalogue_rows_max} 行 / at most {limits.catalogue_rows_max} rows"
            raise _bad(path, number, 1, "行数过多 / too many rows", most)
        problem = _row(number, row, columns, found)
        if problem is not None:
            problems.append(problem)
    for number, matter, named in sorted(found.values(), key=lambda entry: entry[1].code.count(".")):
        above = parent(matter.code)
        if above and above not in matters:
            what = f"上级 {above} 不在目录中 / {above}, which is above {matter.code}, is not in the catalogue"
            problems.append(Problem(number, columns["code"] + 1, what, f"加上 {above} / add {above}"))
            continue
        matters[matter.code] = matter
        for name in named:
            lists.setdefault(name, [])
            if matter.code not in lists[name]:
                lists[name].append(matter.code)
    problems.sort(key=lambda problem: (problem.line, problem.column))
    return Loaded(Catalogue(matters, {name: tuple(members) for name, members in lists.items()}), tuple(problems), count)


def _columns(path: Path, heading: list[_CELL]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, (text, _) in enumerate(heading):
        for name, spellings in HEADINGS.items():
            if text.strip().lower() in spellings:
                found.setdefault(name, at)
    for name in ("code", "name"):
        if name not in found:
            zh = HEADINGS[name][1]
            what = f"表头没有“{zh}”一列 / the heading has no column {name} ({zh})"
            raise _bad(path, 1, 1, what, "第一行写：代码,名称,类别,目录 / write: code,name,class,list")
    return found


def _row(
    number: int, row: list[_CELL], columns: dict[str, int], found: dict[str, tuple[int, Matter, list[str]]]
) -> Problem | None:
    """Take one row, or say what is wrong with it."""

    def cell(name: str) -> str:
        at = columns.get(name, -1)
        return row[at][0].strip() if 0 <= at < len(row) else ""

    def wrong(name: str, what: str, remedy: str) -> Problem:
        return Problem(number, columns[name] + 1, plain(what), remedy)

    code, name = cell("code"), cell("name")
    if row[columns["code"]][1] if columns["code"] < len(row) else False:
        what = f"代码 {code} 是数字单元格，末尾的 0 会丢失 / the code {code} is a number, which loses zeros at its end"
        return wrong("code", what, "把该列设为文本 / format the column as text")
    if not re.fullmatch(CODE.pattern, code, re.ASCII):
        zh, _, en = CODE.what.partition(" / ")
        return wrong("code", f"{zh}：{code[:40]} / {en}: {code[:40]}", CODE.remedy)
    if code in found:
        return wrong(
            "code",
            f"代码重复：{code}（第 {found[code][0]} 行） / {code} stands in row {found[code][0]}, too",
            "删去一个 / remove one",
        )
    if not name or len(name) > CELL_MAX or not name.isprintable():
        return wrong(
            "name",
            f"名称应为一行 1 至 {CELL_MAX} 字 / a name is one line of 1 to {CELL_MAX} characters",
            "改写 / rewrite it",
        )
    class_ = cell("class")
    named = [word.strip() for word in re.split("[;；]", cell("list")) if word.strip()]
    for column, word in [("class", class_), *(("list", word) for word in named)]:
        if word and not re.fullmatch(WORD.pattern, word):
            zh, _, en = WORD.what.partition(" / ")
            return wrong(column, f"{zh}：{word[:40]} / {en}: {word[:40]}", WORD.remedy)
    found[code] = (number, Matter(code, name, class_), named)
    return None


# --- files ------------------------------------------------------------------------------------------------------------------


def _bad(path: Path, row: int, column: int, what: str, remedy: str) -> RulesError:
    return RulesError(str(path), "", [Problem(row, column, what, remedy)])


def _bytes(path: Path, limits: DoorLimits) -> bytes:
    try:
        return read_bounded(path, limits.catalogue_bytes_max)
    except (TooLargeError, NotRegularError) as error:
        raise _bad(path, 1, 1, error.what, error.remedy) from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise _bad(
            path, 1, 1, f"读不到文件：{said} / cannot read the file: {said}", "检查路径和权限 / check path and rights"
        ) from None


def _csv(path: Path, limits: DoorLimits) -> Iterator[list[_CELL]]:
    data = _bytes(path, limits)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        what = f"第 {row} 行不是 UTF-8，可能是 GBK / line {row} is not UTF-8, probably GBK"
        remedy = "在 Excel 中另存为“CSV UTF-8” / in Excel save as “CSV UTF-8”"
        raise _bad(path, row, 1, what, remedy) from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [(cell, False) for cell in cells]
    except csv.Error as error:
        raise _bad(
            path, 1, 1, f"不是有效的 CSV：{error} / not a valid CSV: {error}", "重新导出 / export it again"
        ) from None


def _xlsx(path: Path, limits: DoorLimits) -> Iterator[list[_CELL]]:
    from openpyxl import load_workbook

    data = _bytes(path, limits)
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        what = f"不支持 {path.suffix or '没有扩展名的文件'} / files of this kind are not supported"
        raise _bad(path, 1, 1, what, "另存为 .csv（UTF-8）或 .xlsx / save as .csv (UTF-8) or .xlsx")
    _unpacked(path, data, limits.catalogue_unpacked_bytes_max)
    try:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        for row in sheet.iter_rows(values_only=True, max_row=limits.catalogue_rows_max + 2, max_col=20):
            yield [("" if cell is None else str(cell), isinstance(cell, int | float)) for cell in row]
    except Exception as error:  # openpyxl raises whatever its zip and XML readers do
        said = plain(str(error))[:100]
        raise _bad(
            path, 1, 1, f"不是有效的 XLSX：{said} / not a valid XLSX: {said}", "重新保存 / save it again"
        ) from None


def _unpacked(path: Path, data: bytes, bytes_max: int) -> None:
    """Raises RulesError for a packed file that says it has more in it than it may; zipfile unpacks no more than it says."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return  # no XLSX at all: whoever reads it says so
    if size > bytes_max:
        most = f"展开后最多 {bytes_max} 字节 / at most {bytes_max} bytes unpacked"
        raise _bad(path, 1, 1, f"展开后有 {size} 字节 / {size} bytes when it is unpacked", most)


# --- back into the rules file -----------------------------------------------------------------------------------------------


def as_yaml(catalogue: Catalogue) -> str:
    """The ``matters`` part of a rules file."""
    lines = ["matters:", "  codes:"]
    for matter in catalogue.matters.values():
        name = json.dumps(matter.name, ensure_ascii=False)
        class_ = json.dumps(matter.class_, ensure_ascii=False)
        value = f"{{name: {name}, class: {class_}}}" if matter.class_ else name
        lines.append(f'    "{matter.code}": {value}')
    if catalogue.lists:
        lines.append("  lists:")
    for list_, members in catalogue.lists.items():
        lines.append(f"    {json.dumps(list_, ensure_ascii=False)}:")
        lines += [f'      - "{member}"' for member in members]
    return "\n".join(lines) + "\n"


def put_into(text: str, matters: str, path: str = "transfer_rules.yaml") -> str:
    """A rules file's text with another ``matters`` part; everything else, comments too, stays as it is."""
    lines = text.splitlines(keepends=True)
    top = compose(text, path)
    pairs = top.value if isinstance(top, yaml.MappingNode) else []
    before_rules = len(lines)
    for key, value in pairs:
        if key.value == "matters":
            begin, end = key.start_mark.line, _last_line(value)
            return "".join([*lines[:begin], matters, *lines[end + 1 :]])
        if key.value == "rules":
            before_rules = key.start_mark.line
    while before_rules and lines[before_rules - 1].startswith("#"):
        before_rules -= 1
    return "".join([*lines[:before_rules], matters, "\n", *lines[before_rules:]])


def _last_line(node: yaml.Node) -> int:
    """Where a block really ends: the parser's own mark stands behind the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and node.value and not getattr(node, "flow_style", False):
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    line: int = node.end_mark.line
    return line
