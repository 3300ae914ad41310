"""One Asterisk: makes, rings, bridges and ends channels, says so over AMI, and does what AMI asks for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from simulators.toy.ami import AmiPort
from simulators.toy.channels import DOWN, NOBODY, RING, RINGING, UP, Bridge, Channel, Header

if TYPE_CHECKING:
    from simulators.toy.pbx import ToyPbx
    from simulators.toy.people import Person

Predial = Callable[[Channel], bool]
CAUSES = {16: "Normal Clearing", 17: "User busy", 19: "User alerting, no answer", 21: "Call Rejected"}
CUT_S = 2.0
"""Silence after which a leg whose other end died without a word is ended (``rtp_timeout``)."""

CITIZEN = "欧阳建国"
"""The name that comes with a citizen's number, as some networks send it: every story carries it, and no log may."""


class Switchboard:
    """One switchboard. ``channels`` are those that live, by unique id."""

    def __init__(self, pbx: ToyPbx, id_: str) -> None:
        self.pbx, self.id = pbx, id_
        self.ami = AmiPort(id_)
        self.channels: dict[str, Channel] = {}
        self.bridges: list[Bridge] = []
        self.phones: dict[str, Person] = {}
        self.up = False
        self.caller_of: dict[str, str] = {}
        """Whom a seat has, for a call that it makes beside this one (``onekey-whose``)."""
        self.globals: dict[str, str] = {}
        self.faults: list[BaseException] = []
        """What a dialplan of ours raised: the toy's own errors, for the tests to see."""
        self._serial = self._names = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the AMI port."""
        await self.ami.open()
        self.up = True

    async def stop(self) -> None:
        """Die without a goodbye: no event, no BYE. The other ends notice after a while; the phones stay registered."""
        self.up = False
        await self.ami.close()
        for channel in list(self.channels.values()):
            channel.gone = True
            if channel.phone is not None:
                channel.phone.left(channel, "cut")
            if channel.peer is not None and channel.peer.board is not self:
                there = channel.peer
                self.pbx.later(CUT_S, lambda there=there: there.board.hangup(there, 44))  # type: ignore[misc]
        self.channels.clear()
        self.bridges.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.pbx.happened()

    @property
    def loop_time(self) -> float:
        """The dialplan's clock: it skips where the loop's does."""
        return asyncio.get_running_loop().time()

    def run(self, channel: Channel, dialplan: Coroutine[Any, Any, None]) -> None:
        """The channel runs this from now on, and ends with it."""
        old, channel.task = channel.task, None
        if old is not None:
            for cleanup in channel.cleanups:
                cleanup()
            channel.cleanups.clear()
            old.cancel()
        channel.task = task = asyncio.get_running_loop().create_task(self._run(channel, dialplan), name=channel.name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, channel: Channel, dialplan: Coroutine[Any, Any, None]) -> None:
        try:
            await dialplan
        except Exception as fault:
            self.faults.append(fault)
        if channel.task is asyncio.current_task():
            self.hangup(channel, channel.cause or 16)

    async def until(self, look: Callable[[], Any], within_s: float | None = None) -> bool:
        """Wait until something is so; False where it was not in time."""
        return await self.pbx.changes.until(look, within_s)

    # --- channels -------------------------------------------------------------------------------------------------------

    def say(self, event: str, headers: list[Header], privilege: str = "call") -> None:
        """One event, and whoever waits looks again."""
        self.ami.tell(event, privilege, headers)
        self.pbx.happened()

    def user_event(self, channel: Channel, name: str, **said: str) -> None:
        """``UserEvent`` of the dialplan."""
        headers = [*channel.headers(), ("UserEvent", name), *((key, value) for key, value in said.items())]
        self.say("UserEvent", headers, "user")

    def find(self, name_or_uid: str) -> Channel | None:
        """As Asterisk: by name or by unique id."""
        found = self.channels.get(name_or_uid)
        return found or next((c for c in self.channels.values() if c.name == name_or_uid), None)

    def exists(self, name_or_uid: str) -> bool:
        """``CHANNEL_EXISTS``."""
        return self.find(name_or_uid) is not None

    def group_count(self, group: str) -> int:
        """``GROUP_COUNT`` of category onekey."""
        return sum(1 for channel in self.channels.values() if channel.group == group)

    def new(
        self, base: str, state: int, context: str, *, exten: str = "s", number: str = "", parent: Channel | None = None,
        uid: str = "", suffix: str = "",
    ) -> Channel:  # fmt: skip
        """A channel is born. It inherits from ``parent``."""
        self._serial += 1
        self._names += suffix != ";2"
        at = self.ami.now()
        uid = uid or f"{self.id}-{int(at)}.{self._serial}"
        name = f"{base}-{self._names:08x}{suffix}"
        channel = Channel(self, uid, name, state, number, context, exten, parent.linkedid if parent else uid, at)
        channel.shown = CITIZEN if len(number) == 11 else number or NOBODY
        if parent is not None:
            for name_ in parent.inherited:
                channel.set(name_, parent.get(name_), inherit=True)
        self.channels[uid] = channel
        self.say("Newchannel", channel.headers())
        return channel

    def local(self, where: str, uid: str = "", other_uid: str = "", parent: Channel | None = None) -> Channel:
        """``Local/s@context/n``: the near half; ``peer`` is the far one. ``where`` is ``s@context``."""
        base, context = f"Local/{where}", where.partition("@")[2]
        one = self.new(base, DOWN, context, suffix=";1", uid=uid, parent=parent)
        two = self.new(base, RING, context, suffix=";2", uid=other_uid, parent=one)
        one.peer, two.peer = two, one
        return one

    def state(self, channel: Channel, state: int) -> None:
        """A channel is in another state now."""
        if channel.state != state and not channel.gone:
            channel.state = state
            self.say("Newstate", channel.headers())
            self.pbx.device(channel)
            if state == UP and channel.phone is not None:
                channel.phone.picked_up(channel)

    def answer(self, channel: Channel) -> None:
        """A channel that came in is answered; so is the other end."""
        self.state(channel, UP)
        if channel.peer is not None and channel.peer.state != UP:
            channel.peer.board.state(channel.peer, UP)

    def ring(self, channel: Channel) -> None:
        """A channel that came in hears ringing: so does the other end."""
        if channel.peer is not None and channel.peer.state == DOWN:
            channel.peer.board.state(channel.peer, RINGING)

    def hangup(self, channel: Channel, cause: int) -> None:
        """A channel ends: out of its bridge, its handlers, the event, and a word to its other end."""
        if channel.gone or not self.up:
            return
        channel.gone, channel.cause = True, cause
        task, channel.task = channel.task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        bridge = channel.bridge
        if bridge is not None:
            self._leave(channel)
        for cleanup in channel.cleanups:
            cleanup()
        channel.cleanups.clear()
        for handler in channel.handlers:
            handler()
        del self.channels[channel.uid]
        cause_headers = [("Cause", str(cause)), ("Cause-txt", CAUSES.get(cause, "Unknown"))]
        self.say("Hangup", [*channel.headers(), *cause_headers])
        self.pbx.device(channel)
        if bridge is not None:
            asyncio.get_running_loop().call_soon(self._dissolve, bridge)
        if channel.phone is not None:
            channel.phone.left(channel, "answered" if cause == 26 and channel.state == RINGING else "")
        if channel.peer is not None:
            peer = channel.peer
            asyncio.get_running_loop().call_soon(peer.board.hangup, peer, cause)

    # --- bridges ----------------------------------------------------------------------------------------------------------

    def join(self, bridge: Bridge, channel: Channel) -> None:
        """A channel enters a bridge, and leaves the one that it was in."""
        if channel.bridge is not None:
            left = channel.bridge
            self._leave(channel)
            asyncio.get_running_loop().call_soon(self._dissolve, left)
        bridge.members.append(channel)
        channel.bridge = bridge
        channel.linkedid = min(bridge.members, key=lambda member: member.created_at).linkedid
        self.say("BridgeEnter", [*bridge.headers(), *channel.headers()])

    def bridge(self, *channels: Channel) -> Bridge:
        """A new bridge with these channels, entered in this order."""
        bridge = Bridge(str(uuid.uuid4()))
        self.bridges.append(bridge)
        self.say("BridgeCreate", bridge.headers())
        for channel in channels:
            self.join(bridge, channel)
        return bridge

    def _leave(self, channel: Channel) -> None:
        bridge, channel.bridge = channel.bridge, None
        assert bridge is not None
        technology = bridge.technology
        bridge.members.remove(channel)
        headers = [(n, technology if n == "BridgeTechnology" else v) for n, v in bridge.headers()]
        self.say("BridgeLeave", [*headers, *channel.headers()])

    def _dissolve(self, bridge: Bridge) -> None:
        """A bridge with one channel is none: the last one goes on in its dialplan, or ends where it has none."""
        if len(bridge.members) > 1 or bridge not in self.bridges:
            return
        last = bridge.members[0] if bridge.members else None
        if last is not None:
            self._leave(last)
        self.bridges.remove(bridge)
        self.say("BridgeDestroy", bridge.headers())
        if last is not None and not last.own:
            self.hangup(last, 16)

    async def out_of_bridge(self, channel: Channel) -> None:
        """Wait until the channel is in no bridge."""
        await self.until(lambda: channel.bridge is None)

    def goto(self, channel: Channel, dialplan: Coroutine[Any, Any, None]) -> None:
        """A channel is sent elsewhere: out of its bridge, and on with this."""
        bridge = channel.bridge
        if bridge is not None:
            self._leave(channel)
            asyncio.get_running_loop().call_soon(self._dissolve, bridge)
        self.run(channel, dialplan)

    # --- calling out ----------------------------------------------------------------------------------------------------

    def outgoing(self, dial: str, parent: Channel | None = None, uid: str = "") -> Channel:
        """The channel of a dial string, before its INVITE."""
        technology, _, rest = dial.partition("/")
        if technology == "Local":
            return self.local(rest.removesuffix("/n"), uid=uid, parent=parent)
        number, _, trunk = rest.partition("@")
        context = "onekey-from-trunk" if trunk else "onekey-from-seat"
        channel = self.new(
            f"PJSIP/{trunk or number}", DOWN, context, number="" if trunk else number, parent=parent, uid=uid
        )
        channel.exten = number if trunk else "s"
        channel.phone = None if trunk else self.phones.get(number)
        return channel

    def invite(self, channel: Channel) -> None:
        """The INVITE leaves: a phone rings, another switchboard answers, a Local half runs."""
        if channel.gone:
            return
        soon = asyncio.get_running_loop().call_soon
        if channel.technology == "Local":
            half = channel.peer
            assert half is not None
            half.variables, half.inherited = dict(channel.variables), set(channel.inherited)
            half.number, half.shown = channel.connected, channel.connected_name
            self.run(half, self.pbx.plan_of(half))
        elif channel.is_trunk:
            there = self.pbx.boards.get(channel.device.removeprefix("trunk-"))
            if there is None or not there.up:
                soon(self.hangup, channel, 20)
                return
            far = there.new(
                f"PJSIP/trunk-{self.id}", RING, "onekey-from-trunk", exten=channel.exten, number=channel.connected
            )
            far.shown, far.sent = channel.connected_name, dict(channel.sent)
            channel.peer, far.peer = far, channel
            there.run(far, self.pbx.plan_of(far))
        elif channel.phone is None or not channel.phone.registered:
            soon(self.hangup, channel, 20)
        else:
            channel.phone.rung(channel)

    async def reach(self, channel: Channel, within_s: float) -> bool:
        """Send the INVITE and wait for an answer; a channel that does not answer in time ends."""
        self.invite(channel)
        await self.until(lambda: channel.gone or channel.state == UP, within_s)
        if channel.state == UP:
            return True  # perhaps it has been hung up again already: it was answered
        self.hangup(channel, 0)
        return False
