"""A gateway may begin to listen at any event of a recorded stream: in the end it knows the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.ami.decode import Decoder
from gateway.ami.framing import Framer
from gateway.core.machines.transfer import Ended
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import Resynced
from gateway.core.model.settings import Settings
from gateway.core.switchboard import Switchboards
from gateway.core.values.ids import SeatState, SwitchboardId
from tests.core.plays import KEY, RULES, Play

RECORDED = Path(__file__).parent / "recorded"
SIDES = ("12345", "110")
STREAMS = tuple((stream, side) for stream in ("switchboard", "modes") for side in SIDES)


def events_of(stream: str, side: str) -> list[AnyEvent]:
    """A recorded stream of one switchboard, decoded."""
    framer, decoder = Framer(), Decoder(SwitchboardId(side), lambda: 0.0)
    frames = framer.feed((RECORDED / f"{stream}_{side}.ami").read_bytes())
    return [event for frame in frames if (event := decoder.decode(frame)) is not None]


def end_state(side: str, events: list[AnyEvent]) -> tuple[object, ...]:
    """What a core knows that hears an empty switchboard's snapshot and then these events."""
    board = SwitchboardId(side)
    core = Switchboards([board], RULES, Settings(signing_key=KEY, wrap_up_s={}))
    core.step(Resynced(board, 0.0, version="22.10.1", channels=(), members=Play().members[board]))
    for event in events:
        core.step(event)
    world = core.world
    running = [press for press, transfer in world.transfers.items() if not isinstance(transfer.state, Ended)]
    busy = [seat for seat, status in world.seats.items() if status.state in (SeatState.TALK, SeatState.RINGING)]
    here = world.board(board)
    return (len(here.channels), len(here.bridges), len(here.waiting), len(world.calls), running, busy)


@pytest.mark.parametrize(("stream", "side"), STREAMS)
def test_every_suffix_of_a_recorded_stream_ends_in_the_same_state(stream: str, side: str) -> None:
    """From whichever event on it listens, at the end there is no channel, bridge, call, running transfer or busy seat."""
    events = events_of(stream, side)
    assert len(events) > 40
    whole = end_state(side, events)
    assert whole == (0, 0, 0, 0, [], [])
    different = [start for start in range(len(events)) if end_state(side, events[start:]) != whole]
    assert different == []
