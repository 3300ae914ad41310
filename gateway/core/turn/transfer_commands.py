"""Effects of a transfer: commands to its switchboards, and its row for the store."""

from __future__ import annotations

from gateway.core.machines.transfer import (
    Cancelling,
    Consulting,
    Ended,
    ThreeParty,
    Transfer,
    state_name,
)
from gateway.core.messages.commands import ReleaseSeat, RingTarget, TakePress
from gateway.core.messages.records import TransferRow
from gateway.core.model.world import World
from gateway.core.turn.transfer_timers import start_timer
from gateway.core.values import uui
from gateway.core.values.ids import SeatId


def ring(world: World, transfer: Transfer) -> None:
    """Ring the present rung of a transfer, by a command that the rung's ring time bounds."""
    rung = transfer.rung
    world.out.append(
        RingTarget(
            id=f"{world.next_id()}:{transfer.id}",
            switchboard=transfer.home,
            call=transfer.call,
            press=transfer.id,
            attempt=transfer.attempt,
            target=rung.name,
            caller=transfer.caller,
            caller_uid=transfer.caller_uid,
            tag=transfer.terms.tag,
            uui=uui.encode(transfer.context, _version(world, transfer), world.now, world.settings.signing_key),
            ring_s=rung.ring_s,
            accept_s=transfer.terms.accept_s,
        )
    )
    start_timer(world, transfer, rung.ring_s + world.settings.transfer_grace_s)


def _version(world: World, transfer: Transfer) -> int:
    call = world.calls.get(transfer.caller_uid)
    return call.context.version if call is not None else 1


def release_seat(world: World, transfer: Transfer, *, returns: bool) -> None:
    """Let the transferring seat go: its channel at home, or the trunk leg behind which it sits."""
    channel = transfer.transferer_leg or transfer.transferer_channel
    if not channel or transfer.transferer_gone:
        return
    seat = transfer.transferer if returns and not transfer.transferer_leg else SeatId("")
    world.out.append(
        ReleaseSeat(
            world.next_id(), transfer.home, transfer.call, channel=channel, caller=transfer.caller, returns=seat
        )
    )


def take(world: World, transfer: Transfer, *, settled: bool) -> None:
    """Claim a press on the caller's channel, so that no second gateway and no dialplan carries it out too; ``settled``: it has ended."""
    caller = transfer.far_caller or transfer.caller
    where = transfer.transferer_switchboard if transfer.far_caller else transfer.home
    joined = settled and isinstance(transfer.state, ThreeParty | Consulting)
    world.out.append(
        TakePress(
            world.next_id(), where, call=transfer.call, press=transfer.id, caller=caller, settled=settled, joined=joined
        )
    )


def settle(world: World, transfer: Transfer) -> None:
    """The switchboard of the press waits for it only where no leg of its own has told it otherwise."""
    if transfer.far_caller or not transfer.leg:
        take(world, transfer, settled=True)


def record(world: World, transfer: Transfer) -> None:
    """Write the row of a transfer as it is now."""
    world.out.append(row(transfer))


def row(transfer: Transfer) -> TransferRow:
    """A transfer as the store keeps it."""
    state = transfer.state
    return TransferRow(
        id=transfer.id,
        home=transfer.home,
        call=transfer.call,
        context=transfer.context,
        transferer_switchboard=transfer.transferer_switchboard,
        transferer=transfer.transferer,
        target=transfer.target,
        mode=transfer.terms.mode,
        by=transfer.by,
        pressed_by=transfer.pressed_by,
        state=state_name(state),
        outcome=state.outcome if isinstance(state, Ended) else None,
        reason=state.reason if isinstance(state, Ended | Cancelling) else "",
        pressed_at=transfer.pressed_at,
        ringing_at=transfer.ringing_at,
        answered_at=transfer.answered_at,
        ended_at=transfer.ended_at,
        history=transfer.history,
        ladder=transfer.ladder,
        terms=transfer.terms,
        said=transfer.routing,
    )
