"""Whoever got the caller beside the queue: a colleague by hand-over, at home or at 110; what is written down, and whose call it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.channel_events import AttendedTransferred, ChannelHungUp, HoldStarted
from gateway.core.messages.commands import AdoptLeg, StartTimer, TakePress, TellSeat
from gateway.core.messages.dialplan_events import CallerArrived, HomeAnswered, KeyPressed, TrunkArrived
from gateway.core.messages.link_events import CheckBegan, Checked
from gateway.core.messages.link_events import LinkLost as Lost
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.messages.records import ContextRow, SeatRow, TransferRow
from gateway.core.messages.requests import TransferAsked
from gateway.core.model.company import who_has
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, TargetId
from tests.core.plays import CALLER, SETTINGS, A, B, Play, seen


def kinds(out: list[Any], kind: type) -> list[Any]:
    return [item for item in out if isinstance(item, kind)]


def colleague(*, said: bool = True) -> Play:
    """1001 has asked 1002 (``n``) on its second line (``s2``) and joined the caller and it; ``said``: AMI has told so."""
    play = Play().both()
    play.connect()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    play.channel(A, "n", "PJSIP/1002-0000000f", "up", "s2")
    play.enter(A, "b2", "s2", "n")
    play.enter(A, "b1", "n")
    if said:
        play.tell(AttendedTransferred(A, play.at(), ChannelUid("s"), ChannelUid("c"), ChannelUid("n")))
        for line in ("s", "s2"):
            play.hang_up(A, line)
    return play


def at_110() -> Play:
    """2001 has the caller of 12345 through a trunk; 1001 has left."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    play.hang_up(A, "s")
    return play


def context(play: Play) -> ContextRow:
    return play.core.world.calls[ChannelUid("c")].context


# --- what is written down -----------------------------------------------------------------------------------------------------


def test_a_colleague_is_a_seat_and_no_organisation() -> None:
    """The matter stays with 12345; the colleague is one of its seats, and the record's history names it."""
    play = colleague()
    row = context(play)
    assert (row.owner, row.organisations) == (A, (A,))
    assert [(where, seat) for where, seat, _ in row.seats] == [(A, "1001"), (A, "1002")]
    (transfer,) = {item.id: item for item in play.all(TransferRow)}.values()
    assert (transfer.target, transfer.transferer, transfer.outcome) == ("12345", "1001", Outcome.COMPLETED)
    assert [(what, why) for _, what, why in transfer.history] == [("taken_by", "1002"), ("ended", "handed_over")]
    assert play.all(AdoptLeg) == []


def test_the_caller_may_be_either_of_the_two() -> None:
    """A phone may join its lines the other way round: the caller is who is one."""
    play = colleague(said=False)
    out = play.tell(AttendedTransferred(A, play.at(), ChannelUid("s2"), ChannelUid("n"), ChannelUid("c")))
    (transfer,) = kinds(out, TransferRow)
    assert transfer.target == "12345"
    assert context(play).seats[-1][:2] == (A, "1002")


def test_a_far_seat_hands_over_the_caller_of_another_home() -> None:
    """At 110 the trunk leg is the caller: it is written down, with the colleague, and the matter stays with 110."""
    play = at_110()
    play.channel(B, "f2", "PJSIP/2001-0000000e", "up")
    play.channel(B, "g", "PJSIP/2002-0000000f", "up", "f2")
    play.enter(B, "b2", "g")
    out = play.tell(AttendedTransferred(B, play.at(), ChannelUid("f"), ChannelUid("t"), ChannelUid("g")))
    (transfer,) = kinds(out, TransferRow)
    assert (transfer.home, transfer.transferer_switchboard, transfer.transferer) == (A, B, "2001")
    assert (transfer.target, transfer.reason) == ("110", "handed_over")
    assert context(play).owner == "110"
    assert play.core.world.legs.keys() == {"l"}


def test_another_organisation_gets_the_matter() -> None:
    """Handed over to a trunk's other end: it owns the matter, and the trunk leg becomes a leg of ours."""
    play = Play().both()
    play.connect()
    play.channel(A, "n", "PJSIP/trunk-110-0000000f", "up")
    out = play.tell(AttendedTransferred(A, play.at(), ChannelUid("s"), ChannelUid("c"), ChannelUid("n")))
    assert context(play).owner == "110"
    assert [item.channel for item in kinds(out, AdoptLeg)] == ["n"]


