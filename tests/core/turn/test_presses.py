"""Where transfers begin, and what people say about one that runs: keys, requests, taking back, deciding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.messages.channel_events import AttendedTransferred
from gateway.core.messages.commands import AdoptLeg, AnswerOffer, HangUpLeg, ReleaseSeat, RingTarget, TellSeat
from gateway.core.messages.dialplan_events import KeyAnswered, KeyPressed, KeyTookBack, LegOffered
from gateway.core.messages.event import Event
from gateway.core.messages.records import TransferRow
from gateway.core.messages.requests import (
    ConsultationDecided,
    OfferAnswered,
    SeatReleased,
    TransferAsked,
    TransferTakenBack,
)
from gateway.core.model.settings import Settings
from gateway.core.rules.rule import OTHER, Key, Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, TargetId
from gateway.core.values.texts import NOTHING_TO_TAKE_BACK
from tests.core.plays import CALLER, A, B, Play

PRESS = "12345.1000000.1"
NAMES = [TargetId(name) for name in ("12345", "110", "119", "120")]
RULES = RuleSet(
    targets={name: Target(id=name, name=name) for name in NAMES},
    keys={"*1": Key("transfer", OTHER)},
    rules=(
        Rule(
            name="offer",
            from_=A,
            target=TargetId("120"),
            ladder=(Rung(TargetId("120"), 20),),
            terms=TransferPolicy(accept_s=15),
        ),
        Rule(name="default", from_=None, target=None, ladder=()),
    ),
)


def connected(settings: Settings | None = None) -> Play:
    """Seat 1001 has the caller."""
    play = Play(RULES, **({"settings": settings} if settings else {})).both()
    play.connect()
    return play


def ringing(mode: str = "") -> Play:
    """And has pressed; seat 2001 rings."""
    play = connected()
    play.press(mode=mode)
    play.ring()
    return play


def together(mode: str = "") -> Play:
    """And has answered; three talk."""
    play = ringing(mode)
    play.answer()
    return play


def kinds(out: list[Any], kind: type[Any]) -> list[Any]:
    """What of one kind came out."""
    return [item for item in out if isinstance(item, kind)]


# --- a key ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["consult", "conference", "blind", "silent"])
def test_the_mode_of_the_key_goes_before_that_of_the_rule(mode: str) -> None:
    """A key that asks for a mode gets it; every other term is the rule's."""
    play = connected()
    play.press(target="120", mode=mode)
    assert (play.transfer().mode, play.rings()[0].accept_s, play.rings()[0].ring_s) == (mode, 15, 20)


def test_a_key_without_a_mode_has_that_of_the_rule() -> None:
    """The rule decides where the key says nothing."""
    play = connected()
    play.press()
    assert play.transfer().mode == "warm"


# --- a request --------------------------------------------------------------------------------------------------------------


def asked(**whose: str) -> TransferAsked:
    """A request over HTTP at 12345."""
    return TransferAsked(A, 1100.0, press=PressId("12345.1.http"), target=TargetId("110"), mode="silent", **whose)  # type: ignore[arg-type]


@pytest.mark.parametrize("whose", [{"call": "c"}, {"seat": "1001"}, {"channel": "s"}, {"channel": "c"}], ids=str)
def test_a_request_is_a_press(whose: dict[str, str]) -> None:
    """By call, by seat and by channel the same caller is transferred, and the seat that has him is the transferer."""
    play = connected()
    (ring,) = kinds(play.tell(asked(**whose)), RingTarget)
    assert (ring.press, ring.caller, ring.target) == ("12345.1.http", CALLER, "110")
    row = play.transfer("12345.1.http")
    assert (row.transferer, row.mode, row.state) == ("1001", "silent", "requested")


