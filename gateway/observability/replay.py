"""A tape, read again: the core decides anew, and what differs is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import structlog

from gateway.core.messages.commands import AnyCommand
from gateway.core.messages.events import EVENT_TYPES
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, SeatRow, TransferRow
from gateway.core.switchboard import Switchboards
from gateway.core.values.ids import ChannelUid

log = structlog.get_logger("tape")

MADE: dict[str, Any] = {cls.__name__: cls for cls in (*AnyCommand.__args__, *AnyRecord.__args__)}
"""Commands and records by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A gateway began, with what its store said had not ended."""

    transfers: tuple[TransferRow, ...]
    contexts: tuple[ContextRow, ...]
    rules: str = ""
    """The text of the rules file; empty on tapes from before it was kept."""
    seats: tuple[SeatRow, ...] = ()
    seen: dict[str, float] = field(default_factory=dict)
    waiting: tuple[ChannelUid, ...] = ()
    """Calls whose wait in a queue was not over; empty on tapes from before it was kept."""
    tasks: tuple[CallbackRow, ...] = ()
    """Open call-back tasks; empty on tapes from before they were kept."""


def read(*paths: Path) -> Iterator[tuple[str, object]]:
    """The values of a tape, in order; of several days, oldest first, as one. A line that a kill -9 has cut off is passed over;
    it is the last of its gateway's."""
    for path in paths:
        with path.open("rb") as file:
            for line in file:
                try:
                    entry = msgspec.json.decode(line)
                    name = entry["type"]
                    kind = entry["kind"]
                    cls = Start if kind == "start" else EVENT_TYPES[name] if kind == "event" else MADE[name]
                    yield kind, msgspec.convert(entry["value"], cls)
                except (ValueError, KeyError, AttributeError, TypeError):  # msgspec's own errors are ValueErrors
                    log.warning("tape_line_damaged", path=str(path))


def compare(path: Path, make: Callable[[Start], Switchboards], *later: Path) -> list[str]:
    """Replay a tape, each gateway's life from its start, over the ``later`` days too. Returns a line for each decision that came
    out otherwise. A day that begins within a gateway's life is replayed behind the day in which it started.

    What a killed gateway did not write any more of its last event is no difference.
    """
    different: list[str] = []
    core: Switchboards | None = None
    made: list[object] = []
    event: object = None
    for kind, value in read(path, *later):
        if isinstance(value, Start):
            core, made = make(value), []
        elif kind == "event" and core is not None:
            different += [f"{event}: now also {item}" for item in made]
            event = value
            made = list(core.step(value))  # type: ignore[arg-type]  # every class of EVENT_TYPES is in the union
        elif value in made:
            made.remove(value)
        elif core is not None:
            different.append(f"{event}: then {value}, not now")
    return different
