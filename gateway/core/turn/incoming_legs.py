"""Legs of the other switchboard as they reach us: whether the context's id that they bring is believed, and the record it names.

An id is refused that is forged (or damaged, or of a site with another key), that has expired, or that has been replayed: it is good,
but on a leg that is not that caller's, or on one that nobody knows. Whatever is refused, the call goes on; the seat that answers reads so.

Where the caller's home is attached to this gateway, too, its record is shown as soon as the leg that brought the id is known there as one
of his: usually it was before the far phone rang. While a switchboard is not heard, it is not known whose leg it is: nothing is shown and
nothing is refused. Where the home is not attached, its platform is asked for the record or pushes it; it may arrive late, the call may
not. The seat whose phone rings reads the record, or after a second that it is on its way, and then the record.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.messages.commands import AttachContext, FetchContext, StartTimer
from gateway.core.messages.dialplan_events import TrunkArrived
from gateway.core.messages.queue_events import QueueAnswered
from gateway.core.messages.records import ContextRow
from gateway.core.messages.redaction import hidden_from
from gateway.core.messages.requests import ContextDoubted, ContextReceived
from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.parts import Arrival
from gateway.core.model.world import World
from gateway.core.turn.notifications import record_text, tell_seat
from gateway.core.turn.seats import seats_around
from gateway.core.values.ids import ChannelUid, ContextId, SeatId, SwitchboardId
from gateway.core.values.texts import ON_ITS_WAY, UNVERIFIED
from gateway.core.values.timers import TimerKind
from gateway.core.values.uui import Signed, decode

LEG_S = 5.0
"""Longest time that the home may take to tell of a leg that has arrived. Both switchboards tell on links of their own: it takes milliseconds, and
seconds where an Asterisk is stuck."""
LATE_S = 1.0
"""After so many seconds of ringing a record is late: nearly all are here sooner, and one message is better than two."""
RECEIVED_MAX = 2000
"""Records of other homes that are kept at hand, the newest: each of an hour's transfers of a large site. All are in the store."""


def trunk_arrived(world: World, board: Board, event: TrunkArrived) -> None:
    """A leg has reached us with an id, or without one."""
    signed = decode(event.uui, world.settings.signing_keys, event.at) if event.uui else Signed()
    adopt_arrival(world, board, event.uid, event.name, event.origin, signed)


def adopt_arrival(world: World, board: Board, uid: ChannelUid, name: str, origin: ChannelUid, signed: Signed) -> None:
    """A leg of the other switchboard's is here; its record is fetched where the home is not attached."""
    problem = signed.problem
    if not origin and not problem and _call_named(world, signed.context) is not None:
        problem = "replayed"
    if problem:
        _refuse(world, board.id, uid, problem)
    if not (origin or problem):
        return
    id_ = ContextId("") if problem else signed.context
    _note(world, Arrival(switchboard=board.id, uid=uid, name=name, origin=origin, context=id_, problem=problem))
    _compare(world, world.arrivals[uid])
    arrival = world.arrivals[uid]
    if not arrival.context or arrival.caller_uid:
        return
    if _call_named(world, id_) is not None:
        _look_again(world, arrival)
    elif world.settings.records_come:
        world.out.append(
            FetchContext(world.next_id(), board.id, call=uid, context=id_, version=signed.version, leg=origin, uid=uid)
        )


def _note(world: World, arrival: Arrival) -> None:
    world.arrivals[arrival.uid] = arrival
    if arrival.origin:
        world.arrival_of[arrival.origin] = arrival


def _look_again(world: World, arrival: Arrival) -> None:
    """The home has not told of this leg yet."""
    timer = TimerKind.LEG.of(arrival.uid)
    world.out.append(StartTimer(world.next_id(), arrival.switchboard, arrival.uid, timer, LEG_S))


# --- whose leg is it? -----------------------------------------------------------------------------------------------------


def _call_named(world: World, id_: ContextId) -> Call | None:
    """The live call of an attached switchboard that an id names. It looks at all of them: asked only while a leg is not known."""
    return next((call for call in world.calls.values() if call.context.id == id_), None) if id_ else None


