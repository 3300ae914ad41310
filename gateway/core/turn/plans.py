"""The plans that lie ready in Asterisk: written before anybody presses, by the function that decides when somebody does.

Every switchboard holds as globals what a press would do for a caller of whom nothing is known; where a call's matter, or a list that its
number is on, makes a difference, its channel holds its own. Both are written again when a fact that a rule asks for has changed, and
only then: free seats and waiting callers are looked at ``SETTLE_S`` after they have moved, the hour at each minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.core.messages.commands import ComparePlan, SetCallPlan, SetPlan, StartTimer
from gateway.core.messages.link_events import PlanDiffers
from gateway.core.model.board import Board
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.rules import plan as plans
from gateway.core.rules.conditions import PressFacts, local_day, local_minute
from gateway.core.rules.plan import Plan, closed, name_of, text, texts_of
from gateway.core.rules.rule import Decision, Refusal
from gateway.core.turn.ladder import keeps_seats, kept_from, passed_over
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import Reason
from gateway.core.values.timers import TimerKind

SETTLE_S = 0.2
"""From the first change of free seats or waiting callers to the writing of what follows from it: a busy hour moves them many times a
second, and a press in between is compared with the newest facts all the same."""
PAIR_S = 0.002
"""Longer by so much for each press that is looked at: fifteen switchboards shall not look all the time."""
COMPARE_S = 60.0
"""Interval at which globals are read back: nobody changes them but by hand, and a message each is read, 30 for two switchboards."""
HEARTBEAT_S = 15.0
"""Interval at which a switchboard is told that a gateway is there; a quarter of the time after which it believes that none is."""


@dataclass(frozen=True, slots=True)
class Now:
    """The facts that all presses of one instant have in common; looked at once, because it looks at all seats."""

    at: float
    minute: int
    free_seats: Mapping[TargetId, int]
    waiting: Mapping[TargetId, int]
    expected_wait_s: Mapping[TargetId, float]


def now_of(world: World, at: float) -> Now:
    """The facts that are known at this instant. Seats and callers are counted only where a rule asks for them."""
    index = world.rules.index
    return Now(
        at,
        local_minute(at, world.settings.utc_offset_s),
        world.free_seats_by_target() if index.crowded else {},
        world.waiting_by_target() if index.crowded else {},
        world.expected_waits(at) if index.foresees else {},
    )


def foreseen(
    world: World, from_: SwitchboardId, target: TargetId, home: SwitchboardId, call: Call | None, now: Now
) -> Plan:
    """The plan of a press of this target now, with all that is known."""
    plan = _decided(world, _facts(world, from_, target, call, now), home, now.at, seen=True)
    if not world.rules.crowds:
        return plan
    return replace(plan, crowded=text(plan) != text(without_seats(world, from_, target, home, call, now)))


def without_seats(
    world: World, from_: SwitchboardId, target: TargetId, home: SwitchboardId, call: Call | None, now: Now
) -> Plan:
    """The same with no look at anybody's seats: what counts when no gateway has been there for long."""
    facts = _facts(world, from_, target, call, replace(now, free_seats={}, waiting={}, expected_wait_s={}))
    return _decided(world, facts, home, now.at, seen=False)


def _facts(world: World, from_: SwitchboardId, target: TargetId, call: Call | None, now: Now) -> PressFacts:
    said, lists = (
        (call.routing, lists_of(world, call, now.at)) if call is not None else (RoutingDetails(), frozenset[str]())
    )
    return PressFacts(
        switchboard=from_,
        target=target,
        seat=SeatId(""),
        at=now.at,
        asked="",
        routing=said,
        lists=lists,
        free_seats=now.free_seats,
        minute=now.minute,
        waiting=now.waiting,
        expected_wait_s=now.expected_wait_s,
    )


def lists_of(world: World, call: Call, at: float) -> frozenset[str]:
    """The lists that a caller's number is on."""
    return world.rules.callers.of(call.context.caller_number, local_day(at, world.settings.utc_offset_s))


