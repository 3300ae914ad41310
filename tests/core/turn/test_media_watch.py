"""The media watch: after a join or a leave it is looked who is sent packets; who is not is counted, told and healed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.messages.answers import PacketsCounted, PartyPackets, TimerFired
from gateway.core.messages.channel_events import HoldStarted
from gateway.core.messages.commands import CleanBridge, CountPackets, RejoinLeg, StartTimer, TellSeat
from gateway.core.turn.media_watch import HEALS_MAX
from gateway.core.values.ids import ChannelUid, SwitchboardId
from tests.core.plays import CALLER, SETTINGS, A, B, Play, seen

WATCHING = replace(SETTINGS, media_settle_s=0.5)


def three() -> Play:
    """Caller, seat 1001 and, behind the trunk leg ``l``, seat 2001 talk."""
    play = Play(settings=WATCHING).both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    return play


def look(play: Play, board: SwitchboardId = A, bridge: str = "b1") -> list[CountPackets]:
    """The voices have settled. The counts that are asked for."""
    out = play.tell(TimerFired(board, play.at(), f"media:{bridge}"))
    return [item for item in out if isinstance(item, CountPackets)]


def count(play: Play, board: SwitchboardId = A, bridge: str = "b1", **sent: int) -> list[Any]:
    """An answer: packets sent to each channel; each of them speaks."""
    parties = tuple(PartyPackets(ChannelUid(uid), packets, 15) for uid, packets in sent.items())
    return play.tell(PacketsCounted(board, play.at(), bridge, parties))


def miss(play: Play, board: SwitchboardId = A, bridge: str = "b1", **sent: int) -> list[Any]:
    """Somebody is sent nothing at two looks, one after the other. What comes of the second."""
    assert [item for item in count(play, board, bridge, **sent) if not isinstance(item, StartTimer)] == []
    look(play, board, bridge)
    return count(play, board, bridge, **sent)


def texts(play: Play) -> list[tuple[str, str]]:
    """What seats have read about sound."""
    return [(t.seat, t.text.partition(" / ")[0]) for t in play.all(TellSeat) if "声音" in t.text]


def test_two_who_never_were_three_are_not_looked_at() -> None:
    """A queue's call begins and ends without a look: only joins and leaves are watched."""
    play = Play(settings=WATCHING).both()
    play.connect()
    play.hang_up(A, "s")
    assert [timer.timer for timer in play.all(StartTimer) if timer.timer.startswith("media")] == []


