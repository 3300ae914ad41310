"""Seats: after each event, the seats that it may concern are derived anew, and each change becomes one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.core.machines.seat import AT_REST, HANDLING, Line, SeatFacts, derive
from gateway.core.machines.transfer import Consulting
from gateway.core.messages.commands import CancelTimer, LogSeat, PauseSeat, StartTimer
from gateway.core.messages.queue_events import QueueAnswered
from gateway.core.messages.records import SeatRow
from gateway.core.messages.requests import SeatAsked
from gateway.core.model.board import Board, Channel
from gateway.core.model.parts import SeatStatus
from gateway.core.model.world import World
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId, SeatState, SwitchboardId
from gateway.core.values.timers import TimerKind

AGE_S = 1.0
"""A snapshot gives the ages of channels in whole seconds, rounded down: a channel is up to so much older than it says."""


def seats_around(world: World, board: Board, uid: ChannelUid) -> list[tuple[Board, SeatId]]:
    """The seats whose state this channel can change: in its bridge, and behind trunk legs and Local halves there."""
    channel = board.channels.get(uid)
    if channel is None:
        return []
    if not channel.bridge and channel.device in board.members:  # a phone that rings, or has left: nothing is beyond it
        return [(board, SeatId(channel.device))]
    found: dict[tuple[str, str], tuple[Board, SeatId]] = {}
    for mate in board.mates(uid) if channel.bridge else (channel,):
        if mate.device in board.members:
            found[(board.id, mate.device)] = (board, SeatId(mate.device))
        elif (arrival := world.arrival_of.get(mate.uid)) is not None:
            _behind(world, found, world.board(arrival.switchboard), arrival.uid)
        elif (twin := board.twin(mate)) is not None:
            _behind(world, found, board, twin.uid)
    return list(found.values())


def _behind(world: World, found: dict[tuple[str, str], tuple[Board, SeatId]], board: Board, uid: ChannelUid) -> None:
    """The seats in the bridge of a trunk leg's other end, or of a Local channel's other half, and behind a trunk there."""
    for there in board.mates(uid):
        if there.device in board.members:
            found[(board.id, there.device)] = (board, SeatId(there.device))
        elif (arrival := world.arrival_of.get(there.uid)) is not None:
            _behind(world, found, world.board(arrival.switchboard), arrival.uid)


def review(world: World, board: Board, seat: SeatId, at: float, why: str) -> None:
    """Derive one seat's state; write a row if it has changed, or if it is in another call now. One that is leaving goes with its last
    channel."""
    member = board.members.get(seat)
    if member is None or _put_off(world, board, seat):
        return
    status = world.seats.get((board.id, seat))
    if status is None:
        status = world.seats[(board.id, seat)] = SeatStatus(state=SeatState.UNKNOWN, since=at)
        world.counted(board.id, None, SeatState.UNKNOWN)
    uids = board.of_seat.get(seat, ())
    if member.leaving and not uids:
        del board.members[seat]
        forget_seat(world, board, seat, at, "drift" if why == "drift" else "logged_out")
        return
    lines = [_line(world, board, board.channels[uid]) for uid in uids]
    device = member.reach or DeviceState.NOT_IN_USE
    state = derive(SeatFacts(board.connected, device, member.is_paused, status.wrapping_up, lines))
    if state in HANDLING:
        _handles(world, board, seat, status, why)
    elif (
        state is not SeatState.RINGING
        and board.connected
        and status.queue != ""
        and not (state is SeatState.UNKNOWN and uids)
    ):
        state = _call_over(world, board, seat, status, state, why)
    if state is SeatState.PAUSED:
        why = member.reason or why
    if (
        state is status.state
        and state not in HANDLING
        and (state is not SeatState.PAUSED or not member.reason or why == status.why)
    ):
        return
    call = status.given if state is SeatState.WRAP_UP else next(filter(None, _calls(world, board, uids)), "")
    if state is status.state and state in HANDLING and call in ("", status.call):
        return
    _become(world, board, seat=seat, status=status, state=state, at=at, why=why, call=call)


def _become(
    world: World, board: Board, seat: SeatId, status: SeatStatus, state: SeatState, at: float, why: str, call: str
) -> None:
    """One change: its row, what of it the load is counted from, and the state now."""
    at = max(at, status.since)  # each switchboard has its own clock
    world.out.append(
        SeatRow(
            at=at,
            switchboard=board.id,
            seat=seat,
            before=status.state,
            after=state,
            why=why,
            call=call,
            since=status.since,
        )
    )
    handled_s = at - status.since if status.state in HANDLING or status.state is SeatState.WRAP_UP else 0.0
    # Out of the unknown: when that call began, or whether it is the one from before, nobody has seen.
    begins = state in HANDLING and status.state not in HANDLING and status.state is not SeatState.UNKNOWN
    if handled_s or begins:
        world.flow(board.id).add(at, handled_s=handled_s, calls=int(begins))
    world.counted(board.id, status.state, state)
    status.state, status.since, status.call, status.why = state, at, call, why


def _put_off(world: World, board: Board, seat: SeatId) -> bool:
    """Put off an event that is told again: it goes back before the snapshot and comes up to it; of the steps between nothing is written."""
    if world.retold is None:
        return False
    world.retold.put_off.add((board.id, seat))
    return True


def _calls(world: World, board: Board, uids: Iterable[ChannelUid]) -> Iterator[str]:
    """The call on each line, in the order of their ids; empty where none is known."""
    for uid in sorted(uids):
        call = world.call_behind(board, uid)
        yield call.uid if call is not None else ""


def _line(world: World, board: Board, channel: Channel) -> Line:
    parties = world.parties(board, channel)
    return Line(channel.state, parties, channel.held, parties >= 3 and _consults(world, board, channel.uid))


def _consults(world: World, board: Board, uid: ChannelUid) -> bool:
    call = world.call_behind(board, uid)
    transfer = world.transfers.get(call.transfer) if call is not None and call.transfer else None
    return transfer is not None and isinstance(transfer.state, Consulting)


# --- wrap-up ----------------------------------------------------------------------------------------------------------------
# Of a call that a queue gave, and of no other: a call out, or between seats, has none. It begins when the seat comes to rest: a
# second line that rings puts it off, and so does what that line becomes; of several calls in a row the last one's queue says how
# long. One that has begun goes on while the phone rings, and ends with the next call.


def given_by(world: World, board: Board, event: QueueAnswered) -> None:
    """A queue has given a seat a call: its wrap-up will be this queue's."""
    status = world.seats.get((board.id, event.seat))
    if status is not None and event.seat in board.of_seat:  # a word that comes after the call's end begins nothing
        status.queue, status.given = event.queue, next(_calls(world, board, (event.channel,)))


