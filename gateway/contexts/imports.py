"""A matter as another platform tells it, as an EIDO or a work order: the parts of a context that fit, and the parts that do not.

A stranger's record is taken field by field: what a context has no place for, and what is not written as ours must be, is named
and left out; nothing is repaired (law 8) and nothing is dropped in silence.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.contexts.case_models import CALL_FIELDS, NOT_TAKEN, check_new, read_call_field
from gateway.contexts.formats.eido_reading import PLACES, checked, from_eido, unread
from gateway.contexts.formats.work_order import Form, from_work_order
from gateway.core.messages.records import ContextRow
from gateway.core.model.call import new_context
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, Unfit, patched
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.core.values.instants import iso
from gateway.core.values.uui import told_id
from gateway.guards.instants import ZONE, NoInstant, instant_of
from gateway.views.plain import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCase:
    """``details`` are fields of a case, each of which fits; ``left`` says of what was not taken where it stands and why.

    ``key`` names the matter at whoever tells it; empty where it has no name. ``arrived_at`` is 0.0 where it is not told.
    """

    details: Mapping[str, Any]
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


def of_json(fields: Mapping[str, Any], zone: str = ZONE) -> ImportedCase:
    """A context in our own words; an instant that names no zone is in this one. Raises Unfits with every field that does not fit: who speaks
    our language is not second-guessed."""
    if isinstance(at := fields.get("arrived_at"), str):
        with contextlib.suppress(NoInstant):  # it is refused below
            fields = {**fields, "arrived_at": iso(instant_of(at, zone))}
    check_new(fields)
    return _told(fields, str, [])


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
            elif name in CALL_FIELDS:
                others[name] = read_call_field(name, value)
        except Unfit as unfit:
            misfits.append(_left(place(name), unfit.rule))
    return ImportedCase(details=said, left=tuple(misfits), key="", **others)


def _left(field: str, rule: str) -> View:
    return {"field": field, "rule": rule}


def context_of(told: ImportedCase, home: SwitchboardId, by: str, at: float) -> ContextRow:
    """The first version of a context that no call of ours has made. The same ``key`` is the same context."""
    arrived_at = min(told.arrived_at or at, at)
    row = new_context(home, ChannelUid(""), told.caller_number, told.caller_name, "", arrived_at)
    id_ = told_id(home, told.key or secrets.token_hex(16))
    # No call: it names none, and is over, so that no gateway takes it for one that lives.
    return replace(row, id=id_, at=at, call="", ended_at=at, said=patched(NOTHING_SAID, told.details), by=by)
