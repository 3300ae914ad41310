"""The store: what happened, durable. History, not state: while calls live, Asterisk is the truth.

A store promises:

- ``write`` takes a record without waiting, without raising and without touching a disk: the voice path calls it (law 5).
- ``flush`` returns when everything written before is durable, or raises ``StoreError``; what it acknowledged is never lost.
- Records of one kind keep their order. What has an id: the last write of the id wins, and each context version is kept.
  Seat rows, queue rows and gaps are appended. What may be done once goes when its time is over.
- A store that is down keeps its backlog in order in a bounded file beside it, says so in ``health``, and catches up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.core.commands import AnyRecord, CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow


class StoreError(Exception):
    """The store cannot do this now: what, where, and what to do."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(f"{what} ({where}) → {remedy}")


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """``backlog`` counts records that are not durable yet; ``lost`` those that the full backlog had to refuse."""

    ok: bool
    backlog: int
    lost: int
    problem: str = ""


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


StoreRecord = AnyRecord | OnceRow | SeenRow


class Store(Protocol):
    """What the gateway asks of a store."""

    def write(self, record: StoreRecord) -> None:
        """Take a record. Never blocks, never raises."""
        ...

    async def flush(self) -> None:
        """Wait until all that was written is durable. Raises StoreError if it cannot be."""
        ...

    async def close(self) -> None:
        """Write what waits and close."""
        ...

    def health(self) -> StoreHealth:
        """How the store is."""
        ...

    async def context(self, id_: str) -> ContextRow | None:
        """The newest version of a context."""
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
    ) -> list[TransferRow]:
        """Transfers pressed before an instant (seconds since 1970; None: now), newest first.

        ``running`` wants those that have not ended, or have; ``call`` and ``seat`` those of one call or transferring seat.
        """
        ...

    async def open_transfers(self) -> list[TransferRow]:
        """Transfers that had not ended."""
        ...

    async def callback(self, id_: str) -> CallbackRow | None:
        """A call-back task as it was last written."""
        ...

    async def callbacks(self, limit: int, before: float | None = None, state: str | None = None) -> list[CallbackRow]:
        """Call-back tasks made before an instant (seconds since 1970; None: now), newest first."""
        ...

    async def once(self, at: float, limit: int) -> list[OnceRow]:
        """What may be done once and has not expired at that instant: the newest, oldest first."""
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
