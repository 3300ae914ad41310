"""Words to systemd, which has started the gateway: that it is ready, that its loop still turns, that it stops (``sd_notify(3)``).

A datagram to the socket that ``NOTIFY_SOCKET`` names. Elsewhere nothing is said. The watchdog is fed by the loop itself: one that hangs is ended
by systemd, and calls go on.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The one that watches this process, if any does."""

    def __init__(self, environment: Mapping[str, str] = os.environ, pid: int = 0) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name
        meant = environment.get("WATCHDOG_PID", "")
        ours = not meant or meant == str(pid or os.getpid())
        usec = environment.get("WATCHDOG_USEC", "")
        self.every_s = int(usec) / 2_000_000 if usec.isdecimal() and ours else 0.0
        """Seconds between two signs of life: half of what is allowed; 0.0: none is asked for."""
        self._timer: asyncio.TimerHandle | None = None

    def say(self, words: str) -> None:
        """Send one message; a socket that does not take it is no reason to stop."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            try:
                sender.sendto(words.encode(), self._address)
            except OSError:
                pass

    def ready(self) -> None:
        """Say that the gateway answers, and begin to give signs of life."""
        self.say("READY=1")
        self._live()

    def stopping(self) -> None:
        """Say that it ends by itself."""
        if self._timer is not None:
            self._timer.cancel()
        self.say("STOPPING=1")

    def _live(self) -> None:
        if self.every_s:
            self.say("WATCHDOG=1")
            self._timer = asyncio.get_running_loop().call_later(self.every_s, self._live)
