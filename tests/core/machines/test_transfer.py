"""The transfer machine: total, one end, and never beside its table."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from gateway.core.machines import transfer as machine
from gateway.core.machines.inputs import (
    CallerWentBack,
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
from gateway.core.machines.transfer import (
    NEXT,
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
    state_name,
    step,
)
from gateway.core.rules.rule import Rung, TransferPolicy
from gateway.core.values.ids import ChannelUid, ContextId, Outcome, PressId, SeatId, SwitchboardId, TargetId

LEG = ChannelUid("12345-1.9")
MODES = ("warm", "blind", "silent", "consult", "conference")
FACTS: list[Input] = [
    LegBegan(LEG, 1, "gateway"),
    TargetRang(),
    TargetOffered(),
    OfferDeclined("declined"),
    TakenBack(),
    Resolved(Outcome.AGREED_HERE),
    Resolved(Outcome.AGREED_THERE),
    TargetAnswered(),
    TargetHungUp(16),
    TargetHungUp(17),
    TransfererHungUp(),
    TransfereeHungUp(),
    RingingEnded("FAILED"),
    HeldBack(),
    LegRefused("dialplan:1"),
    LegRefused("nobody:0"),
    RequestFailed("no answer"),
    CallerWentBack(),
    NothingKnown(),
    TimeUp(),
]
STATES: list[State] = [
    Requested(),
    Requested(left_to_dialplan=True),
    Ringing(),
    Offered(),
    Offered("declined"),
    Blonde(),
    ThreeParty(),
    Consulting(),
    Cancelling(Outcome.FAILED, "no_answer"),
    Ended(Outcome.COMPLETED, "transferer_left"),
]


def a_transfer(state: State = Requested(), leg: str = "", rungs: int = 1, mode: str = "warm") -> Transfer:  # noqa: B008 - a frozen value
    """A press of seat 1001, in the given state."""
    return Transfer(
        id=PressId("12345.1700000000000000.123"),
        home=SwitchboardId("12345"),
        call="12345-1.0",
        context=ContextId("c-1"),
        caller="PJSIP/13800000001-00000000",
        caller_uid=ChannelUid("12345-1.0"),
        transferer_switchboard=SwitchboardId("12345"),
        transferer=SeatId("1001"),
        transferer_channel=ChannelUid("12345-1.1"),
        transferer_leg=ChannelUid(""),
        far_caller="",
        target=TargetId("110"),
        ladder=(Rung(TargetId("110"), 25),) * rungs,
        pressed_at=1.0,
        terms=TransferPolicy(mode=mode, tag="[12345转]"),
        leg=ChannelUid(leg),
        state=state,
    )


def after(*facts: Input, start: Transfer | None = None) -> Transfer:
    """The transfer after these facts, a second apart."""
    transfer = start or a_transfer()
    for number, fact in enumerate(facts):
        transfer, _ = step(transfer, fact, 10.0 + number)
    return transfer


def test_every_class_of_fact_is_tried() -> None:
    """The list of facts above names every class of the union."""
    assert {type(fact) for fact in FACTS} == set(get_args(Input))


@pytest.mark.parametrize("leg", ["", LEG])
@pytest.mark.parametrize("state", STATES, ids=repr)
@pytest.mark.parametrize("fact", FACTS, ids=repr)
def test_every_state_answers_every_fact(state: State, fact: Input, leg: str) -> None:
    """No pair of state and fact raises in any mode, and every move is in the table."""
    for mode in MODES:
        result, _ = step(a_transfer(state, leg, mode=mode), fact, 2.0)
        assert type(result.state) in NEXT[type(state)]


def test_the_table_names_every_state() -> None:
    """``NEXT`` has a row for each state, and only the end has no way out."""
    assert set(NEXT) == set(get_args(State))
    assert [state for state, following in NEXT.items() if following == {state}] == [Ended]


def test_warm_transfer_completes_when_the_seat_leaves() -> None:
    """Rung, answered, seat leaves: completed."""
    result = after(LegBegan(LEG, 1, "gateway"), TargetRang(), TargetAnswered(), TransfererHungUp())
    assert result.state == Ended(Outcome.COMPLETED, "transferer_left")
    assert [name for _, name, _ in result.history] == ["ringing", "three_party", "ended"]
    assert (result.ringing_at, result.answered_at, result.ended_at) == (11.0, 12.0, 13.0)


@pytest.mark.parametrize(
    ("cause", "outcome", "reason"),
    [
        (17, Outcome.FAILED, "busy"),
        (19, Outcome.FAILED, "no_answer"),
        (16, Outcome.FAILED, "no_answer"),
        (21, Outcome.DECLINED, "declined"),
        (38, Outcome.FAILED, "trunk_down"),
    ],
)
def test_a_target_that_fails_leaves_the_caller_with_the_seat(cause: int, outcome: Outcome, reason: str) -> None:
    """The cause becomes the reason that the seat is shown, and nothing is done to anyone."""
    start = after(LegBegan(LEG, 1, "gateway"), TargetRang())
    result, deeds = step(start, TargetHungUp(cause), 20.0)
    assert result.state == Ended(outcome, reason)
    assert deeds == (Settle(),)


def test_seat_leaves_while_ringing_then_target_answers() -> None:
    """The blonde transfer completes at the answer, and a far seat's trunk leg is released."""
    start = after(LegBegan(LEG, 1, "gateway"), TargetRang(), TransfererHungUp())
    assert start.state == Blonde()
    result, deeds = step(start, TargetAnswered(), 20.0)
    assert result.state == Ended(Outcome.COMPLETED, "transferer_left")
    assert ReleaseTransferer() in deeds


