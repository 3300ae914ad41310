"""Transferred calls for the bench of seats: the seat presses ``*1``, the other switchboard's queue rings, three talk, the seat leaves.

What the gateway asks for is played: its ``Originate`` rings the leg, and how long it took from the press to be asked is kept.
``python -m bench.seats_transfer '{...}'`` is the speaker (``seats_speaker``) with such calls among the others.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

from bench.seats_speaker import FREE_AFTER_S, SWITCHBOARDS, Board, Call, Calls, Play, block, play
from simulators.toy.ami import Action
from simulators.toy.channels import Header

PRESS_S, LEAVE_S, TALK_S = (2.0, 4.0), (1.0, 3.0), (3.0, 8.0)
"""Talk until the press, three together, and two again, at least and at most."""
TRUNK_S = 0.002
"""An INVITE over the trunk."""
PATIENCE_S = 5.0
"""How long the end waits for a gateway that has not answered a press; such a press is a fault."""


class Transfers(Calls):
    """Calls of which some are transferred: the presses that wait for the gateway, and when it asked for what."""

    def __init__(self, boards: list[Board], wish: Play) -> None:
        super().__init__(boards, wish)
        self.pressed: dict[str, Transferred] = {}
        self.request_ms: list[float] = []
        """From each press, as it is written, to the gateway's request to ring."""
        self._dice = random.Random(1)
        for board in boards:
            board.port.actions |= {"originate": self._originate, "messagesend": lambda _: ([], [])}

    def make(self, board: Board) -> Call:
        return Transferred(board, self) if self._dice.random() < self.wish.transferred else Call(board)

    def waits(self) -> bool:
        return any(time.time() - call.pressed_at < PATIENCE_S for call in self.pressed.values())

    def sums(self) -> dict[str, float]:
        ms = sorted(self.request_ms) or [0.0]
        parts = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        taken = {f"press_ms_{name}": ms[int(part * (len(ms) - 1))] for name, part in parts.items()}
        return {"unanswered": len(self.pressed), **taken}

    def _originate(self, action: Action) -> tuple[list[Header], list[bytes]]:
        """A leg, or a prompt for a seat, which nobody plays here."""
        if action["Channel"] == ["Local/s@onekey-ring/n"]:
            said = dict(line.partition("=")[::2] for line in action["Variable"])
            call = self.pressed.pop(said["ONEKEY_PRESS"])
            self.request_ms.append(1000 * (time.time() - call.pressed_at))
            call.leg_begins(said["ONEKEY_UUI"])
        return [("Message", "Originate successfully queued")], []


