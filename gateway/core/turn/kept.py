"""Presses that no gateway followed: what the dialplan has kept of them becomes the record that a gateway would have written.

The facts are told to the machine of a transfer in the order in which they came, so that it decides as it would have then; what it wants
done is not done: it is over. Where the store already has a record to its end (a gateway that was slow, or ended between writing and
forgetting), that one stands. An entry is forgotten when its record is durable, and not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.core.machines.inputs import (
    Input,
    LegBegan,
    NothingKnown,
    OfferDeclined,
    RingingEnded,
    TakenBack,
    TargetAnswered,
    TargetHungUp,
    TargetOffered,
    TransfereeHungUp,
    TransfererHungUp,
)
from gateway.core.machines.transfer import Blonde, Ended, Requested, Transfer, step
from gateway.core.messages.answers import TransfersFound
from gateway.core.messages.commands import FindTransfers, FollowPress, ForgetPresses, ReadKept, StartTimer
from gateway.core.messages.kept import LegKept, PressKept
from gateway.core.model import call as calls
from gateway.core.model.belongs import transfer_organisations
from gateway.core.model.board import Board
from gateway.core.model.call import Call
from gateway.core.model.company import Transferer, behind, seat_of
from gateway.core.model.parts import Kept
from gateway.core.model.world import World
from gateway.core.rules import plan as plans
from gateway.core.rules.rule import RING_S, Rung
from gateway.core.turn.callbacks import ask_for_callback
from gateway.core.turn.credited import credit
from gateway.core.turn.followed import of_plan, past_the_marked, shown
from gateway.core.turn.transfer_commands import row
from gateway.core.values.ids import ChannelUid, Outcome, PressedBy, PressId, SeatId, SwitchboardId
from gateway.core.values.reasons import AnyReason, Reason, as_reason
from gateway.core.values.timers import TimerKind
from gateway.core.values.uui import context_id

SETTLE_S = 2.0
"""From a snapshot to the first look behind it: a press is kept when nobody has followed it for ``ONEKEY_FOLLOW_S`` (0.5 s)."""
ASK_AGAIN_S = 30.0
"""Between two looks: for a store that did not answer, a press that was not over, one that was followed too late."""
BESIDE_S = 1.0
"""A leg that ends within so long before its caller, and not by itself, has ended because he left: both are told at about one instant."""
FORGET_AT_ONCE = 10
"""Ids in one command: a line of AMI has 1,022 characters, an id up to 80."""

Told = tuple[float, Input]


# --- a snapshot shows them ----------------------------------------------------------------------------------------------------


def seen(world: World, board: Board, kept: tuple[PressKept, ...]) -> None:
    """The dialplan has kept these presses. Of those that have no leg any more the store is asked whether it knows them all the same."""
    before = world.kept
    world.kept = {press: known for press, known in before.items() if known.home != board.id}
    alive = {leg.press for leg in world.legs.values()}
    for one in kept:
        if one.press not in world.transfers and one.press not in alive:
            call = before[one.press].call if one.press in before else None
            world.kept[one.press] = Kept(one, board.id, call or world.calls.get(one.caller_uid))
    presses = tuple(press for press, known in world.kept.items() if known.home == board.id)
    if presses:
        world.out.append(FindTransfers(world.next_id(), board.id, "", presses))
    forget(world, board.id, [one.press for one in kept if one.press in world.transfers])


def look_again(world: World, board: Board, after_s: float = SETTLE_S) -> None:
    """Ask again half a second after a snapshot, for presses around it are kept so late; a store that was silent, or a press that was not over, is asked for
    again."""
    world.out.append(StartTimer(world.next_id(), board.id, "", TimerKind.KEPT.of(board.id), after_s))


def read(world: World, board: Board) -> None:
    """It is time to look."""
    if board.connected:  # else the next snapshot does
        world.out.append(ReadKept(world.next_id(), board.id, ""))
        look_again(world, board, ASK_AGAIN_S)


def found(world: World, event: TransfersFound) -> None:
    """The store has answered: those that it does not know to their end are written down now."""
    done = [press for press in event.ended if world.kept.pop(press, None) is not None]
    for press in event.missing:
        waiting = world.kept.get(press)
        if waiting is None:
            continue
        if press in world.transfers or _written(world, waiting, event.at):
            del world.kept[press]
            done.append(press)
            if (call := world.calls.get(waiting.said.caller_uid)) is not None:  # nothing more is kept of it
                world.out.append(FollowPress(world.next_id(), call.home, call.uid, press, call.name))
    forget(world, event.switchboard, done)


def forget(world: World, home: SwitchboardId, presses: list[PressId]) -> None:
    """Their records stand: the dialplan's entries go, once all that has been written down is durable."""
    for first in range(0, len(presses), FORGET_AT_ONCE):
        some = tuple(presses[first : first + FORGET_AT_ONCE])
        world.out.append(ForgetPresses(world.next_id(), home, "", some))


