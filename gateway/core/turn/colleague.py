"""A caller whom a phone has let go of while a colleague's phone rang: the dialplan rings the colleague for him, and says what came of it.

A colleague is no target of the rules and no organisation: the matter stays where it is. Nobody took him: he is on his way back to the seat
that let him go.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.machines.transfer import Ended, of_cause
from gateway.core.messages.dialplan_events import ColleagueHandedCaller
from gateway.core.model import call as calls
from gateway.core.model.belongs import transfer_organisations
from gateway.core.model.company import Transferer, seat_of
from gateway.core.model.world import World
from gateway.core.rules.rule import TransferPolicy
from gateway.core.turn.callbacks import ask_for_callback, reached
from gateway.core.turn.kept import pressed_at
from gateway.core.turn.notifications import tell_seat
from gateway.core.turn.presses import new_transfer
from gateway.core.turn.seats import review
from gateway.core.turn.transfer_commands import row
from gateway.core.values.ids import ChannelUid, Outcome, PressedBy, SeatId, TargetId
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import outcome_text

ANSWERED = 16


def colleague_handed_caller(world: World, event: ColleagueHandedCaller) -> None:
    """One record with one outcome, and a text for the seat that let go."""
    board = world.board(event.switchboard)
    call = world.calls.get(event.caller_uid) or world.call_behind(board, event.caller_uid)
    if call is None or event.press in world.transfers:
        return
    taken = bool(event.taker)
    ended = _ended(event)
    by = Transferer(board.id, SeatId(seat_of(event.presser_name)))
    began = pressed_at(event.press, event.at)
    asked = (event.at, "taken_by" if taken else "asked", event.seat)
    transfer = replace(
        new_transfer(event.press, TargetId(board.id), call, by, began, gone=True),
        by="phone",
        pressed_by=PressedBy.ATTENDED,
        terms=TransferPolicy(mode="attended"),
        leg=ChannelUid(""),
        state=ended,
        answered_at=event.at if taken else 0.0,
        ended_at=event.at,
        history=(asked, (event.at, "ended", ended.reason)),
    )
    world.transfers[event.press] = transfer
    world.out.append(row(transfer))
    seats = ((board.id, event.seat, event.at),) if taken else ()
    sees = transfer_organisations(transfer)
    call.context = calls.handed_over(call.context, event.press, seats, None, sees, event.at)
    world.out.append(call.context)
    if ended.outcome is Outcome.CALLER_HUNG_UP:
        ask_for_callback(world, transfer, event.at)
    elif taken:
        reached(world, call)
        review(world, board, event.seat, event.at, "handed_over")
    tell_seat(world, board.id, by.seat, call.uid, outcome_text(ended.outcome, ended.reason, event.seat))


def _ended(event: ColleagueHandedCaller) -> Ended:
    if event.taker:
        return Ended(Outcome.COMPLETED, Reason.HANDED_OVER)
    if not event.cause:
        return Ended(Outcome.CALLER_HUNG_UP, Reason.CALLER_HUNG_UP)
    return Ended(*of_cause(event.cause))
