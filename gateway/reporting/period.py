"""The time that a report is about: its ends, its steps, and the zone whose days and months they are."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.guards import instants
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.guards.instants import ZONE, NoInstant, instant_of
from gateway.reporting import ReportError, texts

STEPS: dict[str, int] = {"5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "day": 0, "month": 0}
"""By word, in seconds; 0 where the calendar decides."""
LEAST_S = {"day": 23 * 3600, "month": 28 * 86400}
"""The shortest of those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """[since, until) in seconds since 1970; ``borders`` are those of the steps, first and last included. Of what comes after ``now``
    nothing is known."""

    since: float
    until: float
    zone: str
    step: str
    borders: tuple[float, ...]
    now: float = math.inf
    ahead: Mapping[str, float] = field(default_factory=dict)
    """Switchboards of which something is known beyond now, and up to when: a month made up, which was imported."""

    def known_until(self, switchboard: str = "") -> float:
        """The end of what can be known of a switchboard: no state lasts longer. One's rows say nothing of another's."""
        return min(self.until, max(self.now, self.ahead.get(switchboard, 0.0)))

    @property
    def width_s(self) -> float | None:
        """The length of the steps where all have the same; None where days or months differ (daylight saving, February)."""
        widths = {b - a for a, b in zip(self.borders, self.borders[1:], strict=False)}
        return widths.pop() if len(widths) == 1 else None

    def step_of(self, number: int, switchboard: str) -> tuple[float, float]:
        """Begin and end of a step as far as it lies in the period and before now; what is to come has an end before its begin."""
        return max(self.borders[number], self.since), min(self.borders[number + 1], self.known_until(switchboard))

    def text(self, at: float) -> str:
        """An instant in the zone: ``2026-11-24 08:30``, and with its offset where the clock shows that twice, as when it is put back."""
        here = datetime.fromtimestamp(at, ZoneInfo(self.zone))
        twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
        return (here if twice else here.replace(tzinfo=None)).isoformat(" ", "minutes")


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises ReportError."""
    try:
        return instants.zone_of(name)
    except NoInstant as error:
        raise ReportError(error.what, error.remedy) from None


def instant(text: str, zone: str = ZONE) -> float:
    """``2026-11-24``, ``2026-11-24T08:00`` (both in the zone) or with an offset. Raises ReportError."""
    try:
        return instant_of(text, zone)
    except NoInstant as error:
        raise ReportError(error.what, error.remedy) from None


def period(
    since: str | None,
    until: str | None,
    step: str | None,
    zone: str = ZONE,
    now: float | None = None,
    *,
    steps_max: int = DOOR_LIMITS.report_steps_max,
) -> Period:
    """The time of a report. Without ``since``: the day of ``until``, or today. Without ``until``: the end of since's day, or now."""
    now = time.time() if now is None else now
    begin, end = _ends(since, until, zone, now)
    if step is None:
        return Period(since=begin, until=end, zone=zone, step="", borders=(begin, end), now=now)
    _few(begin, end, step, steps_max)
    return Period(
        since=begin, until=end, zone=zone, step=step, borders=_borders(begin, end, step, zone_of(zone)), now=now
    )


def check(
    since: str | None, until: str | None, step: str | None, zone: str, steps_max: int, *, ahead: bool = False
) -> None:
    """Refuse a time that no report can be about, at once and without making anything of it; ``ahead``: one to come is meant. Raises
    ReportError."""
    for text in filter(None, (since, until)):
        instant(text, zone)
    if not ahead:
        begin, end = _ends(since, until, zone, time.time())
        if step is not None:
            _few(begin, end, step, steps_max)


def _ends(since: str | None, until: str | None, zone: str, now: float) -> tuple[float, float]:
    here = zone_of(zone)
    last = instant(until, zone) - 1e-6 if until else now
    begin = instant(since, zone) if since else _floor(datetime.fromtimestamp(last, here), "day").timestamp()
    if until:
        end = instant(until, zone)
    elif since and re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
        end = _next(datetime.fromtimestamp(begin, here), "day").timestamp()
    else:
        end = now
    if not begin < end:
        raise ReportError(texts.END_MUST_BE_AFTER, texts.CHECK_BOTH)
    return begin, end


def _few(begin: float, end: float, step: str, steps_max: int) -> None:
    if step not in STEPS:
        raise ReportError(texts.THERE_IS_NO_SUCH_STEP(step=step[:40]), " ".join(STEPS))
    least_s = STEPS[step] or LEAST_S[step]
    if (end - begin) / least_s > steps_max + 1:
        raise ReportError(texts.MORE_THAN_STEPS_MAX_STEPS(steps_max=steps_max), texts.TAKE_A_LARGER_STEP)


def _borders(begin: float, end: float, step: str, here: ZoneInfo) -> tuple[float, ...]:
    at = _floor(datetime.fromtimestamp(begin, here), step)
    borders = [at.timestamp()]
    while borders[-1] < end:
        if STEPS[step]:  # spans of absolute time, so that an hour that comes twice is two
            borders.append(borders[-1] + STEPS[step])
        else:
            at = _next(at, step)
            borders.append(at.timestamp())
    return tuple(borders)


def _floor(at: datetime, step: str) -> datetime:
    if step == "month":
        return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    if step == "day":
        return at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    minutes = STEPS[step] // 60
    return at.replace(minute=at.minute - at.minute % minutes if minutes < 60 else 0, second=0, microsecond=0)


def _next(at: datetime, step: str) -> datetime:
    """The next midnight, or the first of the next month: by the calendar, so that a day of 23 hours is a day."""
    if step == "month":
        return at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1, fold=0)
    return (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
