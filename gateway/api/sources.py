"""What the API reads and whom it asks. The composition root fills it in; the API knows neither engine nor store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.api.feed import Feed
from gateway.contexts.formats.work_order import NO_FORM, Form
from gateway.contexts.imports import Told

View = dict[str, Any]

SCOPES = ("read", "full", "edit", "transfer", "supervise", "admin")
"""What a token may allow: to read, masked; to read in full for a purpose; to edit contexts; to begin transfers and to act in
them; to see the seats of every switchboard; everything."""


OneSeat = tuple[str, str]
"""Switchboard and seat of a token that acts for this seat alone."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks. ``switchboard`` empty: of no switchboard, for all; ``seat`` empty: any of that switchboard. ``id`` is that of the token,
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
        """Whether the token allows it."""
        return scope in self.scopes or "admin" in self.scopes

    def owns(self, owner: str) -> bool:
        """Whether this holder may speak for the organisation that owns a matter."""
        return self.switchboard in ("", owner)

    def sees(self, organisations: Iterable[str] | None) -> bool:
        """Whether what belongs to these organisations (None: to all) is for this holder."""
        return not self.switchboard or organisations is None or self.switchboard in organisations


@dataclass(frozen=True, slots=True)
class ContextWish:
    """Which contexts, as in ``GET /v1/contexts``; instants are seconds since 1970."""

    number: str = ""
    tail: str = ""
    matter: str = ""
    district: str = ""
    seat: str = ""
    case: str = ""
    text: str = ""
    since: float = 0.0
    until: float = 9e99
    switchboard: str = ""


class DeliveryDesk(Protocol):
    """What is pushed to other platforms."""

    async def listed(self, state: str, limit: int, holder: Holder) -> list[View]:
        """Deliveries that are ``dead`` or ``waiting``, oldest first."""
        ...

    async def resend(self, id_: str, holder: Holder) -> View:
        """Try a dead letter again. Raises Problem where it is none."""
        ...


class ContextDesk(Protocol):
    """Call contexts, as a holder may see them; None and empty lists stand for "not there, or not for you"."""

    async def get(self, id_: str, full: bool, holder: Holder) -> View | None:
        """One context; ``full`` shows number and place."""
        ...

    def check_leg(self, id_: str, leg: str, holder: Holder) -> None:
        """Raises Problem where a leg, by its uid at home, is none of the holder's, or is not of this context's caller."""
        ...

    async def edit(self, id_: str, version: int, patch: View, holder: Holder) -> View:
        """A merge patch by somebody who saw this version. Raises Problem, also where the version is not the newest."""
        ...

    async def bring_in(self, given: Told, home: str, holder: Holder, key: str) -> tuple[View, bool]:
        """A context of this home, by another platform, and whether it is new: with an Idempotency-Key as ``key`` a second try in the
        same words gets the one that there is. Raises Problem, also where it is there already."""
        ...

    async def merge(self, id_: str, version: int, given: Told, holder: Holder) -> tuple[View, list[View]]:
        """An edit by another platform, and what of it was not taken. Raises Problem as ``edit`` does."""
        ...

    async def history(self, id_: str, full: bool, holder: Holder) -> list[View]:
        """Who changed what and when, oldest first."""
        ...

    async def search(
        self, wish: ContextWish, limit: int, cursor: str, full: bool, holder: Holder
    ) -> tuple[list[View], str]:
        """Those that fit, newest first, and the cursor of the next page, a whole number."""
        ...

    async def trace(self, id_: str, holder: Holder) -> View | None:
        """The matter with its history, its transfers and what shares a case number with it; ``id_`` may be a transfer's."""
        ...


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
    organisation: str = ""
    """Whose transfers are counted; empty: all."""


