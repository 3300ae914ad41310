"""One frame to one event of the core, or to nothing."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.decode import EVENT_NAMES, Decoder
from gateway.ami.framing import Framer
from gateway.ami.headers import CHANNEL_STATES, DEVICE_STATES
from gateway.config.settings import site_path
from gateway.core.messages.channel_events import (
    AttendedTransferred,
    BlindTransferred,
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    HoldEnded,
    HoldStarted,
)
from gateway.core.messages.dialplan_events import (
    CallbackEnded,
    CallerArrived,
    CallerBack,
    CallerFinished,
    ColleagueHandedCaller,
    HomeAnswered,
    KeyAnswered,
    KeyPressed,
    KeyTookBack,
    LegBranched,
    LegDeclined,
    LegEnded,
    LegFenced,
    LegOffered,
    LegStarted,
    PhoneForwards,
    PlanRefused,
    RungFailed,
    TrunkArrived,
)
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.queue_events import (
    DeviceChanged,
    MemberChanged,
    MemberRemoved,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
)
from gateway.core.values.ids import ChannelState, ChannelUid, DeviceState, PressId, SeatId, SwitchboardId, TargetId

from .conftest import RECORDED, SWITCHBOARD_12345

HERE = SwitchboardId("12345")
UP, RING = ChannelState.UP, ChannelState.RING
LEG = ChannelUid("12345-1795466156.567")
CALLER = ChannelUid("12345-1795466153.563")
PRESS = PressId("12345.1795466155662999.800")
KEYED = "|Press: 12345.1795466155662999.800|Attempt: 2|By: gateway"


def frame(name: str, headers: str) -> bytes:
    """A frame as Asterisk writes it; ``headers`` are separated by ``|``."""
    return (
        f"Event: {name}\r\nPrivilege: x\r\nTimestamp: 12.5\r\nSystemName: 12345\r\n".encode()
        + headers.replace("|", "\r\n").encode()
    )


def decoded(name: str, headers: str) -> AnyEvent | None:
    return Decoder(HERE, lambda: 7.0).decode(frame(name, headers))


MEMBER = (
    "Queue: 12345|MemberName: 1003|Interface: PJSIP/1003|StateInterface: PJSIP/1003|Status: 6|Paused: 1"
    "|PausedReason: 午饭"
)
QUEUED = (
    "Channel: PJSIP/c-1|CallerIDNum: 13800000003|CallerIDName: 王|Uniqueid: 1.2|Linkedid: 1.2|Queue: 12345|Position: 1"
)
SAID = "Channel: PJSIP/x-1|Uniqueid: 9.9|Linkedid: 9.9|UserEvent: "

CASES = [
    (
        "Newchannel",
        "Channel: PJSIP/c-1|ChannelState: 4|CallerIDNum: 138|CallerIDName: <unknown>|Context: onekey-from-pstn|Exten: 12345"
        "|Uniqueid: 1.2|Linkedid: 1.1",
        ChannelCreated(
            HERE,
            12.5,
            uid=ChannelUid("1.2"),
            name="PJSIP/c-1",
            state=RING,
            caller_number="138",
            caller_name="",
            linkedid=ChannelUid("1.1"),
            exten="12345",
            dialplan_context="onekey-from-pstn",
        ),
    ),
    (
        "Newstate",
        "Channel: PJSIP/c-1|ChannelState: 6|Uniqueid: 1.2",
        ChannelStateChanged(HERE, 12.5, ChannelUid("1.2"), UP),
    ),
    ("Rename", "Channel: PJSIP/a-1|Newname: PJSIP/a-1<MASQ>|Uniqueid: 1.2", None),
    (
        "Rename",
        "Channel: PJSIP/a-1|Newname: PJSIP/b-1|Uniqueid: 1.2",
        ChannelRenamed(HERE, 12.5, ChannelUid("1.2"), "PJSIP/b-1"),
    ),
    ("Hangup", "Uniqueid: 1.2|Cause: 17|Cause-txt: User busy", ChannelHungUp(HERE, 12.5, ChannelUid("1.2"), 17)),
    ("Hold", "Uniqueid: 1.2|MusicClass: x", HoldStarted(HERE, 12.5, ChannelUid("1.2"))),
    ("Unhold", "Uniqueid: 1.2", HoldEnded(HERE, 12.5, ChannelUid("1.2"))),
    ("BridgeEnter", "BridgeUniqueid: b-1|Uniqueid: 1.2", BridgeEntered(HERE, 12.5, "b-1", ChannelUid("1.2"))),
    ("BridgeLeave", "BridgeUniqueid: b-1|Uniqueid: 1.2", BridgeLeft(HERE, 12.5, "b-1", ChannelUid("1.2"))),
    (
        "BlindTransfer",
        "Result: Success|TransfererUniqueid: 1.2|TransfereeUniqueid: 1.1|Extension: 110",
        BlindTransferred(HERE, 12.5, ChannelUid("1.2"), ChannelUid("1.1"), "110"),
    ),
    (
        "BlindTransfer",
        "Result: Success|TransfererUniqueid: 1.2|Extension: 110",
        BlindTransferred(HERE, 12.5, ChannelUid("1.2"), ChannelUid(""), "110"),
    ),
    ("BlindTransfer", "Result: Fail|TransfererUniqueid: 1.2|TransfereeUniqueid: 1.1|Extension: 110", None),
    (
        "AttendedTransfer",
        "Result: Success|OrigTransfererUniqueid: 1.2|TransfereeUniqueid: 1.1|TransferTargetUniqueid: 1.3|DestType: Bridge",
        AttendedTransferred(HERE, 12.5, ChannelUid("1.2"), ChannelUid("1.1"), ChannelUid("1.3")),
    ),
    ("AttendedTransfer", "Result: Success|OrigTransfererUniqueid: 1.2|TransfereeUniqueid: 1.1|DestType: App", None),
    ("AttendedTransfer", "Result: Fail|OrigTransfererUniqueid: 1.2|TransfereeUniqueid: 1.1|DestType: Bridge", None),
    (
        "QueueCallerJoin",
        QUEUED,
        QueueJoined(
            HERE,
            12.5,
            queue="12345",
            channel=ChannelUid("1.2"),
            channel_name="PJSIP/c-1",
            caller_number="13800000003",
            caller_name="王",
        ),
    ),
    ("QueueCallerLeave", QUEUED, QueueLeft(HERE, 12.5, "12345", ChannelUid("1.2"))),
    ("QueueCallerAbandon", QUEUED, QueueAbandoned(HERE, 12.5, "12345", ChannelUid("1.2"))),
    (
        "AgentConnect",
        "Uniqueid: 1.2|DestUniqueid: 1.3|Queue: 12345|Interface: PJSIP/1003|HoldTime: 14|RingTime: 3",
        QueueAnswered(
            HERE,
            12.5,
            queue="12345",
            channel=ChannelUid("1.2"),
            seat=SeatId("1003"),
            seat_channel=ChannelUid("1.3"),
            wait_s=14,
            ring_s=3.0,
        ),
    ),
    (
        "AgentConnect",
        "Uniqueid: 1.2|DestUniqueid: 1.3|Queue: 12345|Interface: SIP/1|HoldTime: 14|RingTime: 3",
        None,
    ),
    (
        "QueueMemberStatus",
        MEMBER,
        MemberChanged(
            HERE, 12.5, queue="12345", seat=SeatId("1003"), device=DeviceState.IN_USE, paused=True, pause_reason="午饭"
        ),
    ),
    (
        "QueueMemberPause",
        MEMBER,
        MemberChanged(
            HERE, 12.5, queue="12345", seat=SeatId("1003"), device=DeviceState.IN_USE, paused=True, pause_reason="午饭"
        ),
    ),
    (
        "QueueMemberAdded",
        MEMBER,
        MemberChanged(
            HERE, 12.5, queue="12345", seat=SeatId("1003"), device=DeviceState.IN_USE, paused=True, pause_reason="午饭"
        ),
    ),
    (
        "QueueMemberStatus",
        MEMBER.replace("PJSIP/1003", "Local/1003@seats/n"),
        MemberChanged(
            HERE,
            12.5,
            queue="12345",
            seat=SeatId("1003"),
            device=DeviceState.IN_USE,
            paused=True,
            pause_reason="午饭",
            of_phone=False,
        ),
    ),
    (
        "QueueMemberStatus",
        MEMBER.replace("|Interface: PJSIP/1003", "|Interface: Local/1003@seats/n"),
        MemberChanged(
            HERE, 12.5, queue="12345", seat=SeatId("1003"), device=DeviceState.IN_USE, paused=True, pause_reason="午饭"
        ),
    ),
    (
        "QueueMemberStatus",
        MEMBER.replace("StateInterface: PJSIP/1003", "StateInterface: Custom:1003"),
        MemberChanged(
            HERE,
            12.5,
            queue="12345",
            seat=SeatId("1003"),
            device=DeviceState.IN_USE,
            paused=True,
            pause_reason="午饭",
            of_phone=False,
        ),
    ),
    ("QueueMemberRemoved", MEMBER, MemberRemoved(HERE, 12.5, "12345", SeatId("1003"))),
    (
        "DeviceStateChange",
        "Device: PJSIP/1003|State: NOT_INUSE",
        DeviceChanged(HERE, 12.5, SeatId("1003"), DeviceState.NOT_IN_USE),
    ),
    ("DeviceStateChange", "Device: Queue:12345_avail|State: NOT_INUSE", None),
    (
        "UserEvent",
        SAID + f"OnekeyPress|Press: {PRESS}|Target: 110|Presser: PJSIP/1003-39|Uniqueid: 1.4|Caller: PJSIP/c-1"
        f"|CallerId: {CALLER}|Origin: ",
        KeyPressed(
            HERE,
            12.5,
            press=PRESS,
            target=TargetId("110"),
            presser=ChannelUid("1.4"),
            presser_name="PJSIP/1003-39",
            caller="PJSIP/c-1",
            caller_uid=CALLER,
            origin=ChannelUid(""),
        ),
    ),
    (
        "UserEvent",
        SAID + "OnekeyPress|Press: |Target: 110|Presser: PJSIP/1003-39|Uniqueid: 1.4|Caller: |CallerId: |Origin: ",
        KeyPressed(
            HERE,
            12.5,
            press=PressId(""),
            target=TargetId("110"),
            presser=ChannelUid("1.4"),
            presser_name="PJSIP/1003-39",
            caller="",
            caller_uid=ChannelUid(""),
            origin=ChannelUid(""),
        ),
    ),
    (
        "UserEvent",
        SAID + "OnekeyLeg" + KEYED + f"|Target: 110|Channel: PJSIP/t-1|Uniqueid: {LEG}|Caller: Local/s@q-1;1"
        f"|CallerId: {CALLER}",
        LegStarted(
            HERE,
            12.5,
            press=PRESS,
            attempt=2,
            by="gateway",
            target=TargetId("110"),
            uid=LEG,
            name="PJSIP/t-1",
            caller="Local/s@q-1;1",
            caller_uid=CALLER,
        ),
    ),
    (
        "UserEvent",
        SAID + "OnekeyFenced" + KEYED + f"|Taken: dialplan:1|Channel: PJSIP/t-1|Uniqueid: {LEG}|CallerId: {CALLER}",
        LegFenced(HERE, 12.5, press=PRESS, attempt=2, by="gateway", taken="dialplan:1", uid=LEG, caller_uid=CALLER),
    ),
    (
        "UserEvent",
        SAID + "OnekeyLegEnd" + KEYED + f"|Status: UNKNOWN_TARGET|Caller: PJSIP/c-1|CallerId: {CALLER}",
        LegEnded(HERE, 12.5, press=PRESS, attempt=2, status="UNKNOWN_TARGET", caller_uid=CALLER),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyArrival|Channel: PJSIP/t-1|Uniqueid: {LEG}|Origin: {CALLER}|Uui: a%3b=;encoding=hex",
        TrunkArrived(HERE, 12.5, uid=LEG, name="PJSIP/t-1", origin=CALLER, uui="a%3b=;encoding=hex"),
    ),
    ("UserEvent", SAID + f"OnekeyBack|Channel: PJSIP/c-1|Uniqueid: {CALLER}", CallerBack(HERE, 12.5, CALLER)),
    (
        "UserEvent",
        SAID + f"OnekeyFinished|Channel: PJSIP/c-1|Uniqueid: {CALLER}",
        CallerFinished(HERE, 12.5, CALLER),
    ),
    (
        "UserEvent",
        SAID
        + f"OnekeyPress|Press: {PRESS}|Target: 110|Mode: consult|Presser: PJSIP/1003-39|Uniqueid: |Caller: PJSIP/c-1"
        f"|CallerId: {CALLER}|Origin: ",
        KeyPressed(
            HERE,
            12.5,
            press=PRESS,
            target=TargetId("110"),
            presser=ChannelUid(""),
            presser_name="PJSIP/1003-39",
            caller="PJSIP/c-1",
            caller_uid=CALLER,
            origin=ChannelUid(""),
            mode="consult",
        ),
    ),
    (
        "UserEvent",
        SAID
        + f"OnekeyTakeBack|Presser: PJSIP/1003-39|Uniqueid: 1.4|Caller: PJSIP/c-1|CallerId: {CALLER}|Origin: {LEG}",
        KeyTookBack(HERE, 12.5, ChannelUid("1.4"), CALLER, LEG),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyAnswer|Presser: PJSIP/2001-39|Uniqueid: 1.4|Leg: {LEG}|Answer: yes",
        KeyAnswered(HERE, 12.5, ChannelUid("1.4"), LEG, True),
    ),
    (
        "UserEvent",
        SAID + "OnekeyAnswer|Presser: PJSIP/2001-39|Uniqueid: 1.4|Leg: |Answer: yes",
        KeyAnswered(HERE, 12.5, ChannelUid("1.4"), ChannelUid(""), True),
    ),
    (
        "UserEvent",
        SAID + "OnekeyCaller|Channel: PJSIP/c-1|Uniqueid: 1.4|Queue: 12345",
        CallerArrived(HERE, 12.5, ChannelUid("1.4"), "PJSIP/c-1", "12345"),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyPlanBad|Press: {PRESS}|Place: call|Target: 110|Caller: PJSIP/c-1|CallerId: {CALLER}",
        PlanRefused(HERE, 12.5, press=PRESS, place="call", target=TargetId("110"), caller_uid=CALLER),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyRungFailed|Press: {PRESS}|Uniqueid: {LEG}|Cause: 17",
        RungFailed(HERE, 12.5, PRESS, LEG, 17),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyHomeAnswer|Press: {PRESS}|Cause: 21",
        HomeAnswered(HERE, 12.5, PRESS, 21),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyAnswer|Presser: PJSIP/2001-39|Uniqueid: 1.4|Leg: {LEG}|Answer: no",
        KeyAnswered(HERE, 12.5, ChannelUid("1.4"), LEG, False),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyBranch|Press: {PRESS}|Uniqueid: 1.5|CallerId: {CALLER}",
        LegBranched(HERE, 12.5, PRESS, ChannelUid("1.5"), CALLER),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyOffered|Press: {PRESS}|Channel: PJSIP/t-1|Uniqueid: {LEG}|Caller: PJSIP/c-1|CallerId: {CALLER}",
        LegOffered(HERE, 12.5, PRESS, LEG),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyDeclined|Press: {PRESS}|Uniqueid: {LEG}|Reason: no_accept",
        LegDeclined(HERE, 12.5, PRESS, LEG, "no_accept"),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyCalledBack|Task: {PRESS}|Status: NOANSWER|Channel: PJSIP/1003-39|Uniqueid: 1.4",
        CallbackEnded(HERE, 12.5, task=PRESS, status="NOANSWER"),
    ),
    (
        "UserEvent",
        SAID + f"OnekeyCalledBack|Task: {PRESS}|Status: ANSWER|Caller: PJSIP/pstn-3a|CallerId: 1.5",
        CallbackEnded(HERE, 12.5, task=PRESS, status="ANSWER", caller="PJSIP/pstn-3a", caller_uid=ChannelUid("1.5")),
    ),
    (
        "UserEvent",
        SAID
        + f"OnekeyHandedOver|Press: {PRESS}|Target: 1002|Presser: PJSIP/1001-2|CallerId: 1.1|Uniqueid: 1.7|Cause: 16",
        ColleagueHandedCaller(
            HERE,
            12.5,
            press=PRESS,
            seat=SeatId("1002"),
            presser_name="PJSIP/1001-2",
            caller_uid=ChannelUid("1.1"),
            taker=ChannelUid("1.7"),
            cause=16,
        ),
    ),
    (
        "UserEvent",
        SAID + "OnekeyForwarded|Seat: kf-1001",
        PhoneForwards(HERE, 12.5, SeatId("kf-1001")),
    ),
    (
        "UserEvent",
        SAID + "OnekeyClean|Tries: 1|Caller: PJSIP/c-1|Of: PJSIP/c-1|Formats: slin of (alaw) and alaw of (alaw)",
        None,
    ),
    ("UserEvent", SAID + "SomebodyElse|Uniqueid: 1.1", None),
    ("UserEvent", SAID + "OnekeyOfTomorrow|Uniqueid: 1.1", None),
    ("VarSet", "Uniqueid: 1.1", None),
]


@pytest.mark.parametrize(("name", "headers", "event"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)])
def test_each_event(name: str, headers: str, event: AnyEvent | None) -> None:
    """Each AMI event becomes exactly its event of the core, or nothing."""
    assert decoded(name, headers) == event


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("Newchannel", "Channel: Message/ast_msg_queue|ChannelState: 0|CallerIDNum: |CallerIDName: |Exten: |Context: |Uniqueid: 1.1|Linkedid: 1.1"),
        ("QueueCallerJoin", "Queue: 12345|Channel: Message/ast_msg_queue|Uniqueid: 1.1|CallerIDNum: x|CallerIDName: x"),
        ("UserEvent", SAID + "OnekeyFinished|Channel: Message/ast_msg_queue|Uniqueid: 1.1"),
    ],
)  # fmt: skip
def test_a_text_is_no_party(name: str, headers: str) -> None:
    """The channel on which a SIP MESSAGE runs the dialplan is nobody: no channel, no caller who waits, no word of his."""
    assert decoded(name, headers) is None
    assert decoded(name, headers.replace("Message/ast_msg_queue", "PJSIP/c-1")) is not None


def test_every_reader_is_tried() -> None:
    """No AMI event is decoded without a case above."""
    assert {name for name, _, event in CASES if event is not None} == EVENT_NAMES


def test_only_a_yes_is_a_yes() -> None:
    """Whatever else a key's answer might say, no target accepts by it."""
    for word in ("no", "Yes", "yess", "1", "true"):
        event = decoded("UserEvent", SAID + f"OnekeyAnswer|Uniqueid: 1.4|Leg: {LEG}|Answer: {word}")
        assert isinstance(event, KeyAnswered)
        assert not event.accept


