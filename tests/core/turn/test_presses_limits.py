"""How often a seat may press, how many may talk, and what may be pressed while three talk."""

from __future__ import annotations

from gateway.core.messages.channel_events import ChannelHungUp
from gateway.core.messages.commands import RingTarget
from gateway.core.messages.dialplan_events import LegStarted
from gateway.core.model.settings import Settings
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, TargetId
from tests.core.plays import CALLER, KEY, A, B, Play
from tests.core.turn.test_presses import connected, kinds, together

# --- a further press ----------------------------------------------------------------------------------------------------------


def test_a_further_service_may_be_called_in_while_three_talk() -> None:
    """A conference press in a call of three rings; the transfer that runs goes on."""
    play = together()
    (ring,) = kinds(play.press("12345.2.2", "119", "conference"), RingTarget)
    assert ring.target == "119"
    assert play.transfer().state == "three_party"


def test_no_other_press_is_taken_while_three_talk() -> None:
    """Sending the caller on is refused until the first transfer has ended."""
    play = together()
    assert kinds(play.press("12345.2.2", "119"), RingTarget) == []
    assert play.transfer("12345.2.2").reason == "already_ringing"


# --- limits -------------------------------------------------------------------------------------------------------------------


def end_of_leg(play: Play, uid: str) -> None:
    """The target is busy."""
    play.tell(ChannelHungUp(A, play.at(), ChannelUid(uid), 17))


def test_a_stuck_key_rings_no_more_than_so_often() -> None:
    """The press above the limit is refused with its reason; a minute later the seat may press again."""
    play = connected(Settings(signing_key=KEY, presses_per_minute_max=3))
    for number in range(1, 5):
        play.press(f"12345.1.{number}")
        play.leg(f"12345.1.{number}", "110", uid=f"l{number}")
        end_of_leg(play, f"l{number}")
    reasons = [play.transfer(f"12345.1.{number}").reason for number in range(1, 5)]
    assert reasons == ["busy", "busy", "busy", "too_many_presses"]
    for _ in range(60):
        play.at()
    assert kinds(play.press("12345.1.9"), RingTarget)


def test_each_seat_has_its_own_limit() -> None:
    """What one seat's stuck key does is not another's fault."""
    play = connected(Settings(signing_key=KEY, presses_per_minute_max=1))
    world = play.core.world
    assert [world.within_rate(A, SeatId(seat), 1.0) for seat in ("1001", "1002", "1001")] == [True, True, False]
    assert world.within_rate(B, SeatId("1001"), 1.0)
    assert [world.within_rate(A, SeatId(""), 1.0) for _ in range(2)] == [True, True]


def test_a_conference_has_so_many_parties_and_no_more() -> None:
    """Where the call is full a further party is refused with its reason; a transfer is not."""
    play = connected(Settings(signing_key=KEY, parties_max=2))
    assert kinds(play.press(mode="conference"), RingTarget) == []
    assert play.transfer().reason == "too_many_parties"
    assert kinds(play.press("12345.2.2"), RingTarget)


def test_a_conference_does_not_lose_the_transfer_under_way() -> None:
    """Three talk, a service is called in, the seat leaves: the transfer that was under way is completed."""
    play = together()
    play.press("12345.5000000.5", target="119", mode="conference")
    play.channel(A, "w", "PJSIP/119-0000000f", "down")
    started = LegStarted(
        A, play.at(), press=PressId("12345.5000000.5"), attempt=1, by="gateway", target=TargetId("119"), uid=ChannelUid("w"), name="PJSIP/119-0000000f",
        caller=CALLER, caller_uid=ChannelUid("c"),
    )  # fmt: skip
    play.tell(started)
    play.enter(A, "b1", "w")
    assert play.transfer("12345.5000000.5").reason == "conferenced"
    play.hang_up(A, "s")
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.COMPLETED, "transferer_left")
