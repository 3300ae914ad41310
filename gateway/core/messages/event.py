"""The root of all events."""

from __future__ import annotations

from gateway.core.values.ids import (
    SwitchboardId,
)
from gateway.core.values.value import value


@value
class Event:
    """Something that happened on a switchboard."""

    switchboard: SwitchboardId
    at: float
