"""A switchboard as it is just now: some requests, one ``Resynced``.

Seen on Asterisk 22.10.1: ``Status`` gives each variable as ``Variable: NAME=value``, repeated, and an unset one as
the word
``(null)``; ages are whole seconds (``Seconds``, ``Wait``), so instants computed from them are up to 1 s early or
late; neither event has a ``Timestamp``. The instant of the snapshot is the ``Timestamp`` of a ``Ping`` answered after
the lists, by the switchboard's own clock.

A queue does not know the phone of a member that it reaches through a Local channel. Where there is one, ``DeviceStateList`` tells
what phones last said; it needs the right ``call`` or ``reporting`` and ``res_manager_devicestate.so``, and no ``eventfilter``
touches a list. A phone that has said nothing since Asterisk's start is not in it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from gateway.ami import encode, kept, wire
from gateway.ami.headers import CHANNEL_STATES, DEVICE_STATES, of_phone, person_of, seat_of
from gateway.ami.protocol import Reply
from gateway.core.messages.link_events import Resynced
from gateway.core.messages.snapshots import CallerWaiting, ChannelSeen, MemberSeen, PhoneSeen
from gateway.core.model.board import TRUNK
from gateway.core.values.ids import ChannelState, ChannelUid, DeviceState, PressId, SwitchboardId, TargetId

log = logging.getLogger(__name__)

VERSION_NEEDED = (22, 6, 0)
"""Before it, a Redirect that meets a Goto is lost (docs/decisions/0003-panoramisk.md)."""

ACTIONS_NEEDED = (
    "Getvar", "Hangup", "MessageSend", "Originate", "Ping", "QueueAdd", "QueuePause", "QueueRemove", "QueueStatus", "Redirect", "Setvar", "Status",
)  # fmt: skip
FRAMES_AT_ONCE = 100
"""Frames of a snapshot that are read at a stretch, 2 ms: a large switchboard shows ten thousand, and no key waits for them all."""
ASKED_AT_ONCE = 50
"""Channels that are asked at a stretch: Asterisk answers one after the other, some 10,000 a second, and no key waits for them all."""
GONE = "No such channel"
"""Asterisk's word for a channel that has ended since it was listed."""
_VARIABLES = (
    "ONEKEY_CALLER", "ONEKEY_CALLER_ID", "ONEKEY_ORIGIN", "ONEKEY_UUI", "ONEKEY_PRESS", "ONEKEY_ATTEMPT", "ONEKEY_BY",
    "ONEKEY_TARGET", "ONEKEY_JOINED", "ONEKEY_JOINED_MS", "ONEKEY_PLAN", "ONEKEY_WANTED", "ONEKEY_PLANS",
    "ONEKEY_TRUNK",
)  # fmt: skip
HOLD = "CHANNEL(rtp,hold)"
"""1 while the phone at this channel has the other side on hold, by its own SDP (``remotely_held`` in ``res_pjsip_sdp_rtp.c``).
``CHANNEL(onhold)`` and the device state ONHOLD tell the opposite: who is being held."""
_VERSION = re.compile(r"(?:certified[-/])?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?")

_T = TypeVar("_T")
Ask = Callable[..., Awaitable[Reply]]
"""``ask(action, *headers)``: one action, its answer."""


class Unanswerable(Exception):
    """Asterisk refused an action that the snapshot needs."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action
        self.message = message


@dataclass(frozen=True, slots=True)
class About:
    """A switchboard's account of itself. ``missing`` are actions that we need and may not run."""

    version: str
    system_name: str
    missing: tuple[str, ...]


async def ask_about(ask: Ask) -> About:
    """Version, system name and rights."""
    core, listed = await asyncio.gather(_ok(ask, "CoreSettings"), _ok(ask, "ListCommands"))
    missing = tuple(name for name in ACTIONS_NEEDED if not listed.get(name))
    return About(core.get("AsteriskVersion"), core.get("SystemName"), missing)


def old(version: str) -> bool:
    """True where this version is below ``VERSION_NEEDED``. One that cannot be read (a build from git) is taken for new."""
    found = _VERSION.match(version)
    if found is None:
        log.warning("cannot tell how old Asterisk %s is; going on", version)
        return False
    return tuple(int(part or 0) for part in found.groups()) < VERSION_NEEDED