# --- whose call it is ---------------------------------------------------------------------------------------------------------


def test_the_seat_of_a_colleague_is_in_the_callers_call() -> None:
    """From the moment it shares his bridge; the row of its talk between seats ends there."""
    play = colleague(said=False)
    rows = [(row.before, row.after, row.call) for row in play.all(SeatRow) if row.seat == "1002"]
    assert [(before.value, after.value, call) for before, after, call in rows[-2:]] == [
        ("ready", "on_call.talk", ""),
        ("on_call.talk", "on_call.three_way", "c"),
    ]
    play = colleague()
    assert play.core.world.seats[(A, SeatId("1002"))].call == "c"
    assert play.states("1002")[-1] == "on_call.talk"


def test_a_change_of_call_is_a_row_though_the_state_is_the_same() -> None:
    """Talk with a colleague, then talk with the caller: two rows, the second in his call."""
    play = Play().both()
    play.connect()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    play.channel(A, "n", "PJSIP/1002-0000000f", "up", "s2")
    play.enter(A, "b2", "s2", "n")
    for line in ("s", "s2"):
        play.hang_up(A, line)
    play.enter(A, "b1", "n")
    rows = [(row.before.value, row.after.value, row.call) for row in play.all(SeatRow) if row.seat == "1002"]
    assert rows[-1] == ("on_call.talk", "on_call.talk", "c")


def test_the_colleague_has_the_caller() -> None:
    """Who asks over HTTP for the call finds the colleague as its transferer, by name or as the only one there."""
    play = colleague()
    call = play.core.world.calls[ChannelUid("c")]
    assert who_has(play.core.world, call).seat == "1002"
    play.tell(
        TransferAsked(A, play.at(), press=PressId("12345.5000000.100"), target=TargetId("110"), seat=SeatId("1002"))
    )
    assert play.transfer("12345.5000000.100").transferer == "1002"


def test_who_asks_is_the_transferer() -> None:
    """Of two seats with the caller the one that asks, though it came later."""
    play = colleague(said=False)
    play.tell(
        TransferAsked(A, play.at(), press=PressId("12345.5000000.100"), target=TargetId("110"), seat=SeatId("1002"))
    )
    assert play.transfer("12345.5000000.100").transferer == "1002"


def test_a_seat_behind_our_own_queue_has_the_caller() -> None:
    """The leg is a Local channel: the seat in the bridge of its other half is who has him."""
    play = at_110()
    play.press_far()
    play.channel(A, "q", "Local/s@onekey-queue-0001;1", "down")
    play.leg("110.9000000.7", "12345", uid="q")
    play.channel(A, "q", "Local/s@onekey-queue-0001;1", "up")
    play.channel(A, "q2", "Local/s@onekey-queue-0001;2", "up")
    play.channel(A, "n", "PJSIP/1002-0000000f", "up", "q2")
    play.enter(A, "b3", "q2", "n")
    play.enter(A, "b1", "q")
    play.hang_up(A, "l", 31)
    by = who_has(play.core.world, play.core.world.calls[ChannelUid("c")])
    assert (by.switchboard, by.seat, by.channel) == (A, "1002", "n")


def test_a_far_seat_is_named_with_its_own_channel() -> None:
    """Whether it has left is asked of its own switchboard, where the home leg is not known."""
    play = at_110()
    by = who_has(play.core.world, play.core.world.calls[ChannelUid("c")])
    assert (by.switchboard, by.seat, by.channel, by.leg) == (B, "2001", "f", "l")


# --- presses without a caller -----------------------------------------------------------------------------------------------------


def between_seats(*, home: bool = True) -> Play:
    """1001 (``s2``) has rung 110 without a caller; 2001 has answered. ``home``: 12345 is heard."""
    play = Play().both()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    play.channel(A, "l", "PJSIP/trunk-110-0000000f", "up", "s2")
    play.enter(A, "b1", "s2", "l")
    play.channel(B, "t", "PJSIP/trunk-12345-0000000c", "up")
    play.channel(B, "f", "PJSIP/2001-0000000d", "up", "t")
    play.enter(B, "b2", "t", "f")
    if not home:
        play.tell(Lost(A, play.at(), "eof", 0.0))
    return play


