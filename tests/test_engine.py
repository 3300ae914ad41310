"""The engine: one turn at a time, commands first, each answered once, timers that end, nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.core.messages.answers import CommandFailed, CommandSucceeded, TimerFired
from gateway.core.messages.channel_events import HoldEnded, HoldStarted
from gateway.core.messages.commands import AnyCommand, CancelTimer, FollowPress, HangUpLeg, StartTimer, TellSeat
from gateway.core.messages.dialplan_events import CallerBack, KeyPressed
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import AnyRecord, GapRow, SeatRow
from gateway.core.values.ids import ChannelUid, PressId, SeatId, SwitchboardId, TargetId
from gateway.engine import Engine
from tests.core.plays import Play
from tests.store.contract import gap, seat

HERE = SwitchboardId("12345")
Out = list[AnyCommand | AnyRecord]


def event(uid: str) -> HoldStarted:
    """Something that happened."""
    return HoldStarted(HERE, 1.0, ChannelUid(uid))


def hang_up(id_: str) -> HangUpLeg:
    """A command."""
    return HangUpLeg(id_, HERE, "call", ChannelUid("l"))


def start(timer: str, after_s: float) -> StartTimer:
    """A command to start a timer."""
    return StartTimer(f"start {timer}", HERE, "call", timer, after_s)


class FakeCore:
    """A core that does what a test says: ``on`` maps an event to what comes out of its turn."""

    def __init__(self) -> None:
        self.turns: list[AnyEvent] = []
        self.heard: asyncio.Queue[AnyEvent] = asyncio.Queue()
        self.out: dict[AnyEvent, Out] = {}
        self.during: Callable[[AnyEvent], None] = lambda _event: None
        self.depth = 0

    def step(self, event: AnyEvent) -> Out:
        assert self.depth == 0, "a turn inside a turn"
        self.depth += 1
        try:
            self.turns.append(event)
            self.heard.put_nowait(event)
            self.during(event)
            return self.out.get(event, [])
        finally:
            self.depth -= 1


class Bench:
    """An engine around a fake core, an executor that succeeds, and a journal of all that left the engine, in order."""

    def __init__(self) -> None:
        self.core = FakeCore()
        self.journal: list[tuple[str, object]] = []
        self.recorded: asyncio.Queue[AnyRecord] = asyncio.Queue()
        self.execute: Callable[[AnyCommand], CommandSucceeded | CommandFailed] = lambda command: CommandSucceeded(
            HERE, 2.0, command.id
        )
        self.refused: list[AnyRecord] = []
        """Records that nobody can write down."""
        self.hanging: set[str] = set()
        self.ended: list[str] = []
        self.engine = Engine(
            self.core,  # type: ignore[arg-type]  # it has the one method that counts
            self._execute,
            self._record,
            tape=lambda kind, value: self.journal.append((f"tape {kind}", value)),
            clock=lambda: 7.0,
        )

    async def _execute(self, command: AnyCommand) -> CommandSucceeded | CommandFailed:
        self.journal.append(("execute", command))
        if command.id in self.hanging:
            try:
                await asyncio.Event().wait()
            finally:
                self.ended.append(command.id)
        return self.execute(command)

    def _record(self, record: AnyRecord) -> None:
        if record in self.refused:
            raise ValueError("year 10000 is out of range")
        self.journal.append(("record", record))
        self.recorded.put_nowait(record)

    def of(self, *kinds: str) -> list[object]:
        """What left in these ways."""
        return [value for kind, value in self.journal if kind in kinds]

    async def heard(self, times: int) -> list[AnyEvent]:
        """The next events that the core takes."""
        return [await self.core.heard.get() for _ in range(times)]


def left_behind() -> tuple[set[asyncio.Task[object]], list[object]]:
    """Tasks and timers of the loop that are none of the test's own."""
    tasks = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    timers = [timer for timer in getattr(asyncio.get_running_loop(), "_scheduled", ()) if not timer.cancelled()]
    return {task for task in tasks if task.get_name().startswith("command")}, timers


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """After each test the engine is closed and must leave no task and no timer."""
    bench = Bench()
    yield bench
    await bench.engine.close()
    assert left_behind() == (set(), [])


# --- the turn -----------------------------------------------------------------------------------------------------------


async def test_a_turn_is_over_when_submit_returns(bench: Bench) -> None:
    """``submit`` is synchronous: the core has decided before the link goes on."""
    bench.engine.submit(event("a"))
    assert bench.core.turns == [event("a")]


