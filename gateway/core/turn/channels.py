"""Channels and bridges: a leg rings, somebody joins, leaves or hangs up."""

from __future__ import annotations

from gateway.core.machines.inputs import (
    TargetAnswered,
    TargetHungUp,
    TargetRang,
    TransfereeHungUp,
    TransfererHungUp,
)
from gateway.core.messages.channel_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    HoldEnded,
    HoldStarted,
)
from gateway.core.model.board import Board, Channel
from gateway.core.model.world import World
from gateway.core.turn import hold_music, media_watch, queue_waits
from gateway.core.turn.incoming_legs import (
    compare_id,
    seat_rings,
)
from gateway.core.turn.resync import (
    end_call,
    forget,
)
from gateway.core.turn.seats import (
    review,
    seats_around,
)
from gateway.core.turn.transfers import advance
from gateway.core.values.ids import ChannelState, ChannelUid


def channel_changed(
    world: World, board: Board, event: ChannelCreated | ChannelStateChanged | ChannelRenamed | ChannelHungUp
) -> None:
    """A channel is there, changes, or is gone."""
    match event:
        case ChannelCreated():
            channel = Channel(
                uid=event.uid,
                name=event.name,
                state=event.state,
                caller_number=event.caller_number,
                caller_name=event.caller_name,
                linkedid=event.linkedid,
                created_at=event.at,
            )
            board.add(channel)
            compare_id(world, event.uid)
            _review(world, board, event.uid, event.at, "channel_created")
        case ChannelStateChanged():
            known = board.channels.get(event.uid)
            if known is None:
                return
            known.state = event.state
            if (leg := world.legs.get(event.uid)) is not None and event.state is ChannelState.RINGING:
                advance(world, leg.press, TargetRang(), event.at)
            if event.state is ChannelState.RINGING and known.linkedid in world.arrivals:
                seat_rings(world, board, known)
            _review(world, board, event.uid, event.at, f"channel_{event.state}")
        case ChannelRenamed():
            board.rename(event.uid, event.name)
            if (call := world.calls.get(event.uid)) is not None:
                call.name = event.name
        case ChannelHungUp():
            _hung_up(world, board, event)


def _hung_up(world: World, board: Board, event: ChannelHungUp) -> None:
    uid, at = event.uid, event.at
    around = seats_around(world, board, uid)
    queue_waits.hung_up(world, board, event)
    board.remove(uid)
    if (leg := world.legs.get(uid)) is not None:
        transfer = world.transfers.get(leg.press)
        if transfer is not None and transfer.leg == uid:
            advance(world, leg.press, TargetHungUp(event.cause), at)
    for press in list(world.transferers.get(uid, ())):
        advance(world, press, TransfererHungUp(), at)
    if (call := world.calls.get(uid)) is not None:
        for transfer in world.transfers.of_caller(uid):
            if transfer.running:
                advance(world, transfer.id, TransfereeHungUp(), at)
    for seat_board, seat in around:
        review(world, seat_board, seat, at, "hung_up")
    if call is not None:
        end_call(world, call, at)
    forget(world, uid)


def bridge_changed(world: World, board: Board, event: BridgeEntered | BridgeLeft | HoldStarted | HoldEnded) -> None:
    """Somebody is together with others, no more, or held."""
    match event:
        case BridgeEntered(uid=uid, bridge=bridge):
            board.enter(uid, bridge)
            _joined(world, board, uid, event.at)
            media_watch.entered(world, board, bridge)
            hold_music.look(world, board, bridge)
            _review(world, board, uid, event.at, "bridged")
        case BridgeLeft(uid=uid, bridge=bridge):
            around = seats_around(world, board, uid)
            board.leave(uid, bridge)
            for seat_board, seat in around:
                review(world, seat_board, seat, event.at, "unbridged")
            media_watch.left(world, board, bridge)
            hold_music.look(world, board, bridge)
        case HoldStarted(uid=uid) | HoldEnded(uid=uid):
            if (channel := board.channels.get(uid)) is not None:
                channel.held, channel.untold = isinstance(event, HoldStarted), False
                hold_music.look(world, board, channel.bridge)
                _review(world, board, uid, event.at, "held" if channel.held else "unheld")


def _joined(world: World, board: Board, uid: ChannelUid, at: float) -> None:
    """Someone has entered a bridge: are a caller and the leg that rings for him together now?"""
    for mate in list(board.mates(uid)):
        leg = world.legs.get(mate.uid)
        if leg is None or not board.together(leg.uid, leg.caller_uid):
            continue
        transfer = world.transfers.get(leg.press)
        if transfer is not None and transfer.leg == leg.uid and not transfer.answered_at:
            advance(world, leg.press, TargetAnswered(), at)


def _review(world: World, board: Board, uid: ChannelUid, at: float, why: str) -> None:
    for seat_board, seat in seats_around(world, board, uid):
        review(world, seat_board, seat, at, why)
