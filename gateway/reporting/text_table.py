"""Tables for a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> str:
    """Columns under heads; the first ``left`` of them left, the rest right."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(width(line[i]) for line in lines) for i in range(len(head))]
    shown = []
    for line in lines:
        cells = [
            text + " " * (size - width(text)) if i < left else " " * (size - width(text)) + text
            for i, (text, size) in enumerate(zip(line, widths, strict=True))
        ]
        shown.append("  ".join(cells).rstrip())
    return "\n".join(shown)
