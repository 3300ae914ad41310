"""News for supervisors although every transfer works: callers for whom nobody is there, and seats whose phones forward."""

from __future__ import annotations

from typing import Any

from gateway.core.model.world import World
from gateway.core.turn.unattended import forwarding, unattended
from gateway.observability import texts


def problems(world: World, at: float) -> list[dict[str, Any]]:
    """As ``/readyz`` lists problems. None of them makes the gateway unready."""
    found = []
    for switchboard, waiting, seconds in unattended(world, at):
        what = texts.WAITING_CALLERS_WAIT(waiting=waiting, seconds=seconds)
        remedy = texts.LET_SEATS_LOG
        found.append({"what": what, "where": f"switchboard {switchboard}", "remedy": remedy})
    for switchboard, seat in forwarding(world):
        what = texts.PHONE_OF_SEAT_FORWARDS(seat=seat)
        remedy = texts.END_THE_FORWARD_ON_THE_PHONE
        found.append({"what": what, "where": f"seat {switchboard}/{seat}", "remedy": remedy})
    return found
