"""Callers who wait where nobody can take them: every seat of their switchboard is away, paused or out of reach.

The queue has no time limit and gives no word, so such a caller hears music until somebody comes. After ``unattended_s``, and each time that it is
over again, he hears a word, and supervisors are told: as a problem of ``/readyz`` and in the metrics.
"""

from __future__ import annotations

from gateway.core.machines.seat import TAKING
from gateway.core.messages.commands import CancelTimer, SaySeat, StartTimer
from gateway.core.model.board import Board
from gateway.core.model.world import World
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.core.values.timers import TimerKind

PROMPT = "please_wait"
FORWARDS = "forwards"
"""Why the dialplan pauses a seat whose phone answers that somebody else shall be rung."""


def look(world: World, board: Board, at: float) -> None:
    """Callers or seats have come or gone: does anybody wait for nobody now?"""
    after_s = world.settings.unattended_s
    timer = TimerKind.UNATTENDED.of(board.id)
    if not after_s or nobody_takes(world, board) == (board.id in world.unattended):
        return
    if world.unattended.pop(board.id, None) is not None:
        world.out.append(CancelTimer(world.next_id(), board.id, board.id, timer))
    else:
        world.unattended[board.id] = at
        world.out.append(StartTimer(world.next_id(), board.id, board.id, timer, after_s))


def nobody_takes(world: World, board: Board) -> bool:
    """True where callers wait and no seat is there for calls. Of a switchboard that is not heard nobody knows (law 7)."""
    states = world.states.get(board.id)
    return board.connected and bool(board.waiting) and not (states and any(states[state] for state in TAKING))


def unattended_timer(world: World, board: Board, at: float) -> None:
    """Nobody has come for that long: each who waits hears a word, and will again."""
    look(world, board, at)
    if board.id not in world.unattended:
        return
    for uid in board.waiting:
        if (channel := board.channels.get(uid)) is not None and not channel.local_twin:
            world.out.append(SaySeat(world.next_id(), board.id, uid, channel.name, PROMPT))
    timer = TimerKind.UNATTENDED.of(board.id)
    world.out.append(StartTimer(world.next_id(), board.id, board.id, timer, world.settings.unattended_s))


def unattended(world: World, at: float) -> list[tuple[SwitchboardId, int, float]]:
    """Switchboards whose callers have waited for nobody for too long: how many wait, and for how many seconds nobody has been there."""
    found = [(world.boards[id_], since) for id_, since in sorted(world.unattended.items())]
    return [
        (board.id, len(board.waiting), at - since)
        for board, since in found
        if at - since >= world.settings.unattended_s and nobody_takes(world, board)
    ]


def forwarding(world: World) -> list[tuple[SwitchboardId, SeatId]]:
    """Seats that are paused because their phone forwards."""
    found = world.seats.items()
    return sorted(key for key, seat in found if seat.state is SeatState.PAUSED and seat.why == FORWARDS)
