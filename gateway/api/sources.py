"""What the API reads and whom it asks. The composition root fills it in; the API knows neither engine nor store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.api.feed import Feed
from gateway.contexts.formats.work_order import NO_FORM, Form
from gateway.contexts.imports import ImportedCase
from gateway.security.principal import Principal
from gateway.services.requests import (
    ButtonRequest,
    ContextQuery,
    ReportQuery,
    SeatRequest,
    TransferQuery,
    TransferRequest,
)
from gateway.views.plain import View


class DeliveryDesk(Protocol):
    """What is pushed to other platforms."""

    async def listed(self, state: str, limit: int, principal: Principal) -> list[View]:
        """Deliveries that are ``dead`` or ``waiting``, oldest first."""
        ...

    async def resend(self, id_: str, principal: Principal) -> View:
        """Try a dead letter again. Raises Problem where it is none."""
        ...


class ContextDesk(Protocol):
    """Call contexts, as a holder may see them; None and empty lists stand for "not there, or not for you"."""

    async def get(self, id_: str, full: bool, principal: Principal) -> View | None:
        """One context; ``full`` shows number and place."""
        ...

    def check_leg(self, id_: str, leg: str, principal: Principal) -> None:
        """Raises Problem where a leg, by its uid at home, is none of the holder's, or is not of this context's caller."""
        ...

    async def edit(self, id_: str, version: int, patch: View, principal: Principal) -> View:
        """A merge patch by somebody who saw this version. Raises Problem, also where the version is not the newest."""
        ...

    async def bring_in(self, given: ImportedCase, home: str, principal: Principal, key: str) -> tuple[View, bool]:
        """A context of this home, by another platform, and whether it is new: with an Idempotency-Key as ``key`` a second try in the
        same words gets the one that there is. Raises Problem, also where it is there already."""
        ...

    async def merge(self, id_: str, version: int, given: ImportedCase, principal: Principal) -> tuple[View, list[View]]:
        """An edit by another platform, and what of it was not taken. Raises Problem as ``edit`` does."""
        ...

    async def history(self, id_: str, full: bool, principal: Principal) -> list[View]:
        """Who changed what and when, oldest first."""
        ...

    async def search(
        self, wish: ContextQuery, limit: int, cursor: str, full: bool, principal: Principal
    ) -> tuple[list[View], str]:
        """Those that fit, newest first, and the cursor of the next page, a whole number."""
        ...

    async def trace(self, id_: str, principal: Principal) -> View | None:
        """The matter with its history, its transfers and what shares a case number with it; ``id_`` may be a transfer's."""
        ...


class Asks(Protocol):
    """What people and programs ask for. Each raises ``Problem`` where it cannot be; what it returns has begun."""

    def transfer(self, wish: TransferRequest, key: str, who: str, principal: Principal) -> View:
        """Begin a transfer of a call that is the holder's to move; the same ``key`` (may be empty) gives the same answer."""
        ...

    async def found(self, id_: str, principal: Principal) -> View:
        """One transfer."""
        ...

    async def seat(self, wish: SeatRequest, who: str, principal: Principal) -> View:
        """Ask a switchboard for a seat's presence: the seat as it is now. Raises Problem where the switchboard refuses."""
        ...

    def targets(self, switchboard: str, seat: str, principal: Principal) -> list[View]:
        """What each press of a seat would do now."""
        ...

    async def act(self, id_: str, action: str, word: str, who: str, principal: Principal) -> View:
        """``cancel``, ``accept``, ``decline`` (word: the reason), ``release`` or ``resolve`` (word: the outcome): what is for the holder's
        side to do."""
        ...

    async def dial(self, id_: str, switchboard: str, seat: str, who: str, principal: Principal) -> View:
        """A seat takes a call-back task."""
        ...

    async def drop(self, id_: str, note: str, who: str, principal: Principal) -> View:
        """Nobody will call back, and why."""
        ...

    def button(self, wish: ButtonRequest, who: str, principal: Principal) -> tuple[str, str]:
        """A token for an action URL, and the instant when it expires."""
        ...

    async def press(self, token: str, who: str) -> View:
        """A desk phone has fetched its URL: the transfer as it is now, and ``action``; of ``look``: ``lines``."""
        ...

    async def revoke(self, token: str, who: str, principal: Principal) -> None:
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
    transfers: Callable[[TransferQuery, Principal], Awaitable[list[View]]]
    callbacks: Callable[[int, float | None, str | None, Principal, bool], Awaitable[list[View]]]
    """At most so many, made before an instant (None: now), in a state (None: any), newest first; the flag asks for full numbers."""
    export: Callable[[ContextQuery, str, bool, Principal, Callable[[], Awaitable[None]]], Awaitable[tuple[Path, int]]]
    """The contexts that a holder may see as a file of a format, in full or masked; whoever asks removes it. The last is called
    once it is sure that the export begins, and awaited before it does. Raises Problem."""
    calls: Callable[[Principal], list[View]]
    seats: Callable[[], list[View]]
    switchboards: Callable[[Principal], list[View]]
    report: Callable[[ReportQuery], Awaitable[str]]
    """The report as text of its format. Raises Problem."""
    ready: Callable[[], tuple[bool, list[View]]]
    """Whether all is well, and each problem as what, where, remedy."""
    metrics: Callable[[bool], str]
    """What Prometheus reads; the flag asks also for what is about a person."""
    audit: Auditing
    audited: Callable[[], Awaitable[None]]
    """Returns when all that was audited is durable. Raises Problem if it cannot be."""
    principal: Callable[[str], Awaitable[Principal | None]]
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