def _handles(world: World, board: Board, seat: SeatId, status: SeatStatus, why: str) -> None:
    """A seat is in a call. One that a snapshot shows is the one that it had, or another: then nobody saw whether a queue gave it."""
    if status.wrapping_up:
        _end_wrap_up(world, board, seat, status)
    watched = status.state in HANDLING and (why == "drift" or status.queue != "")
    if why in ("snapshot", "drift") and not watched:
        uids = board.of_seat[seat]
        calls = list(_calls(world, board, uids))
        if status.queue == "" or status.given not in calls:
            came = any(_came(board, board.channels[uid]) for uid in uids)
            status.queue, status.given = (None, next(filter(None, calls), "")) if came else ("", "")


def _came(board: Board, channel: Channel) -> bool:
    """True where a seat's call began elsewhere than at a seat: then a queue may have given it."""
    first = board.channels.get(channel.linkedid)
    return first is None or first.device not in board.members


def _call_over(world: World, board: Board, seat: SeatId, status: SeatStatus, state: SeatState, why: str) -> SeatState:
    """A call that a queue gave is over. The seat's state: after-call work as long as that queue says, whose timer starts.

    Where nobody saw which queue it was: the longest of the seat's queues. Where nobody saw the call's end, or no phone is left, none.
    """
    queues = board.members[seat].queues if status.queue is None else {status.queue}
    status.queue = ""
    wrap_up_s = max((world.settings.wrap_up_s.get(queue, 0.0) for queue in queues), default=0.0)
    if wrap_up_s <= 0 or state not in AT_REST or why == "snapshot":
        return state
    status.wrapping_up = True
    timer = f"{TimerKind.WRAP_UP}:{board.id}:{seat}"
    world.out.append(StartTimer(world.next_id(), board.id, status.given, timer, wrap_up_s))
    return SeatState.WRAP_UP


def _end_wrap_up(world: World, board: Board, seat: SeatId, status: SeatStatus) -> None:
    status.wrapping_up = False
    world.out.append(CancelTimer(world.next_id(), board.id, status.given, f"{TimerKind.WRAP_UP}:{board.id}:{seat}"))


