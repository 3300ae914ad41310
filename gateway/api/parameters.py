"""Values of a request, read strictly: a value that does not fit is a clear error, never repaired."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from aiohttp import web

from gateway.api.access import need, principal_of
from gateway.guards.door_limits import DoorLimits
from gateway.guards.strangers_json import Unreadable, read_object
from gateway.problems import Problem

LIMITS = web.AppKey("limits", DoorLimits)
"""Limits of the server that a request has come to."""
JSON_TYPES = ("application/json", "application/merge-patch+json", "application/emergency.eido+json")
"""Content types that a body may declare. A page of another origin may send ``text/plain`` and forms without asking, and no client that means JSON
says so."""
ROWS = 50
"""In one answer, where nobody says how many."""
MODES = ("warm", "blind", "silent", "consult", "conference")
"""Those of the rules file."""

ID = re.compile(r"[0-9A-Za-z.-]{1,100}")
UID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._;-]{0,150}")
SEAT = re.compile(r"[0-9A-Za-z._-]{1,80}")
WORD = re.compile(r"[0-9A-Za-z_:-]{1,40}")
"""The alphabets of the AMI edge, which refuses what is outside them once more."""
MATTER = re.compile(r"[0-9A-Za-z._-]{1,150}")
DIVISION = re.compile(r"[0-9]{6,12}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[0-9a-z]{2,8}){0,4}")
"""Alphabets of a matter's code, a division's code (GB/T 2260) and a language."""

_KEY = re.compile(r"[!-~]{1,200}")

N = TypeVar("N", int, float)
D = TypeVar("D", int, None)


def number(request: web.Request, name: str, read: Callable[[str], N], default: D, low: N, high: N) -> N | D:
    """A number of the query, or the default."""
    text = request.query.get(name)
    if text is None:
        return default
    try:
        value = read(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise Problem("bad_parameter", parameter=name, minimum=low, maximum=high)
    return value


def rows(request: web.Request) -> int:
    """Number of rows that an answer shall have."""
    return number(request, "limit", int, ROWS, 1, request.app[LIMITS].rows_max)


def choice(request: web.Request, name: str, allowed: Iterable[str]) -> str | None:
    """One of the words of the query, or None where it is not there."""
    text = request.query.get(name)
    if text is not None and text not in allowed:
        raise Problem("bad_parameter", parameter=name, allowed=list(allowed))
    return text


def idempotency_key(request: web.Request) -> str:
    """The key that makes a second try harmless, of this holder's alone; empty where none is given. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not _KEY.fullmatch(key):
        raise Problem("bad_key")
    return f"{key} {principal_of(request).name}"


def pattern(request: web.Request, name: str, alphabet: re.Pattern[str]) -> str | None:
    """A word of the query, or None where it is not there."""
    text = request.query.get(name)
    if text is not None and not alphabet.fullmatch(text):
        raise Problem("bad_parameter", parameter=name, pattern=alphabet.pattern)
    return text


def text(request: web.Request, name: str, chars_max: int) -> str | None:
    """A text of the query, or None where it is not there."""
    found = request.query.get(name)
    if found is not None and (not 0 < len(found.strip()) <= chars_max or not found.isprintable()):
        raise Problem("bad_parameter", parameter=name, characters_max=chars_max)
    return found.strip() if found is not None else None


def instant(request: web.Request, name: str) -> float | None:
    """An instant of the query, ISO 8601 or seconds since 1970; None where it is not there."""
    found = request.query.get(name)
    if found is None:
        return None
    try:
        at = float(found) if found.replace(".", "", 1).isdigit() else datetime.fromisoformat(found).timestamp()
    except (ValueError, OverflowError):
        at = -1.0
    if not 0 <= at <= 1e12:
        raise Problem("bad_parameter", parameter=name, format="2026-11-24T08:00+08:00")
    return at


def full(request: web.Request) -> str:
    """The purpose of a full reading; empty where none is asked for."""
    wanted = choice(request, "full", ("true", "false")) == "true"
    purpose = request.query.get("purpose", "").strip()
    if wanted and not 0 < len(purpose) <= 200:
        raise Problem("purpose_needed", parameter="purpose")
    if wanted:
        need(request, "full")
    return purpose if wanted else ""


class Body:
    """A JSON object of a request, each field read once; ``done`` refuses what nobody has read."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self._known: list[str] = []

    @classmethod
    async def of(cls, request: web.Request) -> Body:
        """The body; an empty one has no fields. What a stranger may not write is refused whole."""
        data = await request.read()
        if data and request.content_type not in JSON_TYPES:
            raise Problem("bad_body", rule="Content-Type", allowed=list(JSON_TYPES))
        try:
            limits = request.app[LIMITS]
            return cls(read_object(data, limits.body_bytes_max, limits.json) if data else {})
        except Unreadable as unreadable:
            raise Problem("bad_body", rule=unreadable.rule)

    def has(self, name: str) -> bool:
        """True where the field is there."""
        return name in self._fields

    def _take(self, name: str) -> Any:
        self._known.append(name)
        return self._fields.get(name)

    def whole(self) -> dict[str, Any]:
        """All of it, for whoever judges it."""
        self._known += self._fields
        return self._fields

    def any(self, name: str) -> Any:
        """A field as it is, for whoever judges it."""
        return self._take(name)

    def word(self, name: str, alphabet: re.Pattern[str], default: str | None = None) -> str:
        """A text in an alphabet; a field without a default must be there."""
        value = self._take(name)
        if value is None and name not in self._fields and default is not None:
            return default
        if not isinstance(value, str) or not alphabet.fullmatch(value):
            raise Problem("bad_parameter", parameter=name, pattern=alphabet.pattern)
        return value

    def words(self, name: str, alphabet: re.Pattern[str], most: int) -> tuple[str, ...]:
        """Some texts in an alphabet, at least one where the field is there."""
        values = self._take(name)
        if name not in self._fields:
            return ()
        fit = isinstance(values, list) and 0 < len(values) <= most
        if not fit or not all(isinstance(value, str) and alphabet.fullmatch(value) for value in values):
            raise Problem("bad_parameter", parameter=name, pattern=alphabet.pattern, maximum=most)
        return tuple(values)

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of some words."""
        value = self._take(name)
        if value is None and name not in self._fields and default is not None:
            return default
        if value not in allowed:
            raise Problem("bad_parameter", parameter=name, allowed=list(allowed))
        return str(value)

    def count(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number."""
        value = self._take(name) if name in self._fields else default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Problem("bad_parameter", parameter=name, minimum=low, maximum=high)
        return value

    def text(self, name: str, chars_max: int) -> str:
        """A line that a person has written: it shows, and nothing in it hides."""
        value = self._take(name)
        line = value.strip() if isinstance(value, str) else ""
        if not 0 < len(line) <= chars_max or not line.isprintable():
            raise Problem("bad_parameter", parameter=name, characters_max=chars_max)
        return line

    def done(self) -> None:
        """Raises Problem for a field that this request does not have: it was meant to do something."""
        for name in self._fields:
            if name not in self._known:
                raise Problem("bad_parameter", parameter=name, allowed=sorted(set(self._known)))
