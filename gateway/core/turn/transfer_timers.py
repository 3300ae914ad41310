"""The time of a transfer's states."""

from __future__ import annotations

from gateway.core.machines.transfer import (
    Cancelling,
    Consulting,
    Offered,
    ThreeParty,
    Transfer,
)
from gateway.core.messages.commands import CancelTimer, StartTimer
from gateway.core.model.world import World
from gateway.core.values.timers import TimerKind


def start_timer(world: World, transfer: Transfer, after_s: float) -> None:
    """The longest that the transfer's state may last, in seconds."""
    timer = TimerKind.TRANSFER.of(transfer.id)
    if after_s != SECOND_LOOK_S:
        world.overdue.discard(transfer.id)
    world.out.append(StartTimer(world.next_id(), transfer.home, transfer.call, timer, after_s))


SECOND_LOOK_S = 1.0
"""Time for which a fired timer waits before it counts. A process that was frozen finds its timers fired before it has read what Asterisk
said meanwhile."""


def restart_timer(world: World, transfer: Transfer) -> None:
    """The time of a state that is new. Three parties talk as long as they like, unless the rule releases the seat; an offer, a
    consultation and a leg that we hang up have their time."""
    grace_s = world.settings.transfer_grace_s
    match transfer.state:
        case ThreeParty() if transfer.terms.release_s:
            start_timer(world, transfer, transfer.terms.release_s)
        case ThreeParty():
            timer = TimerKind.TRANSFER.of(transfer.id)
            world.out.append(CancelTimer(world.next_id(), transfer.home, transfer.call, timer))
        case Offered():
            start_timer(world, transfer, transfer.terms.accept_s + grace_s)
        case Consulting():
            start_timer(world, transfer, transfer.terms.decide_s)
        case Cancelling():
            start_timer(world, transfer, grace_s)
        case _:
            pass  # ringing goes on, whoever listens: the time of the rung stands
