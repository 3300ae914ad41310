"""The transfer machine.

A transfer is one press of the key. It is carried out by Asterisk; this file says what it means. Rules:

- A transfer is a frozen value. ``step(transfer, fact)`` returns the next value and what shall be done, and does nothing.
- One class per fact, one function per state, each ending in ``assert_never``: mypy finds a forgotten pair.
- ``NEXT`` is the whole machine as a literal table. ``step`` asserts it, and the diagram in ``docs/transfers.md`` is drawn
  from it.
- ``Ended`` is entered exactly once and never left (law 6).
- The caller is never touched (law 1): the only thing ever hung up is a leg.

::

    press -> Requested -> Ringing -> ThreeParty -> Ended
                 |           |
                 +---------> Blonde (the seat left while the target rings) -> Ended
                 |           |
                 +---------> Cancelling (our leg must still end) -> Ended
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from gateway.core.rules import Rung
from gateway.core.terms import ChannelUid, ContextId, Outcome, PressId, SeatId, SwitchboardId, TargetId

# --- states ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Requested:
    """The target shall ring. ``left_to_dialplan``: our request failed or lost, the watchdog will act or has acted."""

    left_to_dialplan: bool = False


@dataclass(frozen=True, slots=True)
class Ringing:
    """The target rings; caller and seat talk."""


@dataclass(frozen=True, slots=True)
class Blonde:
    """The transferer has left while the target rings; the caller is parked with music."""


@dataclass(frozen=True, slots=True)
class ThreeParty:
    """The target has answered into the caller's bridge; three talk."""


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Decided, but a leg of ours still lives."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Over, with an outcome and a reason."""

    outcome: Outcome
    reason: str


State = Requested | Ringing | Blonde | ThreeParty | Cancelling | Ended

NEXT: dict[type[State], frozenset[type[State]]] = {
    Requested: frozenset({Requested, Ringing, Blonde, ThreeParty, Cancelling, Ended}),
    Ringing: frozenset({Ringing, Requested, Blonde, ThreeParty, Cancelling, Ended}),
    Blonde: frozenset({Blonde, Cancelling, Ended}),
    ThreeParty: frozenset({ThreeParty, Ended}),
    Cancelling: frozenset({Cancelling, Ended}),
    Ended: frozenset({Ended}),
}
"""What may follow what. A state that follows itself has taken note of something."""


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
class NothingKnown:
    """After a restart: the caller talks with a seat, and no leg of this press is left."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The longest time that this state may last is over."""


Fact = (
    LegBegan
    | TargetRang
    | TargetAnswered
    | TargetHungUp
    | TransfererHungUp
    | TransfereeHungUp
    | RingingEnded
    | LegRefused
    | RequestFailed
    | CallerWentBack
    | NothingKnown
    | TimeUp
)


# --- what shall be done ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RingNext:
    """Ring the rung ``transfer.attempt`` of the ladder."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up this leg of ours."""

    leg: ChannelUid


@dataclass(frozen=True, slots=True)
class ReleaseTransferer:
    """A far seat has left, and its trunk leg with music is still with the caller: end that leg."""


@dataclass(frozen=True, slots=True)
class Settle:
    """The switchboard where the press was made need not wait for it any longer: the target has joined, or never will."""


Deed = RingNext | HangUp | ReleaseTransferer | Settle


# --- the value ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transfer:
    """One press and all that came of it."""

    id: PressId
    home: SwitchboardId
    call: str
    context: ContextId
    caller: str
    caller_uid: ChannelUid
    transferer_switchboard: SwitchboardId
    transferer: SeatId
    transferer_channel: ChannelUid
    transferer_leg: ChannelUid
    """The trunk leg at home behind which a far transferer sits; empty where the seat is at home."""
    far_caller: str
    """The channel name at the far switchboard that the press named; empty where the seat is at home."""
    target: TargetId
    mode: str
    ladder: tuple[Rung, ...]
    tag: str
    pressed_at: float
    by: str = "gateway"
    attempt: int = 1
    leg: ChannelUid = ChannelUid("")
    transferer_gone: bool = False
    state: State = Requested()
    ringing_at: float = 0.0
    answered_at: float = 0.0
    ended_at: float = 0.0
    history: tuple[tuple[float, str, str], ...] = ()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not isinstance(self.state, Ended)

    @property
    def rung(self) -> Rung:
        """The rung that rings now."""
        return self.ladder[min(self.attempt, len(self.ladder)) - 1]


