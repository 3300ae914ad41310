"""Waits in queues: each that begins ends in exactly one row, and what nobody watched is ``unknown`` (law 7).

Asterisk says that a caller has left (``QueueCallerLeave``) before it says who has him (``AgentConnect``), and says nothing more
where a transfer took him out: so a wait that is over stays open until a seat, the caller's end or his next wait explains it.

What waits may be the leg of a transfer. Whichever way that ends without a seat, its ring time over, taken back, or its caller gone,
app_queue says ``QueueCallerAbandon``. Only where the caller has hung up at home was it abandoned; else it has ``rung_out``: the caller
never left, a person or music is with him there. Home tells it first, so the end of the leg's channel decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from gateway.core.messages.channel_events import ChannelHungUp
from gateway.core.messages.link_events import Resynced
from gateway.core.messages.queue_events import QueueAbandoned, QueueAnswered, QueueJoined, QueueLeft
from gateway.core.messages.records import ContextRow, QueueRow
from gateway.core.model.board import Board
from gateway.core.model.parts import Wait
from gateway.core.model.world import World
from gateway.core.values.ids import ChannelUid

JOINED_S = 1.0
"""A snapshot gives the ages of waits in whole seconds."""


def joined(world: World, board: Board, event: QueueJoined) -> None:
    """A wait begins. One that is open for the same channel has ended otherwise; the same one told twice is one."""
    known = world.waits.get((board.id, event.channel))
    if known is not None:
        if _same(world, known, event):
            if known.joined_at != event.at:
                known.joined_at = event.at  # the snapshot said it to the second
                world.flow(board.id).add(event.at, arrivals=1)
            return
        ended(world, board, event.channel, event.at, "left")
    world.flow(board.id).add(event.at, arrivals=1)
    world.waits[(board.id, event.channel)] = _wait(world, board, event.channel, event.queue, event.at)


def _same(world: World, known: Wait, event: QueueJoined) -> bool:
    """True where this is how a wait that is open began, told twice or told behind the snapshot that shows it."""
    about_s = math.inf if world.retold is not None else JOINED_S
    return not known.left_at and known.queue == event.queue and abs(known.joined_at - event.at) <= about_s


def leg_began(world: World, leg: ChannelUid) -> None:
    """A leg has begun at home. Its other end may have told first, on a link of its own, that it waits: now it is known for whom."""
    arrival = world.arrival_of.get(leg)
    wait = world.waits.get((arrival.switchboard, arrival.uid)) if arrival is not None else None
    if arrival is not None and wait is not None and wait.call == arrival.uid:
        wait.call = _call(world, world.board(arrival.switchboard), arrival.uid)


def left(world: World, board: Board, event: QueueLeft) -> None:
    """The wait is over; how, is not yet known."""
    wait = world.waits.get((board.id, event.channel))
    if wait is not None and not wait.left_at:
        wait.left_at = event.at


def given_up(world: World, board: Board, event: QueueAbandoned) -> None:
    """No seat has taken the channel: a caller has hung up; a leg has ended, why is told by its channel's end."""
    wait = world.waits.get((board.id, event.channel))
    if wait is not None and wait.leg:
        wait.left_at, wait.given_up = wait.left_at or event.at, True
    else:
        ended(world, board, event.channel, event.at, "abandoned")


def answered(world: World, board: Board, event: QueueAnswered) -> None:
    """A seat has the caller."""
    wait = world.waits.pop((board.id, event.channel), None)
    if wait is not None:
        # Not the instant of leaving: app_queue lets the caller leave after the seat's answer, and a little earlier than this.
        left_at = max(wait.left_at or event.at, wait.joined_at)
        row = QueueRow(
            at=event.at,
            switchboard=board.id,
            queue=wait.queue,
            call=wait.call,
            joined_at=wait.joined_at,
            left_at=left_at,
            how="answered",
            seat=event.seat,
            ring_s=event.ring_s,
        )
        world.out.append(row)


def ended(world: World, board: Board, channel: ChannelUid, at: float, how: str) -> None:
    """A wait has ended without a seat."""
    wait = world.waits.pop((board.id, channel), None)
    if wait is not None:
        left_at = 0.0 if how == "unknown" else max(wait.left_at or at, wait.joined_at)
        world.out.append(
            QueueRow(
                at=at,
                switchboard=board.id,
                queue=wait.queue,
                call=wait.call,
                joined_at=wait.joined_at,
                left_at=left_at,
                how=how,
            )
        )


def hung_up(world: World, board: Board, event: ChannelHungUp) -> None:
    """The channel has ended: one that was taken out before has ``left``, one that still waited was abandoned or has rung out."""
    wait = world.waits.get((board.id, event.uid))
    if wait is None:
        return
    taken_out = wait.left_at and not wait.given_up
    how = "left" if taken_out else _of_leg(world, wait, event) if wait.leg else "abandoned"
    ended(world, board, event.uid, event.at, how)


GOODBYE = 16
"""Q.850: the cause of a leg whose caller has hung up. Ring time over is 19, taken back 26."""


def _of_leg(world: World, wait: Wait, event: ChannelHungUp) -> str:
    """End of a leg that no seat took: what its home says, or, where that is not attached, the leg's own cause."""
    if wait.call == event.uid:
        return "abandoned" if event.cause == GOODBYE else "rung_out"
    call = world.calls.get(ChannelUid(wait.call))
    if call is None:
        return "abandoned"
    return "rung_out" if world.board(call.home).connected else "unknown"


def resync(world: World, board: Board, event: Resynced) -> None:
    """After a gap: who waits still, waits since he joined; of the others nobody knows how it ended."""
    waiting = {caller.channel: caller for caller in event.waiting}
    for id_, channel in [key for key in world.waits if key[0] == board.id]:
        wait = world.waits[(id_, channel)]
        still = waiting.get(channel)
        if still is None or still.queue != wait.queue:
            ended(world, board, channel, event.at, "left" if wait.left_at and not wait.given_up else "unknown")
    for channel, caller in waiting.items():
        if (board.id, channel) not in world.waits:
            world.waits[(board.id, channel)] = _wait(world, board, channel, caller.queue, caller.joined_at)


def untold(contexts: Iterable[ContextRow], rows: Iterable[QueueRow]) -> list[ChannelUid]:
    """The calls whose wait had begun when the gateway before this one ended, and of which no row says how it ended."""
    told = {(row.switchboard, row.call) for row in rows}
    return [ChannelUid(row.call) for row in contexts if unanswered(row) and (row.home, row.call) not in told]


def unanswered(context: ContextRow) -> bool:
    """True where this caller has waited in a queue, and no seat has taken him."""
    return bool(context.queue) and context.wait_s < 0 and not context.ended_at


def restore(world: World, calls: Iterable[ChannelUid]) -> None:
    """These waits are open until a snapshot comes: it shows them, or that they ended and nobody saw how."""
    for uid in calls:
        if (call := world.calls.get(uid)) is not None:
            world.waits[(call.home, uid)] = Wait(queue=call.context.queue, call=uid, joined_at=call.context.arrived_at)


def _wait(world: World, board: Board, channel: ChannelUid, queue: str, joined_at: float) -> Wait:
    call = _call(world, board, channel)
    arrival = world.arrivals.get(channel)
    return Wait(
        queue=queue,
        call=call,
        joined_at=joined_at,
        leg=call != channel or (arrival is not None and bool(arrival.origin)),
    )


def _call(world: World, board: Board, channel: ChannelUid) -> str:
    call = world.call_behind(board, channel)
    return call.uid if call is not None else channel
