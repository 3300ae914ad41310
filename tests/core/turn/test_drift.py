"""Checks of an attached switchboard: what was lost is found, counted and set right; what is on its way is no drift."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.messages.channel_events import ChannelHungUp
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import CheckBegan, Checked, LinkLost, Resynced
from gateway.core.messages.queue_events import DeviceChanged, MemberChanged, MemberRemoved
from gateway.core.messages.records import SeatRow, TransferRow
from gateway.core.messages.snapshots import ChannelSeen, MemberSeen, PhoneSeen
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId
from tests.core.plays import CALLER, A, Play, seen

SEAT = SeatId("1001")
TALK = (seen("c", CALLER, "b1"), seen("s", "PJSIP/1001-0000000b", "b1"))


def check(play: Play, *channels: ChannelSeen, members: tuple[MemberSeen, ...] | None = None) -> int:
    """A whole check; how many seats it found."""
    play.tell(CheckBegan(A, play.at()))
    return found(play, *channels, members=members)


def found(play: Play, *channels: ChannelSeen, members: tuple[MemberSeen, ...] | None = None) -> int:
    """The end of a check; how many seats it found."""
    before = play.core.world.board(A).drift
    play.tell(Checked(A, play.at(), channels, play.members[A] if members is None else members))
    return play.core.world.board(A).drift - before


def last(play: Play, seat: str = "1001") -> tuple[str, str]:
    """The seat's last row: state and cause."""
    row = [row for row in play.all(SeatRow) if row.seat == seat][-1]
    return row.after.value, row.why


def talking() -> Play:
    """Seat 1001 talks with a caller."""
    play = Play().both()
    play.connect()
    return play


def test_what_agrees_is_no_drift() -> None:
    """At rest and in a call; nothing is written."""
    play = Play().both()
    assert check(play) == 0
    play = talking()
    rows = len(play.out)
    assert check(play, *TALK) == 0
    assert len(play.out) == rows
    assert play.core.world.board(A).checked_at > 0


def test_a_lost_hang_up_is_found() -> None:
    """Seat and caller have parted and no event said so."""
    play = talking()
    assert check(play) == 1
    assert last(play) == ("ready", "drift")
    assert check(play) == 0


def test_a_lost_beginning_is_found() -> None:
    """The seat is in a call of which nothing was heard."""
    play = Play().both()
    assert check(play, *TALK) == 1
    assert last(play) == ("on_call.talk", "drift")


def test_a_third_party_who_left_unheard_is_found() -> None:
    """The seat's own channel is as we know it; its company is not."""
    play = talking()
    play.channel(A, "t", "PJSIP/119-0000000d")
    play.enter(A, "b1", "t")
    assert last(play)[0] == "on_call.three_way"
    assert check(play, *TALK) == 1
    assert last(play) == ("on_call.talk", "drift")


@pytest.mark.parametrize(
    ("member", "state"),
    [
        (MemberSeen(queue="12345", seat=SEAT, device=DeviceState.UNAVAILABLE, paused=False), "offline"),
        (MemberSeen(queue="12345", seat=SEAT, device=DeviceState.NOT_IN_USE, paused=True), "paused"),
        (MemberSeen(queue="night", seat=SEAT, device=DeviceState.NOT_IN_USE, paused=False), ""),
        (None, "offline"),
    ],
)
def test_a_member_that_is_otherwise_is_found(member: MemberSeen | None, state: str) -> None:
    """Out of reach, paused, in another queue, in none: each is counted once, and is a row where the state differs."""
    play = Play().both()
    other = play.members[A][1]
    members = (other,) if member is None else (member, other)
    assert check(play, members=members) == 1
    assert check(play, members=members) == 0
    assert last(play) == ((state, "drift") if state else ("ready", "snapshot"))


LOCAL = (MemberSeen(queue="12345", seat=SEAT, device=DeviceState.NOT_IN_USE, paused=False, of_phone=False),)
ALIVE, DEAD = (PhoneSeen(SEAT, DeviceState.NOT_IN_USE),), (PhoneSeen(SEAT, DeviceState.UNAVAILABLE),)


