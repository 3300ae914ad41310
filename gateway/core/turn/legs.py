"""Target legs at home: they begin, are fenced, offered, and end."""

from __future__ import annotations

from gateway.core.machines.inputs import (
    LegBegan,
    LegRefused,
    OfferDeclined,
    RingingEnded,
    TargetHungUp,
    TargetOffered,
)
from gateway.core.messages.dialplan_events import (
    LegBranched,
    LegDeclined,
    LegEnded,
    LegFenced,
    LegOffered,
    LegStarted,
    RungFailed,
    TrunkArrived,
)
from gateway.core.model.board import Board
from gateway.core.model.parts import Leg
from gateway.core.model.world import World
from gateway.core.turn import queue_waits
from gateway.core.turn.followed import is_unwanted
from gateway.core.turn.incoming_legs import (
    compare_id,
    trunk_arrived,
)
from gateway.core.turn.presses import (
    adopt,
)
from gateway.core.turn.transfer_openings import left_to_dialplan
from gateway.core.turn.transfers import advance
from gateway.core.values.reasons import as_reason


def leg_changed(
    world: World, board: Board, event: LegStarted | LegBranched | LegFenced | LegEnded | RungFailed | TrunkArrived
) -> None:
    """A target leg rings, is refused by the fence, or is over."""
    match event:
        case LegStarted() if is_unwanted(world, event):
            pass  # it ends, and was never this transfer's
        case LegStarted():
            world.legs[event.uid] = Leg(board.id, event.uid, event.press, event.caller_uid)
            if event.press not in world.transfers:
                adopt(world, event, world.restored.pop(event.press, None))
            elif event.by == "dialplan":
                left_to_dialplan(world, event)
            advance(world, event.press, LegBegan(event.uid, event.attempt, event.by), event.at)
            compare_id(world, event.uid)
            queue_waits.leg_began(world, event.uid)
        case LegBranched():
            world.legs[event.uid] = Leg(board.id, event.uid, event.press, event.caller_uid)
            compare_id(world, event.uid)
            queue_waits.leg_began(world, event.uid)
        case LegFenced():
            transfer = world.transfers.get(event.press)
            if event.by == "gateway" or (transfer is not None and transfer.planned):
                advance(world, event.press, LegRefused(event.taken), event.at)
        case LegEnded():
            transfer = world.transfers.get(event.press)
            if transfer is not None and (transfer.attempt, transfer.by) == (event.attempt, event.by):
                advance(world, event.press, RingingEnded(event.status), event.at)
        case RungFailed():
            transfer = world.transfers.get(event.press)
            if transfer is not None and transfer.leg == event.uid:
                advance(world, event.press, TargetHungUp(event.cause), event.at)
        case TrunkArrived():
            trunk_arrived(world, board, event)


def offer_changed(world: World, event: LegOffered | LegDeclined) -> None:
    """A target has picked up and is asked whether it takes the caller, or says no."""
    transfer = world.transfers.get(event.press)
    if transfer is None or transfer.leg != event.uid:
        return
    fact = TargetOffered() if isinstance(event, LegOffered) else OfferDeclined(as_reason(event.reason))
    advance(world, event.press, fact, event.at)
