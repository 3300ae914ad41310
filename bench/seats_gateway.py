"""The gateway under test: the whole of ``onekey run`` in this process, with a look at the clock behind every turn.

``python -m bench.seats_gateway CONFIG``: prints ``ready`` when both links are live. Each line on its input asks for the figures since the
line before, printed as one line of JSON; the end of its input ends it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import uvloop

from bench.load import rss_mb
from gateway.app import App
from gateway.app.parts import Submit
from gateway.config import site_file
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import Checked
from gateway.gc_timer import Garbage
from gateway.observability import log

STEPS_PER_S = 10_000
"""Lags are counted in steps of 0.1 ms: a list of them would be the memory that is to stay flat."""


class Lags:
    """From an event's ``Timestamp``, its writing, to the end of its turn. ``steps`` counts them by tenths of a millisecond.

    A check for drift is no event of the switchboard: ``checks`` counts them, ``check_ms_max`` is their longest turn."""

    def __init__(self) -> None:
        self.steps: Counter[int] = Counter()
        self.checks, self.check_ms_max = 0, 0.0

    def behind(self, submit: Submit) -> Submit:
        """The same, with a look at the clock behind it."""

        def heard(event: AnyEvent) -> None:
            if type(event) is Checked:
                began = time.perf_counter()
                submit(event)
                self.checks += 1
                self.check_ms_max = max(self.check_ms_max, 1000 * (time.perf_counter() - began))
                return
            submit(event)
            self.steps[int((time.time() - event.at) * STEPS_PER_S)] += 1

        return heard


class Pauses:
    """How long the collector has stopped everything: at most, and in all."""

    def __init__(self) -> None:
        self.ms_max = self.ms = self._began = 0.0
        gc.callbacks.append(self._collected)

    def _collected(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
            return
        taken = 1000 * (time.perf_counter() - self._began)
        self.ms += taken
        self.ms_max = max(self.ms_max, taken)

    def since(self) -> dict[str, float]:
        """Since the last time."""
        found = {"gc_ms_max": self.ms_max, "gc_ms": self.ms}
        self.ms_max = self.ms = 0.0
        return found


async def serve(path: Path) -> None:
    """Run, answer, end."""
    lags, pauses, garbage = Lags(), Pauses(), Garbage()
    app = App(site_file.load(path), lags.behind)
    await app.start()
    garbage.start()
    while not all(link.connected for link in app.links.values()):  # noqa: ASYNC110 - a link tells nobody that it is live
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    before = _sums(app)
    while await asyncio.to_thread(sys.stdin.readline):
        now = _sums(app)
        since = {name: value - before[name] for name, value in now.items()}
        checks = {"checks": lags.checks, "check_ms_max": lags.check_ms_max}
        print(json.dumps({**since, **pauses.since(), **_state(app), **checks, "lags": lags.steps}), flush=True)
        lags.steps.clear()
        before = now
    garbage.stop()
    await app.stop()


def _sums(app: App) -> dict[str, float]:
    """What only grows: spans in seconds, AMI events, turns."""
    events = sum(sum(link.events_by_name.values()) for link in app.links.values())
    clocks = {"seconds": time.monotonic(), "cpu_s": time.process_time(), "reader_cpu_s": time.thread_time()}
    return {**clocks, "events": events, "turns": app.engine.turns}


def _state(app: App) -> dict[str, Any]:
    """How it stands."""
    health, world = app.store.health(), app.engine.core.world
    counts = [link.counts for link in app.links.values()]
    return {
        "rss_mb": rss_mb("self"), "backlog": health.backlog, "lost": health.lost, "faults": app.engine.faults,
        "records": dict(app.engine.counts), "malformed": sum(one["malformed"] for one in counts),
        "losses": sum(one["losses"] for one in counts), "commands_failed": sum(one["unanswered"] for one in counts),
        "drift": sum(board.drift for board in world.boards.values()),
        "seats": len(world.seats), "calls": len(world.calls), "transfers": len(world.transfers),
    }  # fmt: skip


if __name__ == "__main__":
    log.configure(Path(sys.argv[1]).with_name("gateway.log"))
    uvloop.run(serve(Path(sys.argv[1])))
