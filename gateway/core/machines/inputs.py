"""Inputs and effects of a transfer: one class per fact, one per deed, so that mypy finds a forgotten case."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.values.ids import ChannelUid, Outcome
from gateway.core.values.reasons import AnyReason

# --- facts ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegBegan:
    """A leg of this press has passed the fence."""

    leg: ChannelUid
    attempt: int
    by: str


@dataclass(frozen=True, slots=True)
class TargetRang:
    """The far end says that it rings."""


@dataclass(frozen=True, slots=True)
class TargetOffered:
    """The target has answered its phone; its leg waits outside the bridge for an acceptance."""


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The target does not accept; its leg is about to end. ``reason`` is its word, ``no_accept`` when time ran out."""

    reason: AnyReason


@dataclass(frozen=True, slots=True)
class TargetAnswered:
    """The leg has entered the caller's bridge."""


@dataclass(frozen=True, slots=True)
class TargetHungUp:
    """The leg has ended; ``cause`` is Q.850."""

    cause: int


@dataclass(frozen=True, slots=True)
class TransfererHungUp:
    """The seat that pressed has left the call."""


@dataclass(frozen=True, slots=True)
class TransfereeHungUp:
    """The caller has left."""


@dataclass(frozen=True, slots=True)
class RingingEnded:
    """The dialplan says that the attempt is over; ``status`` is its word."""

    status: str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """No rung that is left may be rung: the free seats there are kept for their own callers."""


@dataclass(frozen=True, slots=True)
class LegRefused:
    """The fence has refused our leg; ``taken`` names who has the press, empty where another press rings."""

    taken: str


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """Asterisk refused our request, or did not answer it: perhaps it rings all the same."""

    why: str


@dataclass(frozen=True, slots=True)
class CallerWentBack:
    """The dialplan has given up waiting and put the caller at the head of the home queue."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The seat, or somebody for it, wants the caller back."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The parties of a consultation have agreed. ``outcome`` is one of ``DECISIONS``."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """After a restart: the caller talks with a seat, and no leg of this press is left."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The longest time that this state may last is over."""


Input = (
    LegBegan
    | TargetRang
    | TargetOffered
    | OfferDeclined
    | TargetAnswered
    | TargetHungUp
    | TransfererHungUp
    | TransfereeHungUp
    | RingingEnded
    | HeldBack
    | LegRefused
    | RequestFailed
    | CallerWentBack
    | TakenBack
    | Resolved
    | NothingKnown
    | TimeUp
)


# --- what shall be done ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RingNext:
    """Ring the rung ``transfer.attempt`` of the ladder. ``reason`` is why the one before it failed. Where the dialplan climbs the
    ladder it rings that rung by itself."""

    reason: AnyReason


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up this leg of ours. ``back``: the caller shall come back to a person, so the leg does not go as people do."""

    leg: ChannelUid
    back: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseSeat:
    """The rule lets the seat go: end its channel, or the trunk leg behind which it sits. ``returns``: a caller whom nobody
    takes comes back to this seat first."""

    returns: bool


@dataclass(frozen=True, slots=True)
class ReleaseTransferer:
    """A far seat has left, and its trunk leg with music is still with the caller: end that leg."""


@dataclass(frozen=True, slots=True)
class Settle:
    """The switchboard where the press was made need not wait for it any longer: the target has joined, or never will."""


Effect = RingNext | HangUp | ReleaseSeat | ReleaseTransferer | Settle
