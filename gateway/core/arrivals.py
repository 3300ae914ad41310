"""Legs of the other switchboard as they reach us, and whether the context's id that they bring is believed.

An id is refused that is forged (or damaged, or of a site with another key), that has expired, or that has been replayed: it is good,
but belongs to another caller than the leg does. Whatever is refused, the call goes on; the seat that answers reads so.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.board import Board
from gateway.core.commands import AttachContext
from gateway.core.events import QueueAnswered, TrunkArrived
from gateway.core.telling import tell_seat
from gateway.core.terms import ChannelUid, ContextId, SwitchboardId
from gateway.core.uui import Signed, decode
from gateway.core.words import UNVERIFIED
from gateway.core.world import Arrival, World


def trunk_arrived(world: World, board: Board, event: TrunkArrived) -> None:
    """A leg has reached us with an id, or without one."""
    signed = decode(event.uui, world.settings.signing_keys, event.at) if event.uui else Signed()
    if signed.problem:
        _refuse(world, board.id, event.uid, signed.problem)
    if event.origin:
        id_ = ContextId("") if signed.problem else signed.context
        arrival = Arrival(board.id, event.uid, event.name, event.origin, id_, signed.problem)
        world.arrivals[event.uid] = world.arrival_of[event.origin] = arrival
        compare_id(world, event.origin)


def compare_id(world: World, origin: ChannelUid) -> None:
    """A good id on another caller's leg has been replayed. Asked when the leg is known at both ends, in either order."""
    arrival, leg = world.arrival_of.get(origin), world.legs.get(origin)
    call = world.calls.get(leg.caller_uid) if leg is not None else None
    if arrival is None or call is None or not arrival.context or arrival.context == call.context.id:
        return
    refused = replace(arrival, context=ContextId(""), problem="replayed")
    world.arrivals[arrival.uid] = world.arrival_of[origin] = refused
    _refuse(world, arrival.switchboard, arrival.uid, "replayed")


def warn_seat(world: World, board: Board, event: QueueAnswered) -> None:
    """The seat that has answered a leg with an id that is not believed reads so."""
    arrival = world.arrivals.get(event.channel)
    if arrival is not None and arrival.problem:
        tell_seat(world, board.id, event.seat, arrival.origin, UNVERIFIED)


def _refuse(world: World, switchboard: SwitchboardId, uid: ChannelUid, why: str) -> None:
    """The call goes on, the id does not."""
    world.out.append(AttachContext(world.next_id(), switchboard, uid, uid, "", why))
