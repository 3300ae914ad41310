"""The context's id on the wire: believed, forged, expired, replayed; and what the far seat reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.commands import AttachContext, FetchContext, StartTimer, TellSeat
from gateway.core.messages.dialplan_events import TrunkArrived
from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import QueueAnswered, QueueJoined
from gateway.core.messages.records import ContextRow
from gateway.core.messages.requests import ContextDoubted, ContextEdited, ContextReceived
from gateway.core.messages.snapshots import ChannelSeen
from gateway.core.model.settings import Settings
from gateway.core.rules.rule import Target
from gateway.core.turn.incoming_legs import RECEIVED_MAX
from gateway.core.values import uui
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ChannelState, ChannelUid, ContextId, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.texts import ON_ITS_WAY, UNVERIFIED
from gateway.core.values.uui import TTL_S, Signed, decode, encode
from gateway.views import switchboards
from tests.core.plays import KEY, A, B, Play
from tests.store.contract import context

OLD = b"o" * 32
ID = ContextId("c-0123456789abcdef0123")
TRUNK = "PJSIP/trunk-12345-0000000c"


def test_an_id_is_read_back_until_it_expires() -> None:
    """Id and version come back; from its last instant on it has expired."""
    value = encode(ID, 7, 1000.5, KEY)
    assert decode(value, (KEY,), 1000.0 + TTL_S - 1) == Signed(ID, 7)
    assert decode(value, (KEY,), 1000.0 + TTL_S) == Signed(ID, 7, "expired")
    assert len(value) < 256


def test_keys_rotate() -> None:
    """The first signs, each of them verifies, and one that is not listed is forged."""
    value = encode(ID, 1, 1000.0, OLD)
    assert decode(value, (KEY, OLD), 1000.0).context == ID
    assert decode(value, (KEY,), 1000.0).problem == "forged"


def test_no_byte_may_change() -> None:
    """Every digit of the value is signed, the key's name too."""
    value = encode(ID, 1, 1000.0, KEY)
    digits = value.partition(";")[0]
    for n, digit in enumerate(digits):
        other = digits[:n] + ("0" if digit != "0" else "1") + digits[n + 1 :]
        assert decode(other + ";encoding=hex", (KEY,), 1000.0).problem == "forged", n


@pytest.mark.parametrize("value", ["", "x", "00", "ff" * 30, "31" * 400, "2e" * 9 + "0", "é", "32" * 500])
def test_what_is_no_id_is_forged(value: str) -> None:
    """Whatever a trunk brings is judged, and nothing raises."""
    assert decode(value, (KEY,), 1000.0).problem == "forged"


def arrive(play: Play, value: str, leg: str = "l") -> None:
    """The target leg reaches 110 with this id, and seat 2001 answers."""
    play.channel(B, "t", TRUNK)
    play.tell(TrunkArrived(B, play.at(), uid=ChannelUid("t"), name=TRUNK, origin=ChannelUid(leg), uui=value))
    play.tell(
        QueueAnswered(
            B,
            play.at(),
            queue="110",
            channel=ChannelUid("t"),
            seat=SeatId("2001"),
            seat_channel=ChannelUid("f"),
            wait_s=1,
            ring_s=1.0,
        )
    )


def seen(uid: str, name: str, **more: Any) -> ChannelSeen:
    """A channel of a snapshot."""
    return ChannelSeen(
        uid=ChannelUid(uid),
        name=name,
        state=ChannelState.UP,
        caller_number="13800000001",
        caller_name="",
        linkedid=ChannelUid(uid),
        bridge="",
        created_at=1000.0,
        **more,
    )


def told(play: Play) -> list[str]:
    """What seat 2001 has read."""
    return [item.text for item in play.all(TellSeat) if item.seat == "2001"]


def refused(play: Play) -> list[str]:
    """Why an id was taken off a call."""
    return [item.why for item in play.all(AttachContext) if not item.uui]


