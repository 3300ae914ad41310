"""A context as another platform shows it, read back into a row: the inverse of ``views.contexts.context_view``.

Whatever does not fit is refused whole (law 8). Numbers and places are what that platform has let us see: masked, unless it lets us
see all; a row from another home is never more than its own view of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationError, ValidationInfo, field_validator, model_validator

from gateway.contexts.case_models import case_after
from gateway.contexts.field_rules import (
    Record,
    Unfits,
    objects_of,
    past_instant,
    unfit,
    unfits_of,
    whole,
    wire_text,
    word,
    words_of,
)
from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, CaseDetails, Unfit
from gateway.core.values.ids import ContextId, PressId, SeatId, SwitchboardId
from gateway.core.values.uui import is_at
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits

TEXT_CHARS_MAX = 200
_ID = re.compile(r"[0-9a-z-]{1,64}")
_NAME = re.compile(r"[0-9A-Za-z._-]{1,80}")
_PRESS = re.compile(r"[0-9A-Za-z.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of one reading: items of a list, and the instant that nothing lies behind."""

    items_max: int
    until: float


def _bounds(info: ValidationInfo) -> Bounds:
    assert isinstance(info.context, Bounds)
    return info.context


def _instant(value: Any, info: ValidationInfo) -> float:
    return past_instant(value, _bounds(info).until)


def _words(alphabet: re.Pattern[str]) -> PlainValidator:
    def read(value: Any, info: ValidationInfo) -> list[str]:
        return words_of(value, alphabet, _bounds(info).items_max)

    return PlainValidator(read)


Name = Annotated[str, word(_NAME)]
Text = Annotated[str, wire_text(TEXT_CHARS_MAX)]
Instant = Annotated[float, PlainValidator(_instant)]
Version = Annotated[int, whole()]
Wait = Annotated[int, whole(missing=-1)]


class PeerView(Record):
    """A view of another platform. A field that is not there is judged as null is."""

    @model_validator(mode="before")
    @classmethod
    def absent_is_null(cls, view: Any) -> Any:
        """Every field that we read."""
        return {name: view.get(name) for name in cls.model_fields}


class PeerSeat(PeerView):
    """A seat that has had the caller."""

    switchboard: Name
    seat: Name
    answered_at: Instant


class PeerQueue(PeerView):
    """A queue in which the caller has waited."""

    switchboard: Name
    queue: Text
    wait_s: Wait
    answered_at: Instant


class PeerContext(PeerView):
    """The record, but for the details of the case, which have rules of their own."""

    home: Name
    call: Text
    id: Annotated[str, word(_ID)]
    seats: list[PeerSeat]
    queues: list[PeerQueue]
    version: Version
    changed_at: Instant
    caller_number: Text
    caller_name: Text
    queue: Text
    arrived_at: Instant
    wait_s: Wait
    transfers: Annotated[list[str], _words(_PRESS)]
    owner: Name
    ended_at: Instant
    organisations: Annotated[list[str], _words(_NAME)]
    changed_by: Text

    @field_validator("id")
    @classmethod
    def made_there(cls, id_: str, info: ValidationInfo) -> str:
        """No home can speak of another's callers."""
        given = info.data
        if "home" in given and "call" in given and not is_at(given["home"], id_, given["call"]):
            raise unfit("the one that its home and its call make")
        return id_

    @field_validator("seats", "queues", mode="before")
    @classmethod
    def some(cls, value: Any, info: ValidationInfo) -> Any:
        """Bounded before any of it is looked at."""
        return objects_of(value, _bounds(info).items_max)


def row_of(view: Any, at: float, limits: DoorLimits = DOOR_LIMITS) -> ContextRow:
    """The row of a view that comes at the instant ``at``. Raises Unfit, with every field that does not fit."""
    if not isinstance(view, dict):
        raise Unfit("data", "a context")
    wrong: list[tuple[str, str]] = []
    record, said = None, NOTHING_SAID
    try:
        record = PeerContext.model_validate(view, context=Bounds(limits.record_items_max, at + limits.clock_ahead_s))
    except ValidationError as error:
        wrong += unfits_of(error)
    try:
        said = case_after(NOTHING_SAID, {name: view[name] for name in FIELDS if view.get(name) is not None})
    except Unfits as unfits:
        wrong += unfits.all
    if record is None or wrong:
        raise Unfits(wrong)
    return _row(record, said)


def _row(record: PeerContext, said: CaseDetails) -> ContextRow:
    return ContextRow(
        id=ContextId(record.id),
        version=record.version,
        at=record.changed_at,
        home=SwitchboardId(record.home),
        call=record.call,
        caller_number=record.caller_number,
        caller_name=record.caller_name,
        queue=record.queue,
        arrived_at=record.arrived_at,
        wait_s=record.wait_s,
        seats=tuple((SwitchboardId(one.switchboard), SeatId(one.seat), one.answered_at) for one in record.seats),
        transfers=tuple(map(PressId, record.transfers)),
        owner=SwitchboardId(record.owner),
        ended_at=record.ended_at,
        said=said,
        organisations=tuple(map(SwitchboardId, record.organisations)),
        queues=tuple((SwitchboardId(one.switchboard), one.queue, one.wait_s, one.answered_at) for one in record.queues),
        by=record.changed_by,
    )
