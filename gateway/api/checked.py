"""A request's fields against their model: the values, or every field that does not fit with what it may be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.guards.door_limits import DoorLimits
from gateway.problems import Problem

FIRST, LAST = -1, 10_000
"""Places of problems before and behind those of the fields."""

Details = dict[str, Any]


class Fields(BaseModel):
    """Fields of a request. Nothing is turned into another type."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> list[tuple[int, Details]]:
        """Problems of fields with one another, whether or not each fits by itself: their place, and what to tell."""
        return []


M = TypeVar("M", bound=Fields)


def checked(model: type[M], given: Mapping[str, Any], limits: DoorLimits) -> M:
    """The values. Raises Problem for the first field that does not fit, in the model's order; its ``problems`` are all of them, where it is
    several, up to ``limits.problems_max``."""
    check_count(given, model.model_fields, limits)
    found = model.across(given)
    try:
        values = model.model_validate(given, context=limits)
        if not found:
            return values
    except ValidationError as error:
        found += [_told(one, model, limits) for one in error.errors(include_url=False, include_input=False)]
    raise _several([details for _, details in sorted(found, key=lambda one: one[0])], limits)


def check_count(given: Collection[str], known: Collection[str], limits: DoorLimits) -> None:
    """Raises Problem where there are so many fields that most of them are unknown: none of them is looked at."""
    if len(given) > (most := len(known) + limits.problems_max):
        raise Problem("bad_parameter", parameter="body", fields_max=most, allowed=sorted(known))


def check_names(given: Collection[str], known: Collection[str], limits: DoorLimits) -> None:
    """Raises Problem for each field that nobody knows, whose values somebody else judges."""
    check_count(given, known, limits)
    if strange := [unknown(name, known) for name in given if name not in known]:
        raise _several(strange, limits)


def unknown(name: str, known: Iterable[str]) -> Details:
    """A field that the request does not have: it was meant to do something."""
    return {"parameter": name, "allowed": sorted(known)}


def _several(found: list[Details], limits: DoorLimits) -> Problem:
    """The first, and where it is several all of them, each once, as many as are told."""
    problems = list({repr(details): details for details in found}.values())[: limits.problems_max]
    return Problem("bad_parameter", **problems[0], **({"problems": problems} if len(problems) > 1 else {}))


def _told(error: Any, model: type[Fields], limits: DoorLimits) -> tuple[int, Details]:
    name = str(error["loc"][0])
    names = list(model.model_fields)
    if name not in names:
        return LAST, unknown(name, names)
    (kind,) = model.model_fields[name].metadata
    told = kind.missing(limits) if error["type"] == "missing" else kind.details(limits)
    return names.index(name), {"parameter": name, **told}
