"""Transfers: facts go in, the machine decides, its deeds become commands, every change becomes a record."""

from __future__ import annotations

from dataclasses import replace

from gateway.core import call as calls
from gateway.core import uui
from gateway.core.call import Call
from gateway.core.commands import (
    CancelTimer,
    HangUpLeg,
    RingTarget,
    StartTimer,
    TakePress,
    TellSeat,
    TransferRow,
)
from gateway.core.events import KeyPressed, LegStarted
from gateway.core.rules import Decision, Facts, Refusal, Rung
from gateway.core.terms import ChannelUid, Outcome, PressId, SeatId, SwitchboardId
from gateway.core.transfer import (
    Cancelling,
    Deed,
    Ended,
    Fact,
    HangUp,
    ReleaseTransferer,
    RingNext,
    Settle,
    ThreeParty,
    Transfer,
    state_name,
    step,
)
from gateway.core.words import outcome_text
from gateway.core.world import World

TIMER = "transfer"


def key_pressed(world: World, event: KeyPressed) -> None:
    """A seat pressed. Whatever comes of it, the press has one transfer and the transfer one end."""
    board = world.board(event.switchboard)
    presser = board.channels.get(event.presser)
    seat = SeatId(presser.device if presser is not None else "")
    if not event.press:
        _tell(world, event.switchboard, seat, "", outcome_text(Outcome.FAILED, "no_caller", event.target))
        return
    if event.press in world.transfers:
        return
    call = world.calls.get(event.caller_uid) or world.call_behind(board, event.caller_uid)
    if call is None:
        # Its home is not attached or not yet known. The watchdog asks the home switchboard itself, and a snapshot tells us.
        return
    transfer = _new(world, event, call, seat)
    running = world.transfers.get(call.transfer) if call.transfer else None
    if running is not None and running.running:
        _refuse(world, transfer, "already_ringing", event.at)
        return
    match world.rules.decide(Facts(event.switchboard, event.target, seat, event.at)):
        case Refusal(reason):
            _refuse(world, transfer, reason, event.at)
        case Decision() as decision:
            transfer = replace(transfer, mode=decision.mode, ladder=decision.ladder, tag=decision.tag)
            _begin(world, transfer, call)


def _new(world: World, event: KeyPressed, call: Call, seat: SeatId) -> Transfer:
    far = event.switchboard != call.home
    return Transfer(
        id=event.press,
        home=call.home,
        call=call.uid,
        context=call.context.id,
        caller=call.name,
        caller_uid=call.uid,
        transferer_switchboard=event.switchboard,
        transferer=seat,
        transferer_channel=event.presser,
        transferer_leg=event.origin if far else ChannelUid(""),
        far_caller=event.caller if far else "",
        target=event.target,
        mode="warm",
        ladder=(Rung(event.target, 25),),
        tag=f"[{call.home}转]",
        pressed_at=event.at,
        history=((event.at, "requested", ""),),
    )


def _refuse(world: World, transfer: Transfer, reason: str, at: float) -> None:
    """End a press before anything rang, and tell the watchdog that it is used up."""
    history = (*transfer.history, (at, "ended", reason))
    transfer = replace(transfer, state=Ended(Outcome.FAILED, reason), ended_at=at, history=history)
    world.transfers[transfer.id] = transfer
    _record(world, transfer)
    _settle(world, transfer)
    _tell_outcome(world, transfer)


def _begin(world: World, transfer: Transfer, call: Call) -> None:
    """Ring. The request leaves first: everything else can wait (law 5)."""
    _ring(world, transfer)
    if transfer.far_caller:
        _take(world, transfer, settled=False)
    keep(world, transfer, call)
    _record(world, transfer)
    call.context = calls.pressed(call.context, transfer.id, transfer.pressed_at)
    world.out.append(call.context)


