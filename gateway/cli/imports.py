"""``onekey import``: logs of another system, for reports; which there are, and to take one out again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import texts
from gateway.cli.options import add_where, configuration
from gateway.core.values.fault import Fault

if TYPE_CHECKING:
    from gateway.config.settings import Config

LIST, UNDO = "list", "undo"


def fill(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey import``."""
    parser.add_argument(
        "folder",
        help=texts.IN_THE_FORMAT_OF_DOCS_REPORTS,
    )
    parser.add_argument("which", nargs="?", default="", help=texts.NAME_TO_UNDO)
    parser.add_argument("--name", help=texts.WHAT_THIS_IMPORT_IS_CALLED)
    add_where(parser)
    parser.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    config = configuration(arguments)
    if arguments.folder == LIST:
        return _list(config)
    if arguments.folder == UNDO:
        return _undo(config, arguments.which or arguments.name or "")
    if arguments.which:
        raise Fault(texts.ONE_WORD_TOO_MANY(word=arguments.which), "", "onekey import FOLDER --name NAME")
    if not arguments.name:
        raise Fault(texts.NAME_IS_NEEDED, "", "onekey import FOLDER --name NAME")
    from gateway.store.columnar.imports import bring_in

    folder = Path(arguments.folder)
    counts = bring_in(config.store, folder, arguments.name, config.store_url, config.door.logs_bytes_max)
    print(texts.IMPORTED + ", ".join(f"{table} {count}" for table, count in counts.items() if count))
    return 0


def _list(config: Config) -> int:
    from gateway.guards.instants import shown_in
    from gateway.store.columnar.imports import imported

    found = imported(config.store, config.store_url)
    if not found:
        print(texts.NOTHING_WAS_IMPORTED)
    for one in found:
        rows = ", ".join(f"{table} {count}" for table, count in one.rows.items() if count)
        span = " → ".join(shown_in(at, config.zone) for at in (one.since, one.until))
        when = texts.IMPORTED_AT(at=shown_in(one.at, config.zone)) if one.at else ""
        print(f"{one.name}: {rows}; {' '.join(one.switchboards)}; {span}{when}")
    return 0


def _undo(config: Config, name: str) -> int:
    if not name:
        raise Fault(texts.NAME_TO_UNDO_IS_NEEDED, "", "onekey import list; onekey import undo NAME")
    from gateway.store.columnar.imports import undo

    gone = undo(config.store, name, config.store_url)
    rows = ", ".join(f"{table} {count}" for table, count in gone.rows.items() if count)
    print(texts.TAKEN_OUT(name=gone.name, rows=rows))
    return 0
