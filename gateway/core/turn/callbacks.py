"""Call-back tasks: people who hung up while a transfer was under way. One number has one open task.

A task begins when its caller hangs up, is refreshed when the same number does so again, and ends when somebody has reached that number:
by a call-back, or because the caller has called again and was handed over, or was with a person to the end.

Whoever answers a call-back is a caller as any, with the record of the matter that he wanted to speak about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.core.machines.transfer import Cancelling, Ended, Transfer
from gateway.core.messages.commands import AttachContext, CallBack, CancelTimer, StartTimer
from gateway.core.messages.dialplan_events import CallbackEnded
from gateway.core.messages.records import CallbackRow, ContextRow
from gateway.core.messages.requests import CallbackAsked, CallbackDropped
from gateway.core.model import call as calls
from gateway.core.model.call import Call
from gateway.core.model.world import World
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, SwitchboardId
from gateway.core.values.numbers import normalised
from gateway.core.values.timers import TimerKind
from gateway.core.values.uui import encode

CALLBACK_CHANNEL = "callback-"
"""Before a task's id: the unique id of the channel to the seat."""
CALLED_AGAIN = "called_again"
"""Why a task is done without a call-back."""
OPEN_MAX = 10_000
"""Open tasks of which one is found by its number; of older ones a further hang-up makes another."""


def _queue(context: ContextRow | None, switchboard: SwitchboardId) -> str:
    """The queue of this switchboard that the caller waited in last."""
    waited = [] if context is None else [row[1] for row in context.queues if row[0] == switchboard]
    return waited[-1] if waited else ""


# --- one number, one open task ------------------------------------------------------------------------------------------------


def restore(world: World, tasks: Iterable[CallbackRow]) -> None:
    """The tasks that were open when the gateway before this one ended."""
    for task in tasks:
        if task.state == "open":
            world.open_tasks[_whose(task.home, task.number, task.id)] = task


def _whose(home: SwitchboardId, number: str, task: PressId) -> tuple[SwitchboardId, str]:
    """The key of a number's task; a caller without a number has one of his own."""
    return home, normalised(number) or task


def ask_for_callback(world: World, transfer: Transfer, at: float, call: Call | None = None) -> None:
    """The caller hung up before the target was with him: somebody shall call back. Of a number that has a task already, that one says
    so: with the newest matter, target and seat. ``call``: where it has ended before."""
    call = call or world.calls.get(transfer.caller_uid)
    state = transfer.state
    if call is None or not isinstance(state, Cancelling | Ended) or state.outcome is not Outcome.CALLER_HUNG_UP:
        return
    number, reason, seat = call.context.caller_number, state.reason, transfer.transferer
    task = CallbackRow(
        id=transfer.id,
        at=at,
        home=transfer.home,
        context=transfer.context,
        number=number,
        reason=reason,
        target=transfer.target,
        seat=seat,
    )
    key = _whose(task.home, number, task.id)
    before = world.open_tasks.get(key)
    if before is not None:
        task = replace(task, id=before.id, tries=before.tries, tried_at=before.tried_at)
    elif (dialled := _dialled(world, key)) is not None:
        task = replace(task, id=dialled.id, state=dialled.state, tries=dialled.tries, tried_at=dialled.tried_at)
        world.callbacks[task.id] = task
        world.out.append(task)
        return
    _open(world, task)


def _dialled(world: World, key: tuple[SwitchboardId, str]) -> CallbackRow | None:
    """The task of this number that is being dialled just now."""
    return next((task for task in world.callbacks.values() if _whose(task.home, task.number, task.id) == key), None)


def _open(world: World, task: CallbackRow) -> None:
    world.open_tasks[_whose(task.home, task.number, task.id)] = task
    if len(world.open_tasks) > OPEN_MAX:
        del world.open_tasks[next(iter(world.open_tasks))]
    world.out.append(task)


def _closed(world: World, task: CallbackRow) -> None:
    world.open_tasks.pop(_whose(task.home, task.number, task.id), None)