def _decided(world: World, facts: PressFacts, home: SwitchboardId, at: float, *, seen: bool) -> Plan:
    decided = world.rules.decide(facts)
    if isinstance(decided, Refusal):
        return plans.of(decided, target=facts.target)
    marks = tuple(_marks(world, decided, home, at) if seen else closed(world.rules, decided.ladder, facts.minute))
    first = next((rung for rung, mark in zip(decided.ladder, marks, strict=True) if not mark), decided.ladder[-1])
    if seen and not first.also and keeps_seats(world, home, decided.terms, first.target):
        return plans.of(Refusal(Reason.HELD_BACK, facts.target, decided.rule), target=facts.target)
    return plans.of(decided, marks)


def _marks(world: World, decided: Decision, home: SwitchboardId, at: float) -> Iterator[Reason | None]:
    last = len(decided.ladder)
    for number, rung in enumerate(decided.ladder, 1):
        kept = kept_from(world, home, decided.terms, rung.target)
        yield passed_over(world, rung.target, kept, at) if number < last and not rung.also else None


# --- of a switchboard -----------------------------------------------------------------------------------------------------


def globals_of(world: World, home: SwitchboardId, now: Now) -> dict[str, str]:
    """Every plan of callers who live there, by name; and what they name."""
    values: dict[str, str] = {}
    texts: dict[str, str] = {}
    for from_ in sorted(world.boards):
        for target in world.rules.targets:
            plan = foreseen(world, from_, target, home, None, now)
            values[name_of(from_, target)] = text(plan)
            texts.update(texts_of(plan))
            if plan.crowded:
                bare = without_seats(world, from_, target, home, None, now)
                values[name_of(from_, target, bare=True)] = text(bare)
                texts.update(texts_of(bare))
    values.update(sorted(texts.items()))
    values.update(plans.facts_of_targets(world.rules))
    values[plans.LONGEST] = str(plans.longest_s(world.rules))
    return values


def write(world: World, board: Board, now: Now, *, all_: bool = False) -> None:
    """Bring a switchboard's globals up to date. ``all_``: it may have forgotten them."""
    values, before = globals_of(world, board.id, now), world.plans.get(board.id, {})
    lost = [name for name in before if name not in values and _is_lost(name)]
    values = {name: "0" if name.startswith(plans.SHOWS) else "" for name in lost} | values
    world.plans[board.id] = {**before, **values}
    changed = {name: value for name, value in values.items() if all_ or before.get(name) != value}
    if changed:
        _set(world, board, changed, now.at)


def _is_lost(name: str) -> bool:
    """True where a global must be emptied when nothing gives it a value any more. A text that is named by its digest never lies."""
    return not name.startswith((plans.TAG, plans.WHY))


def _set(world: World, board: Board, values: dict[str, str], at: float) -> None:
    world.plan_writes[board.id] += len(values) + 1
    stamped = (*values.items(), (plans.WRITTEN_AT, str(int(at))))
    world.out.append(SetPlan(world.next_id(), board.id, "", stamped))


def attached(world: World, board: Board, at: float) -> None:
    """A switchboard has been looked at. One that we have written to is asked what still stands there; another gets all of its plans; and its
    calls get theirs."""
    now = now_of(world, at)
    write(world, board, now, all_=board.id not in world.plans)
    compare(world, board)
    for call in [call for call in world.calls.values() if call.home == board.id]:
        write_of_call(world, call, now)
    world.crowd_seen = crowd(world)
    beat(world, board, at, told=True)


def compare(world: World, board: Board) -> None:
    """Look whether what was written still stands there, now and each ``COMPARE_S``."""
    if board.connected:  # else the next snapshot looks
        world.out.append(ComparePlan(world.next_id(), board.id, "", tuple(world.plans[board.id].items())))
        world.out.append(StartTimer(world.next_id(), board.id, "", TimerKind.COMPARE.of(board.id), COMPARE_S))


def mend(world: World, event: PlanDiffers) -> None:
    """Somebody, or a restart, has changed what we have written: it is written again, and counted."""
    board, known = world.board(event.switchboard), world.plans.get(event.switchboard, {})
    values = {name: known[name] for name in event.names if name in known}
    world.plans_changed[board.id] += len(values)
    if values:
        _set(world, board, values, event.at)


def rules_loaded(world: World, at: float) -> None:
    """New rules: everything is looked at again."""
    now = now_of(world, at)
    for board in world.boards.values():
        if board.connected:  # another is told when it is attached
            write(world, board, now)
    for call in list(world.calls.values()):
        write_of_call(world, call, now)