def compare_id(world: World, origin: ChannelUid) -> None:
    """A good id on another caller's leg has been replayed. Asked when the leg is known at both ends, in either order."""
    if (arrival := world.arrival_of.get(origin)) is not None:
        _compare(world, arrival)


def compare_all(world: World) -> None:
    """A switchboard is heard (again): what arrived meanwhile is compared with it, and what it does not know is looked at once more."""
    for arrival in list(world.arrivals.values()):
        _compare(world, arrival)
        now = world.arrivals[arrival.uid]
        if now.context and not now.caller_uid and _call_named(world, now.context) is not None:
            _look_again(world, now)


def leg_unknown(world: World, uid: ChannelUid) -> None:
    """Time is up for the home to tell of this leg. A switchboard that is not heard tells nothing: then it stays unknown (law 7)."""
    if (arrival := world.arrivals.get(uid)) is None:
        return
    _compare(world, arrival)
    arrival = world.arrivals[uid]
    call = _call_named(world, arrival.context) if not arrival.caller_uid else None
    far = world.boards.get(_sender(world, arrival))
    if call is not None and world.board(call.home).connected and (far is None or far.connected):
        _doubt(world, arrival, "replayed")


def _compare(world: World, arrival: Arrival) -> None:
    """Judge whose leg it is by what is known at this moment: his whom the id names, another's, or nothing yet."""
    if not arrival.context:
        return
    leg = world.legs.get(arrival.origin)
    owner = world.calls.get(leg.caller_uid) if leg is not None else None
    if owner is not None and owner.context.id != arrival.context:
        _doubt(world, arrival, "replayed")
        return
    if arrival.caller_uid:
        return
    call, sender = owner or _call_named(world, arrival.context), _sender(world, arrival)
    if call is None:
        return
    if owner is not None or _is_his(world, call, arrival.origin):
        _believe(world, arrival, call)
    elif sender not in world.boards:  # its legs nobody here sees
        if sender in call.context.organisations:
            _believe(world, arrival, call)
        else:
            _doubt(world, arrival, "replayed")


def _sender(world: World, arrival: Arrival) -> SwitchboardId:
    """The switchboard at the other end of the trunk."""
    return SwitchboardId(world.board(arrival.switchboard).trunk_at(arrival.name))


def _is_his(world: World, call: Call, origin: ChannelUid) -> bool:
    """True where a channel that is no leg of ours is about this caller: a branch of one, or dialled by a seat that has him."""
    for board in world.boards.values():
        channel = board.channels.get(origin)
        if channel is None:
            continue
        if call.uid == channel.caller_uid or world.call_behind(board, origin) is call:
            return True
        dialling = board.channels.get(channel.linkedid)
        if dialling is not None and not dialling.is_trunk:  # many callers share a trunk
            # a line of citizens, which many share too, is beside nobody but whom it has called
            lines = board.of_seat.get(SeatId(dialling.device), set()) - {call.uid}
            beside = {mate.uid for line in lines for mate in board.mates(line)}
            return any(world.call_behind(board, uid) is call for uid in beside)
    return False


def _believe(world: World, arrival: Arrival, call: Call) -> None:
    """The leg is his: whoever waits for the record reads it."""
    _note(world, replace(arrival, caller_uid=call.uid))
    waiting = [seat for seat, state in world.shown.get(arrival.uid, {}).items() if state != "shown"]
    for seat in sorted(waiting):
        _show(world, arrival, seat, call.context)


def context_doubted(world: World, event: ContextDoubted) -> None:
    """The home does not know this leg as one of that caller's."""
    arrival = world.arrivals.get(event.uid)
    if arrival is not None and arrival.context:
        _doubt(world, arrival, event.why)


def _doubt(world: World, arrival: Arrival, why: str) -> None:
    """It is not believed any more: the call goes on without the id, and who was told to wait for a record reads why none comes."""
    _note(world, replace(arrival, context=ContextId(""), problem=why))
    _refuse(world, arrival.switchboard, arrival.uid, why)
    for seat, state in world.shown.pop(arrival.uid, {}).items():
        if state == "told":
            tell_seat(world, arrival.switchboard, seat, arrival.origin, UNVERIFIED)


