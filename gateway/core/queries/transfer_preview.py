"""The effect that a press would have now, for the seat before it presses: the same rules and the same ladder, and nothing is rung, counted or
written. A press never waits in the target's queue: it rings a free seat at once, or the seat that pressed keeps its caller."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.core.machines.transfer import Consulting, ThreeParty, Transfer
from gateway.core.model.board import since
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.rules.conditions import PressFacts, local_minute
from gateway.core.rules.plan import name_of
from gateway.core.rules.rule import OTHER, Decision, Refusal, Rung
from gateway.core.turn.ladder import held_back, kept_seats, passed_over, past_the_unreachable
from gateway.core.values import texts
from gateway.core.values.bilingual import Pair
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid, ContextId, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import AnyReason, GivenReason, Reason, Verdict, as_reason
from gateway.core.values.texts import words_of

Waits = Mapping[TargetId, float]
"""The wait expected at each target of which it is known, seconds."""


@dataclass(frozen=True, slots=True)
class Load:
    """Load of a target. None: not known (law 7)."""

    free: int | None = None
    kept: int = 0
    """Free seats that are kept from this press for the target's own callers."""
    waiting: int | None = None
    longest_wait_s: float | None = None
    expected_wait_s: float | None = None
    """Infinite where more comes than the seats there can carry."""


NONE = GivenReason("")
"""Reason of a press that would ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One key of a seat, or one target that has no key, and what would come of a press.

    Where the ``verdict`` is ``refused``, ``reason`` says why.
    """

    key: str
    target: TargetId
    name: str
    mode: str
    rule: str
    verdict: Verdict
    reason: AnyReason = NONE
    rings: TargetId = TargetId("")
    """Target that is rung first."""
    skipped: tuple[str, ...] = ()
    """Rungs that are passed over, each with its reason: ``110: full``."""
    crowd: Load = Load()
    plan: str = ""
    """The plan that lies ready for such a press (``core.plan``), on this call or at its home; empty where none does."""
    plan_of: str = ""
    """Owner of the plan: ``call`` or ``switchboard``; empty where there is none."""

    @property
    def text(self) -> str:
        """One line for people, Chinese first."""
        zh, en = _words(self)
        return f"{self.key} {zh} / {en}".strip()


def previews(world: World, switchboard: SwitchboardId, seat: SeatId, at: float) -> list[Preview]:
    """Every key that transfers, then the targets without one, with the call that the seat has now, if any."""
    call = _call_of(world, switchboard, seat)
    keys = [
        (code, _meant(world, switchboard, key.target), key.mode)
        for code, key in world.rules.keys.items()
        if key.action == "transfer"
    ]
    named = {target for _, target, _ in keys}
    keys += [("", target, "") for target in world.rules.targets if target not in {*named, TargetId(switchboard)}]
    waits = world.expected_waits(at)  # once: it looks at all seats
    found = [_prospect(world, switchboard, seat=seat, call=call, key=key, waits=waits, at=at) for key in keys]
    return [_with_plan(world, switchboard, call, prospect) for prospect in found]


def _with_plan(world: World, switchboard: SwitchboardId, call: Call | None, prospect: Preview) -> Preview:
    name = name_of(switchboard, prospect.target)
    own = call.plans.get(name, "") if call is not None else ""
    plan = own or world.plans.get(call.home if call is not None else switchboard, {}).get(name, "")
    return replace(prospect, plan=plan, plan_of="call" if own else "switchboard" if plan else "")


def _call_of(world: World, switchboard: SwitchboardId, seat: SeatId) -> Call | None:
    board = world.board(switchboard)
    found = (world.call_behind(board, uid) for uid in sorted(board.of_seat.get(seat, ())))
    return next((call for call in found if call is not None), None)


def _meant(world: World, switchboard: SwitchboardId, target: TargetId) -> TargetId:
    """The target of a key: the other switchboard is another one here than there."""
    others = [TargetId(id_) for id_ in ("12345", "110", *world.boards) if id_ != switchboard]
    return target if target != OTHER else next((id_ for id_ in others if id_ in world.rules.targets), target)


def _prospect(
    world: World,
    switchboard: SwitchboardId,
    seat: SeatId,
    call: Call | None,
    key: tuple[str, TargetId, str],
    waits: Waits,
    at: float,
) -> Preview:
    code, target, asked = key
    known = world.rules.targets.get(target)
    decided = world.rules.decide(
        _facts(world, switchboard, target=target, seat=seat, call=call, asked=asked, waits=waits, at=at)
    )
    prospect = Preview(
        key=code,
        target=target,
        name=known.name if known else target,
        mode=asked,
        rule=decided.rule,
        verdict=Verdict.REFUSED,
    )
    transfer = _tried(switchboard, seat, call, target, at)
    if isinstance(decided, Decision):
        transfer = replace(transfer, ladder=decided.ladder, terms=decided.terms)
        prospect = replace(prospect, mode=decided.terms.mode)
    prospect = replace(prospect, crowd=_crowd(world, transfer, target, waits, at))
    if reason := decided.reason if isinstance(decided, Refusal) else _not_now(world, call, prospect.mode):
        return replace(prospect, reason=reason)
    transfer = past_the_unreachable(world, transfer, at)
    skipped = tuple(why for _, _, why in transfer.history)
    if held_back(world, transfer):
        return replace(prospect, reason=Reason.HELD_BACK, skipped=skipped)
    verdict, reason = _verdict(world, transfer, at)
    return replace(prospect, verdict=verdict, reason=reason or NONE, rings=transfer.rung.name, skipped=skipped)


