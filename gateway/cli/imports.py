"""``onekey import``: logs of another system, for reports; which there are, and to take one out again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.options import add_where, configuration
from gateway.core.values.fault import Fault

if TYPE_CHECKING:
    from gateway.config.settings import Config

LIST, UNDO = "list", "undo"


def fill(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey import``."""
    parser.add_argument(
        "folder",
        help="Parquet 或 CSV 的目录，格式见 docs/reports.md；或 list、undo / a folder of Parquet or CSV in the format of docs/reports.md; or list, "
        "undo (a folder of that name: ./list)",
    )
    parser.add_argument("which", nargs="?", default="", help="undo 的名称 / the name to undo")
    parser.add_argument(
        "--name", help="这批数据的名称，同名的被替换 / what this import is called; one of that name is replaced"
    )
    add_where(parser)
    parser.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    config = configuration(arguments)
    if arguments.folder == LIST:
        return _list(config)
    if arguments.folder == UNDO:
        return _undo(config, arguments.which or arguments.name or "")
    if arguments.which:
        raise Fault(f"多余的词：{arguments.which} / one word too many", "", "onekey import FOLDER --name NAME")
    if not arguments.name:
        raise Fault("须注明 --name / --name is needed", "", "onekey import FOLDER --name NAME")
    from gateway.store.columnar.imports import bring_in

    folder = Path(arguments.folder)
    counts = bring_in(config.store, folder, arguments.name, config.store_url, config.door.logs_bytes_max)
    print("已导入 / imported: " + ", ".join(f"{table} {count}" for table, count in counts.items() if count))
    return 0


def _list(config: Config) -> int:
    from gateway.guards.instants import shown_in
    from gateway.store.columnar.imports import imported

    found = imported(config.store, config.store_url)
    if not found:
        print("没有导入过 / nothing has been imported")
    for one in found:
        rows = ", ".join(f"{table} {count}" for table, count in one.rows.items() if count)
        span = " → ".join(shown_in(at, config.zone) for at in (one.since, one.until))
        when = f"，导入于 / imported at {shown_in(one.at, config.zone)}" if one.at else ""
        print(f"{one.name}: {rows}; {' '.join(one.switchboards)}; {span}{when}")
    return 0


def _undo(config: Config, name: str) -> int:
    if not name:
        raise Fault("须注明名称 / a name is needed", "", "onekey import list; onekey import undo NAME")
    from gateway.store.columnar.imports import undo

    gone = undo(config.store, name, config.store_url)
    rows = ", ".join(f"{table} {count}" for table, count in gone.rows.items() if count)
    print(f"已撤销 / taken out: {gone.name}: {rows}")
    return 0
