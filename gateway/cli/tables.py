"""Tables of the command line: drawn on a terminal, plain text where a program or a file reads them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

ROWS_DRAWN_MAX = 500
"""Rows that are drawn: rich takes a millisecond for each, and nobody reads more on a terminal. Beyond it the text is plain there too."""


def show(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 2, stream: TextIO | None = None) -> None:
    """Print a table; its first ``left`` columns stand left, the rest right. On a terminal that is too narrow a cell goes on below, and
    nothing of it is lost."""
    out = stream or sys.stdout
    if out.isatty() and 0 < len(rows) <= ROWS_DRAWN_MAX:
        _draw(head, rows, left, out)
        return
    from gateway.reporting.text_table import table

    print(table(head, rows, left), file=out)


def _draw(head: Sequence[str], rows: Sequence[Sequence[str]], left: int, out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for number, title in enumerate(head):
        drawn.add_column(Text(title), justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))  # as texts: nothing in a name is markup
    Console(file=out, highlight=False).print(drawn)