def _facts(
    world: World,
    switchboard: SwitchboardId,
    target: TargetId,
    seat: SeatId,
    call: Call | None,
    asked: str,
    waits: Waits,
    at: float,
) -> PressFacts:
    if call is not None:
        return world.facts(switchboard, target, seat, call, asked, at)
    minute = local_minute(at, world.settings.utc_offset_s)
    free, waiting = world.free_seats_by_target(), world.waiting_by_target()
    return PressFacts(
        switchboard=switchboard,
        target=target,
        seat=seat,
        at=at,
        asked=asked,
        routing=RoutingDetails(),
        lists=frozenset(),
        free_seats=free,
        minute=minute,
        waiting=waiting,
        expected_wait_s=waits,
    )


def _not_now(world: World, call: Call | None, mode: str) -> Reason | None:
    """Why this call cannot be transferred now, or None."""
    running = world.transfers.get(call.transfer) if call is not None and call.transfer else None
    if running is None or not running.running:
        return None
    joined = isinstance(running.state, ThreeParty | Consulting)
    return None if joined and mode == "conference" else Reason.ALREADY_RINGING


def _tried(switchboard: SwitchboardId, seat: SeatId, call: Call | None, target: TargetId, at: float) -> Transfer:
    """A press as it would be, for the ladder's questions."""
    home, uid = (call.home, call.uid) if call is not None else (switchboard, ChannelUid(""))
    return Transfer(
        id=PressId(""),
        home=home,
        call=uid,
        context=ContextId(""),
        caller="",
        caller_uid=uid,
        transferer_switchboard=switchboard,
        transferer=seat,
        transferer_channel=ChannelUid(""),
        transferer_leg=ChannelUid(""),
        far_caller="",
        target=target,
        ladder=(Rung(target, 0),),
        pressed_at=at,
    )


def _verdict(world: World, transfer: Transfer, at: float) -> tuple[Verdict, Reason | None]:
    """Verdict on the rung that would ring, and its reason."""
    targets = transfer.rung.targets
    reasons = [passed_over(world, target, kept_seats(world, transfer, target), at) for target in targets]
    if None in reasons:
        unknown = all(world.free_seats(SwitchboardId(target)) is None for target in targets)
        return (Verdict.UNKNOWN if unknown else Verdict.RINGS), None
    first = reasons[0]
    return Verdict.BUSY if first is Reason.FULL else Verdict.DOWN if first is Reason.DOWN else Verdict.RINGS, first


def _crowd(world: World, transfer: Transfer, target: TargetId, expected: Waits, at: float) -> Load:
    kept = kept_seats(world, transfer, target)
    board = world.boards.get(SwitchboardId(target))
    if board is None or not board.connected:
        return Load(kept=kept)
    waits = [since(caller, at) for caller in board.waiting.values()]
    longest_s = round(max(waits), 1) if waits else None
    return Load(world.free_seats(board.id), kept, len(waits), longest_s, expected.get(target))


def preview_view(prospect: Preview) -> dict[str, Any]:
    """The preview of a press. ``expected_wait_s`` is None where it is not known, and where it is endless (then ``endless``)."""
    crowd = prospect.crowd
    endless = crowd.expected_wait_s is not None and math.isinf(crowd.expected_wait_s)
    return {
        "key": prospect.key,
        "target": prospect.target,
        "name": prospect.name,
        "mode": prospect.mode,
        "rule": prospect.rule,
        "verdict": prospect.verdict,
        "reason": prospect.reason,
        "rings": prospect.rings,
        "skipped": list(prospect.skipped),
        "seats_free": crowd.free,
        "seats_kept": crowd.kept,
        "waiting": crowd.waiting,
        "longest_wait_s": crowd.longest_wait_s,
        "expected_wait_s": None if crowd.expected_wait_s is None or endless else round(crowd.expected_wait_s, 1),
        "endless": endless,
        "text": prospect.text,
        "plan": prospect.plan,
        "plan_of": prospect.plan_of,
    }


# --- for people ---------------------------------------------------------------------------------------------------------------


def _words(prospect: Preview) -> Pair:
    crowd = prospect.crowd
    zh, en = [], []
    for rung, _, why in (line.partition(": ") for line in prospect.skipped):
        reason = words_of(as_reason(why))
        passed = texts.PASSED_OVER(rung=rung, reason_zh=reason.zh, reason_en=reason.en)
        zh.append(passed.zh)
        en.append(passed.en)
    reason = words_of(prospect.reason)
    verdict = texts.VERDICTS[prospect.verdict](rings=prospect.rings, reason_zh=reason.zh, reason_en=reason.en)
    zh.append(verdict.zh)
    en.append(verdict.en)
    free, waiting, wait = _count(crowd.free), _count(crowd.waiting), _span(crowd.expected_wait_s)
    kept = texts.SEATS_KEPT(kept=crowd.kept) if crowd.kept else Pair("", "")
    load = Pair(
        texts.LOAD.zh(free=free.zh, kept=kept.zh, waiting=waiting.zh, wait=wait.zh),
        texts.LOAD.en(free=free.en, kept=kept.en, waiting=waiting.en, wait=wait.en),
    )
    return Pair(
        texts.PREVIEW.zh(name=prospect.name, load=load.zh, verdict=texts.COMMA.zh.join(zh)),
        texts.PREVIEW.en(name=prospect.target, load=load.en, verdict=texts.COMMA.en.join(en)),
    )


def _count(count: int | None) -> Pair:
    return texts.UNKNOWN if count is None else Pair(str(count), str(count))


def _span(wait_s: float | None) -> Pair:
    if wait_s is None:
        return texts.UNKNOWN
    return texts.ENDLESS if math.isinf(wait_s) else texts.SECONDS(seconds=wait_s)
