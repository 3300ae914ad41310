"""Where transfers begin: a key, a request over HTTP, a leg that somebody else has begun. And what people say about one that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from gateway.core.machines.inputs import Resolved, TakenBack
from gateway.core.machines.transfer import (
    Blonde,
    Consulting,
    Offered,
    Requested,
    Ringing,
    ThreeParty,
    Transfer,
    state_name,
)
from gateway.core.messages.commands import AnswerOffer, FollowPress
from gateway.core.messages.dialplan_events import KeyAnswered, KeyPressed, KeyTookBack, LegStarted
from gateway.core.messages.kept import PressKept
from gateway.core.messages.records import TransferRow
from gateway.core.messages.requests import (
    ConsultationDecided,
    OfferAnswered,
    SeatReleased,
    TransferAsked,
    TransferTakenBack,
)
from gateway.core.model import call as calls
from gateway.core.model.belongs import transfer_organisations
from gateway.core.model.call import Call
from gateway.core.model.company import Transferer, asker, seat_of, who_has
from gateway.core.model.world import World
from gateway.core.rules.plan import pressed_for
from gateway.core.rules.rule import RING_S, Rung
from gateway.core.turn.followed import HOME, follow, of_plan, presser_of, say_followed, sent_home, shown
from gateway.core.turn.kept import begun, pressed_at, record_of_call, told, until_now
from gateway.core.turn.lone_presses import behind_a_foreign_leg, without_caller
from gateway.core.turn.notifications import tell_seat
from gateway.core.turn.plans import call_changed
from gateway.core.turn.transfer_commands import release_seat, row
from gateway.core.turn.transfer_openings import STATIC, keep, open_transfer
from gateway.core.turn.transfer_timers import restart_timer, start_timer
from gateway.core.turn.transfers import advance
from gateway.core.values.ids import ChannelUid, Outcome, PressedBy, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import NOTHING_TO_ANSWER, NOTHING_TO_TAKE_BACK, outcome_text
from gateway.core.values.uui import context_id

# --- a key, or a request ----------------------------------------------------------------------------------------------------


def key_pressed(world: World, event: KeyPressed) -> None:
    """A seat pressed, or its phone's transfer button did (then the seat has left already)."""
    board = world.board(event.switchboard)
    presser = board.channels.get(event.presser)
    seat = SeatId(presser.device if presser is not None else seat_of(event.presser_name))
    if not event.press:
        without_caller(world, event, seat)
        return
    if event.press in world.transfers:
        if event.plan == HOME:  # home has been quicker
            say_followed(world, event)
        return
    call = world.calls.get(event.caller_uid) or world.call_behind(board, event.caller_uid)
    if call is None:
        if event.origin:
            behind_a_foreign_leg(world, event, seat)
        elif board.connected and event.caller_uid not in board.channels:
            _refuse_without_caller(world, event, seat)
        # Else he is not yet known: the dialplan rings, and a snapshot tells us.
        return
    world.pressed_at[(event.switchboard, seat)] = event.at
    if event.plan == HOME:
        sent_home(world, event, call)
        return
    if event.plan:
        follow(world, event)
        by = presser_of(world, event)
    else:
        far = event.switchboard != call.home
        leg, far_caller = (event.origin, event.caller) if far else (ChannelUid(""), "")
        by = Transferer(event.switchboard, seat, event.presser, leg, far_caller)
    transfer = new_transfer(event.press, event.target, call, by, event.at, gone=not event.presser)
    transfer = replace(transfer, pressed_by=_hand(event))
    open_transfer(world, transfer, call, event.mode, event.at, event.plan)


def _hand(event: KeyPressed) -> PressedBy:
    """A phone that lets go by its own button leaves no channel to press on."""
    return PressedBy.KEY if event.presser else PressedBy.REFER


def never_came_home(world: World, event: KeyPressed) -> None:
    """A far seat's press has been lost on its way to the caller's home: a gateway that is attached to both carries it out."""
    key_pressed(world, replace(event, plan=""))


def _refuse_without_caller(world: World, event: KeyPressed, seat: SeatId) -> None:
    """The caller has left, and two who talked with him press on: this press, too, ends once, and the seat reads why."""
    outcome, reason = Outcome.CALLER_HUNG_UP, Reason.CALLER_HUNG_UP
    history = ((event.at, "requested", ""), (event.at, "ended", reason))
    home = event.switchboard
    world.out.append(
        TransferRow(
            id=event.press,
            home=home,
            call=event.caller_uid,
            context=context_id(home, event.caller_uid),
            transferer_switchboard=home,
            transferer=seat,
            target=event.target,
            mode=event.mode or STATIC.mode,
            by="gateway",
            pressed_by=_hand(event),
            state="ended",
            outcome=outcome,
            reason=reason,
            pressed_at=event.at,
            ringing_at=0.0,
            answered_at=0.0,
            ended_at=event.at,
            history=history,
        )
    )
    tell_seat(world, home, seat, event.caller_uid, outcome_text(outcome, Reason.CALLER_GONE, event.target))


