"""After a restart or a lost link: a snapshot is the truth, and what was missed is derived from it.

First the channels that are gone become the facts that their ends would have been, then the channels that are new are
adopted with the variables that the dialplan left on them, then each running transfer is compared with what is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.core.machines.inputs import (
    LegBegan,
    NothingKnown,
    RequestFailed,
    TargetAnswered,
    TargetHungUp,
    TargetOffered,
    TargetRang,
    TransfereeHungUp,
    TransfererHungUp,
)
from gateway.core.machines.transfer import Requested
from gateway.core.messages.channel_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    HoldEnded,
    HoldStarted,
)
from gateway.core.messages.commands import CancelTimer, StartTimer
from gateway.core.messages.dialplan_events import LegStarted
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import LinkLost, Resynced
from gateway.core.messages.queue_events import (
    DeviceChanged,
    MemberChanged,
    MemberRemoved,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
)
from gateway.core.messages.records import GapRow, SeatRow, TransferRow
from gateway.core.messages.snapshots import ChannelSeen
from gateway.core.model import call as calls
from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.parts import Leg, SeatStatus
from gateway.core.model.world import World
from gateway.core.turn import kept
from gateway.core.turn import queue_waits as waits
from gateway.core.turn.incoming_legs import adopt_arrival, compare_all
from gateway.core.turn.plans import seen_on_channel
from gateway.core.turn.presses import adopt
from gateway.core.turn.seats import forget_seat, review, review_all, review_behind_trunks
from gateway.core.turn.transfers import advance
from gateway.core.values.ids import ChannelState, ChannelUid, Outcome, PressId, SeatState
from gateway.core.values.reasons import Reason
from gateway.core.values.timers import TimerKind
from gateway.core.values.uui import Signed, decode

SETTLE_S = 1.0
"""From the first event that is older than its snapshot until all of these have come: on a busy machine they are some hundred
milliseconds on their way. Where the switchboard says something newer it is known at once."""
TOLD = (
    ChannelCreated | ChannelStateChanged | ChannelHungUp | ChannelRenamed | BridgeEntered | BridgeLeft | HoldStarted | HoldEnded
    | MemberChanged | MemberRemoved | DeviceChanged | QueueJoined | QueueLeft | QueueAbandoned | QueueAnswered
)  # fmt: skip
"""Events that a switchboard tells of itself, in its own order and by its own clock."""
SET_BACK_S = 60.0
"""A snapshot that is so much older than what was seen before it: the clock was put back. Less is what two machines' clocks differ by: no gap ends
before it begins. Where the gateway itself has believed that its clock was put back, any of it is."""
SET_BACK_MAX_S = 86400.0
"""Most of what such a gap hides: a clock that was years ahead has written little, and years that are to come are not hidden for it."""
CLOCK = "clock"
"""Why nothing is known: the clock was put back."""
GATEWAY = "gateway"
"""Why nothing was seen: the gateway before this one ended, or was killed."""


def restore_seats(world: World, rows: Iterable[SeatRow], seen: Mapping[str, float]) -> None:
    """``rows`` say what each seat did last, ``seen`` when each switchboard was seen last. Both are history: until a snapshot comes
    nobody knows what a seat does (law 7)."""
    for row in rows:
        if row.switchboard in world.boards:
            world.restored_seats[(row.switchboard, row.seat)] = row
    for board in world.boards.values():
        # A row that was written later is as good a proof.
        sure = [row.at for (where, _), row in world.restored_seats.items() if where == board.id]
        if board.id in seen:
            sure.append(seen[board.id])
        if sure:
            board.seen_at, board.lost_why = max(sure), GATEWAY
    for key, row in world.restored_seats.items():
        since = row.at if row.after is SeatState.UNKNOWN else world.boards[row.switchboard].seen_at
        world.seats[key] = SeatStatus(state=SeatState.UNKNOWN, since=since, call="", why=GATEWAY)
        world.counted(row.switchboard, None, SeatState.UNKNOWN)


def resync(world: World, event: Resynced) -> None:
    """Take over a snapshot of one switchboard."""
    board = world.board(event.switchboard)
    back_s = board.seen_at - event.at
    if back_s > SET_BACK_S or (back_s > 0 and board.lost_why == CLOCK):
        _set_back(world, board, event.at)
    elif board.seen_at and back_s < 0:
        world.out.append(GapRow(board.id, board.seen_at, event.at, board.lost_why or "link"))
    # First the channels, for all that follows looks at them; callers before legs, for a leg names its caller.
    gone = board.replace(event)
    _end_restored_seats(world, board)
    world.flow(board.id).watched(board.seen_at, event.at)
    board.seen_at = event.at
    _adopt_calls(world, board, event)
    _adopt_arrivals(world, board, event)
    _adopt_legs(world, board, event)
    compare_all(world)
    waits.resync(world, board, event)
    kept.seen(world, board, event.kept)
    # Only now the dead: what they were part of has been adopted, and their ends are told to it.
    _bury(world, board, gone, event.at)
    _compare(world, board, event.at)
    _close(world, board, event.at, young_at=event.at - world.settings.transfer_grace_s)
    review_all(world, board, event.at, "snapshot")
    review_behind_trunks(world, board, event.at, "snapshot")


def _set_back(world: World, board: Board, at: float) -> None:
    """A clock was put back: from here to where it stood everything will have been written twice, and is known of neither time (law 7). No
    seat's state begins after now."""
    world.out.append(GapRow(board.id, at, min(board.seen_at, at + SET_BACK_MAX_S), CLOCK))
    board.seen_at = at
    for (board_id, _), status in world.seats.items():
        if board_id == board.id:
            status.since = min(status.since, at)


