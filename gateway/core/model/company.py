"""The company a caller is in: which seat has him, at home or behind a trunk leg or a Local channel."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.messages.requests import TransferAsked
from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.values.ids import ChannelUid, SeatId, SwitchboardId


@dataclass(frozen=True, slots=True)
class Transferer:
    """The seat that has the caller: a seat at home, or a seat behind a trunk leg. All empty where nobody has."""

    switchboard: SwitchboardId
    seat: SeatId = SeatId("")
    channel: ChannelUid = ChannelUid("")
    leg: ChannelUid = ChannelUid("")
    far_caller: str = ""


def seat_of(channel_name: str) -> str:
    """``PJSIP/1001-0000002a`` -> ``1001``; empty for other technologies."""
    return channel_name[6:].rpartition("-")[0] if channel_name.startswith("PJSIP/") else ""


def who_has(world: World, call: Call, beside: ChannelUid = ChannelUid("")) -> Transferer:  # noqa: B008 - a plain string
    """Parties of the caller's bridge, ``beside`` apart: the first of them is taken for the transferer."""
    board = world.board(call.home)
    mates = [mate for mate in board.mates(call.uid) if mate.uid not in (call.uid, beside)]
    presser = min(mates, key=lambda mate: (mate.uid in world.legs, mate.created_at), default=None)
    if presser is None:
        return Transferer(call.home)
    return behind(world, board, presser) or Transferer(call.home, SeatId(presser.device), presser.uid)


def behind(world: World, board: Board, channel: Channel) -> Transferer | None:
    """The seat that a channel of a home bridge is, or that talks through it: a member of a queue, or one behind a trunk leg or a Local
    channel. A leg of which no more is known stands for itself; None for a channel that is neither seat nor leg."""
    if channel.device in board.members:
        return Transferer(board.id, SeatId(channel.device), channel.uid)
    if (arrival := world.arrival_of.get(channel.uid)) is not None:
        seat = _seat_with(world.board(arrival.switchboard), arrival.uid)
        name, uid = (SeatId(seat.device), seat.uid) if seat is not None else (SeatId(""), channel.uid)
        return Transferer(arrival.switchboard, name, uid, channel.uid, arrival.name)
    if (twin := board.twin(channel)) is not None:
        for mate in board.mates(twin.uid):
            if mate.uid != twin.uid and (found := behind(world, board, mate)) is not None:
                return found
    return Transferer(board.id, SeatId(""), channel.uid, channel.uid) if channel.uid in world.legs else None


def _seat_with(board: Board, uid: ChannelUid) -> Channel | None:
    """The seat in one bridge with a channel."""
    return next((mate for mate in board.mates(uid) if mate.device in board.members), None)


def asker(world: World, call: Call, event: TransferAsked) -> Transferer | None:
    """The seat that asks over HTTP, where it names itself, or its channel, and is in this call; it need not be the first of those who are."""
    board = world.board(event.switchboard)
    uids = [event.channel] if event.channel else sorted(board.of_seat.get(event.seat, ()))
    for uid in uids:
        channel = board.channels.get(uid)
        if channel is None or channel.device not in board.members or world.call_behind(board, uid) is not call:
            continue
        seat = SeatId(channel.device)
        if board.id == call.home:
            return Transferer(board.id, seat, uid)
        for mate in board.mates(uid):
            if (arrival := world.arrivals.get(mate.uid)) is not None:
                return Transferer(board.id, seat, uid, arrival.origin, arrival.name)
    return None
