"""Kinds of fields in records of other platforms, and in edits: each rule in words, and every field of a record that breaks one.

A record is read against a model; a field that does not fit is refused, never repaired (law 8). Rules name no value: what a stranger wrote is
not repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from gateway.core.values.case_details import Unfit
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.problems import Problem

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
WHOLE_MAX = 10**9


class Unfits(Unfit):
    """A record that is refused: ``all`` are the fields and what each may be; as an error it is the first."""

    def __init__(self, wrong: list[tuple[str, str]]) -> None:
        self.all = wrong
        super().__init__(*wrong[0])


class Record(BaseModel):
    """Fields of somebody else's record. What we have no place for is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def unfit(rule: str) -> PydanticCustomError:
    """The error of a field that breaks a rule."""
    return PydanticCustomError("unfit", "{rule}", {"rule": rule})


def unfits_of(error: ValidationError) -> list[tuple[str, str]]:
    """Each field that does not fit, by its name where it stands, and its rule; of one field once."""
    found: dict[tuple[str, str], None] = {}
    for one in error.errors(include_url=False, include_input=False):
        names = [part for part in one["loc"] if isinstance(part, str)]
        rule = one["ctx"]["rule"] if one["type"] == "unfit" else str(one["msg"])
        found[names[-1] if names else "data", rule] = None
    return list(found)


def problem_of(error: Unfit, limits: DoorLimits = DOOR_LIMITS) -> Problem:
    """The answer to whoever sent a record: the first field that does not fit, and where it is several all of them, as many as are told."""
    wrong = error.all[: limits.problems_max] if isinstance(error, Unfits) else [(error.field, error.rule)]
    told = [{"parameter": field, "rule": rule} for field, rule in wrong]
    return Problem("bad_parameter", **told[0], **({"problems": told} if len(told) > 1 else {}))


def word(alphabet: re.Pattern[str]) -> PlainValidator:
    """A text in an alphabet."""
    rule = f"a text that matches {alphabet.pattern}"

    def read(value: Any) -> str:
        if not isinstance(value, str) or not alphabet.fullmatch(value):
            raise unfit(rule)
        return value

    return PlainValidator(read)


def wire_text(chars_max: int) -> PlainValidator:
    """A text as a home takes it from its own wire: a number may be ``anonymous``, a name may have spaces of any width."""

    def read(value: Any) -> str:
        if (
            not isinstance(value, str)
            or len(value) > chars_max
            or any(unicodedata.category(c) in _HIDDEN for c in value)
        ):
            raise unfit(f"a text of at most {chars_max} visible characters")
        return value

    return PlainValidator(read)


def whole(missing: int | None = None) -> PlainValidator:
    """A whole number that is not negative; null where there is a value for that."""

    def read(value: Any) -> int:
        if value is None and missing is not None:
            return missing
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < WHOLE_MAX:
            raise unfit("a whole number that is not negative")
        return value

    return PlainValidator(read)


def past_instant(value: Any, until: float) -> float:
    """Seconds since 1970; 0.0 for null, which means "not yet". It has been by ``until``, as far as clocks agree: beyond the year 9999 nothing
    can show it."""
    if value is None:
        return 0.0
    try:
        said = datetime.fromisoformat(value)
        at = said.timestamp()
    except (TypeError, ValueError, OverflowError):
        raise unfit("an instant in ISO 8601 with its offset, or null") from None
    if said.tzinfo is None:
        raise unfit("an instant with its offset from UTC")
    if not 0.0 < at <= until:
        raise unfit("an instant after 1970 that is not to come")
    return at


def words_of(value: Any, alphabet: re.Pattern[str], most: int) -> list[str]:
    """Some texts in an alphabet."""
    given: list[Any] = value if isinstance(value, list) and len(value) <= most else [None]
    if all(isinstance(one, str) and alphabet.fullmatch(one) for one in given):
        return given
    raise unfit(f"a list of at most {most} texts that match {alphabet.pattern}")


def objects_of(value: Any, most: int) -> list[dict[str, Any]]:
    """Some objects, whose fields are not looked at yet."""
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise unfit(f"a list of at most {most} objects")
    return value


def as_unfit(read: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    """A field read by a rule of the core's, whose error becomes one of a model."""
    try:
        return read(name, value)
    except Unfit as error:
        raise unfit(error.rule) from None


def in_order(wrong: list[tuple[str, str]], given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same, in the order in which the record has its fields: whoever wrote it reads it so."""
    places = {name: n for n, name in enumerate(given)}
    return sorted(wrong, key=lambda one: places.get(one[0], len(places)))
