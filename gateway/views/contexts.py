"""Call contexts as plain dicts, masked unless asked for in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.core.messages.records import ContextRow
from gateway.core.messages.redaction import location_of, mask_reference, number_of, summary_of
from gateway.core.model.belongs import transfers_of
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.values.instants import instant
from gateway.core.values.numbers import blanked, dialled, mask, mask_text
from gateway.views.plain import View


def _name_of(row: ContextRow, full: bool, hidden: bool) -> str:
    """Many phones send the number as the name."""
    name = blanked(row.caller_name, row.caller_number) if hidden else row.caller_name
    return name if full and not hidden else mask_text(name, row.caller_number)


def _code_of(code: str, row: ContextRow, full: bool, hidden: bool) -> str:
    """A case number or a matter's code. Its digits stay, unless somebody has written a telephone number in its place."""
    code = blanked(code, row.caller_number) if hidden else code
    return code if full else mask_text(code, row.caller_number, whole=True)


def context_view(
    row: ContextRow, *, full: bool = False, hidden: bool = False, whole: bool = False, reader: str = ""
) -> View:
    """A call context. ``full`` shows number, place and coordinates; the caller of this function has written the audit line.
    ``hidden``: the caller wants the number kept from this reader, who then sees no digit of it, full or not. ``whole``: the rules let this reader see the whole place. ``reader`` is the switchboard
    of whoever reads (empty: of any); transfers that are not its own are not named."""
    said = row.said
    return {
        "id": row.id,
        "version": row.version,
        "home": row.home,
        "call": row.call,
        "full": full,
        "caller_number": number_of(row, full=full, hidden=hidden),
        "caller_name": _name_of(row, full, hidden),
        "confidential": said.confidential,
        "language": said.language,
        "location": location_of(row, full=full, hidden=hidden, whole=whole),
        "district": said.district,
        "longitude": said.longitude if full or whole else None,
        "latitude": said.latitude if full or whole else None,
        "matter": _code_of(said.matter, row, full, hidden),
        "summary": summary_of(row, full=full, hidden=hidden),
        "urgency": said.urgency,
        "cases": [_code_of(case, row, full, hidden) for case in said.cases],
        "recordings": [mask_reference(one, row.caller_number, full=full, hidden=hidden) for one in said.recordings],
        "queue": row.queue,
        "arrived_at": instant(row.arrived_at),
        "wait_s": row.wait_s if row.wait_s >= 0 else None,
        "seats": [
            {"switchboard": switchboard, "seat": seat, "answered_at": instant(at)}
            for switchboard, seat, at in row.seats
        ],
        "queues": [
            {"switchboard": switchboard, "queue": queue, "wait_s": wait_s, "answered_at": instant(at)}
            for switchboard, queue, wait_s, at in row.queues
        ],
        "transfers": list(transfers_of(row, reader)),
        "owner": row.owner,
        "organisations": list(row.organisations or (row.home,)),
        "changed_at": instant(row.at),
        "changed_by": row.by,
        "ended_at": instant(row.ended_at),
    }


_CHANGES_ALWAYS = ("version", "changed_at", "changed_by")


def history_view(
    rows: Sequence[ContextRow], *, full: bool = False, hidden: bool = False, whole: bool = False, reader: str = ""
) -> list[View]:
    """Changes with author and instant, oldest first; ``by`` is empty where the call itself did. Masked as the context is."""
    views = [context_view(row, full=full, hidden=hidden, whole=whole, reader=reader) for row in rows]
    before: View = dict.fromkeys(views[0]) if views else {}
    shown = []
    for row, after in zip(rows, views, strict=True):
        changes = [
            {"field": name, "before": before[name], "after": value}
            for name, value in after.items()
            if name not in _CHANGES_ALWAYS and value != before[name]
        ]
        shown.append({"version": row.version, "at": instant(row.at), "by": row.by, "changes": changes})
        before = after
    return shown


def search_view(given: Mapping[str, Any]) -> dict[str, str]:
    """The conditions of a search that were given, for the audit log: whose data it was, telephone numbers masked."""
    shown: dict[str, Callable[[Any], str]] = {
        "number": lambda number: mask(dialled(number)),
        "tail": lambda tail: tail[-4:].rjust(len(tail), "*"),
        "text": mask_text,
        "since": _at,
        "until": _at,
    }
    return {name: shown.get(name, str)(value) for name, value in given.items() if value not in ("", 0.0, 9e99)}


def _at(at: float) -> str:
    try:
        return instant(at) or ""
    except (ValueError, OverflowError, OSError):  # no calendar has such a year
        return str(at)


def unverified(world: World, call: Call) -> list[str]:
    """Switchboards to which a leg of this call has come with an id that is not believed."""
    arrivals = [arrival for arrival in world.arrivals.values() if arrival.problem]
    legs = [(arrival, world.legs.get(arrival.origin)) for arrival in arrivals]
    return [arrival.switchboard for arrival, leg in legs if leg is not None and leg.caller_uid == call.uid]


def shown_number(row: ContextRow) -> str:
    """Caller's number, masked as wherever nobody has asked for all of it: whole stars for one who wishes confidence."""
    return number_of(row, hidden=row.said.confidential)
