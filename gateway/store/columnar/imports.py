"""``onekey import``: logs of another system among the store's files, each import whole or not there.

An import is files of a generation, and ``imports.json`` says which of them count: it is written whole, last, so that a cut leaves the
import before it. The same name replaces. A file is ``<table>-import-<name>.<generation>-<n>.parquet``: never a name of the store's own rows, nor
of an older onekey's import, which has no entry there (``<table>-import-<name>-<n>.parquet``).
"""

from __future__ import annotations

import json
import re
import secrets
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from gateway.durable_file import write_whole
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.store import StoreError, texts
from gateway.store.columnar.import_reading import ImportFault, read
from gateway.store.columnar.parquet import (
    FORMATS,
    MEMORY_MB,
    NEWEST,
    folder_of,
    last_of_each,
    locked,
    quoted,
    write_file,
)

_LEGACY = re.compile(r"(?P<table>[a-z_]+)-import-(?P<name>[0-9A-Za-z_]+)-[0-9]+\.parquet")
ORDER = {"gap": "since", "transfer": "pressed_at"}
"""The column by which rows are sorted, ``at`` where none is named."""


class ImportRefused(StoreError):
    """Files of which nothing is taken, with every fault."""

    def __init__(self, folder: Path, faults: list[ImportFault]) -> None:
        self.faults = tuple(faults)
        first = faults[0]
        super().__init__(texts.NOTHING_IS_IMPORTED(count=len(faults)), f"{folder}: {first.text()}", first.remedy)

    def __str__(self) -> str:
        """All of them, a line each."""
        return "\n".join([self.what, *(f"    {fault.text()}" for fault in self.faults)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An import that is in force. ``rows`` by table; instants are seconds since 1970, 0 where it is not known."""

    name: str
    at: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)
    switchboards: tuple[str, ...] = ()
    since: float = 0.0
    until: float = 0.0
    files: tuple[str, ...] = ()


def imported(store: Path, url: str = "") -> list[Imported]:
    """Imports in force, by name."""
    folder = folder_of(store, url)
    entries = _entries(folder)
    legacy: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*-import-*.parquet")):
        if (name := _legacy_name(path)) and name not in entries:
            legacy.setdefault(name, []).append(path.name)
    found = [_of_entry(name, entry) for name, entry in entries.items() if entry["files"]]
    found += [_described(folder, name, files) for name, files in legacy.items()]
    return sorted(found, key=lambda one: one.name)


def files_in_force(folder: Path, table: str) -> list[Path]:
    """Files of a table, or ``seat_last``, that an import has brought and that are there: retention takes some of them."""
    entries = _entries(folder)
    named = [folder / file for entry in entries.values() for file in entry["files"] if file.startswith(f"{table}-")]
    legacy = [
        path
        for path in sorted(folder.glob(f"{table}-import-*.parquet"))
        if (name := _legacy_name(path)) and name not in entries
    ]
    return [path for path in (*legacy, *named) if path.exists()]


def undo(store: Path, name: str, url: str = "") -> Imported:
    """Take an import out again. Raises StoreError where there is none of this name."""
    folder = folder_of(store, url)
    found = next((one for one in imported(store, url) if one.name == name), None)
    if found is None:
        raise StoreError(texts.NO_SUCH_IMPORT(name=name), str(folder), "onekey import list")
    with locked(folder):
        _put(folder, name, {"files": []})  # from here on it counts no more, whatever is cut off now
        for file in found.files:
            (folder / file).unlink(missing_ok=True)
        _put(folder, name, None)
    return found


def bring_in(
    store: Path, folder: Path, name: str, url: str = "", bytes_max: int = DOOR_LIMITS.logs_bytes_max
) -> dict[str, int]:
    """Copy ``<table>*.parquet`` or ``.csv`` of a folder into the store's files as ``name``, in place of an import of that name. Returns
    the rows of each table.

    All files are read and checked first. Raises ImportRefused with each fault of each file, and StoreError where there is no file.
    """
    if not re.fullmatch(r"[0-9A-Za-z_]{1,60}", name):
        raise StoreError(texts.ALPHABET_OF_A_NAME, name, texts.RENAME_IT)
    found = _found(folder, bytes_max)
    into = folder_of(store, url)
    generation = f"import-{name}.{secrets.token_hex(4)}"
    written: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="onekey-import-") as scratch:
        settings: dict[str, Any] = {"memory_limit": f"{MEMORY_MB}MB", "temp_directory": scratch}
        connection = duckdb.connect(":memory:", config=settings)
        try:
            faults: list[ImportFault] = []
            for number, (table, path) in enumerate(found):
                faults += read(connection, table, path, Path(scratch), f"file_{number}")
            if faults:
                raise ImportRefused(folder, faults)
            into.mkdir(mode=0o700, parents=True, exist_ok=True)
            rows = dict.fromkeys(FORMATS, 0)
            for number, (table, _) in enumerate(found):
                written += _written(connection, table, f"file_{number}", into, f"{generation}-{number}")
                rows[table] += _count(connection, f"file_{number}")
            with locked(into):
                entry = asdict(_described(into, name, [path.name for path in written])) | {
                    "at": time.time(),
                    "rows": rows,
                }
                entry.pop("name")
                before = _entries(into).get(name, {"files": []})["files"]
                legacy = [path for path in into.glob("*-import-*.parquet") if _legacy_name(path) == name]
                _put(into, name, entry)
                for old in (*(into / file for file in before), *legacy):
                    old.unlink(missing_ok=True)
        except BaseException as error:
            _forget(into, written)
            if isinstance(error, duckdb.Error | OSError):
                what = texts.IMPORT_NOT_FINISHED(error=_short(error))
                raise StoreError(what, str(into), texts.CHECK_RIGHTS_AND_DISK) from error
            raise
        finally:
            connection.close()
    return rows


def _found(folder: Path, bytes_max: int) -> list[tuple[str, Path]]:
    found = [
        (table, path)
        for table in FORMATS
        for path in sorted(folder.glob(f"{table}*"))
        if path.suffix in (".csv", ".parquet")
    ]
    if not found:
        remedy = texts.FILES_ARE_NAMED_AFTER_THE_TABLES(formats=", ".join(FORMATS))
        raise StoreError(texts.NOTHING_TO_IMPORT, str(folder), remedy)
    for _, path in found:
        if not path.is_file() or path.stat().st_size > bytes_max:
            what = texts.MUST_BE_A_REGULAR_FILE(bytes_max=bytes_max)
            raise StoreError(what, str(path), texts.DIVIDE_THE_FILE)
    return found


def _written(connection: duckdb.DuckDBPyConnection, table: str, view: str, into: Path, name: str) -> list[Path]:
    """The files of one that was read. Rows of one instant keep their order: the last of them is the state that lasts."""
    order = ORDER.get(table, "at")
    columns = ", ".join(f'"{column}"' for column in FORMATS[table])
    path = into / f"{table}-{name}.parquet"
    write_file(connection, f'select {columns} from {view} order by "{order}", line', path)
    if table != "seat_log":
        return [path]
    last = into / f"seat_last-{name}.parquet"
    write_file(connection, last_of_each(view, "line"), last)
    return [path, last]


def _count(connection: duckdb.DuckDBPyConnection, view: str) -> int:
    return int((connection.execute(f"select count(*) from {view}").fetchone() or (0,))[0])


# --- which of them count ----------------------------------------------------------------------------------------------------------


def _legacy_name(path: Path) -> str:
    found = _LEGACY.fullmatch(path.name)
    return found["name"] if found is not None else ""


def _entries(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = json.loads((folder / "imports.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        what = texts.LIST_OF_IMPORTS_IS_DAMAGED(error=_short(error))
        raise StoreError(what, str(folder / "imports.json"), texts.IMPORT_AGAIN) from None
    return found


def _put(folder: Path, name: str, entry: dict[str, Any] | None) -> None:
    entries = {key: value for key, value in _entries(folder).items() if key != name}
    if entry is not None:
        entries[name] = entry
    write_whole(folder / "imports.json", json.dumps(entries, ensure_ascii=False, indent=1).encode())


def _forget(folder: Path, written: list[Path]) -> None:
    """Remove files that no entry names."""
    named = {file for entry in _entries(folder).values() for file in entry["files"]}
    for path in written:
        if path.name not in named:
            path.unlink(missing_ok=True)


def _of_entry(name: str, entry: dict[str, Any]) -> Imported:
    return Imported(
        **{**entry, "name": name, "switchboards": tuple(entry["switchboards"]), "files": tuple(entry["files"])}
    )


def _described(folder: Path, name: str, files: list[str]) -> Imported:
    """An import by what is in its files."""
    rows: dict[str, int] = dict.fromkeys(FORMATS, 0)
    boards: set[str] = set()
    since, until = float("inf"), 0.0
    connection = duckdb.connect(":memory:", config={"memory_limit": f"{MEMORY_MB}MB"})
    try:
        for file in files:
            table = file.partition("-")[0]
            if table not in FORMATS or not (folder / file).exists():
                continue
            at, board = NEWEST[table], "home" if table == "transfer" else "switchboard"
            sql = f'select count(*), min("{at}"), max("{at}"), list(distinct "{board}") from read_parquet({quoted(str(folder / file))})'
            count, low, high, whose = connection.execute(sql).fetchone() or (0, None, None, None)
            rows[table] += count
            boards |= set(map(str, whose or ()))
            since, until = min(since, low or since), max(until, high or until)
    finally:
        connection.close()
    known = since if until else 0.0
    return Imported(
        name=name, rows=rows, switchboards=tuple(sorted(boards)), since=known, until=until, files=tuple(files)
    )


def _short(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).partition("\n")[0][:120]
