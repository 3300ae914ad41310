"""The command line's ``onekey replay``: a tape decided again, and each decision compared."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gateway.cli import texts
from gateway.cli.options import add_where, configuration


def fill(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey replay``."""
    parser.add_argument("tape", type=Path, nargs="+", help=texts.OF_SEVERAL_DAYS)
    add_where(parser)
    parser.set_defaults(command=_replay)


def _replay(arguments: argparse.Namespace) -> int:
    from gateway.core.switchboard import Switchboards
    from gateway.core.values.ids import SwitchboardId
    from gateway.observability import unfollowed
    from gateway.observability.replay import Start, compare
    from gateway.rules import file as rules_file

    config = configuration(arguments)
    settings = config.core()
    ids = [SwitchboardId(board.id) for board in config.switchboards]

    def make(start: Start) -> Switchboards:
        rules = rules_file.parse(start.rules) if start.rules else rules_file.load(config.rules)
        rows: dict[str, Any] = {"transfers": start.transfers, "contexts": start.contexts}
        rows |= {"seats": start.seats, "seen": start.seen, "waiting": start.waiting, "tasks": start.tasks}
        return Switchboards(ids, rules, settings, **rows, read_rules=rules_file.parse)

    different = compare(arguments.tape[0], make, *arguments.tape[1:])
    for line in (*unfollowed.explained(arguments.tape), *different[:20]):
        print(line)
    print(texts.DIFFERENCES(different_count=len(different)))
    return int(bool(different))