def keep(world: World, transfer: Transfer, call: Call | None) -> None:
    """Enter a running transfer into the indexes."""
    world.transfers[transfer.id] = transfer
    if call is not None:
        call.transfer = transfer.id
    for uid in (transfer.transferer_channel, transfer.transferer_leg):
        if uid:
            world.transferers[uid] = transfer.id


def adopt(world: World, event: LegStarted, row: TransferRow | None = None) -> None:
    """A leg that no press of ours explains: the dialplan acted alone, or we did before a restart (then ``row`` tells)."""
    call = world.calls.get(event.caller_uid)
    if call is None or event.press in world.transfers:
        return
    transfer = _of_leg(world, event, call)
    if row is not None:
        transfer = replace(
            transfer,
            transferer_switchboard=row.transferer_switchboard,
            transferer=row.transferer,
            target=row.target,
            mode=row.mode,
            pressed_at=row.pressed_at,
            ringing_at=row.ringing_at,
            answered_at=row.answered_at,
            history=row.history,
        )
    keep(world, transfer, call)
    _start_timer(world, transfer)
    call.context = calls.pressed(call.context, transfer.id, event.at)
    world.out.append(call.context)
    _record(world, transfer)


def _of_leg(world: World, event: LegStarted, call: Call) -> Transfer:
    """What a leg and the caller's bridge say of a transfer: who else is in the bridge is the transferer."""
    board = world.board(event.switchboard)
    mates = [mate for mate in board.mates(call.uid) if mate.uid not in (call.uid, event.uid)]
    presser = mates[0] if mates else None
    leg = world.legs.get(presser.uid) if presser is not None else None
    arrival = world.arrival_of.get(leg.uid) if leg is not None else None
    began = pressed_at(event.press, event.at)
    return Transfer(
        id=event.press,
        home=call.home,
        call=call.uid,
        context=call.context.id,
        caller=call.name,
        caller_uid=call.uid,
        transferer_switchboard=arrival.switchboard if arrival is not None else call.home,
        transferer=SeatId(presser.device if presser is not None and leg is None else ""),
        transferer_channel=presser.uid if presser is not None else ChannelUid(""),
        transferer_leg=leg.uid if leg is not None else ChannelUid(""),
        far_caller=arrival.name if arrival is not None else "",
        target=event.target,
        mode="warm",
        ladder=(Rung(event.target, 25),),
        tag="",
        pressed_at=began,
        by=event.by,
        transferer_gone=presser is None,
        history=((began, "requested", ""),),
    )


def pressed_at(press: PressId, otherwise: float) -> float:
    """When a press was made: its id carries the microsecond."""
    parts = press.split(".")
    return int(parts[1]) / 1e6 if len(parts) == 3 and parts[1].isdigit() else otherwise


def tell(world: World, press: PressId | None, fact: Fact, at: float) -> None:
    """One fact about one transfer."""
    transfer = world.transfers.get(press) if press else None
    if transfer is None:
        return
    after, deeds = step(transfer, fact, at)
    if after is transfer and not deeds:
        return
    world.transfers[after.id] = after
    for deed in deeds:
        _do(world, after, deed)
    if after == transfer:
        return
    _record(world, after)
    if type(after.state) is not type(transfer.state):
        if isinstance(after.state, Ended):
            _end(world, after, at)
        elif isinstance(after.state, ThreeParty | Cancelling):
            _restart_timer(world, after)


def _do(world: World, transfer: Transfer, deed: Deed) -> None:
    match deed:
        case RingNext():
            _ring(world, transfer)
        case HangUp(leg):
            world.out.append(HangUpLeg(world.next_id(), transfer.home, transfer.call, leg))
        case ReleaseTransferer():
            if transfer.transferer_leg in world.legs:
                leg = transfer.transferer_leg
                world.out.append(HangUpLeg(world.next_id(), transfer.home, transfer.call, leg))
        case Settle():
            _settle(world, transfer)


