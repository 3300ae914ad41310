"""A matter as another platform tells it, as an EIDO or a work order: the parts of a context that fit, and the parts that do not.

A stranger's record is taken field by field: what a context has no place for, and what is not written as ours must be, is named
and left out; nothing is repaired (law 8) and nothing is dropped in silence.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.contexts import texts
from gateway.contexts.formats.eido_reading import PLACES, checked, from_eido, unread
from gateway.contexts.formats.work_order import Form, from_work_order
from gateway.core.messages.records import ContextRow
from gateway.core.model.call import new_context
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, Unfit, patched
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.core.values.uui import told_id
from gateway.views.plain import View

NAME_CHARS_MAX = 80
NOT_TAKEN = texts.NOT_TAKEN
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_EARLIEST_AT = 946684800.0
"""The year 2000: what is said to be older was not a call."""


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """``said`` are fields of a statement, each of which fits; ``left`` says of what was not taken where it stands and why.

    ``key`` names the matter at whoever tells it; empty where it has no name. ``arrived_at`` is 0.0 where it is not told.
    """

    said: Mapping[str, Any]
    left: tuple[View, ...]
    key: str = ""
    caller_number: str = ""
    caller_name: str = ""
    arrived_at: float = 0.0


def of_eido(eido: Any) -> ImportedCase:
    """The case that an EIDO tells of. Raises NotEido where it does not fit the schema."""
    fields = from_eido(checked(eido))
    told = _told(fields, lambda name: PLACES.get(name, f"$.{name}"), unread(eido))
    return replace(told, key=str(fields["id"]))


def of_work_order(filled: Mapping[str, Any], form: Form) -> ImportedCase:
    """The case that a work order tells of. Raises NotAnOrder where a field cannot be read."""
    fields, left = from_work_order(filled, form)
    names = {one.source: one.name for one in reversed(form.fields)}
    return _told(fields, lambda name: names.get(name, name), left)


def of_json(fields: Mapping[str, Any]) -> ImportedCase:
    """A context in our own words. Raises Unfit for what does not fit: who speaks our language is not second-guessed."""
    patched(NOTHING_SAID, {name: value for name, value in fields.items() if name in FIELDS})
    told = _told(fields, str, [name for name in fields if name not in (*FIELDS, *_OTHERS)])
    if told.left:
        raise Unfit(told.left[0]["field"], told.left[0]["rule"])
    return told


def _told(fields: Mapping[str, Any], place: Callable[[str], str], left: list[str]) -> ImportedCase:
    said: dict[str, Any] = {}
    others: dict[str, Any] = {}
    misfits = [_left(name, NOT_TAKEN) for name in left]
    for name, value in fields.items():
        if value in (None, "", []) or name == "latitude":
            continue
        part = {name: value, "latitude": fields.get("latitude")} if name == "longitude" else {name: value}
        try:
            if name in FIELDS:
                patched(NOTHING_SAID, part)
                said |= part
            elif name in _OTHERS:
                others[name] = _OTHERS[name](value)
        except Unfit as unfit:
            misfits.append(_left(place(name), unfit.rule))
    return ImportedCase(said, tuple(misfits), "", **others)


def _left(field: str, rule: str) -> View:
    return {"field": field, "rule": rule}


def _number(value: Any) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise Unfit("caller_number", "a whole telephone number, digits only")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > NAME_CHARS_MAX or not value.isprintable():
        raise Unfit("caller_name", f"a text of at most {NAME_CHARS_MAX} visible characters")
    return value


def _arrival(value: Any) -> float:
    try:
        at = datetime.fromisoformat(value).timestamp()
        if at >= _EARLIEST_AT:
            return at
    except (ValueError, TypeError, OverflowError):
        pass
    raise Unfit("arrived_at", "an instant, ISO 8601")


_OTHERS: dict[str, Callable[[Any], Any]] = {"caller_number": _number, "caller_name": _name, "arrived_at": _arrival}
"""Further fields that are taken of a new context: of one that we have, the call itself says these."""


def context_of(told: ImportedCase, home: SwitchboardId, by: str, at: float) -> ContextRow:
    """The first version of a context that no call of ours has made. The same ``key`` is the same context."""
    arrived_at = min(told.arrived_at or at, at)
    row = new_context(home, ChannelUid(""), told.caller_number, told.caller_name, "", arrived_at)
    id_ = told_id(home, told.key or secrets.token_hex(16))
    # No call: it names none, and is over, so that no gateway takes it for one that lives.
    return replace(row, id=id_, at=at, call="", ended_at=at, said=patched(NOTHING_SAID, told.said), by=by)
