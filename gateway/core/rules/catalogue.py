"""The scope catalogues: a tree of matters, and lists of them, such as what 12345 hears and 110 does."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of matter. The dots of the code make the tree: ``12345.society`` covers ``12345.society.help``."""

    code: str
    name: str
    class_: str = ""
    """Class by which it is treated (``unclear``, ``dispute``); empty: as the one above it."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All matters by code, each below one that is there or at the top, and the named lists of codes."""

    matters: dict[str, Matter] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def known(self, code: str) -> str:
        """The code, or the nearest above it that the catalogue has; empty where there is none."""
        while code and code not in self.matters:
            code = parent(code)
        return code

    def class_of(self, code: str) -> str:
        """The class of a matter: its own, or that of the nearest above it that has one; empty where none has."""
        while code:
            matter = self.matters.get(code)
            if matter is not None and matter.class_:
                return matter.class_
            code = parent(code)
        return ""

    def covers(self, value: str, code: str) -> bool:
        """True where a matter is the one named, below it, or on the list of that name."""
        above = set(line(code))
        return value in above or any(member in above for member in self.lists.get(value, ()))

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class that a matter has, in their order."""
        return tuple(dict.fromkeys(matter.class_ for matter in self.matters.values() if matter.class_))


def parent(code: str) -> str:
    """The code above; empty at the top."""
    return code.rpartition(".")[0]


def line(code: str) -> tuple[str, ...]:
    """A code and all above it."""
    found = []
    while code:
        found.append(code)
        code = parent(code)
    return tuple(found)
