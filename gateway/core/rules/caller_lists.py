"""Named lists of callers, such as those who harass the line. What happens to them is a rule's to say, never a list's."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.values.numbers import normalised


@dataclass(frozen=True, slots=True)
class Listed:
    """A caller on a list. The number is personal data: it is in no log and no message."""

    number: str = field(repr=False)
    reason: str
    until_day: int
    """The last local day on which the entry counts, from 1970-01-01."""


@dataclass(frozen=True, slots=True)
class CallerLists:
    """The lists by name."""

    lists: dict[str, tuple[Listed, ...]] = field(default_factory=dict)
    _by_number: dict[str, list[tuple[str, int]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_number: dict[str, list[tuple[str, int]]] = {}
        for name, callers in self.lists.items():
            for caller in callers:
                by_number.setdefault(normalised(caller.number), []).append((name, caller.until_day))
        object.__setattr__(self, "_by_number", by_number)

    def of(self, number: str, day: int) -> frozenset[str]:
        """The lists that a number is on on a local day."""
        entries = self._by_number.get(normalised(number), ()) if self._by_number else ()
        return frozenset(name for name, until in entries if day <= until)
