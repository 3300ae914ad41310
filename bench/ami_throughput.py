"""AMI messages per second of one core's time: bare panoramisk with 12 callbacks against our link, decoder and engine, in one run.

A recorded stream of a real Asterisk is fed to the protocol objects in pieces as TCP delivers them; no socket, so that
only the work per message counts. Both sides see the same pieces on the same kind of loop (uvloop, as in service), in
turns, and the median of the rounds is taken. Ours is the whole way of a message: link, decoder, the core's turn, its
commands as tasks, each with an answer, and its records and log lines, encoded but put on no disk (the recording's three
transfers run anew in every pass). panoramisk's is a gateway that reads one header of each event that it has asked for.

    python -m bench.ami_throughput tests/ami/recorded/switchboard_12345.ami
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import panoramisk
import uvloop
from panoramisk.ami_protocol import AMIProtocol

from gateway.ami import Link, LinkSettings
from gateway.ami.framing import FRAME_BYTES_MAX, Framer
from gateway.ami.protocol import MendedProtocol
from gateway.core.messages.answers import CommandSucceeded
from gateway.core.messages.commands import AnyCommand
from gateway.core.messages.link_events import Resynced
from gateway.core.messages.snapshots import MemberSeen
from gateway.core.model.settings import Settings
from gateway.core.switchboard import Switchboards
from gateway.core.values.ids import DeviceState, SeatId, SwitchboardId
from gateway.engine import Engine
from gateway.observability import log
from gateway.rules import file as rules_file

CALLBACKS = (
    "Newchannel", "Newstate", "Rename", "Hangup", "BridgeEnter", "BridgeLeave", "QueueCallerJoin", "QueueCallerLeave",
    "AgentConnect", "QueueMemberStatus", "DeviceStateChange", "UserEvent",
)  # fmt: skip
_BANNER = b"Asterisk Call Manager/11.0.0\r\n"
_SEGMENT_BYTES = 1448  # an Ethernet segment with timestamps
ROUNDS = 25
"""Many short ones, in turns: a neighbour on the machine disturbs both sides alike; its turns on our core are not counted."""

Feed = Callable[[bytes], None]
Heard = Callable[[], int]
"""Called when all is fed, and inside the measured time: puts an end to what waits; what has been heard, 0 after a fault."""


def measure(stream: bytes, seconds: float = 5.0) -> dict[str, float]:
    """Messages per second of both, and the ratio.

    ``stream`` begins with Asterisk's banner; ``seconds`` is for the whole run.
    """
    return uvloop.run(_measure(stream, seconds))


async def _measure(stream: bytes, seconds: float) -> dict[str, float]:
    # from behind banner and login's answer to the end of the last whole message
    body = stream[stream.index(b"\r\n\r\n") + 4 : stream.rindex(b"\r\n\r\n") + 4]
    messages = len(Framer().feed(_BANNER + body))
    pieces = list(_pieces(body))
    log.configure(stream=io.StringIO())  # encoded as in service, on no disk
    sides: dict[str, list[float]] = {"panoramisk": [], "ours": []}
    for _ in range(ROUNDS):
        for name, rates in sides.items():
            feed, heard = _panoramisk() if name == "panoramisk" else _ours()
            rates.append(await _rate(name, feed, heard, pieces, messages, seconds / ROUNDS / 2))
    ours, theirs = statistics.median(sides["ours"]), statistics.median(sides["panoramisk"])
    return {
        "ami_messages_per_s": round(ours),
        "ami_messages_per_s_panoramisk": round(theirs),
        "ami_messages_ratio_vs_panoramisk": round(ours / theirs, 2),
        "ami_message_bytes_mean": round(len(body) / messages),
    }


def _pieces(body: bytes) -> Any:
    """Mostly single segments, at times what has piled up; the same for every run."""
    rng, at = random.Random(22), 0
    while at < len(body):
        size = _SEGMENT_BYTES * rng.choice((1, 1, 1, 2, 4, 11))
        yield body[at : at + size]
        at += size


async def _rate(name: str, feed: Feed, heard: Heard, pieces: list[bytes], messages: int, seconds: float) -> float:
    rounds, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for piece in pieces:
            feed(piece)
        rounds += 1
        await asyncio.sleep(0)  # commands and callbacks that are tasks get their turn, on both sides
    assert heard(), f"{name} has heard nothing"
    return rounds * messages / (time.process_time() - start)


def _panoramisk() -> tuple[Feed, Heard]:
    manager = panoramisk.Manager(loop=asyncio.get_running_loop())
    heard: deque[str] = deque(maxlen=8)
    for name in CALLBACKS:
        manager.register_event(name, lambda _, event: heard.append(event.uniqueid))
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = manager, "utf8"
    protocol.data_received(_BANNER)
    return protocol.data_received, lambda: len(heard)


def _ours() -> tuple[Feed, Heard]:
    ids = [SwitchboardId("12345"), SwitchboardId("110")]
    core = Switchboards(ids, rules_file.load(Path("transfer_rules.yaml")), Settings(signing_key=b"0" * 32))

    async def execute(command: AnyCommand) -> CommandSucceeded:
        return CommandSucceeded(command.switchboard, time.time(), command.id)

    engine = Engine(core, execute, lambda record: None, clock=time.time)
    seats = tuple(
        MemberSeen(queue="12345", seat=SeatId(str(number)), device=DeviceState.NOT_IN_USE, paused=False)
        for number in range(1001, 1007)
    )
    engine.submit(Resynced(SwitchboardId("12345"), time.time(), version="22.10.1", channels=(), members=seats))

    link = Link(
        SwitchboardId("12345"),
        LinkSettings(host="127.0.0.1", username="bench", secret="bench"),
        engine.submit,
        time.time,
    )
    protocol = MendedProtocol(link._frame, FRAME_BYTES_MAX)
    protocol.data_received(_BANNER)

    def heard() -> int:
        engine.write_down()
        sound = not (link.counts["malformed"] or protocol.sink_errors or engine.faults)
        return min(link.counts["decoded"], engine.counts.total()) if sound else 0

    return protocol.data_received, heard


if __name__ == "__main__":
    for path in sys.argv[1:] or ["tests/ami/recorded/switchboard_12345.ami"]:
        print(path, json.dumps(measure(Path(path).read_bytes())))
