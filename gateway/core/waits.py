"""Waits in queues: each that begins ends in exactly one row, and what nobody watched is ``unknown`` (law 7).

Asterisk says that a caller has left (``QueueCallerLeave``) before it says who has him (``AgentConnect``), and says nothing more
where a transfer took him out: so a wait that is over stays open until a seat, the caller's end or his next wait explains it.
"""

from __future__ import annotations

from gateway.core.board import Board
from gateway.core.commands import QueueRow
from gateway.core.events import QueueAnswered, QueueJoined, QueueLeft, Resynced
from gateway.core.terms import ChannelUid
from gateway.core.world import Wait, World


def joined(world: World, board: Board, event: QueueJoined) -> None:
    """A wait begins. One that is open for the same channel has ended otherwise; the same one told twice is one."""
    known = world.waits.get((board.id, event.channel))
    if known is not None:
        if known.joined_at == event.at:
            return
        ended(world, board, event.channel, event.at, "left")
    world.flow(board.id).add(event.at, arrivals=1)
    world.waits[(board.id, event.channel)] = Wait(event.queue, _call(world, board, event.channel), event.at)


def left(world: World, board: Board, event: QueueLeft) -> None:
    """The wait is over; how, is not yet known."""
    wait = world.waits.get((board.id, event.channel))
    if wait is not None and not wait.left_at:
        wait.left_at = event.at


def answered(world: World, board: Board, event: QueueAnswered) -> None:
    """A seat has the caller."""
    wait = world.waits.pop((board.id, event.channel), None)
    if wait is not None:
        # Not the instant of leaving: app_queue lets the caller leave after the seat's answer, and a little earlier than this.
        left_at = wait.left_at or event.at
        row = QueueRow(
            event.at,
            board.id,
            wait.queue,
            wait.call,
            wait.joined_at,
            left_at,
            "answered",
            event.seat,
            event.ring_s,
        )
        world.out.append(row)


def ended(world: World, board: Board, channel: ChannelUid, at: float, how: str) -> None:
    """A wait has ended without a seat."""
    wait = world.waits.pop((board.id, channel), None)
    if wait is not None:
        left_at = 0.0 if how == "unknown" else wait.left_at or at
        world.out.append(QueueRow(at, board.id, wait.queue, wait.call, wait.joined_at, left_at, how))


def hung_up(world: World, board: Board, channel: ChannelUid, at: float) -> None:
    """The channel has ended: one that was taken out before has ``left``, one that still waited was abandoned."""
    wait = world.waits.get((board.id, channel))
    if wait is not None:
        ended(world, board, channel, at, "left" if wait.left_at else "abandoned")


def resync(world: World, board: Board, event: Resynced) -> None:
    """After a gap: who waits still, waits since he joined; of the others nobody knows how it ended."""
    waiting = {caller.channel: caller for caller in event.waiting}
    for id_, channel in [key for key in world.waits if key[0] == board.id]:
        wait = world.waits[(id_, channel)]
        still = waiting.get(channel)
        if still is None or still.queue != wait.queue:
            ended(world, board, channel, event.at, "left" if wait.left_at else "unknown")
    for channel, caller in waiting.items():
        if (board.id, channel) not in world.waits:
            call = _call(world, board, channel)
            world.waits[(board.id, channel)] = Wait(caller.queue, call, caller.joined_at)


def _call(world: World, board: Board, channel: ChannelUid) -> str:
    call = world.call_behind(board, channel)
    return call.uid if call is not None else channel
