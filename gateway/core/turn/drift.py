"""Drift: a switchboard that has been attached all the time is looked at now and then, and nothing may contradict us.

A snapshot is ahead of some events and behind others. So ``CheckBegan`` comes before it is asked for and ``Checked`` a moment
after it has come, and whatever an event has touched in between is not compared: it has changed, and its event is known.
What differs then is an event that was lost or misread. The model and the seats are set right; transfers are never told,
because a snapshot that is not the first says nothing of how a thing came about. Their own timers, or the next ``Resynced``,
end them.
"""

from __future__ import annotations

from dataclasses import replace

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
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import Checked, LinkLost, Resynced
from gateway.core.messages.queue_events import DeviceChanged, MemberChanged, MemberRemoved
from gateway.core.messages.snapshots import ChannelSeen
from gateway.core.model.board import Board, Member, channel_of
from gateway.core.model.world import World
from gateway.core.turn.seats import review, seats_around
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId, SwitchboardId

Seats = set[tuple[SwitchboardId, SeatId]]


def check_began(board: Board) -> None:
    """From here on it is noted what events touch."""
    board.touched = set() if board.connected else None


def note(board: Board, event: AnyEvent) -> None:
    """Note that the subject of this event has changed while a check runs."""
    if board.touched is None:
        return
    match event:
        case LinkLost() | Resynced():
            board.touched = None  # the check is void: what comes of it is about a connection that is gone
        case MemberChanged() | MemberRemoved() | DeviceChanged():
            board.touched.add(event.seat)
        case ChannelCreated() | ChannelStateChanged() | ChannelRenamed() | ChannelHungUp():
            board.touched.add(event.uid)
        case BridgeEntered() | BridgeLeft() | HoldStarted() | HoldEnded():
            board.touched.add(event.uid)
        case _:
            pass


def checked(world: World, event: Checked) -> None:
    """Compare, count each seat that contradicts, and set it right with why ``drift``."""
    board = world.board(event.switchboard)
    touched, board.touched = board.touched, None
    if touched is None or not board.connected:
        return
    at = max(event.at, board.seen_at)  # later than every row that has been written
    board.checked_at = at
    wrong, learned = _members(board, event, touched)
    wrong |= _channels(world, board, event, touched)
    board.drift += len(wrong)
    for where, seat in sorted(wrong):
        review(world, world.board(where), seat, at, "drift")
    for seat in sorted(learned):
        review(world, board, seat, at, "snapshot")


def _members(board: Board, event: Checked, touched: set[str]) -> tuple[Seats, set[SeatId]]:
    """Differences of queues, pauses and reachable phones: seats that contradict, and seats whose phone is known now.

    Who is in no queue is listed nowhere: a seat that logged out during its call agrees with that.
    """
    board.phones.update({phone.seat: phone.device for phone in event.phones if phone.seat not in touched})
    seen: dict[SeatId, Member] = {}
    for word in event.members:
        seen.setdefault(word.seat, Member(board.phones.get(word.seat))).take(word)
    wrong: Seats = set()
    learned: set[SeatId] = set()
    for seat in (set(seen) | set(board.members)) - touched:
        there, known = seen.get(seat), board.members.get(seat)
        if known is not None and (known.leaving if there is None else _facts(there) == _facts(known)):
            continue
        if there is not None and known is not None and known.device is None and _listed(there) == _listed(known):
            learned.add(seat)
        else:
            wrong.add((board.id, seat))
        board.members[seat] = Member() if there is None else there
    return wrong, learned


def _listed(member: Member) -> tuple[set[str], set[str], bool]:
    """Queues and pauses of a member, apart from its phone."""
    return member.queues, set(member.paused), member.route is DeviceState.UNAVAILABLE


def _facts(member: Member) -> tuple[set[str], set[str], DeviceState | None]:
    """Facts that decide a seat's state. Of a phone that can be reached the channels say more than the device state, which lags."""
    return member.queues, set(member.paused), member.reach


def _channels(world: World, board: Board, event: Checked, touched: set[str]) -> Seats:
    """Compare the channels, their states and bridges. Returns the seats whose own channels, or company, were wrong."""
    seen = {channel.uid: channel for channel in event.channels}
    gone = [uid for uid in board.channels if uid not in seen and uid not in touched]
    differ = [there for there in event.channels if there.uid not in touched and _differs(board, there)]
    around: Seats = set()
    for uid in (*gone, *(there.uid for there in differ)):
        around |= _around(world, board, uid)
    before = {key: world.parties_of_seat(*key) for key in around}
    own = {SeatId(board.channels[uid].device) for uid in gone}
    for uid in gone:
        board.remove(uid)
    for there in differ:
        known = board.channels.get(there.uid)
        held = known.held if known is not None and there.held is None else there.held
        board.remove(there.uid)
        board.add(channel_of(replace(there, held=held)))
        if there.bridge:
            board.enter(there.uid, there.bridge)
        own.add(SeatId(board.channels[there.uid].device))
        for key in _around(world, board, there.uid):
            before.setdefault(key, ())
    wrong: Seats = {(board.id, seat) for seat in own if seat in board.members}
    return wrong | {key for key, parties in before.items() if world.parties_of_seat(*key) != parties}


def _differs(board: Board, there: ChannelSeen) -> bool:
    known = board.channels.get(there.uid)
    if known is None or (known.name, known.state, known.bridge) != (there.name, there.state, there.bridge):
        return True
    return there.held is not None and there.held is not known.held


def _around(world: World, board: Board, uid: ChannelUid) -> Seats:
    return {(where.id, seat) for where, seat in seats_around(world, board, uid)}
