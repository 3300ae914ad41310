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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from bench.load import rss_mb
from gateway import config, log
from gateway.app import App
from gateway.core.events import AnyEvent
from gateway.garbage import Garbage

STEPS_PER_S = 10_000
"""Lags are counted in steps of 0.1 ms: a list of them would be the memory that is to stay flat."""


class Lags:
    """From an event's ``Timestamp``, its writing, to the end of its turn. ``steps`` counts them by tenths of a millisecond."""

    def __init__(self, submit: Callable[[AnyEvent], None]) -> None:
        self.steps: Counter[int] = Counter()
        self._submit = submit

    def __call__(self, event: AnyEvent) -> None:
        self._submit(event)
        self.steps[int((time.time() - event.at) * STEPS_PER_S)] += 1


async def serve(path: Path) -> None:
    """Run, answer, end."""
    app = App(config.load(path))
    await app.start()
    garbage = Garbage()
    garbage.start()
    lags = Lags(app.engine.submit)
    for link in app.links.values():
        link._on_event = lags
    while not all(link.connected for link in app.links.values()):  # noqa: ASYNC110 - a link tells nobody that it is live
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    began, cpu_s, events, turns = time.monotonic(), time.process_time(), _events(app), app.engine.turns
    while await asyncio.to_thread(sys.stdin.readline):
        now, used_s, heard, done = time.monotonic(), time.process_time(), _events(app), app.engine.turns
        health = app.store.health()
        figures: dict[str, Any] = {
            "lags": dict(lags.steps), "seconds": now - began, "cpu_s": used_s - cpu_s, "events": heard - events,
            "all_turns": done - turns, "rss_mb": rss_mb("self"), "backlog": health.backlog, "lost": health.lost,
            "faults": app.engine.faults, "records": dict(app.engine.counts),
            "malformed": sum(link.counts["malformed"] for link in app.links.values()),
            "losses": sum(link.counts["losses"] for link in app.links.values()),
            "commands_failed": sum(link.counts["unanswered"] for link in app.links.values()),
            "seats": len(app.engine.core.world.seats), "calls": len(app.engine.core.world.calls),
            "collections": [generation["collections"] for generation in gc.get_stats()],
        }  # fmt: skip
        print(json.dumps(figures), flush=True)
        lags.steps.clear()
        began, cpu_s, events, turns = now, used_s, heard, done
    garbage.stop()
    await app.stop()


def _events(app: App) -> int:
    return sum(sum(link.events_by_name.values()) for link in app.links.values())


if __name__ == "__main__":
    log.configure(Path(sys.argv[1]).with_name("gateway.log"))
    uvloop.run(serve(Path(sys.argv[1])))