def _written(world: World, waiting: Kept, at: float) -> bool:
    """Write a press down that is over; whether it is."""
    kept, call = waiting.said, waiting.call
    transfer = told(begun(world, world.board(waiting.home), kept, call), story(kept))
    if transfer.running:
        last_at = max((then for then, _ in story(kept)), default=transfer.pressed_at)
        if at - last_at < world.settings.transfer_grace_s + transfer.rung.ring_s:
            return False  # its next leg may be about to begin
        transfer = told(transfer, [(at, NothingKnown())])
    world.restored.pop(kept.press, None)
    world.out.append(row(transfer))
    if call is not None:
        record_of_call(world, transfer, call, at)
    return True


def record_of_call(world: World, transfer: Transfer, call: Call, at: float) -> None:
    """The matter's record of a transfer that nobody followed."""
    context = calls.pressed(call.context, transfer.id, transfer.ladder[0].targets, transfer_organisations(transfer), at)
    for rung in transfer.ladder[1 : transfer.attempt]:
        context = calls.offered_to(context, rung.targets, at)
    if context is not call.context:
        call.context = context
        world.out.append(context)
    if isinstance(transfer.state, Ended):
        credit(world, transfer, call, at)
        if transfer.state.outcome is Outcome.CALLER_HUNG_UP:
            ask_for_callback(world, transfer, at, call)


# --- what was kept, as a transfer -----------------------------------------------------------------------------------------------


def begun(world: World, board: Board, kept: PressKept, call: Call | None) -> Transfer:
    """The transfer as it was when the key was pressed."""
    by = _presser(world, board, kept)
    at = pressed_at(kept.press)
    context = call.context.id if call is not None else context_id(board.id, kept.caller_uid)
    transfer = Transfer(
        id=kept.press,
        home=board.id,
        call=call.uid if call is not None else kept.caller_uid,
        context=context,
        caller=call.name if call is not None else "",
        caller_uid=kept.caller_uid,
        transferer_switchboard=by.switchboard,
        transferer=by.seat,
        transferer_channel=by.channel,
        transferer_leg=by.leg,
        far_caller=by.far_caller,
        target=kept.target,
        ladder=(Rung(kept.target, RING_S),),
        pressed_at=at,
        by="dialplan",
        pressed_by=PressedBy.KEY if kept.presser else PressedBy.REFER,
        numbered=call is not None and bool(call.context.caller_number),
        transferer_gone=not kept.presser,
        state=Requested() if kept.presser else Blonde(),
        history=((at, "requested", ""), (at, "by_plan", shown(kept.plan))),
    )
    if plans.refuses(kept.plan):
        reason = plans.reason_of(kept.plan, world.rules, kept.target)
        return _ended(replace(transfer, by="gateway"), Outcome.FAILED, reason)
    if kept.over == "FENCED":
        return _ended(replace(transfer, by="gateway"), Outcome.FAILED, Reason.ALREADY_RINGING)
    return past_the_marked(of_plan(world, transfer, kept.plan, kept.target), at)


def _ended(transfer: Transfer, outcome: Outcome, reason: AnyReason) -> Transfer:
    at = transfer.pressed_at
    return replace(
        transfer, state=Ended(outcome, reason), ended_at=at, history=(*transfer.history, (at, "ended", reason))
    )


