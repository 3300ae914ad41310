"""The conditions of a rule that did not fit: each condition asked plainly, one by one. Slower than the index, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.rules.catalogue import Catalogue
from gateway.core.rules.conditions import (
    Accepts,
    PressFacts,
    When,
    division_prefix,
    divisions_above,
    languages_above,
    values_of,
    within,
)

UNKNOWN = "?"


def mismatches(
    conditions: Mapping[str, str], from_: Accepts, target: Accepts, when: When, facts: PressFacts, catalogue: Catalogue
) -> dict[str, str]:
    """The words of a rule that do not fit, and what is known of each; ``?`` where nothing is. Empty: the rule fits."""
    said = facts.routing
    matter = catalogue.known(said.matter)
    class_ = catalogue.class_of(matter)
    free = facts.free_seats.get(facts.target, -1)
    waiting, wait_s = facts.waiting.get(facts.target), facts.expected_wait_s.get(facts.target)
    districts = divisions_above(said.district)
    asked: dict[str, tuple[Callable[[], bool], str]] = {
        "from": (lambda: facts.switchboard in values_of(from_), facts.switchboard),
        "target": (lambda: facts.target in values_of(target), facts.target),
        "matter": (
            lambda: bool(matter) and any(catalogue.covers(v, matter) for v in values_of(when.matter)),
            said.matter,
        ),
        "class": (lambda: bool(class_) and class_ in values_of(when.class_), class_),
        "urgency": (lambda: said.urgency in values_of(when.urgency), said.urgency),
        "district": (
            lambda: bool(said.district) and any(division_prefix(v) in districts for v in values_of(when.district)),
            said.district,
        ),
        "language": (
            lambda: bool(said.language) and any(v in languages_above(said.language) for v in values_of(when.language)),
            said.language,
        ),
        "list": (lambda: any(v in facts.lists for v in values_of(when.list_)), ",".join(sorted(facts.lists))),
        "hours": (lambda: within(when.hours, facts.minute), shown_minute(facts.minute)),
        "free_seats": (lambda: 0 <= free < when.free_seats, str(free) if free >= 0 else ""),
        "waiting": (lambda: waiting is not None and waiting >= when.waiting, _shown(waiting)),
        "expected_wait_s": (lambda: wait_s is not None and wait_s >= when.expected_wait_s, _shown(wait_s)),
    }
    return {word: asked[word][1] or UNKNOWN for word in conditions if not asked[word][0]()}


def _shown(count: float | None) -> str:
    return "" if count is None else f"{count:g}"


def shown_minute(minute: int) -> str:
    """A minute of the week for people: day (Monday is 1) and time; empty where it is not known."""
    return f"{minute // 1440 + 1}@{minute % 1440 // 60:02}:{minute % 60:02}" if minute >= 0 else ""
