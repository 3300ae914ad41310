"""The transfer machine.

A transfer is one press of the key. It is carried out by Asterisk; this file says what it means. Rules:

- A transfer is a frozen value. ``step(transfer, fact)`` returns the next value and what shall be done, and does nothing.
- One class per fact, one function per state, each ending in ``assert_never``: mypy finds a forgotten pair.
- ``NEXT`` is the whole machine as a literal table. ``step`` asserts it, and the diagram in ``docs/transfers.md`` is drawn
  from it.
- ``Ended`` is entered exactly once and never left (law 6).
- The caller is never touched (law 1): the only thing ever hung up is a leg.

::

    press -> Requested -> Ringing -> [Offered ->] ThreeParty | Consulting -> Ended
                 |           |           |              |
                 +-----------+-----------+---------> Blonde (the seat left while the target rings) -> Ended
                 |           |           |              |
                 +-----------+-----------+--------------+-> Cancelling (our leg must still end) -> Ended

The mode decides what an answer means: ``warm`` three parties until the seat leaves, ``consult`` three parties until a
decision, ``conference`` done as soon as the target has joined, ``silent`` the seat is released when the target joins,
``blind`` it is released when the target is rung.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from gateway.core.machines.inputs import (
    CallerWentBack,
    Effect,
    HangUp,
    HeldBack,
    Input,
    LegBegan,
    LegRefused,
    NothingKnown,
    OfferDeclined,
    ReleaseSeat,
    ReleaseTransferer,
    RequestFailed,
    Resolved,
    RingingEnded,
    RingNext,
    Settle,
    TakenBack,
    TargetAnswered,
    TargetHungUp,
    TargetOffered,
    TargetRang,
    TimeUp,
    TransfereeHungUp,
    TransfererHungUp,
)
from gateway.core.rules.rule import Rung, TransferPolicy
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid, ContextId, Outcome, PressedBy, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import AnyReason, Reason, as_reason

# --- states ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Requested:
    """The target shall ring. ``left_to_dialplan``: our request failed or lost, the dialplan rings, or nobody does."""

    left_to_dialplan: bool = False


@dataclass(frozen=True, slots=True)
class Ringing:
    """The target rings; caller and seat talk."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The target has answered its phone and must still accept. ``declined`` is its reason, once it has given one."""

    declined: AnyReason | None = None


@dataclass(frozen=True, slots=True)
class Blonde:
    """The transferer has left while the target rings; the caller is parked with music.

    ``offered``: the target has answered its phone and must accept; ``declined`` is its reason, once it has given one.
    """

    offered: bool = False
    declined: AnyReason | None = None


@dataclass(frozen=True, slots=True)
class ThreeParty:
    """The target has answered into the caller's bridge; three talk."""


