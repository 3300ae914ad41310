"""What a rule may do beside ringing: each word of ``then`` acts, and none of them loses a caller."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.commands import (
    CancelTimer,
    HangUpLeg,
    ReleaseSeat,
    RingTarget,
    SaySeat,
    StartTimer,
    TellSeat,
)
from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import MemberChanged
from gateway.core.messages.requests import TransferAsked
from gateway.core.rules.caller_lists import CallerLists, Listed
from gateway.core.rules.catalogue import Catalogue, Matter
from gateway.core.rules.conditions import Hours, When
from gateway.core.rules.rule import Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid, DeviceState, Outcome, PressId, SeatId, TargetId
from tests.core.plays import A, B, Play
from tests.core.turn.test_presses import kinds

PRESS = "12345.1000000.1"
T110, T119 = TargetId("110"), TargetId("119")
CATALOGUE = Catalogue({"fire": Matter("fire", "火灾"), "sale": Matter("sale", "推销")})
CLOSED = (Hours((1, 2, 3, 4, 5, 6, 7), 0, 1),)


def connected(*rules: Rule, hold_back: int = 0, hours: tuple[Hours, ...] = (), **more: Any) -> Play:
    """Seat 1001 has the caller; 110 keeps so many seats and is open at these hours."""
    targets = {name: Target(id=name, name=name) for name in (TargetId("12345"), T119)}
    targets[T110] = Target(id=T110, name="110", hold_back=hold_back, hours=hours)
    known = RuleSet(
        targets=targets,
        keys={},
        rules=(*rules, Rule(name="default", from_=None, target=None, ladder=())),
        catalogue=CATALOGUE,
        **more,
    )
    play = Play(known).both()
    play.connect()
    return play


def rule(terms: TransferPolicy = TransferPolicy(), *ladder: Rung, **more: Any) -> Rule:  # noqa: B008 - a frozen value
    """A rule for every press."""
    return Rule(name="rule", from_=None, target=None, ladder=ladder, terms=terms, **more)


def ask(play: Play, target: str = "110", **said: str) -> list[Any]:
    """A press over HTTP that says something of the matter."""
    number = len(play.core.world.transfers) + 1
    press = PressId(f"12345.2000000.{number}")
    return play.tell(
        TransferAsked(
            A, play.at(), press=press, target=TargetId(target), seat=SeatId("1001"), said=RoutingDetails(**said)
        )
    )


def reasons(play: Play) -> list[str]:
    """What was skipped, and why."""
    return [reason for _, what, reason in play.transfer().history if what == "rung_skipped"]


# --- release ----------------------------------------------------------------------------------------------------------------


def three_party(release_s: int) -> Play:
    """110 has joined under a rule that releases the seat after a while."""
    play = connected(rule(TransferPolicy(release_s=release_s)))
    play.press()
    play.ring()
    play.answer()
    return play


def test_a_seat_is_released_after_its_time() -> None:
    """The timer of the three-party call is the rule's; its end releases the seat, whose leaving completes the transfer."""
    play = three_party(30)
    timer = play.all(StartTimer)[-1]
    assert timer.after_s == 30
    play.tell(TimerFired(A, play.at(), timer.timer))
    released = kinds(play.tell(TimerFired(A, play.at(), timer.timer)), ReleaseSeat)
    assert [(seat.channel, seat.returns) for seat in released] == [("s", "")]
    play.hang_up(A, "s", 26)
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.COMPLETED, "transferer_left")
    assert play.all(HangUpLeg) == []


def test_three_parties_talk_as_long_as_they_like_where_the_rule_says_nothing() -> None:
    """Without ``release`` no timer runs, and one that fires late releases nobody."""
    play = three_party(0)
    assert isinstance(play.all(CancelTimer)[-1], CancelTimer)
    for _ in range(2):
        out = play.tell(TimerFired(A, play.at(), f"transfer:{PRESS}"))
    assert kinds(out, ReleaseSeat) == []


# --- seats kept, hours ------------------------------------------------------------------------------------------------------


