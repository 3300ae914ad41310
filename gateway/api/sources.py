"""What the API reads and whom it asks. The composition root fills it in; the API knows neither engine nor store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.api.feed import Feed

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which transfers: at most ``limit``, pressed before an instant (seconds since 1970; None: now), newest first."""

    limit: int
    before: float | None = None
    running: bool | None = None
    call: str | None = None
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class TransferWish:
    """A transfer that somebody asks for. One of ``call``, ``seat`` and ``channel`` says whose call."""

    target: str
    mode: str = ""
    call: str = ""
    seat: str = ""
    channel: str = ""
    switchboard: str = ""
    """That of the seat or channel."""
    matter: str = ""
    urgency: str = ""
    district: str = ""
    language: str = ""
    """What is recorded of the call's matter; empty: nothing new."""


@dataclass(frozen=True, slots=True)
class ButtonWish:
    """A button of a seat's desk phone."""

    action: str
    switchboard: str
    seat: str
    target: str
    mode: str
    ttl_s: int


@dataclass(frozen=True, slots=True)
class SeatWish:
    """A seat shall be paused, put back, logged in or out, or end its wrap-up. No queue: all of the seat's."""

    switchboard: str
    seat: str
    action: str
    queues: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReportWish:
    """Which report, of which time (text; None: today), by whom and in which steps."""

    name: str
    since: str | None = None
    until: str | None = None
    by: str | None = None
    step: str | None = None
    zone: str | None = None
    format: str = "json"


class Asks(Protocol):
    """What people and programs ask for. Each raises ``Problem`` where it cannot be; what it returns has begun."""

    def transfer(self, wish: TransferWish, key: str, who: str) -> View:
        """Begin a transfer; the same ``key`` (may be empty) gives the same answer."""
        ...

    def seat(self, wish: SeatWish, who: str) -> View:
        """Ask a switchboard for a seat's presence: the seat as it is now."""
        ...

    async def act(self, id_: str, action: str, word: str, who: str) -> View:
        """``cancel``, ``accept``, ``decline`` (word: the reason), ``release`` or ``resolve`` (word: the outcome)."""
        ...

    async def dial(self, id_: str, switchboard: str, seat: str, who: str) -> View:
        """A seat takes a call-back task."""
        ...

    async def drop(self, id_: str, note: str, who: str) -> View:
        """Nobody will call back, and why."""
        ...

    def button(self, wish: ButtonWish, who: str) -> tuple[str, str]:
        """A token for an action URL, and the instant when it expires."""
        ...

    def press(self, token: str, who: str) -> View:
        """A desk phone has fetched its URL: the transfer as it is now, and ``action``."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Callables, each returning the plain values of ``openapi.yaml``."""

    context: Callable[[str, bool], Awaitable[View | None]]
    """A context by id; the flag asks for the caller's full number."""
    transfer: Callable[[str], Awaitable[View | None]]
    transfers: Callable[[Listing], Awaitable[list[View]]]
    callbacks: Callable[[int, float | None, str | None, bool], Awaitable[list[View]]]
    """At most so many, made before an instant (None: now), in a state (None: any), newest first; the flag asks for full numbers."""
    calls: Callable[[], list[View]]
    seats: Callable[[], list[View]]
    switchboards: Callable[[], list[View]]
    report: Callable[[ReportWish], Awaitable[str]]
    """The report as text of its format. Raises Problem."""
    ready: Callable[[], tuple[bool, list[View]]]
    """Whether all is well, and each problem as what, where, remedy."""
    metrics: Callable[[], str]
    audit: Callable[[str, str, str], None]
    """Who read what in full, and for which purpose."""
    rules: Callable[[], View]
    """The version of the rules in force, and the last problem."""
    reload_rules: Callable[[str], Awaitable[bool]]
    """Somebody wants the rules file read again; whether it is in force."""
    feed: Feed
    asks: Asks
    public_url: str = ""
    """Where phones reach the API; empty: where the server listens."""