def beat(world: World, board: Board, at: float, *, told: bool = False) -> None:
    """Say that a gateway is there, and look at the hour and what else moves without an event."""
    if not board.connected:
        return
    if not told:
        write(world, board, now_of(world, at))
        _set(world, board, {}, at)
    after_s = HEARTBEAT_S
    if world.rules.hourly:
        after_s = min(after_s, 60.05 - at % 60)
    timer = TimerKind.HEARTBEAT.of(board.id)
    world.out.append(StartTimer(world.next_id(), board.id, "", timer, after_s))


# --- free seats and waiting callers ----------------------------------------------------------------------------------------------


def crowd(world: World) -> tuple[tuple[bool, int | None, int], ...]:
    """The figures that a plan may depend on and that move with every call."""
    waits = bool(world.rules.index.crowded)
    return tuple(
        (board.connected, world.free_seats(id_), len(board.waiting) if waits else 0)
        for id_, board in world.boards.items()
    )


def look(world: World, at: float) -> None:
    """Have free seats moved? Then the plans are looked at in a moment, once."""
    if not world.rules.crowds or world.plans_due:
        return
    now = crowd(world)
    if now == world.crowd_seen:
        return
    world.plans_due = True
    pairs = len(world.boards) * len(world.rules.targets)
    timer = TimerKind.PLANS
    home = next(iter(world.boards))
    world.out.append(StartTimer(world.next_id(), home, "", timer, max(SETTLE_S, PAIR_S * pairs)))


def settled(world: World, at: float) -> None:
    """The moment has come."""
    world.plans_due = False
    world.crowd_seen = crowd(world)
    now = now_of(world, at)
    for board in world.boards.values():
        if board.connected:
            write(world, board, now)
    for call in [call for call in world.calls.values() if call.special]:
        write_of_call(world, call, now)


# --- of a call -------------------------------------------------------------------------------------------------------------


def plans_of_call(world: World, call: Call, now: Now) -> dict[str, Plan]:
    """The presses for which this call's plan is not its switchboard's."""
    found: dict[str, Plan] = {}
    known = world.plans.get(call.home, {})
    for from_ in sorted(world.boards):
        for target in world.rules.targets:
            plan, name = foreseen(world, from_, target, call.home, call, now), name_of(from_, target)
            if text(plan) == known.get(name):
                continue
            found[name] = plan
            if plan.crowded:
                bare = without_seats(world, from_, target, call.home, call, now)
                found[name_of(from_, target, bare=True)] = bare
    return found


def call_changed(world: World, call: Call, at: float) -> None:
    """A call has come, or somebody has written down what its caller said."""
    if call.plans or call.routing != RoutingDetails() or lists_of(world, call, at):
        write_of_call(world, call, now_of(world, at))


def write_of_call(world: World, call: Call, now: Now) -> None:
    """Bring the plans on a caller's channel up to date."""
    board = world.board(call.home)
    if not board.connected:
        return
    call.special = call.routing != RoutingDetails() or bool(lists_of(world, call, now.at))
    found = plans_of_call(world, call, now) if call.special else {}
    values = {name: text(plan) for name, plan in found.items()}
    changed = {name: value for name, value in values.items() if call.plans.get(name) != value}
    changed |= {name: "" for name, value in call.plans.items() if name not in values and value}
    if not changed:
        return
    texts = {name: value for plan in found.values() for name, value in texts_of(plan)}
    known = world.plans.setdefault(board.id, {})
    new = {name: value for name, value in texts.items() if known.get(name) != value}
    if new:
        known.update(new)
        _set(world, board, new, now.at)
    if values.keys() != {name for name, value in call.plans.items() if value}:
        changed[plans.OF_CALL] = "&".join(name.removeprefix(plans.PREFIX) for name in values)[: plans.CHARS_MAX]
    call.plans = values
    world.plan_writes[call.home] += len(changed)
    world.out.append(SetCallPlan(world.next_id(), call.home, call.uid, call.uid, tuple(changed.items())))


def seen_on_channel(call: Call, names: str) -> None:
    """A snapshot shows for which presses a gateway before this one has left plans on a caller's channel: they are written again."""
    call.plans = {f"{plans.PREFIX}{name}": "?" for name in names.split("&") if name}