async def test_one_turn_at_a_time(bench: Bench) -> None:
    """An event that arrives inside a turn, a command's answer say, waits for its end, and events keep their order."""
    answer = CommandSucceeded(HERE, 2.0, "k1")

    def during(happened: AnyEvent) -> None:
        if happened == event("a"):
            bench.engine.submit(answer)
            bench.engine.submit(event("b"))
            assert bench.core.turns == [event("a")]

    bench.core.during = during
    bench.engine.submit(event("a"))
    assert bench.core.turns == [event("a"), answer, event("b")]


async def test_a_core_that_raises_costs_one_event(bench: Bench) -> None:
    """A fault is counted and raised to no one; what waits behind it and what comes later is taken."""

    def during(happened: AnyEvent) -> None:
        if happened == event("a"):
            bench.engine.submit(event("b"))
            raise RuntimeError("a core that fails")

    bench.core.during = during
    bench.engine.submit(event("a"))
    bench.engine.submit(event("c"))
    assert bench.core.turns == [event("a"), event("b"), event("c")]
    assert (bench.engine.turns, bench.engine.faults) == (3, 1)


async def test_what_a_press_took_is_known(bench: Bench) -> None:
    """The time of the decision is kept for presses, and for nothing else."""
    press = KeyPressed(
        HERE,
        1.0,
        press=PressId("1.2"),
        target=TargetId("110"),
        presser=ChannelUid("s"),
        presser_name="s",
        caller="c",
        caller_uid=ChannelUid("c"),
        origin=ChannelUid(""),
    )
    bench.engine.submit(event("a"))
    assert list(bench.engine.decision_us) == []
    bench.engine.submit(press)
    assert len(bench.engine.decision_us) == 1


# --- commands -------------------------------------------------------------------------------------------------------------


async def test_each_command_is_answered_by_exactly_one_event(bench: Bench) -> None:
    """Success, refusal and an executor that raises: each command of a turn comes back once."""

    def execute(command: AnyCommand) -> CommandSucceeded | CommandFailed:
        match command.id:
            case "k1":
                return CommandSucceeded(HERE, 2.0, "k1")
            case "k2":
                return CommandFailed(HERE, 2.0, "k2", "refused")
        raise OSError("no line")

    bench.execute = execute
    tell = TellSeat("k3", HERE, "call", SeatId("1001"), "x")
    bench.core.out[event("a")] = [hang_up("k1"), hang_up("k2"), tell]
    bench.engine.submit(event("a"))
    assert await bench.heard(4) == [
        event("a"),
        CommandSucceeded(HERE, 2.0, "k1"),
        CommandFailed(HERE, 2.0, "k2", "refused"),
        CommandFailed(HERE, 7.0, "k3", "OSError('no line')"),
    ]
    await bench.engine.close()
    assert len(bench.core.turns) == 4


async def test_who_asks_waits_for_the_answers_of_his_event_alone(bench: Bench) -> None:
    """A command that was under way before, and hangs, is no part of it; the answers go to the core all the same."""
    bench.hanging = {"k0"}
    bench.core.out = {event("before"): [hang_up("k0")], event("a"): [hang_up("k1")]}
    bench.execute = lambda command: CommandFailed(HERE, 2.0, command.id, "no")
    bench.engine.submit(event("before"))
    refusal = CommandFailed(HERE, 2.0, "k1", "no")
    assert await bench.engine.ask(event("a")) == [refusal]
    assert bench.core.turns == [event("before"), event("a"), refusal]
    assert await bench.engine.ask(event("c")) == []


async def test_a_command_does_not_wait_for_another(bench: Bench) -> None:
    """While one command hangs, the next is carried out and answered."""
    bench.hanging = {"k1"}
    bench.core.out[event("a")] = [hang_up("k1"), hang_up("k2")]
    bench.engine.submit(event("a"))
    assert await bench.heard(2) == [event("a"), CommandSucceeded(HERE, 2.0, "k2")]


async def test_what_can_wait_leaves_behind_what_cannot(bench: Bench) -> None:
    """That a gateway follows is said when the phone rings: a command that was given later has left by then."""
    follow = FollowPress("follow", HERE, "call", PressId("p"), "PJSIP/c-1")
    bench.core.out = {event("a"): [follow], event("b"): [hang_up("now")]}
    bench.engine.submit(event("a"))
    bench.engine.submit(event("b"))
    answers = [await bench.core.heard.get() for _ in range(4)]
    assert [answer.command for answer in answers if isinstance(answer, CommandSucceeded)] == ["now", "follow"]


