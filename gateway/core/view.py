"""What people are shown: rows and models as plain dicts for the API, personal data masked unless asked for in full."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from gateway.core.capacity import Capacity, capacities
from gateway.core.commands import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.terms import SeatId, SeatState, SwitchboardId
from gateway.core.transfer import state_name
from gateway.core.world import SeatStatus, World

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
    """Every seat; before a switchboard's first snapshot the last row of its seats is history, not their state (law 7)."""
    dark = {board.id: board.lost_why for board in world.boards.values() if not board.connected}
    return {
        key: SeatStatus(SeatState.UNKNOWN, status.since, "", dark[key[0]])
        if key[0] in dark and status.state is not SeatState.UNKNOWN
        else status
        for key, status in world.seats.items()
    }


def switchboards_view(world: World, at: float) -> list[View]:
    """Every switchboard now: link, seats and callers waiting."""
    now = capacities(world, at)
    return [
        {
            "id": board.id,
            "connected": board.connected,
            "version": board.version,
            "problem": None if board.connected else board.lost_why,
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
        "seats_short": now.short,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


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