NOTED = {"OnekeyClean", "OnekeyDoctor"}
"""For whoever reads the events of a site, and for the doctor: the gateway does nothing with them."""


def test_every_word_of_our_dialplan_is_tried() -> None:
    """No user event of ours is decoded without a case above, and none is raised by the dialplan without being decoded."""
    tried = {
        headers.split("UserEvent: ")[1].split("|")[0] for name, headers, event in CASES if name == "UserEvent" and event
    } | NOTED
    raised = {
        word
        for path in site_path("dialplan").glob("*.conf")
        for word in re.findall(r"UserEvent\((\w+)", path.read_text(encoding="utf-8"))
    }
    assert tried == raised


def test_time_without_a_timestamp() -> None:
    """Where Asterisk gives no time, or none that is one, our clock counts."""
    decoder = Decoder(HERE, lambda: 7.0)
    for stamp in ("", "Timestamp: \r\n", "Timestamp: soon\r\n", "Timestamp: nan\r\n", "Timestamp: -1\r\n"):
        event = decoder.decode(f"Event: Hold\r\n{stamp}Uniqueid: 1.2".encode())
        assert event is not None
        assert event.at == 7.0


@pytest.mark.parametrize(
    ("name", "headers", "header"),
    [
        ("Newstate", "ChannelState: 6", "Uniqueid"),
        ("Newstate", "ChannelState: 9|Uniqueid: 1.2", "ChannelState"),
        ("Hangup", "Uniqueid: 1.2|Cause: x", "Cause"),
        ("Hangup", "Uniqueid: 1 2|Cause: 16", "Uniqueid"),
        ("QueueMemberStatus", "Queue: 1|Interface: PJSIP/1|Status: 44|Paused: 0", "Status"),
        ("UserEvent", SAID + "OnekeyBack|Uniqueid: 1.2)&x", "Uniqueid"),
        ("UserEvent", SAID + "OnekeyLegEnd|Press: |Attempt: 1|Status: BUSY|CallerId: 1.1", "Press"),
        ("UserEvent", SAID + "OnekeyArrival|Channel: PJSIP/t-1|Uniqueid: 1.1|Origin: 1.1|Uui: a b", "Uui"),
        ("UserEvent", SAID + "OnekeyLegEnd|Press: 1.1|Attempt: -1|Status: BUSY|CallerId: 1.1", "Attempt"),
        ("UserEvent", SAID + "OnekeyPress|Press: 1.1|Target: 110|Mode: a b|Presser: PJSIP/1-1|Caller: PJSIP/c", "Mode"),
        (
            "UserEvent",
            SAID + "OnekeyPress|Press: 1.1|Target: 110&x|Mode: |Presser: PJSIP/1-1|Caller: PJSIP/c",
            "Target",
        ),
        ("UserEvent", SAID + "OnekeyTakeBack|Uniqueid: |CallerId: 1.1|Origin: ", "Uniqueid"),
        ("UserEvent", SAID + "OnekeyTakeBack|Uniqueid: 1.1|CallerId: 1)&x|Origin: ", "CallerId"),
        ("UserEvent", SAID + "OnekeyAnswer|Uniqueid: 1.1|Leg: a&b|Answer: yes", "Leg"),
        ("UserEvent", SAID + f"OnekeyHomeAnswer|Press: {PRESS}|Cause: x", "Cause"),
        ("UserEvent", SAID + "OnekeyAnswer|Uniqueid: 1.1|Leg: 1.2|Answer: ", "Answer"),
        ("UserEvent", SAID + "OnekeyBranch|Press: 1.1|Uniqueid: 1.2|CallerId: ", "CallerId"),
        ("UserEvent", SAID + "OnekeyOffered|Press: 1.1|Uniqueid: 1 2", "Uniqueid"),
        ("UserEvent", SAID + "OnekeyDeclined|Press: 1.1|Uniqueid: 1.2|Reason: 不要", "Reason"),
        ("UserEvent", SAID + "OnekeyCalledBack|Task: a&b|Status: ANSWER", "Task"),
    ],
)
def test_malformed_is_counted_and_told(name: str, headers: str, header: str, caplog: pytest.LogCaptureFixture) -> None:
    """An event of ours that is not sound is counted, and the log names event and header, not the value."""
    decoder = Decoder(HERE, lambda: 7.0)
    with caplog.at_level(logging.WARNING):
        assert decoder.decode(frame(name, headers)) is None
    assert decoder.malformed == 1
    assert decoder.decoded == 0
    assert name in caplog.text
    assert header in caplog.text
    assert ")&x" not in caplog.text


