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
    several."""
    found = model.across(given)
    try:
        values = model.model_validate(given, context=limits)
        if not found:
            return values
    except ValidationError as error:
        found += [_told(one, model, limits) for one in error.errors(include_url=False, include_input=False)]
    raise _several([details for _, details in sorted(found, key=lambda one: one[0])])


def check_names(given: Iterable[str], known: Collection[str]) -> None:
    """Raises Problem for each field that nobody knows, whose values somebody else judges."""
    if strange := [unknown(name, known) for name in given if name not in known]:
        raise _several(strange)


def unknown(name: str, known: Iterable[str]) -> Details:
    """A field that the request does not have: it was meant to do something."""
    return {"parameter": name, "allowed": sorted(known)}


def _several(found: list[Details]) -> Problem:
    """The first, and all of them where it is several."""
    problems: list[Details] = []
    for details in found:
        if details not in problems:
            problems.append(details)
    return Problem("bad_parameter", **problems[0], **({"problems": problems} if len(problems) > 1 else {}))


def _told(error: Any, model: type[Fields], limits: DoorLimits) -> tuple[int, Details]:
    name = str(error["loc"][0])
    names = list(model.model_fields)
    if name not in names:
        return LAST, unknown(name, names)
    (kind,) = model.model_fields[name].metadata
    told = kind.missing(limits) if error["type"] == "missing" else kind.details(limits)
    return names.index(name), {"parameter": name, **told}
