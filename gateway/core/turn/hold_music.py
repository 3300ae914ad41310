"""Music for a caller who is left alone with a person that holds him.

Asterisk tells hold once, to the one other party. Where three talk nobody is to hear music, and Asterisk lets the word fall; when one of them leaves
it is not told again, and the caller would hear nothing until he is resumed. The dialplan cannot ask another channel whether it holds (to read it takes that channel's
lock against its own signalling), so this is the gateway's: a leg of ours with music enters their bridge (``onekey-held``), and leaves it by itself when
this gateway gives no sign any more.
"""

from __future__ import annotations

from gateway.core.messages.commands import PlayMusic, StartTimer
from gateway.core.model.board import Board, Channel
from gateway.core.model.world import World
from gateway.core.turn.media_watch import phones_of
from gateway.core.values.ids import ChannelUid
from gateway.core.values.timers import TimerKind

SIGN_S = 1.5
"""Between two signs; the leg ends by itself after four seconds without one (``onekey-held``)."""


def look(world: World, board: Board, bridge: str) -> None:
    """Somebody has entered or left a bridge, has held or resumed: who of it hears music from now on?"""
    phones = phones_of(board, bridge)
    if len(phones) >= 3:
        for mate in phones:
            mate.untold = mate.untold or bool(mate.held)
    caller = next((mate for mate in phones if mate.uid in world.calls), None)
    if caller is None:
        return
    playing = (board.id, caller.uid) in world.music
    if _held_alone(phones, caller) != playing:
        if playing:
            _stop(world, board, caller.uid)
        else:
            _sign(world, board, caller, 1)


def sign(world: World, board: Board, uid: ChannelUid) -> None:
    """It is time for the next sign, if he is still alone with the holder."""
    beat, caller = world.music.get((board.id, uid), 0), board.channels.get(uid)
    if not beat:
        return
    if caller is not None and caller.bridge and _held_alone(phones_of(board, caller.bridge), caller):
        _sign(world, board, caller, beat + 1)
    else:
        _stop(world, board, uid)


def _held_alone(phones: list[Channel], caller: Channel) -> bool:
    """True where the only other one holds, and that was never told to one who was alone with it."""
    others = [mate for mate in phones if mate is not caller]
    return len(others) == 1 and bool(others[0].held) and others[0].untold


def _sign(world: World, board: Board, caller: Channel, beat: int) -> None:
    world.music[(board.id, caller.uid)] = beat
    order = f"{TimerKind.MUSIC}:{board.id}:{caller.uid}"  # of its own: no command of the call waits for it
    world.out.append(PlayMusic(world.next_id(), board.id, order, caller.name, beat))
    world.out.append(StartTimer(world.next_id(), board.id, order, TimerKind.MUSIC.of(caller.uid), SIGN_S))


def _stop(world: World, board: Board, uid: ChannelUid) -> None:
    del world.music[(board.id, uid)]
    if (caller := board.channels.get(uid)) is not None:
        world.out.append(PlayMusic(world.next_id(), board.id, f"{TimerKind.MUSIC}:{board.id}:{uid}", caller.name, 0))
