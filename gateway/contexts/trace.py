"""A matter with its history, its transfers, and the records that share a case number with it."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.messages.records import ContextRow
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.security import rights
from gateway.security.principal import Principal
from gateway.store import Store
from gateway.store.search import ContextSearch
from gateway.views.contexts import context_view, history_view
from gateway.views.plain import View
from gateway.views.records import transfer_view

Shown = Callable[[ContextRow], View]


EVERYBODY = Principal("", frozenset())
"""Reader of the store itself, from whom nothing is kept."""


async def trace(store: Store, id_: str) -> View | None:
    """The whole history of a matter in the store, for whoever may read the store itself; masked."""
    row = await store.context(id_)
    if row is None and (transfer := await store.transfer(id_)) is not None:
        row = await store.context(transfer.context)
    return await traced(store, row, context_view, EVERYBODY, DOOR_LIMITS) if row is not None else None


async def traced(store: Store, row: ContextRow, shown: Shown, principal: Principal, limits: DoorLimits) -> View:
    """Trace of a matter: its record, its history and transfers, and the records that name the same cases, each as ``shown`` makes it for a
    principal; at most as many as ``limits`` allow. Raises StoreError."""
    related: dict[str, View] = {}
    organisation = principal.switchboard
    most, of = limits.trace_transfers_max, organisation or None
    transfers = await store.transfers(most, call=row.call, organisation=of) if row.call else []
    transfers = [one for one in transfers if rights.sees(principal, one)]
    for case in row.said.cases:
        found, _ = await store.contexts(ContextSearch(case=case, organisation=organisation), limits.related_max)
        related.update(
            {other.id: shown(other) for other in found if other.id != row.id and rights.sees(principal, other)}
        )
    versions = await store.context_versions(row.id)
    return {
        "context": shown(row),
        "history": history_view(versions, hidden=row.said.confidential, reader=organisation),
        "transfers": [transfer_view(one) for one in reversed(transfers)],
        "related": list(related.values()),
    }
