"""Transfers: facts go in, the machine decides, its deeds become commands, every change becomes a record."""

from __future__ import annotations

from typing import assert_never

from gateway.core.machines.inputs import (
    Effect,
    HangUp,
    HeldBack,
    Input,
    LegBegan,
    ReleaseTransferer,
    RingNext,
    Settle,
    TargetRang,
    TimeUp,
    TransfereeHungUp,
)
from gateway.core.machines.inputs import ReleaseSeat as ReleaseSeatDeed
from gateway.core.machines.transfer import (
    Cancelling,
    Consulting,
    Ended,
    ThreeParty,
    Transfer,
    step,
)
from gateway.core.messages.commands import CancelTimer, HangUpLeg
from gateway.core.model import call as calls
from gateway.core.model.world import World
from gateway.core.turn.callbacks import ask_for_callback
from gateway.core.turn.credited import credit
from gateway.core.turn.followed import past_the_marked
from gateway.core.turn.ladder import held_back, past_the_unreachable
from gateway.core.turn.notifications import say, tell_outcome
from gateway.core.turn.seats import review, seats_around
from gateway.core.turn.transfer_commands import record, release_seat, ring, settle, take
from gateway.core.turn.transfer_timers import SECOND_LOOK_S, restart_timer, start_timer
from gateway.core.values.ids import PressId
from gateway.core.values.timers import TimerKind

ANSWERED_ELSEWHERE = 26
"""Q.850 cause of a leg that goes so that its caller comes back to a person: the dialplan takes only a cause of 16 for the
goodbye of somebody who has finished."""


def advance(world: World, press: PressId | None, fact: Input, at: float) -> None:
    """One fact about one transfer."""
    transfer = world.transfers.get(press) if press else None
    if transfer is None:
        return
    after, deeds = step(transfer, fact, at)
    if after is transfer and not deeds:
        return
    kept = False
    if any(isinstance(deed, RingNext) for deed in deeds):
        if after.by == "gateway":
            after = past_the_unreachable(world, after, at)
            kept = held_back(world, after)
        else:
            after = past_the_marked(after, at)
    # In force before its effects: these read it, and the commands that they give may be answered in the next turn.
    world.transfers[after.id] = after
    if isinstance(fact, LegBegan) and after.far_caller and after.by == "gateway":
        # Only now is it sure that we ring: said earlier, a request that home never got would leave the key without anybody.
        take(world, after, settled=False)
    if isinstance(fact, TargetRang) and after.running:
        say(world, after, "ringing")  # not sooner: the milliseconds before belong to the ringing
    for deed in deeds:
        if not (kept and isinstance(deed, RingNext)):
            _perform(world, after, deed, at)
    if after == transfer:
        return
    record(world, after)
    if isinstance(fact, TransfereeHungUp) and isinstance(after.state, Cancelling | Ended):
        ask_for_callback(world, after, at)
    if type(after.state) is not type(transfer.state):
        if isinstance(after.state, Ended):
            _end(world, after, at)
        else:
            restart_timer(world, after)
        if isinstance(transfer.state, Consulting) or isinstance(after.state, Consulting):
            _review_parties(world, after, at)
    # Last, when this step is written down: it is a step of its own, with a line of its own in the history.
    if kept:
        advance(world, press, HeldBack(), at)


def _review_parties(world: World, transfer: Transfer, at: float) -> None:
    """A consultation has begun or is decided: for its seats that is another state, though no channel has moved."""
    for board, seat in seats_around(world, world.board(transfer.home), transfer.caller_uid):
        review(world, board, seat, at, "consultation")


def _perform(world: World, transfer: Transfer, deed: Effect, at: float) -> None:
    match deed:
        case RingNext() if transfer.by == "dialplan":  # it climbs its ladder itself
            start_timer(world, transfer, transfer.rung.ring_s + world.settings.transfer_grace_s)
            _offer_context(world, transfer, at)
        case RingNext():
            ring(world, transfer)
            _offer_context(world, transfer, at)
        case HangUp(leg, back):
            cause = ANSWERED_ELSEWHERE if back else 16
            world.out.append(HangUpLeg(world.next_id(), transfer.home, transfer.call, leg, cause))
        case ReleaseSeatDeed() if transfer.planned and transfer.terms.mode in ("blind", "silent"):
            pass  # the dialplan lets the seat go (onekey-release)
        case ReleaseSeatDeed():
            release_seat(world, transfer, returns=deed.returns)
        case ReleaseTransferer():
            if transfer.transferer_leg in world.legs:
                leg = transfer.transferer_leg
                world.out.append(HangUpLeg(world.next_id(), transfer.home, transfer.call, leg))
        case Settle():
            settle(world, transfer)
        case _:
            assert_never(deed)


def _offer_context(world: World, transfer: Transfer, at: float) -> None:
    """Those whom the next rung rings may see the matter."""
    call = world.calls.get(transfer.caller_uid)
    if call is not None:
        after = calls.offered_to(call.context, transfer.rung.targets, at)
        if after is not call.context:
            call.context = after
            world.out.append(after)


def _end(world: World, transfer: Transfer, at: float) -> None:
    world.overdue.discard(transfer.id)
    world.out.append(CancelTimer(world.next_id(), transfer.home, transfer.call, TimerKind.TRANSFER.of(transfer.id)))
    for uid in (transfer.transferer_channel, transfer.transferer_leg):
        if transfer.id in (presses := world.transferers.get(uid, [])):
            presses.remove(transfer.id)
    call = world.calls.get(transfer.caller_uid)
    if call is None:
        del world.transfers[transfer.id]  # the caller has left before: nobody will ask again
    elif call.transfer == transfer.id:
        # Where three talked when a further party was called in, that transfer is still under way.
        others = (other.id for other in world.transfers.of_caller(call.uid) if other.running)
        call.transfer = next(others, None)
    assert isinstance(transfer.state, Ended)
    if call is not None:
        credit(world, transfer, call, at)
    tell_outcome(world, transfer)


def time_up(world: World, press: PressId, at: float) -> None:
    """A transfer's timer has fired. It counts the second time, and not while Asterisk still has the leg, or cannot be heard:
    then the leg's own end will tell."""
    transfer = world.transfers.get(press)
    if transfer is None or not transfer.running:
        return
    if press not in world.overdue:
        world.overdue.add(press)
        start_timer(world, transfer, SECOND_LOOK_S)
        return
    world.overdue.discard(press)
    board = world.board(transfer.home)
    waits_for_leg = not isinstance(transfer.state, ThreeParty | Consulting | Cancelling)
    if waits_for_leg and (transfer.leg in board.channels or not board.connected):
        start_timer(world, transfer, world.settings.transfer_grace_s)
        return
    advance(world, press, TimeUp(), at)