Step = tuple[Transfer, tuple[Deed, ...]]


def state_name(state: State | type[State]) -> str:
    """The public word for a state: ``three_party``."""
    name = state.__name__ if isinstance(state, type) else type(state).__name__
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


REASON_OF_CAUSE: dict[int, tuple[Outcome, str]] = {
    17: (Outcome.FAILED, "busy"),
    18: (Outcome.FAILED, "no_response"),
    19: (Outcome.FAILED, "no_answer"),
    20: (Outcome.FAILED, "unreachable"),
    21: (Outcome.DECLINED, "declined"),
    27: (Outcome.FAILED, "unreachable"),
    34: (Outcome.FAILED, "trunk_full"),
    38: (Outcome.FAILED, "trunk_down"),
    42: (Outcome.FAILED, "congestion"),
}
"""Why a leg ended before it was answered (Q.850). Anything else means that the ring time ran out: ``no_answer``."""


# --- the turn -------------------------------------------------------------------------------------------------------------


def step(transfer: Transfer, fact: Fact, at: float) -> Step:
    """Take note of one fact at one instant (seconds since 1970). Returns the next value and the deeds, in order."""
    before = transfer.state
    if isinstance(fact, LegBegan) and not isinstance(before, Ended):
        transfer = replace(transfer, leg=fact.leg, attempt=fact.attempt, by=fact.by)
    if isinstance(fact, TransfererHungUp) and not isinstance(before, Ended):
        transfer = replace(transfer, transferer_gone=True)
    match before:
        case Requested():
            state, deeds = _requested(before, transfer, fact)
        case Ringing():
            state, deeds = _ringing(before, transfer, fact)
        case Blonde():
            state, deeds = _blonde(before, transfer, fact)
        case ThreeParty():
            state, deeds = _three_party(before, fact)
        case Cancelling():
            state, deeds = _cancelling(before, transfer, fact)
        case Ended():
            return transfer, ()
        case _:
            assert_never(before)
    assert type(state) in NEXT[type(before)], f"{before} -> {state} is not in NEXT"
    return _enter(transfer, before, state, fact, deeds, at)


def _enter(transfer: Transfer, before: State, state: State, fact: Fact, deeds: tuple[Deed, ...], at: float) -> Step:
    """Write the instants and the history that belong to a change of state."""
    if isinstance(fact, TargetRang) and not transfer.ringing_at:
        transfer = replace(transfer, ringing_at=at)
    if isinstance(fact, TargetAnswered) and not transfer.answered_at:
        transfer = replace(transfer, answered_at=at)
    if any(isinstance(deed, RingNext) for deed in deeds):
        transfer = replace(transfer, attempt=transfer.attempt + 1, leg=ChannelUid(""))
    if state == before:
        return transfer, deeds
    reason = state.reason if isinstance(state, Cancelling | Ended) else ""
    history = (*transfer.history, (at, state_name(state), reason))
    transfer = replace(transfer, state=state, history=history)
    if isinstance(state, Ended):
        transfer = replace(transfer, ended_at=at)
        deeds = (*deeds, Settle())
    return transfer, deeds


Decision = tuple[State, tuple[Deed, ...]]


def _failed(transfer: Transfer, outcome: Outcome, reason: str) -> Decision:
    """An attempt has failed while the seat is with the caller: the next rung, or the end of the ladder."""
    if transfer.attempt < len(transfer.ladder) and transfer.by == "gateway":
        return Requested(), (RingNext(),)
    return Ended(outcome, reason), ()


def _cancel(transfer: Transfer, outcome: Outcome, reason: str) -> Decision:
    """Decided. A leg that lives, or may yet be born, is waited for."""
    return Cancelling(outcome, reason), (HangUp(transfer.leg),) if transfer.leg else ()