def test_a_target_that_keeps_its_seats_is_passed_over() -> None:
    """110 has one free seat and keeps one: the next rung rings, and the history says why."""
    play = connected(rule(TransferPolicy(), Rung(T110, 20), Rung(T119, 20)), hold_back=1)
    play.press()
    assert [ring.target for ring in play.rings()] == ["119"]
    assert reasons(play) == ["110: held_back"]


def test_a_press_for_kept_seats_alone_is_refused_and_the_seat_keeps_the_caller() -> None:
    """Nothing rings, the caller is where he was, and the seat reads why."""
    play = connected(hold_back=1)
    out = play.press()
    assert kinds(out, RingTarget) == []
    assert play.transfer().reason == "held_back"
    assert "仅余自留坐席" in kinds(out, TellSeat)[0].text


def test_a_rule_may_take_the_kept_seats() -> None:
    """Danger first: ``hold_back: 0`` goes before what the target says."""
    play = connected(rule(TransferPolicy(hold_back=0)), hold_back=1)
    play.press()
    assert [ring.target for ring in play.rings()] == ["110"]


def test_a_target_keeps_no_seats_from_its_own_callers() -> None:
    """A caller of 12345 is sent back to 12345, which has one free seat and keeps one: for such callers it is kept."""
    home = TargetId("12345")
    play = connected()
    play.core.world.rules.targets[home] = Target(id=home, name="12345", hold_back=1)
    play.press(target="12345")
    assert [ring.target for ring in play.rings()] == ["12345"]


def test_seats_that_are_not_known_are_not_kept() -> None:
    """A switchboard that is not heard is rung: a gap is no number (law 7)."""
    play = connected(hold_back=1)
    play.core.world.boards[B].connected = False
    play.core.world.boards[B].seen_at = 0.0
    play.press()
    assert [ring.target for ring in play.rings()] == ["110"]


def test_a_caller_without_a_person_is_rung_for_all_the_same() -> None:
    """The seat has left while the first rung rang: the last one rings, whoever's seats it keeps (law 1)."""
    play = connected(rule(TransferPolicy(), Rung(T119, 20), Rung(T110, 20)), hold_back=1)
    play.press()
    play.leg(PRESS, "119")
    play.leave(A, "b1", "s")
    play.hang_up(A, "s")
    play.hang_up(A, "l", 19)
    assert [ring.target for ring in play.rings()] == ["119", "110"]


def test_kept_seats_at_the_end_of_a_ladder_end_it() -> None:
    """The seat is there: the first rung fails, the last keeps its seats, and the transfer ends once with both reasons."""
    play = connected(rule(TransferPolicy(), Rung(T119, 20), Rung(T110, 20)), hold_back=1)
    play.press()
    play.leg(PRESS, "119")
    out = play.hang_up(A, "l", 19)
    assert [ring.target for ring in play.rings()] == ["119"]
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "held_back")
    (text,) = [item.text for item in kinds(out, TellSeat)]
    assert "119 对方无人接听" in text
    assert play.core.world.calls[ChannelUid("c")].transfer is None


def test_a_target_is_passed_over_while_it_is_closed() -> None:
    """Outside its hours the next rung rings; as the last it is rung all the same."""
    play = connected(rule(TransferPolicy(), Rung(T110, 20), Rung(T119, 20)), hours=CLOSED)
    play.press()
    assert [ring.target for ring in play.rings()] == ["119"]
    assert reasons(play) == ["110: closed"]
    alone = connected(hours=CLOSED)
    alone.press()
    assert [ring.target for ring in alone.rings()] == ["110"]


def test_a_rule_for_few_free_seats() -> None:
    """Counted only where a rule asks, of the switchboard that is pressed."""
    few = Rule(name="few", from_=None, target=T110, ladder=(Rung(T119, 20),), when=When(free_seats=1))
    play = connected(few)
    play.press()
    assert [ring.target for ring in play.rings()] == ["110"]
    full = connected(few)
    full.tell(MemberChanged(B, full.at(), queue="110", seat=SeatId("2001"), device=DeviceState.NOT_IN_USE, paused=True))
    full.press()
    assert [ring.target for ring in full.rings()] == ["119"]
    lost = connected(few)
    lost.tell(LinkLost(B, lost.at(), "cut"))
    lost.press()
    assert [ring.target for ring in lost.rings()] == ["110"]


