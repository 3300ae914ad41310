"""Each mode's way through the machine: who is released when, what an acceptance is, how a consultation ends."""

from __future__ import annotations

import pytest

from gateway.core.machines.inputs import (
    Effect,
    HangUp,
    Input,
    LegBegan,
    OfferDeclined,
    ReleaseSeat,
    ReleaseTransferer,
    Resolved,
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
from gateway.core.machines.transfer import (
    Blonde,
    Cancelling,
    Consulting,
    Ended,
    Offered,
    Requested,
    Ringing,
    State,
    ThreeParty,
    Transfer,
    step,
)
from gateway.core.values.ids import Outcome
from tests.core.machines.test_transfer import LEG, a_transfer

BEGAN = LegBegan(LEG, 1, "gateway")
RUNG = (BEGAN, TargetRang())


def told(mode: str, *facts: Input, rungs: int = 1) -> tuple[Transfer, list[Effect]]:
    """The transfer after these facts, a second apart, and the deeds of the last."""
    transfer, deeds = a_transfer(mode=mode, rungs=rungs), ()
    for number, fact in enumerate(facts):
        transfer, deeds = step(transfer, fact, 10.0 + number)
    return transfer, list(deeds)


# --- when the seat leaves -------------------------------------------------------------------------------------------------


def test_blind_seat_is_released_at_once() -> None:
    """A blind transfer lets the seat go as the leg begins, and brings the caller back to it if nobody answers."""
    transfer, deeds = told("blind", BEGAN)
    assert deeds == [ReleaseSeat(returns=True)]
    assert transfer.state == Requested()


def test_blind_completes_as_a_blonde_transfer_does() -> None:
    """Released, the seat leaves; the target then has the caller."""
    assert told("blind", *RUNG, TransfererHungUp())[0].state == Blonde()
    transfer, _ = told("blind", *RUNG, TransfererHungUp(), TargetAnswered())
    assert transfer.state == Ended(Outcome.COMPLETED, "transferer_left")


def test_a_blind_seat_that_left_first_is_not_released() -> None:
    """The seat hung up before the leg began: there is nobody to let go."""
    _, deeds = told("blind", TransfererHungUp(), BEGAN)
    assert deeds == []


@pytest.mark.parametrize("mode", ["blind", "silent"])
def test_silent_hand_over(mode: str) -> None:
    """As the target joins, the seat is released and does not get the caller back; also where a blind release was lost."""
    transfer, deeds = told(mode, *RUNG, TargetAnswered())
    assert transfer.state == Ended(Outcome.COMPLETED, "handed_over")
    assert deeds == [ReleaseSeat(returns=False), Settle()]


def test_conference_is_done_when_the_target_has_joined() -> None:
    """Nobody is released: the transfer ends, the call goes on with everybody."""
    transfer, deeds = told("conference", *RUNG, TargetAnswered())
    assert transfer.state == Ended(Outcome.COMPLETED, "conferenced")
    assert deeds == [Settle()]


@pytest.mark.parametrize(("mode", "state"), [("warm", ThreeParty()), ("consult", Consulting())])
def test_three_talk_and_the_dialplan_need_not_wait(mode: str, state: State) -> None:
    """In a warm transfer and a consultation three talk, nobody is released, and the far switchboard is told."""
    transfer, deeds = told(mode, *RUNG, TargetAnswered())
    assert transfer.state == state
    assert deeds == [Settle()]


@pytest.mark.parametrize("mode", ["warm", "blind", "silent", "consult", "conference"])
def test_a_seat_that_left_while_ringing_makes_every_mode_a_hand_over(mode: str) -> None:
    """Without the seat nothing is left to consult or confer about: the target has the caller."""
    transfer, deeds = told(mode, *RUNG, TransfererHungUp(), TargetAnswered())
    assert transfer.state == Ended(Outcome.COMPLETED, "transferer_left")
    assert deeds == [ReleaseTransferer(), Settle()]


# --- consultation ---------------------------------------------------------------------------------------------------------

CONFERRING = (*RUNG, TargetAnswered())


def test_agreed_there_leaves_the_target_with_the_caller() -> None:
    """The target takes the matter: decided at once, and no leg is touched."""
    transfer, deeds = told("consult", *CONFERRING, Resolved(Outcome.AGREED_THERE))
    assert transfer.state == Ended(Outcome.AGREED_THERE, "decided")
    assert deeds == [Settle()]


@pytest.mark.parametrize(
    "outcome", [Outcome.AGREED_HERE, Outcome.FIRST_RECEIVER_KEEPS, Outcome.OUT_OF_SCOPE_EXPLAINED], ids=str
)
def test_every_other_decision_lets_the_target_go(outcome: Outcome) -> None:
    """The target's leg goes, the caller stays with the seat, and the outcome is the decision."""
    transfer, deeds = told("consult", *CONFERRING, Resolved(outcome))
    assert (transfer.state, deeds) == (Cancelling(outcome, "decided"), [HangUp(LEG, back=True)])
    assert step(transfer, TargetHungUp(26), 30.0)[0].state == Ended(outcome, "decided")


@pytest.mark.parametrize(
    ("fact", "outcome", "reason"),
    [
        (TransfererHungUp(), Outcome.AGREED_THERE, "transferer_left"),
        (TargetHungUp(16), Outcome.FIRST_RECEIVER_KEEPS, "target_left"),
        (TransfereeHungUp(), Outcome.FIRST_RECEIVER_KEEPS, "caller_ended_three_party"),
    ],
    ids=repr,
)
def test_whoever_leaves_decides_a_consultation(fact: Input, outcome: Outcome, reason: str) -> None:
    """One who leaves without a word has left the matter with the other; no leg is hung up for it."""
    transfer, deeds = told("consult", *CONFERRING, fact)
    assert transfer.state == Ended(outcome, reason)
    assert not [deed for deed in deeds if isinstance(deed, HangUp)]


@pytest.mark.parametrize(
    ("fact", "reason"), [(TimeUp(), "decision_time_up"), (TakenBack(), "taken_back")], ids=["time", "taken back"]
)
def test_without_a_decision_the_first_receiver_keeps_the_matter(fact: Input, reason: str) -> None:
    """No decision in time, or the seat takes the caller back: the target is let go, the first receiver keeps it."""
    transfer, deeds = told("consult", *CONFERRING, fact)
    assert transfer.state == Cancelling(Outcome.FIRST_RECEIVER_KEEPS, reason)
    assert deeds == [HangUp(LEG, back=True)]


def test_a_decision_in_a_warm_transfer_means_nothing() -> None:
    """Nobody was asked: three go on talking."""
    transfer, deeds = told("warm", *CONFERRING, Resolved(Outcome.AGREED_HERE))
    assert (transfer.state, deeds) == (ThreeParty(), [])


# --- acceptance -----------------------------------------------------------------------------------------------------------

OFFERED = (*RUNG, TargetOffered())


def test_an_offer_that_is_accepted_joins() -> None:
    """Picked up is offered; joined is accepted."""
    assert told("warm", *OFFERED)[0].state == Offered()
    assert told("warm", *OFFERED, TargetAnswered())[0].state == ThreeParty()


def test_an_offer_without_a_ringing_before_it() -> None:
    """A target that picks up before it was heard ringing is offered all the same."""
    assert told("warm", BEGAN, TargetOffered())[0].state == Offered()


@pytest.mark.parametrize("reason", ["declined", "no_accept", "out_of_scope"])
def test_an_offer_that_is_declined_ends_with_its_reason(reason: str) -> None:
    """The reason that the target gave is the one that the seat reads, whatever cause the leg ends with."""
    assert told("warm", *OFFERED, OfferDeclined(reason))[0].state == Offered(reason)
    transfer, _ = told("warm", *OFFERED, OfferDeclined(reason), TargetHungUp(21))
    assert transfer.state == Ended(Outcome.DECLINED, reason)


def test_a_target_that_hangs_up_the_offer_has_declined() -> None:
    """Without a word it is still a no, and not a missed call."""
    assert told("warm", *OFFERED, TargetHungUp(16))[0].state == Ended(Outcome.DECLINED, "declined")


def test_a_declined_offer_goes_to_the_next_rung() -> None:
    """On a ladder of two the next one is rung, and the reason is kept."""
    transfer, deeds = told("warm", *OFFERED, OfferDeclined("no_accept"), TargetHungUp(21), rungs=2)
    assert deeds == [RingNext("no_accept")]
    assert transfer.state == Requested()


def test_a_seat_that_leaves_during_an_offer() -> None:
    """The caller waits with music, and is the target's when it accepts."""
    assert told("warm", *OFFERED, TransfererHungUp())[0].state == Blonde(offered=True)
    transfer, _ = told("warm", *OFFERED, TransfererHungUp(), TargetAnswered())
    assert transfer.state == Ended(Outcome.COMPLETED, "transferer_left")


def test_a_declined_offer_keeps_its_reason_when_the_seat_has_left() -> None:
    """The seat that reads the outcome later reads what the target said."""
    transfer, _ = told("warm", *OFFERED, TransfererHungUp(), OfferDeclined("no_accept"), TargetHungUp(21))
    assert transfer.state == Ended(Outcome.DECLINED, "no_accept")


# --- taking back ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", [Requested(), Ringing(), Offered(), Blonde(), ThreeParty()], ids=lambda state: type(state).__name__
)
def test_taken_back(state: State) -> None:
    """Before and after the answer: the leg goes so that the caller comes back to a person, and the end waits for it."""
    transfer, deeds = step(a_transfer(state, LEG), TakenBack(), 20.0)
    assert deeds == (HangUp(LEG, back=True),)
    ended, _ = step(transfer, TargetHungUp(26), 21.0)
    assert ended.state == Ended(Outcome.RETURNED, "taken_back")