class Transferred(Call):
    """A call at its home. Behind the press the gateway and the far side play it on."""

    STEPS = ("arrives", "rings", "answers", "presses")

    def __init__(self, board: Board, transfers: Transfers) -> None:
        super().__init__(board)
        self.transfers = transfers
        (self.away,) = set(SWITCHBOARDS) - {board.id}
        self.press, self.pressed_at = "", 0.0
        number = board.next_number()
        self.leg = f"PJSIP/trunk-{self.away}-{2 * number:08x}"
        self.leg_uid = f"{self.caller_uid.partition('.')[0]}.{2 * number}"
        self.far: FarCall | None = None

    def answers(self) -> float:
        """Talk begins; the press comes soon."""
        super().answers()
        return self.board.dice.uniform(*PRESS_S)

    def presses(self) -> None:
        """The key. From here on the gateway decides."""
        self.pressed_at = time.time()
        self.press = f"{self.board.id}.{int(self.pressed_at * 1e6)}.{self.n % 1000:03}"
        self.transfers.pressed[self.press] = self
        said = f"Press: {self.press}\r\nTarget: {self.away}\r\nMode: \r\nPresser: {self.line}\r\nUniqueid: {self.line_uid}\r\n"
        self._user("OnekeyPress", self.line_block(6), f"{said}Linkedid: {self.caller_uid}\r\n")

    def leg_begins(self, uui: str) -> None:
        """The gateway's leg has passed the fence; the other switchboard will hear of it."""
        self.board.counts["transfers"] += 1
        self.board.say("Newchannel", "call", self._leg(0))
        self.board.begins(self.leg, self.away, self.leg_uid, self.leg_uid, 0)
        said = f"{self._attempt()}By: gateway\r\nTarget: {self.away}\r\nChannel: {self.leg}\r\nUniqueid: {self.leg_uid}\r\n"
        self._user("OnekeyLeg", self._leg(0), said)
        self.far = FarCall(self.transfers.boards[self.away], self, uui)
        self.board.soon.append((TRUNK_S, self.far.step))

    def leg_rings(self) -> None:
        """A seat over there rings."""
        self.board.say("Newstate", "call", self._leg(5))
        self.board.live[self.leg].state = 5

    def leg_joins(self) -> None:
        """The seat over there has answered: three in the caller's bridge."""
        self.board.say("Newstate", "call", self._leg(6))
        self.board.say("BridgeEnter", "call", self.bridge_block(3) + self._leg(6))
        self.board.up(self.bridge, self.leg)
        self._user("OnekeyLegEnd", self._leg(6), f"{self._attempt()}Status: SUCCESS\r\n")
        self.board.soon.append((self.board.dice.uniform(*LEAVE_S), self.seat_leaves))

    def seat_leaves(self) -> None:
        """The seat hangs up: two go on."""
        board, line = self.board, self.line_block(6)
        named = f"Queue: {board.id}\r\nInterface: PJSIP/{self.seat}\r\nMemberName: {self.seat}\r\n"
        board.say("BridgeLeave", "call", self.bridge_block(2) + line)
        both = self.caller_block() + self.line_block(6, "Dest")
        board.say("AgentComplete", "agent", f"{both}{named}HoldTime: 2\r\nTalkTime: 10\r\nReason: agent\r\n")
        board.say("Hangup", "call", f"{line}Cause: 16\r\nCause-txt: Normal Clearing\r\n")
        board.end(self.line)
        board.device(self.seat, 1)
        board.soon.append((FREE_AFTER_S, self.rests))
        board.soon.append((board.dice.uniform(*TALK_S), self.ends))

    def ends(self) -> None:  # type: ignore[override]  # nothing follows by itself
        """The caller hangs up, and the leg with him."""
        board, caller, leg = self.board, self.caller_block(), self._leg(6)
        board.say("HangupRequest", "call", f"{caller}Cause: 16\r\n")
        board.say("BridgeLeave", "call", self.bridge_block(1) + caller)
        board.say("BridgeLeave", "call", self.bridge_block(0) + leg)
        board.say("BridgeDestroy", "call", self.bridge_block(0))
        for channel in (leg, caller):
            board.say("Hangup", "call", f"{channel}Cause: 16\r\nCause-txt: Normal Clearing\r\n")
        board.end(self.leg, self.caller)
        far, self.far = self.far, None
        assert far is not None
        far.ends()
        far.board.soon.append((FREE_AFTER_S, far.rests))

    def _leg(self, state: int) -> str:
        return block(self.leg, state, self.away, self.number, "onekey-from-trunk", self.leg_uid, self.leg_uid)

    def _attempt(self) -> str:
        return f"Press: {self.press}\r\nAttempt: 1\r\n"

    def _user(self, event: str, channel: str, said: str) -> None:
        callers = f"Caller: {self.caller}\r\nCallerId: {self.caller_uid}\r\nOrigin: \r\n"
        self.board.say("UserEvent", "user", f"{channel}UserEvent: {event}\r\n{said}{callers}")


class FarCall(Call):
    """The leg as it stands in the other switchboard's queue."""

    STEPS = ("arrives", "rings", "answers")

    def __init__(self, board: Board, home: Transferred, uui: str) -> None:
        super().__init__(board)
        self.home, self.uui, self.number = home, uui, home.number
        self.caller = f"PJSIP/trunk-{home.board.id}-{2 * self.n:08x}"

    def arrives(self) -> float:
        """Over the trunk, with the context's id."""
        self.board.say("Newchannel", "call", self.caller_block(4))
        self.board.begins(self.caller, self.number, self.caller_uid, self.caller_uid, 4)
        said = f"Channel: {self.caller}\r\nUniqueid: {self.caller_uid}\r\nOrigin: {self.home.leg_uid}\r\nUui: {self.uui}\r\n"
        self.board.say("UserEvent", "user", f"{self.caller_block(4)}UserEvent: OnekeyArrival\r\n{said}")
        return self.waits()

    def rings(self) -> float | None:
        """At a seat, and home hears it."""
        if (after_s := super().rings()) is not None:
            self.home.leg_rings()
        return after_s

    def answers(self) -> None:  # type: ignore[override]  # home says when it ends
        """Into the caller's bridge at home."""
        self.board.say("Newstate", "call", self.caller_block())
        super().answers()
        self.home.leg_joins()


if __name__ == "__main__":
    asyncio.run(play(Play(**json.loads(sys.argv[1])), Transfers))