def told_again(world: World, board: Board, event: AnyEvent) -> None:
    """An event comes behind a snapshot. One that is older, held while it was taken or still on its way, changes the model only: the
    snapshot may show what it tells and what followed. The first that is newer says that all of these have come."""
    if not isinstance(event, TOLD):
        return
    if event.at >= board.snapshot_at:
        settle(world, board)
        return
    world.retold = board
    if not board.put_off:
        timer = TimerKind.SETTLE.of(board.id)
        world.out.append(StartTimer(world.next_id(), board.id, "", timer, SETTLE_S))


def link_lost(world: World, board: Board, event: LinkLost) -> None:
    """Everything about this switchboard is unknown, from the last sure moment on."""
    settle(world, board)
    board.seen_at = max(board.seen_at, event.heard_at or event.at)
    board.connected, board.lost_why = False, event.why
    review_all(world, board, board.seen_at, "link_lost")
    review_behind_trunks(world, board, board.seen_at, "link_lost")


def settle(world: World, board: Board) -> None:
    """Take the sum of the older events as the state at the snapshot. They have been seen: so the cause is not the snapshot."""
    if not board.put_off:
        return
    world.out.append(CancelTimer(world.next_id(), board.id, "", TimerKind.SETTLE.of(board.id)))
    put_off, board.put_off = sorted(board.put_off), set()
    for where, seat in put_off:
        home = world.board(where)
        if seat in home.members:
            review(world, home, seat, board.snapshot_at, "settled")
        elif (where, seat) in world.seats:
            forget_seat(world, home, seat, board.snapshot_at)


def _end_restored_seats(world: World, board: Board) -> None:
    """End the states of seats from before the gateway's end. Each lasted to the last sure moment; from there to this snapshot it is unknown, as after a
    lost link. One that had logged out, and is still no member, has stayed so."""
    for key, last in [(key, last) for key, last in world.restored_seats.items() if key[0] == board.id]:
        del world.restored_seats[key]
        if last.after is SeatState.OFFLINE and last.seat not in board.members:
            world.counted(board.id, SeatState.UNKNOWN, last.after)
            world.seats[key] = SeatStatus(state=last.after, since=last.at, call="", why=last.why)
        elif last.after is not SeatState.UNKNOWN:
            row = replace(
                last, at=board.seen_at, before=last.after, after=SeatState.UNKNOWN, why=GATEWAY, since=last.at
            )
            world.out.append(row)


