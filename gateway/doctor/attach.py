"""Attaches to every switchboard as the gateway would, for a look at it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from gateway.ami import Link, LinkSettings, Refused
from gateway.config.settings import Config, SwitchboardConfig
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import Resynced
from gateway.core.values.ids import SwitchboardId
from gateway.doctor import texts
from gateway.doctor.findings import Finding

LINK_S = 8.0
"""Longest time that a switchboard may take to answer the doctor."""


@contextlib.asynccontextmanager
async def attached(config: Config, board: SwitchboardConfig) -> AsyncIterator[tuple[Link, Resynced] | Finding]:
    """A link with its snapshot for as long as the block lasts, or why there is none."""
    try:
        settings = LinkSettings(
            host=board.host, username=board.username, secret=board.secret, port=board.port, action_s=config.action_s
        )
    except Refused as refused:
        what = texts.ACCOUNT_OR_SECRET_CANNOT_BE_SENT(what=refused.what)
        remedy = texts.CHANGE_USERNAME_OR_SECRET
        yield Finding("error", what, f"{board.id} {refused.where}", remedy)
        return
    seen: asyncio.Future[Resynced] = asyncio.get_running_loop().create_future()

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, Resynced) and not seen.done():
            seen.set_result(event)

    link = Link(SwitchboardId(board.id), settings, on_event, time.time)
    task = asyncio.create_task(link.run(), name=f"doctor {board.id}")
    where = f"{board.id} {settings.where}"
    try:
        async with asyncio.timeout(LINK_S):
            while not seen.done() and link.problem is None:
                await asyncio.wait([seen], timeout=0.05)
    except TimeoutError:
        link.problem = None
    try:
        if link.problem is not None:
            problem = link.problem
            what, remedy = f"{problem.what.zh} / {problem.what.en}", f"{problem.remedy.zh} / {problem.remedy.en}"
            yield Finding("error", what, where, remedy)
        elif not seen.done():
            yield Finding("error", texts.NO_ANSWER, where, texts.CHECK_THAT_ASTERISK_RUNS)
        else:
            yield link, seen.result()
    finally:
        link.close()
        await asyncio.gather(task, return_exceptions=True)
