"""A light speaker of AMI that plays calls, nothing else: two switchboards, thousands of seats, hundreds of calls a second.

A process of its own, so that the text costs the gateway under test nothing but its reading. Event names, order and headers
are those of ``tests/ami/recorded`` (Asterisk 22.10.1) behind the ``eventfilter`` of ``asterisk-conf/both/manager.conf``. Every event's
``Timestamp`` is the instant at which it was written; both processes read the same clock.

A call: the caller arrives and waits, the seat that has been free longest rings, answers, talks and is hung up on; a seat is free
again when its wrap-up is over. Some calls are transferred (``seats_transfer``). ``python -m bench.seats_speaker '{...}'`` takes a ``Play`` as JSON and prints its ports, then sums.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import itertools
import json
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from simulators.toy.ami import Action, AmiPort, frame
from simulators.toy.channels import Header

SWITCHBOARDS = ("12345", "110")
TICK_S = 0.001
WAIT_S, RING_S, TALK_S = (0.1, 0.5), (1.0, 3.0), (5.0, 15.0)
"""How long a caller waits, a seat rings and both talk, at least and at most; with wrap-up a seat is taken for 15 s in the mean."""
WRAP_UP_S = 2.0
FREE_AFTER_S = WRAP_UP_S + 0.5
"""When a seat may be rung again: later than its wrap-up ends, so that both sides agree that it is free."""


@dataclass(frozen=True, slots=True)
class Play:
    """What is played: ``seats`` and ``calls_per_s`` over both switchboards together."""

    seats: int
    calls_per_s: float
    seconds: float
    transferred: float = 0.0
    """The share of the calls whose seat presses the key."""


def block(name: str, state: int, number: str, other: str, where: str, uid: str, linkedid: str, prefix: str = "") -> str:
    """The lines that stand in every event about a channel."""
    word = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}[state]
    return (
        f"{prefix}Channel: {name}\r\n{prefix}ChannelState: {state}\r\n{prefix}ChannelStateDesc: {word}\r\n"
        f"{prefix}CallerIDNum: {number}\r\n{prefix}CallerIDName: {number}\r\n{prefix}ConnectedLineNum: {other}\r\n"
        f"{prefix}ConnectedLineName: {other}\r\n{prefix}Language: en\r\n{prefix}AccountCode: \r\n{prefix}Context: {where}\r\n"
        f"{prefix}Exten: s\r\n{prefix}Priority: 4\r\n{prefix}Uniqueid: {uid}\r\n{prefix}Linkedid: {linkedid}\r\n"
    )


@dataclass(slots=True)
class Live:
    """A channel that is there, as ``Status`` shows it."""

    number: str
    uid: str
    linkedid: str
    state: int
    began: float
    bridge: str = ""


class Board:
    """One switchboard's port, seats, calls and channels."""

    def __init__(self, id_: str, seats: int, dice: random.Random) -> None:
        self.id, self.dice = id_, dice
        first = 10_000 if id_ == "12345" else 50_000
        self.seats = [str(first + n) for n in range(seats)]
        self.free = deque(self.seats)
        self.port = AmiPort(id_)
        self.counts: Counter[str] = Counter()
        self.out: list[str] = []
        self.next_number = itertools.count(1).__next__
        self.live: dict[str, Live] = {}
        self.soon: list[tuple[float, Callable[[], float | None]]] = []
        """What has been begun outside of a call's own steps, and in how many seconds it is due."""
        actions: dict[str, Callable[[Action], tuple[list[Header], list[bytes]]]] = {
            "coresettings": self.port.core_settings, "listcommands": self.port.list_commands, "ping": self.port.ping,
            "queuestatus": self._queue_status, "status": self._status,
            "setvar": self._setvar,
        }  # fmt: skip
        self.port.actions |= actions

    def _setvar(self, _: Action) -> tuple[list[Header], list[bytes]]:
        self.port.seen.clear()
        self.counts["setvars"] += 1
        return [("Message", "Variable Set")], []

    def _status(self, action: Action) -> tuple[list[Header], list[bytes]]:
        """``Status``: every channel, with each variable that is asked for, which none has."""
        now = time.time()
        unset = "".join(f"Variable: {name}=(null)\r\n" for name in action["Variables"][0].split(","))
        items = [
            f"Event: Status\r\nPrivilege: Call\r\n{block(name, live.state, live.number, '', '', live.uid, live.linkedid)}Type: PJSIP\r\n"
            f"BridgeID: {live.bridge}\r\nApplication: \r\nSeconds: {int(now - live.began)}\r\n{unset}\r\n".encode()
            for name, live in self.live.items()
        ]
        return [("EventList", "start"), ("Message", "Channel status will follow")], items

    def begins(self, name: str, number: str, uid: str, linkedid: str, state: int) -> None:
        """A channel is there."""
        self.live[name] = Live(number, uid, linkedid, state, time.time())

    def up(self, bridge: str, *names: str) -> None:
        """Channels that talk in a bridge."""
        for name in names:
            live = self.live[name]
            live.state, live.bridge = 6, bridge

    def end(self, *names: str) -> None:
        """Channels are gone."""
        for name in names:
            del self.live[name]

    def _queue_status(self, _: Action) -> tuple[list[Header], list[bytes]]:
        members = [
            frame([("Event", "QueueMember"), ("Queue", self.id), ("Name", seat), ("Location", f"PJSIP/{seat}"),
                   ("StateInterface", f"PJSIP/{seat}"), ("Membership", "static"), ("Penalty", "0"), ("CallsTaken", "0"),
                   ("LastCall", "0"), ("LastPause", "0"), ("LoginTime", "1"), ("InCall", "0"), ("Status", "1"), ("Paused", "0"),
                   ("PausedReason", ""), ("Wrapuptime", "0")])
            for seat in self.seats
        ]  # fmt: skip
        return [("EventList", "start"), ("Message", "Queue status will follow")], members

    def say(self, event: str, kind: str, body: str) -> None:
        """One event, stamped now."""
        head = f"Event: {event}\r\nPrivilege: {kind},all\r\nTimestamp: {time.time():.6f}\r\nSystemName: {self.id}\r\n"
        self.out.append(f"{head}{body}\r\n")
        self.counts["events"] += 1

    def flush(self) -> None:
        """Write what has been said since the last time."""
        if self.out:
            data = "".join(self.out).encode()
            self.out.clear()
            for connection in self.port.connections:
                if connection.logged_in:
                    connection.send(data)

    def device(self, seat: str, status: int) -> None:
        """A phone's state as its own event and as the queue's."""
        word = {1: "NOT_INUSE", 3: "BUSY"}[status]
        self.say("DeviceStateChange", "call", f"Device: PJSIP/{seat}\r\nState: {word}\r\n")
        self.member(seat, status)

    def member(self, seat: str, status: int) -> None:
        """``QueueMemberStatus``."""
        self.say(
            "QueueMemberStatus", "agent",
            f"Queue: {self.id}\r\nMemberName: {seat}\r\nInterface: PJSIP/{seat}\r\nStateInterface: PJSIP/{seat}\r\n"
            f"Membership: static\r\nPenalty: 0\r\nCallsTaken: 1\r\nLastCall: 1795466076\r\nLastPause: 0\r\nLoginTime: 1795464933\r\n"
            f"InCall: {int(status != 1)}\r\nStatus: {status}\r\nPaused: 0\r\nPausedReason: \r\nRinginuse: 0\r\nWrapuptime: 0\r\n",
        )  # fmt: skip

    def bridge_id(self, n: int) -> str:
        """A bridge's unique id."""
        return f"00000000-0000-4000-{self.id:0>4.4}-{n:012x}"


