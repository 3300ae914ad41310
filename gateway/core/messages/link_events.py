"""Events of a link to a switchboard: what it has seen as a whole, and that it sees nothing."""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.messages.kept import PressKept
from gateway.core.messages.snapshots import CallerWaiting, ChannelSeen, MemberSeen, PhoneSeen
from gateway.core.values.value import named_value, value


@value
class LinkLost(Event):
    """We no longer hear this switchboard. ``heard_at`` is the last sure moment, when it still answered; 0.0: ``at``."""

    why: str
    heard_at: float = 0.0


@named_value
class Resynced(Event):
    """A whole snapshot, taken after (re)connecting: the truth from which the core derives what it missed."""

    version: str
    channels: tuple[ChannelSeen, ...]
    members: tuple[MemberSeen, ...]
    waiting: tuple[CallerWaiting, ...] = ()
    phones: tuple[PhoneSeen, ...] = ()
    """Asked for where a queue does not know the phone of a member."""
    kept: tuple[PressKept, ...] = ()
    """Presses that no gateway has followed, over or not."""


@value
class KeptRead(Event):
    """The dialplan's notes of presses, asked for between two snapshots (``ReadKept``)."""

    kept: tuple[PressKept, ...]


@value
class CheckBegan(Event):
    """An attached switchboard is about to be looked at: what events touch from here on is not compared."""


@value
class Checked(Event):
    """A snapshot of a switchboard that is attached all the time. Unlike ``Resynced`` it ends and changes no transfer."""

    channels: tuple[ChannelSeen, ...]
    members: tuple[MemberSeen, ...]
    phones: tuple[PhoneSeen, ...] = ()


@value
class PlanDiffers(Event):
    """Globals of plans that are not what a gateway has written: lost, or set by somebody else."""

    names: tuple[str, ...]