async def test_an_answer_may_bring_the_next_command(bench: Bench) -> None:
    """A command that comes out of an answer's turn is carried out like any other."""
    first = CommandSucceeded(HERE, 2.0, "k1")
    bench.core.out = {event("a"): [hang_up("k1")], first: [hang_up("k2")]}
    bench.engine.submit(event("a"))
    assert await bench.heard(3) == [event("a"), first, CommandSucceeded(HERE, 2.0, "k2")]


async def test_commands_leave_before_records_are_written(bench: Bench) -> None:
    """Records stand first in the turn's result, and are still written after the command has left (law 5)."""
    bench.core.out[event("a")] = [seat(30.0), hang_up("k1")]
    bench.engine.submit(event("a"))
    assert bench.journal == []
    await bench.recorded.get()
    ways = [kind for kind, _ in bench.journal]
    assert ways[0] == "execute"
    assert ways.count("record") == 1


# --- what is written down -------------------------------------------------------------------------------------------------


async def test_turns_are_written_down_in_order(bench: Bench) -> None:
    """Of each turn the event, then what came out; a record goes to the tape, then to the store; turn after turn."""
    bench.core.out = {event("a"): [seat(30.0), start("t", 60.0), gap(1.0, 2.0)], event("b"): [seat(31.0)]}
    bench.engine.submit(event("a"))
    bench.engine.submit(event("b"))
    bench.engine.write_down()
    assert bench.journal == [
        ("tape event", event("a")),
        ("tape out", seat(30.0)),
        ("record", seat(30.0)),
        ("tape out", start("t", 60.0)),
        ("tape out", gap(1.0, 2.0)),
        ("record", gap(1.0, 2.0)),
        ("tape event", event("b")),
        ("tape out", seat(31.0)),
        ("record", seat(31.0)),
    ]
    assert bench.engine.counts == {"SeatRow": 2, "GapRow": 1}


async def test_turns_are_written_down_by_themselves(bench: Bench) -> None:
    """Nobody asks: the records come all the same, those of later turns too."""
    bench.core.out = {event("a"): [seat(30.0)], event("b"): [seat(31.0)]}
    for name, row in (("a", seat(30.0)), ("b", seat(31.0))):
        bench.engine.submit(event(name))
        assert await bench.recorded.get() == row


async def test_a_turn_is_written_down_once(bench: Bench) -> None:
    """A reader who asks at once takes the place of the timer; asking again writes nothing."""
    bench.core.out[event("a")] = [seat(30.0)]
    bench.engine.submit(event("a"))
    bench.engine.write_down()
    bench.engine.write_down()
    assert left_behind()[1] == []
    assert bench.of("record") == [seat(30.0)]


async def test_close_writes_down_what_is_left(bench: Bench) -> None:
    """The last turn before ``close`` is on the tape and in the store."""
    bench.core.out[event("a")] = [seat(30.0)]
    bench.engine.submit(event("a"))
    await bench.engine.close()
    assert bench.of("tape event", "record") == [event("a"), seat(30.0)]


async def test_every_event_and_command_of_a_real_core_is_on_the_tape(bench: Bench) -> None:
    """What a whole transfer put in and got out stands on the tape, complete and in order."""
    play = Play()
    engine = Engine(
        play.core,
        bench._execute,
        bench._record,
        clock=lambda: 7.0,
        tape=lambda kind, value: bench.journal.append((kind, value)),
    )
    told: list[object] = []

    class Through(Play):
        def tell(self, event: AnyEvent) -> list[object]:
            told.append(event)
            engine.submit(event)
            return []

    through = Through()
    through.both()
    through.connect()
    through.press()
    await engine.close()
    assert bench.of("event") == told
    alone = Play().both()
    alone.connect()
    alone.press()
    assert bench.of("out") == alone.out
    assert bench.of("record") == [item for item in alone.out if not hasattr(item, "id") or hasattr(item, "home")]


# --- time -------------------------------------------------------------------------------------------------------------------


