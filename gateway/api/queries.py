"""Queries of addresses, a model each. A name that an address does not know is not looked at, and of one that comes twice the first counts."""

from __future__ import annotations

import contextlib
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import ConfigDict

from gateway.api.access import need
from gateway.api.alphabets import (
    CODE,
    CURSOR,
    DISTRICT,
    ID,
    INSTANT_MAX,
    NUMBER,
    SEAT,
    TAIL,
    UID,
    Count,
    Instant,
    Line,
    OneOf,
    Word,
)
from gateway.api.checked import Fields, checked
from gateway.api.parameters import LIMITS, SITE_ZONE
from gateway.guards.instants import NoInstant, instant_of
from gateway.problems import Problem

ROWS = 50
"""Rows in one answer, where nobody says how many."""
FORMATS = ("json", "eido", "work_order")
KINDS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
"""Formats of an export."""
BY = ("seat", "group", "queue", "switchboard", "matter", "target", "mode", "outcome")
STEPS = ("5m", "15m", "30m", "1h", "day", "month")
CALLBACK_STATES = ("open", "dialling", "done", "dropped")
CASE_CHARS_MAX = 60
TEXT_CHARS_MAX = 100
PURPOSE_CHARS_MAX = 200

Limit = Annotated[int, Count(1, "rows_max", int)]
Before = Annotated[float | None, Count(0, INSTANT_MAX, float)]


class Query(Fields):
    """Names and texts behind the question mark."""

    model_config = ConfigDict(extra="ignore")


Q = TypeVar("Q", bound=Query)


def read_query(request: web.Request, model: type[Q]) -> Q:
    """The query of a request. Raises Problem."""
    given = {name: request.query[name] for name in model.model_fields if name in request.query}
    for name, field in model.model_fields.items():
        if name in given and any(isinstance(kind, Instant) for kind in field.metadata):
            with contextlib.suppress(NoInstant):  # it is refused below, with the others
                given[name] = repr(instant_of(given[name], request.app[SITE_ZONE], seconds=True))
    return checked(model, given, request.app[LIMITS])


class TransfersQuery(Query):
    """Conditions of a list of transfers."""

    limit: Limit = ROWS
    before: Before = None
    state: Annotated[str | None, OneOf(("running", "ended"))] = None
    call: Annotated[str | None, Word(UID)] = None
    seat: Annotated[str | None, Word(SEAT)] = None


class CallbacksQuery(Query):
    """Conditions of a list of call-back tasks."""

    limit: Limit = ROWS
    before: Before = None
    state: Annotated[str | None, OneOf(CALLBACK_STATES)] = None


class DeliveriesQuery(Query):
    """Dead letters, or what waits."""

    state: Annotated[str, OneOf(("dead", "waiting"))] = "dead"
    limit: Limit = ROWS


class ContextConditions(Query):
    """Conditions of a search for contexts."""

    number: Annotated[str, Word(NUMBER)] = ""
    tail: Annotated[str, Word(TAIL)] = ""
    matter: Annotated[str, Word(CODE)] = ""
    district: Annotated[str, Word(DISTRICT)] = ""
    seat: Annotated[str, Word(SEAT)] = ""
    case: Annotated[str, Line(CASE_CHARS_MAX)] = ""
    text: Annotated[str, Line(TEXT_CHARS_MAX)] = ""
    since: Annotated[float, Instant()] = 0.0
    until: Annotated[float, Instant()] = 9e99
    switchboard: Annotated[str, Word(ID)] = ""


class ContextsQuery(ContextConditions):
    """A page of contexts."""

    limit: Limit = ROWS
    cursor: Annotated[str, Word(CURSOR)] = ""


class ExportQuery(ContextConditions):
    """All contexts that fit, as a file."""

    format: Annotated[str, OneOf(tuple(KINDS))] = "csv"


class ContextReading(Query):
    """The format of one context, and the leg that brought its id."""

    format: Annotated[str, OneOf(FORMATS)] = "json"
    leg: Annotated[str, Word(UID)] = ""


class ImportQuery(Query):
    """The home of another platform's record, and its format."""

    switchboard: Annotated[str, Word(ID)] = ""
    format: Annotated[str, OneOf(("json", "work_order"))] = "json"


class EditQuery(Query):
    """The format of an edit."""

    format: Annotated[str, OneOf(("json", "work_order"))] = "json"


class ReportsQuery(Query):
    """The part of a report, and its format. Its instants and zone are read where it is counted."""

    format: Annotated[str, OneOf(("json", "csv"))] = "json"
    by: Annotated[str | None, OneOf(BY)] = None
    step: Annotated[str | None, OneOf(STEPS)] = None


class FullReading(Query):
    """A wish to see numbers and places."""

    full: Annotated[str, OneOf(("true", "false"))] = "false"


def full(request: web.Request) -> str:
    """The purpose of a full reading; empty where none is asked for. Raises Problem."""
    if read_query(request, FullReading).full == "false":
        return ""
    purpose = request.query.get("purpose", "").strip()
    if not 0 < len(purpose) <= PURPOSE_CHARS_MAX:
        raise Problem("purpose_needed", parameter="purpose")
    need(request, "full")
    return purpose
