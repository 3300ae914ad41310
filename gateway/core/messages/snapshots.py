"""The finding of one look at an Asterisk: channels, members, phones, callers that wait."""

from __future__ import annotations

from gateway.core.values.ids import ChannelState, ChannelUid, DeviceState, PressId, SeatId, TargetId
from gateway.core.values.value import named_value, value


@named_value
class ChannelSeen:
    """One channel of a snapshot, with the variables of ours that it carries (empty string: not set)."""

    uid: ChannelUid
    name: str
    state: ChannelState
    caller_number: str
    caller_name: str
    linkedid: ChannelUid
    bridge: str
    created_at: float
    caller: str = ""
    caller_uid: ChannelUid = ChannelUid("")
    origin: ChannelUid = ChannelUid("")
    uui: str = ""
    press: PressId = PressId("")
    attempt: int = 0
    by: str = ""
    target: TargetId = TargetId("")
    joined: bool = False
    plan: str = ""
    wanted: TargetId = TargetId("")
    plans: str = ""
    """Presses of a caller for which a plan of its own lies on the channel."""
    joined_at: float = 0.0
    """Instant at which a leg joined its caller; 0.0: it has not, or this is not known."""
    trunk: str = ""
    """Organisation at the other end of a trunk, as its endpoint says."""
    held: bool | None = None
    """True where its phone has put the other side on hold; None: not told."""


@named_value
class MemberSeen:
    """One queue member of a snapshot. ``device`` and ``of_phone`` as in ``MemberChanged``."""

    queue: str
    seat: SeatId
    device: DeviceState
    paused: bool
    pause_reason: str = ""
    of_phone: bool = True
    name: str = ""
    """The member's name, where it is more than the seat's own number: a person's."""


@value
class PhoneSeen:
    """The device state of one ``PJSIP/`` phone at the time of a snapshot; only some phones have one there."""

    seat: SeatId
    device: DeviceState


@value
class CallerWaiting:
    """One caller who waits in a queue at the time of a snapshot."""

    queue: str
    channel: ChannelUid
    joined_at: float