def pressed_without(play: Play, seat: str = "1001", uid: str = "s2", press: str = "") -> list[Any]:
    where, name = (A, f"PJSIP/{seat}-0000000e") if seat.startswith("1") else (B, f"PJSIP/{seat}-0000000d")
    caller = (
        ("PJSIP/trunk-12345-0000000c", ChannelUid("t"), ChannelUid("l"))
        if press
        else ("", ChannelUid(""), ChannelUid(""))
    )
    who = dict(zip(("caller", "caller_uid", "origin"), caller, strict=True))
    pressed = {"press": PressId(press), "target": TargetId("110"), "presser": ChannelUid(uid), "presser_name": name}
    return play.tell(KeyPressed(where, play.at(), **pressed, **who))


def test_a_far_press_without_a_caller_is_answered_at_once() -> None:
    """Home is heard and knows of no caller behind that leg: text, and the dialplan stands back."""
    out = pressed_without(between_seats(), "2001", "f", "110.7000000.100")
    (text,) = kinds(out, TellSeat)
    assert (text.switchboard, text.seat) == (B, "2001")
    assert "没有可转接的来电人" in text.text
    (taken,) = kinds(out, TakePress)
    assert (taken.press, taken.settled, taken.joined) == ("110.7000000.100", True, False)


@pytest.mark.parametrize(
    ("cause", "words"), [(21, "没有可转接的来电人"), (17, "全忙"), (19, "无人接听"), (16, "已加入"), (38, "线路不通")]
)
def test_home_answers_a_press_that_only_it_can_know(cause: int, words: str) -> None:
    """Home is not heard: nothing is said until the dialplan's messenger has brought its word, once."""
    play = between_seats(home=False)
    assert kinds(pressed_without(play, "2001", "f", "110.7000000.100"), TellSeat) == []
    answer = HomeAnswered(B, play.at(), PressId("110.7000000.100"), cause)
    (text,) = kinds(play.tell(answer), TellSeat)
    assert words in text.text
    assert play.tell(answer) == []


def test_home_has_no_word_for_a_press_that_was_not_made() -> None:
    """A messenger that nobody sent changes nothing."""
    assert between_seats().tell(HomeAnswered(B, 2000.0, PressId("110.1.100"), 21)) == []


def test_one_line_without_a_caller_is_told_at_once() -> None:
    """No other line, nothing to wait for."""
    (text,) = kinds(pressed_without(between_seats()), TellSeat)
    assert "没有可转接的来电人" in text.text


@pytest.mark.parametrize("first", ["caller", "lone"])
def test_two_lines_that_press_are_one_press(first: str) -> None:
    """One has the caller, the other a colleague: no failure is read, in either order."""
    play = Play().both()
    play.connect()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    play.channel(A, "n", "PJSIP/1002-0000000f", "up", "s2")
    play.enter(A, "b2", "s2", "n")
    at = play.at()
    lone = KeyPressed(
        A,
        at,
        press=PressId(""),
        target=TargetId("110"),
        presser=ChannelUid("s2"),
        presser_name="PJSIP/1001-0000000e",
        caller="",
        caller_uid=ChannelUid(""),
        origin=ChannelUid(""),
    )
    with_caller = KeyPressed(
        A, at + 0.01, press=PressId("12345.1000000.1"), target=TargetId("110"), presser=ChannelUid("s"), presser_name="PJSIP/1001-0000000b", caller=CALLER,
        caller_uid=ChannelUid("c"), origin=ChannelUid(""),
    )  # fmt: skip
    out = [
        item
        for event in ((with_caller, lone) if first == "caller" else (lone, with_caller))
        for item in play.tell(event)
    ]
    for timer in [item.timer for item in kinds(out, StartTimer) if item.timer.startswith("lone:")]:
        out += play.tell(TimerFired(A, play.at(), timer))
    assert kinds(out, TellSeat) == []


def test_a_second_line_that_presses_alone_is_told_a_moment_later() -> None:
    """The line with the caller has not pressed: there is none in this call."""
    play = Play().both()
    play.connect()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    (timer,) = kinds(pressed_without(play), StartTimer)
    (text,) = kinds(play.tell(TimerFired(A, play.at(), timer.timer)), TellSeat)
    assert "没有可转接的来电人" in text.text


# --- hold ---------------------------------------------------------------------------------------------------------------------


def talking(held: bool | None) -> Play:
    """A snapshot shows 1001 with the caller."""
    play = Play()
    marks = {"caller": CALLER, "caller_uid": ChannelUid("c")}
    play.attach(seen("c", CALLER, "b1", **marks), seen("s", "PJSIP/1001-0000000b", "b1", held=held, **marks))
    return play


