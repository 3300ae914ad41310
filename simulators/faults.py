"""What can break during a transfer, each fault as one coroutine: it breaks something, waits, and mends it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from simulators.history import History, Told
from simulators.onekey import eventually, onekey
from simulators.plans import BO_TAG, BO_TAG_ANEW, Fault
from simulators.stage import AsteriskStage

MISSED_S = 4.0
"""A link that stands still for longer may be given up by either side: from here on something may have been missed."""
READY_S = 40.0


class Breaker:
    """Breaks things of one stage and notes in a history what the checker must know of it."""

    def __init__(self, stage: AsteriskStage, history: History, seed: int, now: Callable[[], float]) -> None:
        self._stage, self._history, self._seed, self._now = stage, history, seed, now
        self.vanish: Callable[[str], None] = lambda _whose: None
        """Lets the phone of ``seat``, ``target`` or ``caller`` die."""

    async def do(self, fault: Fault) -> None:
        """Break, wait, mend."""
        acts: dict[str, Callable[[Fault], Awaitable[None]]] = {
            "gateway_killed": self._gateway_killed,
            "gateway_frozen": self._gateway_frozen,
            "link_cut": self._link,
            "link_stalled": self._link,
            "link_sliced": self._link,
            "far_killed": self._far,
            "far_stopped": self._far,
            "trunk_dead": self._far,
            "store_locked": self._store_locked,
            "facts_edited": self._edited,
            "facts_reloaded": self._reloaded,
            "facts_seats": self._seats,
        }
        self._note(f"{fault.name} {fault.side if fault.name.startswith(('link', 'far', 'trunk')) else ''}".strip())
        if fault.name in acts:
            since = self._now()
            try:
                await acts[fault.name](fault)
            finally:
                if fault.name.startswith(("gateway", "link", "far", "trunk")):
                    self._history.away.append((since, self._now()))
            self._note(f"{fault.name} is over")
        else:
            self.vanish(fault.name.split("_")[0])

    def _note(self, what: str) -> None:
        self._history.say(self._now(), "fault", what)

    def _deaf(self, since: float) -> None:
        self._history.deaf.append((since, self._now()))

    async def _ready(self) -> None:
        await eventually(self._stage.is_ready, "the gateway is attached again", READY_S)

    async def _gateway_killed(self, fault: Fault) -> None:
        since = self._now()
        await self._stage.gateway_down(signal.SIGKILL)
        await asyncio.sleep(fault.for_s)
        await self._stage.gateway_up()
        self._deaf(since)

    async def _gateway_frozen(self, fault: Fault) -> None:
        since = self._now()
        with self._stage.gateway_frozen():
            await asyncio.sleep(fault.for_s)
        if fault.for_s > MISSED_S:
            await asyncio.sleep(0.5)
            await self._ready()
            self._deaf(since)

    async def _link(self, fault: Fault) -> None:
        proxy, since = self._stage.proxies[fault.side], self._now()
        try:
            if fault.name == "link_cut":
                proxy.cut()
            elif fault.name == "link_stalled":
                proxy.stall()
            else:
                proxy.slice(self._seed)
            await asyncio.sleep(fault.for_s)
        finally:
            proxy.mend()
        if fault.name == "link_cut" or (fault.name == "link_stalled" and fault.for_s > MISSED_S):
            await asyncio.sleep(0.3)
            await self._ready()
            self._deaf(since)

    async def _far(self, fault: Fault) -> None:
        """The other switchboard: killed, stopped, or away before the press and until long after it."""
        side, since = fault.side, self._now()
        kill = ["--kill"] if fault.name == "far_killed" else []
        self._history.deaths.append((side, since))
        await asyncio.to_thread(onekey, "lab", "restart", side, *kill, "--no-start", "--name", self._stage.name)
        self._history.deaths.append((side, self._now()))  # it died between the two: the command takes its time
        await asyncio.sleep(6.0 if fault.name == "trunk_dead" else fault.for_s)
        await asyncio.to_thread(onekey, "lab", "restart", side, "--name", self._stage.name)
        await self._ready()
        self._deaf(since)

    async def _edited(self, fault: Fault) -> None:
        """The seat writes down which language its caller speaks: a rule knows it."""
        stage = self._stage
        status, calls = await stage.ask("GET", "/v1/calls")
        for call in calls["items"] if status == 200 else ():
            path = f"/v1/contexts/{call['context']}"
            status, record = await stage.ask("GET", path)
            if status == 200:
                seen, since = {"If-Match": f'"{record["version"]}"'}, self._now()
                self._history.facts.append(Told("language", "bo", since))
                status, _ = await stage.ask("PATCH", path, {"language": "bo"}, seen)
                if status == 200:  # else: who came between has won
                    self._history.facts.append(Told("language", "", 0.0, self._now()))

    async def _reloaded(self, fault: Fault) -> None:
        """Other rules, which ring the same with another tag, and the old ones again."""
        file = self._stage.rules_file
        before, since = file.read_text(encoding="utf-8"), self._now()
        self._history.facts.append(Told("bo tag", BO_TAG_ANEW, since))
        try:
            for text in (before.replace(BO_TAG, BO_TAG_ANEW), before):
                file.write_text(text, encoding="utf-8")
                await self._asked("/v1/rules/reload", {})
                await asyncio.sleep(min(fault.for_s, 1.0))
            self._history.facts[:] = [fact for fact in self._history.facts if fact.name != "bo tag"]
            self._history.facts.append(Told("bo tag", BO_TAG_ANEW, since, self._now()))
        finally:
            file.write_text(before, encoding="utf-8")

    async def _seats(self, fault: Fault) -> None:
        """A seat of 110 that nobody needs goes away and comes back."""
        try:
            for action in ("pause", "unpause"):
                await self._asked(f"/v1/seats/110/2004/{action}", {"reason": "rest"} if action == "pause" else {})
                await asyncio.sleep(min(fault.for_s, 1.0))
        finally:  # also where the play has ended meanwhile: the next one may need that seat
            self._stage.console("110", "queue unpause member PJSIP/2004 queue 110")

    async def _asked(self, path: str, body: dict[str, Any]) -> None:
        """Ask the gateway, also one that another fault has taken away for now."""

        async def answered() -> int:
            return (await self._stage.ask("POST", path, body))[0]

        await eventually(answered, f"the gateway answers {path}", 60)

    async def _store_locked(self, fault: Fault) -> None:
        """An exclusive lock on the gateway's database, as a backup or a disk that hangs would be."""
        path = Path(self._stage.lab["dir"]) / "onekey.db"

        def hold() -> None:
            with contextlib.closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as database:
                try:
                    database.execute("BEGIN EXCLUSIVE")
                except sqlite3.OperationalError:
                    return  # the gateway writes without a pause just now
                time.sleep(fault.for_s)
                database.execute("ROLLBACK")

        await asyncio.to_thread(hold)
