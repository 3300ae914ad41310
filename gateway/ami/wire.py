"""Header values of one frame, and the alphabets in which ids, names and texts are believed and handed on.

One definition for both directions: what ``decode`` lets in, ``encode`` lets out. Every alphabet is closed under what
the dialplan does with the value (docs/decisions/0003-panoramisk.md, section "Alphabets"): no character in it ends an
argument, an option, an expression or a header anywhere between an AMI line and a SIP message.
"""

from __future__ import annotations

import re
import unicodedata


class Alphabet:
    """The form of a value: ``fullmatch`` for a text of ours, ``behind`` for the value of a header in a frame."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.fullmatch = re.compile(pattern).fullmatch
        self.behind = re.compile(rb"[ \t\r\v\f]*(%b)[ \t\r\v\f]*(?:\n|\Z)" % pattern.encode("ascii")).match
        """From behind the colon to the line's end: one look finds the end, strips the value and checks it."""


ID = Alphabet(r"[0-9A-Za-z.-]{1,100}")
"""Press and target. The dialplan filters the same characters where these arrive over a trunk."""

UID = Alphabet(r"[0-9A-Za-z][0-9A-Za-z._;-]{0,150}")
"""Asterisk's ``Uniqueid``: at most 151 characters with the ``;2`` of a Local channel (``AST_MAX_UNIQUEID``)."""

CHANNEL = Alphabet(r"[0-9A-Za-z][0-9A-Za-z._/@:;+-]{0,150}")
"""Name of a channel that is handed to the dialplan: ``PJSIP/1001-0000002a``, ``Local/s@onekey-ring-00000001;2``."""

UUI = Alphabet(r"[0-9A-Za-z._=%;-]{1,512}")
"""A ``User-to-User`` value; at most 512 characters, since ``Status`` shows no more of a variable."""

URL = Alphabet(r"https?://[0-9A-Za-z._~:/?=-]{1,250}")
"""The address of a record, for ``Call-Info``: what stands in it is safe in an argument of the dialplan and inside ``<>``."""

SEAT = Alphabet(r"[0-9A-Za-z._-]{1,80}")
"""Name of a seat's PJSIP endpoint."""

NUMBER = Alphabet(r"\+?[0-9]{1,31}")
"""A number that is dialled: E.164 has 15 digits; extensions, prefixes and area codes are allowed for."""

PLAN = Alphabet(r"[0-9A-Za-z_:/&!.-]{1,480}")
"""A plan (``core.plan``): the dialplan takes it apart by ``REGEX`` and ``CUT`` and puts no part into an expression unquoted."""

WORD = Alphabet(r"[0-9A-Za-z_:-]{1,40}")
"""``by``, ``taken``, statuses."""

BRIDGE = Alphabet(r"[0-9A-Za-z._-]{1,80}")

_TEXT_CHARS_MAX = 128
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


_TEXTS = b"\r\nChannel: Message/"


def of_a_text(frame: bytes) -> bool:
    """True where this is about the channel on which Asterisk runs the dialplan for a SIP MESSAGE: a text, not a party. It never hangs up."""
    return _TEXTS in frame


class Malformed(Exception):
    """A header is missing or not in its alphabet. Names the header, never its value (it may be personal)."""


def unseen(text: str) -> bool:
    """True where a character of ``text`` does not show: controls, line separators, bidirectional overrides, half a pair.

    Such a character ends a line somewhere or makes a display read otherwise than it was written.
    """
    return not text.isprintable() and any(unicodedata.category(c) in _HIDDEN for c in text)


def raw(frame: bytes, marker: bytes) -> bytes | None:
    """Value of the first header of that name, ``None`` where there is none. ``marker`` is ``CR LF Name:``."""
    _, found, rest = frame.partition(marker)
    return rest.partition(b"\r\n")[0].strip() if found else None


def need(frame: bytes, marker: bytes, alphabet: Alphabet) -> str:
    """That header's value, which must be there and wholly in its alphabet, else ``Malformed``."""
    at = frame.find(marker)
    if at >= 0 and (value := alphabet.behind(frame, at + len(marker))) is not None:
        return value[1].decode()
    raise Malformed(marker[2:-1].decode())


def may(frame: bytes, marker: bytes, alphabet: Alphabet) -> str:
    """As ``need``, but a header that is absent or empty is the empty string."""
    return need(frame, marker, alphabet) if raw(frame, marker) else ""


def number(frame: bytes, marker: bytes) -> int:
    """That header as a whole number that is not negative, else ``Malformed``."""
    value = raw(frame, marker)
    if value is None or not value.isdigit() or len(value) > 18:
        raise Malformed(marker[2:-1].decode())
    return int(value)


def text(frame: bytes, marker: bytes) -> str:
    """Text that strangers chose, such as a caller's name: as it is, or empty where it is absent, hidden or endless."""
    value = raw(frame, marker)
    if not value or value == b"<unknown>":
        return ""
    decoded = value.decode("utf-8", "replace")
    return "" if len(decoded) > _TEXT_CHARS_MAX or unseen(decoded) else decoded


def seconds(value: bytes | None) -> float | None:
    """An instant as Asterisk writes it (``1795466155.663303``), ``None`` where it is absent or no number."""
    try:
        instant = float(value) if value else -1.0
    except ValueError:
        return None
    return instant if 0.0 <= instant < 1e11 else None
