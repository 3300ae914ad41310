"""Transfers begin: a press is refused, followed or rung, by what is known at its instant."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.machines.transfer import (
    Consulting,
    Ended,
    ThreeParty,
    Transfer,
)
from gateway.core.messages.dialplan_events import LegStarted
from gateway.core.model import call as calls
from gateway.core.model.belongs import transfer_organisations
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.rules import plan as plans
from gateway.core.rules.rule import RING_S, Decision, Refusal, Rung, TransferPolicy
from gateway.core.turn.followed import let_go, of_plan
from gateway.core.turn.ladder import held_back, marks_of, past_the_unreachable
from gateway.core.turn.notifications import tell_outcome
from gateway.core.turn.transfer_commands import record, ring, settle
from gateway.core.turn.transfer_timers import start_timer
from gateway.core.values.ids import Outcome, SwitchboardId, TargetId
from gateway.core.values.reasons import AnyReason, Reason


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
        _begin(
            world, replace(transfer, routing=call.routing, ladder=decided.ladder, terms=decided.terms), call, at, plan
        )


def _decided(world: World, transfer: Transfer, call: Call, asked: str, at: float) -> Decision | Refusal:
    """Decision on a press by what is known now; a press that counts is counted here."""
    running = world.transfers.get(call.transfer) if call.transfer else None
    joined = running is not None and isinstance(running.state, ThreeParty | Consulting)
    if running is not None and running.running and not joined:
        return Refusal(Reason.ALREADY_RINGING)
    if not world.within_rate(transfer.transferer_switchboard, transfer.transferer, at):
        return Refusal(Reason.TOO_MANY_PRESSES)
    facts = world.facts(transfer.transferer_switchboard, transfer.target, transfer.transferer, call, asked, at)
    decided = world.rules.decide(facts)
    if isinstance(decided, Refusal):
        return decided
    if joined and decided.terms.mode != "conference":
        return Refusal(Reason.ALREADY_RINGING)  # three talk: a further party may be called in, no more
    if decided.terms.mode == "conference" and _parties(world, call) >= world.settings.parties_max:
        return Refusal(Reason.TOO_MANY_PARTIES)
    return decided if world.within_limit(decided.rule, decided.limit, at) else Refusal(Reason.TOO_MANY_BY_RULE)


def _parties(world: World, call: Call) -> int:
    board = world.board(call.home)
    return sum(1 for _ in board.mates(call.uid))


def refuse(world: World, transfer: Transfer, reason: AnyReason, at: float) -> None:
    """End a press before anything rang, and tell the dialplan that it is used up."""
    history = (*transfer.history, (at, "ended", reason))
    transfer = replace(transfer, state=Ended(Outcome.FAILED, reason), ended_at=at, history=history)
    world.transfers[transfer.id] = transfer
    record(world, transfer)
    settle(world, transfer)
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
            transfer = let_go(
                world, transfer, plan, Reason.HELD_BACK if kept else transfer.rung.name, at, takes=not kept
            )
        if kept:
            refuse(world, transfer, Reason.HELD_BACK, at)
            return
        ring(world, transfer)
    keep(world, transfer, call)
    record(world, transfer)
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


STATIC = TransferPolicy()
"""The terms on which the dialplan rings by itself."""


def static_ladder(world: World, switchboard: SwitchboardId, target: TargetId) -> tuple[Rung, ...]:
    """The ladder that the dialplan rings by itself for a press at this switchboard; never empty."""
    return world.rules.static_plan(switchboard, target) or (Rung(target, RING_S),)


def left_to_dialplan(world: World, event: LegStarted) -> None:
    """The dialplan rings for a press of which we thought that it was ours: from here on its ladder counts."""
    transfer = world.transfers.get(event.press)
    if transfer is not None and transfer.by == "gateway" and transfer.running:
        ladder = static_ladder(world, transfer.transferer_switchboard, transfer.target)
        transfer = replace(transfer, ladder=ladder)
        world.transfers[event.press] = of_plan(world, transfer, event.plan, event.wanted) if event.plan else transfer
