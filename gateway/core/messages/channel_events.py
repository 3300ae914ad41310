"""Events of channels and bridges, as Asterisk tells them of every call."""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.values.ids import (
    ChannelState,
    ChannelUid,
)
from gateway.core.values.value import named_value, value


@named_value
class ChannelCreated(Event):
    """AMI ``Newchannel``."""

    uid: ChannelUid
    name: str
    state: ChannelState
    caller_number: str
    caller_name: str
    linkedid: ChannelUid
    exten: str = ""
    dialplan_context: str = ""


@value
class ChannelStateChanged(Event):
    """AMI ``Newstate``."""

    uid: ChannelUid
    state: ChannelState


@value
class ChannelRenamed(Event):
    """AMI ``Rename``."""

    uid: ChannelUid
    name: str


@value
class ChannelHungUp(Event):
    """AMI ``Hangup``. ``cause`` is a Q.850 number as Asterisk gives it; 0 where none is known."""

    uid: ChannelUid
    cause: int


@value
class HoldStarted(Event):
    """AMI ``Hold``: the party of this channel has put the others on hold."""

    uid: ChannelUid


@value
class HoldEnded(Event):
    """AMI ``Unhold``."""

    uid: ChannelUid


@value
class BridgeEntered(Event):
    """AMI ``BridgeEnter``."""

    bridge: str
    uid: ChannelUid


@value
class BridgeLeft(Event):
    """AMI ``BridgeLeave``."""

    bridge: str
    uid: ChannelUid


@value
class BlindTransferred(Event):
    """AMI ``BlindTransfer``: a phone's own transfer button (REFER). Not an answer, only "placed in the dialplan"."""

    transferer: ChannelUid
    transferee: ChannelUid
    exten: str


@value
class AttendedTransferred(Event):
    """AMI ``AttendedTransfer``: a phone has handed a caller over to somebody it had called (REFER with Replaces)."""

    transferer: ChannelUid
    transferee: ChannelUid
    target: ChannelUid
