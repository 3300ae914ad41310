"""What happens to a stage from outside while a story is played: the gateway dies and comes back, a dialplan is loaded anew."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from simulators.play import Play
from simulators.stage import AsteriskPlay


async def gateway_killed(play: Play) -> None:
    """The gateway dies as by ``kill -9``."""
    await play.stage.gateway_down(signal.SIGKILL)
    play.say("gateway", "killed")


async def gateway_back(play: Play) -> None:
    """The gateway, or its successor, is there and sees both switchboards."""
    await play.stage.gateway_up()
    play.say("gateway", "is back")


@asynccontextmanager
async def dialplan_changed(play: AsteriskPlay, side: str, file: str, old: str, new: str) -> AsyncIterator[None]:
    """Within the block a file of a switchboard's dialplan has other words in one place. Raises StoryFailed where the old ones are not there once."""
    path = Path(play.stage.lab["switchboards"][side]["dir"]) / "etc/dialplan" / file
    text = path.read_text(encoding="utf-8")
    play.must(text.count(old) == 1, f"{file} has not what is to be changed: {old!r}")

    def load(words: str) -> None:
        path.write_text(words, encoding="utf-8")
        play.stage.console(side, "dialplan reload")

    await asyncio.to_thread(load, text.replace(old, new))
    try:
        yield
    finally:
        await asyncio.to_thread(load, text)
