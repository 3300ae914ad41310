"""Events that answer: what came of a command, a question, a timer, or of reading the rules."""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.values.ids import (
    ChannelUid,
    PressId,
)
from gateway.core.values.value import value


@value
class TransfersFound(Event):
    """The store's answer about presses (``FindTransfers``): ``ended`` has a record to its end, ``missing`` has not."""

    ended: tuple[PressId, ...]
    missing: tuple[PressId, ...]


@value
class PartyPackets:
    """RTP packets of one channel within a look: ``sent`` to its phone, ``received`` from it."""

    uid: ChannelUid
    sent: int
    received: int


@value
class PacketsCounted(Event):
    """The answer to ``CountPackets``. ``keyed``: somebody of them pressed a key meanwhile, and neither heard nor was heard."""

    bridge: str
    parties: tuple[PartyPackets, ...]
    keyed: bool = False


@value
class RulesLoaded(Event):
    """New rules are in force from here on; what runs keeps what it began with. ``switchboard`` is empty: they are everyone's.

    ``text`` is the rules file's, so that a tape replays without the file; ``version`` is the digest of it.
    """

    text: str
    version: str


@value
class CommandSucceeded(Event):
    """Asterisk has accepted the command; what it does comes as events of its own."""

    command: str


@value
class CommandFailed(Event):
    """Refused, lost, or not answered within its deadline: silence is a failure."""

    command: str
    why: str


@value
class TimerFired(Event):
    """A timer of a transfer has run out. A timer whose state is over fires into nothing."""

    timer: str
