"""JSON that a stranger wrote, read strictly: one reader for request bodies, pushed messages, other platforms' answers and imports.

Bounds come before content: size, then encoding, then depth, each in time proportional to the length and before anything is built. What
does not fit is refused whole (law 8): RFC 8259 leaves open what two fields of one name, half of a character, or a number beyond a
double mean, and two readers that take them differently are a way past the first.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

DEPTH_MAX = 32
"""Objects and lists within one another: an EIDO has 9, and nothing of ours has more than 6."""
VALUES_MAX = 10_000
"""Fields and items in all: reading so many takes some milliseconds, and a context with its history has a tenth of it."""
DIGITS_MAX = 40
"""Digits of a whole number: more than any that is meant, and far from where reading one takes quadratic time."""

_EXPONENT = re.compile(rb"[eE]\+?[0-9]{3}")
"""Beyond it a number may be none that a double holds: two digits behind forty are."""
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is built of a text: levels, values, digits of a whole number."""

    depth_max: int = DEPTH_MAX
    values_max: int = VALUES_MAX
    digits_max: int = DIGITS_MAX


BOUNDS = Bounds()


class Unreadable(ValueError):
    """Text that is not taken for JSON; ``rule`` says what it must be, and holds nothing of the text."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


def read(data: bytes, bytes_max: int, bounds: Bounds = BOUNDS) -> Any:
    """The value of a JSON text of at most so many bytes. Raises Unreadable."""
    if len(data) > bytes_max:
        raise Unreadable(f"at most {bytes_max} bytes")
    if data.startswith(b"\xef\xbb\xbf"):
        raise Unreadable("UTF-8 without a byte order mark")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("UTF-8")
    bare = _without_texts(data)
    if _deeper(bare, bounds.depth_max):
        raise Unreadable(f"JSON with at most {bounds.depth_max} levels, each bracket closed")
    if sum(map(bare.count, (b",", b"[", b"{"))) > bounds.values_max:
        raise Unreadable(f"at most {bounds.values_max} values")
    if b"0" * (bounds.digits_max + 1) in bare.translate(_DIGITS):
        raise Unreadable(f"whole numbers of at most {bounds.digits_max} digits")
    real = _real if _EXPONENT.search(bare) else None
    try:
        value = json.loads(text, parse_float=real, parse_constant=_constant)
        if _LONE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("no lone surrogates")
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("JSON")
    if _fields(value) != bare.count(b":"):
        raise Unreadable("each field once")
    return value


def read_object(data: bytes, bytes_max: int, bounds: Bounds = BOUNDS) -> dict[str, Any]:
    """The same, of an object. Raises Unreadable."""
    value = read(data, bytes_max, bounds)
    if not isinstance(value, dict):
        raise Unreadable("a JSON object")
    return value


def _without_texts(data: bytes) -> bytes:
    """Bytes between the texts, each of which is a quote then. In JSON a backslash stands in texts alone. Raises Unreadable."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    pieces = data.split(b'"')
    if len(pieces) % 2 == 0:
        raise Unreadable("JSON, each text closed")
    return b'"'.join(pieces[::2])


def _deeper(bare: bytes, depth_max: int) -> bool:
    """True where brackets are left when the innermost have been taken away so often: it is deeper, or one is not closed."""
    left = bare.translate(_BRACKETS, _NO_BRACKET)
    for _ in range(depth_max):
        if not left:
            return False
        left = left.replace(b"[]", b"")
    return bool(left)


def _fields(value: Any) -> int:
    """Fields of all objects in it: fewer than colons were written where one came twice."""
    count, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if type(one) is dict:
            count += len(one)
            waiting += [inner for inner in one.values() if inner and type(inner) in (dict, list)]
        elif type(one) is list:
            waiting += [inner for inner in one if inner and type(inner) in (dict, list)]
    return count


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("numbers that a double holds")
    return value


def _constant(_name: str) -> NoReturn:
    raise Unreadable("no NaN and no Infinity")