# --- limits, refusals -------------------------------------------------------------------------------------------------------


def test_a_rule_has_so_many_transfers_in_a_minute() -> None:
    """What comes above is refused with its reason; a minute later it goes on."""
    play = connected(rule(limit=1))
    play.press()
    play.leg(PRESS, "110")
    play.hang_up(A, "l", 17)
    play.press("12345.1000000.2")
    assert play.transfer("12345.1000000.2").reason == "too_many_by_rule"
    for _ in range(60):
        play.at()
    assert kinds(play.press("12345.1000000.3"), RingTarget)


def test_a_refusing_rule_rings_nobody_and_says_why() -> None:
    """The transfer has its one end, the seat reads the rule's own words, nobody is hung up."""
    play = connected(rule(refuse="均不受理，请向来电人解释"))
    out = play.press()
    assert kinds(out, RingTarget) + play.all(HangUpLeg) + play.all(ReleaseSeat) == []
    assert (play.transfer().state, play.transfer().reason) == ("ended", "均不受理，请向来电人解释")
    assert "均不受理，请向来电人解释" in kinds(out, TellSeat)[0].text


# --- prompts, split ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompts", "heard"), [(None, ["ringing"]), (("ringing",), ["ringing"]), (("busy",), []), ((), [])]
)
def test_a_rule_chooses_the_prompts(prompts: tuple[str, ...] | None, heard: list[str]) -> None:
    """All, some, or none; the text on the phone is not a prompt."""
    play = connected(rule(TransferPolicy(prompts=prompts)))
    play.press()
    play.ring()
    assert [prompt.word for prompt in play.all(SaySeat)] == heard


@pytest.mark.parametrize("split", [False, True])
def test_a_split_matter_stays_with_the_first_receiver(split: bool) -> None:
    """12345 has the caller and its part; the owner is still who dispatched, and the seat reads so."""
    play = connected(rule(TransferPolicy(split=split)))
    play.press()
    play.ring()
    play.answer()
    play.leave(A, "b1", "s")
    out = play.hang_up(A, "s")
    assert play.transfer().outcome is Outcome.COMPLETED
    assert play.core.world.calls[ChannelUid("c")].context.owner == ("12345" if split else "110")
    assert ("其余仍由本方处置" in kinds(out, TellSeat)[0].text) == split


# --- what is known of a call ------------------------------------------------------------------------------------------------


def test_what_was_said_stays_with_the_call() -> None:
    """The first press says the matter; a later key press of the same call goes by it, too, and the row keeps it."""
    fire = Rule(
        name="fire", from_=None, target=None, ladder=(Rung(T119, 20),), when=When(matter="fire", urgency="danger")
    )
    play = connected(fire)
    ask(play, matter="fire")
    assert [ring.target for ring in play.rings()] == ["110"]
    play.leg("12345.2000000.1", "110")
    play.hang_up(A, "l", 17)
    ask(play, urgency="danger")
    play.leg("12345.2000000.2", "119", uid="m")
    play.hang_up(A, "m", 17)
    play.press()
    assert [ring.target for ring in play.rings()] == ["110", "119", "119"]
    assert play.transfer().said == RoutingDetails("fire", "danger")


def test_a_listed_caller_goes_by_his_rule() -> None:
    """By number, until the day on which the entry ends."""
    listed = Rule(name="listed", from_=None, target=None, ladder=(Rung(T119, 20),), when=When(list_="harass"))
    for until, target in ((0, "119"), (-1, "110")):
        play = connected(listed, callers=CallerLists({"harass": (Listed("13800000001", "why", until),)}))
        play.press()
        assert [ring.target for ring in play.rings()] == [target]