def test_a_request_of_a_far_seat_rings_at_home() -> None:
    """Seat 2001 has the caller through the trunk: it is the transferer, and home rings."""
    play = together()
    play.hang_up(A, "s")
    event = TransferAsked(B, 1200.0, press=PressId("110.1.http"), target=TargetId("119"), seat=SeatId("2001"))
    (ring,) = kinds(play.tell(event), RingTarget)
    row = play.transfer("110.1.http")
    assert (ring.switchboard, ring.caller) == ("12345", CALLER)
    assert (row.transferer_switchboard, row.transferer) == ("110", "2001")


@pytest.mark.parametrize("whose", [{"call": "x"}, {"seat": "1002"}, {"channel": "x"}, {}], ids=str)
def test_a_request_about_nobody_does_nothing(whose: dict[str, str]) -> None:
    """No such call, a seat without one, an unknown channel: nothing is rung and nothing written."""
    assert connected().tell(asked(**whose)) == []


def test_a_request_that_comes_twice_is_one() -> None:
    """A retry with the same press rings nobody a second time."""
    play = connected()
    play.tell(asked(call="c"))
    assert play.tell(asked(call="c")) == []


def test_a_request_for_a_caller_without_a_person() -> None:
    """Nobody is with the caller: the target is rung, and the transfer is one whose seat has left."""
    play = connected()
    play.hang_up(A, "s")
    assert kinds(play.tell(asked(call="c")), RingTarget)
    assert play.transfer("12345.1.http").state == "blonde"


# --- a phone's own transfer button --------------------------------------------------------------------------------------------


def refer(play: Play) -> list[Any]:
    """Seat 1001's phone has sent a REFER and let go; the caller's dialplan presses."""
    play.hang_up(A, "s")
    presser, nobody = "PJSIP/1001-0000000b", ChannelUid("")
    return play.tell(
        KeyPressed(
            A,
            play.at(),
            press=PressId(PRESS),
            target=TargetId("110"),
            presser=nobody,
            presser_name=presser,
            caller=CALLER,
            caller_uid=ChannelUid("c"),
            origin=nobody,
        )
    )


def test_refer_is_a_press_whose_presser_has_left() -> None:
    """It rings like any press, is blonde from the beginning, and its seat is known by the name of the channel."""
    play = connected()
    (ring,) = kinds(refer(play), RingTarget)
    assert (ring.caller, ring.press) == (CALLER, PRESS)
    assert (play.transfer().state, play.transfer().transferer) == ("blonde", "1001")


def test_refer_target_answers() -> None:
    """The target that answers has the caller."""
    play = connected()
    refer(play)
    play.ring()
    play.answer()
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.COMPLETED, "transferer_left")


def test_refer_no_answer_is_told_to_the_seat() -> None:
    """Nobody answers: the seat whose button it was reads so, and nothing is done to the caller."""
    play = connected()
    refer(play)
    play.ring()
    out = play.hang_up(A, "l", 19)
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "no_answer")
    assert [item.seat for item in kinds(out, TellSeat)] == ["1001"]
    assert kinds(out, HangUpLeg) == []


def test_a_phone_that_hands_over_by_itself_is_a_transfer_that_is_over() -> None:
    """The seat had called 119 on its second line and joined the two: it is written down, 119 owns the matter, its leg is ours."""
    play = connected()
    play.channel(A, "n", "PJSIP/119-0000000f", "up")
    out = play.tell(AttendedTransferred(A, 1100.5, ChannelUid("s"), ChannelUid("c"), ChannelUid("n")))
    (row,) = kinds(out, TransferRow)
    assert (row.outcome, row.target, row.transferer, row.by) == (Outcome.COMPLETED, "119", "1001", "phone")
    assert [(item.channel, item.caller_uid) for item in kinds(out, AdoptLeg)] == [("n", "c")]
    assert play.core.world.calls[ChannelUid("c")].context.owner == "119"


def test_a_phone_that_joins_others_is_none_of_ours() -> None:
    """Neither of the two is a caller of a queue."""
    play = connected()
    play.channel(A, "n", "PJSIP/119-0000000f", "up")
    assert play.tell(AttendedTransferred(A, 1100.5, ChannelUid("s"), ChannelUid("x"), ChannelUid("n"))) == []