def _requested(state: Requested, transfer: Transfer, fact: Fact) -> Decision:
    match fact:
        case LegBegan():
            return state, ()
        case TargetRang():
            return (Blonde() if transfer.transferer_gone else Ringing()), ()
        case TargetAnswered():
            return _joined(transfer)
        case TargetHungUp(cause):
            return _failed(transfer, *REASON_OF_CAUSE.get(cause, (Outcome.FAILED, "no_answer")))
        case TransfererHungUp():
            return Blonde(), ()
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, "caller_hung_up")
        case RingingEnded(status):
            if transfer.leg or state.left_to_dialplan:
                return state, ()
            reason = "unknown_target" if status == "UNKNOWN_TARGET" else "trunk_down"
            return _failed(transfer, Outcome.FAILED, reason)
        case LegRefused(taken):
            if transfer.leg or taken.startswith("dialplan"):
                return Requested(left_to_dialplan=True), ()
            return Ended(Outcome.FAILED, "already_ringing"), ()
        case RequestFailed():
            return Requested(left_to_dialplan=True), ()
        case CallerWentBack():
            return _cancel(transfer, Outcome.FAILED, "no_answer")
        case NothingKnown():
            return Ended(Outcome.FAILED, "not_seen"), ()
        case TimeUp():
            return _cancel(transfer, Outcome.FAILED, "no_answer" if transfer.leg else "not_rung")
        case _:
            assert_never(fact)


def _ringing(state: Ringing, transfer: Transfer, fact: Fact) -> Decision:
    match fact:
        case LegBegan() | TargetRang() | RingingEnded() | LegRefused() | RequestFailed():
            return state, ()
        case TargetAnswered():
            return _joined(transfer)
        case TargetHungUp(cause):
            return _failed(transfer, *REASON_OF_CAUSE.get(cause, (Outcome.FAILED, "no_answer")))
        case TransfererHungUp():
            return Blonde(), ()
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, "caller_hung_up")
        case CallerWentBack() | TimeUp():
            return _cancel(transfer, Outcome.FAILED, "no_answer")
        case NothingKnown():
            return Ended(Outcome.FAILED, "not_seen"), ()
        case _:
            assert_never(fact)


def _joined(transfer: Transfer) -> Decision:
    """The target is with the caller: three talk, or two where the seat has left meanwhile."""
    if transfer.transferer_gone:
        return Ended(Outcome.COMPLETED, "transferer_left"), (ReleaseTransferer(),)
    return ThreeParty(), (Settle(),)


def _blonde(state: Blonde, transfer: Transfer, fact: Fact) -> Decision:
    match fact:
        case LegBegan() | TargetRang() | TransfererHungUp() | LegRefused() | RequestFailed():
            return state, ()
        case TargetAnswered():
            return Ended(Outcome.COMPLETED, "transferer_left"), (ReleaseTransferer(),)
        case TargetHungUp(cause):
            # The dialplan brings the caller to the head of the home queue; a person there, not a next rung.
            return Ended(*REASON_OF_CAUSE.get(cause, (Outcome.FAILED, "no_answer"))), ()
        case RingingEnded(status):
            return (state, ()) if transfer.leg else (Ended(Outcome.FAILED, status.lower()), ())
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, "caller_hung_up")
        case CallerWentBack() | TimeUp():
            return _cancel(transfer, Outcome.FAILED, "no_answer")
        case NothingKnown():
            return Ended(Outcome.FAILED, "not_seen"), ()
        case _:
            assert_never(fact)


def _three_party(state: ThreeParty, fact: Fact) -> Decision:
    match fact:
        case TransfererHungUp():
            return Ended(Outcome.COMPLETED, "transferer_left"), ()
        case TargetHungUp():
            return Ended(Outcome.RETURNED, "target_left"), ()
        case TransfereeHungUp():
            return Ended(Outcome.COMPLETED, "caller_ended_three_party"), ()
        case NothingKnown() | CallerWentBack():
            return Ended(Outcome.RETURNED, "not_seen"), ()
        case LegBegan() | TargetRang() | TargetAnswered() | RingingEnded() | LegRefused() | RequestFailed() | TimeUp():
            return state, ()
        case _:
            assert_never(fact)


def _cancelling(state: Cancelling, transfer: Transfer, fact: Fact) -> Decision:
    match fact:
        case LegBegan(leg):
            return state, (HangUp(leg),)
        case TargetHungUp() | TimeUp() | NothingKnown():
            return Ended(state.outcome, state.reason), ()
        case RingingEnded() | LegRefused() | RequestFailed():
            return (state, ()) if transfer.leg else (Ended(state.outcome, state.reason), ())
        case TargetRang() | TargetAnswered() | TransfererHungUp() | TransfereeHungUp() | CallerWentBack():
            return state, ()
        case _:
            assert_never(fact)
