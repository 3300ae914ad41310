"""Telephone numbers inside what people write: found in whatever spelling, so that masks miss none.

People write a number with spaces, dots, slashes, brackets, in full-width or in Chinese digits. Each text is read once, in proportion to its
length. What has the shape of a date or an amount is left alone.
"""

from __future__ import annotations

import re
import sys
import unicodedata

_DIGITS = {
    code: str(unicodedata.decimal(chr(code))) for code in range(0x80, sys.maxunicode + 1) if chr(code).isdecimal()
}
"""Decimal digits of every script and width, as ASCII digits."""
_HAN = {
    ord(han): digit
    for han, digit in zip("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789", strict=True)
}
_HAN_DIGIT = f"[{''.join(map(chr, _HAN))}]"
_SPOKEN = re.compile(rf"(?:{_HAN_DIGIT}|\d)(?:[^\w\n]{{0,3}}(?:{_HAN_DIGIT}|\d)){{6,}}")
"""Seven digits or more, some of which may be Chinese: fewer are words (三医院, 第二)."""
_GROUP = re.compile(r"[0-9]+")
_GAP_MAX = 3
"""Characters between two groups of one number that are neither letters nor digits: `` - ``."""
_GROUPS_MAX, _DIGITS_MAX = 12, 20
"""A number of more groups or digits than that is none: 11 single digits and a country code."""

_MOBILE = re.compile(r"(?:0|(?:00)?86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:(?:00)?860?|0)(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}|[48]00[0-9]{7}")
"""With its area code, or of a service (400, 800)."""
_FOREIGN = re.compile(r"[0-9]{7,15}")
"""Behind a plus (E.164)."""
LOCAL_DIGITS = 7
"""A run of so many digits is taken for a number, whatever it is."""
_DATE = re.compile(r"(?:19|20)[0-9]{2}[ -][01]?[0-9][ -][0-3]?[0-9](?: [0-2]?[0-9])?")
_DAY = r"(?:19[7-9][0-9]|20[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DAYS = (
    re.compile(rf"{_DAY}(?:(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?)?"),
    re.compile(r"(?:19[7-9][0-9]|20[0-9]{2})[ -](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"),
    _DATE,
)
"""A day written in one, with the time behind it or without (``20261124083000``), in two (``2026-1124``), in three."""
_CALLED = re.compile(r"(?:电话|座机|号码|手机|来电|回电|致电|拨打|联系|tel|phone)[^0-9\n]{0,4}$", re.IGNORECASE)
"""Words before a telephone number: eight digits behind them are one, even where they would be a day."""
_AMOUNT_BEFORE = re.compile(r"(?:金额|合计|共计|价款|货款|¥|￥|\$|RMB|CNY)[^0-9\n]{0,3}$", re.IGNORECASE)
_AMOUNT_BEHIND = re.compile(r"(?:\.[0-9]{1,2})?[ ]?(?:元|块|角|万|亿|人民币|美元|RMB|CNY)", re.IGNORECASE)
_WORDS_CHARS = 12
"""Characters before a run of digits in which such a word is looked for."""
_TIME = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![:0-9])")
"""Time of the day: what follows it, a fraction and the offset from UTC, would make a mobile number of it."""
_TOKEN = re.compile(rf"(?:{_HAN_DIGIT}|\d)+")
_HAN_MIN = 3
"""Chinese digits in a row, beside other digits: one alone is a name (张三 138…)."""


def _spoken(run: re.Match[str]) -> str:
    """A run with ASCII digits for its Chinese ones: all where it has no others, else those that stand in a row."""
    if not any(character.isascii() and character.isdecimal() for character in run[0]):
        return run[0].translate(_HAN)
    return _TOKEN.sub(lambda token: token[0].translate(_HAN) if _hans(token[0]) >= _HAN_MIN else token[0], run[0])


def _hans(token: str) -> int:
    return sum(ord(character) in _HAN for character in token)


def plain(text: str) -> str:
    """A text of the same length with ASCII digits for those of every script and width, and for Chinese digits that spell a number."""
    if not text.isascii():
        text = _SPOKEN.sub(_spoken, text.translate(_DIGITS))
    return text


def spans(text: str, *, whole: bool = False) -> list[tuple[int, int]]:
    """The places of telephone numbers in a text, from left to right: ``(first, end)``. ``whole``: those alone that are a mobile number, a
    landline with its area code or an international number, as in a text of other digits (case numbers, ids)."""
    read = plain(text)
    found = []
    for chain in _chains(read):
        at = 0
        while at < len(chain):
            last = _number(read, chain, at)
            if last < 0 and not whole:
                if (other := _other(read, chain, at)) >= 0:
                    at = other + 1
                    continue
                last = _run(read, chain, at)
            if last >= 0:
                found.append((_with_plus(read, chain[at][0]), chain[last][1]))
            at = max(last, at) + 1
    return found


def _chains(read: str) -> list[list[tuple[int, int]]]:
    """Groups of digits with no letter and no line's end between."""
    chains: list[list[tuple[int, int]]] = []
    end = -_GAP_MAX - 1
    for group in _GROUP.finditer(read):
        gap = read[end : group.start()] if 0 <= group.start() - end <= _GAP_MAX else "\n"
        if "\n" in gap or any(character.isalnum() for character in gap):
            chains.append([])
        chains[-1].append(group.span())
        end = group.end()
    return chains


def _number(read: str, chain: list[tuple[int, int]], at: int) -> int:
    """The last group of the longest number that begins with this group; -1 where none does."""
    digits, best = "", -1
    plus = _with_plus(read, chain[at][0]) < chain[at][0]
    clock = _TIME.match(read, chain[at][0]) is not None
    for last in range(at, min(at + _GROUPS_MAX, len(chain))):
        first, end = chain[last]
        digits += read[first:end]
        if len(digits) > _DIGITS_MAX:
            break
        timed = ":" in read[chain[at][1] : first]  # a time of the day begins with 0 as well
        if (
            (not clock and _MOBILE.fullmatch(digits))
            or (not timed and _LANDLINE.fullmatch(digits))
            or (plus and not timed and _FOREIGN.fullmatch(digits))
        ):
            best = last
    return best


def _other(read: str, chain: list[tuple[int, int]], at: int) -> int:
    """The last group of a day or an amount that begins with this group; -1 where none does."""
    first, end = chain[at]
    before = read[max(0, first - _WORDS_CHARS) : first]
    if end - first >= LOCAL_DIGITS and (_AMOUNT_BEHIND.match(read, end) or _AMOUNT_BEFORE.search(before)):
        return at
    if _CALLED.search(before):
        return -1
    for size, day in enumerate(_DAYS):
        last = at + size
        if last < len(chain) and day.fullmatch(read, first, chain[last][1]):
            return last
    return -1


def _run(read: str, chain: list[tuple[int, int]], at: int) -> int:
    """The last group of a run of seven digits or more, one space or hyphen between at most; -1 where it is shorter, or a date."""
    last, size = at, chain[at][1] - chain[at][0]
    while last + 1 < len(chain) and read[chain[last][1] : chain[last + 1][0]] in (" ", "-"):
        last += 1
        size += chain[last][1] - chain[last][0]
    date = _DATE.fullmatch(read, chain[at][0], chain[last][1])
    return -1 if size < LOCAL_DIGITS or date else last


def _with_plus(read: str, first: int) -> int:
    """Where a number begins, the plus of its country code included."""
    return first - 1 if first and read[first - 1] in "+＋" else first
