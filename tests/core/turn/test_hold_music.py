"""Who is left alone with a person that holds him hears music, until he is resumed or somebody comes."""

from __future__ import annotations

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.channel_events import HoldEnded, HoldStarted
from gateway.core.messages.commands import PlayMusic, StartTimer
from gateway.core.turn import hold_music
from gateway.core.values.ids import ChannelUid
from gateway.core.values.timers import TimerKind
from tests.core.plays import A, Play

CALLER = "PJSIP/13800000001-0000000a"


def three() -> Play:
    """A caller, his seat and 110's leg in one bridge."""
    play = Play()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    return play


def held(play: Play, uid: str = "l") -> None:
    """One of them holds."""
    play.tell(HoldStarted(A, play.at(), ChannelUid(uid)))


def goes(play: Play, uid: str) -> None:
    """One of them hangs up: out of the bridge, then gone."""
    play.leave(A, "b1", uid)
    play.hang_up(A, uid)


def beats(play: Play) -> list[int]:
    """What was said of music, each about the caller's channel."""
    found = play.all(PlayMusic)
    assert {item.member for item in found} <= {CALLER}
    return [item.beat for item in found]


def sign(play: Play) -> None:
    """It is time for the next sign."""
    play.tell(TimerFired(A, play.at(), f"{TimerKind.MUSIC}:c"))


def test_who_is_left_alone_with_the_holder_hears_music_until_he_is_resumed() -> None:
    """Nothing while three talk; the leg as the third leaves, a sign from time to time, and its end with the resumption."""
    play = three()
    held(play)
    assert beats(play) == []
    goes(play, "s")
    assert beats(play) == [1]
    timers = [item for item in play.all(StartTimer) if item.timer == f"{TimerKind.MUSIC}:c"]
    assert [item.after_s for item in timers] == [hold_music.SIGN_S]
    sign(play)
    play.tell(HoldEnded(A, play.at(), ChannelUid("l")))
    assert beats(play) == [1, 2, 0]
    sign(play)
    assert beats(play) == [1, 2, 0]


def test_the_seat_may_be_the_holder() -> None:
    """110 leaves, and the caller is alone with his own seat that holds."""
    play = three()
    held(play, "s")
    goes(play, "l")
    assert beats(play) == [1]


def test_a_hold_between_two_is_asterisks_own() -> None:
    """It was told, and is played; two musics would be none."""
    play = Play()
    play.connect()
    held(play, "s")
    assert beats(play) == []


def test_a_hold_that_lasts_through_a_call_of_three_is_told_no_more() -> None:
    """The seat holds while two talk, a third comes, and leaves again: what Asterisk played has ended with his coming."""
    play = Play()
    play.connect()
    play.press()
    play.ring()
    held(play, "s")
    play.answer()
    goes(play, "l")
    assert beats(play) == [1]


def test_who_is_not_held_hears_no_music() -> None:
    """A third leaves, and two go on talking; the holder leaves, and nobody holds."""
    for holder, leaves in (("", "s"), ("l", "l")):
        play = three()
        if holder:
            held(play, holder)
        goes(play, leaves)
        assert beats(play) == []


def test_it_ends_when_somebody_comes_or_one_of_the_two_goes() -> None:
    """A further person in the bridge, and the holder's goodbye."""
    play = three()
    held(play)
    goes(play, "s")
    play.channel(A, "m", "PJSIP/119-0000000d", linkedid="c")
    play.enter(A, "b1", "m")
    assert beats(play) == [1, 0]
    goes(play, "m")
    goes(play, "l")
    assert beats(play) == [1, 0, 1, 0]


def test_a_caller_who_has_gone_is_played_nothing() -> None:
    """His leg with the music ends by itself: no command about a channel that is not there."""
    play = three()
    held(play)
    goes(play, "s")
    goes(play, "c")
    sign(play)
    assert beats(play)[1:] in ([], [0])
    assert play.core.world.music == {}
