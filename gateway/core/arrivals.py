"""Legs of the other switchboard as they reach us: whether the context's id that they bring is believed, and the record it names.

An id is refused that is forged (or damaged, or of a site with another key), that has expired, or that has been replayed: it is good,
but belongs to another caller than the leg does. Whatever is refused, the call goes on; the seat that answers reads so.

The record is here at once where the caller's home is attached to this gateway, too. Where it is not, the home's platform is asked for
it or pushes it; it may arrive late, the call may not. The seat whose phone rings reads the record, or after a second that it is on
its way, and then the record.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.attendance import seats_around
from gateway.core.board import Board, Channel
from gateway.core.commands import AttachContext, ContextRow, FetchContext, StartTimer
from gateway.core.events import ContextDoubted, ContextReceived, QueueAnswered, TrunkArrived
from gateway.core.telling import record_text, tell_seat
from gateway.core.terms import ChannelUid, ContextId, SeatId, SwitchboardId
from gateway.core.uui import Signed, decode
from gateway.core.view import hidden_from
from gateway.core.words import ON_ITS_WAY, UNVERIFIED
from gateway.core.world import Arrival, World

RECORD_TIMER = "record"
LATE_S = 1.0
"""After so many seconds of ringing a record is late: nearly all are here sooner, and one message is better than two."""
RECEIVED_MAX = 2000
"""Records of other homes that are kept at hand, the newest: each of an hour's transfers of a large site. All are in the store."""


def trunk_arrived(world: World, board: Board, event: TrunkArrived) -> None:
    """A leg has reached us with an id, or without one."""
    signed = decode(event.uui, world.settings.signing_keys, event.at) if event.uui else Signed()
    if signed.problem:
        _refuse(world, board.id, event.uid, signed.problem)
    if event.origin:
        adopt_arrival(world, board, event.uid, event.name, event.origin, signed)


def adopt_arrival(world: World, board: Board, uid: ChannelUid, name: str, origin: ChannelUid, signed: Signed) -> None:
    """A leg of the other switchboard's is here; its record is fetched where the home is not attached."""
    id_ = ContextId("") if signed.problem else signed.context
    arrival = Arrival(board.id, uid, name, origin, id_, signed.problem)
    world.arrivals[uid] = world.arrival_of[origin] = arrival
    compare_id(world, origin)
    if world.arrivals[uid].context and world.settings.records_come and _home_context(world, arrival) is None:
        world.out.append(FetchContext(world.next_id(), board.id, uid, id_, signed.version, origin, uid))


def compare_id(world: World, origin: ChannelUid) -> None:
    """A good id on another caller's leg has been replayed. Asked when the leg is known at both ends, in either order."""
    arrival, leg = world.arrival_of.get(origin), world.legs.get(origin)
    call = world.calls.get(leg.caller_uid) if leg is not None else None
    if arrival is None or call is None or not arrival.context or arrival.context == call.context.id:
        return
    _disbelieve(world, arrival, "replayed")


def context_doubted(world: World, event: ContextDoubted) -> None:
    """The home does not know this leg as one of that caller's."""
    arrival = world.arrivals.get(event.uid)
    if arrival is None or not arrival.context:
        return
    _disbelieve(world, arrival, event.why)
    for seat, state in world.shown.pop(arrival.uid, {}).items():
        if state == "told":
            tell_seat(world, arrival.switchboard, seat, arrival.origin, UNVERIFIED)


def _disbelieve(world: World, arrival: Arrival, why: str) -> None:
    refused = replace(arrival, context=ContextId(""), problem=why)
    world.arrivals[arrival.uid] = world.arrival_of[arrival.origin] = refused
    _refuse(world, arrival.switchboard, arrival.uid, why)


def warn_seat(world: World, board: Board, event: QueueAnswered) -> None:
    """The seat that has answered a leg with an id that is not believed reads so."""
    arrival = world.arrivals.get(event.channel)
    if arrival is not None and arrival.problem:
        tell_seat(world, board.id, event.seat, arrival.origin, UNVERIFIED)


def _refuse(world: World, switchboard: SwitchboardId, uid: ChannelUid, why: str) -> None:
    """The call goes on, the id does not."""
    world.out.append(AttachContext(world.next_id(), switchboard, uid, uid, "", why))


# --- the record -----------------------------------------------------------------------------------------------------------


def _home_context(world: World, arrival: Arrival) -> ContextRow | None:
    """The record of a caller who lives on an attached switchboard."""
    leg = world.legs.get(arrival.origin)
    if leg is not None:
        call = world.calls.get(leg.caller_uid)
        return call.context if call is not None and call.context.id == arrival.context else None
    # the far end was heard first
    return next((call.context for call in world.calls.values() if call.context.id == arrival.context), None)


def record_of(world: World, arrival: Arrival) -> ContextRow | None:
    """The record that an arrival's id names, as far as it is here."""
    return _home_context(world, arrival) or world.received.get(arrival.context)


def seat_rings(world: World, board: Board, channel: Channel) -> None:
    """A seat's phone rings for a leg of the other switchboard: it reads what the caller has said, or that this is on its way."""
    arrival = world.arrivals.get(channel.linkedid)
    if arrival is None or not arrival.context or channel.device not in board.members:
        return
    shown = world.shown.setdefault(arrival.uid, {})
    seat = SeatId(channel.device)
    row = record_of(world, arrival)
    if seat in shown or (row is None and not world.settings.records_come):
        return
    if row is not None:
        _show(world, arrival, seat, row)
        return
    shown[seat] = "waits"
    timer = f"{RECORD_TIMER}:{arrival.uid}"
    world.out.append(StartTimer(world.next_id(), arrival.switchboard, arrival.uid, timer, LATE_S))


def record_late(world: World, uid: ChannelUid) -> None:
    """Who waits for this arrival's record reads that it is on its way."""
    arrival = world.arrivals.get(uid)
    for seat, state in world.shown.get(uid, {}).items():
        if arrival is not None and state == "waits":
            world.shown[uid][seat] = "told"
            tell_seat(world, arrival.switchboard, seat, arrival.origin, ON_ITS_WAY)


def _show(world: World, arrival: Arrival, seat: SeatId, row: ContextRow) -> None:
    """A record in which nobody has written yet is shown to whoever was told to wait for it."""
    shown = world.shown.setdefault(arrival.uid, {})
    hidden = hidden_from(row, arrival.switchboard, world.rules.sees_confidential(arrival.switchboard))
    text = record_text(row, world.rules.catalogue, waited=shown.get(seat) == "told", hidden=hidden)
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
