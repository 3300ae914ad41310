"""The caller's matter, as people write it down: the part of a call context that is edited, and the rules for an edit.

An edit is a JSON merge patch (RFC 7396) over these fields: a value replaces the field, ``null`` clears it, what is not named
stays. What does not fit is refused whole (law 8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from gateway.core.values.value import named_value
from gateway.core.values.written import Hides, in_one_form

URGENCIES = ("normal", "urgent", "danger")
"""Danger: to persons, property or public safety; 110 acts first and nothing waits."""


@dataclass(frozen=True, slots=True)
class RoutingDetails:
    """Recorded details of a call's matter that decide where it goes; empty: not known. A later word stands, an empty one changes nothing."""

    matter: str = ""
    urgency: str = ""
    district: str = ""
    language: str = ""

    def then(self, later: RoutingDetails) -> RoutingDetails:
        """With what was said later."""
        return RoutingDetails(
            later.matter or self.matter,
            later.urgency or self.urgency,
            later.district or self.district,
            later.language or self.language,
        )


SUMMARY_CHARS_MAX = 4000
LOCATION_CHARS_MAX = 300
CASES_MAX = 20
RECORDINGS_MAX = 50

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[0-9A-Za-z]{2,8}){0,3}")  # BCP 47, as far as a call-taker needs it
DISTRICT = re.compile(r"[0-9]{6}")  # GB/T 2260
CODE = re.compile(r"[0-9A-Za-z._-]{1,40}")
CASE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff()（）〔〕\[\]._/-]{0,59}")
REFERENCE = re.compile(r"[!-~]{1,300}")


@named_value
class CaseDetails:
    """``matter`` is a code of the scope catalogues, ``district`` one of GB/T 2260, coordinates are degrees (WGS 84) or None.

    ``cases`` are numbers of work orders and police orders, ``recordings`` references to where a recording lies.
    ``confidential``: other organisations do not see the caller's number, those apart that the site excepts.
    """

    language: str = ""
    location: str = ""
    district: str = ""
    longitude: float | None = None
    latitude: float | None = None
    matter: str = ""
    summary: str = ""
    urgency: str = ""
    cases: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    confidential: bool = False

    def for_rules(self) -> RoutingDetails:
        """The part that a rule may ask of."""
        return RoutingDetails(self.matter, self.urgency, self.district, self.language)

    def with_rules(self, said: RoutingDetails) -> CaseDetails:
        """With what was said where a transfer was asked for."""
        return replace(self, **{name: word for name, word in asdict(said).items() if word})


NOTHING_SAID = CaseDetails()
FIELDS = tuple(field.name for field in fields(CaseDetails))


TOGETHER = "longitude and latitude come together"


class Unfit(ValueError):
    """An edit that is refused: the field, and what it may be."""

    def __init__(self, field: str, rule: str) -> None:
        self.field, self.rule = field, rule
        super().__init__(f"{field}: {rule}")


def patched(said: CaseDetails, patch: Mapping[str, Any]) -> CaseDetails:
    """The fields after a merge patch. Raises Unfit for a field that nobody may edit, or a value that does not fit."""
    given = {name: getattr(said, name) for name in FIELDS}
    for name, new in patch.items():
        given[name] = getattr(NOTHING_SAID, name) if new is None else read_field(name, new)
    if not together(said, patch):
        raise Unfit("longitude", TOGETHER)
    return CaseDetails(**given)


def read_field(name: str, new: Any) -> Any:
    """The value of one field. Raises Unfit for a field that nobody may edit, or a value that does not fit."""
    if name not in _READ:
        raise Unfit(name, f"one of {', '.join(FIELDS)}")
    return _READ[name](name, new)


def together(said: CaseDetails, patch: Mapping[str, Any]) -> bool:
    """True where a place has both of its coordinates, or neither, after a patch."""
    longitude, latitude = (patch.get(name, getattr(said, name)) for name in ("longitude", "latitude"))
    return (longitude is None) == (latitude is None)


def changed(before: CaseDetails, after: CaseDetails) -> tuple[str, ...]:
    """The names of the fields that differ."""
    return tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def _word(alphabet: re.Pattern[str]) -> Callable[[str, Any], str]:
    def read(name: str, new: Any) -> str:
        if not isinstance(new, str) or (new and not alphabet.fullmatch(new)):
            raise Unfit(name, f"a text that matches {alphabet.pattern}")
        return new

    return read


def read_text(name: str, new: Any, chars_max: int, *, lines: bool = False) -> str:
    """A person's text in one form: it shows, and nothing in it hides; with ``lines`` it may have several. Raises Unfit, with the place of
    what hides."""
    rule = f"a text of at most {chars_max} visible characters"
    if not isinstance(new, str):
        raise Unfit(name, rule)
    if len(new) > 2 * chars_max:  # an end of a line of Windows is two characters
        raise Unfit(name, f"{rule}, not {len(new)}")
    try:
        found = in_one_form(new, lines=lines)
    except Hides as hides:
        raise Unfit(name, f"{rule}: {hides}") from None
    if len(found) > chars_max:
        raise Unfit(name, f"{rule}, not {len(found)}")
    return found


def _text(chars_max: int, *, lines: bool = False) -> Callable[[str, Any], str]:
    return lambda name, new: read_text(name, new, chars_max, lines=lines)


def _degrees(limit: float) -> Callable[[str, Any], float]:
    def read(name: str, new: Any) -> float:
        if not isinstance(new, int | float) or isinstance(new, bool) or not -limit <= new <= limit:
            raise Unfit(name, f"degrees from -{limit:g} to {limit:g}")
        return round(float(new), 7)  # a centimetre

    return read


def _list(most: int, alphabet: re.Pattern[str]) -> Callable[[str, Any], tuple[str, ...]]:
    def read(name: str, new: Any) -> tuple[str, ...]:
        fit = isinstance(new, list) and len(new) <= most
        if not fit or not all(isinstance(item, str) and alphabet.fullmatch(item) for item in new):
            raise Unfit(name, f"a list of at most {most} texts that match {alphabet.pattern}")
        return tuple(dict.fromkeys(new))

    return read


def _urgency(name: str, new: Any) -> str:
    if not isinstance(new, str) or new not in ("", *URGENCIES):
        raise Unfit(name, f"one of {', '.join(URGENCIES)}")
    return new


def _flag(name: str, new: Any) -> bool:
    if not isinstance(new, bool):
        raise Unfit(name, "true or false")
    return new


_READ: dict[str, Callable[[str, Any], Any]] = {
    "language": _word(LANGUAGE),
    "location": _text(LOCATION_CHARS_MAX),
    "district": _word(DISTRICT),
    "longitude": _degrees(180.0),
    "latitude": _degrees(90.0),
    "matter": _word(CODE),
    "summary": _text(SUMMARY_CHARS_MAX, lines=True),
    "urgency": _urgency,
    "cases": _list(CASES_MAX, CASE),
    "recordings": _list(RECORDINGS_MAX, REFERENCE),
    "confidential": _flag,
}