class Call:
    """One call. ``step`` plays what is due and returns the seconds to the next, None at the end."""

    STEPS: tuple[str, ...] = ("arrives", "rings", "answers", "ends", "rests")

    def __init__(self, board: Board) -> None:
        self.board, self.n = board, board.next_number()
        base = f"{board.id}-{int(time.time())}"
        self.number = f"139{self.n % 100_000_000:08}"
        self.caller, self.caller_uid = f"PJSIP/{self.number}-{2 * self.n:08x}", f"{base}.{2 * self.n}"
        self.line_uid = f"{base}.{2 * self.n + 1}"
        self.seat, self.line, self.bridge = "", "", board.bridge_id(self.n)
        self._played = 0

    def step(self) -> float | None:
        """Play the next step."""
        self._played += 1
        after_s: float | None = getattr(self, self.STEPS[self._played - 1])()
        return after_s

    def caller_block(self, state: int = 6, prefix: str = "") -> str:
        other = self.seat or "<unknown>"
        return block(self.caller, state, self.number, other, "onekey-hotline", self.caller_uid, self.caller_uid, prefix)

    def line_block(self, state: int, prefix: str = "") -> str:
        return block(
            self.line, state, self.seat, self.number, "onekey-from-seat", self.line_uid, self.caller_uid, prefix
        )

    def arrives(self) -> float:
        """Into the queue."""
        self.board.counts["calls"] += 1
        self.board.say("Newchannel", "call", self.caller_block(4))
        self.board.say("Newstate", "call", self.caller_block())
        self.board.begins(self.caller, self.number, self.caller_uid, self.caller_uid, 6)
        return self.waits()

    def waits(self) -> float:
        """In the queue, with music."""
        say, caller = self.board.say, self.caller_block()
        self.board.counts["waits"] += 1
        say("QueueCallerJoin", "agent", f"{caller}Queue: {self.board.id}\r\nPosition: 1\r\nCount: 1\r\n")
        say("MusicOnHoldStart", "call", f"{caller}Class: default\r\n")
        return self.board.dice.uniform(*WAIT_S)

    def rings(self) -> float | None:
        """At the seat that has been free longest; where none is, the caller gives up, and that is counted."""
        board, say = self.board, self.board.say
        if not board.free:
            board.counts["no_seat"] += 1
            leaving = f"{self.caller_block()}Queue: {board.id}\r\nPosition: 1\r\n"
            say("QueueCallerAbandon", "agent", f"{leaving}OriginalPosition: 1\r\nHoldTime: 0\r\n")
            say("QueueCallerLeave", "agent", f"{leaving}Count: 0\r\n")
            say("Hangup", "call", f"{self.caller_block()}Cause: 16\r\nCause-txt: Normal Clearing\r\n")
            board.end(self.caller)
            return None
        self.seat = board.free.popleft()
        self.line = f"PJSIP/{self.seat}-{2 * self.n + 1:08x}"
        down, caller = self.line_block(0), self.caller_block()
        say("Newchannel", "call", down)
        say("NewConnectedLine", "call", down)
        both = caller + self.line_block(0, "Dest")
        say(
            "AgentCalled",
            "agent",
            f"{both}Queue: {board.id}\r\nInterface: PJSIP/{self.seat}\r\nMemberName: {self.seat}\r\n",
        )
        say("DialBegin", "call", f"{both}DialString: PJSIP/{self.seat}\r\n")
        say("Newstate", "call", self.line_block(5))
        board.begins(self.line, self.seat, self.line_uid, self.caller_uid, 5)
        board.device(self.seat, 3)
        say("DialState", "call", f"{caller}{self.line_block(5, 'Dest')}DialStatus: RINGING\r\n")
        return board.dice.uniform(*RING_S)

    def answers(self) -> float:
        """Talk begins."""
        board, say = self.board, self.board.say
        up, caller = self.line_block(6), self.caller_block()
        both = caller + self.line_block(6, "Dest")
        say("Newstate", "call", up)
        say("NewConnectedLine", "call", caller)
        say("DialEnd", "call", f"{both}DialStatus: ANSWER\r\n")
        say("MusicOnHoldStop", "call", caller)
        say("QueueCallerLeave", "agent", f"{caller}Queue: {board.id}\r\nPosition: 1\r\nCount: 0\r\n")
        named = f"Queue: {board.id}\r\nInterface: PJSIP/{self.seat}\r\nMemberName: {self.seat}\r\n"
        say("AgentConnect", "agent", f"{both}{named}HoldTime: 2\r\nRingTime: 2\r\n")
        board.counts["answered"] += 1
        say("BridgeCreate", "call", self.bridge_block(0))
        say("BridgeEnter", "call", self.bridge_block(1) + up)
        say("BridgeEnter", "call", self.bridge_block(2) + caller)
        board.up(self.bridge, self.line, self.caller)
        return board.dice.uniform(*TALK_S)

    def bridge_block(self, channels: int) -> str:
        return (
            f"BridgeUniqueid: {self.bridge}\r\nBridgeType: basic\r\nBridgeTechnology: simple_bridge\r\nBridgeCreator: <unknown>\r\n"
            f"BridgeName: <unknown>\r\nBridgeNumChannels: {channels}\r\nBridgeVideoSourceMode: none\r\n"
        )

    def ends(self) -> float:
        """The caller hangs up."""
        board, say = self.board, self.board.say
        up, caller = self.line_block(6), self.caller_block()
        named = f"Queue: {board.id}\r\nInterface: PJSIP/{self.seat}\r\nMemberName: {self.seat}\r\n"
        say("HangupRequest", "call", f"{caller}Cause: 16\r\n")
        say("BridgeLeave", "call", self.bridge_block(1) + caller)
        say("BridgeLeave", "call", self.bridge_block(0) + up)
        say("BridgeDestroy", "call", self.bridge_block(0))
        both = caller + self.line_block(6, "Dest")
        say("AgentComplete", "agent", f"{both}{named}HoldTime: 2\r\nTalkTime: 10\r\nReason: caller\r\n")
        board.member(self.seat, 3)
        say("Hangup", "call", f"{up}Cause: 16\r\nCause-txt: Normal Clearing\r\n")
        board.device(self.seat, 1)
        say("Hangup", "call", f"{caller}Cause: 16\r\nCause-txt: Normal Clearing\r\n")
        board.end(self.line, self.caller)
        return FREE_AFTER_S

    def rests(self) -> None:
        """The wrap-up is over."""
        self.board.free.append(self.seat)