def test_rubbish_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand malformed events make ten log lines and names without end are not remembered."""
    decoder = Decoder(HERE, lambda: 7.0)
    with caplog.at_level(logging.WARNING):
        for i in range(1000):
            decoder.decode(b"Event: Hold\r\nUniqueid: ?")
            decoder.decode(f"Event: Rubbish{i}\r\nX: y".encode())
    assert decoder.malformed == 1000
    assert len(caplog.records) == 10
    assert len(decoder.seen) == 500


def test_hidden_characters_in_a_name_are_not_shown() -> None:
    """A caller's name that would turn a display around, or end a line, is not taken over."""
    for name in ("a\u202eb", "a\x1b[2Jb", "x" * 129):
        event = decoded("QueueCallerJoin", QUEUED.replace("王", name))
        assert isinstance(event, QueueJoined)
        assert event.caller_name == ""


def test_states_are_complete() -> None:
    """Every state number and word of Asterisk has a meaning."""
    assert set(CHANNEL_STATES) == {str(n).encode() for n in range(8)}
    assert {bytes(key) for key in DEVICE_STATES if key.isdigit()} == {str(n).encode() for n in range(9)}
    assert len(DEVICE_STATES) == 18


def test_counts_by_name() -> None:
    """Every event is counted under its AMI name, whether the core wants it or not."""
    decoder = Decoder(HERE, lambda: 7.0)
    for name in ("VarSet", "VarSet", "Hold"):
        decoder.decode(frame(name, "Uniqueid: 1.2"))
    assert decoder.seen == {"VarSet": 2, "Hold": 1}
    assert decoder.decoded == 1


