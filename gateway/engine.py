"""The engine: one event in, one turn of the core, commands out.

It owns the turn, the timers and the tasks of running commands; it knows no protocol. ``submit`` is synchronous and is called
straight from the link that decoded the event, so nothing stands between a key and its command but the decision itself.
What is written down (tape, log, store, live feed) is written after the commands have left (law 5).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable

import structlog

from gateway.core.messages.answers import CommandFailed, CommandSucceeded, TimerFired
from gateway.core.messages.commands import (
    AmiCommand,
    AnyCommand,
    AttachContext,
    CancelTimer,
    CleanBridge,
    FollowPress,
    LookUp,
    RejoinLeg,
    StartTimer,
)
from gateway.core.messages.dialplan_events import KeyPressed, PlanRefused
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import LinkLost, PlanDiffers, Resynced
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.switchboard import Switchboards

Answer = CommandSucceeded | CommandFailed
Execute = Callable[[AmiCommand | LookUp], Awaitable[Answer]]
Tape = Callable[[str, object], None]

log = structlog.get_logger("engine")

WRITE_AFTER_S = 0.02
"""When a turn is written down. In the milliseconds after a key the cores belong to the ringing, not to logs and stores; what a
killed gateway has not written by then its successor derives from Asterisk."""

AFTERWARDS = (FollowPress,)
"""Commands that wait as long, for the same reason: the dialplan looks no sooner than half a second after a press whether a gateway follows
it (``ONEKEY_FOLLOW_S``)."""

RECORDS = (ContextRow, TransferRow, SeatRow, GapRow, CallbackRow, QueueRow)
NOTED = (KeyPressed, PlanDiffers, PlanRefused, LinkLost, Resynced, CommandFailed)
"""Events that are a line of the log by themselves."""


class Engine:
    """Runs the core. ``execute`` carries a command out and answers with exactly one event, within its own deadline."""

    def __init__(
        self,
        core: Switchboards,
        execute: Execute,
        record: Callable[[AnyRecord], None],
        *,
        clock: Callable[[], float],
        tape: Tape | None = None,
    ) -> None:
        self.core = core
        self.turns = 0
        self.faults = 0
        self.counts: Counter[str] = Counter()
        self.decision_us: deque[float] = deque(maxlen=1000)
        """Time that the last presses took from the event to the command, in µs."""
        self._execute = execute
        self._record = record
        self._tape = tape
        self._clock = clock
        self._waiting: deque[AnyEvent] = deque()
        self._in_turn = False
        self._to_write: list[tuple[AnyEvent, list[AnyCommand | AnyRecord]]] = []
        self._write_timer: asyncio.TimerHandle | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[Answer]] = set()

    # --- the turn -----------------------------------------------------------------------------------------------------

    def submit(self, event: AnyEvent) -> None:
        """Take one event. Never raises: a fault of ours costs one event, never the link that brought it."""
        # A turn is never entered twice: who is called within one and brings an event waits for its end.
        if self._in_turn:
            self._waiting.append(event)
            return
        self._in_turn = True
        try:
            self._turn(event)
            while self._waiting:
                self._turn(self._waiting.popleft())
        finally:
            self._in_turn = False

    async def ask(self, event: AnyEvent) -> list[Answer]:
        """Take an event, and wait for what comes of the commands that it gave: each is answered within its own deadline."""
        # No await between: the tasks that are new behind ``submit`` are those of this turn and of events that it brought.
        before = set(self._tasks)
        self.submit(event)
        return list(await asyncio.gather(*(asyncio.shield(task) for task in self._tasks - before)))

    def _turn(self, event: AnyEvent) -> None:
        self.turns += 1
        began = time.perf_counter() if isinstance(event, KeyPressed) else None
        try:
            out = self.core.step(event)
        except Exception:
            self.faults += 1
            log.exception("turn_failed", event_type=type(event).__name__, switchboard=event.switchboard)
            return
        for item in out:
            match item:
                case ContextRow() | TransferRow() | SeatRow() | GapRow() | CallbackRow() | QueueRow():
                    pass  # written down below; first here, because most are
                case StartTimer():
                    self._start(item)
                case CancelTimer():
                    self._cancel(item.timer)
                case _:
                    self._run(item)  # mypy: it is one that somebody else carries out
        if began is not None:
            self.decision_us.append((time.perf_counter() - began) * 1e6)
        if not out and self._tape is None and not isinstance(event, NOTED):
            return  # half of all events change nothing that is written down
        if self._write_timer is None:
            self._write_timer = asyncio.get_running_loop().call_later(WRITE_AFTER_S, self.write_down)
        self._to_write.append((event, out))

    def write_down(self) -> None:
        """Tape, log, store and live feed of the turns since the last time, in their order. A reader may ask for it at once."""
        if self._write_timer is not None:
            self._write_timer.cancel()
        # Taken before anything is written: what a consumer brings about is written the next time.
        turns, self._to_write, self._write_timer = self._to_write, [], None
        for event, out in turns:
            if self._tape is not None:
                self._keep(self._tape, "event", event)
            for item in out:
                if self._tape is not None:
                    self._keep(self._tape, "out", item)
                if isinstance(item, RECORDS):
                    self.counts[type(item).__name__] += 1
                    self._keep(self._record, item)
                    self._keep(self._note, item)
                elif isinstance(item, RejoinLeg | CleanBridge):
                    log.warning("party_silent", switchboard=item.switchboard, heal=type(item).__name__, order=item.call)
                elif isinstance(item, AttachContext) and not item.uui:
                    log.warning("context_refused", switchboard=item.switchboard, linkedid=item.call, why=item.why)
            if isinstance(event, NOTED):
                self._note_event(event)

    def _keep(self, consumer: Callable[..., None], *words: object) -> None:
        """Give it to one of those who write down. One that fails is a fault, and costs the others and what follows nothing."""
        try:
            consumer(*words)
        except Exception:
            self.faults += 1
            log.exception("not_written", consumer=getattr(consumer, "__qualname__", ""), what=type(words[-1]).__name__)

    def _note(self, record: AnyRecord) -> None:
        """One line per transfer change: who, what, why, with the ids that join all logs."""
        if isinstance(record, TransferRow):
            log.info(
                "transfer",
                transfer=record.id,
                linkedid=record.call,
                home=record.home,
                seat=record.transferer,
                target=record.target,
                by=record.by,
                state=record.state,
                outcome=record.outcome.value if record.outcome else None,
                reason=record.reason or None,
            )
        elif isinstance(record, SeatRow) and record.why == "drift":
            log.warning(
                "seat_drift", switchboard=record.switchboard, seat=record.seat, was=record.before, now=record.after
            )

    def _note_event(self, event: KeyPressed | PlanDiffers | PlanRefused | LinkLost | Resynced | CommandFailed) -> None:
        match event:
            case KeyPressed():
                log.info(
                    "key_pressed",
                    transfer=event.press,
                    linkedid=event.origin or event.caller_uid,
                    switchboard=event.switchboard,
                    target=event.target,
                )
            case PlanDiffers():
                log.warning("plan_changed", switchboard=event.switchboard, names=" ".join(event.names))
            case PlanRefused():
                log.warning(
                    "plan_refused",
                    transfer=event.press,
                    linkedid=event.caller_uid,
                    switchboard=event.switchboard,
                    place=event.place,
                    target=event.target,
                )
            case LinkLost():
                log.warning("link_lost", switchboard=event.switchboard, why=event.why)
            case Resynced():
                log.info("resynced", switchboard=event.switchboard, channels=len(event.channels), version=event.version)
            case CommandFailed():
                log.warning("command_failed", switchboard=event.switchboard, command=event.command, why=event.why)

    # --- commands ---------------------------------------------------------------------------------------------------------

    def _run(self, command: AmiCommand | LookUp) -> None:
        after_s = WRITE_AFTER_S if isinstance(command, AFTERWARDS) else 0.0
        task = asyncio.get_running_loop().create_task(self._carry_out(command, after_s), name=f"command {command.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, command: AmiCommand | LookUp, after_s: float) -> Answer:
        try:
            if after_s:
                await asyncio.sleep(after_s)
            answer = await self._execute(command)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("command_raised", command=command.id)
            answer = CommandFailed(command.switchboard, self._clock(), command.id, repr(error))
        self.submit(answer)
        return answer

    # --- time -------------------------------------------------------------------------------------------------------------

    def _start(self, command: StartTimer) -> None:
        self._cancel(command.timer)
        loop = asyncio.get_running_loop()
        self._timers[command.timer] = loop.call_later(command.after_s, self._fire, command)

    def _cancel(self, timer: str) -> None:
        handle = self._timers.pop(timer, None)
        if handle is not None:
            handle.cancel()

    def _fire(self, command: StartTimer) -> None:
        self._timers.pop(command.timer, None)
        self.submit(TimerFired(command.switchboard, self._clock(), command.timer))

    async def close(self) -> None:
        """Stop timers and give running commands their end. Calls go on: Asterisk holds them."""
        for timer in list(self._timers):
            self._cancel(timer)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.write_down()
