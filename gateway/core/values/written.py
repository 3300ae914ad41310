"""Texts that people write, in one form: blanks of every width and ends of lines of every system, joined emoji as they are; what hides is
named with its place.

A form on a phone, a page of Windows and an input method for Chinese write the same words with other blanks: U+3000 between the two characters
of a name, U+00A0 out of a web page, ``\\r\\n`` at the end of a line. They mean the same. A character that does not show, and may turn the others round
or hide them, is refused (law 8).
"""

from __future__ import annotations

import unicodedata

_BLANKS = {
    ord(blank): " "
    for blank in "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
}
_LINES = {
    ord("\r"): "\n",
    ord("\u2028"): "\n",
    ord("\u2029"): "\n",
    ord("\u0085"): "\n",
    ord("\x0b"): "\n",
    ord("\x0c"): "\n",
}
_JOINER = "\u200d"
_FLAG = "\U0001f3f4"
_TAGS = range(0xE0020, 0xE0080)
"""Letters of a flag of a region, behind the black one."""
_MARK = "\ufeff"


class Hides(ValueError):
    """A character that does not show. ``at`` counts characters from 1."""

    def __init__(self, character: str, at: int) -> None:
        self.at = at
        name = unicodedata.name(character, "")
        self.character = f"U+{ord(character):04X}{f' {name}' if name else ''}"
        super().__init__(f"{self.character} at character {at}")


def in_one_form(text: str, *, lines: bool = False) -> str:
    """The text with one kind of blank and one end of a line, none at either end; with ``lines`` it may have several. Raises Hides."""
    if text.isascii() and text.isprintable():  # most are
        return text.strip()
    _check(text, lines=lines)
    found = text.removeprefix(_MARK).replace("\r\n", "\n").translate(_LINES).translate(_BLANKS).strip()
    return "\n".join(line.rstrip() for line in found.split("\n"))


def _check(text: str, *, lines: bool) -> None:
    """Raises Hides for the first character that is neither seen nor put into another form."""
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    for at, character in enumerate(text):
        if character.isprintable() or ord(character) in _BLANKS:
            continue
        if ord(character) in _LINES or character == "\n":
            if lines or not first <= at < last:  # at the end of a field, as a copied cell has it
                continue
        elif (character == _MARK and at == 0) or _joins(text, at):
            continue
        raise Hides(character, at + 1)


def _joins(text: str, at: int) -> bool:
    """True for a character that only makes one emoji of several."""
    if text[at] == _JOINER:
        before = text[:at].rstrip("\ufe0f")[-1:]
        return _is_emoji(before) and _is_emoji(text[at + 1 : at + 2])
    if ord(text[at]) in _TAGS:
        begin = at
        while begin and ord(text[begin]) in _TAGS:
            begin -= 1
        return text[begin] == _FLAG
    return False


def _is_emoji(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in ("So", "Sk")