async def take(
    ask: Ask,
    switchboard: SwitchboardId,
    version: str,
    now: Callable[[], float],
    stamps: Callable[[float], float] = lambda stamp: stamp,
) -> Resynced:
    """Channels with our variables, queue members and waiting callers. ``now`` is used where Ping gives no time."""
    status, queues, pong = await asyncio.gather(
        _ok(ask, "Status", ("Variables", ",".join(_VARIABLES))), _ok(ask, "QueueStatus"), _ok(ask, "Ping")
    )
    at = wire.seconds(pong.get("Timestamp").encode())
    at = now() if at is None else stamps(at)
    channels = await _with_hold(ask, await _read(_channel, status.items, at))
    members = await _read(_member, (frame for frame in queues.items if frame.startswith(b"Event: QueueMember\r")), at)
    waiting = await _read(_waiting, (frame for frame in queues.items if frame.startswith(b"Event: QueueEntry\r")), at)
    phones = () if all(member.of_phone for member in members) else await _phones(ask, at)
    return Resynced(
        switchboard,
        at,
        version=version,
        channels=channels,
        members=members,
        waiting=waiting,
        phones=phones,
        kept=await kept.presses(ask),
    )


async def _with_hold(ask: Ask, channels: tuple[ChannelSeen, ...]) -> tuple[ChannelSeen, ...]:
    """The same channels, and of each phone that talks whether it holds: no list has it, so each is asked, after the lists: what
    changes meanwhile is an event that follows. Not asked: callers and trunks, on whose hold nothing depends."""
    asked = [channel for channel in channels if _may_hold(channel)]
    held: dict[ChannelUid, bool] = {}
    refused = ""
    for first in range(0, len(asked), ASKED_AT_ONCE):
        some = asked[first : first + ASKED_AT_ONCE]
        words = ((("Channel", encode.channel(channel.uid, "channel")), ("Variable", encode.HOLD)) for channel in some)
        for channel, reply in zip(some, await asyncio.gather(*(ask("Getvar", *pair) for pair in words)), strict=True):
            if (value := reply.get("Value")) in ("0", "1"):
                held[channel.uid] = value == "1"
            elif not reply.ok and reply.message != GONE:
                refused = reply.message
    if refused:
        log.warning("which seats hold is unknown until they hold or resume: Getvar %s: %s", encode.HOLD, refused)
    return tuple(replace(channel, held=held.get(channel.uid)) for channel in channels)


def _may_hold(channel: ChannelSeen) -> bool:
    caller = channel.caller_uid == channel.uid
    phone = channel.name.startswith("PJSIP/") and not (channel.trunk or channel.name.startswith(f"PJSIP/{TRUNK}"))
    return phone and channel.state is ChannelState.UP and not caller


async def _phones(ask: Ask, at: float) -> tuple[PhoneSeen, ...]:
    """States that phones last reported; nothing where the switchboard does not tell: then they are unknown (law 7)."""
    listed = await ask("DeviceStateList")
    if not listed.ok:
        log.warning("phones behind Local channels are unknown until they speak: DeviceStateList: %s", listed.message)
        return ()
    return await _read(_phone, listed.items, at)


async def _read(read: Callable[[bytes, float], _T | None], frames: Iterable[bytes], at: float) -> tuple[_T, ...]:
    """Values that frames hold, some at a stretch, so that events come between. A text (SIP MESSAGE) is no party."""
    found = []
    for number, frame in enumerate(frames, 1):
        if not wire.of_a_text(frame) and (seen := _sound(read, frame, at)) is not None:
            found.append(seen)
        if number % FRAMES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return tuple(found)


async def _ok(ask: Ask, action: str, *headers: tuple[str, str]) -> Reply:
    reply = await ask(action, *headers)
    if not reply.ok:
        raise Unanswerable(action, reply.message)
    return reply


def _sound(read: Callable[[bytes, float], _T | None], frame: bytes, at: float) -> _T | None:
    try:
        return read(frame, at)
    except wire.Malformed as fault:
        log.warning("left out of the snapshot: %s is missing or malformed", fault)
        return None