@pytest.mark.parametrize(("held", "state"), [(True, "on_call.hold"), (False, "on_call.talk"), (None, "unknown")])
def test_hold_is_what_the_snapshot_says_or_unknown(held: bool | None, state: str) -> None:
    """Asked at the snapshot; where it was not told nobody guesses."""
    assert talking(held).core.world.seats[(A, SeatId("1001"))].state == state


def test_what_was_known_before_a_gap_is_not_kept() -> None:
    """Held, the link lost, resumed unseen: talk; and where the second snapshot cannot tell: unknown, until the phone says so."""
    for held, state in ((False, "on_call.talk"), (None, "unknown")):
        play = talking(held=False)
        play.tell(HoldStarted(A, play.at(), ChannelUid("s")))
        play.tell(Lost(A, play.at(), "eof", 0.0))
        play.attach(seen("c", CALLER, "b1"), seen("s", "PJSIP/1001-0000000b", "b1", held=held))
        assert play.core.world.seats[(A, SeatId("1001"))].state == state
        play.tell(HoldStarted(A, play.at(), ChannelUid("s")))
        assert play.core.world.seats[(A, SeatId("1001"))].state == "on_call.hold"


@pytest.mark.parametrize(("held", "state", "drift"), [(True, "on_call.hold", 1), (None, "on_call.talk", 0)])
def test_a_check_finds_a_hold_that_was_not_told(held: bool | None, state: str, drift: int) -> None:
    """A lost word about hold is drift; a check that cannot tell contradicts nothing."""
    play = talking(held=False)
    members = play.members[A]
    play.tell(CheckBegan(A, play.at()))
    channels = (seen("c", CALLER, "b1"), seen("s", "PJSIP/1001-0000000b", "b1", held=held))
    play.tell(Checked(A, play.at(), channels, members))
    assert play.core.world.seats[(A, SeatId("1001"))].state == state
    assert play.core.world.boards[A].drift == drift


def test_a_seat_of_which_hold_is_not_known_has_not_ended_its_call() -> None:
    """Unknown is no rest: no wrap-up begins, and its end is told as ever."""
    play = talking(None)
    play.tell(ChannelHungUp(A, play.at(), ChannelUid("s"), 16))
    assert play.states("1001")[-1] == "ready"


# --- the caller's number, and his id ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "kept"),
    [("13800000001", "13800000001"), ("+86 138-0000-0001", "+8613800000001"), ("(022) 2731.2345", "02227312345")]
    + [(odd, "") for odd in ("anonymous", "a&b,c", "*1#2", "138%20000", "١٢٣", "", "asterisk", "1" * 33)],
)
def test_a_number_is_kept_or_there_is_none(number: str, kept: str) -> None:
    """Separators are no part of it; whatever else is not a digit makes it no number, never another one."""
    play = Play().both()
    play.channel(A, "c", CALLER)
    play.tell(
        QueueJoined(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("c"),
            channel_name=CALLER,
            caller_number=number or "<unknown>",
            caller_name="",
        )
    )
    if number:
        assert context(play).caller_number == kept


def test_a_caller_is_met_before_he_waits() -> None:
    """His dialplan says that he has come: his matter gets its id then, and joining the queue adds nothing."""
    play = Play().both()
    play.channel(A, "c", CALLER)
    out = play.tell(CallerArrived(A, play.at(), ChannelUid("c"), CALLER, "12345"))
    assert [type(item).__name__ for item in out] == ["AttachContext", "ContextRow"]
    assert (context(play).queue, context(play).caller_number) == ("12345", "13800000001")
    later = play.tell(
        QueueJoined(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("c"),
            channel_name=CALLER,
            caller_number="13800000001",
            caller_name="",
        )
    )
    assert kinds(later, ContextRow) == []


@pytest.mark.parametrize(("number", "words"), [("13800000001", "请回拨"), ("anonymous", "无法回拨")])
def test_nobody_is_asked_to_call_back_without_a_number(number: str, words: str) -> None:
    """The caller hangs up while 110 rings."""
    play = Play().both()
    play.channel(A, "c", CALLER)
    play.tell(
        QueueJoined(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("c"),
            channel_name=CALLER,
            caller_number=number,
            caller_name="",
        )
    )
    play.channel(A, "s", "PJSIP/1001-0000000b", "up", "c")
    play.enter(A, "b1", "s", "c")
    play.press()
    play.ring()
    play.hang_up(A, "c")
    play.hang_up(A, "l")
    (text,) = [item for item in play.all(TellSeat) if item.seat == "1001"]
    assert words in text.text


