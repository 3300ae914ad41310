"""What happened in one transfer of a campaign: everything that the checker looks at, and nothing that it must not know.

Instants are seconds since 1970. Phones tell what their people did and heard, Asterisk tells what channels did (its own event
time stamps), the gateway tells what it believes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a phone's diary: ``who`` is the phone, ``word`` as in ``simulators.phone.Phone``, or ``died``."""

    at: float
    who: str
    word: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One AMI event of a switchboard. ``data`` has its headers."""

    at: float
    side: str
    name: str
    data: dict[str, str]


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller heard nothing for ``ms``. ``ringback``: it is the pause of a ringing tone, 4 s in China. ``packets`` came all
    the same, silent ones."""

    at: float
    ms: float
    ringback: bool = False
    packets: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """Seconds that a seat was in a call, as the gateway logged and as CEL has it."""

    side: str
    seat: str
    logged_s: float
    cel_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that may have held from ``since``, when it was asked for, until ``until``, when another one had surely taken its place."""

    name: str
    value: str
    since: float = 0.0
    until: float = float("inf")


@dataclass
class History:
    """One transfer. ``targets`` are phones that a press may ring; ``several``: a rung of its ladder rings two at once."""

    number: int
    home: str
    caller: str
    targets: tuple[str, ...] = ()
    several: bool = False
    must_accept: bool = False
    watched: bool = True
    """Whether the gateway heard everything, so that its seat log must agree with CEL."""
    began: float = 0.0
    ended: float = 0.0
    lines: list[Line] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    deaths: list[tuple[str, float]] = field(default_factory=list)
    """A switchboard has died or was stopped: which, when."""
    deaf: list[tuple[float, float]] = field(default_factory=list)
    """When the gateway could not hear a switchboard, or could have missed something."""
    away: list[tuple[float, float]] = field(default_factory=list)
    """When the gateway, or what it writes, may not have come through to Asterisk: killed, frozen, a link that was broken."""
    facts: list[Told] = field(default_factory=list)
    """What rules go by, as it was made to move."""
    started: list[str] = field(default_factory=list)
    """Transfers that were started over HTTP, by id."""
    transfers: list[dict[str, Any]] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What was still there after quiet."""
    talk: list[Talk] = field(default_factory=list)
    since: float = 0.0
    """When the call began that is judged: whoever is called back has had another before. 0: ``began``."""
    unheard: list[str] = field(default_factory=list)
    """Who heard others than those with whom he was in a call, for seconds."""
    dropped: list[str] = field(default_factory=list)
    """Who was cut off beside the caller: two seats who talked."""
    stranded: str = ""
    """The caller waited although a person of his queue was free: what was seen."""
    log: list[str] = field(default_factory=list)
    """What a gateway must never log: an event that its core could not take, a traceback."""

    def say(self, at: float, who: str, word: str, detail: str = "") -> None:
        """Add a line."""
        self.lines.append(Line(at, who, word, detail))

    def ladder(self) -> list[dict[str, Any]]:
        """Everything, in order, in ms since the beginning: what a person reads to understand a violation."""
        rungs = [(line.at, line.who, f"{line.word} {line.detail}".strip()) for line in self.lines]
        for event in self.events:
            if event.name in SHOWN:
                rungs.append((event.at, f"Asterisk {event.side}", _words(event)))
        for transfer in self.transfers:
            for step in transfer.get("history", []):
                what = f"{transfer['id'][-6:]} {step.get('state')} {step.get('reason', '')}".strip()
                rungs.append((instant(step.get("at")), "gateway says", what))
        return [{"ms": round(1000 * (at - self.began)), "who": who, "what": what} for at, who, what in sorted(rungs)]


SHOWN = {"UserEvent", "Hangup", "BridgeEnter", "BridgeLeave", "Newchannel", "BlindTransfer"}


def instant(text: Any) -> float:
    """An instant as the API writes it (ISO 8601), in seconds since 1970; 0 for none."""
    return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else 0.0


def _words(event: Event) -> str:
    data = event.data
    if event.name == "UserEvent":
        parts = [f"{key}={data[key]}" for key in ("Press", "By", "Attempt", "Status", "Taken") if data.get(key)]
        return " ".join([data.get("UserEvent", ""), *parts, data.get("Channel") or data.get("Presser", "")])
    cause = f" cause {data['Cause']}" if event.name == "Hangup" else ""
    return f"{event.name} {data.get('Channel') or data.get('TransfererChannel', '')}{cause}"
