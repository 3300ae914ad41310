"""A caller who is handed over by a phone (REFER with Replaces): it is over when we hear of it, and is written down.

To another organisation, behind a trunk or a phone that is only dialled: it has the matter from now on. To a colleague of the same
switchboard: the matter stays where it is, and the colleague is one more seat that has had the caller. Seats of 110 hand over to each
other the caller of another home, who is a trunk leg there.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.machines.transfer import Ended, Transfer
from gateway.core.messages.channel_events import AttendedTransferred
from gateway.core.messages.commands import AdoptLeg
from gateway.core.model import call as calls
from gateway.core.model.belongs import transfer_organisations
from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.company import Transferer, behind
from gateway.core.model.parts import Leg
from gateway.core.model.world import World
from gateway.core.rules.rule import TransferPolicy
from gateway.core.turn.callbacks import reached
from gateway.core.turn.notifications import tell_seat
from gateway.core.turn.presses import new_transfer
from gateway.core.turn.seats import review, seats_around
from gateway.core.turn.transfer_commands import row
from gateway.core.values.ids import ChannelUid, Outcome, PressedBy, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import outcome_text


def handed_over(world: World, event: AttendedTransferred) -> None:
    """A phone has put somebody it had called beside the caller, or the caller beside somebody who had called it, and has left."""
    board = world.board(event.switchboard)
    parties = ((event.transferee, event.target), (event.target, event.transferee))
    found = ((uid, other) for uid, other in parties if uid and other and _caller(world, board, uid) is not None)
    caller_uid, other_uid = next(found, (ChannelUid(""), ChannelUid("")))
    call, other = _caller(world, board, caller_uid), board.channels.get(other_uid)
    if call is None or other is None:
        return
    taker = behind(world, board, other)
    target = _target(world, board, other)
    press = PressId(f"{board.id}.{int(event.at * 1e6)}.000")
    _write_down(world, event, call, press, target, taker)
    organisation = SwitchboardId(target)
    stays = organisation == board.id
    if not stays and call.home == board.id:
        world.legs[other.uid] = Leg(board.id, other.uid, press, call.uid)
        world.out.append(
            AdoptLeg(world.next_id(), board.id, call.uid, channel=other.uid, caller=call.name, caller_uid=call.uid)
        )
    seen = ((taker.switchboard, taker.seat, event.at),) if taker is not None and taker.seat else ()
    reached(world, call)
    sees = transfer_organisations(world.transfers[press])
    call.context = calls.handed_over(call.context, press, seen, None if stays else organisation, sees, event.at)
    world.out.append(call.context)
    tell_handed_over(world, world.transfers[press], taker)
    for where, seat in seats_around(world, board, other.uid):
        review(world, where, seat, event.at, "handed_over")


def tell_handed_over(world: World, transfer: Transfer, taker: Transferer | None) -> None:
    """The seat that handed over reads what came of it, as after a key: who has the caller now."""
    colleague = taker is not None and bool(taker.seat) and taker.switchboard == transfer.transferer_switchboard
    whom = taker.seat if taker is not None and colleague else transfer.target
    text = outcome_text(Outcome.COMPLETED, Reason.HANDED_OVER, whom)
    tell_seat(world, transfer.transferer_switchboard, transfer.transferer, transfer.call, text)


def _caller(world: World, board: Board, uid: ChannelUid) -> Call | None:
    """The call of a channel that is the caller himself: at home his own, elsewhere the trunk leg that he comes through."""
    if (call := world.calls.get(uid)) is not None:
        return call
    channel = board.channels.get(uid)
    through = uid in world.arrivals or (channel is not None and bool(channel.local_twin))
    return world.call_behind(board, uid) if through else None


def _target(world: World, board: Board, other: Channel) -> TargetId:
    """The organisation that has the caller now: the other end of a trunk, one that is only dialled, or this switchboard itself."""
    if other.is_trunk and other.uid not in world.arrivals:
        return TargetId(other.trunk)
    dialled = TargetId(other.device)
    return dialled if dialled in world.rules.targets and other.device not in board.members else TargetId(board.id)


def _write_down(
    world: World, event: AttendedTransferred, call: Call, press: PressId, target: TargetId, taker: Transferer | None
) -> None:
    """Its one record. Which seat took the caller is a line of its history."""
    board = world.board(event.switchboard)
    transferer = board.channels.get(event.transferer)
    by = Transferer(board.id, SeatId(transferer.device if transferer is not None else ""), event.transferer)
    taken = ((event.at, "taken_by", taker.seat),) if taker is not None and taker.seat else ()
    transfer = replace(
        new_transfer(press, target, call, by, event.at, gone=True),
        by="phone",
        pressed_by=PressedBy.ATTENDED,
        terms=TransferPolicy(mode="attended"),
        leg=event.target if call.home == board.id else ChannelUid(""),
        state=Ended(Outcome.COMPLETED, Reason.HANDED_OVER),
        answered_at=event.at,
        ended_at=event.at,
        history=(*taken, (event.at, "ended", Reason.HANDED_OVER)),
    )
    world.transfers[press] = transfer
    world.out.append(row(transfer))