def test_where_the_setting_is_zero_nobody_looks() -> None:
    """The watch is off."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    assert [timer.timer for timer in play.all(StartTimer) if timer.timer.startswith("media")] == []


def test_a_join_is_looked_at_on_both_sides_of_the_trunk() -> None:
    """Half a second after the leg has joined everybody is counted, by an order of its own that no command of the call waits for."""
    play = three()
    timers = [timer for timer in play.all(StartTimer) if timer.timer == "media:b1"]
    assert [timer.after_s for timer in timers] == [0.5]
    counts = look(play)
    assert [(one.switchboard, one.bridge, set(one.channels)) for one in counts] == [
        (A, "b1", {"c", "s", "l"}),
        (B, "b2", {"t", "f"}),
    ]
    assert {one.call for one in counts}.isdisjoint({"c"})


def test_who_is_sent_packets_hears() -> None:
    """Where all are well, a second look follows, and nothing comes of that."""
    play = three()
    look(play)
    again = count(play, c=15, s=15, l=15)
    assert [(item.timer, item.after_s) for item in again if isinstance(item, StartTimer)] == [("media:b1", 2.0)]
    assert count(play, B, "b2", t=15, f=15) == []
    look(play)
    assert count(play, c=15, s=15, l=15) == []
    assert play.core.world.board(A).silent_parties == 0


def test_who_loses_the_sound_a_second_after_the_join_is_found() -> None:
    """On a busy machine a bridge is rebuilt late: the second look sees it."""
    play = three()
    look(play)
    count(play, c=15, s=15, l=15)
    look(play)
    miss(play, c=0, s=15, l=15)
    assert len(play.all(RejoinLeg)) == 1


def test_a_further_leave_is_looked_at_twice_as_well() -> None:
    """Whoever enters or leaves begins it anew."""
    play = three()
    for _ in range(2):
        look(play)
        count(play, c=15, s=15, l=15)
    play.leave(A, "b1", "l")
    look(play)
    again = count(play, c=15, s=15)
    assert [item.after_s for item in again if isinstance(item, StartTimer)] == [2.0]


def test_a_deaf_caller_is_counted_told_and_healed_by_the_joiners_leg() -> None:
    """The seats on both sides read it; the leg that joined leaves and enters, nobody else; then it is looked again."""
    play = three()
    look(play)
    out = miss(play, c=0, s=15, l=15)
    assert [(item.switchboard, item.channel) for item in out if isinstance(item, RejoinLeg)] == [(A, "l")]
    assert texts(play) == [
        ("1001", "来电人听不到声音，正在重新接入"),
        ("2001", "来电人听不到声音，正在重新接入"),
    ]
    assert [item.timer for item in out if isinstance(item, StartTimer)] == ["media:b1"]
    play.leave(A, "b1", "l")
    play.enter(A, "b1", "l")
    look(play)
    count(play, c=15, s=15, l=15)
    assert texts(play)[2:] == [("1001", "来电人已恢复声音"), ("2001", "来电人已恢复声音")]
    board = play.core.world.board(A)
    assert (board.silent_parties, board.healed_parties) == (1, 1)
    assert play.transfer().state == "three_party"


@pytest.mark.parametrize(
    ("sent", "own", "spoken", "deaf"),
    [(2, 16, 16, True), (4, 16, 16, True), (5, 16, 16, False), (5, 5, 30, False), (2, 0, 16, True), (2, 15, 3, False)],
    ids=["two get through", "a quarter", "a third", "long packets", "says nothing", "hardly spoken to"],
)
def test_next_to_nothing_is_nothing(sent: int, own: int, spoken: int, deaf: bool) -> None:
    """A packet or two of a look get through to a party that hears nothing; who speaks in long packets is sent few, and hears."""
    play = three()
    parties = (
        PartyPackets(ChannelUid("c"), sent, own),
        PartyPackets(ChannelUid("s"), 15, spoken),
        PartyPackets(ChannelUid("l"), 15, spoken),
    )
    for _ in range(2):
        look(play)
        play.tell(PacketsCounted(A, play.at(), "b1", parties))
    assert play.core.world.board(A).silent_parties == int(deaf)


def test_who_is_healed_for_a_moment_only_is_healed_again() -> None:
    """Two packets while our leg is out are no cure: the next leg has its turn."""
    play = three()
    look(play)
    miss(play, c=0, s=15, l=15)
    play.leave(A, "b1", "l")
    play.enter(A, "b1", "l")
    look(play)
    count(play, c=2, s=15, l=15)
    assert len(play.all(RejoinLeg)) == 2
    assert play.core.world.board(A).healed_parties == 0


def test_what_is_missed_once_is_looked_at_again() -> None:
    """A network that stumbles for a moment: nobody is told, nobody's sound is touched."""
    play = three()
    look(play)
    out = count(play, c=0, s=15, l=15)
    assert [item.timer for item in out if isinstance(item, StartTimer)] == ["media:b1"]
    look(play)
    assert count(play, c=15, s=0, l=15) != []  # another party, for the first time
    look(play)
    count(play, c=15, s=15, l=15)
    assert texts(play) == []
    assert play.all(RejoinLeg) == []
    assert play.core.world.board(A).silent_parties == 0


def test_who_presses_a_key_is_not_deaf_and_makes_nobody_deaf() -> None:
    """While a key is pressed its presser neither hears nor is heard: it is looked again, as often as keys are pressed."""
    play = three()
    play.hang_up(A, "l")
    for _ in range(3):
        look(play)
        parties = (PartyPackets(ChannelUid("c"), 0, 15), PartyPackets(ChannelUid("s"), 0, 15))
        out = play.tell(PacketsCounted(A, play.at(), "b1", parties, keyed=True))
        assert [item.timer for item in out if isinstance(item, StartTimer)] == ["media:b1"]
    assert texts(play) == []
    assert play.all(CleanBridge) == []


def test_nobody_speaks_nobody_is_deaf() -> None:
    """Where no packet comes from anybody else, none is missed: a phone may be silent."""
    play = three()
    parties = (
        PartyPackets(ChannelUid("c"), 0, 15),
        PartyPackets(ChannelUid("s"), 15, 0),
        PartyPackets(ChannelUid("l"), 15, 0),
    )
    play.tell(PacketsCounted(A, play.at(), "b1", parties))
    assert play.core.world.board(A).silent_parties == 0


def test_who_holds_is_not_looked_at() -> None:
    """A phone that has put the others on hold asks for no sound."""
    play = three()
    play.tell(HoldStarted(A, play.at(), ChannelUid("s")))
    assert set(look(play)[0].channels) == {"c", "l"}


