"""Rules that may decide, found without asking each of them.

A rule is a bit, the first the lowest. For every value of a condition there is one whole number, the rules that accept it; a press
ANDs the numbers of its facts, and the lowest bit left is the first rule that fits. A decision costs about the same with ten
rules and with a thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gateway.core.rules.catalogue import Catalogue, parent
from gateway.core.rules.conditions import (
    Accepts,
    Hours,
    PressFacts,
    division_prefix,
    divisions_above,
    languages_above,
    values_of,
    within,
)

if TYPE_CHECKING:
    from gateway.core.rules.rule import Rule


class Masks:
    """One condition: the rules that accept a value, and those that accept whatever it is."""

    def __init__(self, accepted: Sequence[Iterable[str] | None]) -> None:
        """``accepted`` holds for each rule its values, or None where it does not ask."""
        self.any = 0
        named: dict[str, int] = {}
        for number, values in enumerate(accepted):
            if values is None:
                self.any |= 1 << number
            for value in values or ():
                named[value] = named.get(value, 0) | 1 << number
        self.named = named
        self.of = {value: mask | self.any for value, mask in named.items()}

    def one(self, value: str) -> int:
        """The rules that accept a value; an empty one is not known."""
        return self.of.get(value, self.any)

    def each(self, values: Iterable[str]) -> int:
        """The rules that accept at least one of several values."""
        mask = self.any
        for value in values:
            mask |= self.of.get(value, 0)
        return mask


class Index:
    """Made once with the rules."""

    def __init__(self, rules: Sequence[Rule], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        whens = [rule.when for rule in rules]
        self.from_ = Masks([_asked(rule.from_) for rule in rules])
        self.target = Masks([_asked(rule.target) for rule in rules])
        self.urgency = Masks([_asked(when.urgency) for when in whens])
        self.language = Masks([_asked(when.language) for when in whens])
        self.list_ = Masks([_asked(when.list_) for when in whens])
        self.district = Masks(
            [
                None if when.district is None else [division_prefix(code) for code in values_of(when.district)]
                for when in whens
            ]
        )
        self.matter = Masks([_asked(when.matter) for when in whens])
        self.class_ = Masks([_asked(when.class_) for when in whens])
        self._codes: dict[str, int] = {}
        """For every matter the rules that accept it by code or list."""
        self._covered: dict[str, int] = {}
        self._matters = self._of_matters()
        self._no_matter = self.matter.any & self.class_.any
        self.hours: dict[tuple[Hours, ...], int] = {}
        self._closed: dict[int, int] = {}
        self.crowded = 0
        """The rules that ask how crowded their target is."""
        self.foresees = any(when.expected_wait_s for when in whens)
        """True where a rule asks for an expected wait, for which all seats must be looked at."""
        for number, when in enumerate(whens):
            if when.hours:
                self.hours[when.hours] = self.hours.get(when.hours, 0) | 1 << number
            if when.free_seats or when.waiting or when.expected_wait_s:
                self.crowded |= 1 << number

    def _of_matters(self) -> dict[str, int]:
        """For every matter the rules that accept it, by code, list or class: from the top of the tree down."""
        listed: dict[str, int] = {}
        for name, members in self._catalogue.lists.items():
            mask = self.matter.named.get(name, 0)
            for member in members if mask else ():
                listed[member] = listed.get(member, 0) | mask
        classes: dict[str, str] = {}
        found: dict[str, int] = {}
        shared: dict[tuple[int, str], int] = {}
        for code in sorted(self._catalogue.matters, key=lambda code: code.count(".")):
            above = parent(code)
            own = self.matter.named.get(code, 0) | listed.get(code, 0)
            mask = self._codes.get(above, self.matter.any)
            mask = self._codes[code] = mask | own if own else mask  # thousands of matters share a number
            classes[code] = self._catalogue.matters[code].class_ or classes.get(above, "")
            both = mask, classes[code]
            if both not in shared:
                shared[both] = mask & self.class_.one(classes[code])
            found[code] = shared[both]
        return found

    def of_matter(self, code: str) -> int:
        """The rules that accept a matter; of one that the catalogue has not, those that accept the nearest above it."""
        mask = self._matters.get(code)
        if mask is None:
            mask = self._matters.get(self._catalogue.known(code), self._no_matter) if code else self._no_matter
        return mask

    def fitting(self, facts: PressFacts) -> int:
        """The rules that fit, what is asked of crowds apart."""
        said = facts.routing
        mask = self.from_.one(facts.switchboard) & self.target.one(facts.target)
        mask &= self.of_matter(said.matter) & self.urgency.one(said.urgency)
        mask &= self.district.each(divisions_above(said.district)) if said.district else self.district.any
        mask &= self.language.each(languages_above(said.language)) if said.language else self.language.any
        mask &= self.list_.each(facts.lists) if facts.lists else self.list_.any
        return mask & ~self._out_of_hours(facts.minute) if self.hours else mask

    def _out_of_hours(self, minute: int) -> int:
        """The rules whose hours a minute of the week is not in: worked out once for each minute in which somebody presses."""
        mask = self._closed.get(minute)
        if mask is None:
            mask = 0
            for hours, asking in self.hours.items():
                if not within(hours, minute):
                    mask |= asking
            self._closed[minute] = mask
        return mask

    def covering(self, rule: Rule) -> int:
        """The rules that fit whenever this one does, hours and what is asked of crowds apart (itself among them)."""
        when = rule.when
        mask = _all(self.from_, values_of(rule.from_)) & _all(self.target, values_of(rule.target))
        mask &= _all(self.urgency, values_of(when.urgency))
        mask &= _all(self.list_, values_of(when.list_))
        for tag in values_of(when.language):
            mask &= self.language.each(languages_above(tag))
        mask &= -1 if when.language is not None else self.language.any
        for code in values_of(when.district):
            mask &= self.district.each(divisions_above(division_prefix(code)))
        mask &= -1 if when.district is not None else self.district.any
        for value in values_of(when.matter):
            mask &= self._covering_matter(value)
        mask &= -1 if when.matter is not None else self.matter.any
        return mask & _all(self.class_, values_of(when.class_))

    def _covering_matter(self, value: str) -> int:
        """The rules that accept a code, or every member of a list, by code or list."""
        members = self._catalogue.lists.get(value)
        if members is None:
            return self._codes.get(value, self.matter.any)
        if value not in self._covered:
            every = -1 if members else 0
            for member in members:
                every &= self._codes.get(member, self.matter.any)
            self._covered[value] = every | self.matter.one(value)
        return self._covered[value]


def _asked(accepts: Accepts) -> tuple[str, ...] | None:
    return None if accepts is None else values_of(accepts)


def _all(masks: Masks, values: tuple[str, ...]) -> int:
    mask = -1 if values else masks.any
    for value in values:
        mask &= masks.one(value)
    return mask
