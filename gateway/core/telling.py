"""What the seat that pressed is told: a prompt in its ear, a text on its phone."""

from __future__ import annotations

from gateway.core.commands import SaySeat, TellSeat
from gateway.core.terms import Outcome, SeatId, SwitchboardId
from gateway.core.transfer import Ended, Transfer
from gateway.core.words import PROMPTS, outcome_text
from gateway.core.world import World


def tell_seat(world: World, switchboard: SwitchboardId, seat: SeatId, call: str, text: str) -> None:
    """A text on a seat's phone."""
    if seat:
        world.out.append(TellSeat(world.next_id(), switchboard, call, seat, text))


def say(world: World, transfer: Transfer, word: str) -> None:
    """A prompt into the ear of the seat that pressed, while it is in the call and where the rule lets it hear this one."""
    if transfer.terms.prompts is not None and word not in transfer.terms.prompts:
        return
    board = world.board(transfer.transferer_switchboard)
    channel = board.channels.get(transfer.transferer_channel)
    if channel is not None and channel.device in board.members:
        world.out.append(SaySeat(world.next_id(), board.id, transfer.call, channel.name, word))


def tell_outcome(world: World, transfer: Transfer) -> None:
    """How a transfer has ended, by prompt and by text, to the seat that pressed."""
    assert isinstance(transfer.state, Ended)
    if (word := PROMPTS.get(transfer.state.reason)) is not None:
        say(world, transfer, word)
    before = [reason for _, what, reason in transfer.history if what in ("rung_failed", "rung_skipped")]
    split = transfer.terms.split and transfer.state.outcome is Outcome.COMPLETED
    reason = "split" if split else transfer.state.reason
    text = outcome_text(transfer.state.outcome, reason, transfer.rung.name, before)
    tell_seat(world, transfer.transferer_switchboard, transfer.transferer, transfer.call, text)