def pressed() -> tuple[Play, ContextRow]:
    """A transfer whose leg is on its way to 110."""
    play = Play(settings=Settings(signing_key=KEY, signing_keys_old=(OLD,)))
    play.connect()
    play.press()
    play.leg("12345.1000000.1", "110")
    return play, play.all(ContextRow)[-1]


@pytest.mark.parametrize("key", [KEY, OLD], ids=["key", "old key"])
def test_a_good_id_is_believed(key: bytes) -> None:
    """Nothing is taken away, and the seat is warned of nothing."""
    play, row = pressed()
    arrive(play, encode(row.id, row.version, 1000.0, key))
    assert (refused(play), told(play)) == ([], [])
    assert switchboards.calls_view(play.core.world)[0]["unverified"] == []


@pytest.mark.parametrize("why", ["forged", "expired", "replayed"])
def test_a_bad_id_is_refused_and_the_call_goes_on(why: str) -> None:
    """It is taken off the call, the seat that answers reads so, and the transfer is what it was."""
    play, row = pressed()
    values = {
        "forged": encode(row.id, 1, 1000.0, b"x" * 32),
        "expired": encode(row.id, 1, 1000.0 - TTL_S, KEY),
        "replayed": encode(uui.context_id("12345", "another"), 1, 1000.0, KEY),
    }
    before = play.transfer()
    arrive(play, values[why])
    assert (refused(play), told(play)) == ([why], [UNVERIFIED])
    assert play.transfer() == before
    assert switchboards.calls_view(play.core.world)[0]["unverified"] == ["110"]


def test_a_replay_is_found_in_either_order() -> None:
    """The far side's news may come before home's: it is compared when both are known."""
    play = Play()
    play.connect()
    play.press()
    play.channel(B, "t", TRUNK)
    value = encode(uui.context_id("12345", "another"), 1, 1000.0, KEY)
    play.tell(TrunkArrived(B, play.at(), uid=ChannelUid("t"), name=TRUNK, origin=ChannelUid("l"), uui=value))
    assert refused(play) == []
    play.leg("12345.1000000.1", "110")
    assert refused(play) == ["replayed"]


# --- whose leg is it? -----------------------------------------------------------------------------------------------------


def talking() -> tuple[Play, str]:
    """Both switchboards are heard; seat 1001 has a caller of 12345, whose matter was given to nobody else."""
    play = Play().both()
    play.connect()
    row = play.all(ContextRow)[-1]
    said = CaseDetails(summary="家庭暴力", confidential=True)
    play.tell(ContextEdited(A, play.at(), call=ChannelUid("c"), version=row.version, said=said, by="1001"))
    return play, row.id


def rings(play: Play, id_: str, origin: str, name: str = TRUNK) -> None:
    """A leg with a good id reaches 110 and seat 2001's phone rings."""
    play.channel(B, "t", name)
    uui = encode(ContextId(id_), 1, 1000.0, KEY)
    play.tell(TrunkArrived(B, play.at(), uid=ChannelUid("t"), name=name, origin=ChannelUid(origin), uui=uui))
    play.channel(B, "f", "PJSIP/2001-0000000d", "down", "t")
    play.state(B, "f", "ringing")


def time_is_up(play: Play, kind: str) -> None:
    """The newest timer of a kind fires, if there is one."""
    timers = [item.timer for item in play.all(StartTimer) if item.timer.startswith(f"{kind}:")]
    for timer in timers[-1:]:
        play.tell(TimerFired(B, play.at(), timer))


SHOWN = "来电信息 / record：家庭暴力"


