"""What people are shown: rows and models as plain dicts for the API, personal data masked unless asked for in full."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.core.machines.transfer import state_name
from gateway.core.messages.commands import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.model.belongs import organisations, transfer_organisations, transfers_of
from gateway.core.model.call import Call
from gateway.core.model.world import SeatStatus, World
from gateway.core.queries.capacity import NO_FORECASTS, Capacity, Forecast, capacities
from gateway.core.values import telephone
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.core.values.numbers import SHORT_DIGITS, bare_number, blanked

View = dict[str, Any]


def instant(at: float) -> str | None:
    """An instant as ISO 8601 in UTC with milliseconds; None for 0, which means "not yet"."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at else None


TAIL_SHOWN_MAX = 4
"""Digits at the end of a number that a mask shows at most."""


def mask(number: str) -> str:
    """A number that can be recognised but not dialled: ``138****0001``. Short ones are hidden whole.

    At least four digits stay hidden: a local number, of 7 to 10 digits, shows its last three only.
    """
    if len(number) < 7:
        return "*" * len(number)
    if len(number) < 11:
        return "*" * (len(number) - 3) + number[-3:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_text(text: str, own: str = "", *, whole: bool = False) -> str:
    """A person's text with every telephone number in it masked, and ``own`` in whatever spelling. ``whole`` as in ``telephone.spans``."""
    for first, end in reversed(telephone.spans(text, whole=whole)):
        text = text[:first] + mask(text[first:end]) + text[end:]
    return blanked(text, own) if len(own) >= SHORT_DIGITS else text


def search_view(given: Mapping[str, Any]) -> dict[str, str]:
    """The conditions of a search that were given, for the audit log: whose data it was, telephone numbers masked."""
    shown: dict[str, Callable[[Any], str]] = {
        "number": lambda number: mask(re.sub(r"[^0-9+]", "", number)),
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


PLACE_CHARS = 6
"""What is shown of a place to those who have not asked for it in full: the street, not the door."""


def mask_place(place: str) -> str:
    """The beginning of a place: ``南开区长江道…``."""
    return place if len(place) <= PLACE_CHARS else place[:PLACE_CHARS] + "…"


_IN_A_NAME = re.compile(r"(?<!\d)(?:(?:00|\+)?86)?(?:1[3-9]\d{9}|0\d{9,11})(?!\d)")
"""A mobile number, or a landline with its area code, in the name of a file; instants and Asterisk's ids have other lengths."""


def _without(reference: str, own: str) -> str:
    """With each place masked where these digits stand one after the other, with nothing or a separator between.

    No pattern is made of the number: every context has another, and compiling one takes longer than all the rest.
    """
    places = [n for n, character in enumerate(reference) if character in "0123456789"]
    digits = "".join(reference[n] for n in places)
    begin = digits.find(own)
    while begin >= 0:
        first, last = places[begin], places[begin + len(own) - 1]
        spelt = reference[first : last + 1]
        if all(character in "0123456789-_. " for character in spelt):
            reference = reference[:first] + mask(spelt) + reference[last + 1 :]
        begin = digits.find(own, begin + len(own))
    return reference


def mask_reference(reference: str, number: str, *, full: bool = False, hidden: bool = False) -> str:
    """A reference to a recording, without telephone numbers: switchboards name files after who called.

    The caller's own number is found also inside longer runs of digits and with separators; where it is ``hidden`` no digit of it
    stays, in a ``full`` reading either.
    """
    if hidden:
        reference = blanked(reference, number)
    elif not full and len(own := bare_number(number)) >= SHORT_DIGITS:
        reference = _without(reference, own)
    return reference if full else _IN_A_NAME.sub(lambda found: mask(found[0]), reference)


def summary_of(row: ContextRow, *, full: bool = False, hidden: bool = False) -> str:
    """What was written down, without telephone numbers unless in ``full``; of the caller's own, where it is ``hidden``, no digit."""
    summary = blanked(row.said.summary, row.caller_number) if hidden else row.said.summary
    return summary if full else mask_text(summary, row.caller_number)


def location_of(row: ContextRow, *, full: bool = False, hidden: bool = False) -> str:
    """The place, or its beginning; a number that stands there as in ``summary_of``."""
    place = blanked(row.said.location, row.caller_number) if hidden else row.said.location
    return place if full else mask_place(mask_text(place, row.caller_number))


def _name_of(row: ContextRow, full: bool, hidden: bool) -> str:
    """Many phones send the number as the name."""
    name = blanked(row.caller_name, row.caller_number) if hidden else row.caller_name
    return name if full and not hidden else mask_text(name, row.caller_number)


def _code_of(code: str, row: ContextRow, full: bool, hidden: bool) -> str:
    """A case number or a matter's code. Its digits stay, unless somebody has written a telephone number in its place."""
    code = blanked(code, row.caller_number) if hidden else code
    return code if full else mask_text(code, row.caller_number, whole=True)


def context_view(row: ContextRow, *, full: bool = False, hidden: bool = False, reader: str = "") -> View:
    """A call context. ``full`` shows number, place and coordinates; the caller of this function has written the audit line.
    ``hidden``: the caller wants the number kept from this reader, who then sees no digit of it, full or not. ``reader`` is the switchboard
    of whoever reads (empty: of any); transfers that are not its own are not named."""
    said = row.said
    number = "*" * len(row.caller_number) if hidden else row.caller_number if full else mask(row.caller_number)
    return {
        "id": row.id,
        "version": row.version,
        "home": row.home,
        "call": row.call,
        "full": full,
        "caller_number": number,
        "caller_name": _name_of(row, full, hidden),
        "confidential": said.confidential,
        "language": said.language,
        "location": location_of(row, full=full, hidden=hidden),
        "district": said.district,
        "longitude": said.longitude if full else None,
        "latitude": said.latitude if full else None,
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


def hidden_from(row: ContextRow, switchboard: str, excepted: bool) -> bool:
    """Whether the caller's number is kept from a switchboard (empty: from nobody's): the caller's wish, beyond the home and
    those who are excepted."""
    return row.said.confidential and bool(switchboard) and switchboard != row.home and not excepted


_CHANGES_ALWAYS = ("version", "changed_at", "changed_by")


def history_view(
    rows: Sequence[ContextRow], *, full: bool = False, hidden: bool = False, reader: str = ""
) -> list[View]:
    """Who changed what and when, oldest first; ``by`` is empty where the call itself did. Masked as the context is."""
    views = [context_view(row, full=full, hidden=hidden, reader=reader) for row in rows]
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


def transfer_view(row: TransferRow) -> View:
    """A transfer with its history."""
    return {
        "id": row.id,
        "home": row.home,
        "call": row.call,
        "context": row.context,
        "transferer": {"switchboard": row.transferer_switchboard, "seat": row.transferer},
        "target": row.target,
        "mode": row.mode,
        "by": row.by,
        "state": row.state,
        "outcome": row.outcome.value if row.outcome is not None else None,
        "reason": row.reason,
        "pressed_at": instant(row.pressed_at),
        "ringing_at": instant(row.ringing_at),
        "answered_at": instant(row.answered_at),
        "ended_at": instant(row.ended_at),
        "history": [{"at": instant(at), "state": state, "reason": reason} for at, state, reason in row.history],
        "organisations": transfer_organisations(row),
    }


def seat_row_view(row: SeatRow) -> View:
    """One change of one seat."""
    return {
        "switchboard": row.switchboard,
        "seat": row.seat,
        "at": instant(row.at),
        "from": row.before.value,
        "to": row.after.value,
        "why": row.why,
        "call": row.call,
    }


def callback_view(row: CallbackRow, *, full: bool = False) -> View:
    """A call-back task. ``full`` shows the number; the caller of this function has written the audit line."""
    return {
        "id": row.id,
        "at": instant(row.at),
        "home": row.home,
        "context": row.context,
        "number": row.number if full else mask(row.number),
        "reason": row.reason,
        "target": row.target,
        "seat": row.seat,
        "state": row.state,
        "tries": row.tries,
        "tried_at": instant(row.tried_at),
        "note": row.note if full else mask_text(row.note),
    }


def queue_row_view(row: QueueRow) -> View:
    """How a wait ended. Seconds with three decimals; ``wait_s`` is None where nobody saw the end."""
    return {
        "switchboard": row.switchboard,
        "queue": row.queue,
        "call": row.call,
        "joined_at": instant(row.joined_at),
        "left_at": instant(row.left_at),
        "wait_s": round(row.left_at - row.joined_at, 3) if row.left_at else None,
        "how": row.how,
        "seat": row.seat,
    }


def record_view(record: AnyRecord, reader: str = "") -> tuple[str, View]:
    """The live feed's kind and data of a record, for a reader of this switchboard (empty: of any)."""
    match record:
        case ContextRow():
            return "context", context_view(record, hidden=record.said.confidential, reader=reader)
        case TransferRow():
            return "transfer", transfer_view(record)
        case SeatRow():
            return "seat", seat_row_view(record)
        case CallbackRow():
            return "callback", callback_view(record)
        case QueueRow():
            return "queue_call", queue_row_view(record)
        case GapRow():
            view = {"switchboard": record.switchboard, "since": instant(record.since), "until": instant(record.until)}
            return "gap", {**view, "why": record.why}


def seats_view(world: World) -> list[View]:
    """Every seat now."""
    return [_seat(*key, status) for key, status in sorted(_known(world).items())]


def seat_view(world: World, switchboard: SwitchboardId, seat: SeatId, at: float) -> View:
    """One seat now; one that no queue knows yet is unknown."""
    status = _known(world).get((switchboard, seat)) or SeatStatus(SeatState.UNKNOWN, at)
    return _seat(switchboard, seat, status)


def _seat(switchboard: SwitchboardId, seat: SeatId, status: SeatStatus) -> View:
    return {
        "switchboard": switchboard,
        "seat": seat,
        "state": status.state.value,
        "since": instant(status.since),
        "call": status.call,
        "why": status.why,
    }


def _known(world: World) -> dict[tuple[SwitchboardId, SeatId], SeatStatus]:
    """Every seat; of one that had logged out of a switchboard which is not heard, nobody knows whether it is back (law 7)."""
    dark = {board.id: board for board in world.boards.values() if not board.connected}
    return {
        key: SeatStatus(SeatState.UNKNOWN, dark[key[0]].seen_at, "", dark[key[0]].lost_why)
        if key[0] in dark and status.state is not SeatState.UNKNOWN
        else status
        for key, status in world.seats.items()
    }


def switchboards_view(world: World, at: float, forecasts: Mapping[str, Forecast] = NO_FORECASTS) -> list[View]:
    """Every switchboard now: link, seats and callers waiting."""
    now = capacities(world, at, forecasts)
    return [
        {
            "id": board.id,
            "connected": board.connected,
            "version": board.version,
            "problem": None if board.connected else board.lost_why,
            "seats_drift": board.drift,
            "checked_at": instant(board.checked_at),
            **capacity_view(now[board.id]),
        }
        for board in world.boards.values()
    ]


def capacity_view(now: Capacity) -> View:
    """Answering capacity of one switchboard. Seconds and erlang with few decimals; what is not known is None."""
    return {
        "seats_ready": now.ready,
        "seats_ringing": now.ringing,
        "seats_on_call": now.on_call,
        "seats_wrap_up": now.wrap_up,
        "seats_paused": now.paused,
        "seats_total": now.total,
        "waiting": now.waiting,
        "longest_wait_s": now.longest_wait_s,
        "expected_wait_s": _rounded(now.expected_wait_s, 1),
        "arrivals_30m": now.arrivals,
        "handle_avg_s": _rounded(now.handle_s, 1),
        "load_erlang": _rounded(now.load, 2),
        "seats_needed": now.needed,
        "seats_needed_by": now.basis,
        "seats_short": now.short,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _shown_number(row: ContextRow) -> str:
    return "*" * len(row.caller_number) if row.said.confidential else mask(row.caller_number)


def _unverified(world: World, call: Call) -> list[str]:
    """Switchboards to which a leg of this call has come with an id that is not believed."""
    arrivals = [arrival for arrival in world.arrivals.values() if arrival.problem]
    legs = [(arrival, world.legs.get(arrival.origin)) for arrival in arrivals]
    return [arrival.switchboard for arrival, leg in legs if leg is not None and leg.caller_uid == call.uid]


Sees = Callable[[frozenset[str] | None], bool]
"""Whether a reader sees what belongs to these organisations (None: to all)."""


def sees_all(_organisations: frozenset[str] | None) -> bool:
    """A reader who sees everything."""
    return True


def calls_view(world: World, sees: Sees = sees_all) -> list[View]:
    """Every live call that a reader sees; a transfer of it only where it is the reader's as well."""
    views = []
    for call in world.calls.values():
        if not sees(organisations(call)):
            continue
        transfer = world.transfers.get(call.transfer) if call.transfer else None
        if transfer is not None and not sees(organisations(transfer)):
            transfer = None
        board = world.board(call.home)
        channel = board.channels.get(call.uid)
        state = "waiting" if call.uid in board.waiting else "bridged" if channel and channel.bridge else "alone"
        views.append(
            {
                "id": call.uid,
                "home": call.home,
                "caller_number": _shown_number(call.context),
                "state": state_name(transfer.state) if transfer is not None else state,
                "context": call.context.id,
                "organisations": list(call.context.organisations),
                "transfer": transfer.id if transfer is not None else None,
                "unverified": _unverified(world, call),
                "record": "here",
                "since": instant(call.context.arrived_at),
            }
        )
    return [*views, *(view for view in _from_elsewhere(world) if sees(frozenset(view["organisations"])))]


def _from_elsewhere(world: World) -> list[View]:
    """Callers who live on a switchboard that is not attached, and are put through to one that is."""
    views = []
    for arrival in world.arrivals.values():
        board = world.board(arrival.switchboard)
        if world.call_behind(board, arrival.uid) is not None:
            continue
        row = world.received.get(arrival.context)
        channel = board.channels.get(arrival.uid)
        record = "here" if row is not None else "unverified" if arrival.problem else "none"
        if row is None and arrival.context:  # asked of another home, or of ours whose leg it is
            comes = world.settings.records_come or any(
                one.context.id == arrival.context for one in world.calls.values()
            )
            record = "on_its_way" if comes else record
        views.append(
            {
                "id": arrival.uid,
                "home": row.home if row is not None else None,
                "caller_number": _shown_number(row) if row is not None else "",
                "state": "bridged" if channel is not None and channel.bridge else "waiting",
                "context": arrival.context or None,
                "organisations": [arrival.switchboard],
                "transfer": None,
                "unverified": [arrival.switchboard] if arrival.problem else [],
                "record": record,
                "since": instant(channel.created_at) if channel is not None else None,
            }
        )
    return views
