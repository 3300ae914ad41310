"""Progress of a long command: a bar on the terminal, nothing where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def bar(total: int, stream: TextIO | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, told how much is done; a count where the total is not known (0). It stays as it was left when the work fails."""
    out = stream or sys.stderr
    if not out.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    count = TextColumn("{task.completed}/{task.total}" if total else "{task.completed}")
    columns = (BarColumn(), TaskProgressColumn(), count, TimeRemainingColumn()) if total else (count,)
    # drawn when it is told, in the loop that works: no thread beside it
    with Progress(*columns, console=Console(file=out), auto_refresh=False) as shown:
        task = shown.add_task("", total=total or None)
        yield lambda done: shown.update(task, completed=done, refresh=True)