def wrap_up_over(world: World, subject: str, at: float) -> None:
    """The timer of a wrap-up has fired."""
    switchboard, seat = subject.split(":", 1)
    board_id, seat_id = SwitchboardId(switchboard), SeatId(seat)
    status = world.seats.get((board_id, seat_id))
    if status is not None and status.wrapping_up:
        status.wrapping_up = False
        review(world, world.board(board_id), seat_id, at, "wrap_up_over")


def end_wrap_up(world: World, board: Board, seat: SeatId, at: float) -> None:
    """The seat says that it is ready before its time is over; one that does not wrap up says nothing new."""
    status = world.seats.get((board.id, seat))
    if status is not None and status.wrapping_up:
        _end_wrap_up(world, board, seat, status)
        review(world, board, seat, at, "wrap_up_ended")


# --- who is a seat ----------------------------------------------------------------------------------------------------------


def review_all(world: World, board: Board, at: float, why: str) -> None:
    """Derive every seat of a switchboard anew: after a snapshot, and when the link is lost.

    A snapshot does not list a seat that has logged out during its call; that it is still in it its channels say.
    """
    for board_id, seat in list(world.seats):
        if board_id != board.id or seat in board.members:
            continue
        if _in_its_call(board, seat, world.seats[(board_id, seat)]):
            board.member(seat)
        else:
            forget_seat(world, board, seat, at)
    for seat in sorted(board.members):
        review(world, board, seat, at, why)


def _in_its_call(board: Board, seat: SeatId, status: SeatStatus) -> bool:
    """True where a seat that no queue lists has a channel from before its last change. A later one is no seat's any more."""
    uids = () if status.state is SeatState.OFFLINE else board.of_seat.get(seat, ())
    return any(board.channels[uid].created_at <= status.since + AGE_S for uid in uids)


def review_behind_trunks(world: World, board: Board, at: float, why: str) -> None:
    """Derive the seats of other switchboards anew to which this one's legs have come: its bridges tell with how many they talk."""
    found: dict[tuple[str, str], tuple[Board, SeatId]] = {}
    for arrival in world.arrival_of.values():
        if arrival.switchboard != board.id:
            _behind(world, found, world.board(arrival.switchboard), arrival.uid)
    for far, seat in found.values():
        review(world, far, seat, at, why)


def forget_seat(world: World, board: Board, seat: SeatId, at: float, why: str = "logged_out") -> None:
    """A seat is no member of any queue any more: it is offline for the queues. It is kept, so that its return ends that time."""
    status = world.seats[(board.id, seat)]
    if _put_off(world, board, seat):
        return
    if status.wrapping_up:
        _end_wrap_up(world, board, seat, status)
    if status.state is not SeatState.OFFLINE:
        _become(world, board, seat=seat, status=status, state=SeatState.OFFLINE, at=at, why=why, call="")
    status.queue = ""


def log_out(world: World, board: Board, seat: SeatId, queue: str, at: float) -> None:
    """A seat has left a queue. Out of the last one it is offline, but not before its call has ended."""
    member = board.members.get(seat)
    if member is not None:
        member.leave(queue)
        review(world, board, seat, at, "member_changed")


# --- what people ask for ----------------------------------------------------------------------------------------------------


def seat_asked(world: World, event: SeatAsked) -> None:
    """A seat's presence, by console or program. What comes of it is an event of Asterisk's own, and then a row. Each queue has an
    order of its own: one that is refused keeps no other from being carried out."""
    board, of_seat = world.board(event.switchboard), f"seat:{event.switchboard}:{event.seat}"  # in the order of asking
    match event.action:
        case "pause" | "unpause":
            paused = event.action == "pause"
            for queue in event.queues or ("",):
                order = PauseSeat(
                    world.next_id(),
                    board.id,
                    call=of_seat,
                    seat=event.seat,
                    paused=paused,
                    reason=event.reason,
                    queue=queue,
                )
                world.out.append(order)
        case "log_in" | "log_out":
            member = board.members.get(event.seat)
            for queue in event.queues or (sorted(member.queues) if member is not None else ()):
                log_in = event.action == "log_in"
                name = world.settings.seat_names.get((board.id, event.seat), "") if log_in else ""
                world.out.append(
                    LogSeat(
                        world.next_id(), board.id, of_seat, seat=event.seat, queue=queue, logged_in=log_in, name=name
                    )
                )
        case "ready":
            end_wrap_up(world, board, event.seat, event.at)