def _is_leg(seen: ChannelSeen) -> bool:
    """A target leg: it has passed the fence. The far half of a Local channel carries copies of its variables."""
    return bool(seen.press) and seen.attempt > 0 and not _is_messenger(seen.name) and not seen.name.endswith(";2")


def _is_messenger(name: str) -> bool:
    """The Local channels that ring and watch; no party of a call."""
    return name.startswith(("Local/s@onekey-ring", "Local/s@onekey-words", "Local/s@onekey-release"))


def _adopt_calls(world: World, board: Board, event: Resynced) -> None:
    """Every citizen whom a queue has taken in: the channel names itself as the caller."""
    waiting = {caller.channel: caller for caller in event.waiting}
    for seen in event.channels:
        known = world.calls.get(seen.uid)
        if known is not None:
            known.name = seen.name
            seen_on_channel(known, seen.plans)
            continue
        if seen.caller_uid != seen.uid or seen.name.startswith("Local/") or board.trunk_at(seen.name):
            continue
        queue = waiting[seen.uid].queue if seen.uid in waiting else ""
        context = calls.new_context(board.id, seen.uid, seen.caller_number, seen.caller_name, queue, seen.created_at)
        world.calls[seen.uid] = call = Call(home=board.id, uid=seen.uid, name=seen.name, context=context)
        seen_on_channel(call, seen.plans)
        world.out.append(context)


def _adopt_arrivals(world: World, board: Board, event: Resynced) -> None:
    for seen in event.channels:
        if seen.origin and board.trunk_at(seen.name):
            # judged as of when it came: one that has expired since was good
            signed = decode(seen.uui, world.settings.signing_keys, seen.created_at) if seen.uui else Signed()
            # One that is known was judged when it came, and what has been said of it since stands.
            if seen.uid not in world.arrivals:
                adopt_arrival(world, board, seen.uid, seen.name, seen.origin, signed)


def _adopt_legs(world: World, board: Board, event: Resynced) -> None:
    for seen in sorted(event.channels, key=lambda channel: channel.created_at):
        if not _is_leg(seen):
            continue
        world.legs[seen.uid] = Leg(board.id, seen.uid, seen.press, seen.caller_uid)
        transfer = world.transfers.get(seen.press)
        if transfer is None:
            started = LegStarted(
                board.id,
                seen.created_at,
                press=seen.press,
                attempt=seen.attempt,
                by=seen.by,
                target=seen.target,
                uid=seen.uid,
                name=seen.name,
                caller=seen.caller,
                caller_uid=seen.caller_uid,
                plan=seen.plan,
                wanted=seen.wanted,
            )
            said = next((one for one in event.kept if one.press == seen.press), None)
            adopt(world, started, world.restored.pop(seen.press, None), said, seen.joined_at)
        if transfer is None or (transfer.running and transfer.leg != seen.uid):
            advance(world, seen.press, LegBegan(seen.uid, seen.attempt, seen.by), event.at)


def _bury(world: World, board: Board, gone: dict[ChannelUid, Channel], at: float) -> None:
    """Channels that ended unseen. The caller's end comes first: it explains the others."""
    for uid in gone:
        call = world.calls.get(uid)
        if call is not None:
            advance(world, call.transfer, TransfereeHungUp(), at)
            end_call(world, call, at)
    for press in [press for press, transfer in world.transfers.items() if transfer.running]:
        transfer = world.transfers[press]
        target_gone = transfer.leg in gone
        transferer_gone = transfer.transferer_channel in gone or transfer.transferer_leg in gone
        if target_gone and transferer_gone:
            advance(world, press, NothingKnown(), at)  # who left first is not known, and is not guessed
        elif transferer_gone:
            advance(world, press, TransfererHungUp(), at)
        elif target_gone:
            advance(world, press, TargetHungUp(0), at)
    for uid in gone:
        forget(world, uid)