async def test_a_timer_fires_once_as_an_event(bench: Bench) -> None:
    """A timer that has run out is an event with its name and our clock's time; it does not fire again."""
    bench.core.out = {event("a"): [start("t", 0.0)], event("b"): [start("later", 0.001)]}
    bench.engine.submit(event("a"))
    assert await bench.heard(2) == [event("a"), TimerFired(HERE, 7.0, "t")]
    bench.engine.submit(event("b"))
    assert await bench.heard(2) == [event("b"), TimerFired(HERE, 7.0, "later")]
    assert bench.of("execute") == []
    assert bench.engine._timers == {}


async def test_a_timer_that_is_started_again_is_replaced(bench: Bench) -> None:
    """Of two starts of one timer only the second counts."""
    bench.core.out[event("a")] = [start("t", 0.0), start("t", 60.0), start("end", 0.001)]
    bench.engine.submit(event("a"))
    assert await bench.heard(2) == [event("a"), TimerFired(HERE, 7.0, "end")]
    bench.core.out[event("b")] = [start("t", 0.0)]
    bench.engine.submit(event("b"))
    assert await bench.heard(2) == [event("b"), TimerFired(HERE, 7.0, "t")]


async def test_a_cancelled_timer_does_not_fire(bench: Bench) -> None:
    """Cancelling ends that timer and no other; one that is unknown is passed over."""
    cancel, unknown = CancelTimer("x1", HERE, "call", "t"), CancelTimer("x2", HERE, "call", "nobody")
    bench.core.out[event("a")] = [start("t", 0.0), start("end", 0.001), unknown, cancel]
    bench.engine.submit(event("a"))
    assert await bench.heard(2) == [event("a"), TimerFired(HERE, 7.0, "end")]


async def test_a_timer_may_start_itself_again(bench: Bench) -> None:
    """The turn of a timer's end can start the same timer anew."""
    fired = TimerFired(HERE, 7.0, "t")
    bench.core.out = {event("a"): [start("t", 0.0)], fired: [start("t", 0.0)]}
    bench.engine.submit(event("a"))
    assert await bench.heard(3) == [event("a"), fired, fired]


async def test_timers_die_with_the_engine(bench: Bench) -> None:
    """After ``close`` no timer is left that could fire."""
    bench.core.out[event("a")] = [start("t", 0.0), start("u", 60.0)]
    bench.engine.submit(event("a"))
    await bench.engine.close()
    assert left_behind()[1] == []
    assert bench.core.turns == [event("a")]


# --- the end ----------------------------------------------------------------------------------------------------------------


async def test_close_ends_running_commands(bench: Bench) -> None:
    """A command that hangs is given its end, and no task of a command is left."""
    bench.hanging = {"k1", "k2"}
    bench.core.out[event("a")] = [hang_up("k1"), hang_up("k2"), hang_up("k3")]
    bench.engine.submit(event("a"))
    await bench.heard(2)
    await bench.engine.close()
    assert sorted(bench.ended) == ["k1", "k2"]
    assert left_behind() == (set(), [])


async def test_closing_an_idle_engine(bench: Bench) -> None:
    """``close`` without anything to do, and once more, does nothing."""
    await bench.engine.close()
    await bench.engine.close()
    assert bench.journal == []


async def test_one_records_every_kind(bench: Bench) -> None:
    """Commands and timers are no records: the store gets rows only."""
    bench.core.out[event("a")] = [gap(1.0, 2.0), start("t", 60.0), hang_up("k1"), seat(1.0)]
    bench.engine.submit(event("a"))
    bench.engine.write_down()
    assert [type(row) for row in bench.of("record")] == [GapRow, SeatRow]


async def test_events_of_every_source_go_the_same_way(bench: Bench) -> None:
    """Events of one burst are taken in the order in which they were submitted."""
    burst: list[AnyEvent] = [event("a"), HoldEnded(HERE, 1.5, ChannelUid("a")), CallerBack(HERE, 2.0, ChannelUid("a"))]
    for happened in burst:
        bench.engine.submit(happened)
    assert bench.core.turns == burst


async def test_a_record_that_cannot_be_written_down_costs_no_other(bench: Bench) -> None:
    """One of those who write down fails: what follows is written all the same, and it is a fault that is told."""
    bad, good = gap(1.0, 2.0), gap(3.0, 4.0)
    bench.core.out = {event("a"): [bad, good], event("b"): [seat(5.0)]}
    bench.refused.append(bad)
    for uid in ("a", "b"):
        bench.engine.submit(event(uid))
    bench.engine.write_down()
    assert bench.of("record") == [good, seat(5.0)]
    assert bench.engine.faults == 1
