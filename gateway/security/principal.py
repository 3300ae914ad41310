"""The principal: a token's holder, and what it may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SCOPES = ("read", "full", "edit", "transfer", "supervise", "admin")
"""Scopes that a token may have: to read, masked; to read in full for a purpose; to edit contexts; to begin transfers and to act in
them; to see the seats of every switchboard; everything."""


OneSeat = tuple[str, str]
"""Switchboard and seat of a token that acts for this seat alone."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a token. ``switchboard`` empty: of no switchboard, for all; ``seat`` empty: any of that switchboard. ``id`` is that of the token,
    by which what was made with it is bound to it."""

    name: str
    scopes: frozenset[str]
    switchboard: str = ""
    seat: str = ""
    id: str = ""

    @property
    def one_seat(self) -> OneSeat | None:
        """The seat that this holder acts for; None for one who acts for any."""
        return (self.switchboard, self.seat) if self.seat else None

    def may(self, scope: str) -> bool:
        """True where the token allows it."""
        return scope in self.scopes or "admin" in self.scopes

    def owns(self, owner: str) -> bool:
        """True where this holder may speak for the organisation that owns a matter."""
        return self.switchboard in ("", owner)

    def sees(self, organisations: Iterable[str] | None) -> bool:
        """True where what belongs to these organisations (None: to all) is for this holder."""
        return not self.switchboard or organisations is None or self.switchboard in organisations
