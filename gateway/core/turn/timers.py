"""Timers that have fired, by their kind."""

from __future__ import annotations

from typing import assert_never

from gateway.core.model.world import World
from gateway.core.turn import hold_music, kept, media_watch, plans, unattended
from gateway.core.turn.callbacks import (
    callback_timer,
)
from gateway.core.turn.incoming_legs import (
    leg_unknown,
    record_late,
)
from gateway.core.turn.lone_presses import still_lone
from gateway.core.turn.presses import (
    never_came_home,
)
from gateway.core.turn.resync import (
    close_restored,
    settle,
)
from gateway.core.turn.seats import (
    wrap_up_over,
)
from gateway.core.turn.transfers import time_up
from gateway.core.values import timers
from gateway.core.values.ids import ChannelUid, PressId, SwitchboardId
from gateway.core.values.timers import TimerKind


def fired(world: World, switchboard: SwitchboardId, timer: str, at: float) -> None:
    """A timer has fired. Raises ValueError for one of no kind; mypy sees that none is forgotten."""
    kind, subject = timers.read(timer)
    match kind:
        case TimerKind.TRANSFER:
            time_up(world, PressId(subject), at)
        case TimerKind.RESTORED:
            close_restored(world, world.board(switchboard), at)
        case TimerKind.CALLBACK:
            callback_timer(world, switchboard, PressId(subject))
        case TimerKind.UNATTENDED:
            unattended.unattended_timer(world, world.board(switchboard), at)
        case TimerKind.LEG:
            leg_unknown(world, ChannelUid(subject))
        case TimerKind.RECORD:
            record_late(world, ChannelUid(subject))
        case TimerKind.MUSIC:
            hold_music.sign(world, world.board(switchboard), ChannelUid(subject))
        case TimerKind.MEDIA:
            media_watch.look(world, world.board(switchboard), subject)
        case TimerKind.LONE:
            still_lone(world, subject)
        case TimerKind.PLANS:
            plans.settled(world, at)
        case TimerKind.COMPARE:
            plans.compare(world, world.board(switchboard))
        case TimerKind.HEARTBEAT:
            plans.beat(world, world.board(switchboard), at)
        case TimerKind.SENT:
            if (sent := world.sent.pop(PressId(subject), None)) is not None and sent.press not in world.transfers:
                never_came_home(world, sent)
        case TimerKind.KEPT:
            kept.read(world, world.board(switchboard))
        case TimerKind.SETTLE:
            settle(world, world.board(switchboard))
        case TimerKind.WRAP_UP:
            wrap_up_over(world, subject, at)
        case _:
            assert_never(kind)
