"""The meaning of a transfer that has ended for its matter: whose it is now, and whether its caller has reached whom he wanted."""

from __future__ import annotations

from gateway.core.machines.transfer import Ended, Transfer
from gateway.core.model import call as calls
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.turn.callbacks import reached
from gateway.core.values.ids import Outcome, SwitchboardId


def credit(world: World, transfer: Transfer, call: Call, at: float) -> None:
    """A transfer of this call has ended."""
    if _is_done(transfer):
        reached(world, call)
    if _is_theirs(transfer):
        call.context = calls.owned_by(call.context, SwitchboardId(transfer.rung.target), at)
        world.out.append(call.context)


def _is_done(transfer: Transfer) -> bool:
    """True where the target has had the caller: whom he wanted to reach he has reached."""
    assert isinstance(transfer.state, Ended)
    return transfer.state.outcome in (Outcome.COMPLETED, Outcome.AGREED_THERE, Outcome.AGREED_HERE)


def _is_theirs(transfer: Transfer) -> bool:
    """True where the target has accepted the matter. A service that is called in helps; the first receiver stays responsible."""
    assert isinstance(transfer.state, Ended)
    outcome = transfer.state.outcome
    stays = transfer.terms.mode == "conference" or transfer.terms.split
    return outcome is Outcome.AGREED_THERE or (outcome is Outcome.COMPLETED and not stays)
