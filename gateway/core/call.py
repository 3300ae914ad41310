"""One caller's call at its home switchboard, and the context that rides along with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.core.commands import ContextRow
from gateway.core.terms import ChannelUid, PressId, SeatId, SwitchboardId
from gateway.core.uui import context_id


@dataclass(slots=True)
class Call:
    """A live call. ``transfer`` is the running transfer, if any."""

    home: SwitchboardId
    uid: ChannelUid
    name: str
    context: ContextRow
    transfer: PressId | None = None


def new_context(home: SwitchboardId, uid: ChannelUid, number: str, name: str, queue: str, at: float) -> ContextRow:
    """The first version of a context: what is known when a call arrives."""
    return ContextRow(
        id=context_id(home, uid),
        version=1,
        at=at,
        home=home,
        call=uid,
        caller_number=number,
        caller_name=name,
        queue=queue,
        arrived_at=at,
        wait_s=-1,
        seats=(),
        transfers=(),
        owner=home,
        ended_at=0.0,
    )


def answered(context: ContextRow, switchboard: SwitchboardId, seat: SeatId, wait_s: int, at: float) -> ContextRow:
    """A seat has answered. The wait is the first seat's; the owner is the organisation that has the caller now."""
    wait = context.wait_s if context.wait_s >= 0 else wait_s
    seats = (*context.seats, (switchboard, seat, at))
    return replace(context, version=context.version + 1, at=at, wait_s=wait, seats=seats)


def pressed(context: ContextRow, press: PressId, at: float) -> ContextRow:
    """A transfer of this matter has begun."""
    if press in context.transfers:
        return context
    return replace(context, version=context.version + 1, at=at, transfers=(*context.transfers, press))


def owned_by(context: ContextRow, owner: SwitchboardId, at: float) -> ContextRow:
    """Another organisation has accepted the matter."""
    return replace(context, version=context.version + 1, at=at, owner=owner)


def ended(context: ContextRow, at: float) -> ContextRow:
    """The caller has left; the matter lives on in the store."""
    if context.ended_at:
        return context
    return replace(context, version=context.version + 1, at=at, ended_at=at)
