"""The rungs of a ladder that cannot be answered now, before any caller waits for them."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.machines.transfer import Transfer
from gateway.core.model.world import World
from gateway.core.rules.conditions import local_minute, within
from gateway.core.rules.rule import TransferPolicy
from gateway.core.values.ids import SwitchboardId, TargetId
from gateway.core.values.reasons import Reason


def past_the_unreachable(world: World, transfer: Transfer, at: float) -> Transfer:
    """Skip rungs that cannot be answered, each with its reason. The last is rung all the same: trying costs the caller
    nothing, and what we see of a switchboard may be old."""
    while transfer.attempt < len(transfer.ladder):
        reason = next(
            (
                why
                for target in transfer.rung.targets
                if (why := passed_over(world, target, kept_seats(world, transfer, target), at))
            ),
            None,
        )
        if not reason or len(transfer.rung.targets) > 1:
            break
        history = (*transfer.history, (at, "rung_skipped", f"{transfer.rung.name}: {reason}"))
        transfer = replace(transfer, attempt=transfer.attempt + 1, history=history)
    return transfer


def marks_of(world: World, transfer: Transfer, at: float) -> tuple[Reason | None, ...]:
    """For each rung why it is passed over, None where it is rung: as ``past_the_unreachable`` does one after the other."""
    last = len(transfer.ladder)
    return tuple(
        passed_over(world, rung.target, kept_seats(world, transfer, rung.target), at)
        if number < last and not rung.also
        else None
        for number, rung in enumerate(transfer.ladder, 1)
    )


def held_back(world: World, transfer: Transfer) -> bool:
    """True where the rung that would ring now has no seats to spare for it. A caller without a person is rung for all the same."""
    targets = transfer.rung.targets
    return (
        not transfer.transferer_gone
        and len(targets) == 1
        and keeps_seats(world, transfer.home, transfer.terms, targets[0])
    )


def keeps_seats(world: World, home: SwitchboardId, terms: TransferPolicy, target: TargetId) -> bool:
    """True where a target keeps its last free seats for its own callers, of whom this is none. One whose free seats are not known
    keeps none (law 7)."""
    return _spares_none(world, target, kept_from(world, home, terms, target))


def _spares_none(world: World, target: TargetId, kept: int) -> bool:
    free = world.free_seats(SwitchboardId(target)) if kept else None
    return free is not None and free <= kept


def kept_from(world: World, home: SwitchboardId, terms: TransferPolicy, target: TargetId) -> int:
    """Number of free seats that a target keeps from a transfer: the rule says it, or the target; home keeps none from itself."""
    if SwitchboardId(target) == home:
        return 0
    known = world.rules.targets.get(target)
    own = known.hold_back if known is not None else 0
    return terms.hold_back if terms.hold_back >= 0 else own


def kept_seats(world: World, transfer: Transfer, target: TargetId) -> int:
    """Number of free seats that a target keeps from this transfer."""
    return kept_from(world, transfer.home, transfer.terms, target)


def passed_over(world: World, target: TargetId, kept: int, at: float) -> Reason | None:
    """Why a rung is not rung while there is a further one, or None. ``kept`` seats are not for it."""
    if reason := _unreachable(world, target):
        return reason
    known = world.rules.targets.get(target)
    if known is not None and known.hours and not within(known.hours, local_minute(at, world.settings.utc_offset_s)):
        return Reason.CLOSED
    return Reason.HELD_BACK if _spares_none(world, target, kept) else None


def _unreachable(world: World, target: TargetId) -> Reason | None:
    """Why an attached switchboard cannot answer now, or None. Of one that is only dialled nothing is known."""
    board = world.boards.get(SwitchboardId(target))
    if board is None:
        return None
    if not board.connected:
        return Reason.DOWN if board.seen_at else None  # one that was never seen is not known to be down
    return Reason.FULL if world.free_seats(board.id) == 0 else None