@dataclass(frozen=True, slots=True)
class Consulting:
    """Three talk and must agree who accepts; without a decision in time the first receiver keeps the matter."""


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Decided, but a leg of ours still lives."""

    outcome: Outcome
    reason: AnyReason


@dataclass(frozen=True, slots=True)
class Ended:
    """Over, with an outcome and a reason."""

    outcome: Outcome
    reason: AnyReason


State = Requested | Ringing | Offered | Blonde | ThreeParty | Consulting | Cancelling | Ended

_JOINED: frozenset[type[State]] = frozenset({ThreeParty, Consulting, Ended})

NEXT: dict[type[State], frozenset[type[State]]] = {
    Requested: frozenset({Requested, Ringing, Offered, Blonde, Cancelling}) | _JOINED,
    Ringing: frozenset({Ringing, Requested, Offered, Blonde, Cancelling}) | _JOINED,
    Offered: frozenset({Offered, Requested, Blonde, Cancelling}) | _JOINED,
    Blonde: frozenset({Blonde, Cancelling, Ended}),
    ThreeParty: frozenset({ThreeParty, Cancelling, Ended}),
    Consulting: frozenset({Consulting, Cancelling, Ended}),
    Cancelling: frozenset({Cancelling, Ended}),
    Ended: frozenset({Ended}),
}
"""States by the state that they may follow. A state that follows itself has taken note of something."""


# --- the value ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
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
    ladder: tuple[Rung, ...]
    pressed_at: float
    terms: TransferPolicy = TransferPolicy()
    routing: RoutingDetails = RoutingDetails()
    by: str = "gateway"
    pressed_by: PressedBy = PressedBy.UNKNOWN
    planned: bool = False
    """True where the dialplan rings it by a plan: then its mode lets the seat go there, too."""
    marks: tuple[Reason | None, ...] = ()
    """Reasons of a planned one: for each rung why the dialplan passes it over, empty where it rings it."""
    attempt: int = 1
    leg: ChannelUid = ChannelUid("")
    numbered: bool = True
    """True where its caller has given a number, and can be called back."""
    transferer_gone: bool = False
    state: State = Requested()
    ringing_at: float = 0.0
    answered_at: float = 0.0
    ended_at: float = 0.0
    history: tuple[tuple[float, str, str], ...] = ()

    @property
    def running(self) -> bool:
        """True where it has not ended."""
        return not isinstance(self.state, Ended)

    @property
    def rung(self) -> Rung:
        """The rung that rings now."""
        return self.ladder[min(self.attempt, len(self.ladder)) - 1]


Step = tuple[Transfer, tuple[Effect, ...]]


def state_name(state: State | type[State]) -> str:
    """The public word for a state: ``three_party``."""
    name = state.__name__ if isinstance(state, type) else type(state).__name__
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


DECISIONS = frozenset(
    {Outcome.AGREED_HERE, Outcome.AGREED_THERE, Outcome.FIRST_RECEIVER_KEEPS, Outcome.OUT_OF_SCOPE_EXPLAINED}
)
"""Outcomes that a consultation can have (the policy's rules 2, 3 and 5)."""

REASON_OF_CAUSE: dict[int, tuple[Outcome, Reason]] = {
    17: (Outcome.FAILED, Reason.BUSY),
    18: (Outcome.FAILED, Reason.NO_RESPONSE),
    19: (Outcome.FAILED, Reason.NO_ANSWER),
    20: (Outcome.FAILED, Reason.UNREACHABLE),
    21: (Outcome.DECLINED, Reason.DECLINED),
    27: (Outcome.FAILED, Reason.UNREACHABLE),
    34: (Outcome.FAILED, Reason.TRUNK_FULL),
    38: (Outcome.FAILED, Reason.TRUNK_DOWN),
    42: (Outcome.FAILED, Reason.CONGESTION),
}
"""Why a leg ended before it was answered (Q.850). Anything else means that the ring time ran out: ``no_answer``."""

REASON_OF_STATUS = {"UNKNOWN_TARGET": Reason.UNKNOWN_TARGET}
"""Why ringing ended without a leg; anything else means that the trunk did not take it."""


# --- the turn -------------------------------------------------------------------------------------------------------------


def step(transfer: Transfer, fact: Input, at: float) -> Step:
    """Take note of one fact at one instant (seconds since 1970). Returns the next value and the deeds, in order."""
    before = transfer.state
    # Whatever the state makes of it: a leg is known from its first sign on, so that it can be hung up, and so is a seat that has left.
    if isinstance(fact, LegBegan) and not isinstance(before, Ended):
        transfer = replace(transfer, leg=fact.leg, attempt=fact.attempt, by=fact.by)
    if isinstance(fact, TransfererHungUp) and not isinstance(before, Ended):
        transfer = replace(transfer, transferer_gone=True)
    match before:
        case Requested():
            state, deeds = _requested(before, transfer, fact)
        case Ringing():
            state, deeds = _ringing(before, transfer, fact)
        case Offered():
            state, deeds = _offered(before, transfer, fact)
        case Blonde():
            state, deeds = _blonde(before, transfer, fact)
        case ThreeParty():
            state, deeds = _three_party(before, transfer, fact)
        case Consulting():
            state, deeds = _consulting(before, transfer, fact)
        case Cancelling():
            state, deeds = _cancelling(before, transfer, fact)
        case Ended():
            return transfer, ()
        case _:
            assert_never(before)
    # The page of the documentation is drawn from NEXT: a move that it has not would be one that nobody has thought of.
    assert type(state) in NEXT[type(before)], f"{before} -> {state} is not in NEXT"
    return _enter(transfer, before, state, fact, deeds, at)


def _enter(transfer: Transfer, before: State, state: State, fact: Input, deeds: tuple[Effect, ...], at: float) -> Step:
    """Write the instants and the history that belong to a change of state."""
    if isinstance(fact, TargetRang) and not transfer.ringing_at:
        transfer = replace(transfer, ringing_at=at)
    if isinstance(fact, TargetAnswered) and not transfer.answered_at:
        transfer = replace(transfer, answered_at=at)
    for deed in deeds:
        if isinstance(deed, RingNext):
            failed = (at, "rung_failed", f"{transfer.rung.name}: {deed.reason}")
            history = (*transfer.history, failed)
            # Without the leg of the rung before: what is still said of it belongs to an attempt that is over.
            transfer = replace(transfer, attempt=transfer.attempt + 1, leg=ChannelUid(""), history=history)
    if state == before:
        return transfer, deeds
    reason = state.reason if isinstance(state, Cancelling | Ended) else ""
    history = (*transfer.history, (at, state_name(state), reason))
    transfer = replace(transfer, state=state, history=history)
    if isinstance(state, Ended):
        transfer = replace(transfer, ended_at=at)
        deeds = (*deeds, Settle())
    return transfer, deeds


Decision = tuple[State, tuple[Effect, ...]]


def _failed(transfer: Transfer, outcome: Outcome, reason: AnyReason) -> Decision:
    """An attempt has failed: the next rung, or the end of the ladder. At its end the seat has the caller, or, where the
    seat has left, the dialplan brings the caller back to a person."""
    if transfer.attempt < len(transfer.ladder) and transfer.by in ("gateway", "dialplan"):
        return (Blonde() if transfer.transferer_gone else Requested()), (RingNext(reason),)
    return Ended(outcome, reason), ()


def of_cause(cause: int) -> tuple[Outcome, Reason]:
    """Outcome and reason of a transfer whose leg ended with this cause (Q.850) before it was answered."""
    return REASON_OF_CAUSE.get(cause, (Outcome.FAILED, Reason.NO_ANSWER))


def _cancel(transfer: Transfer, outcome: Outcome, reason: AnyReason) -> Decision:
    """Decided. A leg that lives, or may yet be born, is waited for."""
    # A caller who is there comes back to a person: then the leg does not go as people do, which would be a goodbye.
    back = outcome is not Outcome.CALLER_HUNG_UP
    return Cancelling(outcome, reason), (HangUp(transfer.leg, back),) if transfer.leg else ()


def _lost_sight(transfer: Transfer) -> Decision:
    """Time is up, and nothing is left of the attempt. A leg is not hung up for it: Asterisk ends ringing by itself, so one that
    lives has been answered, and whoever is with the caller stays."""
    return (
        (Ended(Outcome.FAILED, Reason.NOT_SEEN), ())
        if transfer.leg
        else _cancel(transfer, Outcome.FAILED, Reason.NOT_RUNG)
    )


def _requested(state: Requested, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        case LegBegan():
            return state, (
                ReleaseSeat(returns=True),
            ) if transfer.terms.mode == "blind" and not transfer.transferer_gone else ()
        case TargetRang():
            return (Blonde() if transfer.transferer_gone else Ringing()), ()
        case TargetOffered():
            return (Blonde(offered=True) if transfer.transferer_gone else Offered()), ()
        case TargetAnswered():
            return _joined(transfer)
        case TargetHungUp(cause):
            return _failed(transfer, *of_cause(cause))
        case TransfererHungUp():
            return Blonde(), ()
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, Reason.CALLER_HUNG_UP)
        case RingingEnded(status):
            if transfer.leg or state.left_to_dialplan:
                return state, ()
            return _failed(transfer, Outcome.FAILED, REASON_OF_STATUS.get(status, Reason.TRUNK_DOWN))
        case HeldBack():
            if transfer.leg or state.left_to_dialplan:
                return state, ()
            return _failed(transfer, Outcome.FAILED, Reason.HELD_BACK)
        case LegRefused(taken):
            # One press, one leg (law 4): the fence let another's pass. The dialplan's own rings by the plan, and is followed.
            if transfer.leg or taken.startswith("dialplan"):
                return Requested(left_to_dialplan=True), ()
            return Ended(Outcome.FAILED, Reason.ALREADY_RINGING), ()
        # Whether Asterisk has carried it out is not known: its leg's first sign, or time, will tell.
        case RequestFailed():
            return Requested(left_to_dialplan=True), ()
        case CallerWentBack():
            return (state, ()) if transfer.leg else _cancel(transfer, Outcome.FAILED, Reason.NOT_RUNG)
        case TakenBack():
            return _cancel(transfer, Outcome.RETURNED, Reason.TAKEN_BACK)
        case NothingKnown():
            return Ended(Outcome.FAILED, Reason.NOT_SEEN), ()
        case TimeUp():
            return _lost_sight(transfer)
        case OfferDeclined() | Resolved():
            return state, ()
        case _:
            assert_never(fact)


def _ringing(state: Ringing, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        case LegBegan() | TargetRang() | RingingEnded() | HeldBack() | LegRefused() | RequestFailed():
            return state, ()
        case OfferDeclined() | Resolved():
            return state, ()
        case TargetOffered():
            return Offered(), ()
        case TargetAnswered():
            return _joined(transfer)
        case TargetHungUp(cause):
            return _failed(transfer, *of_cause(cause))
        case TransfererHungUp():
            return Blonde(), ()
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, Reason.CALLER_HUNG_UP)
        case CallerWentBack() if transfer.leg:
            return state, ()  # the leg that lives takes the caller from the queue, or ends and says why
        case CallerWentBack() | TimeUp():
            return _lost_sight(transfer)
        case TakenBack():
            return _cancel(transfer, Outcome.RETURNED, Reason.TAKEN_BACK)
        case NothingKnown():
            return Ended(Outcome.FAILED, Reason.NOT_SEEN), ()
        case _:
            assert_never(fact)


def _offered(state: Offered, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        case OfferDeclined(reason):
            return Offered(declined=reason), ()
        case TargetAnswered():
            return _joined(transfer)
        case TargetHungUp():
            return _failed(transfer, Outcome.DECLINED, state.declined or Reason.DECLINED)
        case TransfererHungUp():
            return Blonde(offered=True, declined=state.declined), ()
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, Reason.CALLER_HUNG_UP)
        case CallerWentBack():
            return state, ()
        case TimeUp():
            return _lost_sight(transfer)
        case TakenBack():
            return _cancel(transfer, Outcome.RETURNED, Reason.TAKEN_BACK)
        case NothingKnown():
            return Ended(Outcome.FAILED, Reason.NOT_SEEN), ()
        case LegBegan() | TargetRang() | TargetOffered() | RingingEnded() | HeldBack():
            return state, ()
        case LegRefused() | RequestFailed() | Resolved():
            return state, ()
        case _:
            assert_never(fact)


def _joined(transfer: Transfer) -> Decision:
    """The target is with the caller: what that means is the mode's."""
    if transfer.transferer_gone:
        return Ended(Outcome.COMPLETED, Reason.TRANSFERER_LEFT), (ReleaseTransferer(),)
    match transfer.terms.mode:
        case "silent" | "blind":
            return Ended(Outcome.COMPLETED, Reason.HANDED_OVER), (ReleaseSeat(returns=False),)
        case "conference":
            return Ended(Outcome.COMPLETED, Reason.CONFERENCED), ()
        case "consult":
            return Consulting(), (Settle(),)
        case _:
            return ThreeParty(), (Settle(),)


def _blonde(state: Blonde, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        case LegBegan() | TargetRang() | TransfererHungUp() | LegRefused() | RequestFailed() | Resolved():
            return state, ()
        case TargetOffered():
            return Blonde(offered=True), ()
        case OfferDeclined(reason):
            return Blonde(offered=True, declined=reason), ()
        case TargetAnswered():
            return Ended(Outcome.COMPLETED, Reason.TRANSFERER_LEFT), (ReleaseTransferer(),)
        case TargetHungUp(cause):
            return _failed(transfer, *((Outcome.DECLINED, state.declined) if state.declined else of_cause(cause)))
        case RingingEnded(status):
            return (state, ()) if transfer.leg else _failed(transfer, Outcome.FAILED, as_reason(status.lower()))
        case HeldBack():
            return (state, ()) if transfer.leg else _failed(transfer, Outcome.FAILED, Reason.HELD_BACK)
        case TransfereeHungUp():
            return _cancel(transfer, Outcome.CALLER_HUNG_UP, Reason.CALLER_HUNG_UP)
        case CallerWentBack() if transfer.leg:
            return state, ()  # the leg that lives takes the caller from the queue, or ends and says why
        case CallerWentBack() | TimeUp():
            return _lost_sight(transfer)
        case TakenBack():
            return _cancel(transfer, Outcome.RETURNED, Reason.TAKEN_BACK)
        case NothingKnown():
            return Ended(Outcome.FAILED, Reason.NOT_SEEN), ()
        case _:
            assert_never(fact)


def _three_party(state: ThreeParty, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        case TransfererHungUp():
            return Ended(Outcome.COMPLETED, Reason.TRANSFERER_LEFT), (ReleaseTransferer(),)
        case TargetHungUp():
            return Ended(Outcome.RETURNED, Reason.TARGET_LEFT), ()
        case TransfereeHungUp():
            return Ended(Outcome.COMPLETED, Reason.CALLER_ENDED_THREE_PARTY), ()
        case TakenBack():
            return _cancel(transfer, Outcome.RETURNED, Reason.TAKEN_BACK)
        # It joined, and nobody saw it leave: the seat is not told that the target has the caller.
        case NothingKnown() | CallerWentBack():
            return Ended(Outcome.RETURNED, Reason.NOT_SEEN), ()
        case LegBegan() | TargetRang() | TargetOffered() | OfferDeclined() | TargetAnswered() | RingingEnded():
            return state, ()
        case TimeUp():
            return state, (ReleaseSeat(returns=False),) if transfer.terms.release_s else ()
        case HeldBack() | LegRefused() | RequestFailed() | Resolved():
            return state, ()
        case _:
            assert_never(fact)


def _consulting(state: Consulting, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        case Resolved(Outcome.AGREED_THERE):
            return Ended(Outcome.AGREED_THERE, Reason.DECIDED), ()
        # The matter stays here: the target's leg goes, and is waited for.
        case Resolved(outcome):
            return _cancel(transfer, outcome, Reason.DECIDED)
        case TransfererHungUp():
            return Ended(Outcome.AGREED_THERE, Reason.TRANSFERER_LEFT), (ReleaseTransferer(),)
        case TargetHungUp():
            return Ended(Outcome.FIRST_RECEIVER_KEEPS, Reason.TARGET_LEFT), ()
        case TransfereeHungUp():
            return Ended(Outcome.FIRST_RECEIVER_KEEPS, Reason.CALLER_ENDED_THREE_PARTY), ()
        case TimeUp():
            return _cancel(transfer, Outcome.FIRST_RECEIVER_KEEPS, Reason.DECISION_TIME_UP)
        case TakenBack():
            return _cancel(transfer, Outcome.FIRST_RECEIVER_KEEPS, Reason.TAKEN_BACK)
        case NothingKnown() | CallerWentBack():
            return Ended(Outcome.FIRST_RECEIVER_KEEPS, Reason.NOT_SEEN), ()
        case LegBegan() | TargetRang() | TargetOffered() | OfferDeclined() | TargetAnswered() | RingingEnded():
            return state, ()
        case HeldBack() | LegRefused() | RequestFailed():
            return state, ()
        case _:
            assert_never(fact)


def _cancelling(state: Cancelling, transfer: Transfer, fact: Input) -> Decision:
    match fact:
        # A leg that was asked for before the decision is born behind it.
        case LegBegan(leg):
            return state, (HangUp(leg, state.outcome is not Outcome.CALLER_HUNG_UP),)
        case TargetHungUp() | TimeUp() | NothingKnown():
            return Ended(state.outcome, state.reason), ()
        case RingingEnded() | HeldBack() | LegRefused() | RequestFailed():
            # Without a leg the request has come to nothing, and no leg will be born of it any more.
            return (state, ()) if transfer.leg else (Ended(state.outcome, state.reason), ())
        case TargetRang() | TargetOffered() | OfferDeclined() | TargetAnswered() | TransfererHungUp():
            return state, ()
        case TransfereeHungUp() | CallerWentBack() | TakenBack() | Resolved():
            return state, ()
        case _:
            assert_never(fact)
