"""Queues and their members: a caller arrives, waits, is answered; a seat's place and phone change."""

from __future__ import annotations

from gateway.core.messages.commands import AttachContext
from gateway.core.messages.queue_events import (
    DeviceChanged,
    MemberChanged,
    MemberRemoved,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
)
from gateway.core.messages.snapshots import CallerWaiting, MemberSeen
from gateway.core.model import call as calls
from gateway.core.model.board import Board
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.turn import plans, queue_waits
from gateway.core.turn.incoming_legs import (
    warn_seat,
)
from gateway.core.turn.seats import (
    given_by,
    log_out,
    review,
)
from gateway.core.values.ids import ChannelUid
from gateway.core.values.uui import encode


def queue_changed(world: World, board: Board, event: QueueJoined | QueueLeft | QueueAbandoned | QueueAnswered) -> None:
    """A caller waits in a queue, or no longer."""
    match event:
        case QueueJoined():
            board.waiting[event.channel] = CallerWaiting(event.queue, event.channel, event.at)
            arrived(
                world,
                board,
                uid=event.channel,
                name=event.channel_name,
                queue=event.queue,
                at=event.at,
                number=event.caller_number,
                caller=event.caller_name,
            )
            queue_waits.joined(world, board, event)
        case QueueLeft():
            board.waiting.pop(event.channel, None)
            queue_waits.left(world, board, event)
        case QueueAbandoned():
            board.waiting.pop(event.channel, None)
            queue_waits.given_up(world, board, event)
        case QueueAnswered():
            queue_waits.answered(world, board, event)
            given_by(world, board, event)
            call = world.call_behind(board, event.channel)
            warn_seat(world, board, event)
            if call is not None:
                call.context = calls.answered(call.context, board.id, event.queue, event.seat, event.wait_s, event.at)
                world.out.append(call.context)


def arrived(
    world: World, board: Board, uid: ChannelUid, name: str, queue: str, at: float, number: str = "", caller: str = ""
) -> None:
    """A citizen is about to wait: his matter gets its context, and his channel its signed id, before anyone's phone rings. Where the
    dialplan does not say so, his joining the queue does, and the first phone may ring without the id."""
    channel = board.channels.get(uid)
    if uid in world.calls or uid in world.arrivals:
        return
    if channel is None or not channel.is_citizen:
        return
    number, caller = number or channel.caller_number, caller or channel.caller_name
    context = calls.new_context(board.id, uid, number, caller, queue, at)
    world.calls[uid] = Call(home=board.id, uid=uid, name=name, context=context)
    uui = encode(context.id, context.version, at, world.settings.signing_key)
    url = world.settings.records_url
    eido = f"{url}/{context.id}?format=eido" if url else ""
    world.out.append(AttachContext(world.next_id(), board.id, uid, channel=uid, uui=uui, eido=eido))
    world.out.append(context)
    plans.call_changed(world, world.calls[uid], at)


def member_changed(world: World, board: Board, event: MemberChanged | MemberRemoved | DeviceChanged) -> None:
    """A seat joins or leaves a queue, pauses, or its phone changes."""
    match event:
        case MemberChanged():
            said = MemberSeen(
                queue=event.queue,
                seat=event.seat,
                device=event.device,
                paused=event.paused,
                pause_reason=event.pause_reason,
                of_phone=event.of_phone,
                name=event.name,
            )
            if board.set_member(said):
                review(world, board, event.seat, event.at, "member_changed")
        case MemberRemoved():
            log_out(world, board, event.seat, event.queue, event.at)
        case DeviceChanged():
            if board.set_phone(event.seat, event.device):
                review(world, board, event.seat, event.at, f"device_{event.device}")
