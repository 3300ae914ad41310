"""Kinds of values in requests: their alphabets and lengths, what whoever asks is told of one that does not fit, and how OpenAPI says it.

A kind stands in the annotation of a model's field. Its pattern is anchored at both ends and works in proportion to the text; a value is
taken as it is, never repaired (law 8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import PydanticCustomError, core_schema

from gateway.api import texts
from gateway.core.values.written import Hides, in_one_form
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.guards.instants import LATEST_AT, NoInstant, instant_of

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
URL = re.compile(r"[!-~]{1,1200}")
"""A URL as it was made, or what stands behind its last slash."""
NUMBER = re.compile(r"\+?[0-9][0-9 -]{2,30}")
TAIL = re.compile(r"[0-9]{3,20}")
CODE = re.compile(r"[0-9A-Za-z._-]{1,40}")
DISTRICT = re.compile(r"[0-9]{6}")
CURSOR = re.compile(r"[0-9]{0,18}")
INSTANT_MAX = LATEST_AT
"""Seconds since 1970: milliseconds, and a year that no calendar has, are no instant."""


class Kind(Protocol):
    """A kind of value."""

    def details(self, limits: DoorLimits) -> dict[str, Any]:
        """Bounds of a value, for whoever has sent another."""
        ...

    def missing(self, limits: DoorLimits) -> dict[str, Any]:
        """The same, for whoever has sent none."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """A text in an alphabet."""

    alphabet: re.Pattern[str]

    def details(self, _limits: DoorLimits) -> dict[str, Any]:
        """The pattern."""
        return {"pattern": self.alphabet.pattern}

    missing = details

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.str_schema(pattern=anchored(self.alphabet), strict=True)


@dataclass(frozen=True, slots=True)
class ShownWord(Word):
    """A text in an alphabet of any script, none of whose characters hides."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        written = core_schema.str_schema(pattern=anchored(self.alphabet), strict=True)
        return core_schema.no_info_after_validator_function(self._shown, written)

    def _shown(self, value: str) -> str:
        if not value.isprintable():
            raise unfit()
        return value


@dataclass(frozen=True, slots=True)
class Words:
    """Some texts in an alphabet, at least one."""

    alphabet: re.Pattern[str]
    most: int

    def details(self, _limits: DoorLimits) -> dict[str, Any]:
        """The pattern of each, and how many."""
        return {"pattern": self.alphabet.pattern, "maximum": self.most}

    def missing(self, _limits: DoorLimits) -> dict[str, Any]:
        """At least one."""
        return {"minimum": 1}

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        word = core_schema.str_schema(pattern=anchored(self.alphabet), strict=True)
        words = core_schema.list_schema(word, min_length=1, max_length=self.most, strict=True)
        return core_schema.no_info_after_validator_function(tuple, words)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some words."""

    allowed: tuple[str, ...]

    def details(self, _limits: DoorLimits) -> dict[str, Any]:
        """The words."""
        return {"allowed": list(self.allowed)}

    missing = details

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.allowed))


@dataclass(frozen=True, slots=True)
class Count:
    """A number within bounds. ``high`` may be a setting of the site; ``read`` makes one of the text of a query."""

    low: int
    high: float | str
    read: Callable[[str], float] | None = None

    def _high(self, limits: DoorLimits) -> float:
        high: float = getattr(limits, self.high) if isinstance(self.high, str) else self.high
        return high

    def details(self, limits: DoorLimits) -> dict[str, Any]:
        """The least and the most."""
        return {"minimum": self.low, "maximum": self._high(limits)}

    missing = details

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        whole = core_schema.int_schema(strict=True)
        kind = core_schema.no_info_plain_validator_function(self.read) if self.read else whole
        return core_schema.with_info_after_validator_function(self._within, kind)

    def _within(self, value: float, info: ValidationInfo) -> float:
        if not self.low <= value <= self._high(limits_of(info)):
            raise unfit()
        return value

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        kind = "number" if self.read is float else "integer"
        return {"type": kind, "minimum": self.low, "maximum": int(self._high(DOOR_LIMITS))}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a person has written: it shows, and nothing in it hides."""

    chars_max: int

    def details(self, _limits: DoorLimits) -> dict[str, Any]:
        """The most characters."""
        return {"characters_max": self.chars_max}

    missing = details

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._shown, core_schema.str_schema(strict=True))

    def _shown(self, value: str) -> str:
        try:
            line = in_one_form(value)
        except Hides:
            raise unfit()
        if not 0 < len(line) <= self.chars_max:
            raise unfit()
        return line

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        shown = {"minLength": 1, "maxLength": self.chars_max, "pattern": "[^ ]", "description": "printable"}
        return {"type": "string", **shown}


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant of a query, ISO 8601 or seconds since 1970."""

    def details(self, _limits: DoorLimits) -> dict[str, Any]:
        """An example, and what is done wrong most often."""
        return {"format": "2026-11-24T08:00+08:00", "remedy": texts.INSTANT_IN_A_URL}

    missing = details

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._seconds)

    def _seconds(self, found: str) -> float:
        try:
            return instant_of(found, seconds=True)
        except NoInstant:
            raise unfit()

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        shapes: list[Mapping[str, str]] = [
            {"format": "date-time"},
            {"pattern": "^[0-9]{1,12}([.][0-9]*)?$"},
            {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
        ]
        return {"type": "string", "anyOf": shapes, "description": "ISO 8601 or seconds since 1970"}


def anchored(alphabet: re.Pattern[str]) -> str:
    """The pattern of the whole text, for readers that look for a part of it. None of ours has a choice at its top."""
    return f"^{alphabet.pattern}$"


def unfit() -> PydanticCustomError:
    """The error of a value that does not fit; the field's kind says what does."""
    return PydanticCustomError("unfit", "does not fit")


def limits_of(info: ValidationInfo) -> DoorLimits:
    """The limits of the server that a request has come to."""
    limits = info.context
    assert isinstance(limits, DoorLimits)
    return limits
