"""Instants that people and programs write: read in one zone where they name none, and refused outside the calendar."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.core.values.bilingual import Pair, both
from gateway.core.values.fault import Fault
from gateway.guards import texts

ZONE = "Asia/Shanghai"
"""The zone of an instant without an offset, where a site names no other: China has one."""
EARLIEST_AT, LATEST_AT = 0.0, 4102444800.0
"""The years 1970 to 2099: nothing was recorded before, and beyond either the calendar of some zone ends."""
CHARS_SHOWN = 40
"""Characters that are shown of a text that is no instant."""
_YEARS = (1969, 2100)
"""The calendars of all zones at both ends."""
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,9})?")
_LOST_PLUS = re.compile(r"(.*[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ([0-9]{2}:?[0-9]{2})")
"""A blank in place of the sign before an offset: in a URL ``+`` means a blank."""


class NoInstant(Fault):
    """A text that is no instant: why, and what to write."""

    def __init__(self, what: Pair, remedy: str = texts.EXAMPLE_INSTANT) -> None:
        super().__init__(both(*what), "", remedy)


@lru_cache(maxsize=16)
def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises NoInstant."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoInstant(texts.NO_SUCH_ZONE(name=name[:CHARS_SHOWN]), texts.EXAMPLE_ZONE) from None


def in_range(at: float, text: str) -> float:
    """An instant of the years 1970 to 2099, in seconds since 1970. Raises NoInstant, which tells milliseconds by their size."""
    if EARLIEST_AT <= at <= LATEST_AT:
        return at
    if LATEST_AT < at <= 1000.0 * LATEST_AT:
        raise NoInstant(texts.MILLISECONDS(text=text[:CHARS_SHOWN]), texts.DIVIDE_BY_1000)
    raise NoInstant(texts.YEARS_1970_TO_2099(text=text[:CHARS_SHOWN]), texts.CORRECT_THE_YEAR)


def instant_of(text: str, zone: str = ZONE, *, seconds: bool = False) -> float:
    """The instant of ``2026-11-24``, ``2026-11-24T08:00`` (both in the zone) or one with an offset; with ``seconds`` also of seconds since
    1970. Raises NoInstant."""
    if seconds and _SECONDS.fullmatch(text):
        return in_range(float(text), text)
    if (lost := _LOST_PLUS.fullmatch(text)) is not None:
        meant = texts.WRITE_PERCENT_2B(text=f"{lost[1].replace(' ', 'T')}%2B{lost[2]}")
        raise NoInstant(texts.LOST_PLUS(text=text[:CHARS_SHOWN]), meant)
    here = zone_of(zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NoInstant(texts.NOT_AN_INSTANT(text=text[:CHARS_SHOWN])) from None
    try:
        found = (at if at.tzinfo is not None else at.replace(tzinfo=here)).timestamp()
    except (ValueError, OverflowError):  # no calendar has such a year
        found = -1.0
    return in_range(found if _YEARS[0] <= at.year <= _YEARS[1] else -1.0, text)


def shown_in(at: float, zone: str, timespec: str = "seconds") -> str:
    """An instant in a zone, with its offset: ``2026-11-24T08:00:00+08:00``; empty for 0, which means "not yet"."""
    return datetime.fromtimestamp(at, zone_of(zone)).isoformat(timespec=timespec) if at else ""
