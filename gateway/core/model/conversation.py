"""Parties of a caller's conversation, and those who are only rung for him: what a seat or a switchboard may do in a call hangs on it.

A phone that rings belongs to the call, as does a leg that was answered and has not been accepted; neither of them talks with the caller.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.values.ids import ChannelUid, PressId, SeatId, SwitchboardId

STEPS_MAX = 6
"""Bridges between a seat and the caller: the seat's, a Local channel's, the trunk's, home's. A seventh would be a circle."""


def talks(world: World, call: Call, board: Board, uid: ChannelUid, steps: int = STEPS_MAX) -> bool:
    """True where a channel is in the conversation with the caller: bridged with him, also through a trunk or a Local channel."""
    channel = board.channels.get(uid)
    if channel is None or not channel.bridge or not steps:
        return False
    mates = board.bridges[channel.bridge]
    if board.id == call.home and call.uid in mates:
        return True
    for mate in (board.channels[other] for other in mates if other != uid):
        arrival = world.arrivals.get(mate.uid)
        if arrival is not None and arrival.switchboard == board.id and board.id != call.home:
            if talks(world, call, world.board(call.home), arrival.origin, steps - 1):
                return True
        elif (twin := board.twin(mate)) is not None and talks(world, call, board, twin.uid, steps - 1):
            return True
    return False


def calls_with(world: World, switchboard: SwitchboardId, seat: SeatId) -> Iterator[Call]:
    """The calls whose caller a seat talks with, oldest channel first."""
    board = world.board(switchboard)
    for uid in sorted(board.of_seat.get(seat, ())):
        call = world.call_behind(board, uid)
        if call is not None and talks(world, call, board, uid):
            yield call


def calls_of(world: World, switchboard: SwitchboardId, seat: SeatId) -> Iterator[Call]:
    """The calls that a seat has anything to do with: those it talks in, and those that its phone rings for."""
    board = world.board(switchboard)
    for uid in sorted(board.of_seat.get(seat, ())):
        if (call := world.call_behind(board, uid)) is not None:
            yield call


def is_offered(world: World, switchboard: SwitchboardId, seat: SeatId, press: PressId) -> bool:
    """True where one of a seat's channels is at the end of a leg of this transfer."""
    board = world.board(switchboard)
    return any(_leg_press(world, board, uid) == press for uid in board.of_seat.get(seat, ()))


def _leg_press(world: World, board: Board, uid: ChannelUid) -> PressId | None:
    """The transfer whose target leg a channel stands behind."""
    for _ in range(STEPS_MAX):
        if (leg := world.legs.get(uid)) is not None:
            return leg.press
        if (arrival := world.arrivals.get(uid)) is not None:
            uid = arrival.origin
            continue
        channel = board.channels.get(uid)
        if channel is None:
            return None
        twin = board.twin(channel)
        following = twin.uid if twin is not None and twin.uid in world.legs else channel.linkedid
        if following == uid:
            return None
        uid = following
    return None


def leads_to(channel: Channel, switchboard: str) -> bool:
    """True where a channel is a trunk to this switchboard, or that organisation's own phone."""
    return switchboard in (channel.device, channel.trunk)


def is_party(world: World, call: Call, switchboard: SwitchboardId) -> bool:
    """True where a switchboard has somebody in the caller's conversation, or is his home."""
    if switchboard == call.home:
        return True
    home = world.board(call.home)
    caller = home.channels.get(call.uid)
    bridges, seen = [caller.bridge] if caller is not None and caller.bridge else [], set[str]()
    while bridges:
        bridge = bridges.pop()
        seen.add(bridge)
        for mate in (home.channels[uid] for uid in home.bridges.get(bridge, ())):
            if leads_to(mate, switchboard):
                return True
            twin = home.twin(mate)
            if twin is not None and twin.bridge and twin.bridge not in seen:
                bridges.append(twin.bridge)
    return False
