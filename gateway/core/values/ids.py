"""The words of the core: ids, states and outcomes, each chosen once (DESIGN section 10, docs/glossary.md)."""

from __future__ import annotations

import enum
from typing import NewType

SwitchboardId = NewType("SwitchboardId", str)
"""An attached Asterisk or a trunk that can be dialled: ``12345``, ``110``."""

ChannelUid = NewType("ChannelUid", str)
"""Asterisk's ``Uniqueid``. It begins with the switchboard's system name, so it is unique across switchboards."""

SeatId = NewType("SeatId", str)
"""The seat's number, which is the name of its PJSIP endpoint: ``1001``."""

TargetId = NewType("TargetId", str)
"""Name of a target in keys and rules. The dialplan alone knows what it dials."""

PressId = NewType("PressId", str)
"""One press of the key. Made by the dialplan: ``<switchboard>.<µs since 1970>.<random>``. Also the transfer's id."""

ContextId = NewType("ContextId", str)
"""One caller's matter, alive beyond the call."""


class Outcome(enum.StrEnum):
    """Outcome of a transfer. Exactly one, exactly once (law 6)."""

    COMPLETED = "completed"
    DECLINED = "declined"
    RETURNED = "returned"
    CALLER_HUNG_UP = "caller_hung_up"
    AGREED_HERE = "agreed_here"
    AGREED_THERE = "agreed_there"
    FIRST_RECEIVER_KEEPS = "first_receiver_keeps"
    OUT_OF_SCOPE_EXPLAINED = "out_of_scope_explained"
    FAILED = "failed"


class PressedBy(enum.StrEnum):
    """The hand behind a transfer. ``UNKNOWN``: nobody saw the press (a leg that was adopted, a record of an older onekey)."""

    UNKNOWN = ""
    KEY = "key"
    """A key of the seat during its call."""
    REFER = "refer"
    """The transfer button of its phone (SIP REFER), which lets go at once."""
    ATTENDED = "attended"
    """Its phone's attended transfer: REFER with Replaces, after it has called the other one itself."""
    API = "api"
    """A program, by a token of no seat."""
    BUTTON = "button"
    """A button of a desk phone: an action URL."""
    CONSOLE = "console"
    """A person at a console: a token of that seat."""


class SeatState(enum.StrEnum):
    """The state of a seat. ``UNKNOWN`` is a state of our knowledge, never a guess (law 7)."""

    UNKNOWN = "unknown"
    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    TALK = "on_call.talk"
    HOLD = "on_call.hold"
    CONSULT = "on_call.consult"
    THREE_WAY = "on_call.three_way"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class ChannelState(enum.StrEnum):
    """Asterisk's channel state, folded to what a transfer can tell apart."""

    DOWN = "down"
    RING = "ring"
    RINGING = "ringing"
    UP = "up"


class DeviceState(enum.StrEnum):
    """Asterisk's device state, folded: can the phone be reached, and is it in use."""

    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    NOT_IN_USE = "not_in_use"
    IN_USE = "in_use"
