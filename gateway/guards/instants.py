"""Instants that people and programs write: read in one zone where they name none, and refused outside the calendar."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONE = "Asia/Shanghai"
"""The zone of an instant without an offset, where a site names no other: China has one."""
EARLIEST_AT, LATEST_AT = 0.0, 4102444800.0
"""The years 1970 to 2099: nothing was recorded before, and beyond either the calendar of some zone ends."""
EXAMPLE = "2026-11-24T08:00+08:00"
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,9})?")
_LOST_PLUS = re.compile(r"(.*[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ([0-9]{2}:?[0-9]{2})")
"""A blank in place of the sign before an offset: in a URL ``+`` means a blank."""


class NoInstant(ValueError):
    """A text that is no instant. ``zh`` and ``en`` say why, ``remedy`` what to write."""

    def __init__(self, zh: str, en: str, remedy: str = EXAMPLE) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en, self.remedy = zh, en, remedy


@lru_cache(maxsize=16)
def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises NoInstant."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zh, en = f"没有这个时区：{name[:40]}", "there is no such time zone"
        raise NoInstant(zh, en, "例如 / e.g. Asia/Shanghai") from None


def in_range(at: float, shown: str) -> float:
    """An instant of the years 1970 to 2099, in seconds since 1970. Raises NoInstant, which tells milliseconds by their size."""
    if EARLIEST_AT <= at <= LATEST_AT:
        return at
    if EARLIEST_AT < at / 1000.0 <= LATEST_AT:
        zh, en = f"是毫秒：{shown[:40]!r}", "these are milliseconds"
        raise NoInstant(zh, en, "除以 1000，单位为秒 / divide by 1000: seconds since 1970")
    zh, en = f"时间应在 1970 年至 2099 年：{shown[:40]!r}", "an instant of the years 1970 to 2099"
    raise NoInstant(zh, en, "改正年份 / correct the year")


def instant_of(text: str, zone: str = ZONE, *, seconds: bool = False) -> float:
    """The instant of ``2026-11-24``, ``2026-11-24T08:00`` (both in the zone) or one with an offset; with ``seconds`` also of seconds since
    1970. Raises NoInstant."""
    if seconds and _SECONDS.fullmatch(text):
        return in_range(float(text), text)
    if (lost := _LOST_PLUS.fullmatch(text)) is not None:
        zh, en = f"时区前的 + 变成了空格：{text[:40]!r}", "the + before the offset has become a blank"
        raise NoInstant(zh, en, f"网址中写 %2B / in a URL write %2B: {lost[1].replace(' ', 'T')}%2B{lost[2]}")
    here = zone_of(zone)
    try:
        at = datetime.fromisoformat(text)
        found = (at if at.tzinfo is not None else at.replace(tzinfo=here)).timestamp()
    except (ValueError, OverflowError):
        if re.match(r"[0-9]{4}-[0-9]{2}", text):
            _year_in_range(text)
        raise NoInstant(f"不是时间：{text[:40]!r}", "not an instant", f"例如 / e.g. {EXAMPLE}") from None
    return in_range(found, text)


def _year_in_range(text: str) -> None:
    if not 1970 <= int(text[:4]) <= 2099:
        in_range(-1.0, text)


def shown_in(at: float, zone: str, timespec: str = "seconds") -> str:
    """An instant in a zone, with its offset: ``2026-11-24T08:00:00+08:00``; empty for 0, which means "not yet"."""
    return datetime.fromtimestamp(at, zone_of(zone)).isoformat(timespec=timespec) if at else ""
