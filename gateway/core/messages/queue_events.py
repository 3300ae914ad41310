"""Events of queues, their members and the devices of seats."""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.values.ids import (
    ChannelUid,
    DeviceState,
    SeatId,
)
from gateway.core.values.value import named_value, value


@named_value
class QueueJoined(Event):
    """AMI ``QueueCallerJoin``: a caller begins to wait."""

    queue: str
    channel: ChannelUid
    channel_name: str
    caller_number: str
    caller_name: str


@value
class QueueLeft(Event):
    """AMI ``QueueCallerLeave``: answered, abandoned or taken out."""

    queue: str
    channel: ChannelUid


@value
class QueueAbandoned(Event):
    """AMI ``QueueCallerAbandon``: the caller hung up while waiting."""

    queue: str
    channel: ChannelUid


@named_value
class QueueAnswered(Event):
    """AMI ``AgentConnect``. ``wait_s`` is the caller's wait, ``ring_s`` this seat's ringing."""

    queue: str
    channel: ChannelUid
    seat: SeatId
    seat_channel: ChannelUid
    wait_s: int
    ring_s: float


@named_value
class MemberChanged(Event):
    """AMI ``QueueMemberAdded``, ``QueueMemberStatus`` and ``QueueMemberPause``.

    Not ``of_phone``: ``device`` is the state of a Local channel on the way to the phone, or of something else that the queue
    watches in its place, and says nothing of the phone.
    """

    queue: str
    seat: SeatId
    device: DeviceState
    paused: bool
    pause_reason: str = ""
    of_phone: bool = True
    name: str = ""
    """The member's name, where it is more than the seat's own number: a person's."""


@value
class MemberRemoved(Event):
    """AMI ``QueueMemberRemoved``."""

    queue: str
    seat: SeatId


@value
class DeviceChanged(Event):
    """AMI ``DeviceStateChange`` of a ``PJSIP/`` device."""

    seat: SeatId
    device: DeviceState
