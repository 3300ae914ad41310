"""Presses that have no caller, or of whose caller nothing is known here: each is answered all the same, within a moment (law 6)."""

from __future__ import annotations

from gateway.core.messages.commands import StartTimer, TakePress
from gateway.core.messages.dialplan_events import HomeAnswered, KeyPressed
from gateway.core.model.world import World
from gateway.core.turn.notifications import tell_seat
from gateway.core.values.ids import Outcome, SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import outcome_text
from gateway.core.values.timers import TimerKind

BESIDE_S = 0.5
"""A phone that joins two lines itself sends a key on both. What the other line's press comes to is known after so long, and the line
without a caller says nothing then."""
ASKED_MAX = 1000
"""Presses that wait for their home's answer: it comes within the ring time, and a site has a few of them at once."""
ANSWERS: dict[int, tuple[Outcome, Reason]] = {
    16: (Outcome.COMPLETED, Reason.CONFERENCED),
    17: (Outcome.FAILED, Reason.BUSY),
    19: (Outcome.FAILED, Reason.NO_ANSWER),
    21: (Outcome.FAILED, Reason.NO_CALLER),
}
"""Outcome and reason that the seat reads of a press that its caller's home has carried out, or refused (``onekey-from-trunk``); any other cause is the trunk's."""


def without_caller(world: World, event: KeyPressed, seat: SeatId) -> None:
    """The key was pressed in a call without a caller: the seat reads so. Where it is in another call at that moment, that one's press may
    be on its way."""
    board = world.board(event.switchboard)
    others = board.of_seat.get(seat, set()) - {event.presser}
    if not any(board.channels[uid].bridge for uid in others):
        _no_caller(world, event.switchboard, seat, event.target)
    elif abs(world.pressed_at.get((board.id, seat), 0.0) - event.at) > BESIDE_S:
        timer = f"{TimerKind.LONE}:{board.id}:{seat}:{event.target}:{event.at}"
        world.out.append(StartTimer(world.next_id(), board.id, f"seat:{board.id}:{seat}", timer, BESIDE_S))


def still_lone(world: World, subject: str) -> None:
    """The other line has had its time to press, too."""
    switchboard, seat, target, at = subject.split(":")
    id_, seat_id = SwitchboardId(switchboard), SeatId(seat)
    if abs(world.pressed_at.get((id_, seat_id), 0.0) - float(at)) > BESIDE_S:
        _no_caller(world, id_, seat_id, TargetId(target))


def behind_a_foreign_leg(world: World, event: KeyPressed, seat: SeatId) -> None:
    """A seat pressed whose call came over a trunk, and no caller is known behind it. If its other end is in sight and has none, that is the
    answer; else only home can know, and the dialplan asks it."""
    home = next((board for board in world.boards.values() if event.origin in board.channels), None)
    if home is None or not home.connected:
        world.asked_home[event.press] = (event.switchboard, seat, event.target)
        while len(world.asked_home) > ASKED_MAX:
            del world.asked_home[next(iter(world.asked_home))]
        return
    taken = TakePress(
        world.next_id(),
        event.switchboard,
        event.caller_uid,
        press=event.press,
        caller=event.caller,
        settled=True,
        joined=False,
    )
    world.out.append(taken)
    _no_caller(world, event.switchboard, seat, event.target)


def home_answered(world: World, event: HomeAnswered) -> None:
    """Home has answered a press of which we know nothing more; one that we follow after all tells by itself."""
    asked = world.asked_home.pop(event.press, None)
    if asked is None or event.press in world.transfers:
        return
    switchboard, seat, target = asked
    outcome, reason = ANSWERS.get(event.cause, (Outcome.FAILED, Reason.TRUNK_DOWN))
    tell_seat(world, switchboard, seat, "", outcome_text(outcome, reason, target))


def _no_caller(world: World, switchboard: SwitchboardId, seat: SeatId, target: TargetId) -> None:
    tell_seat(world, switchboard, seat, "", outcome_text(Outcome.FAILED, Reason.NO_CALLER, target))
