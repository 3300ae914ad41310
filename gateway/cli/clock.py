"""``onekey clock``: records whose instants have not come, written while a clock was wrong; shown, and put right where that is asked for."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.cli import texts
from gateway.cli.options import add_where, configuration

if TYPE_CHECKING:
    from gateway.config.settings import Config


def fill(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey clock``."""
    parser.add_argument("--write", action="store_true", help=texts.PUT_RECORDS_RIGHT)
    add_where(parser)
    parser.set_defaults(command=_clock)


def _clock(arguments: argparse.Namespace) -> int:
    """1: there are such records, and they stand."""
    from gateway.core.values.fault import Fault
    from gateway.guards.instants import shown_in
    from gateway.store.sqlite.clock_repair import repair, survey

    config = configuration(arguments)
    if config.store_url:
        raise Fault(texts.CLOCK_OF_REDIS, "", texts.CLOCK_OF_REDIS_REMEDY)
    now = time.time()
    if arguments.write:
        with _alone(config):
            found = repair(config.store, now)
    else:
        found = survey(config.store, now)
    for one in found:
        at = shown_in(min(one.furthest_at, 4e9), config.zone)
        print(texts.RECORDS_AHEAD(table=one.table, count=one.count, at=at))
    if not found:
        print(texts.NO_RECORDS_AHEAD)
    elif arguments.write:
        print(texts.RECORDS_PUT_RIGHT)
    else:
        print(texts.HOW_TO_PUT_RIGHT)
    return int(bool(found) and not arguments.write)


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Have the store for ourselves: a gateway that runs would write by what it remembers of the old rows, and none begins meanwhile. Raises
    StoreError that names the one that runs."""
    from gateway.app.running import holder
    from gateway.durable_file import give_to_owner
    from gateway.store.tenure import StoreTenure, lock_of

    tenure = StoreTenure(config.store, "", holder(config))
    tenure.take()
    try:
        give_to_owner(lock_of(config.store))
        yield
    finally:
        tenure.release()