class Asks(Protocol):
    """What people and programs ask for. Each raises ``Problem`` where it cannot be; what it returns has begun."""

    def transfer(self, wish: TransferWish, key: str, who: str, holder: Holder) -> View:
        """Begin a transfer of a call that is the holder's to move; the same ``key`` (may be empty) gives the same answer."""
        ...

    async def found(self, id_: str, holder: Holder) -> View:
        """One transfer."""
        ...

    async def seat(self, wish: SeatWish, who: str, holder: Holder) -> View:
        """Ask a switchboard for a seat's presence: the seat as it is now. Raises Problem where the switchboard refuses."""
        ...

    def targets(self, switchboard: str, seat: str, holder: Holder) -> list[View]:
        """What each press of a seat would do now."""
        ...

    async def act(self, id_: str, action: str, word: str, who: str, holder: Holder) -> View:
        """``cancel``, ``accept``, ``decline`` (word: the reason), ``release`` or ``resolve`` (word: the outcome): what is for the holder's
        side to do."""
        ...

    async def dial(self, id_: str, switchboard: str, seat: str, who: str, holder: Holder) -> View:
        """A seat takes a call-back task."""
        ...

    async def drop(self, id_: str, note: str, who: str, holder: Holder) -> View:
        """Nobody will call back, and why."""
        ...

    def button(self, wish: ButtonWish, who: str, holder: Holder) -> tuple[str, str]:
        """A token for an action URL, and the instant when it expires."""
        ...

    async def press(self, token: str, who: str) -> View:
        """A desk phone has fetched its URL: the transfer as it is now, and ``action``; of ``look``: ``lines``."""
        ...

    async def revoke(self, token: str, who: str, holder: Holder) -> None:
        """An action URL is worth nothing from now on."""
        ...


class Auditing(Protocol):
    """Who did what, about what, for which purpose, and details."""

    def __call__(self, who: str, what: str, about: str = "", purpose: str = "", **details: str) -> None: ...


async def at_once() -> None:
    """Nothing is waited for."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Callables, each returning the plain values of ``openapi.yaml``."""

    contexts: ContextDesk
    deliveries: DeliveryDesk
    transfers: Callable[[Listing, Holder], Awaitable[list[View]]]
    callbacks: Callable[[int, float | None, str | None, Holder, bool], Awaitable[list[View]]]
    """At most so many, made before an instant (None: now), in a state (None: any), newest first; the flag asks for full numbers."""
    export: Callable[[ContextWish, str, bool, Holder, Callable[[], Awaitable[None]]], Awaitable[tuple[Path, int]]]
    """The contexts that a holder may see as a file of a format, in full or masked; whoever asks removes it. The last is called
    once it is sure that the export begins, and awaited before it does. Raises Problem."""
    calls: Callable[[Holder], list[View]]
    seats: Callable[[], list[View]]
    switchboards: Callable[[Holder], list[View]]
    report: Callable[[ReportWish], Awaitable[str]]
    """The report as text of its format. Raises Problem."""
    ready: Callable[[], tuple[bool, list[View]]]
    """Whether all is well, and each problem as what, where, remedy."""
    metrics: Callable[[bool], str]
    """What Prometheus reads; the flag asks also for what is about a person."""
    audit: Auditing
    audited: Callable[[], Awaitable[None]]
    """Returns when all that was audited is durable. Raises Problem if it cannot be."""
    holder: Callable[[str], Awaitable[Holder | None]]
    """Who holds a token; None for one that is not valid."""
    received: Callable[[Mapping[str, str], bytes], Awaitable[str]]
    """Headers and body of what another platform pushes: the context's id, once it is durable. Raises Problem."""
    rules: Callable[[], View]
    """The version of the rules in force, and the last problem."""
    reload_rules: Callable[[str], Awaitable[bool]]
    """Somebody wants the rules file read again; whether it is in force."""
    feed: Feed
    asks: Asks
    heartbeat_s: float = 15.0
    """How long the live feed may be silent: proxies cut a connection that is."""
    form: Callable[[], Form] = lambda: NO_FORM
    """The work-order form in force."""
    kept: Callable[[], Awaitable[None]] = at_once
    """Returns when what was decided is durable, if the store takes anything in good time. The phones ring already."""
    public_url: str = ""
    """Where phones reach the API; empty: where the server listens."""
