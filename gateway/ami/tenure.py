"""One gateway at a switchboard: a global of the dialplan names the one that is attached, with a sign of life at each Ping.

Two at once would each record every call and send every text; which of their records another platform gets would be chance. The fence of the
dialplan keeps a press from ringing twice all the same (law 4). Whoever finds another one alive there is refused in words that name it; whoever
finds one that gave no sign for ``stale_s`` takes over. Instants are those of the switchboard, so the clocks of two machines need not agree.
The same gateway begun anew, by its run folder and the id in it, is not another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.ami import problem
from gateway.ami.protocol import Reply
from gateway.core.values.holder import Holder

GLOBAL = "ONEKEY_GATEWAY"
"""The global that holds ``Holder.written``; empty while no gateway is attached."""
Ask = Callable[..., Awaitable[Reply]]
"""``ask(action, *headers)``: one action, its answer."""


class Tenure:
    """A gateway's claim to its switchboards. ``mine`` is how it names itself, ``stale_s`` after how long without a sign of life another one
    counts as gone. ``refused`` is done, with its line for people, when another one holds a switchboard that this one never had;
    ``taken`` are the switchboards that it has had."""

    def __init__(self, mine: Holder, stale_s: float) -> None:
        self.mine = mine
        self.stale_s = stale_s
        self.refused: asyncio.Future[tuple[str, Holder]] = asyncio.get_running_loop().create_future()
        self.taken: set[str] = set()
        self.changed = asyncio.Event()
        """Set whenever a switchboard has been taken, or was refused."""

    async def take(self, ask: Ask, switchboard: str, where: str) -> None:
        """Claim a switchboard, or keep the claim. Raises LinkFault where another gateway has it; nothing happens where it tells nothing."""
        now = await _instant(ask)
        if now is None:
            return
        other = await held(ask)
        if other is not None and other.place != self.mine.place and abs(now - other.at) < self.stale_s:
            if not self.refused.done() and switchboard not in self.taken:
                self.refused.set_result((where, other))
            self.changed.set()
            raise problem.held(where, str(other), self.stale_s)
        await ask("Setvar", ("Variable", GLOBAL), ("Value", replace(self.mine, at=now).written()))
        self.taken.add(switchboard)
        self.changed.set()

    async def leave(self, ask: Ask) -> None:
        """Give a switchboard up, so that another gateway may have it at once."""
        other = await held(ask)
        if other is not None and other.place == self.mine.place:
            await ask("Setvar", ("Variable", GLOBAL), ("Value", ""))


async def held(ask: Ask) -> Holder | None:
    """The gateway that says it has this switchboard; it may be dead."""
    reply = await ask("Getvar", ("Variable", GLOBAL))
    return Holder.read(reply.get("Value")) if reply.ok else None


async def alive(ask: Ask, stale_s: float) -> Holder | None:
    """The gateway that has this switchboard and has given a sign of life within ``stale_s``."""
    now, holder = await _instant(ask), await held(ask)
    return holder if holder is not None and now is not None and abs(now - holder.at) < stale_s else None


def stale_s(ping_s: float, pong_s: float) -> float:
    """Seconds without a sign of life after which a gateway counts as gone: three Pings and an answer."""
    return 3 * ping_s + pong_s


async def _instant(ask: Ask) -> float | None:
    """The switchboard's clock; None where it does not tell."""
    reply = await ask("Getvar", ("Variable", "EPOCH"))
    value = reply.get("Value")
    return float(value) if reply.ok and value.isdecimal() else None
