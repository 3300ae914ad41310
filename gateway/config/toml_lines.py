"""Lines of a TOML file by the table and key that stand there: ``tomllib`` reads values and forgets their places.

Reads headers and keys alone, of a file that ``tomllib`` has taken already. A key within an inline table or a list has the line of its owner.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Place = tuple[str | int, ...]
"""Keys from the top of the file on; a table of several (``[[push]]``) is followed by its number, from 0."""

_KEY = r"""(?:[0-9A-Za-z_-]++|"(?:[^"\\]|\\.)*+"|'[^']*+')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_WORD = re.compile(rf"[ \t.]*+({_KEY})")
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_SETTING = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PIECE = re.compile(r'''"""|\'\'\'|"(?:[^"\\]|\\.)*+"?|'[^']*+'?|#|[\[\]{}]''')
_ENDS = {'"""': re.compile(r'(?<!\\)(?:\\\\)*"""'), "'''": re.compile("'''")}


def lines_of(text: str) -> dict[Place, int]:
    """The line, from 1, of each table and each key."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    depth, closing = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if depth or closing:  # the value of a key above goes on
            depth, closing = _after(line, depth, closing)
            continue
        if header := _HEADER.match(line):
            table = _place(header[2], counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                found.setdefault(table, number)
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif setting := _SETTING.match(line):
            place = (*table, *_words(setting[1]))
            for n in range(len(table) + 1, len(place) + 1):
                found.setdefault(place[:n], number)
            depth, closing = _after(line[setting.end() :], 0, "")
    return found


def line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """The line of a place, or of the nearest table around it; 0 where neither stands in the file."""
    return next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), 0)


def _words(dotted: str) -> Place:
    words: Place = ()
    at = 0
    while word := _WORD.match(dotted, at):
        words = (*words, word[1][1:-1] if word[1][0] in "\"'" else word[1])
        at = word.end()
    return words


def _place(dotted: str, counts: Mapping[Place, int]) -> Place:
    """A header's place: a table within a table of several belongs to the last of them."""
    place: Place = ()
    words = _words(dotted)
    for n, word in enumerate(words):
        place = (*place, word)
        if place in counts and n < len(words) - 1:
            place = (*place, counts[place])
    return place


def _after(line: str, depth: int, closing: str) -> tuple[int, str]:
    """Brackets that are open behind a line of a value, and the quotes that will close the text that goes on."""
    at = 0
    while at < len(line):
        if closing:
            end = _ENDS[closing].search(line, at)
            if end is None:
                return depth, closing
            at, closing = end.end(), ""
            continue
        piece = _PIECE.search(line, at)
        if piece is None or piece[0] == "#":
            return depth, ""
        at = piece.end()
        if piece[0] in _ENDS:
            closing = piece[0]
        else:
            depth += (piece[0] in "[{") - (piece[0] in "]}")
    return depth, closing