def _compare(world: World, board: Board, at: float) -> None:
    """Running transfers of this home against what is left of them."""
    for press in [press for press, transfer in world.transfers.items() if transfer.running]:
        transfer = world.transfers[press]
        if transfer.home != board.id:
            _compare_far(world, board, press, at)
            continue
        if transfer.caller_uid not in board.channels:
            advance(world, press, TransfereeHungUp(), at)
            advance(world, press, NothingKnown(), at)
            continue
        leg = board.channels.get(transfer.leg)
        if leg is None:
            # A request that was lost with the link was the dialplan's; one that was not will begin its leg yet.
            waits = isinstance(transfer.state, Requested) and not transfer.leg
            advance(world, press, RequestFailed("the link was lost") if waits else NothingKnown(), at)
            continue
        # In the order in which they must have happened.
        if leg.state is ChannelState.RINGING:
            advance(world, press, TargetRang(), at)
        if board.together(leg.uid, transfer.caller_uid):
            advance(world, press, TargetAnswered(), at)
        elif leg.state is ChannelState.UP and transfer.terms.accept_s:
            advance(world, press, TargetOffered(), at)
        if not transfer.far_caller and transfer.transferer_channel not in board.channels:
            advance(world, press, TransfererHungUp(), at)


def _compare_far(world: World, board: Board, press: PressId, at: float) -> None:
    """The seat that pressed sits here: has it left meanwhile?"""
    transfer = world.transfers[press]
    if transfer.transferer_switchboard == board.id and transfer.transferer_channel not in board.channels:
        advance(world, press, TransfererHungUp(), at)


def close_restored(world: World, board: Board, at: float) -> None:
    """Close transfers that had been requested before a restart: they have had their time to begin."""
    if board.connected:
        _close(world, board, at, young_at=math.inf)


def _close(world: World, board: Board, at: float, young_at: float) -> None:
    """Close what the store says is open, and of which nothing is left: it ended while nobody watched (laws 6 and 7).

    What was requested after ``young_at`` is left open for a while.
    """
    for press, row in [(press, row) for press, row in world.restored.items() if row.home == board.id]:
        if press in world.kept:
            continue  # what became of it is known, and is written down in a moment
        if row.state == "requested" and row.pressed_at > young_at:
            # Its leg may be about to begin: the request of the gateway that died was on its way, or the dialplan rings.
            timer = TimerKind.RESTORED.of(board.id)
            world.out.append(StartTimer(world.next_id(), board.id, row.call, timer, world.settings.transfer_grace_s))
            continue
        del world.restored[press]
        outcome, reason = _outcome_unseen(row)
        history = (*row.history, (at, "ended", reason))
        world.out.append(replace(row, state="ended", outcome=outcome, reason=reason, ended_at=at, history=history))
    for call in [call for call in world.calls.values() if call.home == board.id and call.uid not in board.channels]:
        end_call(world, call, at)


def _outcome_unseen(row: TransferRow) -> tuple[Outcome, str]:
    """Outcome of a transfer that ended unseen: what was decided before the gateway died has come about, now that the leg is gone; anything else is not known."""
    if (row.state, row.reason) == ("cancelling", Reason.TAKEN_BACK):
        keeps = row.mode == "consult" and row.answered_at
        return (Outcome.FIRST_RECEIVER_KEEPS if keeps else Outcome.RETURNED), row.reason
    return Outcome.FAILED, Reason.NOT_SEEN


def end_call(world: World, call: Call, at: float) -> None:
    """The caller has left. The matter lives on in the store."""
    call.context = calls.ended(call.context, at)
    world.out.append(call.context)
    world.calls.pop(call.uid, None)
    for transfer in world.transfers.of_caller(call.uid):
        if not transfer.running:
            del world.transfers[transfer.id]


def forget(world: World, uid: ChannelUid) -> None:
    """A channel is gone from the indexes."""
    world.legs.pop(uid, None)
    world.transferers.pop(uid, None)
    world.shown.pop(uid, None)
    arrival = world.arrivals.pop(uid, None)
    if arrival is not None and world.arrival_of.get(arrival.origin) == arrival:
        del world.arrival_of[arrival.origin]
