"""Actions to bytes, strictly: what Asterisk or the dialplan would read as more than one value is refused.

Limits from Asterisk's ``main/manager.c``: its input buffer holds 1024 bytes with the CR LF (``get_input``), so a line
of ours has at most 1022; an action has at most 128 lines (``AST_MAX_MANHEADERS``). ``Variable:`` is split at commas,
and quotes and backslashes vanish from it (``man_do_variable_value``). ``Setvar`` without a channel would set a
global, and ``Hangup`` of a channel that begins with a slash is a regular expression over all of them: hence no empty
and no odd channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.ami import wire
from gateway.core.values.pause_reasons import PAUSE_REASON

LINE_BYTES_MAX = 1022
HEADERS_MAX = 128
_KEY = re.compile(r"[A-Za-z-]{1,64}")
_LINE_END = re.compile("[\r\n\0]")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][0-9A-Za-z_]{0,79}")
_DIALPLAN = re.compile(r'[\^(),"&|${};\\]')

Header = tuple[str, str]
HOLD = "CHANNEL(rtp,hold)"
"""1 while the phone at this channel has the other side on hold, by its own SDP (``remotely_held`` in ``res_pjsip_sdp_rtp.c``).
``CHANNEL(onhold)`` and the device state ONHOLD tell the opposite: who is being held. The one ``Variable`` with a comma: ``Getvar`` takes
it whole."""


class Refused(ValueError):
    """Something may not go out. ``what`` is wrong, ``where``; the value itself is not repeated (it may be personal)."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"refused to send {where}: {what}")
        self.what = what
        self.where = where


def action(name: str, headers: Iterable[Header], action_id: str) -> bytes:
    """One whole action as bytes of UTF-8, its empty line included.

    Raises ``Refused`` on CR, LF or NUL, on a key outside ``[A-Za-z-]``, on a line over 1022 bytes, on more than 128
    lines, and on a comma, quote or backslash in a ``Variable``, except where it names the one variable that ``Getvar`` reads.
    """
    lines = [_line("Action", name), _line("ActionID", action_id)]
    lines += [_line(key, value, listed=name != "Getvar") for key, value in headers]
    if len(lines) > HEADERS_MAX:
        raise Refused(f"{len(lines)} lines, Asterisk takes {HEADERS_MAX}", f"action {name}")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _line(key: str, value: str, *, listed: bool = True) -> bytes:
    if not _KEY.fullmatch(key):
        raise Refused("a header name may only have letters and hyphens", f"header {key[:20]!r}")
    if _LINE_END.search(value):
        raise Refused("CR, LF or NUL in it", f"header {key}")
    if listed and key.lower() == "variable" and any(c in ',"\\' for c in value):
        raise Refused("a comma, quote or backslash in it", f"header {key}")
    try:
        line = f"{key}: {value}".encode()
    except UnicodeEncodeError:
        raise Refused("half of a surrogate pair in it", f"header {key}") from None
    if len(line) > LINE_BYTES_MAX:
        raise Refused(f"{len(line)} bytes, Asterisk takes {LINE_BYTES_MAX}", f"header {key}")
    return line


def variable(name: str, value: str) -> Header:
    """One ``Variable`` header of an ``Originate``."""
    if not _VARIABLE_NAME.fullmatch(name):
        raise Refused("not a variable's name", f"variable {name[:20]!r}")
    return "Variable", f"{name}={value}"


def press_or_target(value: str, where: str) -> str:
    """An id of ours that the dialplan puts into names, expressions and arguments."""
    return _within(wire.ID, value, where)


def channel(value: str, where: str) -> str:
    """A channel's name or unique id; never empty, never a pattern."""
    return _within(wire.CHANNEL, value, where)


def seat(value: str, where: str) -> str:
    """The name of a seat's endpoint, never an address."""
    return _within(wire.SEAT, value, where)


def number(value: str, where: str) -> str:
    """A number to dial: digits, nothing that a dial string could read as more."""
    return _within(wire.NUMBER, value, where)


def plan_name(name: str) -> str:
    """The name of a global of the plans, or of a plan on a caller's channel, and no other."""
    if not name.startswith(("ONEKEY_PLAN_", "ONEKEY_PLANS")) or not _VARIABLE_NAME.fullmatch(name):
        raise Refused("not a global of a plan", f"global {name[:20]!r}")
    return name


def plan(value: str, where: str) -> str:
    """A plan, a number of seconds, or nothing; of a tag or a reason, which a plan names by its digest, the text."""
    if not value:
        return value
    if where.startswith("ONEKEY_PLAN_TAG_"):
        return tag(value, where)
    return shown(value, where) if where.startswith("ONEKEY_PLAN_WHY_") else _within(wire.PLAN, value, where)


def word(value: str, where: str) -> str:
    """One plain word."""
    return _within(wire.WORD, value, where)


def person(value: str, where: str) -> str:
    """A member's name. Asterisk keeps members in one value of its database, parted by ``;`` and ``|``."""
    if any(sign in value for sign in ";|,"):
        raise Refused("one of ; | , in it", where)
    return shown(value, where)


def pause_reason(value: str, where: str) -> str:
    """A seat's reason for its pause."""
    if not PAUSE_REASON.fullmatch(value):
        raise Refused(f"not {PAUSE_REASON.pattern}", where)
    return shown(value, where)


def uui(value: str, where: str) -> str:
    """A ``User-to-User`` value, or nothing. A ``;`` in it is safe: only the parser of files reads it as a comment."""
    return _within(wire.UUI, value, where) if value else value


def url(value: str, where: str) -> str:
    """The address of a record, or nothing."""
    return _within(wire.URL, value, where) if value else value


def tag(value: str, where: str) -> str:
    """A text that a phone shows as the caller's name and that travels as an option's argument.

    Brackets are allowed: the tag stands in the last option of the last argument, where nothing is split any more.
    """
    if _DIALPLAN.search(value):
        raise Refused('one of ^ ( ) , " & | $ { } ; \\ in it', where)
    return shown(value, where)


def shown(value: str, where: str) -> str:
    """A text for a person's eyes: no control character, line separator or bidirectional override."""
    if wire.unseen(value):
        raise Refused("a character that does not show in it", where)
    return value


def _within(alphabet: wire.Alphabet, value: str, where: str) -> str:
    if not alphabet.fullmatch(value):
        raise Refused("empty" if not value else f"not {alphabet.pattern}", where)
    return value
