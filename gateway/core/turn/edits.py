"""A record that a person has edited while its call lives."""

from __future__ import annotations

from gateway.core.messages.commands import HideNumber
from gateway.core.messages.requests import ContextEdited
from gateway.core.model import call as calls
from gateway.core.model.world import World
from gateway.core.turn import plans


def edited(world: World, event: ContextEdited) -> None:
    """A person writes down what the caller said. Who saw an older version writes nothing: nothing is overwritten unseen."""
    call = world.calls.get(event.call)
    if call is None or call.context.version != event.version:
        return
    if call.context.said.confidential != event.said.confidential:
        world.out.append(HideNumber(world.next_id(), call.home, call.uid, call.uid, event.said.confidential))
    call.context = calls.edited(call.context, event.said, event.by, event.at, event.owner or None)
    call.routing = call.routing.then(event.said.for_rules())
    world.out.append(call.context)
    plans.call_changed(world, call, event.at)