def test_caller_hangs_up_while_ringing_ends_the_leg_first() -> None:
    """The leg is hung up, and the end comes when it is gone."""
    start = after(LegBegan(LEG, 1, "gateway"), TargetRang())
    waiting, deeds = step(start, TransfereeHungUp(), 20.0)
    assert deeds == (HangUp(LEG),)
    assert isinstance(waiting.state, Cancelling)
    assert after(TargetHungUp(16), start=waiting).state == Ended(Outcome.CALLER_HUNG_UP, "caller_hung_up")


def test_a_leg_born_after_its_caller_left_is_hung_up_at_once() -> None:
    """The caller hung up between our request and the leg's first breath."""
    start = after(TransfereeHungUp())
    _, deeds = step(start, LegBegan(LEG, 1, "gateway"), 20.0)
    assert deeds == (HangUp(LEG),)


def test_the_next_rung_rings_while_the_seat_has_the_caller() -> None:
    """A ladder of two: the first is busy, the second is asked with the next attempt's number."""
    start = after(LegBegan(LEG, 1, "gateway"), start=a_transfer(rungs=2))
    result, deeds = step(start, TargetHungUp(17), 20.0)
    assert deeds == (RingNext("busy"),)
    assert (result.attempt, result.leg, result.state) == (2, "", Requested())
    assert result.history[-1] == (20.0, "rung_failed", "110: busy")


def test_a_lost_request_is_left_to_the_dialplan() -> None:
    """Asterisk did not answer our request: the dialplan's leg is taken for ours, and the end comes once."""
    result = after(RequestFailed("deadline"), LegBegan(LEG, 1, "dialplan"), TargetRang(), TargetAnswered())
    assert (result.state, result.by) == (ThreeParty(), "dialplan")


def test_the_fence_says_who_has_the_press() -> None:
    """Refused because the dialplan has it: adopted. Refused because another press rings: this press is used up."""
    assert after(LegRefused("dialplan:1")).state == Requested(left_to_dialplan=True)
    assert after(LegRefused("")).state == Ended(Outcome.FAILED, "already_ringing")


@pytest.mark.parametrize("mode", MODES)
def test_random_walks_end_exactly_once(mode: str) -> None:
    """Thousands of walks in each mode: one end at most, its outcome never changes, and nothing is hung up but the leg."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(3_000):
        transfer, ends = a_transfer(rungs=chance.choice([1, 2, 3]), mode=mode), 0
        for at in range(40):
            before = transfer.state
            transfer, deeds = step(transfer, chance.choice(FACTS), float(at))
            ends += isinstance(transfer.state, Ended) and not isinstance(before, Ended)
            assert not isinstance(before, Ended) or (transfer.state == before and not deeds)
            assert all(deed.leg == LEG for deed in deeds if isinstance(deed, HangUp))
        assert ends <= 1
        final, _ = step(step(transfer, TimeUp(), 50.0)[0], TimeUp(), 51.0)
        assert isinstance(final.state, Ended | ThreeParty)


@pytest.mark.parametrize("mode", MODES)
def test_a_walk_releases_the_seat_at_most_once_and_only_where_the_mode_says_so(mode: str) -> None:
    """Whatever happens, a warm, consulting or conferring seat is never sent away, and none once it has gone."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    facts = [fact for fact in FACTS if not isinstance(fact, LegBegan)]
    for _ in range(2_000):
        transfer, _ = step(a_transfer(mode=mode), TargetRang(), 1.0)
        released = 0
        for at in range(20):
            gone = transfer.transferer_gone
            transfer, deeds = step(transfer, chance.choice(facts), float(at))
            releases = [deed for deed in deeds if isinstance(deed, ReleaseSeat)]
            assert not (gone and releases)
            released += len(releases)
        assert released <= (mode in ("blind", "silent"))


@pytest.mark.parametrize("fact", [TimeUp(), CallerWentBack()], ids=repr)
@pytest.mark.parametrize("state", [s for s in STATES if not isinstance(s, Consulting)], ids=repr)
def test_time_and_the_callers_way_back_hang_up_no_leg(state: State, fact: Input) -> None:
    """A leg may have joined without our having heard of it: only a consultation's own time ends one."""
    _, deeds = step(a_transfer(state, LEG), fact, 2.0)
    assert not [deed for deed in deeds if isinstance(deed, HangUp)]


@pytest.mark.parametrize("state", [Ringing(), Offered(), Blonde(), Requested()], ids=repr)
def test_a_caller_who_went_back_is_still_the_legs(state: State) -> None:
    """While a leg lives, the caller at the head of the queue is no end: the leg takes him from there, or ends and says why."""
    waiting = after(CallerWentBack(), start=a_transfer(state, LEG))
    assert waiting.state == state
    assert after(TransfererHungUp(), TargetAnswered(), start=waiting).state == Ended(
        Outcome.COMPLETED, "transferer_left"
    )


@pytest.mark.parametrize("state", [Ringing(), Offered(), Blonde(), Requested()], ids=repr)
def test_what_was_lost_from_sight_is_said_to_be_unknown(state: State) -> None:
    """The time is up and nothing was heard: with a leg the end is not known, without one nothing was rung."""
    assert after(TimeUp(), start=a_transfer(state, LEG)).state == Ended(Outcome.FAILED, "not_seen")
    assert after(TimeUp(), TimeUp(), start=a_transfer(state)).state == Ended(Outcome.FAILED, "not_rung")


def test_public_words_of_the_states() -> None:
    """Each state has one word, the same in the API, the store and the diagram."""
    assert [state_name(state) for state in NEXT] == [
        "requested", "ringing", "offered", "blonde", "three_party", "consulting", "cancelling", "ended",
    ]  # fmt: skip
    assert machine.__doc__ is not None
