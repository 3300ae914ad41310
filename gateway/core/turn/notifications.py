"""Notifications of seats: a prompt in the ear, a text on the phone."""

from __future__ import annotations

from gateway.core.machines.transfer import Ended, Transfer
from gateway.core.messages.commands import SaySeat, TellSeat
from gateway.core.messages.records import ContextRow
from gateway.core.messages.redaction import location_of, summary_of
from gateway.core.model.world import World
from gateway.core.rules.catalogue import Catalogue
from gateway.core.values import texts
from gateway.core.values.ids import Outcome, SeatId, SwitchboardId
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import URGENCY, outcome_text, prompt_of

RECORD_CHARS_MAX = 240
"""Characters of a record on a phone's display: as UTF-8 within one SIP message over UDP (1,300 bytes, RFC 3261 section 18.1.1)."""


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
    """Tell the seat that pressed how its transfer has ended, by prompt and by text."""
    assert isinstance(transfer.state, Ended)
    if word := prompt_of(transfer.state.reason):
        say(world, transfer, word)
    before = [reason for _, what, reason in transfer.history if what in ("rung_failed", "rung_skipped")]
    split = transfer.terms.split and transfer.state.outcome is Outcome.COMPLETED
    reason = Reason.SPLIT if split else transfer.state.reason
    if reason is Reason.CALLER_HUNG_UP and not transfer.numbered:
        reason = Reason.CALLER_HUNG_UP_UNNUMBERED
    targets = world.rules.targets.items()
    names = {str(id_): target.name for id_, target in targets if target.name and not id_.isdigit()}
    text = outcome_text(transfer.state.outcome, reason, transfer.rung.name, before, names)
    tell_seat(world, transfer.transferer_switchboard, transfer.transferer, transfer.call, text)


def record_text(row: ContextRow, catalogue: Catalogue, *, waited: bool, hidden: bool, whole: bool) -> str:
    """The text of a record for a far seat: matter, urgency, place and summary, as much as a display holds, masked as wherever nobody has asked
    for all of it; ``hidden``: without a digit of the caller's number; ``whole``: with all of the place. Empty where nobody has written anything yet, unless the seat ``waited`` for it."""
    said = row.said
    matter = catalogue.matters[said.matter].name if said.matter in catalogue.matters else said.matter
    place, summary = location_of(row, hidden=hidden, whole=whole), summary_of(row, hidden=hidden)
    parts = (matter, URGENCY.get(said.urgency, said.urgency), place, summary)
    text = texts.SEMICOLON.join(part.replace("\n", " ") for part in parts if part)
    if not text and not waited:
        return ""
    text = text or texts.NOTHING_WRITTEN_YET
    shown = text if len(text) <= RECORD_CHARS_MAX else text[: RECORD_CHARS_MAX - 1] + "…"
    return texts.RECORD(shown=shown, id=row.id)