# --- recorded streams -----------------------------------------------------------------------------------------------


def frames_of(path: Path) -> list[bytes]:
    return Framer().feed(path.read_bytes())


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_stream_is_sound(path: Path) -> None:
    """In a real stream nothing is malformed, and every event that the core wants is decoded."""
    decoder = Decoder(HERE, lambda: 7.0)
    for one in frames_of(path):
        decoder.decode(one)
    assert decoder.malformed == 0
    assert decoder.decoded >= 40
    ours = path.read_bytes().count(b"UserEvent: Onekey")
    assert ours
    assert decoder.seen["UserEvent"] == ours


def test_recorded_press_is_told_whole() -> None:
    """The recorded key press, leg and end of ringing belong to one press, one caller, one leg."""
    events = [Decoder(HERE, lambda: 7.0).decode(one) for one in frames_of(SWITCHBOARD_12345)]
    pressed = next(e for e in events if isinstance(e, KeyPressed))
    leg = next(e for e in events if isinstance(e, LegStarted))
    ended = next(e for e in events if isinstance(e, LegEnded))
    assert pressed.press == leg.press == ended.press != ""
    assert pressed.caller_uid == leg.caller_uid == ended.caller_uid != ""
    assert leg.by == "dialplan"
    assert leg.attempt == ended.attempt == 1
    assert ended.status == "SUCCESS"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_frames_cut_at_every_byte(path: Path) -> None:
    """Whatever part of a real message is left, at either end, decoding it raises nothing."""
    decoder = Decoder(HERE, lambda: 7.0)
    logging.disable(logging.WARNING)
    try:
        kinds = {one.split(b"\r\n", 1)[0] + b"Onekey" * (b"UserEvent: Onekey" in one): one for one in frames_of(path)}
        for one in kinds.values():
            for at in range(len(one)):
                decoder.decode(one[:at])
                decoder.decode(one[at:])
                decoder.decode(b"Event: " + one[at:])
    finally:
        logging.disable(logging.NOTSET)


@given(st.data())
def test_recorded_stream_from_and_to_any_point(data: st.DataObject) -> None:
    """A real stream that begins and ends anywhere, with a hole anywhere, decodes without raising."""
    stream = data.draw(st.sampled_from(RECORDED)).read_bytes()
    at = sorted(data.draw(st.lists(st.integers(0, len(stream)), min_size=4, max_size=4)))
    decoder = Decoder(HERE, lambda: 7.0)
    logging.disable(logging.WARNING)
    try:
        for one in Framer().feed(b"Asterisk Call Manager/11.0.0\r\n" + stream[at[0] : at[1]] + stream[at[2] : at[3]]):
            decoder.decode(one)
    finally:
        logging.disable(logging.NOTSET)


@given(st.binary(max_size=300))
def test_garbage_raises_nothing(rubbish: bytes) -> None:
    """No bytes make the decoder raise."""
    decoder = Decoder(HERE, lambda: 7.0)
    logging.disable(logging.WARNING)
    try:
        for name in (b"", b"Event: Newchannel\r\n", b"Event: UserEvent\r\nUserEvent: OnekeyPress\r\n"):
            decoder.decode(name + rubbish)
    finally:
        logging.disable(logging.NOTSET)
