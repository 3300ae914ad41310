"""Plays: events in, commands and records out, with no socket and no clock."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any, TypeVar

from gateway.core.messages.channel_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelHungUp,
    ChannelStateChanged,
)
from gateway.core.messages.commands import RingTarget
from gateway.core.messages.dialplan_events import KeyPressed, LegStarted, TrunkArrived
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import Resynced
from gateway.core.messages.queue_events import QueueAnswered, QueueJoined, QueueLeft
from gateway.core.messages.records import SeatRow, TransferRow
from gateway.core.messages.snapshots import ChannelSeen, MemberSeen
from gateway.core.model.settings import Settings
from gateway.core.model.world import World
from gateway.core.rules.rule import OTHER, Key, Rule, Rung, Target
from gateway.core.rules.rule_set import RuleSet
from gateway.core.switchboard import Switchboards
from gateway.core.values.ids import (
    ChannelState,
    ChannelUid,
    DeviceState,
    PressId,
    SeatId,
    SeatState,
    SwitchboardId,
    TargetId,
)

KEY = b"k" * 32
A, B = SwitchboardId("12345"), SwitchboardId("110")
RULES = RuleSet(
    targets={
        TargetId("12345"): Target(id=TargetId("12345"), name="12345"),
        TargetId("110"): Target(id=TargetId("110"), name="110"),
    },
    keys={"*1": Key("transfer", OTHER)},
    rules=(Rule(name="default", from_=None, target=None, ladder=()),),
)
SETTINGS = Settings(signing_key=KEY, wrap_up_s={}, media_settle_s=0.0)
CALLER = "PJSIP/13800000001-0000000a"
R = TypeVar("R")


def indexes_agree(world: World) -> None:
    """What is counted and looked up beside seats and transfers is what a look at all of them gives."""
    states: dict[SwitchboardId, Counter[SeatState]] = {}
    for (switchboard, _), status in world.seats.items():
        states.setdefault(switchboard, Counter())[status.state] += 1
    assert {id_: +counted for id_, counted in world.states.items()} == states
    callers = {transfer.caller_uid for transfer in world.transfers.values()}
    found = {transfer.id: transfer for uid in callers for transfer in world.transfers.of_caller(uid)}
    assert found == dict(world.transfers)


class Play:
    """Two switchboards with seats 1001, 1002 and 2001, and everything that came out."""

    def __init__(self, rules: RuleSet = RULES, settings: Settings = SETTINGS, **restored: Any) -> None:
        self.core = Switchboards([A, B], rules, settings, **restored)
        self.out: list[Any] = []
        self._clock = count(1000)
        self.members = {
            A: tuple(
                MemberSeen(queue="12345", seat=SeatId(n), device=DeviceState.NOT_IN_USE, paused=False)
                for n in ("1001", "1002")
            ),
            B: (MemberSeen(queue="110", seat=SeatId("2001"), device=DeviceState.NOT_IN_USE, paused=False),),
        }

    def at(self) -> float:
        """The next second."""
        return float(next(self._clock))

    def tell(self, event: AnyEvent) -> list[Any]:
        """One turn."""
        out = list(self.core.step(event))
        self.out += out
        indexes_agree(self.core.world)
        return out

    def attach(self, *channels: ChannelSeen, board: SwitchboardId = A) -> list[Any]:
        """A snapshot."""
        return self.tell(Resynced(board, self.at(), version="22.10.1", channels=channels, members=self.members[board]))

    def both(self) -> Play:
        """Both switchboards are attached, with nothing on them."""
        self.attach(board=A)
        self.attach(board=B)
        return self

    # --- what Asterisk says -----------------------------------------------------------------------------------------------

    def channel(self, board: SwitchboardId, uid: str, name: str, state: str = "ring", linkedid: str = "") -> None:
        """A new channel."""
        event = ChannelCreated(
            board,
            self.at(),
            uid=ChannelUid(uid),
            name=name,
            state=ChannelState(state),
            caller_number="13800000001",
            caller_name="",
            linkedid=ChannelUid(linkedid or uid),
        )
        self.tell(event)

    def state(self, board: SwitchboardId, uid: str, state: str) -> list[Any]:
        """A channel's state."""
        return self.tell(ChannelStateChanged(board, self.at(), ChannelUid(uid), ChannelState(state)))

    def enter(self, board: SwitchboardId, bridge: str, *uids: str) -> None:
        """Channels enter a bridge."""
        for uid in uids:
            self.tell(BridgeEntered(board, self.at(), bridge, ChannelUid(uid)))

    def leave(self, board: SwitchboardId, bridge: str, uid: str) -> None:
        """A channel leaves a bridge."""
        self.tell(BridgeLeft(board, self.at(), bridge, ChannelUid(uid)))

    def hang_up(self, board: SwitchboardId, uid: str, cause: int = 16) -> list[Any]:
        """A channel ends."""
        return self.tell(ChannelHungUp(board, self.at(), ChannelUid(uid), cause))

    # --- scenes -----------------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """A citizen (``c``) is answered by seat 1001 (``s``) in bridge ``b1``."""
        self.channel(A, "c", "PJSIP/13800000001-0000000a")
        self.tell(
            QueueJoined(
                A,
                self.at(),
                queue="12345",
                channel=ChannelUid("c"),
                channel_name="PJSIP/13800000001-0000000a",
                caller_number="13800000001",
                caller_name="",
            )
        )
        self.channel(A, "s", "PJSIP/1001-0000000b", "down", "c")
        self.state(A, "s", "ringing")
        self.tell(QueueLeft(A, self.at(), "12345", ChannelUid("c")))
        self.state(A, "s", "up")
        self.tell(
            QueueAnswered(
                A,
                self.at(),
                queue="12345",
                channel=ChannelUid("c"),
                seat=SeatId("1001"),
                seat_channel=ChannelUid("s"),
                wait_s=3,
                ring_s=1.5,
            )
        )
        self.enter(A, "b1", "s", "c")

    def press(self, press: str = "12345.1000000.1", target: str = "110", mode: str = "") -> list[Any]:
        """Seat 1001 presses."""
        event = KeyPressed(
            A,
            self.at(),
            press=PressId(press),
            target=TargetId(target),
            presser=ChannelUid("s"),
            presser_name="PJSIP/1001-0000000b",
            caller=CALLER,
            caller_uid=ChannelUid("c"),
            origin=ChannelUid(""),
            mode=mode,
        )
        return self.tell(event)

    def press_far(self, press: str = "110.9000000.7", target: str = "12345") -> list[Any]:
        """Seat 2001 presses, which has the caller through the trunk legs ``l`` at home and ``t`` at 110."""
        name, trunk = "PJSIP/2001-0000000d", "PJSIP/trunk-12345-0000000c"
        return self.tell(
            KeyPressed(
                B,
                self.at(),
                press=PressId(press),
                target=TargetId(target),
                presser=ChannelUid("f"),
                presser_name=name,
                caller=trunk,
                caller_uid=ChannelUid("t"),
                origin=ChannelUid("l"),
            )
        )

    def leg(self, press: str, target: str = "119", attempt: int = 1, uid: str = "l", by: str = "gateway") -> list[Any]:
        """A leg to a target begins at home; it neither rings yet nor has another end that we see."""
        self.channel(A, uid, f"PJSIP/{target}-{uid}", "down")
        begun = LegStarted(
            A,
            self.at(),
            press=PressId(press),
            attempt=attempt,
            by=by,
            target=TargetId(target),
            uid=ChannelUid(uid),
            name=f"PJSIP/{target}-{uid}",
            caller=CALLER,
            caller_uid=ChannelUid("c"),
        )
        return self.tell(begun)

    def ring(self, press: str = "12345.1000000.1", by: str = "gateway", leg: str = "l") -> None:
        """The leg begins, arrives at 110 and seat 2001 rings."""
        self.channel(A, leg, f"PJSIP/trunk-110-{leg}", "down")
        name = f"PJSIP/trunk-110-{leg}"
        self.tell(
            LegStarted(
                A,
                self.at(),
                press=PressId(press),
                attempt=1,
                by=by,
                target=TargetId("110"),
                uid=ChannelUid(leg),
                name=name,
                caller=CALLER,
                caller_uid=ChannelUid("c"),
            )
        )
        self.channel(B, "t", "PJSIP/trunk-12345-0000000c")
        self.tell(
            TrunkArrived(
                B, self.at(), uid=ChannelUid("t"), name="PJSIP/trunk-12345-0000000c", origin=ChannelUid(leg), uui=""
            )
        )
        self.channel(B, "f", "PJSIP/2001-0000000d", "down", "t")
        self.state(B, "f", "ringing")
        self.state(A, leg, "ringing")

    def answer(self, leg: str = "l") -> None:
        """Seat 2001 answers, and the leg joins the caller's bridge."""
        self.state(B, "f", "up")
        self.enter(B, "b2", "t", "f")
        self.state(A, leg, "up")
        self.enter(A, "b1", leg)

    # --- what came of it --------------------------------------------------------------------------------------------------

    def all(self, kind: type[R]) -> list[R]:
        """Everything of one kind that came out, in order."""
        return [item for item in self.out if isinstance(item, kind)]

    def transfer(self, press: str = "12345.1000000.1") -> TransferRow:
        """A transfer as it was last written."""
        return [row for row in self.all(TransferRow) if row.id == press][-1]

    def states(self, seat: str) -> list[str]:
        """The states that a seat has gone through."""
        return [row.after.value for row in self.all(SeatRow) if row.seat == seat]

    def rings(self) -> list[RingTarget]:
        """The requests to ring."""
        return self.all(RingTarget)


def seen(uid: str, name: str, bridge: str = "", **marks: Any) -> ChannelSeen:
    """A channel of a snapshot that is up."""
    given = {"linkedid": ChannelUid("c"), "created_at": 900.0, "held": False, **marks}
    return ChannelSeen(
        uid=ChannelUid(uid),
        name=name,
        state=ChannelState.UP,
        caller_number="13800000001",
        caller_name="",
        bridge=bridge,
        **given,
    )


RUNG = Rung(TargetId("110"), 25)
