"""The rights of a holder over an object that was found. Each look-up passes here before anything else is told of it.

A request names things; what decides is the object that its name leads to. What is not the holder's is answered as what does not exist,
with the same error and the same words, so that nobody learns by asking which calls, legs and records there are.
"""

from __future__ import annotations

from typing import TypeVar

from gateway.core.machines.transfer import Consulting, Transfer
from gateway.core.messages.records import ContextRow
from gateway.core.model.belongs import Found, organisations
from gateway.core.model.call import Call
from gateway.core.model.conversation import calls_of, calls_with, is_offered, is_party
from gateway.core.model.world import World
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.problems import Problem
from gateway.security.principal import OneSeat, Principal

F = TypeVar("F", bound=Found)


def sees(principal: Principal, found: Found) -> bool:
    """True where an object is for this holder to see."""
    return principal.sees(organisations(found))


def visible(principal: Principal, found: F | None, error_id: str = "not_found", **details: str) -> F:
    """The object that was found, if it is the holder's to see. Raises Problem otherwise: one error for "unknown" and "not yours"."""
    if found is None or not sees(principal, found):
        raise Problem(error_id, **details)
    return found


def acts_for(principal: Principal, switchboard: str, seat: str = "") -> None:
    """Raises Problem where the token is one of another switchboard, or of another seat."""
    if principal.switchboard and switchboard != principal.switchboard:
        raise Problem("not_your_switchboard", switchboard=switchboard)
    if principal.seat and seat and seat != principal.seat:
        raise Problem("not_your_seat", seat=seat)


def need_in_call(world: World, call: Call, principal: Principal) -> None:
    """Raises Problem where a holder may not move this caller, whom it sees. A seat must talk with the caller: one whose phone rings, or
    that has yet to accept, has nobody to transfer. A switchboard must be the caller's home or have somebody in the conversation:
    that it was given the matter once does not let it act in the call for ever."""
    if principal.one_seat is not None:
        if not in_conversation(world, call, principal.one_seat):
            raise Problem("not_your_call", seat=principal.seat, needs="in_the_call")
    elif principal.switchboard and not is_party(world, call, SwitchboardId(principal.switchboard)):
        raise Problem("not_your_call", seat="", needs="in_the_call")


def in_conversation(world: World, call: Call, seat: OneSeat) -> bool:
    """True where a seat talks with this call's caller; of a switchboard that is not attached nobody sees it (law 7)."""
    switchboard = SwitchboardId(seat[0])
    return switchboard in world.boards and call in calls_with(world, switchboard, SeatId(seat[1]))


def need_side(world: World, transfer: Transfer, action: str, principal: Principal) -> None:
    """Raises Problem where an action is for the other side to do."""
    if needs := missing(world, transfer, action, principal):
        raise Problem("not_your_call", seat=principal.seat, needs=needs)


def missing(world: World, transfer: Transfer, action: str, principal: Principal) -> str:
    """The reason why this action is not for a holder; empty where it is.

    Taking back and letting go are for the side that pressed, answering is for the side that is offered the caller, and what was agreed
    both may say. A seat is its own side, a token of a switchboard the side of each of its seats. Of a leg that was adopted nobody knows
    who pressed: then it is for whoever talks with the caller.
    """
    if not principal.switchboard:
        return ""
    seat = principal.one_seat
    pressed, offered, talks = (
        _of_seat(world, transfer, seat) if seat is not None else _of_switchboard(world, transfer, principal.switchboard)
    )
    unknown = not transfer.transferer
    match action:
        case "cancel" | "release":
            return "" if pressed or (unknown and talks) else "transferer"
        case "accept" | "decline":
            return "" if offered else "target"
        case _:
            return "" if pressed or talks else "in_the_call"


def _of_seat(world: World, transfer: Transfer, seat: OneSeat) -> tuple[bool, bool, bool]:
    """Parts of a seat in a transfer: it has pressed, is offered the caller, talks with the caller. A consultation is decided by who talks in it."""
    switchboard, id_ = SwitchboardId(seat[0]), SeatId(seat[1])
    call = world.calls.get(transfer.caller_uid)
    pressed = (transfer.transferer_switchboard, transfer.transferer) == seat
    if call is None or switchboard not in world.boards:
        return pressed, False, False
    talks = in_conversation(world, call, seat)
    there = talks if isinstance(transfer.state, Consulting) else call in calls_of(world, switchboard, id_)
    return pressed, there and is_offered(world, switchboard, id_, transfer.id), talks


def _of_switchboard(world: World, transfer: Transfer, id_: str) -> tuple[bool, bool, bool]:
    """The same of any seat of a switchboard."""
    switchboard, call = SwitchboardId(id_), world.calls.get(transfer.caller_uid)
    offered = TargetId(id_) in transfer.rung.targets
    return (
        transfer.transferer_switchboard == switchboard,
        offered,
        call is not None and is_party(world, call, switchboard),
    )


def need_full(world: World, row: ContextRow, principal: Principal) -> None:
    """Raises Problem where a seat may not read this record in full: while the call lives it is for the seats that talk with the caller
    or have done so, not for one whose phone rings with it, nor for its neighbours."""
    seat = principal.one_seat
    call = world.calls.get(row.call) if row.call else None  # type: ignore[call-overload]
    if seat is None or call is None or call.context.id != row.id:
        return
    if in_conversation(world, call, seat):
        return
    switchboard, id_ = SwitchboardId(seat[0]), SeatId(seat[1])
    rings = switchboard in world.boards and call in calls_of(world, switchboard, id_)
    if rings or not any((where, who) == seat for where, who, _ in row.seats):
        raise Problem("not_your_call", seat=principal.seat, needs="in_the_call")
