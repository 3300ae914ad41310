"""app_queue as seats and callers see it: who waits, who is rung, who is free. One queue a switchboard.

Strategy ``leastrecent``, ``ringinuse=no``, ``autofill=yes``: each waiting caller, in order, rings the free seat that has been
free longest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.toy.ami import Action, Refusal, frame
from simulators.toy.channels import RINGING, UP, Bridge, Channel, Header
from simulators.toy.switchboard import Switchboard

RETRY_S = 1.0
"""Pause after every free seat has been tried (``retry``)."""
SEAT_RING_S = 15.0
"""How long one seat rings before the next is tried (``timeout``)."""

Prepare = Callable[[Channel, Channel], None]


@dataclass(eq=False)
class Seat:
    """One member. ``status`` is Asterisk's device state number."""

    number: str
    status: int = 5
    paused: str = ""
    calls: int = 0
    last_call: float = 0.0
    in_call: bool = False
    dynamic: bool = False
    """Logged in by AMI, and so to be logged out by it."""

    @property
    def interface(self) -> str:
        """Its device."""
        return f"PJSIP/{self.number}"


@dataclass(eq=False)
class Waiting:
    """One caller in the queue."""

    channel: Channel
    since: float
    priority: int
    tried: set[str] = field(default_factory=set)
    bridge: Bridge | None = None
    ringing: Channel | None = None