def transfer_asked(world: World, event: TransferAsked) -> None:
    """A press over HTTP. Nothing comes of it where no such call is; who asked sees that by looking for the transfer."""
    if event.press in world.transfers:
        return
    call = _call_of(world, event)
    if call is None:
        return
    call.routing = call.routing.then(event.said)
    noted = call.context.said.with_rules(call.routing)
    if noted != call.context.said:
        call.context = calls.edited(call.context, noted, "", event.at)
        world.out.append(call.context)
        call_changed(world, call, event.at)
    by = asker(world, call, event) or who_has(world, call)
    transfer = new_transfer(event.press, event.target, call, by, event.at, gone=not by.channel and not by.leg)
    transfer = replace(transfer, pressed_by=event.pressed_by)
    open_transfer(world, transfer, call, event.mode, event.at)


def _call_of(world: World, event: TransferAsked) -> Call | None:
    if event.call:
        return world.calls.get(event.call)
    board = world.board(event.switchboard)
    uids = [event.channel] if event.channel else sorted(board.of_seat.get(event.seat, ()))
    return next((call for uid in uids if (call := world.call_behind(board, uid)) is not None), None)


def new_transfer(press: PressId, target: TargetId, call: Call, by: Transferer, at: float, *, gone: bool) -> Transfer:
    """Transfer of a press at its beginning. ``at`` in seconds since 1970; ``gone``: its presser has left already, as a REFER's has."""
    return Transfer(
        id=press,
        home=call.home,
        call=call.uid,
        context=call.context.id,
        caller=call.name,
        caller_uid=call.uid,
        transferer_switchboard=by.switchboard,
        transferer=by.seat,
        transferer_channel=by.channel,
        transferer_leg=by.leg,
        far_caller=by.far_caller,
        target=target,
        ladder=(Rung(target, RING_S),),  # until a rule has decided
        pressed_at=at,
        numbered=bool(call.context.caller_number),
        transferer_gone=gone,
        state=Blonde() if gone else Requested(),
        history=((at, "requested", ""),),
    )


KNOWN_AGAIN: dict[str, type[Requested | Ringing | Offered | Blonde | ThreeParty | Consulting]] = {
    state_name(state): state for state in (Requested, Ringing, Offered, Blonde, ThreeParty, Consulting)
}
"""The states that a row of the store names and in which a transfer goes on after a restart."""


# --- a leg that somebody else has begun ---------------------------------------------------------------------------------------


def adopt(
    world: World,
    event: LegStarted,
    row_before: TransferRow | None = None,
    kept: PressKept | None = None,
    joined_at: float = 0.0,
) -> None:
    """A leg that no press of ours explains: the dialplan acted alone, or we did before a restart (then the row tells). ``kept``: what the
    dialplan has kept of its press; ``joined_at``: when it has joined its caller."""
    call = world.calls.get(event.caller_uid)
    if call is None or event.press in world.transfers:
        return
    if event.by == "dialplan":  # from here on it keeps nothing more, and leaves the words to us
        world.out.append(FollowPress(world.next_id(), call.home, call.uid, event.press, event.caller))
    if kept is not None and row_before is None:
        _adopt_kept(world, event, call, kept, joined_at)
        return
    transfer = _of_leg(world, event, call)
    if (
        row_before is None and transfer.planned
    ):  # nobody watched: what was pressed, and by which plan, is all that is known of it
        transfer = replace(transfer, history=(*transfer.history, (transfer.pressed_at, "by_plan", shown(event.plan))))
    if row_before is not None:
        transfer = replace(
            transfer,
            transferer_switchboard=row_before.transferer_switchboard,
            transferer=row_before.transferer,
            target=row_before.target,
            ladder=transfer.ladder if event.by == "dialplan" else row_before.ladder or transfer.ladder,
            terms=transfer.terms if transfer.planned else row_before.terms,
            routing=row_before.said,
            pressed_at=row_before.pressed_at,
            pressed_by=row_before.pressed_by,
            ringing_at=row_before.ringing_at,
            answered_at=row_before.answered_at,
            history=row_before.history,
            state=KNOWN_AGAIN.get(row_before.state, Requested)(),
        )
    keep(world, transfer, call)
    start_timer(world, transfer, transfer.rung.ring_s + world.settings.transfer_grace_s)
    restart_timer(world, transfer)
    call.context = calls.pressed(
        call.context, transfer.id, transfer.rung.targets, transfer_organisations(transfer), event.at
    )
    world.out.append(call.context)
    world.out.append(row(transfer))


