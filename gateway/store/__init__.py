"""The store: what happened, durable. History, not state: while calls live, Asterisk is the truth.

A store promises:

- ``write`` takes a record, and what goes with it, without waiting, without raising and without touching a disk: the voice path calls it
  (law 5). What goes together becomes durable together.
- ``flush`` returns when everything written before is durable, or raises ``StoreError``; what it acknowledged is never lost.
- Records of one kind keep their order. What has an id: the last write of the id wins, and each context version is kept.
  Seat rows, queue rows and gaps are appended. What may be done once goes when its time is over.
- A store that is down or slow says so in ``health``, keeps its backlog in order in a bounded file, and catches up; records wait in
  memory, bounded too, only while that file takes none either. Who asks is answered then, not left waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.values.fault import Fault
from gateway.store.search import ContextSearch


class StoreError(Fault):
    """The store cannot do this now."""

    def __str__(self) -> str:
        """One line: it stands in logs, readings and health more often than on a terminal."""
        return self.line()


class CatchingUp(StoreError):
    """The store is well again and takes what has waited: soon it is done."""


class Stuck(StoreError):
    """The writer gets nothing done: what was written may be in memory only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """``backlog`` counts records that are not in the store yet, ``in_memory`` those of them that are in no file either; ``held`` those
    of these that no file takes, while the others have not had their turn; ``lost`` those that the full backlog had to refuse."""

    ok: bool
    backlog: int
    lost: int
    problem: str = ""
    in_memory: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class OnceRow:
    """Something that may be done once until ``expires_at``: an ``Idempotency-Key`` with what was asked (a digest) and the
    answer (JSON), or the nonce of an action URL, where both are empty. Instants are seconds since 1970."""

    id: str
    at: float
    expires_at: float
    asked: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """The switchboard ``id`` was seen at this instant: where a killed gateway leaves off, the gap begins. The last one stands."""

    id: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """The right to ask the API for something; what is kept of the token itself is its SHA-256. Instants are 0 for never.

    ``switchboard`` empty: every one; ``seat`` empty: every one of that switchboard.
    """

    id: str
    name: str
    digest: str
    scopes: tuple[str, ...]
    switchboard: str
    seat: str
    made_at: float
    expires_at: float = 0.0
    revoked_at: float = 0.0


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """The last line of a hash chain that is durable: its number and its MAC. A chain that ends sooner has been cut."""

    id: str
    number: int
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A message for another platform. ``subject`` is the matter that it is about: those of one subject keep their order.

    ``state`` is ``waiting``, ``delivered`` or ``dead``; ``number`` orders them; ``next_at`` is when it is tried again.
    """

    id: str
    number: int
    at: float
    to: str
    subject: str
    body: str
    state: str = "waiting"
    tries: int = 0
    next_at: float = 0.0
    why: str = ""


StoreRecord = AnyRecord | OnceRow | SeenRow | TokenRow | AnchorRow | DeliveryRow


PRUNED = ("transfers", "callbacks", "deliveries", "seats", "waits", "gaps")
"""Classes of records that go when their time is over: ended transfers, closed call-back tasks, dead letters, changes of seats,
waits in queues, gaps. Contexts go one by one."""


class Store(Protocol):
    """The store as the gateway uses it."""

    def write(self, record: StoreRecord, *with_it: StoreRecord) -> None:
        """Take a record, and what goes with it: no kill leaves one durable without the other. Never blocks, never raises."""
        ...

    async def flush(self) -> None:
        """Wait until all that was written is durable. Raises StoreError if it cannot be."""
        ...

    async def close(self) -> None:
        """Write what waits and close."""
        ...

    async def waiting(self) -> list[StoreRecord]:
        """Records that wait in the backlog file, of each id the newest: for a start on a store that takes nothing. Raises StoreError."""
        ...

    def health(self) -> StoreHealth:
        """Health of the store."""
        ...

    async def context(self, id_: str) -> ContextRow | None:
        """The newest version of a context."""
        ...

    async def edit_context(self, row: ContextRow, seen: int, with_it: Sequence[DeliveryRow] = ()) -> bool:
        """Write the next version of a context, durable when this returns, if its newest is the version ``seen``: of two
        that saw the same version one wins. ``seen`` 0: there is none yet. What goes ``with_it`` is written in the same step, or not at
        all. Raises StoreError, and has written nothing then, unless it says that it may have: a server has carried it out and gone
        before it answered."""
        ...

    async def remove_context(self, id_: str) -> None:
        """Remove a context with its versions and all that it is found by, durable when this returns. Raises StoreError."""
        ...

    async def prune(self, kind: str, until: float, *, dry_run: bool) -> int:
        """Remove what of a class (``PRUNED``) was over before an instant, or only count it; durable when this returns. What
        has not ended stays, and so does each seat's state at that instant. Raises StoreError."""
        ...

    async def context_versions(self, id_: str) -> list[ContextRow]:
        """Every version of a context, oldest first."""
        ...

    async def contexts(self, wish: ContextSearch, limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        """Contexts that fit, the newest first, and the cursor of what follows; empty at the end. Raises ValueError for a
        cursor that is none."""
        ...

    async def context_count(self, since: float, until: float) -> int:
        """Number of contexts that arrived in [since, until)."""
        ...

    async def tokens(self) -> list[TokenRow]:
        """Every token, oldest first."""
        ...

    async def anchor(self, id_: str) -> AnchorRow | None:
        """The anchor of a chain."""
        ...

    async def deliveries(self, state: str, limit: int, *, after: int = 0) -> list[DeliveryRow]:
        """Deliveries in a state with a higher ``number`` than ``after``, in their order. Delivered ones are not kept."""
        ...

    async def delivery(self, id_: str) -> DeliveryRow | None:
        """One delivery."""
        ...

    async def open_contexts(self) -> list[ContextRow]:
        """Contexts whose call had not ended."""
        ...

    async def transfer(self, id_: str) -> TransferRow | None:
        """A transfer as it was last written."""
        ...

    async def transfers(
        self,
        limit: int,
        before: float | None = None,
        *,
        running: bool | None = None,
        call: str | None = None,
        seat: str | None = None,
        organisation: str | None = None,
    ) -> list[TransferRow]:
        """Transfers pressed before an instant (seconds since 1970; None: now), newest first.

        ``running`` wants those that have not ended, or have; ``call`` and ``seat`` those of one call or transferring seat;
        ``organisation`` those that begin there, were pressed there or may ring there.
        """
        ...

    async def open_transfers(self) -> list[TransferRow]:
        """Transfers that had not ended."""
        ...

    async def callback(self, id_: str) -> CallbackRow | None:
        """A call-back task as it was last written."""
        ...

    async def callbacks(
        self, limit: int, before: float | None = None, state: str | None = None, home: str | None = None
    ) -> list[CallbackRow]:
        """Call-back tasks made before an instant (seconds since 1970; None: now), newest first; of a state and of a home
        where these are given."""
        ...

    async def once(self, at: float, limit: int) -> list[OnceRow]:
        """Actions that may be done once and have not expired at that instant: the newest, oldest first."""
        ...

    async def seat_rows(self, since: float, until: float) -> list[SeatRow]:
        """Changes of seats in [since, until), oldest first, led by each seat's last change before ``since``."""
        ...

    async def queue_rows(self, since: float, until: float) -> list[QueueRow]:
        """Waits that began in [since, until), in the order in which they ended."""
        ...

    async def last_seats(self) -> list[SeatRow]:
        """Each seat's last change."""
        ...

    async def seen(self) -> dict[str, float]:
        """When each switchboard was last seen."""
        ...

    async def gaps(self, since: float, until: float) -> list[GapRow]:
        """Gaps that touch [since, until)."""
        ...