class CallQueue:
    """The queue of one switchboard."""

    def __init__(self, board: Switchboard, numbers: list[str]) -> None:
        self.board = board
        self.name = board.id
        self.seats = {number: Seat(number) for number in numbers}
        self.waiting: list[Waiting] = []
        board.ami.actions |= {
            "queuestatus": self._queue_status, "queuepause": self._queue_pause, "queueadd": self._queue_add,
            "queueremove": self._queue_remove,
        }  # fmt: skip

    # --- seats ----------------------------------------------------------------------------------------------------------

    def member_headers(self, seat: Seat) -> list[Header]:
        """What QueueMemberStatus says."""
        return [
            ("Queue", self.name), ("MemberName", seat.number), ("Interface", seat.interface),
            ("StateInterface", seat.interface), ("Membership", "dynamic" if seat.dynamic else "static"), ("Penalty", "0"),
            ("CallsTaken", str(seat.calls)), ("LastCall", str(int(seat.last_call))), ("LastPause", "0"),
            ("LoginTime", "1"), ("InCall", str(int(seat.in_call))), ("Status", str(seat.status)),
            ("Paused", str(int(bool(seat.paused)))), ("PausedReason", seat.paused), ("Ringinuse", "0"), ("Wrapuptime", "0"),
        ]  # fmt: skip

    def look(self, number: str) -> None:
        """A seat's phone may have changed: say so where it has."""
        seat, phone = self.seats.get(number), self.board.phones.get(number)
        if seat is None:
            return
        lines = [c for c in self.board.channels.values() if c.technology == "PJSIP" and c.device == number]
        if phone is None or not phone.registered:
            status = 5
        else:
            status = 3 if any(line.state in (RINGING, UP) for line in lines) else 1  # device_state_busy_at=1
        if status != seat.status:
            seat.status = status
            self.board.say("QueueMemberStatus", self.member_headers(seat), "agent")

    def pause(self, number: str, reason: str) -> None:
        """A seat takes a break; an empty reason ends it."""
        seat = self.seats[number]
        seat.paused = reason
        self.board.say("QueueMemberPause", self.member_headers(seat), "agent")

    def free(self) -> list[Seat]:
        """``QUEUE_MEMBER(free)``, the one that has been free longest first."""
        free = [seat for seat in self.seats.values() if seat.status == 1 and not seat.paused]
        return sorted(free, key=lambda seat: seat.last_call)

    # --- callers ----------------------------------------------------------------------------------------------------------

    async def wait(
        self,
        channel: Channel,
        prepare: Prepare,
        *,
        priority: int = 0,
        once: bool = False,
        within_s: float | None = None,
    ) -> bool:
        """``Queue``: True where a seat had the caller and is gone, False where nobody came.

        ``once`` is option n: each free seat is tried once. A caller who is taken into a bridge by somebody else (``Bridge``)
        leaves the queue, and this returns True when that bridge has ended.
        """
        place = Waiting(channel, self.board.loop_time, priority)
        self._join(place)
        left = [True]

        def gone() -> None:
            if left[0]:
                left[0] = False
                self._leave(place, "QueueCallerAbandon", "QueueCallerLeave")
            if place.ringing is not None:
                self.board.hangup(place.ringing, 26)

        channel.cleanups.append(gone)
        deadline = None if within_s is None else place.since + within_s
        try:
            while True:
                seat = await self._next(place, deadline)
                if channel.bridge is not None:  # somebody else has the caller
                    gone()
                    await self.board.out_of_bridge(channel)
                    return True
                if seat is None:
                    gone()
                    return False
                answered = await self._ring(place, seat, prepare, deadline)
                if answered is not None:
                    left[0] = False
                    await self._talk(place, seat, answered)
                    return True
                if once and not [s for s in self.free() if s.number not in place.tried] and channel.bridge is None:
                    gone()
                    return False
        finally:
            if gone in channel.cleanups:
                channel.cleanups.remove(gone)

    def _join(self, place: Waiting) -> None:
        before = [other for other in self.waiting if other.priority >= place.priority]
        self.waiting.insert(len(before), place)
        position = [("Position", str(self.waiting.index(place) + 1)), ("Count", str(len(self.waiting)))]
        headers = [*place.channel.headers(), ("Queue", self.name), *position]
        self.board.say("QueueCallerJoin", headers, "agent")

    def _leave(self, place: Waiting, *events: str) -> None:
        position = str(self.waiting.index(place) + 1)
        self.waiting.remove(place)
        for event in events:
            counts = [("Queue", self.name), ("Position", position), ("Count", str(len(self.waiting)))]
            self.board.say(event, [*place.channel.headers(), *counts], "agent")

    async def _next(self, place: Waiting, deadline: float | None) -> Seat | None:
        """The seat to ring now; None where time is up or somebody else has the caller."""

        def choose() -> Seat | None:
            turn = [other for other in self.waiting if other.ringing is None]
            for other, seat in zip(turn, self.free(), strict=False):
                if other is place:
                    return seat if seat.number not in place.tried else self._untried(place)
            return None

        while True:
            left = None if deadline is None else max(0.0, deadline - self.board.loop_time)
            found = await self.board.until(lambda: choose() or place.channel.bridge, RETRY_S if place.tried else left)
            if place.channel.bridge is not None:
                return None
            if found and (seat := choose()) is not None:
                return seat
            if deadline is not None and self.board.loop_time >= deadline:
                return None
            place.tried.clear()  # everyone has refused: try again after a pause

    def _untried(self, place: Waiting) -> Seat | None:
        return next((seat for seat in self.free() if seat.number not in place.tried), None)

    async def _ring(self, place: Waiting, seat: Seat, prepare: Prepare, deadline: float | None) -> Channel | None:
        """Ring one seat. The channel that has answered, or None."""
        board, caller = self.board, place.channel
        channel = board.outgoing(seat.interface, parent=caller)
        channel.own = False
        channel.connected, channel.connected_name = caller.number, caller.shown
        place.ringing = channel
        place.tried.add(seat.number)
        try:
            prepare(channel, caller)
            both = [*caller.headers(), *channel.headers("Dest")]
            member = [("Queue", self.name), ("Interface", seat.interface), ("MemberName", seat.number)]
            board.say("AgentCalled", [*both, *member], "agent")
            board.say("DialBegin", [*both, ("DialString", seat.interface)])
            board.ring(caller)
            began = board.loop_time
            within_s = SEAT_RING_S if deadline is None else min(SEAT_RING_S, max(0.0, deadline - began))
            board.invite(channel)
            await board.until(lambda: channel.gone or channel.state == UP or caller.bridge is not None, within_s)
            if channel.gone or channel.state != UP or caller.bridge is not None:
                board.hangup(channel, 26 if caller.bridge else 19)
                return None
            dial_end = [*caller.headers(), *channel.headers("Dest"), ("DialStatus", "ANSWER")]
            board.say("DialEnd", dial_end)
            self._leave(place, "QueueCallerLeave")
            times = [("HoldTime", str(int(began - place.since))), ("RingTime", str(int(board.loop_time - began)))]
            board.say("AgentConnect", [*caller.headers(), *channel.headers("Dest"), *member, *times], "agent")
            return channel
        finally:
            place.ringing = None
            board.pbx.happened()

    async def _talk(self, place: Waiting, seat: Seat, channel: Channel) -> None:
        """Until the caller is out of the bridge. The seat is free, and says so, as soon as either of the two has left it."""
        board, caller = self.board, place.channel
        board.answer(caller)
        told = [False]

        def complete() -> None:
            if not told[0]:
                told[0] = True
                seat.calls, seat.last_call, seat.in_call = seat.calls + 1, board.ami.now(), False
                member = [("Queue", self.name), ("Interface", seat.interface), ("MemberName", seat.number)]
                reason = "agent" if channel.gone else "caller"
                both = [*caller.headers(), *channel.headers("Dest"), *member]
                board.say("AgentComplete", [*both, ("HoldTime", "0"), ("TalkTime", "0"), ("Reason", reason)], "agent")

        channel.cleanups.append(complete)
        caller.cleanups.append(complete)
        seat.in_call = True
        place.bridge = board.bridge(channel, caller)
        await board.out_of_bridge(caller)
        complete()
        if complete in caller.cleanups:
            caller.cleanups.remove(complete)

    def _wanted(self, action: Action) -> str:
        if action.get("Queue", [self.name])[0] != self.name:
            raise Refusal("No such queue")
        return action["Interface"][0].removeprefix("PJSIP/")

    def _queue_pause(self, action: Action) -> tuple[list[Header], list[bytes]]:
        number = self._wanted(action)
        if number not in self.seats:
            raise Refusal("Interface not found")
        paused = action["Paused"][0] == "true"
        self.pause(number, action.get("Reason", ["-"])[0] if paused else "")
        self.board.pbx.happened()
        return [("Message", "Interface paused successfully" if paused else "Interface unpaused successfully")], []

    def _queue_add(self, action: Action) -> tuple[list[Header], list[bytes]]:
        number = self._wanted(action)
        if number in self.seats:
            raise Refusal("Unable to add interface: Already there")
        self.seats[number] = Seat(number, dynamic=True)
        self.board.say("QueueMemberAdded", self.member_headers(self.seats[number]), "agent")
        self.look(number)
        self.board.pbx.happened()
        return [("Message", "Added interface to queue")], []

    def _queue_remove(self, action: Action) -> tuple[list[Header], list[bytes]]:
        seat = self.seats.get(self._wanted(action))
        if seat is None:
            raise Refusal("Unable to remove interface: Not there")
        if not seat.dynamic:
            raise Refusal("Member not dynamic")
        del self.seats[seat.number]
        self.board.say("QueueMemberRemoved", self.member_headers(seat), "agent")
        return [("Message", "Removed interface from queue")], []

    def _queue_status(self, _: Action) -> tuple[list[Header], list[bytes]]:
        items = [frame([("Event", "QueueParams"), ("Queue", self.name), ("Strategy", "leastrecent")])]
        for seat in self.seats.values():
            headers = self.member_headers(seat)
            renamed = [("Location" if n == "Interface" else n, v) for n, v in headers if n != "MemberName"]
            items.append(frame([("Event", "QueueMember"), ("Name", seat.number), *renamed]))
        for i, place in enumerate(self.waiting, 1):
            entry = [
                ("Event", "QueueEntry"),
                ("Queue", self.name),
                ("Position", str(i)),
                ("Channel", place.channel.name),
            ]
            entry += [("Uniqueid", place.channel.uid), ("Wait", str(int(self.board.loop_time - place.since)))]
            items.append(frame([*entry, ("Priority", str(place.priority))]))
        return [("EventList", "start"), ("Message", "Queue status will follow")], items
