"""Switchboards, seats and calls as they are now, as plain dicts for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.machines.seat import HANDLING
from gateway.core.machines.transfer import Transfer, state_name
from gateway.core.model.belongs import organisations
from gateway.core.model.board import Board
from gateway.core.model.call import Call
from gateway.core.model.parts import SeatStatus
from gateway.core.model.world import World
from gateway.core.queries.capacity import NO_FORECASTS, Capacity, Forecast, capacities
from gateway.core.values.ids import ChannelUid, SeatId, SeatState, SwitchboardId
from gateway.core.values.instants import instant
from gateway.views.contexts import shown_number, unverified
from gateway.views.plain import View


def seats_view(world: World) -> list[View]:
    """Every seat now."""
    return [_seat(world, *key, status) for key, status in sorted(_known(world).items())]


def seat_view(world: World, switchboard: SwitchboardId, seat: SeatId, at: float) -> View:
    """One seat now; one that no queue knows yet is unknown."""
    status = _known(world).get((switchboard, seat)) or SeatStatus(state=SeatState.UNKNOWN, since=at)
    return _seat(world, switchboard, seat, status)


def _seat(world: World, switchboard: SwitchboardId, seat: SeatId, status: SeatStatus) -> View:
    return {
        "switchboard": switchboard,
        "seat": seat,
        "name": world.person(switchboard, seat),
        "state": status.state.value,
        "since": instant(status.since),
        "call": status.call,
        "why": status.why,
    }


def _known(world: World) -> dict[tuple[SwitchboardId, SeatId], SeatStatus]:
    """Every seat; of one that had logged out of a switchboard which is not heard, nobody knows whether it is back (law 7)."""
    dark = {board.id: board for board in world.boards.values() if not board.connected}
    return {
        key: SeatStatus(state=SeatState.UNKNOWN, since=dark[key[0]].seen_at, call="", why=dark[key[0]].lost_why)
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


WITH_A_CALLER = (*HANDLING, SeatState.RINGING)
SEAT_OF_A_CALL = ("switchboard", "seat", "name", "state", "since")
Sees = Callable[[frozenset[str] | None], bool]
"""True where a reader sees what belongs to these organisations (None: to all)."""


def sees_all(_organisations: frozenset[str] | None) -> bool:
    """A reader who sees everything."""
    return True


def calls_view(world: World, sees: Sees = sees_all) -> list[View]:
    """Every live call that a reader sees; a transfer of it only where it is the reader's as well."""
    views = []
    with_whom = _seats_by_call(world)
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
                "caller_number": shown_number(call.context),
                "state": state_name(transfer.state) if transfer is not None else state,
                "state_since": instant(_state_since(call, board, transfer)),
                "seats": with_whom.get(call.uid, []),
                "queue": board.waiting[call.uid].queue if call.uid in board.waiting else call.context.queue,
                "target": transfer.target if transfer is not None else None,
                "context": call.context.id,
                "organisations": list(call.context.organisations),
                "transfer": transfer.id if transfer is not None else None,
                "unverified": unverified(world, call),
                "record": "here",
                "since": instant(call.context.arrived_at),
            }
        )
    return [*views, *(view for view in _from_elsewhere(world) if sees(frozenset(view["organisations"])))]


def _seats_by_call(world: World) -> dict[str, list[View]]:
    """The seats that each call rings at or is with, the longest there first."""
    found: dict[str, list[View]] = {}
    busy = ((status, key) for key, status in _known(world).items() if status.call and status.state in WITH_A_CALLER)
    for status, (switchboard, seat) in sorted(busy, key=lambda one: (one[0].since, one[1])):
        shown = _seat(world, switchboard, seat, status)
        found.setdefault(status.call, []).append({name: shown[name] for name in SEAT_OF_A_CALL})
    return found


def _seats_beside(world: World, board: Board, uid: ChannelUid) -> list[View]:
    """The seats in a channel's bridge: with a caller of whom nothing but his trunk leg is here."""
    beside = sorted(mate.device for mate in board.mates(uid) if SeatId(mate.device) in board.members)
    shown = (seat_view(world, board.id, SeatId(device), 0.0) for device in beside)
    return [{name: seat[name] for name in SEAT_OF_A_CALL} for seat in shown]


def _state_since(call: Call, board: Board, transfer: Transfer | None) -> float:
    """Since when the call is in its state; 0.0 where nobody saw that begin (law 7)."""
    if transfer is not None:
        return transfer.history[-1][0] if transfer.history else transfer.pressed_at
    if (waiting := board.waiting.get(call.uid)) is not None:
        return waiting.joined_at
    return call.context.seats[-1][2] if call.context.seats else 0.0


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
                "caller_number": shown_number(row) if row is not None else "",
                "state": "bridged" if channel is not None and channel.bridge else "waiting",
                "state_since": None,
                "seats": _seats_beside(world, board, arrival.uid),
                "queue": board.waiting[arrival.uid].queue if arrival.uid in board.waiting else "",
                "target": None,
                "context": arrival.context or None,
                "organisations": [arrival.switchboard],
                "transfer": None,
                "unverified": [arrival.switchboard] if arrival.problem else [],
                "record": record,
                "since": instant(channel.created_at) if channel is not None else None,
            }
        )
    return views
