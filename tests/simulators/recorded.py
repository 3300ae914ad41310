"""A stream of a real Asterisk, and one of the toy, as the same kind of list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "ami/recorded"

WARM = {
    "12345": ("press_12345.ami", 0.0, 9e9),
    "110": ("switchboard_110.ami", 1795466156.3, 1795466158.6),
}
"""Where an answered warm transfer, carried out by the dialplan, begins and ends in a recording."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its name, its header names in order, and its headers (the first of a name)."""

    name: str
    names: tuple[str, ...]
    headers: dict[str, str]

    def key(self) -> tuple[str, ...]:
        """What must be the same in both streams: who did what, in which state."""
        parts = [self.name]
        if (channel := self.headers.get("Channel")) is not None:
            parts.append(re.sub(r"-[0-9a-f]{8}(?=;|$)", "", channel))
        for name in ("ChannelState", "BridgeNumChannels", "UserEvent", "Queue", "Status"):
            if name in self.headers:
                parts.append(f"{name}={self.headers[name]}")
        return tuple(parts)


def told(frames: Iterable[bytes]) -> list[Told]:
    """Frames to events."""
    found = []
    for frame in frames:
        lines = [line.partition(": ")[::2] for line in frame.decode().split("\r\n") if line]
        if lines and lines[0][0] == "Event":
            headers: dict[str, str] = {}
            for name, value in lines:
                headers.setdefault(name, value)
            found.append(Told(headers["Event"], tuple(name for name, _ in lines), headers))
    return found


def warm(side: str) -> list[Told]:
    """The recorded warm transfer at one switchboard, carried out by the dialplan."""
    name, first, last = WARM[side]
    events = told((FOLDER / name).read_bytes().split(b"\r\n\r\n"))
    return [event for event in events if first <= float(event.headers.get("Timestamp", "0")) <= last]
