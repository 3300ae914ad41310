"""Tables as plain text, where a Chinese character is two columns wide: for files and pipes. ``cli.tables`` draws them on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two, what joins the character before it none."""
    return cell_len(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> str:
    """Columns under heads; the first ``left`` of them left, the rest right. Laid out here and not by rich, which takes a millisecond for
    each row: a day of a large site has thousands."""
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
