"""Presses that the dialplan has carried out by the plan that lay ready: the core follows, and compares what rang with what it would do.

Equal is the rule: then nothing is done but written down. Where a fact is newer than the plan, or could not be known before (how often
somebody presses), the leg is let go before anybody answers it and the right one is rung.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.machines.transfer import Transfer
from gateway.core.messages.commands import FollowPress, HangUpLeg, StartTimer, TakePress
from gateway.core.messages.dialplan_events import HomeAnswered, KeyPressed, LegStarted, PlanRefused
from gateway.core.model.call import Call
from gateway.core.model.company import Transferer, behind, seat_of
from gateway.core.model.world import World
from gateway.core.rules import plan as plans
from gateway.core.values.ids import PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.timers import TimerKind

HOME = "home"
"""In the place of a plan: the press is on its way to the caller's home over the trunk."""
SENT_S = 1.5
"""Time for which a press is on its way to its home before a gateway carries it out itself: an INVITE that is lost once comes after 0.5 s."""
LET_GO = 26
"""The cause of a leg that goes though its caller still wants somebody: no further rung of its plan is rung."""


def say_followed(world: World, event: KeyPressed) -> None:
    """Say that a gateway has heard of a press: the dialplan leaves the words to it."""
    call = event.caller_uid
    world.out.append(FollowPress(world.next_id(), event.switchboard, call, event.press, event.caller))


def follow(world: World, event: KeyPressed) -> None:
    """A press comes at home, with the plan by which it is carried out."""
    say_followed(world, event)  # for one from the other switchboard it is said there as well, where the words are


def let_go(world: World, transfer: Transfer, plan: str, instead: str, at: float, *, takes: bool = False) -> Transfer:
    """End the dialplan's leg: it rings another than shall ring, whether it has begun or is about to. Counted, and told in the transfer's
    history. ``takes``: we ring in its place."""
    world.plans_stale[transfer.home] += 1
    transfer = replace(transfer, history=(*transfer.history, (at, "plan_stale", f"{shown(plan)} -> {instead}")))
    if not plans.refuses(plan):
        world.unwanted[transfer.id] = None
        while len(world.unwanted) > UNWANTED_MAX:
            del world.unwanted[next(iter(world.unwanted))]
        if takes:
            world.out.append(
                TakePress(
                    world.next_id(),
                    transfer.home,
                    transfer.call,
                    press=transfer.id,
                    caller=transfer.caller,
                    settled=False,
                    over=True,
                )
            )
    return transfer


def shown(written: str) -> str:
    """A plan for people: its mode, and who rings."""
    parts = written.split(":")
    return "-" if len(parts) < 7 else "refused" if parts[1] == "no" else f"{parts[1]} {parts[6]}"


UNWANTED_MAX = 1000
"""Presses whose leg is let go: it begins within milliseconds."""


def is_unwanted(world: World, event: LegStarted) -> bool:
    """True where a leg of the dialplan's is one that shall end, or whose press has ended already; then it is ended."""
    known = world.transfers.get(event.press)
    over = known is not None and not known.running
    if event.by != "dialplan" or not (over or event.press in world.unwanted):
        return False
    world.out.append(HangUpLeg(world.next_id(), event.switchboard, event.caller_uid, event.uid, LET_GO))
    return True


def past_the_marked(transfer: Transfer, at: float) -> Transfer:
    """The rung that the dialplan rings next: those that its plan marks are passed over, each with its reason."""
    while transfer.attempt < len(transfer.ladder) and transfer.attempt <= len(transfer.marks):
        mark = transfer.marks[transfer.attempt - 1]
        if not mark:
            break
        history = (*transfer.history, (at, "rung_skipped", f"{transfer.rung.name}: {mark}"))
        transfer = replace(transfer, attempt=transfer.attempt + 1, history=history)
    return transfer


def of_plan(world: World, transfer: Transfer, plan: str, wanted: TargetId) -> Transfer:
    """A transfer of which a leg tells by which plan it was rung."""
    found = plans.read(plan, world.rules, _pressed_at_switchboard(transfer.id, transfer.home))
    if found is None or found.refusal:
        return transfer
    return replace(
        transfer,
        target=wanted or transfer.target,
        ladder=found.ladder,
        terms=found.terms,
        marks=found.marks,
        planned=True,
    )


def _pressed_at_switchboard(press: PressId, otherwise: SwitchboardId) -> SwitchboardId:
    return SwitchboardId(press.partition(".")[0]) or otherwise


# --- a press whose caller lives on the other switchboard ----------------------------------------------------------------------


def sent_home(world: World, event: KeyPressed, call: Call) -> None:
    """A far seat has pressed, and its dialplan asks the caller's home to act. Home's own word for it brings the plan."""
    world.sent[event.press] = event
    while len(world.sent) > UNWANTED_MAX:
        del world.sent[next(iter(world.sent))]
    say_followed(world, event)
    timer = TimerKind.SENT.of(event.press)
    world.out.append(StartTimer(world.next_id(), call.home, call.uid, timer, SENT_S))


def presser_of(world: World, event: KeyPressed) -> Transferer:
    """The seat that has pressed: one of this switchboard, or the one behind the trunk leg by which a press came home."""
    where = _pressed_at_switchboard(event.press, event.switchboard)
    board = world.board(event.switchboard)
    if where == event.switchboard:
        presser = board.channels.get(event.presser)
        seat = presser.device if presser is not None else seat_of(event.presser_name)
        return Transferer(where, SeatId(seat), event.presser)
    sent = world.sent.pop(event.press, None)
    leg = next((channel for channel in board.channels.values() if channel.name == event.presser_name), None)
    uid = leg.uid if leg is not None else event.presser  # empty: the presser has gone, and its trunk leg has not
    if sent is not None:
        far = world.board(sent.switchboard).channels.get(sent.presser)
        name = far.device if far is not None else seat_of(sent.presser_name)
        return Transferer(where, SeatId(name), sent.presser, uid, sent.caller)
    found = behind(world, board, leg) if leg is not None else None
    return replace(found, switchboard=where, leg=uid) if found is not None else Transferer(where, SeatId(""), uid, uid)


def home_fails(world: World, event: HomeAnswered) -> KeyPressed | None:
    """The press that a far seat has sent home and that never came there; None where it did, or is none of ours."""
    sent = world.sent.get(event.press)
    if sent is None or event.press in world.transfers or event.cause in (16, 17, 19, 21, 29, 31):
        return None
    return world.sent.pop(event.press)


def plan_refused(world: World, event: PlanRefused) -> None:
    """A plan that was none is counted; the log has said so."""
    world.plans_bad[event.switchboard, event.place] += 1
