"""Frames of queues, members and devices to events (``app_queue.c``, ``devicestate.c``)."""

from __future__ import annotations

from gateway.ami import wire
from gateway.ami.headers import Reader, device_of, of_phone, person_of, queue_of, seat_of, uid_of
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.queue_events import (
    DeviceChanged,
    MemberChanged,
    MemberRemoved,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
)
from gateway.core.values.ids import SwitchboardId


def _queue_join(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    name, called = wire.need(f, b"\r\nChannel:", wire.CHANNEL), wire.text(f, b"\r\nCallerIDName:")
    return QueueJoined(
        s,
        at,
        queue=queue_of(f),
        channel=uid_of(f),
        channel_name=name,
        caller_number=wire.text(f, b"\r\nCallerIDNum:"),
        caller_name=called,
    )


def _queue_leave(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return QueueLeft(s, at, queue_of(f), uid_of(f))


def _queue_abandon(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return QueueAbandoned(s, at, queue_of(f), uid_of(f))


def _agent_connect(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    seat = seat_of(wire.raw(f, b"\r\nInterface:"))
    if seat is None:
        return None
    wait_s, ring_s = wire.number(f, b"\r\nHoldTime:"), float(wire.number(f, b"\r\nRingTime:"))
    return QueueAnswered(
        s,
        at,
        queue=queue_of(f),
        channel=uid_of(f),
        seat=seat,
        seat_channel=uid_of(f, b"\r\nDestUniqueid:"),
        wait_s=wait_s,
        ring_s=ring_s,
    )


def _member(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    seat = seat_of(wire.raw(f, b"\r\nInterface:"))
    if seat is None:
        return None
    paused, reason = wire.number(f, b"\r\nPaused:") == 1, wire.text(f, b"\r\nPausedReason:")
    phone = of_phone(f, b"\r\nInterface:")
    name = person_of(wire.text(f, b"\r\nMemberName:"), seat)
    return MemberChanged(
        s,
        at,
        queue=queue_of(f),
        seat=seat,
        device=device_of(f, b"\r\nStatus:"),
        paused=paused,
        pause_reason=reason,
        of_phone=phone,
        name=name,
    )


def _member_removed(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    seat = seat_of(wire.raw(f, b"\r\nInterface:"))
    return None if seat is None else MemberRemoved(s, at, queue_of(f), seat)


def _device_state(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    device = wire.raw(f, b"\r\nDevice:")
    seat = seat_of(device) if device is not None and device.startswith(b"PJSIP/") else None
    return None if seat is None else DeviceChanged(s, at, seat, device_of(f, b"\r\nState:"))


QUEUE_READERS: dict[bytes, Reader] = {
    b"QueueCallerJoin": _queue_join, b"QueueCallerLeave": _queue_leave, b"QueueCallerAbandon": _queue_abandon,
    b"AgentConnect": _agent_connect, b"QueueMemberAdded": _member, b"QueueMemberStatus": _member,
    b"QueueMemberPause": _member, b"QueueMemberRemoved": _member_removed, b"DeviceStateChange": _device_state,
}  # fmt: skip
"""By AMI name."""
