"""Transfers, seats' changes, waits and call-back tasks as plain dicts."""

from __future__ import annotations

from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.model.belongs import transfer_organisations
from gateway.core.values.instants import instant
from gateway.core.values.numbers import mask, mask_text
from gateway.views.contexts import context_view
from gateway.views.plain import View


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
        "pressed_by": row.pressed_by.value,
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
    """End of a wait. Seconds with three decimals; ``wait_s`` is None where nobody saw the end."""
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


def record_view(record: AnyRecord, reader: str = "", *, whole: bool = False) -> tuple[str, View]:
    """The live feed's kind and data of a record, for a reader of this switchboard (empty: of any), who may see the ``whole`` place."""
    match record:
        case ContextRow():
            return "context", context_view(record, hidden=record.said.confidential, whole=whole, reader=reader)
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
