"""The rungs of a ladder that cannot be answered now, before any caller waits for them."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.terms import SeatState, SwitchboardId, TargetId
from gateway.core.transfer import Transfer
from gateway.core.world import World


def past_the_unreachable(world: World, transfer: Transfer, at: float) -> Transfer:
    """Skip rungs that cannot be answered, each with its reason. The last is rung all the same: trying costs the caller
    nothing, and what we see of a switchboard may be old."""
    while transfer.attempt < len(transfer.ladder):
        reason = next((why for target in transfer.rung.targets if (why := _unreachable(world, target))), "")
        if not reason or len(transfer.rung.targets) > 1:
            break
        history = (*transfer.history, (at, "rung_skipped", f"{transfer.rung.name}: {reason}"))
        transfer = replace(transfer, attempt=transfer.attempt + 1, history=history)
    return transfer


def _unreachable(world: World, target: TargetId) -> str:
    """Why an attached switchboard cannot answer now, or empty. Of one that is only dialled nothing is known."""
    board = world.boards.get(SwitchboardId(target))
    if board is None:
        return ""
    if not board.connected:
        return "down" if board.seen_at else ""  # one that was never seen is not known to be down
    states = [status.state for (switchboard, _), status in world.seats.items() if switchboard == board.id]
    return "" if SeatState.READY in states or not states else "full"
