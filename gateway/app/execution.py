"""Commands and records that leave the core: whose it is to carry out the ones and to keep the others."""

from __future__ import annotations

from gateway.api.feed_records import publish
from gateway.app.parts import Parts
from gateway.core.messages.answers import CommandFailed, CommandSucceeded
from gateway.core.messages.commands import AmiCommand, FetchContext, FindTransfers, ForgetPresses, LookUp
from gateway.core.messages.records import AnyRecord, ContextRow, QueueRow, SeatRow


async def execute(parts: Parts, command: AmiCommand | LookUp) -> CommandSucceeded | CommandFailed:
    """Carry out a command, by the switchboard, the store or the platform that can. Answered once, whatever comes of it."""
    if isinstance(command, FetchContext):
        return parts.peers.execute(command)
    if isinstance(command, FindTransfers):
        return await parts.kept_presses.find(command)
    executor = parts.executors.get(command.switchboard)
    if executor is None:
        return CommandFailed(command.switchboard, parts.clock.now(), command.id, "switchboard is not attached")
    if isinstance(command, ForgetPresses):
        return await parts.kept_presses.forget(command, executor.execute)
    return await executor.execute(command)


def keep(parts: Parts, record: AnyRecord) -> None:
    """Write a record down, and tell whoever counts or shows it. Never waits (law 5)."""
    if isinstance(record, ContextRow):
        parts.outbox.publish(record)
    else:
        parts.store.write(record)
    parts.metrics.observe(record)
    if isinstance(record, SeatRow | QueueRow | ContextRow):
        parts.capacity.soon()
    publish(parts.feed, record, parts.sees_place)
