"""The facts of a press, and the questions that a rule may ask of them.

A fact that is not known fits no condition (law 7): a press without a recorded matter goes by the rules that ask for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId

Accepts = str | tuple[str, ...] | None
"""Values that a condition accepts: one value, several, or None: any, also an unknown one."""


UTC_OFFSET_S = 8 * 3600
"""China has one time zone and no summer time."""
DAY_MINUTES, WEEK_MINUTES = 1440, 7 * 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class PressFacts:
    """The facts that are known when a key is pressed; empty, -1 and a target that ``free_seats`` has not: not known."""

    switchboard: SwitchboardId
    target: TargetId
    seat: SeatId
    at: float
    asked: str = ""
    """The mode that the key itself asks for (``consult``, ``conference``); empty: the rule's."""
    routing: RoutingDetails = RoutingDetails()
    lists: frozenset[str] = frozenset()
    """The named lists that the caller's number is on at that time."""
    free_seats: Mapping[TargetId, int] = field(default_factory=dict)
    minute: int = -1
    """Minute of the local week: Monday 00:00 is 0, Sunday 23:59 is 10079."""
    waiting: Mapping[TargetId, int] = field(default_factory=dict)
    """Callers who wait, by target; as for ``free_seats``, one that is not here is not known."""
    expected_wait_s: Mapping[TargetId, float] = field(default_factory=dict)
    """The mean wait by target; infinite where more comes than the seats there can carry."""


def local_minute(at: float, utc_offset_s: int = UTC_OFFSET_S) -> int:
    """The minute of the local week at an instant (seconds since 1970, which began on a Thursday)."""
    return (int(at + utc_offset_s) // 60 + 3 * DAY_MINUTES) % WEEK_MINUTES


def local_day(at: float, utc_offset_s: int = UTC_OFFSET_S) -> int:
    """The local day at an instant, counted from 1970-01-01."""
    return int(at + utc_offset_s) // 86400


@dataclass(frozen=True, slots=True)
class Hours:
    """On these days (Monday is 1) from one minute of the day to another, which is not included; over midnight where it is earlier."""

    days: tuple[int, ...]
    begin: int
    end: int

    def include(self, minute: int) -> bool:
        """True where a minute of the week lies in them."""
        day, of_day = divmod(minute, DAY_MINUTES)
        if self.begin < self.end:
            return day + 1 in self.days and self.begin <= of_day < self.end
        return (day + 1 in self.days and of_day >= self.begin) or ((day - 1) % 7 + 1 in self.days and of_day < self.end)

    def __str__(self) -> str:
        days = "".join(str(day) for day in self.days)
        return f"{days}@{self.begin // 60:02}:{self.begin % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


def within(hours: tuple[Hours, ...], minute: int) -> bool:
    """True where a minute of the week lies in any of the hours; one that is not known does not."""
    return minute >= 0 and any(span.include(minute) for span in hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Conditions on what may be unknown."""

    matter: Accepts = None
    """Codes, each of which covers those below it, and names of catalogue lists."""
    class_: Accepts = None
    """The class that the catalogue gives to the matter."""
    urgency: Accepts = None
    district: Accepts = None
    """Division codes; that of a city covers its districts."""
    language: Accepts = None
    list_: Accepts = None
    """The caller's number is on one of these lists."""
    hours: tuple[Hours, ...] = ()
    """Within any of these; none: at any time."""
    free_seats: int = 0
    """The pressed target has fewer free seats than this; 0: however many it has."""
    waiting: int = 0
    """At least so many callers wait there; 0: however many."""
    expected_wait_s: int = 0
    """A caller is expected to wait there at least so long; 0: however long."""


def crowd_fits(when: When, facts: PressFacts) -> bool:
    """True where the pressed target is as crowded as this asks; of what is not known no condition fits."""
    target = facts.target
    return (
        (not when.free_seats or facts.free_seats.get(target, when.free_seats) < when.free_seats)
        and facts.waiting.get(target, 0) >= when.waiting
        and facts.expected_wait_s.get(target, 0.0) >= when.expected_wait_s
    )


def values_of(accepts: Accepts) -> tuple[str, ...]:
    """The values that a condition names."""
    return () if accepts is None else (accepts,) if isinstance(accepts, str) else accepts


def division_prefix(code: str) -> str:
    """The digits that all divisions within this one begin with: ``120100`` (a city) -> ``1201``, ``120000`` -> ``12``."""
    head = code[:6]
    while len(head) > 2 and head.endswith("00"):
        head = head[:-2]
    return head if len(head) < 6 else code


def divisions_above(code: str) -> tuple[str, ...]:
    """The prefixes that a division lies in, itself included."""
    return tuple(dict.fromkeys((code[:2], code[:4], code[:6], code[:9], code)))


def languages_above(tag: str) -> tuple[str, ...]:
    """``zh-yue`` lies in ``zh-yue`` and ``zh``."""
    return tuple(dict.fromkeys((tag, tag.partition("-")[0])))
