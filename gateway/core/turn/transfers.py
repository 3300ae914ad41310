"""Transfers: facts go in, the machine decides, its deeds become commands, every change becomes a record."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from gateway.core.machines.inputs import (
    Effect,
    HangUp,
    HeldBack,
    Input,
    LegBegan,
    ReleaseTransferer,
    RingNext,
    Settle,
    TargetRang,
    TimeUp,
    TransfereeHungUp,
)
from gateway.core.machines.inputs import ReleaseSeat as ReleaseSeatDeed
from gateway.core.machines.transfer import (
    Cancelling,
    Consulting,
    Ended,
    Offered,
    ThreeParty,
    Transfer,
    state_name,
    step,
)
from gateway.core.messages.commands import CancelTimer, HangUpLeg, ReleaseSeat, RingTarget, StartTimer, TakePress
from gateway.core.messages.events import LegStarted
from gateway.core.messages.records import TransferRow
from gateway.core.model import call as calls
from gateway.core.model.belongs import transfer_organisations
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.rules import plan as plans
from gateway.core.rules.rule import RING_S, Decision, Refusal, Rung, TransferPolicy
from gateway.core.turn.callbacks import ask_for_callback
from gateway.core.turn.credited import credit
from gateway.core.turn.followed import let_go, of_plan, past_the_marked
from gateway.core.turn.ladder import held_back, marks_of, past_the_unreachable
from gateway.core.turn.notifications import say, tell_outcome
from gateway.core.turn.seats import review, seats_around
from gateway.core.values import uui
from gateway.core.values.ids import Outcome, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.timers import TimerKind

ANSWERED_ELSEWHERE = 26
"""Q.850 cause of a leg that goes so that its caller comes back to a person: the dialplan takes only a cause of 16 for the
goodbye of somebody who has finished."""


# --- a press ----------------------------------------------------------------------------------------------------------------


def open_transfer(world: World, transfer: Transfer, call: Call, asked: str, at: float, plan: str = "") -> None:
    """A new press with its caller: refuse it, or ring. Whatever comes of it, it has one transfer and the transfer one end.

    ``plan`` is the one by which the dialplan has acted already; empty where it has rung nobody.
    """
    decided = _decided(world, transfer, call, asked, at)
    if isinstance(decided, Refusal):
        if plan and not plans.refuses(plan):
            transfer = let_go(world, transfer, plan, decided.reason, at)
        refuse(world, transfer, decided.reason, at)
    else:
        _begin(world, replace(transfer, said=call.said, ladder=decided.ladder, terms=decided.terms), call, at, plan)


def _decided(world: World, transfer: Transfer, call: Call, asked: str, at: float) -> Decision | Refusal:
    """What a press shall do by what is known now; a press that counts is counted here."""
    running = world.transfers.get(call.transfer) if call.transfer else None
    joined = running is not None and isinstance(running.state, ThreeParty | Consulting)
    if running is not None and running.running and not joined:
        return Refusal("already_ringing")
    if not world.within_rate(transfer.transferer_switchboard, transfer.transferer, at):
        return Refusal("too_many_presses")
    facts = world.facts(transfer.transferer_switchboard, transfer.target, transfer.transferer, call, asked, at)
    decided = world.rules.decide(facts)
    if isinstance(decided, Refusal):
        return decided
    if joined and decided.terms.mode != "conference":
        return Refusal("already_ringing")  # three talk: a further party may be called in, no more
    if decided.terms.mode == "conference" and _parties(world, call) >= world.settings.parties_max:
        return Refusal("too_many_parties")
    return decided if world.within_limit(decided.rule, decided.limit, at) else Refusal("too_many_by_rule")


def _parties(world: World, call: Call) -> int:
    board = world.board(call.home)
    return sum(1 for _ in board.mates(call.uid))


def refuse(world: World, transfer: Transfer, reason: str, at: float) -> None:
    """End a press before anything rang, and tell the dialplan that it is used up."""
    history = (*transfer.history, (at, "ended", reason))
    transfer = replace(transfer, state=Ended(Outcome.FAILED, reason), ended_at=at, history=history)
    world.transfers[transfer.id] = transfer
    _record(world, transfer)
    _settle(world, transfer)
    tell_outcome(world, transfer)


def _begin(world: World, transfer: Transfer, call: Call, at: float, plan: str = "") -> None:
    """Ring, or follow what rings already. The request leaves first: everything else can wait (law 5)."""
    marks = marks_of(world, transfer, at) if plan else ()
    transfer = past_the_unreachable(world, transfer, at)
    kept = held_back(world, transfer)
    wanted = plans.ringing(transfer.terms, transfer.ladder, marks) if plan else None
    if wanted is not None and not kept and plans.same(plan, plans.text(wanted)):
        transfer = replace(transfer, by="dialplan", planned=True, ladder=wanted.ladder, marks=wanted.marks)
        start_timer(world, transfer, transfer.rung.ring_s + world.settings.transfer_grace_s)
    else:
        if plan and not (kept and plans.refuses(plan)):
            transfer = let_go(world, transfer, plan, "held_back" if kept else transfer.rung.name, at, takes=not kept)
        if kept:
            refuse(world, transfer, "held_back", at)
            return
        _ring(world, transfer)
    keep(world, transfer, call)
    _record(world, transfer)
    sees = transfer_organisations(transfer)
    call.context = calls.pressed(call.context, transfer.id, transfer.rung.targets, sees, transfer.pressed_at)
    world.out.append(call.context)


def keep(world: World, transfer: Transfer, call: Call | None) -> None:
    """Enter a running transfer into the indexes."""
    world.transfers[transfer.id] = transfer
    if call is not None:
        call.transfer = transfer.id
    for uid in (transfer.transferer_channel, transfer.transferer_leg):
        if uid:
            world.transferers.setdefault(uid, []).append(transfer.id)


# --- facts and deeds --------------------------------------------------------------------------------------------------------


def advance(world: World, press: PressId | None, fact: Input, at: float) -> None:
    """One fact about one transfer."""
    transfer = world.transfers.get(press) if press else None
    if transfer is None:
        return
    after, deeds = step(transfer, fact, at)
    if after is transfer and not deeds:
        return
    kept = False
    if any(isinstance(deed, RingNext) for deed in deeds):
        if after.by == "gateway":
            after = past_the_unreachable(world, after, at)
            kept = held_back(world, after)
        else:
            after = past_the_marked(after, at)
    world.transfers[after.id] = after
    if isinstance(fact, LegBegan) and after.far_caller and after.by == "gateway":
        # Only now is it sure that we ring: said earlier, a request that home never got would leave the key without anybody.
        _take(world, after, settled=False)
    if isinstance(fact, TargetRang) and after.running:
        say(world, after, "ringing")  # not sooner: the milliseconds before belong to the ringing
    for deed in deeds:
        if not (kept and isinstance(deed, RingNext)):
            _perform(world, after, deed, at)
    if after == transfer:
        return
    _record(world, after)
    if isinstance(fact, TransfereeHungUp) and isinstance(after.state, Cancelling | Ended):
        ask_for_callback(world, after, at)
    if type(after.state) is not type(transfer.state):
        if isinstance(after.state, Ended):
            _end(world, after, at)
        else:
            restart_timer(world, after)
        if isinstance(transfer.state, Consulting) or isinstance(after.state, Consulting):
            _review_parties(world, after, at)
    if kept:
        advance(world, press, HeldBack(), at)


def _review_parties(world: World, transfer: Transfer, at: float) -> None:
    """A consultation has begun or is decided: for its seats that is another state, though no channel has moved."""
    for board, seat in seats_around(world, world.board(transfer.home), transfer.caller_uid):
        review(world, board, seat, at, "consultation")


def _perform(world: World, transfer: Transfer, deed: Effect, at: float) -> None:
    match deed:
        case RingNext() if transfer.by == "dialplan":  # it climbs its ladder itself
            start_timer(world, transfer, transfer.rung.ring_s + world.settings.transfer_grace_s)
            _offer_context(world, transfer, at)
        case RingNext():
            _ring(world, transfer)
            _offer_context(world, transfer, at)
        case HangUp(leg, back):
            cause = ANSWERED_ELSEWHERE if back else 16
            world.out.append(HangUpLeg(world.next_id(), transfer.home, transfer.call, leg, cause))
        case ReleaseSeatDeed() if transfer.planned and transfer.terms.mode in ("blind", "silent"):
            pass  # the dialplan lets the seat go (onekey-release)
        case ReleaseSeatDeed():
            release_seat(world, transfer, returns=deed.returns)
        case ReleaseTransferer():
            if transfer.transferer_leg in world.legs:
                leg = transfer.transferer_leg
                world.out.append(HangUpLeg(world.next_id(), transfer.home, transfer.call, leg))
        case Settle():
            _settle(world, transfer)
        case _:
            assert_never(deed)


def _offer_context(world: World, transfer: Transfer, at: float) -> None:
    """Those whom the next rung rings may see the matter."""
    call = world.calls.get(transfer.caller_uid)
    if call is not None:
        after = calls.offered_to(call.context, transfer.rung.targets, at)
        if after is not call.context:
            call.context = after
            world.out.append(after)


def release_seat(world: World, transfer: Transfer, *, returns: bool) -> None:
    """Let the transferring seat go: its channel at home, or the trunk leg behind which it sits."""
    channel = transfer.transferer_leg or transfer.transferer_channel
    if not channel or transfer.transferer_gone:
        return
    seat = transfer.transferer if returns and not transfer.transferer_leg else SeatId("")
    world.out.append(ReleaseSeat(world.next_id(), transfer.home, transfer.call, channel, transfer.caller, seat))


def _end(world: World, transfer: Transfer, at: float) -> None:
    world.overdue.discard(transfer.id)
    world.out.append(CancelTimer(world.next_id(), transfer.home, transfer.call, TimerKind.TRANSFER.of(transfer.id)))
    for uid in (transfer.transferer_channel, transfer.transferer_leg):
        if transfer.id in (presses := world.transferers.get(uid, [])):
            presses.remove(transfer.id)
    call = world.calls.get(transfer.caller_uid)
    if call is None:
        del world.transfers[transfer.id]  # the caller has left before: nobody will ask again
    elif call.transfer == transfer.id:
        # Where three talked when a further party was called in, that transfer is still under way.
        others = (other.id for other in world.transfers.of_caller(call.uid) if other.running)
        call.transfer = next(others, None)
    assert isinstance(transfer.state, Ended)
    if call is not None:
        credit(world, transfer, call, at)
    tell_outcome(world, transfer)


# --- commands ---------------------------------------------------------------------------------------------------------------


def _ring(world: World, transfer: Transfer) -> None:
    rung = transfer.rung
    world.out.append(
        RingTarget(
            id=f"{world.next_id()}:{transfer.id}",
            switchboard=transfer.home,
            call=transfer.call,
            press=transfer.id,
            attempt=transfer.attempt,
            target=rung.name,
            caller=transfer.caller,
            caller_uid=transfer.caller_uid,
            tag=transfer.terms.tag,
            uui=uui.encode(transfer.context, _version(world, transfer), world.now, world.settings.signing_key),
            ring_s=rung.ring_s,
            accept_s=transfer.terms.accept_s,
        )
    )
    start_timer(world, transfer, rung.ring_s + world.settings.transfer_grace_s)


def _version(world: World, transfer: Transfer) -> int:
    call = world.calls.get(transfer.caller_uid)
    return call.context.version if call is not None else 1


def start_timer(world: World, transfer: Transfer, after_s: float) -> None:
    """The longest that the transfer's state may last, in seconds."""
    timer = TimerKind.TRANSFER.of(transfer.id)
    if after_s != SECOND_LOOK_S:
        world.overdue.discard(transfer.id)
    world.out.append(StartTimer(world.next_id(), transfer.home, transfer.call, timer, after_s))


