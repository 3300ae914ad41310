"""Files of settings that are read again when somebody has changed them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

Signature = tuple[int, int, int] | None


def signature(path: Path) -> Signature:
    """The marks of a file that change when it is written or replaced; None where there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


async def changes(
    path: Path, since: Signature, every_s: float, look: Callable[[Path], Signature] = signature
) -> AsyncIterator[None]:
    """One item for each change of a file ``since`` it looked like this, once the file has rested for one look: an editor that writes in
    two steps is not overtaken. ``look`` runs in a thread, off the voice path."""
    loaded = resting = since
    while True:
        await asyncio.sleep(every_s)
        seen = await asyncio.to_thread(look, path)
        if seen == resting != loaded:
            loaded = seen
            yield
        resting = seen