@pytest.mark.parametrize("origin", ["no-such-leg.1", "t9"], ids=["invented", "a trunk channel of nobody's"])
def test_a_leg_that_home_does_not_know_shows_nothing(origin: str) -> None:
    """A live caller's good id, on a leg that is not his: the seat reads no word of the matter, and then that it is not verified."""
    play, id_ = talking()
    play.channel(A, "t9", "PJSIP/trunk-110-00000099")
    rings(play, id_, origin)
    assert (told(play), refused(play)) == ([], [])
    assert [one["record"] for one in switchboards.calls_view(play.core.world)] == ["here", "on_its_way"]
    time_is_up(play, "record")
    time_is_up(play, "leg")
    assert (told(play), refused(play)) == ([ON_ITS_WAY, UNVERIFIED], ["replayed"])
    assert switchboards.calls_view(play.core.world)[-1]["unverified"] == ["110"]
    assert switchboards.calls_view(play.core.world)[-1]["record"] == "unverified"
    assert play.core.world.calls[ChannelUid("c")].context.organisations == (A,)


def test_an_id_without_a_leg_is_refused_at_once() -> None:
    """Every leg of ours says which it is; the seat that answers reads that this one does not."""
    play, id_ = talking()
    arrive(play, encode(ContextId(id_), 1, 1000.0, KEY), leg="")
    assert (told(play), refused(play)) == ([UNVERIFIED], ["replayed"])
    assert switchboards.calls_view(play.core.world)[-1]["unverified"] == ["110"]


def test_a_call_without_a_leg_waits_as_a_caller() -> None:
    """That its id is not believed makes no leg of it: who hangs up while he waits has abandoned."""
    play, id_ = talking()
    play.channel(B, "t", TRUNK)
    play.tell(
        TrunkArrived(
            B,
            play.at(),
            uid=ChannelUid("t"),
            name=TRUNK,
            origin=ChannelUid(""),
            uui=encode(ContextId(id_), 1, 1000.0, KEY),
        )
    )
    play.tell(
        QueueJoined(
            B, play.at(), queue="110", channel=ChannelUid("t"), channel_name=TRUNK, caller_number="", caller_name=""
        )
    )
    assert not play.core.world.waits[(B, ChannelUid("t"))].leg


def test_an_id_without_a_leg_of_a_home_that_is_not_attached() -> None:
    """Nobody here can say whose it is: the call goes on as it came, and no record is asked for."""
    play = Play(settings=Settings(signing_key=KEY, records_come=True)).both()
    arrive(play, encode(ID, 1, 1000.0, KEY), leg="")
    assert (told(play), refused(play), play.all(FetchContext)) == ([], [], [])


def test_the_far_end_is_heard_first() -> None:
    """The phone rings before home tells of the leg: the record is shown the moment it does, and the time that was set does nothing."""
    play, id_ = talking()
    play.press()
    rings(play, id_, "l")
    assert told(play) == []
    play.leg("12345.1000000.1", "110")
    time_is_up(play, "record")
    time_is_up(play, "leg")
    assert (told(play), refused(play)) == ([f"{SHOWN} ({id_})"], [])


@pytest.mark.parametrize("first", ["home", "far"])
def test_a_seat_dials_to_ask_before_it_hands_over(first: str) -> None:
    """The leg is a channel of the seat's own, and no transfer's; the seat has the caller, so the far one reads his record."""
    play, id_ = talking()
    play.channel(A, "s2", "PJSIP/1001-0000000e", "up")
    if first == "far":
        rings(play, id_, "k")
    play.channel(A, "k", "PJSIP/trunk-110-0000000f", "down", "s2")
    if first == "home":
        rings(play, id_, "k")
    time_is_up(play, "leg")
    assert (told(play), refused(play)) == ([f"{SHOWN} ({id_})"], [])


def test_another_seat_dials_with_a_copied_id() -> None:
    """Seat 1002 does not have this caller: what it dials is not about him."""
    play, id_ = talking()
    play.channel(A, "s2", "PJSIP/1002-0000000e", "up")
    play.channel(A, "k", "PJSIP/trunk-110-0000000f", "down", "s2")
    rings(play, id_, "k")
    time_is_up(play, "leg")
    assert (told(play), refused(play)) == ([], ["replayed"])


