"""Channels and bridges of one switchboard, and the headers with which AMI shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.toy.people import Person
    from simulators.toy.switchboard import Switchboard

DOWN, RING, RINGING, UP = 0, 4, 5, 6
STATES = {DOWN: "Down", RING: "Ring", RINGING: "Ringing", UP: "Up"}
Header = tuple[str, str]
NOBODY = "<unknown>"


@dataclass(eq=False)
class Bridge:
    """Who talks with whom."""

    uid: str
    members: list[Channel] = field(default_factory=list)

    @property
    def technology(self) -> str:
        """As Asterisk names it by the number of channels."""
        return "softmix" if len(self.members) > 2 else "simple_bridge"

    def headers(self) -> list[Header]:
        """What BridgeEnter, BridgeLeave, BridgeCreate and BridgeDestroy say of it."""
        return [
            ("BridgeUniqueid", self.uid),
            ("BridgeType", "basic"),
            ("BridgeTechnology", self.technology),
            ("BridgeCreator", NOBODY),
            ("BridgeName", NOBODY),
            ("BridgeNumChannels", str(len(self.members))),
            ("BridgeVideoSourceMode", "none"),
        ]


@dataclass(eq=False)
class Channel:
    """One leg. ``far`` is what its other end is: a phone, a channel of another switchboard, or a Local half."""

    board: Switchboard
    uid: str
    name: str
    state: int
    number: str
    context: str
    exten: str
    linkedid: str
    created_at: float
    shown: str = NOBODY
    connected: str = NOBODY
    connected_name: str = NOBODY
    variables: dict[str, str] = field(default_factory=dict)
    inherited: set[str] = field(default_factory=set)
    shared: dict[str, str] = field(default_factory=dict)
    marks: dict[str, float] = field(default_factory=dict)
    """Instants (loop time) that the dialplan keeps in SHARED variables."""
    sent: dict[str, str] = field(default_factory=dict)
    """Headers of the INVITE: read where it came in, to be added where it goes out."""
    group: str = ""
    bridge: Bridge | None = None
    gone: bool = False
    held: bool = False
    """Whether its phone has put the other side on hold."""
    cause: int = 0
    phone: Person | None = None
    peer: Channel | None = None
    """The channel at the other end of a trunk, or the other half of a Local channel."""
    handlers: list[Callable[[], None]] = field(default_factory=list)
    """Hangup handlers: run while the channel still exists."""
    cleanups: list[Callable[[], None]] = field(default_factory=list)
    """What an application does when its channel goes: a queue says that its caller has left."""
    task: asyncio.Task[None] | None = None
    own: bool = True
    """Whether it has a dialplan of its own. A seat that a queue rang has none: out of its bridge, it ends."""

    @property
    def technology(self) -> str:
        """``PJSIP`` or ``Local``."""
        return self.name.partition("/")[0]

    @property
    def device(self) -> str:
        """``PJSIP/1001-0000002a`` -> ``1001``."""
        return self.name.partition("/")[2].rpartition("-")[0]

    @property
    def is_trunk(self) -> bool:
        """Whether another switchboard is behind it."""
        return self.name.startswith("PJSIP/trunk-")

    def set(self, name: str, value: str, *, inherit: bool = False) -> None:
        """A channel variable; ``inherit`` is Asterisk's ``__``."""
        self.variables[name] = value
        if inherit:
            self.inherited.add(name)

    def get(self, name: str) -> str:
        """A channel variable, empty where it is unset."""
        return self.variables.get(name, "")

    def headers(self, prefix: str = "") -> list[Header]:
        """The block that stands in every event about a channel."""
        return [
            (f"{prefix}Channel", self.name),
            (f"{prefix}ChannelState", str(self.state)),
            (f"{prefix}ChannelStateDesc", STATES[self.state]),
            (f"{prefix}CallerIDNum", self.number or NOBODY),
            (f"{prefix}CallerIDName", self.shown),
            (f"{prefix}ConnectedLineNum", self.connected),
            (f"{prefix}ConnectedLineName", self.connected_name),
            (f"{prefix}Language", "en"),
            (f"{prefix}AccountCode", ""),
            (f"{prefix}Context", self.context),
            (f"{prefix}Exten", self.exten),
            (f"{prefix}Priority", "1"),
            (f"{prefix}Uniqueid", self.uid),
            (f"{prefix}Linkedid", self.linkedid),
        ]
