"""Two or more toy switchboards in one process, joined by trunks, with people at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.toy.actions import Actions
from simulators.toy.channels import Channel
from simulators.toy.legs import LegPlan
from simulators.toy.people import Person
from simulators.toy.plan import Globals, HomePlan
from simulators.toy.presses import PressPlan
from simulators.toy.queues import CallQueue
from simulators.toy.switchboard import Switchboard
from simulators.toy.trunk import TrunkPlan

KEYS: dict[str, tuple[str, ...]] = {
    "*1": ("press", "other", ""), "*2": ("press", "119", ""), "*4": ("press", "122", ""), "*51": ("press", "water", ""),
    "*6": ("press", "other", "consult"), "*7": ("press", "other", "conference"), "*A": ("press", "other", "blind"),
    "*B": ("press", "other", "silent"), "*0": ("back",), "*8": ("yes",), "*9": ("no",),
}  # fmt: skip
"""The keys of the stage of the stories. A site's keys stand in its rules file; the toy reads no file."""
SEATS = {
    "12345": ["1001", "1002", "1003", "1004", "1005", "1006"],
    "110": ["2001", "2002", "2003", "2004"],
}


class Changes:
    """Lets people, queues and tests wait until something is so, instead of looking again and again."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def happened(self) -> None:
        """Look again, everyone."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, look: Callable[[], Any], within_s: float | None) -> bool:
        """True once ``look()`` is true; False where it was not within ``within_s`` seconds of loop time."""
        loop = asyncio.get_running_loop()
        deadline = None if within_s is None else loop.time() + within_s
        while not look():
            if deadline is not None and loop.time() >= deadline:
                return False
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.append(future)
            timer = None if deadline is None else loop.call_at(deadline, _wake, future)
            try:
                await future
            finally:
                if timer is not None:
                    timer.cancel()
        return True


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the switchboards are: seats by switchboard, services that each can dial, and the dialplan's globals."""

    seats: Mapping[str, list[str]] = field(default_factory=lambda: SEATS)
    services: tuple[str, ...] = ("119", "120", "122", "water")
    settings: Globals = Globals()


class ToyPbx:
    """The whole telephone world. ``boards`` by id; ``person`` gives somebody a phone."""

    def __init__(self, plan: Plan | None = None) -> None:
        plan = plan or Plan()
        self.plan = plan
        self.changes = Changes()
        self.boards: dict[str, Switchboard] = {}
        self.queues: dict[str, CallQueue] = {}
        self.plans: dict[str, HomePlan] = {}
        self.trunks: dict[str, TrunkPlan] = {}
        self._later: set[asyncio.TimerHandle] = set()
        for id_, seats in plan.seats.items():
            board = self.boards[id_] = Switchboard(self, id_)
            Actions(board)
            self.queues[id_] = CallQueue(board, list(seats))
            dials = {service: f"PJSIP/{service}" for service in plan.services}
            dials |= {other: f"PJSIP/{other}@trunk-{other}" for other in plan.seats if other != id_}
            home = self.plans[id_] = HomePlan(board, plan.settings, dials | {id_: "Local/s@onekey-queue/n"})
            PressPlan(board, home, LegPlan(board, home))
            self.trunks[id_] = TrunkPlan(board, home)

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open every AMI port."""
        for board in self.boards.values():
            await board.start()

    async def stop(self) -> None:
        """End everything."""
        for board in self.boards.values():
            await board.stop()
        for timer in self._later:
            timer.cancel()
        await asyncio.gather(*(trunk.stop() for trunk in self.trunks.values()))

    async def restart(self, id_: str) -> None:
        """One switchboard dies and comes back, without its calls."""
        await self.boards[id_].stop()
        self.queues[id_].waiting.clear()
        await self.boards[id_].start()
        for number in self.queues[id_].seats:
            self.queues[id_].look(number)

    # --- people -------------------------------------------------------------------------------------------------------

    def person(self, board: str, number: str, **how: Any) -> Person:
        """Somebody whose phone is registered there."""
        return Person(self.boards[board], number, **how)

    def keys(self, board: str) -> dict[str, tuple[str, ...]]:
        """The application map of a switchboard: ``other`` is the other of the first two."""
        other = next(id_ for id_ in self.boards if id_ != board)
        return {key: tuple(other if word == "other" else word for word in what) for key, what in KEYS.items()}

    def device(self, channel: Channel) -> None:
        """A phone's channel has changed: its queue looks."""
        if channel.technology == "PJSIP":
            self.queues[channel.board.id].look(channel.device)

    # --- inside -------------------------------------------------------------------------------------------------------

    def happened(self) -> None:
        """Something has changed somewhere."""
        self.changes.happened()

    async def pass_s(self, span_s: float) -> None:
        """Let a time pass in which something must not happen, or a deadline ends. A skipping loop does not wait for it."""
        await self.changes.until(lambda: False, span_s)

    def later(self, after_s: float, do: Callable[[], None]) -> None:
        """Do something after a while."""
        self._later.add(asyncio.get_running_loop().call_later(after_s, do))

    def plan_of(self, channel: Channel) -> Coroutine[Any, Any, None]:
        """What a channel runs: by the context into which it was sent."""
        plan, context = self.plans[channel.board.id], channel.context
        if channel.is_trunk:
            return self.trunks[channel.board.id].arrives(channel)
        run = {
            "onekey-words": plan.presses.words, "onekey-ring": plan.legs.ring, "onekey-fork": plan.legs.fork,
            "onekey-queue": plan.legs.queue_as_target, "onekey-say": plan.legs.say, "onekey-callback": plan.callback,
        }  # fmt: skip
        return run[context](channel)

    def left(self) -> list[str]:
        """What still lives: channels, bridges, waiting callers. And what went wrong in the toy itself."""
        found = [f"{b.id}: {c.name}" for b in self.boards.values() for c in b.channels.values()]
        found += [f"{b.id}: bridge of {len(bridge.members)}" for b in self.boards.values() for bridge in b.bridges]
        found += [f"{q.name}: {w.channel.name} waits" for q in self.queues.values() for w in q.waiting]
        return found + [f"{b.id}: {fault!r}" for b in self.boards.values() for fault in b.faults]

    def trunk_legs(self, boards: Iterable[str] | None = None) -> list[str]:
        """The trunk legs that live, at these switchboards or at all of them."""
        chosen = [self.boards[id_] for id_ in boards] if boards else list(self.boards.values())
        return [channel.name for board in chosen for channel in board.channels.values() if channel.is_trunk]
