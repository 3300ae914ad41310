"""Headers of one frame as values of the core. Names as Asterisk 22 writes them. Raises Malformed where a value is not sound."""

from __future__ import annotations

from collections.abc import Callable

from gateway.ami import wire
from gateway.core.messages.events import AnyEvent
from gateway.core.values.ids import ChannelState, ChannelUid, DeviceState, SeatId, SwitchboardId

CHANNEL_STATES = {
    b"0": ChannelState.DOWN, b"1": ChannelState.DOWN, b"2": ChannelState.DOWN, b"3": ChannelState.DOWN,
    b"4": ChannelState.RING, b"5": ChannelState.RINGING, b"6": ChannelState.UP, b"7": ChannelState.DOWN,
}  # fmt: skip
"""Down, reserved, off hook, dialling, ring, ringing, up, busy (``include/asterisk/channelstate.h``)."""

_N, _U, _F, _B = DeviceState.UNKNOWN, DeviceState.UNAVAILABLE, DeviceState.NOT_IN_USE, DeviceState.IN_USE
DEVICE_STATES = {
    b"0": _N, b"1": _F, b"2": _B, b"3": _B, b"4": _U, b"5": _U, b"6": _B, b"7": _B, b"8": _B,
    b"UNKNOWN": _N, b"NOT_INUSE": _F, b"INUSE": _B, b"BUSY": _B, b"INVALID": _U, b"UNAVAILABLE": _U,
    b"RINGING": _B, b"RINGINUSE": _B, b"ONHOLD": _B,
}  # fmt: skip
"""Numbers of ``QueueMemberStatus``, words of ``DeviceStateChange``. A phone that rings cannot be rung: it is in use."""

Reader = Callable[[SwitchboardId, float, bytes], AnyEvent | None]


def seat_of(interface: bytes | None) -> SeatId | None:
    """``PJSIP/1001`` is seat ``1001``, and so is ``Local/1001@…``, which reaches it; every other kind of interface is no seat."""
    if interface is None or not interface.startswith((b"PJSIP/", b"Local/")):
        return None
    name = interface[6:].partition(b"@")[0].decode("utf-8", "replace")
    return SeatId(name) if wire.SEAT.fullmatch(name) else None


def person_of(name: str, seat: str) -> str:
    """A queue member's name, where it is a person's: Asterisk takes the interface where ``queues.conf`` gives none, and ours the number."""
    return "" if name in (seat, f"PJSIP/{seat}") or name.startswith(("PJSIP/", "Local/")) else name


def of_phone(frame: bytes, interface: bytes) -> bool:
    """True where the status of this queue member is a phone's. ``interface`` is the header that names the member's.

    It is the device state of the state interface, and that is the interface itself where none is set (``create_queue_member``,
    ``get_queue_member_status`` in ``app_queue.c``). A Local channel is in use while one is up and else not, as long as its
    extension exists, and invalid without (``local_devicestate`` in ``core_local.c``): the phone behind it may be dead.
    """
    return (wire.raw(frame, b"\r\nStateInterface:") or wire.raw(frame, interface) or b"").startswith(b"PJSIP/")


def uid_of(f: bytes, marker: bytes = b"\r\nUniqueid:") -> ChannelUid:
    """The uid of a channel that must be named."""
    return ChannelUid(wire.need(f, marker, wire.UID))


def uid_or_none(f: bytes, marker: bytes) -> ChannelUid:
    """The uid of a channel; empty where none is named."""
    return ChannelUid(wire.may(f, marker, wire.UID))


def state_of(f: bytes) -> ChannelState:
    """The state of a channel."""
    state = CHANNEL_STATES.get(wire.raw(f, b"\r\nChannelState:") or b"")
    if state is None:
        raise wire.Malformed("ChannelState")
    return state


def device_of(f: bytes, marker: bytes) -> DeviceState:
    """The state of a device, by number or by word."""
    state = DEVICE_STATES.get(wire.raw(f, marker) or b"")
    if state is None:
        raise wire.Malformed(marker[2:-1].decode())
    return state


def queue_of(f: bytes) -> str:
    """The name of a queue."""
    return wire.need(f, b"\r\nQueue:", wire.SEAT)