# --- taking back ------------------------------------------------------------------------------------------------------------


def took_back(play: Play) -> list[Any]:
    """Seat 1001 presses the key that takes back."""
    return play.tell(KeyTookBack(A, play.at(), ChannelUid("s"), ChannelUid("c"), ChannelUid("")))


def asked_back(play: Play) -> list[Any]:
    """Somebody asks for it over HTTP."""
    return play.tell(TransferTakenBack(A, play.at(), PressId(PRESS)))


@pytest.mark.parametrize("how", [took_back, asked_back])
@pytest.mark.parametrize("scene", [ringing, together])
def test_taken_back(scene: Callable[[], Play], how: Callable[[Play], list[Any]]) -> None:
    """By key or request, ringing or joined: the leg ends with a cause that is no goodbye, then the transfer."""
    play = scene()
    (hang_up,) = kinds(how(play), HangUpLeg)
    assert (hang_up.channel, hang_up.cause) == ("l", 26)
    play.hang_up(A, "l", 26)
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.RETURNED, "taken_back")


def test_a_target_cannot_take_back_itself() -> None:
    """The far seat, whose call came through the leg in question, presses the key: nothing happens, and it reads so."""
    play = together()
    (text,) = play.tell(KeyTookBack(B, play.at(), ChannelUid("f"), ChannelUid("t"), ChannelUid("l")))
    assert (text.switchboard, text.seat, text.text) == (B, "2001", NOTHING_TO_TAKE_BACK)
    assert play.transfer().state == "three_party"


def test_a_far_transferer_takes_back() -> None:
    """Seat 2001, which sent the caller home again, takes him back from there: its own leg is not the one in question."""
    play = together()
    play.hang_up(A, "s")
    play.press_far()
    play.leg("110.9000000.7", "12345", uid="q")
    (hang_up,) = kinds(
        play.tell(KeyTookBack(B, play.at(), ChannelUid("f"), ChannelUid("t"), ChannelUid("l"))), HangUpLeg
    )
    assert hang_up.channel == "q"


def test_taking_back_where_nothing_runs() -> None:
    """The key does nothing without a transfer, and says so."""
    (text,) = took_back(connected())
    assert (text.seat, text.text) == ("1001", NOTHING_TO_TAKE_BACK)


# --- accept, decline, decide --------------------------------------------------------------------------------------------------


def offered() -> Play:
    """120 has picked up and must accept."""
    play = connected()
    play.press(target="120")
    play.leg(PRESS, "120")
    play.tell(LegOffered(A, play.at(), PressId(PRESS), ChannelUid("l")))
    return play


@pytest.mark.parametrize(("accept", "reason"), [(True, ""), (False, ""), (False, "out_of_scope")])
def test_an_offer_is_answered_on_its_leg(accept: bool, reason: str) -> None:
    """What a console says is handed to the leg that waits; what comes of it, the leg tells."""
    play = offered()
    assert play.transfer().state == "offered"
    out = play.tell(OfferAnswered(A, play.at(), PressId(PRESS), accept, reason))
    assert [(item.channel, item.accept, item.reason) for item in out] == [("l", accept, reason)]
    assert play.transfer().state == "offered"


def test_a_key_needs_no_gateway_to_answer_an_offer() -> None:
    """The dialplan has told the leg already: the gateway only hears of it."""
    play = offered()
    assert play.tell(KeyAnswered(A, play.at(), ChannelUid("x"), ChannelUid("l"), True)) == []


def answered(accept: bool) -> Event:
    """Somebody accepts or declines over HTTP."""
    return OfferAnswered(A, 1500.0, PressId(PRESS), accept)


def pressed(accept: bool) -> Event:
    """The far seat does so by key."""
    return KeyAnswered(B, 1500.0, ChannelUid("f"), ChannelUid("l"), accept)


def decided(accept: bool) -> Event:
    """The parties say what they have agreed."""
    outcome = Outcome.AGREED_THERE if accept else Outcome.AGREED_HERE
    return ConsultationDecided(A, 1500.0, PressId(PRESS), outcome)


