"""Settings of the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.rules.conditions import UTC_OFFSET_S
from gateway.core.values.ids import SeatId, SwitchboardId


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Values that a site may set. Spans in seconds."""

    signing_key: bytes = field(repr=False)
    transfer_grace_s: float = 10.0
    """Time after the ring time that a leg may stay unheard of before it is given up: Asterisk ends it by itself earlier."""
    wrap_up_s: dict[str, float] = field(default_factory=dict)
    """Wrap-up by queue; Asterisk has no event for it."""
    parties_max: int = 6
    """Parties of a conference: more are no conversation, and softmix mixes each for each."""
    presses_per_minute_max: int = 30
    """Per seat. A person presses a few times a minute; a stuck key or a program gone wild must not ring 110 for ever."""
    callback_ring_s: int = 30
    """Time for which the seat that takes a call-back, and then the caller, is rung."""
    unattended_s: float = 30.0
    """Longest time for which callers may wait where no seat is there for calls, before they hear a word and supervisors are told; 0: never. A person holds
    on for about a minute; half of it is left to find somebody."""
    utc_offset_s: int = UTC_OFFSET_S
    """Local time, in which rules write hours and days."""
    signing_keys_old: tuple[bytes, ...] = field(default=(), repr=False)
    """Keys that signed before: what they signed is still believed."""

    seat_names: Mapping[tuple[SwitchboardId, SeatId], str] = field(default_factory=dict)
    """Names of the people at seats, where the site gives them; others are as the queues name them."""
    trunks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Switchboard -> endpoint -> the organisation at its other end, for those that are not called ``trunk-<its id>``."""
    records_come: bool = False
    """True where platforms of other homes give us their records: then a seat is told that one is on its way."""
    records_url: str = ""
    """Where other platforms read contexts (``https://…/v1/contexts``), for ``Call-Info``; empty: no such header."""
    media_settle_s: float = 0.5
    """From a join or a leave to the look whether everybody is sent packets (``media_watch``); 0: nobody looks."""
    media_look_s: float = 0.3
    """Time for which such a look counts: 10 packets of the slowest phones (30 ms)."""

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """The key that signs, then those that signed before."""
        return (self.signing_key, *self.signing_keys_old)
