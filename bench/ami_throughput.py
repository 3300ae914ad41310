"""AMI messages per second on one core: bare panoramisk with 12 callbacks against our link, decoder and engine, in one run.

A recorded stream of a real Asterisk is fed to the protocol objects in pieces as TCP delivers them; no socket, so that
only the work per message counts. Both sides see the same pieces, in turns, and the median of the rounds is taken.

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
from panoramisk.ami_protocol import AMIProtocol

from gateway import log, rules_file
from gateway.ami.decode import Decoder
from gateway.ami.framing import FRAME_BYTES_MAX, Framer
from gateway.ami.protocol import MendedProtocol
from gateway.core.commands import AnyCommand
from gateway.core.events import CommandSucceeded, MemberSeen, Resynced
from gateway.core.switchboard import Switchboards
from gateway.core.terms import DeviceState, SeatId, SwitchboardId
from gateway.core.world import Settings
from gateway.engine import Engine

CALLBACKS = (
    "Newchannel", "Newstate", "Rename", "Hangup", "BridgeEnter", "BridgeLeave", "QueueCallerJoin", "QueueCallerLeave",
    "AgentConnect", "QueueMemberStatus", "DeviceStateChange", "UserEvent",
)  # fmt: skip
_BANNER = b"Asterisk Call Manager/11.0.0\r\n"
_SEGMENT_BYTES = 1448  # an Ethernet segment with timestamps
_ROUNDS = 5

Feed = Callable[[bytes], None]


def measure(stream: bytes, seconds: float = 5.0) -> dict[str, float]:
    """Messages per second of both, and the ratio.

    ``stream`` begins with Asterisk's banner; ``seconds`` is for the whole run.
    """
    return asyncio.run(_measure(stream, seconds))


async def _measure(stream: bytes, seconds: float) -> dict[str, float]:
    # from behind banner and login's answer to the end of the last whole message
    body = stream[stream.index(b"\r\n\r\n") + 4 : stream.rindex(b"\r\n\r\n") + 4]
    messages = len(Framer().feed(_BANNER + body))
    pieces = list(_pieces(body))
    log.configure(stream=io.StringIO())  # encoded as in service, on no disk
    sides: dict[str, list[float]] = {"panoramisk": [], "ours": []}
    for _ in range(_ROUNDS):
        for name, rates in sides.items():
            feed, heard = _panoramisk() if name == "panoramisk" else _ours()
            rates.append(await _rate(feed, pieces, messages, seconds / _ROUNDS / 2))
            assert heard(), f"{name} has heard nothing"
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


async def _rate(feed: Feed, pieces: list[bytes], messages: int, seconds: float) -> float:
    rounds, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        for piece in pieces:
            feed(piece)
        rounds += 1
        await asyncio.sleep(0)  # commands and callbacks that are tasks get their turn, on both sides
    return rounds * messages / spent


def _panoramisk() -> tuple[Feed, Callable[[], int]]:
    manager = panoramisk.Manager(loop=asyncio.get_running_loop())
    heard: deque[str] = deque(maxlen=8)
    for name in CALLBACKS:
        manager.register_event(name, lambda _, event: heard.append(event.uniqueid))
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = manager, "utf8"
    protocol.data_received(_BANNER)
    return protocol.data_received, lambda: len(heard)


def _ours() -> tuple[Feed, Callable[[], int]]:
    decoder = Decoder(SwitchboardId("12345"), time.time)
    ids = [SwitchboardId("12345"), SwitchboardId("110")]
    core = Switchboards(ids, rules_file.load(Path("transfer_rules.yaml")), Settings(b"0" * 32))

    async def execute(command: AnyCommand) -> CommandSucceeded:
        return CommandSucceeded(command.switchboard, time.time(), command.id)

    engine = Engine(core, execute, lambda record: None)
    seats = tuple(
        MemberSeen("12345", SeatId(str(number)), DeviceState.NOT_IN_USE, paused=False) for number in range(1001, 1007)
    )
    engine.submit(Resynced(SwitchboardId("12345"), time.time(), "22.10.1", (), seats))

    def sink(frame: bytes) -> None:  # as Link._frame does
        event = decoder.decode(frame)
        if event is not None:
            engine.submit(event)

    protocol = MendedProtocol(sink, FRAME_BYTES_MAX)
    protocol.data_received(_BANNER)
    return protocol.data_received, lambda: decoder.decoded if not (decoder.malformed or engine.faults) else 0


if __name__ == "__main__":
    for path in sys.argv[1:] or ["tests/ami/recorded/switchboard_12345.ami"]:
        print(path, json.dumps(measure(Path(path).read_bytes())))