def phone_checked(play: Play, phones: tuple[PhoneSeen, ...]) -> int:
    """A check of a seat behind a Local channel; whether it found drift."""
    before = play.core.world.board(A).drift
    play.tell(CheckBegan(A, play.at()))
    play.tell(Checked(A, play.at(), (), LOCAL, phones))
    return play.core.world.board(A).drift - before


def test_a_check_raises_no_phone_behind_a_local_channel_from_the_dead() -> None:
    """The queue says not in use, as always; the phone's last word stands, also where the check has none of phones."""
    play = Play()
    play.tell(Resynced(A, play.at(), version="22", channels=(), members=LOCAL, phones=ALIVE))
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.UNAVAILABLE))
    assert [phone_checked(play, phones) for phones in (DEAD, ())] == [0, 0]
    assert last(play) == ("offline", "device_unavailable")
    assert phone_checked(play, ALIVE) == 1  # its return was lost
    assert last(play) == ("ready", "drift")


def test_a_phone_that_nobody_knew_is_learned_and_no_drift() -> None:
    """It had said nothing, so nothing is contradicted: the seat was unknown."""
    play = Play()
    play.tell(Resynced(A, play.at(), version="22", channels=(), members=LOCAL))
    assert [phone_checked(play, phones) for phones in ((), ALIVE, ALIVE)] == [0, 0, 0]
    assert last(play) == ("ready", "snapshot")


def test_a_seat_that_has_logged_out_in_its_call_is_no_drift() -> None:
    """No snapshot lists it, and it talks on; when its end was lost, that is found."""
    play = talking()
    play.tell(MemberRemoved(A, play.at(), "12345", SEAT))
    others = play.members[A][1:]
    rows = len(play.all(SeatRow))
    assert check(play, *TALK, members=others) == 0
    assert len(play.all(SeatRow)) == rows
    assert check(play, members=others) == 1
    assert last(play) == ("offline", "drift")
    assert check(play, members=others) == 0


def test_a_lost_log_out_in_a_call_is_found_and_ends_no_call() -> None:
    """It is counted, and the seat talks until its channel ends; a lost log-in is found the same way."""
    play = talking()
    others = play.members[A][1:]
    assert check(play, *TALK, members=others) == 1
    assert last(play) == ("on_call.talk", "channel_up")
    assert check(play, *TALK) == 1
    assert check(play, *TALK, members=others) == 1
    play.hang_up(A, "s")
    assert last(play) == ("offline", "logged_out")


@pytest.mark.parametrize(
    "event",
    [
        ChannelHungUp(A, 3000.0, ChannelUid("s"), 16),
        DeviceChanged(A, 3000.0, SEAT, DeviceState.UNAVAILABLE),
        MemberChanged(
            A, 3000.0, queue="12345", seat=SEAT, device=DeviceState.NOT_IN_USE, paused=True, pause_reason="lunch"
        ),
    ],
)
def test_what_changes_while_the_snapshot_is_read_is_no_drift(event: AnyEvent) -> None:
    """The snapshot is older than the event: the event is right, whichever it is."""
    play = talking()
    play.tell(CheckBegan(A, play.at()))
    play.tell(event)
    rows = len(play.all(SeatRow))
    assert found(play, *TALK) == 0
    assert len(play.all(SeatRow)) == rows


@pytest.mark.parametrize(
    "end", [LinkLost(A, 3000.0, "cut"), Resynced(A, 3000.0, version="22", channels=(), members=())]
)
def test_a_check_that_a_lost_link_interrupts_is_void(end: AnyEvent) -> None:
    """What comes of it is about a connection that is gone; so is one that nobody has begun."""
    play = talking()
    play.tell(CheckBegan(A, play.at()))
    play.tell(end)
    assert found(play, *TALK) == 0
    assert found(play, *TALK) == 0


def test_no_check_ends_or_changes_a_transfer() -> None:
    """Even one that sees nothing of it: its row, its state and its call stay as they are."""
    play = talking()
    play.press()
    before, rows = dict(play.core.world.transfers), len(play.all(TransferRow))
    calls = {uid: replace(call) for uid, call in play.core.world.calls.items()}
    assert before
    assert check(play) == 1
    assert (play.core.world.transfers, play.core.world.calls) == (before, calls)
    assert len(play.all(TransferRow)) == rows