def warn_seat(world: World, board: Board, event: QueueAnswered) -> None:
    """The seat that has answered a leg with an id that is not believed reads so."""
    arrival = world.arrivals.get(event.channel)
    if arrival is not None and arrival.problem:
        tell_seat(world, board.id, event.seat, arrival.origin or arrival.uid, UNVERIFIED)


def _refuse(world: World, switchboard: SwitchboardId, uid: ChannelUid, why: str) -> None:
    """The call goes on, the id does not."""
    world.out.append(AttachContext(world.next_id(), switchboard, uid, channel=uid, uui="", why=why))


# --- the record -----------------------------------------------------------------------------------------------------------


def record_of(world: World, arrival: Arrival) -> ContextRow | None:
    """The record that an arrival's id names, as far as it is here: of a caller of an attached switchboard once the leg is known as his."""
    if arrival.caller_uid:
        call = world.calls.get(arrival.caller_uid)
        return call.context if call is not None else None
    return world.received.get(arrival.context)


def seat_rings(world: World, board: Board, channel: Channel) -> None:
    """A seat's phone rings for a leg of the other switchboard: it reads what the caller has said, or that this is on its way."""
    arrival = world.arrivals.get(channel.linkedid)
    if arrival is None or not arrival.context or channel.device not in board.members:
        return
    shown = world.shown.setdefault(arrival.uid, {})
    seat = SeatId(channel.device)
    row = record_of(world, arrival)
    if seat in shown:
        return
    if row is not None:
        _show(world, arrival, seat, row)
        return
    if not world.settings.records_come and _call_named(world, arrival.context) is None:
        return
    shown[seat] = "waits"
    timer = TimerKind.RECORD.of(arrival.uid)
    world.out.append(StartTimer(world.next_id(), arrival.switchboard, arrival.uid, timer, LATE_S))


def record_late(world: World, uid: ChannelUid) -> None:
    """Tell the seats that wait for this arrival's record that it is on its way."""
    arrival = world.arrivals.get(uid)
    for seat, state in world.shown.get(uid, {}).items():
        if arrival is not None and state == "waits":
            world.shown[uid][seat] = "told"
            tell_seat(world, arrival.switchboard, seat, arrival.origin, ON_ITS_WAY)


def _show(world: World, arrival: Arrival, seat: SeatId, row: ContextRow) -> None:
    """A record in which nobody has written yet is shown to whoever was told to wait for it."""
    shown = world.shown.setdefault(arrival.uid, {})
    hidden = hidden_from(row, arrival.switchboard, world.rules.sees_confidential(arrival.switchboard))
    whole = world.rules.sees_place(arrival.switchboard)
    waited = shown.get(seat) == "told"
    text = record_text(row, world.rules.catalogue, waited=waited, hidden=hidden, whole=whole)
    shown[seat] = "shown"
    if text:
        tell_seat(world, arrival.switchboard, seat, arrival.origin, text)


def _is_news(known: ContextRow, row: ContextRow) -> bool:
    """A newer version, or the same where it no longer hides what it hid."""
    shows_more = "*" in known.caller_number and "*" not in row.caller_number
    return row.home == known.home and (row.version > known.version or (row.version == known.version and shows_more))


def context_received(world: World, event: ContextReceived) -> None:
    """A record of another home has come, by fetch or push; an older version than we have is passed over."""
    row = event.row
    known = world.received.get(row.id)
    if row.home in world.boards or (known is not None and not _is_news(known, row)):
        return
    world.received.pop(row.id, None)
    world.received[row.id] = row  # the newest last
    while len(world.received) > RECEIVED_MAX:
        del world.received[next(iter(world.received))]
    world.out.append(row)
    for arrival in [one for one in world.arrivals.values() if one.context == row.id]:
        shown = world.shown.get(arrival.uid, {})
        waiting = {seat for seat, state in shown.items() if state != "shown"}
        if known is None:  # a gateway that has just started does not know whom the one before it told to wait
            around = seats_around(world, world.board(arrival.switchboard), arrival.uid)
            waiting |= {seat for board, seat in around if board.id == arrival.switchboard and seat not in shown}
        for seat in sorted(waiting):
            _show(world, arrival, seat, row)
