"""Retention: how long each class of records is kept, and the removal of those whose time is over. A dry run says it first.

Classes (``config.settings.KEEP_DAYS``): ``contexts`` are those of ended calls; those that carry a case number are the processing record of an
order and are kept as ``orders``; a context goes with its versions. ``seats`` are changes of seats with waits and gaps, also in the
files of the reports. Tapes go by whole days, the audit log by whole months. ``asterisk`` is for its own logs, which logrotate ends. What a live call needs is in none of them: its context
and its transfers, the task of a caller who waits to be called back, the state of each seat when the kept time begins.
"""

from __future__ import annotations

import asyncio

from gateway.config.settings import Config
from gateway.core.messages.records import ContextRow
from gateway.observability import tape
from gateway.security import audit as audits
from gateway.security.audit import AuditLog
from gateway.services import texts
from gateway.store import Store
from gateway.store.columnar import parquet
from gateway.store.search import ContextSearch

PAGE = 500
DAY_S = 86400.0
AT_ONCE, PAUSE_S = 20, 0.1
"""So many contexts, then a pause in which a gateway that writes gets its turn: it gives up after a second."""
TASKS_MAX = 10_000
RECORDS = {
    "transfers": ("transfers",),
    "callbacks": ("callbacks",),
    "seats": ("seats", "waits", "gaps"),
    "deliveries": ("deliveries",),
}
"""The store's kinds of records by class."""


async def apply(config: Config, store: Store, audit: AuditLog, who: str, at: float, dry_run: bool) -> list[str]:
    """Remove what is past its time at the instant ``at``. Returns a line for each class."""
    days = config.keep_days
    gone = await _contexts(config, store, at, dry_run)
    for name, kinds in RECORDS.items():
        until = at - days[name] * DAY_S
        gone[name] = sum([await store.prune(kind, until, dry_run=dry_run) for kind in kinds])
    until = at - days["seats"] * DAY_S
    files = await asyncio.to_thread(parquet.prune, config.store, until, dry_run=dry_run, url=config.store_url)
    tapes = tape.prune(config.tape, days["tape"], at, dry_run=dry_run) if config.tape else []
    months = audits.prune(config.audit, config.signing_keys, days["audit"], at, dry_run=dry_run)
    if not dry_run:
        counts = {**gone, "seat_files": files, "tape": len(tapes)}
        audit.write(who, "retention_applied", "", "", **{name: str(count) for name, count in counts.items()})
    units = {"tape": (len(tapes), texts.DAYS), "audit": (len(months), texts.MONTHS)}
    would = texts.WOULD_GO if dry_run else texts.GONE
    lines = []
    for name, kept in days.items():
        if name == "asterisk":  # another user's files, which Asterisk holds open
            lines.append(texts.KEPT_BY_LOGROTATE(name=name, kept=kept))
            continue
        count, unit = units.get(name, (gone.get(name, 0), ""))
        also = texts.FILES_OF_REPORTS(files=files) if name == "seats" and files else ""
        lines.append(
            texts.KEPT_AND_REMOVED(
                name=name, would=would, count=count, unit=" " + unit if unit else "", also=also, kept=kept
            )
        )
    return lines


async def _contexts(config: Config, store: Store, at: float, dry_run: bool) -> dict[str, int]:
    """Contexts one by one, with all that they are found by."""
    days = {name: config.keep_days[name] for name in ("contexts", "orders")}
    gone = dict.fromkeys(days, 0)
    tasks = [row for state in ("open", "dialling") for row in await store.callbacks(TASKS_MAX, state=state)]
    needed = {row.context for row in tasks}
    attached = {board.id for board in config.switchboards}
    cursor, oldest = "", at - min(days.values()) * DAY_S
    while True:
        rows, cursor = await store.contexts(ContextSearch(until=oldest), PAGE, cursor)
        for row in rows:
            kind = class_of(row)
            # of a caller of another home we may never be told the end: the last that we were told counts
            over_at = row.ended_at if row.home in attached else row.ended_at or row.at
            if 0 < over_at < at - days[kind] * DAY_S and row.id not in needed:
                gone[kind] += 1
                if not dry_run:
                    await store.remove_context(row.id)
                    if sum(gone.values()) % AT_ONCE == 0:
                        await asyncio.sleep(PAUSE_S)
        if not cursor:
            return gone


def class_of(row: ContextRow) -> str:
    """``orders`` where a work order or police order came of it, else ``contexts``."""
    return "orders" if row.said.cases else "contexts"