def reached(world: World, call: Call) -> None:
    """This caller has been handed over, or was with a person to the end: the open task of his number is done."""
    number = normalised(call.context.caller_number)
    task = world.open_tasks.pop((call.home, number), None) if number else None
    if task is not None:
        world.out.append(replace(task, state="done", note=CALLED_AGAIN))


def callback_dropped(world: World, event: CallbackDropped) -> None:
    """Somebody has closed the task."""
    _closed(world, event.task)
    world.out.append(event.task)


# --- calling back -------------------------------------------------------------------------------------------------------------


def callback_asked(world: World, event: CallbackAsked) -> None:
    """Ring the seat, then the caller. The task is written down as dialling before anything rings: a kill dials it once."""
    task = replace(event.task, state="dialling", tries=event.task.tries + 1, tried_at=event.at)
    value = encode(task.context, 1, event.at, world.settings.signing_key)
    _closed(world, task)
    world.callbacks[task.id] = task
    if event.context is not None:
        world.matters[task.id] = event.context
    world.out.append(task)
    number, ring_s = task.number, world.settings.callback_ring_s
    world.out.append(
        CallBack(
            world.next_id(),
            event.switchboard,
            call=task.id,
            task=task.id,
            seat=event.seat,
            number=number,
            uui=value,
            ring_s=ring_s,
            queue=_queue(event.context, event.switchboard),
        )
    )
    _watch(world, event.switchboard, task.id)


def _watch(world: World, switchboard: SwitchboardId, task: PressId) -> None:
    after_s = world.settings.callback_ring_s + world.settings.transfer_grace_s
    world.out.append(StartTimer(world.next_id(), switchboard, task, TimerKind.CALLBACK.of(task), after_s))


def callback_timer(world: World, switchboard: SwitchboardId, task_id: PressId) -> None:
    """A seat that did not answer says nothing: the task is open again once its channel has gone."""
    if CALLBACK_CHANNEL + task_id in world.board(switchboard).channels:
        _watch(world, switchboard, task_id)
        return
    task = world.callbacks.pop(task_id, None)
    world.matters.pop(task_id, None)
    if task is not None:
        _open(world, replace(task, state="open", note="seat_did_not_answer"))


def callback_ended(world: World, event: CallbackEnded) -> None:
    """A caller who answered has been called back, and is a caller again; the task of one who did not stays open."""
    task = world.callbacks.pop(event.task, None)
    matter = world.matters.pop(event.task, None)
    if task is None:
        return
    timer = TimerKind.CALLBACK.of(task.id)
    world.out.append(CancelTimer(world.next_id(), event.switchboard, task.id, timer))
    if event.status != "ANSWER":
        _open(world, replace(task, state="open", note=event.status.lower()))
        return
    world.out.append(replace(task, state="done", note=event.status.lower()))
    if event.caller_uid:
        _begin(world, event, task, matter)


def _begin(world: World, event: CallbackEnded, task: CallbackRow, matter: ContextRow | None) -> None:
    """The call of somebody who was called back: his matter goes on, with its record, under the channel that he has now."""
    home, uid = event.switchboard, event.caller_uid
    seat = _seat(world, event)
    if matter is not None and matter.home == home:
        context = calls.called_back(matter, uid, home, seat, event.at)
    else:  # nobody knows the record any more, or it is another home's
        fresh = calls.new_context(home, uid, task.number, "", "", event.at)
        context = replace(fresh, seats=((home, seat, event.at),) if seat else ())
    world.calls[uid] = Call(home=home, uid=uid, name=event.caller, context=context)
    uui = encode(context.id, context.version, event.at, world.settings.signing_key)
    url = world.settings.records_url
    eido = f"{url}/{context.id}?format=eido" if url else ""
    world.out.append(AttachContext(world.next_id(), home, uid, channel=uid, uui=uui, eido=eido))
    world.out.append(context)


def _seat(world: World, event: CallbackEnded) -> SeatId:
    channel = world.board(event.switchboard).channels.get(ChannelUid(CALLBACK_CHANNEL + event.task))
    return SeatId(channel.device if channel is not None else "")