@pytest.mark.parametrize("comes_back_with", ["the leg", "nothing"])
def test_a_home_that_is_not_heard(comes_back_with: str) -> None:
    """Whose leg it is is not known: nothing is shown and nothing is refused, until the home is heard again."""
    play, id_ = talking()
    play.press()
    play.tell(LinkLost(A, play.at(), "timeout"))
    rings(play, id_, "l")
    time_is_up(play, "record")
    time_is_up(play, "leg")
    assert (told(play), refused(play)) == ([ON_ITS_WAY], [])
    caller = seen("c", "PJSIP/13800000001-0000000a", caller_uid=ChannelUid("c"))
    leg = seen("l", "PJSIP/trunk-110-l", caller_uid=ChannelUid("c"), press=PressId("12345.1000000.1"), attempt=1)
    play.attach(caller, *([leg] if comes_back_with == "the leg" else []))
    time_is_up(play, "leg")
    after = ([f"{SHOWN} ({id_})"], []) if comes_back_with == "the leg" else ([UNVERIFIED], ["replayed"])
    assert (told(play)[1:], refused(play)) == after


def test_a_branch_is_known_again_after_a_restart() -> None:
    """One of several targets that ring at once has no press on it, but the caller for whom it rings."""
    play = Play()
    caller = seen("c", "PJSIP/13800000001-0000000a", caller_uid=ChannelUid("c"))
    play.attach(caller, seen("k", "PJSIP/trunk-110-k", caller_uid=ChannelUid("c")))
    id_ = play.core.world.calls[ChannelUid("c")].context.id
    uui = encode(id_, 1, 1000.0, KEY)
    play.attach(seen("t", TRUNK, origin=ChannelUid("k"), uui=uui), board=B)
    time_is_up(play, "leg")
    assert (refused(play), play.core.world.arrivals[ChannelUid("t")].caller_uid) == ([], "c")


def test_a_snapshot_of_the_far_end_comes_first() -> None:
    """A gateway that starts hears 110 before 12345: what it finds there is compared when home is heard."""
    play = Play()
    id_ = uui.context_id(A, "c")
    play.attach(seen("t", TRUNK, origin=ChannelUid("none.1"), uui=encode(id_, 1, 1000.0, KEY)), board=B)
    time_is_up(play, "leg")
    assert refused(play) == []
    play.attach(seen("c", "PJSIP/13800000001-0000000a", caller_uid=ChannelUid("c")))
    time_is_up(play, "leg")
    assert refused(play) == ["replayed"]


@pytest.mark.parametrize(("target", "believed"), [("119", True), ("110", False)])
def test_a_sender_whose_legs_nobody_here_sees(target: str, believed: bool) -> None:
    """119 has a gateway of its own: it speaks of a caller of ours if his matter was given to it, and of no other."""
    play, id_ = talking()
    rules = replace(
        play.core.world.rules,
        targets={**play.core.world.rules.targets, TargetId("119"): Target(id=TargetId("119"), name="119")},
    )
    play.core.world.rules = rules
    play.press(target=target)
    rings(play, id_, "119-3.1", "PJSIP/trunk-119-0000000c")
    time_is_up(play, "leg")
    assert (told(play), refused(play)) == (([f"{SHOWN} ({id_})"], []) if believed else ([], ["replayed"]))


# --- the record -----------------------------------------------------------------------------------------------------------

FIRE = SwitchboardId("119")
"""A home that is not attached."""


def row_of_119(version: int = 1, **said: Any) -> ContextRow:
    """A record of 119's, as its platform lets us see it."""
    return context(7, id=ID, version=version, home=FIRE, organisations=(FIRE, B), said=CaseDetails(**said))


