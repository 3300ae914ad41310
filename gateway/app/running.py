"""A gateway from its start to a signal."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from gateway.app.service_manager import ServiceManager
from gateway.app.wiring import App
from gateway.config.settings import Config, ConfigError
from gateway.gc_timer import Garbage
from gateway.security.secret_strength import weaknesses


async def run(
    config: Config, started: Callable[[], None] = lambda: None, reopen_log: Callable[[], None] = lambda: None
) -> None:
    """Run a gateway until SIGTERM or SIGINT; SIGHUP opens the log again (its old file has been renamed) and loads the rules. Raises ConfigError where a secret is one that a guess finds."""
    if weak := weaknesses(config):
        raise ConfigError(config.name, [(one.where, one.what, one.remedy) for one in weak])
    config.run_dir.mkdir(parents=True, exist_ok=True)
    app = App(config)
    garbage, manager = Garbage(), ServiceManager()
    stop = asyncio.Event()

    def hang_up() -> None:
        reopen_log()
        app.reload("SIGHUP")

    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    try:
        await app.start()
        garbage.start()
        loop.add_signal_handler(signal.SIGHUP, hang_up)
        pid_file = config.run_dir / "gateway.pid"
        pid_file.write_text(str(os.getpid()))
        started()
        manager.ready()
        await stop.wait()
        manager.stopping()
        pid_file.unlink(missing_ok=True)
    finally:
        garbage.stop()
        await app.stop()
