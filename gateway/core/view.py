"""What people are shown: rows and models as plain dicts for the API, personal data masked unless asked for in full."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from gateway.core.commands import AnyRecord, CallbackRow, ContextRow, GapRow, SeatRow, TransferRow
from gateway.core.terms import SeatState
from gateway.core.transfer import state_name
from gateway.core.world import World

View = dict[str, Any]
NUMBER = re.compile(r"\+?\d(?:[ -]?\d){6,}")
"""A telephone number inside a name: phones send it there in many spellings."""


def instant(at: float) -> str | None:
    """An instant as ISO 8601 in UTC with milliseconds; None for 0, which means "not yet"."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at else None


def mask(number: str) -> str:
    """A number that can be recognised but not dialled: ``138****0001``. Short ones are hidden whole.

    At least four digits stay hidden: a local number, of 7 to 10 digits, shows its last three only.
    """
    if len(number) < 7:
        return "*" * len(number)
    if len(number) < 11:
        return "*" * (len(number) - 3) + number[-3:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def context_view(row: ContextRow, *, full: bool = False) -> View:
    """A call context. ``full`` shows the caller's number; the caller of this function has written the audit line."""
    return {
        "id": row.id,
        "version": row.version,
        "home": row.home,
        "call": row.call,
        "caller_number": row.caller_number if full else mask(row.caller_number),
        "caller_name": row.caller_name if full else NUMBER.sub(lambda found: mask(found[0]), row.caller_name),
        "queue": row.queue,
        "arrived_at": instant(row.arrived_at),
        "wait_s": row.wait_s if row.wait_s >= 0 else None,
        "seats": [
            {"switchboard": switchboard, "seat": seat, "answered_at": instant(at)}
            for switchboard, seat, at in row.seats
        ],
        "transfers": list(row.transfers),
        "owner": row.owner,
        "ended_at": instant(row.ended_at),
    }


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
        "note": row.note if full else NUMBER.sub(lambda found: mask(found[0]), row.note),
    }


def record_view(record: AnyRecord) -> tuple[str, View]:
    """The live feed's kind and data of a record."""
    match record:
        case ContextRow():
            return "context", context_view(record)
        case TransferRow():
            return "transfer", transfer_view(record)
        case SeatRow():
            return "seat", seat_row_view(record)
        case CallbackRow():
            return "callback", callback_view(record)
        case GapRow():
            view = {"switchboard": record.switchboard, "since": instant(record.since), "until": instant(record.until)}
            return "gap", {**view, "why": record.why}


def seats_view(world: World) -> list[View]:
    """Every seat now."""
    return [
        {
            "switchboard": switchboard,
            "seat": seat,
            "state": status.state.value,
            "since": instant(status.since),
            "call": status.call,
            "why": status.why,
        }
        for (switchboard, seat), status in sorted(world.seats.items())
    ]


def switchboards_view(world: World, at: float) -> list[View]:
    """Every switchboard now: link, seats and callers waiting."""
    views = []
    for board in world.boards.values():
        states = [status.state for (switchboard, _), status in world.seats.items() if switchboard == board.id]
        waits = [max(0.0, at - caller.joined_at) for caller in board.waiting.values()]
        views.append(
            {
                "id": board.id,
                "connected": board.connected,
                "version": board.version,
                "problem": None if board.connected else board.lost_why,
                "seats_ready": sum(state is SeatState.READY for state in states),
                "seats_total": len(states),
                "waiting": len(waits),
                "longest_wait_s": round(max(waits), 1) if waits else None,
            }
        )
    return views


def calls_view(world: World) -> list[View]:
    """Every live call."""
    views = []
    for call in world.calls.values():
        transfer = world.transfers.get(call.transfer) if call.transfer else None
        board = world.board(call.home)
        channel = board.channels.get(call.uid)
        state = "waiting" if call.uid in board.waiting else "bridged" if channel and channel.bridge else "alone"
        views.append(
            {
                "id": call.uid,
                "home": call.home,
                "caller_number": mask(call.context.caller_number),
                "state": state_name(transfer.state) if transfer is not None else state,
                "context": call.context.id,
                "transfer": transfer.id if transfer is not None else None,
                "since": instant(call.context.arrived_at),
            }
        )
    return views