def waiting_for_record() -> Play:
    """A leg of 119's reaches 110, whose records come from elsewhere, and 2001's phone rings."""
    play = Play(settings=Settings(signing_key=KEY, records_come=True)).both()
    play.channel(B, "t", "PJSIP/trunk-119-0000000c")
    value = encode(ID, 3, 1000.0, KEY)
    play.tell(
        TrunkArrived(
            B, play.at(), uid=ChannelUid("t"), name="PJSIP/trunk-119-0000000c", origin=ChannelUid("119-5.1"), uui=value
        )
    )
    play.channel(B, "f", "PJSIP/2001-0000000d", "down", "t")
    play.state(B, "f", "ringing")
    return play


def late(play: Play) -> None:
    """The record's time is up."""
    (timer,) = [item.timer for item in play.all(StartTimer) if item.timer.startswith("record:")]
    play.tell(TimerFired(B, play.at(), timer))


def test_a_record_in_time_is_one_message() -> None:
    """The seat reads nothing of a wait that it did not notice; the timer then finds nobody who waits."""
    play = waiting_for_record()
    play.tell(ContextReceived(B, play.at(), row_of_119(summary="积水")))
    late(play)
    assert told(play) == [f"来电信息 / record：积水 ({ID})"]


def test_a_record_that_is_late_is_on_its_way_and_then_here() -> None:
    """It is asked for by the id and the leg; the seat reads both words, and later versions only reach the store."""
    play = waiting_for_record()
    (asked,) = play.all(FetchContext)
    assert (asked.context, asked.version, asked.leg, asked.uid) == (ID, 3, "119-5.1", "t")
    assert told(play) == []
    late(play)
    assert told(play) == [ON_ITS_WAY]
    assert switchboards.calls_view(play.core.world)[0]["record"] == "on_its_way"
    row = row_of_119(
        3, matter="119.fire", summary="回电 13800000001，三楼", urgency="danger", location="南开区长江道12号"
    )
    assert play.tell(ContextReceived(B, play.at(), row))[0] == row
    assert told(play)[1:] == [f"来电信息 / record：119.fire；危险 danger；南开区长江道…；回电 138****0001，三楼 ({ID})"]
    assert switchboards.calls_view(play.core.world)[0]["record"] == "here"
    assert play.tell(ContextReceived(B, play.at(), row)) == []
    assert play.tell(ContextReceived(B, play.at(), row_of_119(2))) == []
    assert play.tell(ContextReceived(B, play.at(), row_of_119(4))) == [row_of_119(4)]
    play.hang_up(B, "t")
    assert play.core.world.shown == {}


@pytest.mark.parametrize("sees", [False, True])
def test_a_seat_reads_no_digit_of_a_hidden_number(sees: bool) -> None:
    """The display is masked for who sees the number, too; from whom it is kept every digit is gone."""
    play = waiting_for_record()
    rules = play.core.world.rules
    target = replace(rules.targets[TargetId("110")], sees_confidential=sees)
    play.core.world.rules = replace(rules, targets={**rules.targets, TargetId("110"): target})
    said = {"summary": "回电 138 0000 0001，三楼", "location": "13800000001"}
    play.tell(ContextReceived(B, play.at(), row_of_119(3, confidential=True, **said)))
    shown = "138***…；回电 138******0001" if sees else f"******…；回电 {'*' * 13}"
    assert told(play) == [f"来电信息 / record：{shown}，三楼 ({ID})"]


def test_a_seat_that_drives_there_reads_the_whole_place() -> None:
    """By the rules, as with numbers that are kept confidential; a number that stands in the place stays masked."""
    play = waiting_for_record()
    rules = play.core.world.rules
    target = replace(rules.targets[TargetId("110")], sees_place=True)
    play.core.world.rules = replace(rules, targets={**rules.targets, TargetId("110"): target})
    play.tell(ContextReceived(B, play.at(), row_of_119(3, location="和平区和平路88号3单元502，电话13800000001")))
    assert told(play) == [f"来电信息 / record：和平区和平路88号3单元502，电话138****0001 ({ID})"]


