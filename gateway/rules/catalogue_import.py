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
from gateway.core.values.written import Hides, in_one_form
from gateway.guards.bounded_file import NotRegularError, TooLargeError, read_bounded
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.rules import texts
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
    problems: list[Problem] = []
    rows = _csv(path, limits) if path.suffix.lower() == ".csv" else _xlsx(path, limits, problems)
    try:
        heading = next(rows)
    except StopIteration:
        raise _bad(path, 1, 1, texts.FILE_IS_EMPTY, texts.HEADING_FIRST) from None
    columns = _columns(path, heading)
    base = base or Catalogue()
    matters = dict(base.matters)
    lists = {name: list(members) for name, members in base.lists.items()}
    count = 0
    found: dict[str, tuple[int, Matter, list[str]]] = {}
    for number, row in enumerate(rows, 2):
        if not any(text for text, _ in row):
            continue
        count += 1
        if count > limits.catalogue_rows_max:
            most = texts.AT_MOST_CATALOGUE_ROWS_MAX_ROWS(catalogue_rows_max=limits.catalogue_rows_max)
            raise _bad(path, number, 1, texts.TOO_MANY_ROWS, most)
        problem = _row(number, row, columns, found)
        if problem is not None:
            problems.append(problem)
    for number, matter, named in sorted(found.values(), key=lambda entry: entry[1].code.count(".")):
        above = parent(matter.code)
        if above and above not in matters:
            what = texts.ROW_ABOVE_IS_MISSING(above=above, code=matter.code)
            problems.append(Problem(number, columns["code"] + 1, what, texts.ADD_ABOVE(above=above)))
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
            what = texts.HEADING_HAS_NO_COLUMN_NAME(zh=zh, name=name)
            raise _bad(path, 1, 1, what, texts.WRITE_CODE_NAME_CLASS)
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

    code = cell("code")
    try:
        name = in_one_form(cell("name"))
    except Hides as hides:
        return wrong("name", texts.NAME_HIDES(hides=hides), texts.REWRITE)
    if row[columns["code"]][1] if columns["code"] < len(row) else False:
        what = texts.CODE_IS_A_NUMBER(code=code)
        return wrong("code", what, texts.FORMAT_THE_COLUMN_AS_TEXT)
    if not re.fullmatch(CODE.pattern, code, re.ASCII):
        zh, _, en = CODE.what.partition(" / ")
        return wrong("code", texts.WITH_CODE(zh=zh, code=code[:40], en=en), CODE.remedy)
    if code in found:
        return wrong("code", texts.CODE_STANDS_IN_ROW_FOUND(code=code, found=found[code][0]), texts.REMOVE_ONE)
    if not name or len(name) > CELL_MAX:
        return wrong("name", texts.NAME_IS_ONE_LINE(cell_max=CELL_MAX), texts.REWRITE)
    class_ = cell("class")
    named = [word.strip() for word in re.split("[;；]", cell("list")) if word.strip()]
    for column, word in [("class", class_), *(("list", word) for word in named)]:
        if word and not re.fullmatch(WORD.pattern, word):
            zh, _, en = WORD.what.partition(" / ")
            return wrong(column, texts.WITH_WORD(zh=zh, word=word[:40], en=en), WORD.remedy)
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
        raise _bad(path, 1, 1, texts.CANNOT_READ_THE_FILE_SAID(said=said), texts.CHECK_PATH_AND_RIGHTS) from None


def _csv(path: Path, limits: DoorLimits) -> Iterator[list[_CELL]]:
    data = _bytes(path, limits)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        what = texts.LINE_ROW_IS_NOT_UTF_8(row=row)
        remedy = texts.IN_EXCEL_SAVE_AS_CSV_UTF
        raise _bad(path, row, 1, what, remedy) from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [(cell, False) for cell in cells]
    except csv.Error as error:
        raise _bad(path, 1, 1, texts.NOT_A_VALID_CSV(error=error), texts.EXPORT_IT_AGAIN) from None


def _xlsx(path: Path, limits: DoorLimits, problems: list[Problem]) -> Iterator[list[_CELL]]:
    from gateway.rules import xlsx_list

    data = _bytes(path, limits)
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        what = texts.FILES_OF_THIS_KIND(suffix=path.suffix or texts.A_FILE_WITHOUT_SUFFIX)
        raise _bad(path, 1, 1, what, texts.SAVE_AS_CSV_UTF)
    _unpacked(path, data, limits.catalogue_unpacked_bytes_max)
    try:
        found = xlsx_list.read(data, limits.catalogue_rows_max + 2)
        problems += found.problems
        yield from found.rows
    except Exception as error:  # openpyxl raises whatever its zip and XML readers do
        said = plain(str(error))[:100]
        raise _bad(path, 1, 1, texts.NOT_A_VALID_XLSX(said=said), texts.SAVE_IT_AGAIN) from None


def _unpacked(path: Path, data: bytes, bytes_max: int) -> None:
    """Raises RulesError for a packed file that says it has more in it than it may; zipfile unpacks no more than it says."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return  # no XLSX at all: whoever reads it says so
    if size > bytes_max:
        most = texts.AT_MOST_BYTES_MAX_BYTES_UNPACKED(bytes_max=bytes_max)
        raise _bad(path, 1, 1, texts.SIZE_UNPACKED(size=size), most)


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
