"""Work in a process of its own: ``python -m MODULE`` reads a wish as JSON on its input and writes its answer.

A gateway that carries calls neither counts nor formats a million rows (law 5). The child nices itself and ends when its time is over.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from typing import Any

DECLINED = 2
"""The exit code of a child whose wish cannot be granted; why stands on its stderr."""
SAID_MAX = 500
"""Characters of the end of a child's stderr that are told: a traceback's last lines."""


class ChildError(Exception):
    """A child that did not do its work, with what it said. ``declined``: because the wish cannot be granted."""

    def __init__(self, said: str, *, declined: bool) -> None:
        super().__init__(said)
        self.said, self.declined = said, declined


async def ask(module: str, wish: Mapping[str, Any], longest_s: float) -> str:
    """The child's answer. Raises ChildError, or TimeoutError after ``longest_s``; the child has ended in any case."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        out, err = await asyncio.wait_for(child.communicate(json.dumps(wish).encode()), longest_s)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise ChildError(err.decode().strip()[-SAID_MAX:], declined=child.returncode == DECLINED)
    return out.decode()