def test_who_holds_while_packets_are_counted_is_not_deaf() -> None:
    """The look had begun: the holder is sent nothing any more, and what he still sends is for nobody."""
    play = three()
    look(play)
    play.tell(HoldStarted(A, play.at(), ChannelUid("s")))
    out = count(play, c=15, s=0, l=15)
    assert [item for item in out if not isinstance(item, StartTimer)] == []
    assert play.core.world.board(A).silent_parties == 0
    play.leave(A, "b1", "l")
    assert [item for item in count(play, c=0, s=0) if isinstance(item, TellSeat)] == []


def test_two_that_are_left_are_healed_by_a_silent_leg() -> None:
    """After the seat has left: were the leg taken out, the caller would be alone."""
    play = three()
    play.hang_up(A, "s")
    look(play)
    out = miss(play, c=0, l=15)
    assert [(item.switchboard, item.member) for item in out if isinstance(item, CleanBridge)] == [(A, CALLER)]
    assert play.all(RejoinLeg) == []


@pytest.mark.parametrize("name", ["Local/in@onekey-clean-00000008;2", "Local/in@onekey-held-00000008;2"])
def test_a_silent_leg_is_no_party(name: str) -> None:
    """It enters and leaves, also with music for who is alone with a holder: no state of a seat, no look of its own at its coming."""
    play = three()
    play.hang_up(A, "s")
    before = len(play.out)
    play.channel(A, "z", name, linkedid="z")
    play.enter(A, "b1", "z")
    assert [item for item in play.out[before:] if isinstance(item, StartTimer)] == []


def test_of_several_legs_each_has_its_turn() -> None:
    """The newest first; one that talks through a Local channel keeps its translation until that channel has been out."""
    play = three()
    play.channel(A, "m", "PJSIP/119-m", linkedid="c")
    play.leg("12345.3000000.3", uid="k")
    play.enter(A, "b1", "k")
    turns = [item.channel for item in miss(play, c=0, s=15, l=15, k=15) if isinstance(item, RejoinLeg)]
    for _ in range(2):
        look(play)
        turns += [item.channel for item in count(play, c=0, s=15, l=15, k=15) if isinstance(item, RejoinLeg)]
    assert turns == ["k", "l", "k"]


def test_what_cannot_be_healed_is_said_once_and_left() -> None:
    """After so many tries people are told to help themselves, and the party counts once."""
    play = three()
    miss(play, c=0, s=15, l=15)
    for _ in range(HEALS_MAX - 1):
        look(play)
        count(play, c=0, s=15, l=15)
    look(play)
    last = count(play, c=0, s=15, l=15)
    assert [item for item in last if isinstance(item, RejoinLeg | CleanBridge | StartTimer)] == []
    assert texts(play)[-1] == ("2001", "来电人仍听不到声音，请用其他方式联系")
    assert play.core.world.board(A).silent_parties == 1


def test_a_seat_behind_a_local_channel_is_looked_at() -> None:
    """Its own bridge hangs on the caller's: sound that comes through the Local channel counts as somebody's."""
    play = Play(settings=WATCHING).both()
    play.attach(
        seen("c", CALLER, "b1"),
        seen("s", "PJSIP/1001-0000000b", "b1"),
        seen("q1", "Local/s@onekey-queue-00000004;1", "b1"),
        seen("q2", "Local/s@onekey-queue-00000004;2", "b3"),
        seen("d", "PJSIP/1002-0000000f", "b3"),
    )
    (asked,) = look(play)
    assert set(asked.channels) == {"c", "s", "d"}
    out = miss(play, c=15, s=15, d=0)
    assert [item.member for item in out if isinstance(item, CleanBridge)] == ["PJSIP/1002-0000000f"]
    assert ("1002", "坐席1002听不到声音，正在重新接入") in texts(play)


def test_what_a_gap_has_hidden_is_looked_at() -> None:
    """A snapshot shows three in a bridge: whoever joined while nobody watched may be deaf."""
    play = Play(settings=WATCHING).both()
    out = play.attach(
        seen("c", CALLER, "b1"), seen("s", "PJSIP/1001-0000000b", "b1"), seen("x", "PJSIP/119-0000000e", "b1")
    )
    assert [item.timer for item in out if isinstance(item, StartTimer) and item.timer.startswith("media")] == [
        "media:b1"
    ]


def test_a_bridge_that_is_gone_is_forgotten() -> None:
    """Nothing is kept of a call that is over."""
    play = three()
    for uid in ("s", "l", "c"):
        play.leave(A, "b1", uid)
    assert play.core.world.watched == {}


def test_an_answer_that_comes_late_means_nothing() -> None:
    """Of a bridge that is gone, of a channel that has left."""
    play = three()
    play.hang_up(A, "s")
    assert [item for item in count(play, s=0, c=15, l=15) if not isinstance(item, StartTimer)] == []
    assert count(play, bridge="b9", c=0) == []