def test_taken_back_rings_no_further_rung() -> None:
    """A ladder ends where the seat takes the caller back."""
    transfer, deeds = told("warm", *RUNG, TakenBack(), TargetHungUp(26), rungs=3)
    assert transfer.state == Ended(Outcome.RETURNED, "taken_back")
    assert deeds == [Settle()]


def test_taken_back_before_the_leg_began() -> None:
    """A leg that begins behind the key is hung up at once."""
    transfer, deeds = told("warm", TakenBack())
    assert (type(transfer.state), deeds) == (Cancelling, [])
    assert step(transfer, BEGAN, 20.0)[1] == (HangUp(LEG, back=True),)


# --- ladders --------------------------------------------------------------------------------------------------------------


def test_the_next_rung_of_a_blonde_transfer() -> None:
    """The seat has left: the caller goes on hearing music while the next rung rings."""
    transfer, deeds = told("warm", *RUNG, TransfererHungUp(), TargetHungUp(17), rungs=2)
    assert (transfer.state, transfer.attempt, deeds) == (Blonde(), 2, [RingNext("busy")])


def test_the_dialplan_climbs_its_ladder_itself() -> None:
    """A leg of the dialplan that fails is followed by the dialplan's next rung; the last one ends the transfer."""
    facts = (LegBegan(LEG, 1, "dialplan"), TargetRang(), TargetHungUp(17))
    transfer, deeds = told("warm", *facts, rungs=2)
    assert (transfer.state, transfer.attempt, deeds) == (Requested(), 2, [RingNext("busy")])
    transfer, deeds = told("warm", *facts, LegBegan(LEG, 2, "dialplan"), TargetRang(), TargetHungUp(19), rungs=2)
    assert transfer.state == Ended(Outcome.FAILED, "no_answer")
