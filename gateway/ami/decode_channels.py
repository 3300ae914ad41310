"""Frames of channels and bridges to events (``manager_channels.c``, ``manager_bridges.c``)."""

from __future__ import annotations

from gateway.ami import wire
from gateway.ami.headers import Reader, state_of, uid_of, uid_or_none
from gateway.core.messages.channel_events import (
    AttendedTransferred,
    BlindTransferred,
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    HoldEnded,
    HoldStarted,
)
from gateway.core.messages.events import AnyEvent
from gateway.core.values.ids import SwitchboardId


def _newchannel(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    name = wire.need(f, b"\r\nChannel:", wire.CHANNEL)
    number, called = wire.text(f, b"\r\nCallerIDNum:"), wire.text(f, b"\r\nCallerIDName:")
    exten, context = wire.text(f, b"\r\nExten:"), wire.text(f, b"\r\nContext:")
    return ChannelCreated(
        s,
        at,
        uid=uid_of(f),
        name=name,
        state=state_of(f),
        caller_number=number,
        caller_name=called,
        linkedid=uid_of(f, b"\r\nLinkedid:"),
        exten=exten,
        dialplan_context=context,
    )


def _newstate(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return ChannelStateChanged(s, at, uid_of(f), state_of(f))


def _rename(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return ChannelRenamed(s, at, uid_of(f), wire.need(f, b"\r\nNewname:", wire.CHANNEL))


def _hangup(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return ChannelHungUp(s, at, uid_of(f), wire.number(f, b"\r\nCause:"))


def _hold(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return HoldStarted(s, at, uid_of(f))


def _unhold(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return HoldEnded(s, at, uid_of(f))


def _bridge_enter(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return BridgeEntered(s, at, wire.need(f, b"\r\nBridgeUniqueid:", wire.BRIDGE), uid_of(f))


def _bridge_leave(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return BridgeLeft(s, at, wire.need(f, b"\r\nBridgeUniqueid:", wire.BRIDGE), uid_of(f))


def _blind_transfer(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    """Only a success is news; the transferee is empty where the bridge had more than two channels."""
    if wire.raw(f, b"\r\nResult:") != b"Success":
        return None
    transferee = uid_or_none(f, b"\r\nTransfereeUniqueid:")
    return BlindTransferred(s, at, uid_of(f, b"\r\nTransfererUniqueid:"), transferee, wire.text(f, b"\r\nExtension:"))


def _attended_transfer(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    """Only one that put both into one bridge is news. Where the second call still rang (``DestType: App``), the dialplan has the caller, and
    says by a press of its own what it does for him (``onekey-from-seat``, ``onekey-sent``)."""
    if wire.raw(f, b"\r\nResult:") != b"Success" or wire.raw(f, b"\r\nDestType:") != b"Bridge":
        return None
    transferee, target = (uid_or_none(f, b"\r\nTransfereeUniqueid:"), uid_or_none(f, b"\r\nTransferTargetUniqueid:"))
    return AttendedTransferred(s, at, uid_of(f, b"\r\nOrigTransfererUniqueid:"), transferee, target)


CHANNEL_READERS: dict[bytes, Reader] = {
    b"Newchannel": _newchannel, b"Newstate": _newstate, b"Rename": _rename, b"Hangup": _hangup, b"Hold": _hold, b"Unhold": _unhold,
    b"BridgeEnter": _bridge_enter, b"BridgeLeave": _bridge_leave, b"BlindTransfer": _blind_transfer, b"AttendedTransfer": _attended_transfer,
}  # fmt: skip
"""By AMI name."""