def _channel(frame: bytes, at: float) -> ChannelSeen:
    ours = _ours(frame)
    attempt = ours["ONEKEY_ATTEMPT"]
    return ChannelSeen(
        uid=ChannelUid(wire.need(frame, b"\r\nUniqueid:", wire.UID)),
        name=wire.text(frame, b"\r\nChannel:"),
        state=CHANNEL_STATES.get(wire.raw(frame, b"\r\nChannelState:") or b"", ChannelState.DOWN),
        caller_number=wire.text(frame, b"\r\nCallerIDNum:"),
        caller_name=wire.text(frame, b"\r\nCallerIDName:"),
        linkedid=ChannelUid(wire.may(frame, b"\r\nLinkedid:", wire.UID)),
        bridge=wire.may(frame, b"\r\nBridgeID:", wire.BRIDGE),
        created_at=at - wire.number(frame, b"\r\nSeconds:"),
        caller=ours["ONEKEY_CALLER"],
        caller_uid=ChannelUid(ours["ONEKEY_CALLER_ID"]),
        origin=ChannelUid(ours["ONEKEY_ORIGIN"]),
        uui=ours["ONEKEY_UUI"],
        press=PressId(ours["ONEKEY_PRESS"]),
        attempt=int(attempt) if attempt.isdecimal() else 0,
        by=ours["ONEKEY_BY"],
        target=TargetId(ours["ONEKEY_TARGET"]),
        joined=ours["ONEKEY_JOINED"] == "1",
        plan=ours["ONEKEY_PLAN"],
        wanted=TargetId(ours["ONEKEY_WANTED"]),
        plans=ours["ONEKEY_PLANS"],
        trunk=ours["ONEKEY_TRUNK"],
        joined_at=kept.instant(ours["ONEKEY_JOINED_MS"]),
    )


_ALPHABETS = {
    "ONEKEY_CALLER": wire.CHANNEL, "ONEKEY_CALLER_ID": wire.UID, "ONEKEY_ORIGIN": wire.UID, "ONEKEY_UUI": wire.UUI,
    "ONEKEY_PRESS": wire.ID, "ONEKEY_ATTEMPT": wire.WORD, "ONEKEY_BY": wire.WORD, "ONEKEY_TARGET": wire.ID,
    "ONEKEY_JOINED": wire.WORD, "ONEKEY_JOINED_MS": wire.WORD, "ONEKEY_PLAN": wire.PLAN, "ONEKEY_WANTED": wire.ID, "ONEKEY_PLANS": wire.PLAN,
    "ONEKEY_TRUNK": wire.ID,
}  # fmt: skip


def _ours(frame: bytes) -> dict[str, str]:
    """Our variables; one that is unset or not in its alphabet is the empty string."""
    found = dict.fromkeys(_VARIABLES, "")
    for line in frame.decode("utf-8", "replace").split("\r\n"):
        if line.startswith("Variable: "):
            name, _, value = line[10:].partition("=")
            if name in found and value != "(null)" and _ALPHABETS[name].fullmatch(value):
                found[name] = value
    return found


def _member(frame: bytes, at: float) -> MemberSeen | None:
    seat = seat_of(wire.raw(frame, b"\r\nLocation:"))
    if seat is None:
        return None
    return MemberSeen(
        queue=wire.need(frame, b"\r\nQueue:", wire.SEAT),
        seat=seat,
        device=DEVICE_STATES.get(wire.raw(frame, b"\r\nStatus:") or b"", DeviceState.UNKNOWN),
        paused=wire.number(frame, b"\r\nPaused:") == 1,
        pause_reason=wire.text(frame, b"\r\nPausedReason:"),
        of_phone=of_phone(frame, b"\r\nLocation:"),
        name=person_of(wire.text(frame, b"\r\nName:"), seat),
    )


def _phone(frame: bytes, at: float) -> PhoneSeen | None:
    device = wire.raw(frame, b"\r\nDevice:") or b""
    seat, state = seat_of(device), DEVICE_STATES.get(wire.raw(frame, b"\r\nState:") or b"")
    return PhoneSeen(seat, state) if device.startswith(b"PJSIP/") and seat is not None and state is not None else None


def _waiting(frame: bytes, at: float) -> CallerWaiting:
    return CallerWaiting(
        queue=wire.need(frame, b"\r\nQueue:", wire.SEAT),
        channel=ChannelUid(wire.need(frame, b"\r\nUniqueid:", wire.UID)),
        joined_at=at - wire.number(frame, b"\r\nWait:"),
    )
