"""Commands of the core to AMI actions. One command in, exactly one ``CommandSucceeded`` or ``CommandFailed`` out.

An answer means that Asterisk has accepted the action, not that it has come true: a target that rings, a leg that
ends, are events of their own. In particular ``Originate`` is asynchronous: its response comes at once,
``OriginateResponse`` much later and is not waited for. Commands of one call run in the order in which ``execute`` was
called; calls run side by side.
"""

from __future__ import annotations

import asyncio
from typing import assert_never

from gateway.ami import encode
from gateway.ami.encode import Header, Refused, variable
from gateway.ami.link import Link
from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.core.commands import (
    AnyCommand,
    AttachContext,
    CancelTimer,
    HangUpLeg,
    RingTarget,
    StartTimer,
    TakePress,
    TellSeat,
)
from gateway.core.events import CommandFailed, CommandSucceeded

_CHANNEL_ID_CHARS_MAX = 149
"""``AST_MAX_PUBLIC_UNIQUEID``: Asterisk refuses a longer ``ChannelId``."""

_RING_SLACK_MS = 15_000
"""How much longer than the ringing the messenger channel may live. The dialplan ends it; this is the last resort."""

Action = tuple[str, tuple[Header, ...]]


class NotOurs(Refused):
    """A command that is not AMI's."""


class Executor:
    """Carries out commands on one switchboard's link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._calls: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @property
    def busy_calls(self) -> int:
        """Calls with a command under way or waiting."""
        return len(self._calls)

    async def execute(self, command: AnyCommand) -> CommandSucceeded | CommandFailed:
        """Run the command's actions in order, each within ``action_s``; the first that fails ends it. Never raises.

        ``why`` of a failure is for people and logs; it holds no value of the command. Where an answer was lost the
        action may have been carried out: the fence in the dialplan, not this, makes a second ring harmless.
        """
        lock = self._calls.setdefault(command.call, asyncio.Lock())
        self._waiting[command.call] = self._waiting.get(command.call, 0) + 1
        try:
            async with lock:
                why = await self._run(command)
        finally:
            self._waiting[command.call] -= 1
            if not self._waiting[command.call]:
                del self._waiting[command.call], self._calls[command.call]
        at = self._link.clock()
        if why:
            return CommandFailed(self._link.switchboard, at, command.id, why)
        return CommandSucceeded(self._link.switchboard, at, command.id)

    async def _run(self, command: AnyCommand) -> str:
        """Why it failed, empty where it did not."""
        try:
            for action, headers in actions(command):
                reply = await self._link.request(action, *headers)
                if not reply.ok:
                    return f"{action}: {reply.message}"
        except (Refused, LinkDown, NoAnswer) as error:
            return str(error)
        return ""


def actions(command: AnyCommand) -> tuple[Action, ...]:
    """The AMI actions of one command, in order. Raises ``Refused``, before any of them is sent."""
    match command:
        case RingTarget():
            return (("Originate", _originate(command)),)
        case HangUpLeg(channel=channel, cause=cause):
            if not 0 <= cause <= 127:
                raise Refused("not a Q.850 cause", "cause")
            # Asterisk finds a channel by unique id as well as by name (ast_channel_get_by_name)
            return (("Hangup", (("Channel", encode.channel(channel, "channel")), ("Cause", str(cause)))),)
        case TakePress():
            return _take_press(command)
        case AttachContext(channel=channel, uui=uui):
            return (_setvar(channel, "__ONEKEY_UUI", encode.uui(uui, "uui")),)
        case TellSeat():
            return (_message(command),)
        case StartTimer() | CancelTimer():
            raise NotOurs("timers are the engine's", "command")
        case _:
            assert_never(command)


def _originate(ring: RingTarget) -> tuple[Header, ...]:
    """``Local/s@onekey-ring/n`` rings by itself; the context that it is originated into is never reached."""
    press, attempt = encode.press_or_target(ring.press, "press"), str(ring.attempt)
    channel_id = f"{press}-{attempt}"
    if ring.attempt < 1 or ring.ring_s < 1:
        raise Refused("less than 1", "attempt or ring_s")
    if len(channel_id) + 2 > _CHANNEL_ID_CHARS_MAX:
        raise Refused(f"a ChannelId of more than {_CHANNEL_ID_CHARS_MAX} characters", "press")
    return (
        ("Channel", "Local/s@onekey-ring/n"),
        ("ChannelId", channel_id),
        # given, so that the second half, too, is refused while a first one lives
        ("OtherChannelId", f"{channel_id}-b"),
        ("Context", "onekey-nobody"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", str(ring.ring_s * 1000 + _RING_SLACK_MS)),
        ("Async", "true"),
        variable("ONEKEY_PRESS", press),
        variable("ONEKEY_ATTEMPT", attempt),
        variable("ONEKEY_BY", "gateway"),
        variable("ONEKEY_TARGET", encode.press_or_target(ring.target, "target")),
        variable("ONEKEY_CALLER", encode.channel(ring.caller, "caller")),
        variable("ONEKEY_CALLER_ID", encode.channel(ring.caller_uid, "caller_uid")),
        variable("ONEKEY_TAG", encode.tag(ring.tag, "tag")),
        variable("ONEKEY_UUI", encode.uui(ring.uui, "uui")),
        variable("ONEKEY_RING_S", str(ring.ring_s)),
    )


def _take_press(take: TakePress) -> tuple[Action, ...]:
    """``gateway:0`` is an owner without a leg: the watchdog stands back, a leg of the gateway may still follow."""
    press = encode.press_or_target(take.press, "press")
    taken = _setvar(take.caller, f"SHARED(ONEKEY_TAKEN_{press})", "gateway:0")
    if not take.settled:
        return (taken,)
    joined = _setvar(take.caller, "SHARED(ONEKEY_JOINED_HOME)", "1" if take.joined else "")
    # in this order: a caller's dialplan that sees no pending press must already see where the caller is
    return (taken, joined, _setvar(take.caller, "SHARED(ONEKEY_PENDING)", ""))


def _message(tell: TellSeat) -> Action:
    """A SIP MESSAGE to the seat's own endpoint; the alphabet of a seat keeps it from being any other address."""
    if not tell.text.strip():
        raise Refused("empty", "text")
    return "MessageSend", (
        ("Destination", f"pjsip:{encode.seat(tell.seat, 'seat')}"),
        ("Body", encode.shown(tell.text, "text")),
    )


def _setvar(channel: str, name: str, value: str) -> Action:
    return "Setvar", (("Channel", encode.channel(channel, "channel")), ("Variable", name), ("Value", value))
