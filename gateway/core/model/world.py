"""Everything the core knows, and the questions it asks of it. Changed only inside one turn of ``switchboard.step``."""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field

from gateway.core.machines.seat import TAKING
from gateway.core.messages.commands import AnyCommand
from gateway.core.messages.dialplan_events import KeyPressed
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, SeatRow, TransferRow
from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.erlang import expected_wait_s
from gateway.core.model.flow import Flow
from gateway.core.model.parts import Arrival, Kept, Leg, SeatStatus, Wait, Watched
from gateway.core.model.settings import Settings
from gateway.core.model.transfers import Transfers
from gateway.core.rules.conditions import PressFacts, local_day, local_minute
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, ContextId, PressId, SeatId, SeatState, SwitchboardId, TargetId


@dataclass(slots=True, kw_only=True)
class World:
    """The model of all switchboards, calls, transfers and seats."""

    boards: dict[SwitchboardId, Board]
    rules: RuleSet
    settings: Settings
    calls: dict[ChannelUid, Call] = field(default_factory=dict)
    transfers: Transfers = field(default_factory=Transfers)
    legs: dict[ChannelUid, Leg] = field(default_factory=dict)
    arrivals: dict[ChannelUid, Arrival] = field(default_factory=dict)
    arrival_of: dict[ChannelUid, Arrival] = field(default_factory=dict)
    received: dict[ContextId, ContextRow] = field(default_factory=dict)
    """Records of callers whose home is not attached, the newest last."""
    shown: dict[ChannelUid, dict[SeatId, str]] = field(default_factory=dict)
    """By arrival: which seats wait for its record (``waits``), have been ``told`` that it is on its way, or ``shown`` it."""
    transferers: dict[ChannelUid, list[PressId]] = field(default_factory=dict)
    """Channels whose end means that the transferer has left: the seat's, and its trunk leg at home."""
    seats: dict[tuple[SwitchboardId, SeatId], SeatStatus] = field(default_factory=dict)
    states: dict[SwitchboardId, Counter[SeatState]] = field(default_factory=dict)
    """Count of ``seats`` in each state: a press asks for it, and 10,000 seats are too many to be looked at."""
    restored: dict[PressId, TransferRow] = field(default_factory=dict)
    """Transfers that had not ended when the gateway did, until a snapshot of their home has been compared with them."""
    restored_seats: dict[tuple[SwitchboardId, SeatId], SeatRow] = field(default_factory=dict)
    """State of each seat when the gateway before this one ended, until a snapshot of its switchboard has come."""
    watched: dict[tuple[SwitchboardId, str], Watched] = field(default_factory=dict)
    """Bridges in which three have talked (``media_watch``), by switchboard and bridge."""
    music: dict[tuple[SwitchboardId, ChannelUid], int] = field(default_factory=dict)
    """Callers who hear music because they are alone with a holder, with the last beat (``hold_music``)."""
    overdue: set[PressId] = field(default_factory=set)
    """Transfers whose timer has fired once."""
    flows: dict[SwitchboardId, Flow] = field(default_factory=dict)
    """Arrivals and handle times of each switchboard in the last half hour."""
    waits: dict[tuple[SwitchboardId, ChannelUid], Wait] = field(default_factory=dict)
    """Callers of whom a queue has not said how their wait ended."""
    unattended: dict[SwitchboardId, float] = field(default_factory=dict)
    """Since when callers wait at a switchboard where no seat is there for calls."""
    callbacks: dict[PressId, CallbackRow] = field(default_factory=dict)
    """Call-back tasks that are being dialled."""
    open_tasks: dict[tuple[SwitchboardId, str], CallbackRow] = field(default_factory=dict)
    """Open call-back tasks by home and number: a number has one."""
    matters: dict[PressId, ContextRow] = field(default_factory=dict)
    """The records that the tasks being dialled are about."""
    presses: dict[tuple[SwitchboardId, SeatId], deque[float]] = field(default_factory=dict)
    """When each seat pressed in the last minute."""
    pressed_at: dict[tuple[SwitchboardId, SeatId], float] = field(default_factory=dict)
    """When each seat last pressed in a call that has a caller."""
    asked_home: dict[PressId, tuple[SwitchboardId, SeatId, TargetId]] = field(default_factory=dict)
    """Presses of which only their home can know more, the newest last: whose they are, and for whom."""
    decided: dict[str, deque[float]] = field(default_factory=dict)
    """When each rule with a limit let a transfer begin in the last minute."""
    unwanted: dict[PressId, None] = field(default_factory=dict)
    """Presses whose leg of the dialplan's is let go (``followed``), the newest last."""
    sent: dict[PressId, KeyPressed] = field(default_factory=dict)
    """Presses of far seats that are on their way to the caller's home, the newest last."""
    kept: dict[PressId, Kept] = field(default_factory=dict)
    """Presses that no gateway followed, of which the store is asked (``core.kept``)."""
    plans_stale: Counter[SwitchboardId] = field(default_factory=Counter)
    """Presses by home of which something else rang than what shall ring."""
    plans_bad: Counter[tuple[SwitchboardId, str]] = field(default_factory=Counter)
    """Plans that lay ready and were none, by home and place."""
    plans_changed: Counter[SwitchboardId] = field(default_factory=Counter)
    """Globals that were found to be other than they were written."""
    plans: dict[SwitchboardId, dict[str, str]] = field(default_factory=dict)
    """Globals of each switchboard as last set (``plans``)."""
    plan_writes: Counter[SwitchboardId] = field(default_factory=Counter)
    """Count of variables that plans have cost, by switchboard."""
    plans_due: bool = False
    """True where the plans are looked at in a moment, because free seats have moved."""
    crowd_seen: tuple[tuple[bool, int | None, int], ...] = ()
    """Value at which the plans were last looked at."""
    out: list[AnyCommand | AnyRecord] = field(default_factory=list)
    commands_made: int = 0
    retold: Board | None = None
    """Switchboard whose event this turn's is, where it is older than that switchboard's snapshot."""
    now: float = 0.0
    """The instant of the event of this turn."""

    def board(self, switchboard: SwitchboardId) -> Board:
        """The board of an attached switchboard, made when first heard of."""
        board = self.boards.get(switchboard)
        if board is None:
            board = self.boards[switchboard] = Board(id=switchboard, trunks=self.settings.trunks.get(switchboard, {}))
        return board

    def flow(self, switchboard: SwitchboardId) -> Flow:
        """A switchboard's last half hour."""
        return self.flows.setdefault(switchboard, Flow())

    def counted(self, switchboard: SwitchboardId, before: SeatState | None, after: SeatState) -> None:
        """A seat's state has changed; ``before`` is None for one that is new. Whoever changes ``seats`` says so."""
        states = self.states.setdefault(switchboard, Counter())
        states[after] += 1
        if before is not None:
            states[before] -= 1

    def next_id(self) -> str:
        """A command's id."""
        self.commands_made += 1
        return f"k{self.commands_made}"

    def person(self, switchboard: SwitchboardId, seat: SeatId) -> str:
        """The name of the person at a seat: the site's word, else the queues'; empty where nobody gives one."""
        if name := self.settings.seat_names.get((switchboard, seat), ""):
            return name
        board = self.boards.get(switchboard)
        member = board.members.get(seat) if board is not None else None
        return member.name if member is not None else ""

    def within_rate(self, switchboard: SwitchboardId, seat: SeatId, at: float) -> bool:
        """Count one press of a seat; whether it may press as often as this. A press without a seat is not limited here."""
        if not seat:
            return True
        recent = self.presses.setdefault((switchboard, seat), deque())
        return _counted(recent, self.settings.presses_per_minute_max, at)

    def within_limit(self, rule: str, limit: int, at: float) -> bool:
        """Count one transfer of a rule; whether the rule allows as many in a minute. 0 allows any number."""
        return not limit or _counted(self.decided.setdefault(rule, deque()), limit, at)

    def free_seats(self, switchboard: SwitchboardId) -> int | None:
        """Seats that can take a call now; None where that is not known: not attached, not heard, or no seat ever seen."""
        board, states = self.boards.get(switchboard), self.states.get(switchboard)
        return states[SeatState.READY] if states is not None and board is not None and board.connected else None

    def free_seats_by_target(self) -> dict[TargetId, int]:
        """Free seats of every attached switchboard of which they are known."""
        found = {TargetId(id_): self.free_seats(id_) for id_ in self.boards}
        return {id_: free for id_, free in found.items() if free is not None}

    def waiting_by_target(self) -> dict[TargetId, int]:
        """Callers who wait at every attached switchboard that is heard."""
        return {TargetId(id_): len(board.waiting) for id_, board in self.boards.items() if board.connected}

    def expected_waits(self, at: float) -> dict[TargetId, float]:
        """Seconds, by Erlang C on the last half hour with the seats that are there; infinite where these cannot carry it. Of a
        switchboard that is not heard, or had too few calls, nothing is known."""
        there = Counter(where for (where, _), status in self.seats.items() if status.state in TAKING)
        found: dict[TargetId, float] = {}
        for id_, board in self.boards.items():
            flow = self.flows.get(id_)
            handle_s, load = (flow.handle_s(at), flow.load(at)) if flow is not None else (None, None)
            if board.connected and handle_s and load is not None:
                wait_s = expected_wait_s(load, handle_s, there[id_])
                found[TargetId(id_)] = math.inf if wait_s is None else wait_s
        return found

    def facts(
        self, switchboard: SwitchboardId, target: TargetId, seat: SeatId, call: Call, asked: str, at: float
    ) -> PressFacts:
        """The known facts of a press. Seats and callers are counted only where a rule asks for them."""
        offset_s = self.settings.utc_offset_s
        lists = self.rules.callers.of(call.context.caller_number, local_day(at, offset_s))
        index = self.rules.index
        free_seats = self.free_seats_by_target() if index.crowded else {}
        waiting = self.waiting_by_target() if index.crowded else {}
        waits = self.expected_waits(at) if index.foresees else {}
        minute = local_minute(at, offset_s)
        return PressFacts(
            switchboard=switchboard,
            target=target,
            seat=seat,
            at=at,
            asked=asked,
            routing=call.routing,
            lists=lists,
            free_seats=free_seats,
            minute=minute,
            waiting=waiting,
            expected_wait_s=waits,
        )

    # --- whose call is this? --------------------------------------------------------------------------------------------

    def call_behind(self, board: Board, uid: ChannelUid) -> Call | None:
        """The call that a channel belongs to, seen from any switchboard: through trunk legs, Local halves and whoever shares its bridge."""
        for _ in range(4):  # seat -> trunk leg -> home leg -> caller; a fifth step would be a circle
            if (call := self.calls.get(uid)) is not None:
                return call
            if (leg := self.legs.get(uid)) is not None:
                return self.calls.get(leg.caller_uid)
            if (arrival := self.arrivals.get(uid)) is not None:
                uid = arrival.origin
                board = next((home for home in self.boards.values() if uid in home.channels), board)
                continue
            channel = board.channels.get(uid)
            if channel is None:
                return None
            following = self._caller_beside(board, channel) or self._dialled_for(board, channel)
            if following == uid:
                return None
            uid = following
        return None

    def _caller_beside(self, board: Board, channel: Channel) -> ChannelUid:
        """The caller in a channel's bridge, or what stands for him there: a trunk leg that has come, the far half of a leg. However the
        channel came into that bridge, it is in his call. Empty where there is none."""
        if not channel.bridge:
            return ChannelUid("")
        for uid in sorted(board.bridges[channel.bridge]):  # the same on every replay
            if uid == channel.uid:
                continue
            if uid in self.calls or uid in self.arrivals:
                return uid
            mate = board.channels[uid]
            twin = board.twin(mate) if mate.local_twin else None
            if twin is not None and twin.uid in self.legs:
                return twin.uid
        return ChannelUid("")

    def _dialled_for(self, board: Board, channel: Channel) -> ChannelUid:
        """The leg whose half a channel is, or whom it was dialled for."""
        twin = board.twin(channel)
        return twin.uid if twin is not None and twin.uid in self.legs else channel.linkedid

    # --- how many people are in the call that this channel is bridged into? -------------------------------------------

    def parties(self, board: Board, channel: Channel) -> int:
        """The parties of the conversation: those of the home bridge, where this bridge hangs on it by a trunk or a Local.

        Of a home that is not heard nobody knows who is in its bridge: only the parties here count, who are sure (law 7).
        """
        if not channel.bridge:
            return 0
        mates = board.bridges[channel.bridge]
        most = len(mates)
        for uid in mates:
            mate = board.channels[uid]
            if mate.local_twin or uid in self.arrivals:  # few have anything beyond them
                most = max(most, self._beyond(board, mate))
        return most

    def parties_of_seat(self, switchboard: SwitchboardId, seat: SeatId) -> tuple[int, ...]:
        """The parties on each of a seat's lines."""
        board = self.board(switchboard)
        return tuple(self.parties(board, board.channels[uid]) for uid in sorted(board.of_seat.get(seat, ())))

    def _beyond(self, board: Board, mate: Channel) -> int:
        if (arrival := self.arrivals.get(mate.uid)) is not None and (leg := self.legs.get(arrival.origin)) is not None:
            home = self.board(leg.home)
            origin = home.channels.get(arrival.origin) if home.connected else None
            return self.parties(home, origin) if origin is not None else 0
        twin = board.twin(mate)
        # Always from the half that dials (;2) to the one that was dialled (;1), which is nearer home: so this ends.
        return self.parties(board, twin) if twin is not None and twin.name.endswith(";1") else 0


def _counted(recent: deque[float], most: int, at: float) -> bool:
    """Count one more in a minute, if it is not one too many."""
    while recent and recent[0] <= at - 60.0:
        recent.popleft()
    if len(recent) >= most:
        return False
    recent.append(at)
    return True