def _end(world: World, transfer: Transfer, at: float) -> None:
    world.out.append(CancelTimer(world.next_id(), transfer.home, transfer.call, f"{TIMER}:{transfer.id}"))
    for uid in (transfer.transferer_channel, transfer.transferer_leg):
        if world.transferers.get(uid) == transfer.id:
            del world.transferers[uid]
    call = world.calls.get(transfer.caller_uid)
    if call is None:
        del world.transfers[transfer.id]  # the caller has left before: nobody will ask again
    elif call.transfer == transfer.id:
        call.transfer = None
    assert isinstance(transfer.state, Ended)
    if call is not None and transfer.state.outcome is Outcome.COMPLETED:
        call.context = calls.owned_by(call.context, SwitchboardId(transfer.rung.target), at)
        world.out.append(call.context)
    _tell_outcome(world, transfer)


# --- commands ---------------------------------------------------------------------------------------------------------


def _ring(world: World, transfer: Transfer) -> None:
    rung = transfer.rung
    world.out.append(
        RingTarget(
            id=f"{world.next_id()}:{transfer.id}",
            switchboard=transfer.home,
            call=transfer.call,
            press=transfer.id,
            attempt=transfer.attempt,
            target=rung.target,
            caller=transfer.caller,
            caller_uid=transfer.caller_uid,
            tag=transfer.tag,
            uui=uui.encode(transfer.context, world.settings.signing_key),
            ring_s=rung.ring_s,
        )
    )
    _start_timer(world, transfer)


def _start_timer(world: World, transfer: Transfer) -> None:
    timer = f"{TIMER}:{transfer.id}"
    after_s = transfer.rung.ring_s + world.settings.transfer_grace_s
    world.out.append(StartTimer(world.next_id(), transfer.home, transfer.call, timer, after_s))


def _restart_timer(world: World, transfer: Transfer) -> None:
    """Three parties talk as long as they like; a leg that we hang up has the grace time to go."""
    timer = f"{TIMER}:{transfer.id}"
    if isinstance(transfer.state, ThreeParty):
        world.out.append(CancelTimer(world.next_id(), transfer.home, transfer.call, timer))
    else:
        grace_s = world.settings.transfer_grace_s
        world.out.append(StartTimer(world.next_id(), transfer.home, transfer.call, timer, grace_s))


def _take(world: World, transfer: Transfer, *, settled: bool) -> None:
    caller = transfer.far_caller or transfer.caller
    where = transfer.transferer_switchboard if transfer.far_caller else transfer.home
    joined = settled and isinstance(transfer.state, ThreeParty)
    world.out.append(TakePress(world.next_id(), where, transfer.call, transfer.id, caller, settled, joined))


def _settle(world: World, transfer: Transfer) -> None:
    """The switchboard of the press waits for it only where no leg of its own has told it otherwise."""
    if transfer.far_caller or not transfer.leg:
        _take(world, transfer, settled=True)


def _tell(world: World, switchboard: SwitchboardId, seat: SeatId, call: str, text: str) -> None:
    if seat:
        world.out.append(TellSeat(world.next_id(), switchboard, call, seat, text))


def _tell_outcome(world: World, transfer: Transfer) -> None:
    assert isinstance(transfer.state, Ended)
    text = outcome_text(transfer.state.outcome, transfer.state.reason, transfer.target)
    _tell(world, transfer.transferer_switchboard, transfer.transferer, transfer.call, text)


# --- records ------------------------------------------------------------------------------------------------------------


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
        mode=transfer.mode,
        by=transfer.by,
        state=state_name(state),
        outcome=state.outcome if isinstance(state, Ended) else None,
        reason=state.reason if isinstance(state, Ended | Cancelling) else "",
        pressed_at=transfer.pressed_at,
        ringing_at=transfer.ringing_at,
        answered_at=transfer.answered_at,
        ended_at=transfer.ended_at,
        history=transfer.history,
    )
