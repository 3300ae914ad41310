"""Details of a case as a request gives them: models of an edit and of a new case, read by the core's own rules, every error at once."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, WithJsonSchema
from pydantic_core import core_schema

from gateway.contexts import texts
from gateway.contexts.field_rules import Record, Unfits, as_unfit, in_order, unfits_of
from gateway.core.values.case_details import (
    CASE,
    CASES_MAX,
    CODE,
    DISTRICT,
    FIELDS,
    LANGUAGE,
    LOCATION_CHARS_MAX,
    RECORDINGS_MAX,
    REFERENCE,
    SUMMARY_CHARS_MAX,
    TOGETHER,
    URGENCIES,
    CaseDetails,
    Unfit,
    patched,
    read_field,
    read_text,
    together,
)
from gateway.guards.instants import NoInstant, instant_of

NAME_CHARS_MAX = 80
NUMBER = re.compile(r"\+?[0-9]{3,20}")
NOT_TAKEN = texts.NOT_TAKEN
EARLIEST_AT = 946684800.0
"""The year 2000: what is said to be older was not a call."""


@dataclass(frozen=True, slots=True)
class OfCase:
    """A field of ``CaseDetails``, by the core's rule; null clears it. ``shape`` says the same in JSON Schema."""

    name: str
    shape: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: Any) -> Any:
        return None if value is None else as_unfit(read_field, self.name, value)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        if "enum" in self.shape:
            return {"enum": [*self.shape["enum"], None]}
        return {**self.shape, "type": [self.shape["type"], "null"]}


@dataclass(frozen=True, slots=True)
class OfCall:
    """A field of a new case that is no detail of it; empty where it is not known."""

    name: str
    shape: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: Any) -> Any:
        return None if value in (None, "", []) else as_unfit(read_call_field, self.name, value)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.shape)


def _text(alphabet: re.Pattern[str]) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({alphabet.pattern})?$"}


def _texts(alphabet: re.Pattern[str], most: int) -> dict[str, Any]:
    item = {"type": "string", "pattern": f"^{alphabet.pattern}$"}
    return {"type": "array", "items": item, "maxItems": most}


def _degrees(most: int) -> dict[str, Any]:
    return {"type": "number", "minimum": -most, "maximum": most}


class CaseFields(Record):
    """Details of a case that people write down."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    language: Annotated[Any, OfCase("language", _text(LANGUAGE))] = None
    location: Annotated[Any, OfCase("location", {"type": "string", "maxLength": LOCATION_CHARS_MAX})] = None
    district: Annotated[Any, OfCase("district", _text(DISTRICT))] = None
    longitude: Annotated[Any, OfCase("longitude", _degrees(180))] = None
    latitude: Annotated[Any, OfCase("latitude", _degrees(90))] = None
    matter: Annotated[Any, OfCase("matter", _text(CODE))] = None
    summary: Annotated[Any, OfCase("summary", {"type": "string", "maxLength": SUMMARY_CHARS_MAX})] = None
    urgency: Annotated[Any, OfCase("urgency", {"enum": ["", *URGENCIES]})] = None
    cases: Annotated[Any, OfCase("cases", _texts(CASE, CASES_MAX))] = None
    recordings: Annotated[Any, OfCase("recordings", _texts(REFERENCE, RECORDINGS_MAX))] = None
    confidential: Annotated[Any, OfCase("confidential", {"type": "boolean"})] = None


def case_number(value: Any) -> str:
    """The telephone number of a new case's caller."""
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise Unfit("caller_number", "a whole telephone number, digits only")
    return value


def case_name(value: Any) -> str:
    """The name of a new case's caller."""
    return read_text("caller_name", value, NAME_CHARS_MAX)


def case_arrival(value: Any) -> float:
    """The instant at which a new case came in."""
    with contextlib.suppress(NoInstant):
        if isinstance(value, str) and (at := instant_of(value)) >= EARLIEST_AT:
            return at
    raise Unfit("arrived_at", "an instant, ISO 8601, of the years 2000 to 2099")


CALL_FIELDS = {"caller_number": case_number, "caller_name": case_name, "arrived_at": case_arrival}
"""Fields of a new context beside the case: of one that we have, the call itself says these."""


def read_call_field(name: str, value: Any) -> Any:
    """The value of one of them. Raises Unfit."""
    return CALL_FIELDS[name](value)


class ContextPatch(CaseFields):
    """An edit: a null clears a field."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    owner: Annotated[Any, WithJsonSchema({"type": "string"})] = None
    """移交给谁，仅承办单位可移交 / whom the matter is handed over to; only its owner may"""


class NewCase(CaseFields):
    """A case that another platform tells in our own words."""

    caller_number: Annotated[Any, OfCall("caller_number", {"type": "string", "pattern": f"^{NUMBER.pattern}$"})] = None
    caller_name: Annotated[Any, OfCall("caller_name", {"type": "string", "maxLength": NAME_CHARS_MAX})] = None
    arrived_at: Annotated[Any, OfCall("arrived_at", {"type": "string", "format": "date-time"})] = None


def case_after(said: CaseDetails, patch: Mapping[str, Any]) -> CaseDetails:
    """The details after a merge patch. Raises Unfits with every field that does not fit."""
    wrong = _wrong(CaseFields, patch, f"one of {', '.join(FIELDS)}")
    places = {name for name, _ in wrong} & {"longitude", "latitude"}
    if not places and not together(said, patch):
        wrong.append(("longitude", TOGETHER))
    if wrong:
        raise Unfits(wrong)
    return patched(said, patch)


def check_new(given: Mapping[str, Any]) -> None:
    """Raises Unfits with every field of a new case that does not fit: who speaks our language is not second-guessed."""
    wrong = _wrong(NewCase, given, NOT_TAKEN)
    if not {name for name, _ in wrong} & {"longitude", "latitude"} and not together(CaseDetails(), given):
        wrong.append(("longitude", TOGETHER))
    if wrong:
        raise Unfits(sorted(wrong, key=lambda one: (one[0] not in FIELDS, one[1] != NOT_TAKEN)))


def _wrong(model: type[CaseFields], given: Mapping[str, Any], unknown: str) -> list[tuple[str, str]]:
    try:
        model.model_validate(given)
    except ValidationError as error:
        known = model.model_fields
        return in_order([(name, rule if name in known else unknown) for name, rule in unfits_of(error)], given)
    return []
