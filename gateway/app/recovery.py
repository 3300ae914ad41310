"""A gateway takes up what one before it has left: its backlog, and whatever had not ended."""

from __future__ import annotations

import math
from collections.abc import Mapping

import structlog

from gateway.app.parts import Parts
from gateway.core.messages.records import ContextRow
from gateway.core.switchboard import Switchboards
from gateway.core.turn import queue_waits
from gateway.core.turn.callbacks import OPEN_MAX
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.observability.replay import Start
from gateway.reporting.query_texts import LOOK_BACK_S
from gateway.services.callbacks import reopen
from gateway.store import CatchingUp, Store, StoreError, StoreRecord
from gateway.store.sqlite.clock_repair import AHEAD_S

log = structlog.get_logger("app")

WAIT_S = 1800.0
"""Span before a gateway's end in which a wait may have begun that was not over: nobody waits longer, and a start reads all since then."""


async def caught_up(store: Store) -> list[StoreRecord]:
    """Bring home first what a gateway before this one left in its backlog. Returns what waits there on, where the store takes nothing."""
    while True:
        try:
            # Groups come home one after the other: while any does, the start waits, so that the core reads what was acknowledged.
            await store.flush()
        except CatchingUp:
            continue
        except StoreError as error:
            waiting = await store.waiting()
            log.warning("started_from_backlog", records=len(waiting), why=str(error))
            return waiting
        return []


async def core_of(parts: Parts, left: Store) -> Switchboards:
    """The core, with what the store says had not ended."""
    config = parts.config
    # A task whose call was under way when the gateway was killed is open again, before the core reads the open ones.
    await reopen(left)
    open_transfers, open_contexts = await left.open_transfers(), await left.open_contexts()
    now = parts.clock.now()
    recent = now - LOOK_BACK_S  # a seat that has not been there for longer has gone for good
    # What has not come was written while a clock was wrong: it says nothing of now (onekey clock).
    seats = [row for row in await left.last_seats() if recent < row.at <= now + AHEAD_S]
    seen = {id_: min(at, now) for id_, at in (await left.seen()).items()}
    waiting_calls = await _waiting(left, open_contexts, seen)
    open_tasks = list(reversed(await left.callbacks(OPEN_MAX, state="open")))
    if parts.tape is not None:
        # The tape begins with what the core begins with: a replay decides from the same.
        start = Start(
            transfers=tuple(open_transfers),
            contexts=tuple(open_contexts),
            rules=parts.rules.now.text,
            seats=tuple(seats),
            seen=seen,
            waiting=tuple(waiting_calls),
            tasks=tuple(open_tasks),
        )
        parts.tape("start", start)
    return Switchboards(
        [SwitchboardId(board.id) for board in config.switchboards],
        parts.rules.now.rules,
        config.core(),
        transfers=open_transfers,
        contexts=open_contexts,
        read_rules=parts.rules.meant,
        seats=seats,
        seen=seen,
        waiting=waiting_calls,
        tasks=open_tasks,
    )


async def _waiting(left: Store, contexts: list[ContextRow], seen: Mapping[str, float]) -> list[ChannelUid]:
    """The calls whose wait in a queue was not over. A context does not say that of a wait without a seat: its row does."""
    open_ = [
        one for one in contexts if queue_waits.unanswered(one) and one.arrived_at > seen.get(one.home, 0.0) - WAIT_S
    ]
    rows = await left.queue_rows(min(one.arrived_at for one in open_), math.inf) if open_ else []
    return queue_waits.untold(open_, rows)
