"""A gateway from its start to a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from gateway.ami import problem
from gateway.ami.tenure import Tenure, stale_s
from gateway.app.service_manager import ServiceManager
from gateway.app.wiring import App
from gateway.config.settings import Config, ConfigError
from gateway.core.values.bilingual import both
from gateway.core.values.fault import Fault
from gateway.core.values.holder import Holder
from gateway.gc_timer import Garbage
from gateway.security.secret_strength import weaknesses
from gateway.store.gateway_id import place_of
from gateway.store.redis import lease
from gateway.store.tenure import StoreTenure

DECIDED_S = 2.0
"""Seconds that a start waits to hear that no other gateway has its switchboards: those that answer do so within milliseconds, and one that does
not must not keep the gateway from saying that it runs."""


class Taken(Fault):
    """Another gateway has a switchboard."""


def holder(config: Config) -> Holder:
    """The name that a gateway of this configuration gives itself before another one. Raises OSError."""
    return Holder(
        place=place_of(config.run_dir),
        name=config.name,
        host=socket.gethostname(),
        pid=os.getpid(),
        api=f"{config.api_host}:{config.api_port}",
        since=time.time(),
    )


async def run(
    config: Config,
    started: Callable[[], None] = lambda: None,
    reopen_log: Callable[[], None] = lambda: None,
    renew_s: float = lease.RENEW_S,
) -> None:
    """Run a gateway until SIGTERM or SIGINT; SIGHUP opens the log again (its old file has been renamed) and loads the rules. Raises
    ConfigError where a secret is one that a guess finds, StoreError or Taken where another gateway has the store or a switchboard,
    Fault where a link has died."""
    if weak := weaknesses(config):
        raise ConfigError(config.name, [(one.where, one.what, one.remedy) for one in weak])
    config.run_dir.mkdir(parents=True, exist_ok=True)
    mine = holder(config)
    store = StoreTenure(config.store, config.store_url, mine, renew_s)
    store.take()
    try:
        tenure = Tenure(mine, stale_s(config.ping_s, config.pong_s))
        await _run(config, started, reopen_log, store, tenure)
    finally:
        store.release()


async def _run(
    config: Config, started: Callable[[], None], reopen_log: Callable[[], None], store: StoreTenure, tenure: Tenure
) -> None:
    app = App(config, tenure=tenure)
    garbage, manager = Garbage(), ServiceManager()
    stop = asyncio.Event()

    def hang_up() -> None:
        reopen_log()
        app.reload("SIGHUP")

    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    renewing = loop.create_task(store.watch(), name="store tenure")
    stopping = loop.create_task(stop.wait(), name="stop")
    dying = loop.create_task(app.link_died.wait(), name="death of a link")
    try:
        await app.start()
        garbage.start()
        loop.add_signal_handler(signal.SIGHUP, hang_up)
        await _decided(tenure, len(config.switchboards), stopping)
        if not tenure.refused.done():
            pid_file = config.run_dir / "gateway.pid"
            pid_file.write_text(str(os.getpid()))
            started()
            manager.ready()
            ends: set[asyncio.Future[Any]] = {stopping, tenure.refused, renewing, dying}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            manager.stopping()
            pid_file.unlink(missing_ok=True)
        if tenure.refused.done() and not stop.is_set():
            raise _taken(*tenure.refused.result(), tenure.stale_s)
        if not stop.is_set():
            _raise_end(app, renewing)
    finally:
        garbage.stop()
        renewing.cancel()
        stopping.cancel()
        dying.cancel()
        await app.stop()


def _raise_end(app: App, renewing: asyncio.Task[None]) -> None:
    """Raise why a gateway ends that nobody has stopped: its store is another one's, or a link has died."""
    if renewing.done():
        renewing.result()
    if app.dead_link is not None:
        raise _fault(app.dead_link.problem)


async def _decided(tenure: Tenure, switchboards: int, stopping: asyncio.Task[bool]) -> None:
    """Until every switchboard is ours, one is another's, or ``DECIDED_S`` have passed."""
    try:
        async with asyncio.timeout(DECIDED_S):
            while len(tenure.taken) < switchboards and not tenure.refused.done() and not stopping.done():
                tenure.changed.clear()
                await tenure.changed.wait()
    except TimeoutError:
        pass  # a switchboard that is away is told by /readyz


def _taken(where: str, other: Holder, stale_s: float) -> Taken:
    told = problem.held(where, str(other), stale_s).problem
    return Taken(both(*told.what), where, both(*told.remedy))


def _fault(told: problem.LinkProblem) -> Fault:
    return Fault(both(*told.what), told.where, both(*told.remedy))