def _adopt_kept(world: World, event: LegStarted, call: Call, kept: PressKept, joined_at: float) -> None:
    """Nobody followed, and everything that has come of it so far is kept: it stands where it would stand."""
    board = world.board(event.switchboard)
    transfer = told(begun(world, board, kept, call), until_now(kept, event.uid, event.attempt, joined_at))
    if transfer.running:
        keep(world, transfer, call)
        start_timer(world, transfer, transfer.rung.ring_s + world.settings.transfer_grace_s)
        restart_timer(world, transfer)
    else:
        world.transfers[transfer.id] = transfer
    record_of_call(world, transfer, call, event.at)
    world.out.append(row(transfer))


def _of_leg(world: World, event: LegStarted, call: Call) -> Transfer:
    """Transfer as a leg and the caller's bridge show it."""
    by = who_has(world, call, event.uid)
    began = pressed_at(event.press, event.at)
    pressed_here = SwitchboardId(event.press.partition(".")[0])
    target, ladder = pressed_for(world.rules, pressed_here, event.target, event.attempt)
    transfer = new_transfer(event.press, target, call, by, began, gone=not by.channel)
    transfer = replace(transfer, by=event.by, ladder=ladder, attempt=event.attempt, terms=STATIC, state=Requested())
    return of_plan(world, transfer, event.plan, event.wanted) if event.plan else transfer


# --- what people say about one that runs --------------------------------------------------------------------------------------


def key_took_back(world: World, event: KeyTookBack) -> None:
    """The key that takes back: for the seat that pressed, not for the target, which would cut itself off."""
    board = world.board(event.switchboard)
    call = world.calls.get(event.caller_uid) or world.call_behind(board, event.caller_uid)
    transfer = world.transfers.get(call.transfer) if call is not None and call.transfer else None
    if transfer is None or (event.origin and event.origin == transfer.leg):
        _answer(world, event, NOTHING_TO_TAKE_BACK)
        return
    advance(world, transfer.id, TakenBack(), event.at)


def _answer(world: World, event: KeyTookBack | KeyAnswered, text: str) -> None:
    """A key that means nothing now is answered with a text."""
    presser = world.board(event.switchboard).channels.get(event.presser)
    if presser is not None and presser.device:
        tell_seat(world, event.switchboard, SeatId(presser.device), "", text)


def key_answered(world: World, event: KeyAnswered) -> None:
    """Accept and decline by key: in a consultation the decision. An offer's own leg was told by the dialplan."""
    leg = world.legs.get(event.leg)
    transfer = world.transfers.get(leg.press) if leg is not None else None
    if transfer is not None and isinstance(transfer.state, Consulting):
        outcome = Outcome.AGREED_THERE if event.accept else Outcome.AGREED_HERE
        advance(world, transfer.id, Resolved(outcome), event.at)
    elif transfer is None or not _is_offered(transfer):
        _answer(world, event, NOTHING_TO_ANSWER)


def _is_offered(transfer: Transfer) -> bool:
    """True where its target has picked up and is asked whether it accepts."""
    return isinstance(transfer.state, Offered) or (isinstance(transfer.state, Blonde) and transfer.state.offered)


def said_of_transfer(
    world: World, event: TransferTakenBack | OfferAnswered | ConsultationDecided | SeatReleased
) -> None:
    """Do with a transfer as a console or a program asks. Whether the state allows it was asked before; what comes too late does nothing."""
    transfer = world.transfers.get(event.press)
    if transfer is None:
        return
    match event:
        case TransferTakenBack():
            advance(world, event.press, TakenBack(), event.at)
        case ConsultationDecided(outcome=outcome):
            advance(world, event.press, Resolved(outcome), event.at)
        case OfferAnswered(accept=accept, reason=reason):
            if isinstance(transfer.state, Consulting):
                outcome = Outcome.AGREED_THERE if accept else Outcome.AGREED_HERE
                advance(world, event.press, Resolved(outcome), event.at)
            elif _is_offered(transfer):
                answer = AnswerOffer(
                    world.next_id(), transfer.home, transfer.call, channel=transfer.leg, accept=accept, reason=reason
                )
                world.out.append(answer)
        case SeatReleased():
            if isinstance(transfer.state, ThreeParty | Consulting):
                release_seat(world, transfer, returns=False)
        case _:
            assert_never(event)
