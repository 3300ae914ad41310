"""Ownership of objects: the organisations that may see each. The one table of it; nothing that a request names has a say here."""

from __future__ import annotations

from typing import assert_never

from gateway.core.machines.transfer import Transfer
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.model.call import Call
from gateway.core.values.ids import PressId

Found = AnyRecord | Call | Transfer
"""Objects that a look-up can find."""


def transfer_organisations(row: TransferRow | Transfer) -> list[str]:
    """Organisations that may see a transfer: its home, the organisation that pressed, and those that it may ring."""
    ladder = [target for rung in row.ladder for target in rung.targets] or row.target.split("-")
    return list(dict.fromkeys((row.home, row.transferer_switchboard, *ladder)))


def transfers_of(row: ContextRow, switchboard: str) -> tuple[PressId, ...]:
    """The transfers of a matter that an organisation may see (empty: whoever may see all). The home sees every one."""
    if switchboard in ("", row.home):
        return row.transfers
    seen = {press for press, organisations in row.shared if switchboard in organisations}
    return tuple(press for press in row.transfers if press in seen)


def organisations(found: Found) -> frozenset[str] | None:
    """The organisations that may see what was found; None: everybody."""
    match found:
        case Call():
            return organisations(found.context)
        case ContextRow():
            return frozenset(found.organisations or (found.home,))
        case TransferRow() | Transfer():
            return frozenset(transfer_organisations(found))
        case SeatRow() | QueueRow():
            return frozenset((found.switchboard,))
        case CallbackRow():
            return frozenset((found.home,))
        case GapRow():
            return None
        case _:
            assert_never(found)