SECOND_LOOK_S = 1.0
"""How long a fired timer waits before it counts. A process that was frozen finds its timers fired before it has read what Asterisk
said meanwhile."""


def time_up(world: World, press: PressId, at: float) -> None:
    """A transfer's timer has fired. It counts the second time, and not while Asterisk still has the leg, or cannot be heard:
    then the leg's own end will tell."""
    transfer = world.transfers.get(press)
    if transfer is None or not transfer.running:
        return
    if press not in world.overdue:
        world.overdue.add(press)
        start_timer(world, transfer, SECOND_LOOK_S)
        return
    world.overdue.discard(press)
    board = world.board(transfer.home)
    waits_for_leg = not isinstance(transfer.state, ThreeParty | Consulting | Cancelling)
    if waits_for_leg and (transfer.leg in board.channels or not board.connected):
        start_timer(world, transfer, world.settings.transfer_grace_s)
        return
    advance(world, press, TimeUp(), at)


def restart_timer(world: World, transfer: Transfer) -> None:
    """The time of a state that is new. Three parties talk as long as they like, unless the rule releases the seat; an offer, a
    consultation and a leg that we hang up have their time."""
    grace_s = world.settings.transfer_grace_s
    match transfer.state:
        case ThreeParty() if transfer.terms.release_s:
            start_timer(world, transfer, transfer.terms.release_s)
        case ThreeParty():
            timer = TimerKind.TRANSFER.of(transfer.id)
            world.out.append(CancelTimer(world.next_id(), transfer.home, transfer.call, timer))
        case Offered():
            start_timer(world, transfer, transfer.terms.accept_s + grace_s)
        case Consulting():
            start_timer(world, transfer, transfer.terms.decide_s)
        case Cancelling():
            start_timer(world, transfer, grace_s)
        case _:
            pass  # ringing goes on, whoever listens: the time of the rung stands


