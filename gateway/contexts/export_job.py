"""An export of contexts in a process of its own: ``python -m gateway.contexts.export_job`` reads a ``Job`` as JSON and writes the file.

A gateway that carries calls neither counts nor formats a million rows (law 5), as with reports: the child is niced, reads the store
only, and ends when its time is over. The command line does the same work in its own process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from gateway import worker_process
from gateway.contexts import texts
from gateway.contexts.export import ExportError, export
from gateway.core.messages.redaction import hidden_from
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.guards.instants import ZONE
from gateway.problems import Problem
from gateway.security.principal import Principal
from gateway.services.durability import Durability
from gateway.services.requests import ContextQuery
from gateway.store import StoreError
from gateway.store.opening import Reader, open_reading
from gateway.store.search import ContextSearch
from gateway.views.contexts import context_view
from gateway.views.plain import View
from gateway.worker_process import ChildError

log = structlog.get_logger("app")

EXPORT_AGAIN_S = 10
"""When to ask again where an export is under way."""
PAGE = 500
"""Contexts in memory at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The contexts of an export, and for whom. ``wish.organisation`` is the switchboard of whoever asks (empty: all); ``full`` unmasked;
    ``excepted``: a caller's wish for confidence hides nothing from them."""

    wish: ContextSearch
    format: str
    full: bool
    excepted: bool = False
    rows_max: int = DOOR_LIMITS.export_rows_max
    zone: str = ZONE


async def pages(store: Reader, job: Job) -> AsyncIterator[list[View]]:
    """The contexts as whoever asks may see them. Raises ExportError where they are more than ``rows_max``: half a file is none."""
    wish, cursor, count = replace(job.wish, excepted=job.excepted, masked=not job.full), "", 0
    while True:
        rows, cursor = await store.contexts(wish, PAGE, cursor)
        count += len(rows)
        if count > job.rows_max:
            what = texts.MORE_THAN_ROWS_MAX_CONTEXTS(rows_max=job.rows_max)
            raise ExportError(what, texts.TAKE_A_SHORTER_TIME)
        found = [(row, hidden_from(row, wish.organisation, job.excepted)) for row in rows]
        yield [context_view(row, full=job.full, hidden=hidden, reader=wish.organisation) for row, hidden in found]
        if not cursor:
            return


class Exports:
    """Runs exports, one at a time, into ``folder``; ``store`` and ``url`` say where the records are. Whoever holds ``one``
    has the turn."""

    def __init__(self, folder: Path, store: Path, url: str, limits: DoorLimits = DOOR_LIMITS) -> None:
        self._folder, self._store, self._url, self._limits = folder, store, url, limits
        self.one = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """True where one is under way."""
        return self.one.locked()

    def clear(self, name: str = "") -> None:
        """Remove what nobody will fetch: an export that failed, or all of a gateway that was killed."""
        for path in self._folder.glob(f"{Path(name).name or 'tmp'}*"):
            path.unlink(missing_ok=True)

    async def run(self, job: Job, begins: Callable[[], Awaitable[None]]) -> tuple[Path, int]:
        """A file that the caller removes, and how many contexts it has; ``begins`` is awaited when it is this one's turn. Raises what
        that raises; ExportError; StoreError where the store could not be read, or in time."""
        async with self.one:
            await begins()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(f".{job.format}", dir=self._folder)
            os.close(descriptor)
            try:
                count = await self._child(
                    {
                        **asdict(job),
                        "rows_max": self._limits.export_rows_max,
                        "store": str(self._store),
                        "url": self._url,
                        "out": name,
                    }
                )
            except BaseException:
                self.clear(name)
                raise
            return Path(name), count

    async def _child(self, asked: dict[str, Any]) -> int:
        where = str(self._store)
        try:
            return int(await worker_process.ask("gateway.contexts.export_job", asked, self._limits.export_s))
        except TimeoutError:
            what = texts.EXPORT_TOOK_MORE_THAN_EXPORT_S(export_s=self._limits.export_s)
            raise StoreError(what, where, texts.NARROW_IT_OR_USE) from None
        except ChildError as error:
            if error.declined:
                what, _, remedy = error.said.partition("\n")
                raise ExportError(what, remedy) from None
            raise StoreError(error.said, where, texts.SEE_THE_LOG) from None


class ContextExports:
    """Exports, as they may be asked for. ``sees_confidential``: whether an organisation sees numbers that callers want kept."""

    def __init__(
        self, exports: Exports, durability: Durability, sees_confidential: Callable[[str], bool], zone: str = ZONE
    ) -> None:
        self._exports, self._durability, self._sees_confidential = exports, durability, sees_confidential
        self._zone = zone

    async def made(
        self,
        query: ContextQuery,
        format_: str,
        full: bool,
        principal: Principal,
        begins: Callable[[], Awaitable[None]],
    ) -> tuple[Path, int]:
        """The contexts that the principal may see as a file, in full or masked, and how many it has; whoever asks removes it. ``begins`` is
        called once it is sure that the export begins, and awaited before it does. Raises Problem."""
        if not self._exports.busy:
            await self._durability.written()
        if self._exports.busy:  # from here to the lock nothing is awaited
            raise Problem("export_running", retry_after_s=EXPORT_AGAIN_S)
        organisation = principal.switchboard
        asked = ContextSearch(**asdict(query), organisation=organisation)
        try:
            return await self._exports.run(
                Job(
                    wish=asked,
                    format=format_,
                    full=full,
                    excepted=self._sees_confidential(organisation),
                    zone=self._zone,
                ),
                begins,
            )
        except ExportError as error:
            raise Problem("no_export", reason=error.line()) from None
        except StoreError as error:
            log.error("export_failed", why=error.what)
            raise Problem("store_down") from None


def main() -> int:
    """0: the file is whole, and how many contexts it has is on stdout; 2: it cannot be made (why on stderr); 1: anything else."""
    os.nice(10)
    asked = json.load(sys.stdin)
    job = Job(
        wish=ContextSearch(**asked["wish"]),
        format=asked["format"],
        full=asked["full"],
        excepted=asked["excepted"],
        rows_max=asked["rows_max"],
        zone=asked["zone"],
    )
    try:
        store = open_reading(Path(asked["store"]), asked["url"])
        print(asyncio.run(export(pages(store, job), Path(asked["out"]), job.format, lambda _count: None, job.zone)))
    except ExportError as error:
        print(f"{error.what}\n{error.remedy}", file=sys.stderr)
        return worker_process.DECLINED
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
