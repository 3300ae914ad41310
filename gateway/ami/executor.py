"""Commands of the core to AMI actions. One command in, exactly one ``CommandSucceeded`` or ``CommandFailed`` out.

An answer means that Asterisk has accepted the action, not that it has come true: a target that rings, a leg that
ends, are events of their own. In particular ``Originate`` is asynchronous: its response comes at once,
``OriginateResponse`` much later and is not waited for. Commands of one call run in the order in which ``execute`` was
called; calls run side by side.
"""

from __future__ import annotations

import asyncio

from gateway.ami import globals_back, kept, packets
from gateway.ami.actions import actions
from gateway.ami.encode import Refused
from gateway.ami.link import Link
from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.core.messages.answers import CommandFailed, CommandSucceeded
from gateway.core.messages.commands import (
    AmiCommand,
    ComparePlan,
    CountPackets,
    ReadKept,
)
from gateway.core.messages.link_events import KeptRead, PlanDiffers


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

    async def execute(self, command: AmiCommand) -> CommandSucceeded | CommandFailed:
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

    async def _run(self, command: AmiCommand) -> str:
        """Why it failed, empty where it did not."""
        try:
            if isinstance(command, CountPackets):
                self._link.tell(await packets.count(self._link, command))
                return ""
            if isinstance(command, ReadKept):
                found = await kept.presses(self._link.request, again=True)
                self._link.tell(KeptRead(self._link.switchboard, self._link.clock(), found))
                return ""
            if isinstance(command, ComparePlan):
                if names := await globals_back.differing(self._link.request, command.values):
                    self._link.tell(PlanDiffers(self._link.switchboard, self._link.clock(), names))
                return ""
            for action, headers in actions(command):
                reply = await self._link.request(action, *headers)
                if not reply.ok:
                    return f"{action}: {reply.message}"
        except (Refused, LinkDown, NoAnswer) as error:
            return str(error)
        return ""
