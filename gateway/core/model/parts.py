"""Parts of the world: a seat's state, a leg at home and where it arrives, a wait, a press that is kept, a bridge that is watched."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.messages.kept import PressKept
from gateway.core.model.call import Call
from gateway.core.values.ids import ChannelUid, ContextId, PressId, SeatState, SwitchboardId


@dataclass(slots=True, kw_only=True)
class SeatStatus:
    """A seat's state now."""

    state: SeatState
    since: float
    call: str = ""
    why: str = ""
    wrapping_up: bool = False
    queue: str | None = ""
    """Queue that gave the seat the call that it has, or has just had: its wrap-up is due. Empty where none did; None where nobody
    saw which."""
    given: str = ""
    """That call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A target leg of the other switchboard as it stands on ours. ``origin`` is its uid at home."""

    switchboard: SwitchboardId
    uid: ChannelUid
    name: str
    origin: ChannelUid
    context: ContextId = ContextId("")
    """Context that its signed id names; empty where it has brought none that is good."""
    problem: str = ""
    """Why that id is not believed: ``forged``, ``expired`` or ``replayed``."""
    caller_uid: ChannelUid = ChannelUid("")
    """The caller whom it names, once the leg is known as one of his at an attached home."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A target leg at home."""

    home: SwitchboardId
    uid: ChannelUid
    press: PressId
    caller_uid: ChannelUid


@dataclass(frozen=True, slots=True)
class Kept:
    """A press that no gateway followed and that is over; ``call`` is its caller's as it was last known."""

    said: PressKept
    home: SwitchboardId
    call: Call | None


@dataclass(slots=True, kw_only=True)
class Wait:
    """A caller's wait in a queue. ``left_at`` is 0.0 while it lasts; ``call`` is the home call's, or the channel itself."""

    queue: str
    call: str
    joined_at: float
    left_at: float = 0.0
    leg: bool = False
    """A transfer's target leg waits, and not a caller himself."""
    given_up: bool = False
    """No seat has taken the leg; whether its caller has hung up is not yet known."""


@dataclass(slots=True)
class Watched:
    """A bridge in which three have talked, until it is gone (``media_watch``)."""

    heals: int = 0
    """Number of times that it has been healed since everybody in it was last sent packets."""
    deaf: frozenset[ChannelUid] = frozenset()
    """Channels that were sent nothing at the last look, and at one before it."""
    suspected: frozenset[ChannelUid] = frozenset()
    """Channels that were sent nothing at the last look, perhaps for the first time."""
    well: bool = False
    """True where everybody was sent packets at the last look since somebody entered or left: the next good one is the last."""