@pytest.mark.parametrize("how", [answered, pressed, decided])
def test_agreed_there(how: Callable[[bool], Any]) -> None:
    """In a consultation accepting is the decision, by whichever way it is said; nobody is hung up."""
    play = together("consult")
    out = play.tell(how(True))
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.AGREED_THERE, "decided")
    assert kinds(out, HangUpLeg) == []
    assert play.core.world.calls[ChannelUid("c")].context.owner == "110"


@pytest.mark.parametrize("how", [answered, pressed, decided])
def test_agreed_here(how: Callable[[bool], Any]) -> None:
    """Declining lets the target go, and the first receiver owns the matter."""
    play = together("consult")
    out = play.tell(how(False))
    assert [item.channel for item in kinds(out, HangUpLeg)] == ["l"]
    play.hang_up(A, "l", 26)
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.AGREED_HERE, "decided")
    assert play.core.world.calls[ChannelUid("c")].context.owner == "12345"


@pytest.mark.parametrize("event", [answered(True), answered(False), pressed(True), decided(True)], ids=repr)
@pytest.mark.parametrize("scene", [ringing, together])
def test_an_answer_to_nothing_does_nothing(scene: Callable[[], Play], event: Any) -> None:
    """A target that only rings, or has joined a warm transfer, was asked nothing."""
    assert kinds(scene().tell(event), AnswerOffer | HangUpLeg | TransferRow) == []


def test_releasing_the_seat() -> None:
    """Three talk, and somebody lets the first seat go: its channel is ended as no goodbye, and nobody calls it back."""
    play = together()
    (release,) = play.tell(SeatReleased(A, play.at(), PressId(PRESS)))
    assert isinstance(release, ReleaseSeat)
    assert (release.channel, release.caller, release.returns) == ("s", CALLER, "")


def test_a_seat_is_not_released_while_the_target_rings() -> None:
    """The caller would be alone."""
    play = ringing()
    assert play.tell(SeatReleased(A, play.at(), PressId(PRESS))) == []


def test_a_blind_seat_at_home_gets_its_caller_back() -> None:
    """The release of a blind press names the seat to return to."""
    play = connected()
    play.press(mode="blind")
    (release,) = kinds(play.leg(PRESS, "110"), ReleaseSeat)
    assert (release.channel, release.caller, release.returns) == ("s", CALLER, "1001")


def test_word_about_a_transfer_that_is_not() -> None:
    """What comes too late, or was never there, does nothing."""
    play = connected()
    for event in (answered(True), decided(True), SeatReleased(A, 1.0, PressId(PRESS))):
        assert play.tell(event) == []


def test_a_target_at_home_cannot_take_back_itself() -> None:
    """A seat behind a Local leg at home names that leg: it is the target."""
    play = together()
    play.tell(KeyTookBack(A, play.at(), ChannelUid("f"), ChannelUid("c"), ChannelUid("l")))
    assert play.transfer().state == "three_party"


def test_an_acceptance_before_the_phone_is_answered_is_not_kept() -> None:
    """The seat has left and the target rings: an acceptance now would be one of a call that nobody has taken."""
    play = ringing()
    play.hang_up(A, "s")
    assert play.transfer().state == "blonde"
    assert kinds(play.tell(OfferAnswered(A, play.at(), PressId(PRESS), True)), AnswerOffer) == []


def test_a_press_after_the_caller_has_left_has_its_outcome() -> None:
    """Seat and target talk on without the caller, and the seat presses: nobody rings, and it reads that the caller is gone."""
    play = together()
    play.hang_up(A, "c")
    out = play.press("12345.7000000.7")
    assert kinds(out, RingTarget) == []
    (row,) = kinds(out, TransferRow)
    assert (row.outcome, row.reason) == (Outcome.CALLER_HUNG_UP, "caller_hung_up")
    assert [told.seat for told in kinds(out, TellSeat)] == ["1001"]