def test_who_waited_learns_that_nothing_is_written() -> None:
    """A record without a word of what was said is here all the same."""
    play = waiting_for_record()
    late(play)
    play.tell(ContextReceived(B, play.at(), row_of_119()))
    assert told(play)[-1] == f"来电信息 / record：尚无记录 nothing written yet ({ID})"


def test_a_record_that_is_early_is_shown_with_the_first_ring() -> None:
    """It was pushed before the INVITE came; it is asked for all the same, for the leg may be somebody else's."""
    play = Play(settings=Settings(signing_key=KEY, records_come=True)).both()
    play.tell(ContextReceived(B, play.at(), row_of_119(summary="积水")))
    play.channel(B, "t", TRUNK)
    play.tell(
        TrunkArrived(
            B, play.at(), uid=ChannelUid("t"), name=TRUNK, origin=ChannelUid("x"), uui=encode(ID, 1, 1000.0, KEY)
        )
    )
    assert len(play.all(FetchContext)) == 1
    play.channel(B, "f", "PJSIP/2001-0000000d", "down", "t")
    play.state(B, "f", "ringing")
    play.state(B, "f", "ringing")
    assert told(play) == [f"来电信息 / record：积水 ({ID})"]


def test_a_leg_that_the_home_does_not_know_as_that_callers() -> None:
    """The id is taken off the call, and who was told to wait for a record reads that it is not verified."""
    play = waiting_for_record()
    late(play)
    play.tell(ContextDoubted(B, play.at(), ChannelUid("t"), "replayed"))
    assert (refused(play), told(play)) == (["replayed"], [ON_ITS_WAY, UNVERIFIED])
    play.tell(ContextReceived(B, play.at(), row_of_119(summary="积水")))
    assert told(play)[-1] == UNVERIFIED


def test_a_record_of_our_own_caller_is_nobody_elses_to_give() -> None:
    """The home is attached: the core owns the record, and another platform changes nothing."""
    play, row = pressed()
    assert play.tell(ContextReceived(B, play.at(), replace(row, version=99))) == []
    assert play.core.world.received == {}


def test_the_far_seat_of_one_gateway_reads_the_record() -> None:
    """Home and target on one gateway: it is here with the first ring, and nobody is asked."""
    play, row = pressed()
    play.attach(board=B)
    call = play.core.world.calls[ChannelUid("c")]
    play.tell(
        ContextEdited(A, play.at(), call=call.uid, version=row.version, said=CaseDetails(summary="噪音扰民"), by="1001")
    )
    play.channel(B, "t", TRUNK)
    play.tell(
        TrunkArrived(
            B, play.at(), uid=ChannelUid("t"), name=TRUNK, origin=ChannelUid("l"), uui=encode(row.id, 1, 1000.0, KEY)
        )
    )
    play.channel(B, "f", "PJSIP/2001-0000000d", "down", "t")
    play.state(B, "f", "ringing")
    assert told(play) == [f"来电信息 / record：噪音扰民 ({row.id})"]
    assert play.all(FetchContext) == []


def test_a_gateway_that_starts_shows_the_record_to_who_talks() -> None:
    """It does not know whom the one before it told to wait: the seat in the bridge reads the record once."""
    play = waiting_for_record()
    play.enter(B, "b", "t", "f")
    play.core.world.shown.clear()
    play.tell(ContextReceived(B, play.at(), row_of_119(summary="积水")))
    assert told(play)[-1] == f"来电信息 / record：积水 ({ID})"


def test_received_records_do_not_pile_up() -> None:
    """The newest are at hand; all went to the store."""
    play = Play().both()
    for n in range(RECEIVED_MAX + 5):
        play.tell(ContextReceived(B, 1000.0, replace(row_of_119(), id=ContextId(f"c-{n}"))))
    assert len(play.core.world.received) == RECEIVED_MAX
    assert ContextId("c-4") not in play.core.world.received