def _presser(world: World, board: Board, kept: PressKept) -> Transferer:
    """Transferer of a kept press: the seat of this switchboard, or the one behind the trunk leg by which a press came home."""
    where = SwitchboardId(kept.press.partition(".")[0]) or board.id
    if where == board.id:
        return Transferer(where, SeatId(seat_of(kept.presser_name)), kept.presser)
    leg = board.channels.get(kept.presser)
    found = behind(world, board, leg) if leg is not None else None
    if found is not None:
        return replace(found, switchboard=where, leg=kept.presser, seat=kept.far_seat or found.seat)
    return Transferer(where, kept.far_seat, kept.presser, kept.presser)


def pressed_at(press: PressId, otherwise: float = 0.0) -> float:
    """When a press was made: its id carries the microsecond."""
    parts = press.split(".")
    return int(parts[1]) / 1e6 if len(parts) == 3 and parts[1].isdigit() else otherwise


def story(kept: PressKept) -> list[Told]:
    """The facts that a gateway would have been told, in their order."""
    facts: list[Told] = []
    began = pressed_at(kept.press)
    if kept.over:
        status = "UNKNOWN_TARGET" if kept.over == "UNKNOWN_TARGET" else "TRUNK_DOWN"
        facts += [(began, RingingEnded(status))] * plans.RUNGS_MAX
    for leg in sorted(kept.legs, key=lambda leg: leg.attempt):
        facts += _of_leg(leg, began)
        began = leg.ended_at
    if kept.presser_left_at and kept.presser:
        # A blind press lets its seat go as its first leg begins.
        released = kept.plan.split(":")[1:2] == ["blind"] and not kept.over
        facts.append((pressed_at(kept.press) if released else kept.presser_left_at, TransfererHungUp()))
    if kept.caller_left_at:
        facts.append((_left_at(kept), TransfereeHungUp()))
    return sorted(facts, key=lambda told: told[0])


def _of_leg(leg: LegKept, began: float) -> Iterator[Told]:
    yield began, LegBegan(leg.uid, leg.attempt, "dialplan")
    if leg.offered:
        yield leg.joined_at or leg.ended_at, TargetOffered()
    if leg.offered and not leg.joined_at and leg.answer not in ("", "yes"):
        yield leg.ended_at, OfferDeclined(Reason.DECLINED if leg.answer == "no" else as_reason(leg.answer))
    if leg.joined_at:
        yield leg.joined_at, TargetAnswered()
    if leg.how == "back":
        yield leg.ended_at, TakenBack()
    yield leg.ended_at, TargetHungUp(leg.cause)


def _left_at(kept: PressKept) -> float:
    """When the caller left; before a leg that ended because of it, and said so a moment sooner."""
    beside = (
        leg.ended_at
        for leg in kept.legs
        if leg.joined_at and leg.how == "" and 0.0 <= kept.caller_left_at - leg.ended_at < BESIDE_S
    )
    return min((at - 1e-6 for at in beside), default=kept.caller_left_at)


def told(transfer: Transfer, facts: list[Told]) -> Transfer:
    """A transfer after these facts. What it wants done has been done, or is not done any more."""
    for at, fact in facts:
        if not transfer.running:
            break
        if isinstance(fact, LegBegan):
            transfer = _without_phones(transfer, fact.attempt, at)
        before = transfer.attempt
        transfer, _ = step(transfer, fact, at)
        if transfer.attempt > before and not isinstance(fact, LegBegan):
            transfer = past_the_marked(transfer, at)
    return transfer


def _without_phones(transfer: Transfer, attempt: int, at: float) -> Transfer:
    """The rungs before this one of which no leg could be made."""
    while transfer.running and transfer.attempt < attempt and not transfer.leg:
        before = transfer.attempt
        transfer, _ = step(transfer, RingingEnded("TRUNK_DOWN"), at)
        if transfer.attempt == before:
            break
        transfer = past_the_marked(transfer, at)
    return transfer


def until_now(kept: PressKept, uid: ChannelUid, attempt: int, joined_at: float) -> list[Told]:
    """The facts that a gateway would have been told of a press whose leg lives: also that this one has begun, and has joined."""
    began = max((leg.ended_at for leg in kept.legs), default=pressed_at(kept.press))
    facts: list[Told] = [*story(kept), (began, LegBegan(uid, attempt, "dialplan"))]
    if joined_at:
        facts.append((joined_at, TargetAnswered()))
    return sorted(facts, key=lambda told: told[0])