class Calls:
    """What is played on these boards: calls of which nobody asks anything."""

    def __init__(self, boards: list[Board], wish: Play) -> None:
        self.boards, self.wish = {board.id: board for board in boards}, wish

    def make(self, board: Board) -> Call:
        """The next call."""
        return Call(board)

    def waits(self) -> bool:
        """Whether the gateway may still ask for something."""
        return False

    def sums(self) -> dict[str, float]:
        """What is to be told beside the counts."""
        return {}


async def play(wish: Play, kind: type[Calls] = Calls) -> None:
    """Open both ports, wait for the gateway, play calls of this kind, print the sums."""
    gc.disable()  # calls make no cycles, and a pause here would be counted as the gateway's
    dice = random.Random(6)
    boards = [Board(id_, wish.seats // len(SWITCHBOARDS), dice) for id_ in SWITCHBOARDS]
    for board in boards:
        await board.port.open()
    print(json.dumps({board.id: board.port.number for board in boards}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # the gateway is attached
    calls = kind(boards, wish)
    late_ms_max = await _play(boards, wish, calls)
    sums: Counter[str] = Counter()
    for board in boards:
        sums.update(board.counts)
    print(json.dumps({**sums, **calls.sums(), "late_ms_max": round(late_ms_max)}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for board in boards:
        await board.port.close()


async def _play(boards: list[Board], wish: Play, calls: Calls) -> float:
    """Until the calls of the last second have been answered and ended. Returns how late a step was at worst, in ms."""
    due: list[tuple[float, int, Callable[[], float | None]]] = []
    order, chosen = itertools.count(), itertools.cycle(boards)
    began = time.monotonic()
    begun, late_s = 0, 0.0
    total = int(wish.seconds * wish.calls_per_s)
    while begun < total or due or calls.waits():
        now = time.monotonic()
        while begun < total and began + begun / wish.calls_per_s <= now:
            heapq.heappush(due, (began + begun / wish.calls_per_s, next(order), calls.make(next(chosen)).step))
            begun += 1
        while due and due[0][0] <= now:
            at, _, step = heapq.heappop(due)
            late_s = max(late_s, now - at)
            if (after_s := step()) is not None:
                heapq.heappush(due, (now + after_s, next(order), step))
        for board in boards:
            for after_s, step in board.soon:
                heapq.heappush(due, (now + after_s, next(order), step))
            board.soon.clear()
            board.flush()
        await asyncio.sleep(TICK_S)
    return 1000 * late_s