def _take(world: World, transfer: Transfer, *, settled: bool) -> None:
    caller = transfer.far_caller or transfer.caller
    where = transfer.transferer_switchboard if transfer.far_caller else transfer.home
    joined = settled and isinstance(transfer.state, ThreeParty | Consulting)
    world.out.append(TakePress(world.next_id(), where, transfer.call, transfer.id, caller, settled, joined))


def _settle(world: World, transfer: Transfer) -> None:
    """The switchboard of the press waits for it only where no leg of its own has told it otherwise."""
    if transfer.far_caller or not transfer.leg:
        _take(world, transfer, settled=True)


# --- records ----------------------------------------------------------------------------------------------------------------


def _record(world: World, transfer: Transfer) -> None:
    world.out.append(row(transfer))


def row(transfer: Transfer) -> TransferRow:
    """A transfer as the store keeps it."""
    state = transfer.state
    return TransferRow(
        id=transfer.id,
        home=transfer.home,
        call=transfer.call,
        context=transfer.context,
        transferer_switchboard=transfer.transferer_switchboard,
        transferer=transfer.transferer,
        target=transfer.target,
        mode=transfer.terms.mode,
        by=transfer.by,
        state=state_name(state),
        outcome=state.outcome if isinstance(state, Ended) else None,
        reason=state.reason if isinstance(state, Ended | Cancelling) else "",
        pressed_at=transfer.pressed_at,
        ringing_at=transfer.ringing_at,
        answered_at=transfer.answered_at,
        ended_at=transfer.ended_at,
        history=transfer.history,
        ladder=transfer.ladder,
        terms=transfer.terms,
        said=transfer.said,
    )


STATIC = TransferPolicy()
"""The terms on which the dialplan rings by itself."""


def static_ladder(world: World, switchboard: SwitchboardId, target: TargetId) -> tuple[Rung, ...]:
    """Whom the dialplan rings by itself for a press at this switchboard; never empty."""
    return world.rules.static_plan(switchboard, target) or (Rung(target, RING_S),)


def left_to_dialplan(world: World, event: LegStarted) -> None:
    """The dialplan rings for a press of which we thought that it was ours: from here on its ladder counts."""
    transfer = world.transfers.get(event.press)
    if transfer is not None and transfer.by == "gateway" and transfer.running:
        ladder = static_ladder(world, transfer.transferer_switchboard, transfer.target)
        transfer = replace(transfer, ladder=ladder)
        world.transfers[event.press] = of_plan(world, transfer, event.plan, event.wanted) if event.plan else transfer
