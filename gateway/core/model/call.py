"""One caller's call at its home switchboard, and the context that rides along with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import NOTHING_SAID, CaseDetails, RoutingDetails
from gateway.core.values.ids import ChannelUid, PressId, SeatId, SwitchboardId
from gateway.core.values.numbers import dialled
from gateway.core.values.uui import context_id


@dataclass(slots=True, kw_only=True)
class Call:
    """A live call. ``transfer`` is the running transfer, if any."""

    home: SwitchboardId
    uid: ChannelUid
    name: str
    context: ContextRow
    transfer: PressId | None = None
    routing: RoutingDetails = RoutingDetails()
    """Details that have been recorded of its matter: a later press of the same call goes by it, too."""
    special: bool = False
    """True where rules may know more of it than of any other: its matter, or its number on a list."""
    plans: dict[str, str] = field(default_factory=dict)
    """The plans on its channel, by name: those that are not its switchboard's (``plans``)."""


def new_context(home: SwitchboardId, uid: ChannelUid, number: str, name: str, queue: str, at: float) -> ContextRow:
    """The first version of a context: what is known when a call arrives."""
    return ContextRow(
        id=context_id(home, uid),
        version=1,
        at=at,
        home=home,
        call=uid,
        caller_number=dialled(number),
        caller_name=name,
        queue=queue,
        arrived_at=at,
        wait_s=-1,
        seats=(),
        transfers=(),
        owner=home,
        ended_at=0.0,
        said=NOTHING_SAID,
        organisations=(home,),
    )


def _edited(
    old: ContextRow,
    at: float,
    *,
    wait_s: int | None = None,
    seats: tuple[tuple[SwitchboardId, SeatId, float], ...] = (),
    transfers: tuple[PressId, ...] = (),
    owner: SwitchboardId | None = None,
    ended_at: float = 0.0,
    said: CaseDetails | None = None,
    organisations: tuple[SwitchboardId, ...] = (),
    queues: tuple[tuple[SwitchboardId, str, int, float], ...] = (),
    by: str = "",
    shared: tuple[PressId, Iterable[str]] | None = None,
) -> ContextRow:
    """The next version, with what is given changed.

    Written out, because every call passes here several times and ``dataclasses.replace`` takes five times as long.
    """
    return ContextRow(
        id=old.id,
        version=old.version + 1,
        at=at,
        home=old.home,
        call=old.call,
        caller_number=old.caller_number,
        caller_name=old.caller_name,
        queue=old.queue,
        arrived_at=old.arrived_at,
        wait_s=old.wait_s if wait_s is None else wait_s,
        seats=seats or old.seats,
        transfers=transfers or old.transfers,
        owner=owner or old.owner,
        ended_at=ended_at or old.ended_at,
        said=old.said if said is None else said,
        organisations=organisations or old.organisations,
        queues=queues or old.queues,
        by=by,
        shared=old.shared if shared is None else (*old.shared, (shared[0], tuple(map(SwitchboardId, shared[1])))),
    )


def answered(
    context: ContextRow, switchboard: SwitchboardId, queue: str, seat: SeatId, wait_s: int, at: float
) -> ContextRow:
    """A seat has answered. The wait is the first seat's; the owner is the organisation that has the caller now."""
    wait = context.wait_s if context.wait_s >= 0 else wait_s
    seats = (*context.seats, (switchboard, seat, at))
    queues = (*context.queues, (switchboard, queue, wait_s, at))
    return _edited(context, at, wait_s=wait, seats=seats, queues=queues, organisations=_with(context, (switchboard,)))


def _with(context: ContextRow, organisations: Iterable[str]) -> tuple[SwitchboardId, ...]:
    known = context.organisations or (context.home,)
    return (*known, *(SwitchboardId(one) for one in dict.fromkeys(organisations) if one not in known))


def pressed(
    context: ContextRow, press: PressId, organisations: Iterable[str], sees: Iterable[str], at: float
) -> ContextRow:
    """A transfer of this matter to these organisations has begun: they may see it, from before the first ring. ``sees``: who may see the
    transfer."""
    if press in context.transfers:
        return context
    given = _with(context, organisations)
    return _edited(context, at, transfers=(*context.transfers, press), organisations=given, shared=(press, tuple(sees)))


def offered_to(context: ContextRow, organisations: Iterable[str], at: float) -> ContextRow:
    """The next rung of a ladder is rung: other organisations may see the matter, too."""
    after = _with(context, organisations)
    return context if after == context.organisations else _edited(context, at, organisations=after)


def edited(
    context: ContextRow, said: CaseDetails, by: str, at: float, owner: SwitchboardId | None = None
) -> ContextRow:
    """A person has written down what the caller said, or handed the matter over to another organisation, who may see it then."""
    organisations = _with(context, (owner,)) if owner else ()
    return _edited(context, at, said=said, by=by, owner=owner, organisations=organisations)


def owned_by(context: ContextRow, owner: SwitchboardId, at: float) -> ContextRow:
    """Another organisation has accepted the matter."""
    return _edited(context, at, owner=owner, organisations=_with(context, (owner,)))


def handed_over(
    context: ContextRow,
    press: PressId,
    seats: tuple[tuple[SwitchboardId, SeatId, float], ...],
    owner: SwitchboardId | None,
    sees: Iterable[str],
    at: float,
) -> ContextRow:
    """A phone has handed the caller over to a seat, or to ``owner``, another organisation; a colleague leaves the matter where it is."""
    organisations = _with(context, (owner,) if owner else tuple(where for where, _, _ in seats))
    new = press not in context.transfers
    return _edited(
        context,
        at,
        transfers=(*context.transfers, press) if new else context.transfers,
        seats=(*context.seats, *seats),
        owner=owner,
        organisations=organisations,
        shared=(press, sees) if new else None,
    )


def called_back(
    context: ContextRow, uid: ChannelUid, switchboard: SwitchboardId, seat: SeatId, at: float
) -> ContextRow:
    """The caller of this matter has been called back: it goes on under the channel that he has now, with the seat that called."""
    seats = (*context.seats, (switchboard, seat, at)) if seat else context.seats
    return replace(context, version=context.version + 1, at=at, call=uid, ended_at=0.0, seats=seats, by="")


def ended(context: ContextRow, at: float) -> ContextRow:
    """The caller has left; the matter lives on in the store."""
    if context.ended_at:
        return context
    return _edited(context, at, ended_at=at)