# --- a site's own names ---------------------------------------------------------------------------------------------------------


def test_a_trunk_of_another_name_leads_to_its_organisation() -> None:
    """110 stands at the other end of the endpoint ``police-1``, and not an organisation of that name."""
    settings = replace(SETTINGS, trunks={A: {"police-1": B}})
    play = Play(settings=settings).both()
    play.connect()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    play.channel(A, "n", "PJSIP/police-1-0000000f", "up", "s2")
    play.enter(A, "b2", "s2", "n")
    play.enter(A, "b1", "n")
    out = play.tell(AttendedTransferred(A, play.at(), ChannelUid("s"), ChannelUid("c"), ChannelUid("n")))
    (transfer,) = kinds(out, TransferRow)
    assert transfer.target == B
    assert context(play).organisations == (A, B)


def test_who_calls_by_such_a_trunk_is_no_citizen() -> None:
    """A queue that takes in a leg of the other switchboard begins no matter."""
    play = Play(settings=replace(SETTINGS, trunks={A: {"police-1": B}})).both()
    play.channel(A, "leg", "PJSIP/police-1-00000010", "up")
    play.tell(CallerArrived(A, play.at(), ChannelUid("leg"), "PJSIP/police-1-00000010", "zx-day"))
    assert play.core.world.calls == {}


# --- what the seat reads, and by whose hand ------------------------------------------------------------------------------------


def test_the_seat_that_hands_over_reads_what_came_of_it() -> None:
    """As after a key: to whom, a colleague by its number and another organisation by its own."""
    assert [(item.seat, item.text) for item in colleague().all(TellSeat)] == [
        ("1001", "转接完成 → 1002：来电已移交对方 / transferred → 1002: the caller is with the target")
    ]
    play = to_110()
    assert kinds(play.out, TellSeat)[-1].text.startswith("转接完成 → 110：来电已移交对方")


def to_110() -> Play:
    """1001 has asked 110 on its second line, where 2001 has answered, and hands its caller over."""
    play = Play().both()
    play.connect()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    play.channel(A, "n", "PJSIP/trunk-110-0000000f", "up", "s2")
    play.enter(A, "b2", "s2", "n")
    play.channel(B, "t", "PJSIP/trunk-12345-0000000c", "up")
    play.tell(
        TrunkArrived(
            B, play.at(), uid=ChannelUid("t"), name="PJSIP/trunk-12345-0000000c", origin=ChannelUid("n"), uui=""
        )
    )
    play.channel(B, "f", "PJSIP/2001-0000000d", "up", "t")
    play.enter(B, "b9", "t", "f")
    play.enter(A, "b1", "n")
    play.tell(AttendedTransferred(A, play.at(), ChannelUid("s"), ChannelUid("c"), ChannelUid("n")))
    return play


def test_the_far_seat_stands_in_the_record() -> None:
    """The seat of 110 that took him, and both organisations."""
    row = context(to_110())
    assert [(where, seat) for where, seat, _ in row.seats] == [(A, "1001"), (B, "2001")]
    assert row.organisations == (A, B)


def test_each_transfer_says_by_whose_hand() -> None:
    """A key, the phone's own button, its attended transfer, a program: what cannot be told apart later is written down."""
    assert colleague().all(TransferRow)[-1].pressed_by == "attended"
    play = Play().both()
    play.connect()
    play.press()
    assert play.transfer().pressed_by == "key"
    play = Play().both()
    play.connect()
    press = KeyPressed(
        A,
        play.at(),
        press=PressId("12345.1000000.1"),
        target=TargetId("110"),
        presser=ChannelUid(""),
        presser_name="PJSIP/1001-0000000b",
        caller=CALLER,
        caller_uid=ChannelUid("c"),
        origin=ChannelUid(""),
    )
    play.tell(press)
    assert play.transfer().pressed_by == "refer"
    play = Play().both()
    play.connect()
    play.tell(
        TransferAsked(A, play.at(), press=PressId("12345.1000000.1"), target=TargetId("110"), call=ChannelUid("c"))
    )
    assert play.transfer().pressed_by == "api"
