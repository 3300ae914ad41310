"""The real link, on real panoramisk, against a server that fails in every way we know."""

from __future__ import annotations

import asyncio
import logging

import pytest

from gateway.ami import Link, LinkDown, LinkSettings, NoAnswer, Refused, problem
from gateway.ami.protocol import MendedProtocol
from gateway.core.messages.channel_events import HoldStarted
from gateway.core.messages.link_events import Checked, LinkLost, Resynced
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.messages.snapshots import MemberSeen, PhoneSeen
from gateway.core.values.ids import ChannelState, DeviceState, SeatId

from .conftest import Bench
from .fake_server import WAIT_S, FakeAmi

HOLD = "Event: Hold\nTimestamp: 12.5\nUniqueid: 1.{}\n\n"
CHANNEL = """Event: Status
Privilege: Call
Channel: PJSIP/c-1
ChannelState: 6
CallerIDNum: 13800000003
CallerIDName: <unknown>
Uniqueid: 1.1
Linkedid: 1.1
BridgeID: b-1
Seconds: 30
Variable: ONEKEY_CALLER=PJSIP/c-1
Variable: ONEKEY_CALLER_ID=1.1
Variable: ONEKEY_ORIGIN=(null)
Variable: ONEKEY_UUI=ab;encoding=hex
Variable: ONEKEY_PRESS=12345.17.8
Variable: ONEKEY_ATTEMPT=2
Variable: ONEKEY_BY=gateway
Variable: ONEKEY_TARGET=110
Variable: ONEKEY_JOINED=1"""
BARE = "\n".join(line if "Variable" not in line else line.split("=")[0] + "=(null)" for line in CHANNEL.split("\n"))
MEMBER = "Event: QueueMember\nQueue: 12345\nLocation: PJSIP/1001\nStatus: 1\nPaused: 1\nPausedReason: 午饭"
LOCAL = MEMBER.replace("PJSIP/1001", "Local/1001@seats/n")
ENTRY = "Event: QueueEntry\nQueue: 12345\nPosition: 1\nChannel: PJSIP/c-1\nUniqueid: 1.1\nWait: 10\nPriority: 0"
PONG_AT = 1795465784.626346


async def test_a_text_is_nobody_in_a_snapshot(bench: Bench) -> None:
    """The channel of SIP MESSAGEs neither lives nor waits: it never hangs up, and nobody could end its call."""
    text = ("PJSIP/c-1", "Message/ast_msg_queue")
    bench.fake.channels, bench.fake.members = [CHANNEL.replace(*text)], [ENTRY.replace(*text)]
    await bench.up()
    resynced = bench.heard.events[0]
    assert isinstance(resynced, Resynced)
    assert (resynced.channels, resynced.waiting) == ((), ())


async def test_snapshot_is_one_event(bench: Bench) -> None:
    """Channels with our variables, members and waiting callers come as one ``Resynced``, at Asterisk's own time."""
    bench.fake.channels = [CHANNEL, BARE.replace("1.1", "1.2")]
    bench.fake.members = ["Event: QueueParams\nQueue: 12345", MEMBER, ENTRY]
    link = await bench.up()
    resynced = bench.heard.events[0]
    assert isinstance(resynced, Resynced)
    assert resynced.at == PONG_AT
    assert resynced.version == link.version == "22.10.1+dfsg"
    one, bare = resynced.channels
    assert (one.uid, one.name, one.state, one.bridge, one.created_at) == (
        "1.1",
        "PJSIP/c-1",
        ChannelState.UP,
        "b-1",
        PONG_AT - 30,
    )
    assert (one.caller, one.caller_uid, one.origin, one.uui) == ("PJSIP/c-1", "1.1", "", "ab;encoding=hex")
    assert (one.press, one.attempt, one.by, one.target, one.joined) == ("12345.17.8", 2, "gateway", "110", True)
    assert (one.caller_number, one.caller_name) == ("13800000003", "")
    assert (bare.caller, bare.press, bare.attempt, bare.joined) == ("", "", 0, False)
    assert resynced.members == (
        MemberSeen(
            queue="12345",
            seat=resynced.members[0].seat,
            device=DeviceState.NOT_IN_USE,
            paused=True,
            pause_reason="午饭",
        ),
    )
    assert resynced.waiting[0].joined_at == PONG_AT - 10
    assert link.connected
    assert link.problem is None


def phone(device: str, state: str) -> str:
    """One item of ``DeviceStateList``."""
    return f"Event: DeviceStateChange\nDevice: {device}\nState: {state}"


async def test_phones_behind_local_channels_are_asked_for(bench: Bench) -> None:
    """The status of such a member is the Local channel's: of the phone nothing is known but what ``DeviceStateList`` says."""
    bench.fake.members = [LOCAL, MEMBER.replace("1001", "1002")]
    bench.fake.phones = [
        phone("PJSIP/1001", "UNAVAILABLE"),
        phone("PJSIP/1002", "INUSE"),
        phone("Local/1001@seats", "INUSE"),
    ]
    bench.fake.phones += [phone("PJSIP/1003", "strange"), phone("Custom:night", "INUSE"), "Event: DeviceStateChange"]
    await bench.up()
    resynced = bench.heard.events[0]
    assert isinstance(resynced, Resynced)
    assert [(member.seat, member.of_phone) for member in resynced.members] == [("1001", False), ("1002", True)]
    assert resynced.phones == (
        PhoneSeen(SeatId("1001"), DeviceState.UNAVAILABLE),
        PhoneSeen(SeatId("1002"), DeviceState.IN_USE),
    )
    assert bench.heard.names() == ["Resynced"]  # the list's items are no events


@pytest.mark.parametrize(("member", "asked"), [(MEMBER, 0), (LOCAL + "\nStateInterface: PJSIP/1001", 0), (LOCAL, 1)])
async def test_phones_that_their_queue_watches_are_not_asked_for(bench: Bench, member: str, asked: int) -> None:
    """The state interface tells whose the status is. Where the list is refused the phones are unknown, and the link is up."""
    bench.fake.members = [member]
    bench.fake.refuse["DeviceStateList"] = "Invalid/unknown command"
    link = await bench.up()
    resynced = bench.heard.events[0]
    assert isinstance(resynced, Resynced)
    assert (len(bench.fake.of("DeviceStateList")), resynced.phones, link.problem) == (asked, (), None)


async def test_events_during_the_snapshot_come_after_it(bench: Bench) -> None:
    """What arrives between the login and the end of the snapshot is delivered behind it, in order."""
    bench.fake.after_login = HOLD.format(1)
    bench.fake.during_snapshot = HOLD.format(2)
    bench.fake.channels = [CHANNEL]
    await bench.up()
    bench.fake.say(HOLD.format(3))
    await bench.heard.until(HoldStarted, 3)
    assert bench.heard.names() == ["Resynced", "HoldStarted", "HoldStarted", "HoldStarted"]
    assert [event.uid for event in bench.heard.events if isinstance(event, HoldStarted)] == ["1.1", "1.2", "1.3"]


@pytest.mark.parametrize("slice_bytes", [1, 7])
async def test_sliced_and_merged(bench: Bench, slice_bytes: int) -> None:
    """Single bytes and many messages in one segment make no difference, and Chinese arrives whole."""
    bench.fake.slice_bytes = slice_bytes
    bench.fake.channels = [CHANNEL]
    bench.fake.members = [MEMBER]
    await bench.up()
    join = "Event: QueueCallerJoin\nChannel: PJSIP/c-1\nCallerIDName: 王小明\nUniqueid: 1.1\nQueue: 12345\n\n"
    bench.fake.say(HOLD.format(1) + join + HOLD.format(2))
    joined = await bench.heard.until(QueueJoined)
    assert isinstance(joined, QueueJoined)
    assert joined.caller_name == "王小明"
    await bench.heard.until(HoldStarted, 2)
    assert bench.heard.names() == ["Resynced", "HoldStarted", "QueueJoined", "HoldStarted"]


async def test_a_failing_listener_costs_nothing(bench: Bench) -> None:
    """A listener that raises, on the snapshot or later, loses neither the next event nor the connection."""
    bench.heard.raises_on = Resynced
    bench.fake.after_login = HOLD.format(1)
    link = await bench.up()
    bench.heard.raises_on = HoldStarted
    bench.fake.say(HOLD.format(2) + HOLD.format(3))
    await bench.heard.until(HoldStarted, 3)
    assert link.connected
    assert bench.fake.logins == 1
    link.close()
    await bench.close()
    assert link.counts["listener_errors"] == 3


async def test_garbage_between_messages(bench: Bench) -> None:
    """Lines without a colon, empty messages, lone LFs, two ``Event`` lines and bytes that are no UTF-8 cost nothing."""
    link = await bench.up()
    bench.fake.say(
        b"no colon\r\nat all\r\n\r\n\r\n\r\n\xff\xfe\r\n\r\nEvent: Hold\nEvent: Hold\nUniqueid: 1.1\n\nEvent:\r\n\r\n"
    )
    bench.fake.say(
        b"Event: UserEvent\r\nUserEvent: OnekeyPress\r\nPress: \xff\r\n\r\nResponse: Error\r\nMessage: what\r\n\r\n"
    )
    bench.fake.say(HOLD.format(2))
    await bench.heard.until(HoldStarted, 2)
    assert link.connected
    assert link.counts["malformed"] == 1
    assert link.counts["stray"] == 3
    assert link.counts["decoded"] == 2


async def test_cut_is_told_once_and_mended(bench: Bench) -> None:
    """A cut makes one ``LinkLost``, then a new snapshot; nothing that was asked before is asked again."""
    link = await bench.up()
    await link.request("Setvar", ("Channel", "PJSIP/1-1"), ("Variable", "X"), ("Value", "1"))
    bench.fake.cut()
    await bench.heard.until(Resynced, 2)
    assert bench.heard.names() == ["Resynced", "LinkLost", "Resynced"]
    lost = bench.heard.events[1]
    assert isinstance(lost, LinkLost)
    assert lost.at == 7.0
    assert lost.why
    assert len(bench.fake.of("Setvar")) == 1
    assert link.counts["losses"] == 1


async def test_unanswered_action_ends_with_its_link_and_is_not_repeated(bench: Bench) -> None:
    """An action whose answer is cut off fails at once and is never sent again, neither by us nor by panoramisk."""
    link = await bench.up(action_s=60.0)
    bench.fake.mute.add("Originate")
    asked = asyncio.create_task(link.request("Originate", ("Channel", "Local/s@onekey-ring/n"), ("Async", "true")))
    await bench.fake.saw("Originate")
    bench.fake.mute.clear()
    bench.fake.cut()
    with pytest.raises(LinkDown):
        await asked
    await bench.heard.until(Resynced, 2)
    await link.request("Ping")
    assert len(bench.fake.of("Originate")) == 1


async def test_action_while_down_is_refused(bench: Bench) -> None:
    """While the link is down an action is refused and does not run when the link returns."""
    bench.fake.secret = "other"
    link = bench.start()
    await bench.fake.saw("Login")
    with pytest.raises(LinkDown):
        await link.request("Originate", ("Channel", "Local/s@onekey-ring/n"))
    bench.fake.secret = "right"
    await bench.heard.until(Resynced)
    await link.request("Ping")
    assert bench.fake.of("Originate") == []


async def test_action_before_the_snapshot_is_refused(bench: Bench) -> None:
    """Between login and snapshot nothing but the snapshot is asked."""
    bench.fake.mute.add("Status")
    link = bench.start()
    await bench.fake.saw("Status")
    assert not link.connected
    with pytest.raises(LinkDown):
        await link.request("Ping")


async def test_stalled_action_fails_at_its_deadline(bench: Bench) -> None:
    """An action that is not answered fails in time, its late answer disturbs nobody, and the link stays."""
    bench.fake.mute.add("Setvar")
    link = await bench.up(action_s=0.05)
    with pytest.raises(NoAnswer, match=r"Setvar was not answered within 0\.05 s"):
        await link.request("Setvar", ("Channel", "PJSIP/1-1"), ("Variable", "X"), ("Value", "1"))
    bench.fake.answer(bench.fake.of("Setvar")[0], "Response: Success\nMessage: late")
    bench.fake.say(HOLD.format(1))
    await bench.heard.until(HoldStarted)
    assert link.connected
    assert link.counts["stray"] == 1
    assert link.counts["unanswered"] == 1


async def test_refused_action_is_not_sent(bench: Bench) -> None:
    """What would smuggle a second action is refused before a byte of it is sent."""
    link = await bench.up()
    with pytest.raises(Refused):
        await link.request("Setvar", ("Value", "x\r\n\r\nAction: Originate"))
    await link.request("Ping")
    assert bench.fake.of("Setvar") == bench.fake.of("Originate") == []
    assert link.counts["refused"] == 1


async def test_missing_pong_drops_the_link(bench: Bench) -> None:
    """A peer that stops answering without a sign (half-open) is found by its missing Pong."""
    link = await bench.up(ping_s=0.01, pong_s=0.05)
    bench.fake.mute.add("Ping")
    lost = await bench.heard.until(LinkLost)
    assert isinstance(lost, LinkLost)
    assert lost.why == "no Pong within 0.05 s"
    assert not link.connected
    bench.fake.mute.clear()
    await bench.heard.until(Resynced, 2)


async def test_pongs_keep_the_link(bench: Bench) -> None:
    """Pings that are answered go on and on over one connection."""
    link = await bench.up(ping_s=0.001)
    await bench.fake.saw("Ping", 20)
    assert link.connected
    assert bench.fake.logins == 1


async def test_answers_find_their_question(bench: Bench) -> None:
    """Answers in the wrong order reach whoever asked; a refusal is an answer."""
    bench.fake.mute.add("Getvar")
    link = await bench.up()
    asked = [asyncio.create_task(link.request("Getvar", ("Variable", str(i)))) for i in range(3)]
    await bench.fake.saw("Getvar", 3)
    for i in (2, 0, 1):
        word = "Error" if i == 1 else "Success"
        bench.fake.answer(bench.fake.of("Getvar")[i], f"Response: {word}\nMessage: {i}")
    replies = await asyncio.gather(*asked)
    assert [(reply.message, reply.ok) for reply in replies] == [("0", True), ("1", False), ("2", True)]


async def test_list_is_gathered_and_events_pass_by(bench: Bench) -> None:
    """A list's items go to whoever asked, other events in between go on to the core."""
    link = await bench.up()
    bench.fake.channels = [CHANNEL, BARE]
    bench.fake.during_snapshot = HOLD.format(1)
    reply = await link.request("Status")
    assert len(reply.items) == 2
    assert reply.ok
    await bench.heard.until(HoldStarted)
    assert bench.heard.names() == ["Resynced", "HoldStarted"]


async def test_originate_response_is_an_event_not_an_answer(bench: Bench) -> None:
    """The immediate response answers an ``Originate``; the ``OriginateResponse`` that comes later disturbs nothing."""
    link = await bench.up()
    reply = await link.request("Originate", ("Channel", "Local/s@onekey-ring/n"), ("Async", "true"))
    assert reply.ok
    action_id = bench.fake.of("Originate")[0]["ActionID"][0]
    bench.fake.say(
        f"Event: OriginateResponse\nActionID: {action_id}\nResponse: Failure\nReason: 0\n\n" + HOLD.format(1)
    )
    await bench.heard.until(HoldStarted)
    assert link.events_by_name["OriginateResponse"] == 1
    assert link.counts["stray"] == 0


# --- problems -------------------------------------------------------------------------------------------------------


async def problem_of(link: object, problem_id: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while (problem := getattr(link, "problem", None)) is None or problem.id != problem_id:
            await asyncio.sleep(0)


async def test_wrong_secret_says_what_to_do(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong secret names account, host and port, and what to look at; the secret itself is shown nowhere."""
    with caplog.at_level(logging.DEBUG):
        link = bench.start(secret="wr0ng-secret")
        await problem_of(link, "ami_login_refused")
    assert link.problem is not None
    assert link.problem.where == f"onekey@127.0.0.1:{bench.fake.port}"
    assert "[onekey]" in link.problem.remedy.en
    assert "manager.conf" in link.problem.text("zh")
    assert "wr0ng-secret" not in caplog.text + repr(link.settings) + repr(link.problem)
    assert bench.heard.events == []
    assert not link.connected


async def test_wrong_secret_is_retried_slowly(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """After a wrong secret the longest pause is kept from the first time on, shortened by jitter to half at most."""
    link = bench.start(secret="wrong", backoff_s_min=0.001, backoff_s_max=3600.0)
    await problem_of(link, "ami_login_refused")
    link.close()
    await bench.close()
    assert bench.fake.logins == 1
    assert "Next try in 1800.0 s." in caplog.text


async def test_pauses_grow(bench: Bench) -> None:
    """Each try in vain doubles the pause, up to the longest."""
    link = bench.start(backoff_s_min=0.002, backoff_s_max=0.005)
    pauses = [link._lost(problem.lost("x", "y"), failures) for failures in (1, 2, 3, 1000)]
    assert pauses == [0.001, 0.002, 0.0025, 0.0025]


async def test_secret_put_right_is_found(bench: Bench) -> None:
    """Once the secret is right in manager.conf the link comes up by itself and the problem is gone."""
    bench.fake.secret = "new"
    link = bench.start()
    await problem_of(link, "ami_login_refused")
    bench.fake.secret = "right"
    await bench.heard.until(Resynced)
    assert link.problem is None
    assert link.connected


async def test_closed_port_says_what_to_do(bench: Bench) -> None:
    """A closed port is told as such, and the link comes up when it opens."""
    port = bench.fake.port
    await bench.fake.stop()
    link = bench.start()
    await problem_of(link, "ami_unreachable")
    assert link.problem is not None
    assert "Connection refused" in link.problem.what.en
    again = FakeAmi()
    again.port = port
    async with again:
        await bench.heard.until(Resynced)
        link.close()
        await bench.close()


async def test_server_that_never_greets(bench: Bench) -> None:
    """A server that accepts and stays silent is given up at the deadline."""
    bench.fake.mute.add("Login")
    link = bench.start(connect_s=0.05)
    await problem_of(link, "ami_silent")
    assert not link.connected


async def test_other_protocol_on_the_port(bench: Bench) -> None:
    """A port that speaks something else is told apart from a broken connection."""
    bench.fake.banner = "SSH-2.0-OpenSSH_9.2"
    link = bench.start()
    await problem_of(link, "ami_garbled")
    assert link.problem is not None
    assert "SSH-2.0" in link.problem.what.en


async def test_endless_message_drops_the_link(bench: Bench) -> None:
    """A message without end drops the link with its reason instead of filling memory."""
    await bench.up(frame_bytes_max=5000)
    bench.fake.say("Event: X\nData: " + "x" * 6000)
    lost = await bench.heard.until(LinkLost)
    assert isinstance(lost, LinkLost)
    assert lost.why == "a frame is longer than 5000 bytes"


@pytest.mark.parametrize("version", ["22.5.9", "20.18.0+dfsg", "certified-20.7-cert5"])
async def test_old_asterisk_is_not_attached(bench: Bench, version: str) -> None:
    """An Asterisk before 22.6.0 is left alone: both versions are named and no event is believed."""
    bench.fake.version = version
    bench.fake.after_login = HOLD.format(1)
    link = bench.start()
    await problem_of(link, "asterisk_too_old")
    assert link.problem is not None
    assert version in link.problem.what.en
    assert "22.6.0" in link.problem.what.en
    assert bench.heard.events == []
    assert bench.fake.of("Status") == []


@pytest.mark.parametrize("version", ["22.6.0", "23.0.0", "certified-22.8-cert1", "GIT-22-1a2b3c"])
async def test_new_asterisk_is_attached(bench: Bench, version: str) -> None:
    """22.6.0 and later, certified ones and builds from git are attached."""
    bench.fake.version = version
    assert (await bench.up()).version == version


async def test_account_that_cannot_read_system(bench: Bench) -> None:
    """Without ``FullyBooted`` the problem names the right that the account lacks."""
    bench.fake.boots = False
    link = bench.start(boot_s=0.05)
    await problem_of(link, "ami_not_booted")
    assert link.problem is not None
    assert "read" in link.problem.remedy.en


async def test_asterisk_that_is_still_starting(bench: Bench) -> None:
    """The snapshot waits until Asterisk says that it has booted."""
    bench.fake.boots = False
    bench.start()
    await bench.fake.saw("Login")
    bench.fake.say("Event: FullyBooted\nStatus: Fully Booted\n\n")
    await bench.heard.until(Resynced)


async def test_snapshot_that_is_refused(bench: Bench) -> None:
    """An account that may not list channels is told which action was refused."""
    bench.fake.refuse["Status"] = "Permission denied"
    link = bench.start()
    await problem_of(link, "ami_action_refused")
    assert link.problem is not None
    assert "Status" in link.problem.what.en
    assert "Permission denied" in link.problem.what.en


async def test_missing_rights_are_found_before_a_call(bench: Bench) -> None:
    """An account that may not originate gets its link and a problem that names the action."""
    bench.fake.rights.remove("Originate")
    link = await bench.up()
    assert link.connected
    assert link.problem is not None
    assert link.problem.id == "ami_rights_missing"
    assert "Originate" in link.problem.what.zh


@pytest.mark.parametrize("stage", ["Login", "CoreSettings", "Status", "QueueStatus"])
async def test_cut_at_every_stage(bench: Bench, stage: str) -> None:
    """A cut while the link comes up is no loss of anything; the next try succeeds."""
    bench.fake.mute.add(stage)
    link = bench.start()
    await bench.fake.saw(stage)
    bench.fake.mute.clear()
    bench.fake.cut()
    await bench.heard.until(Resynced)
    assert bench.heard.names() == ["Resynced"]
    assert link.counts["losses"] == 0


@pytest.mark.parametrize("stage", ["Login", "CoreSettings", "Status", "none"])
async def test_close_at_every_stage(bench: Bench, stage: str) -> None:
    """``close()`` ends ``run()`` at once at every stage, without a ``LinkLost``."""
    bench.fake.mute.add(stage)
    link = bench.start() if stage != "none" else await bench.up()
    if stage != "none":
        await bench.fake.saw(stage)
    link.close()
    await bench.close()
    assert not link.connected
    assert "LinkLost" not in bench.heard.names()


@pytest.mark.parametrize(
    "answer", ["Response:Success", "Response: ", "Nonsense: x", "Response: Follows", "Response: Goodbye"]
)
async def test_odd_answers_do_not_end_the_link(bench: Bench, answer: str) -> None:
    """An answer to the login that is none is a refusal; the link goes on trying and never dies of it."""
    bench.fake.mute.add("Login")
    bench.start()
    await bench.fake.saw("Login")
    bench.fake.answer(bench.fake.of("Login")[0], answer)
    bench.fake.mute.clear()
    bench.fake.cut()
    await bench.heard.until(Resynced)


async def test_nothing_is_delivered_after_the_end() -> None:
    """A listener that ends the connection gets no further message, not even of the same segment."""
    heard: list[bytes] = []

    def listen(frame: bytes) -> None:
        heard.append(frame)
        protocol.drop("enough")

    protocol = MendedProtocol(listen, 1000)
    protocol.data_received(b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\n\r\nEvent: B\r\n\r\n")
    protocol.data_received(b"Event: C\r\n\r\n")
    assert heard == [b"Event: A"]
    assert protocol.gone.result() == "enough"


async def test_cancelled_run_leaves_nothing(bench: Bench) -> None:
    """Cancelling ``run()`` ends the connection as well as closing does."""
    link = await bench.up()
    again = asyncio.create_task(Link(link.switchboard, link.settings, bench.heard, lambda: 7.0).run())
    await bench.heard.until(Resynced, 2)
    again.cancel()
    with pytest.raises(asyncio.CancelledError):
        await again


async def test_close_during_the_pause(bench: Bench) -> None:
    """``close()`` does not wait for the pause before the next try."""
    link = bench.start(secret="wrong", backoff_s_min=3600.0, backoff_s_max=3600.0)
    await problem_of(link, "ami_login_refused")
    link.close()
    await bench.close()


async def test_wrong_system_name_is_told(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A switchboard without a system name is attached, with a warning: unique ids would collide."""
    bench.fake.system_name = ""
    await bench.up()
    assert "systemname" in caplog.text


def test_settings_refuse_what_would_break_the_login() -> None:
    """A secret with a line end, and a deadline of nothing, are refused when the settings are made."""
    with pytest.raises(Refused) as caught:
        LinkSettings(host="127.0.0.1", username="onekey", secret="a\r\nAction: x")
    assert "Action: x" not in str(caught.value)
    with pytest.raises(ValueError, match="ping_s"):
        LinkSettings(host="127.0.0.1", username="onekey", secret="x", ping_s=0)


async def test_an_attached_switchboard_is_looked_at_now_and_then(bench: Bench) -> None:
    """``CheckBegan`` before it is asked for, what it answers as ``Checked``; the link goes on."""
    bench.fake.members = ["Event: QueueParams\nQueue: 12345", LOCAL]
    bench.fake.phones = [phone("PJSIP/1001", "NOT_INUSE")]
    await bench.up(ping_s=0.01, drift_check_s=0.01, settle_s=0.01)
    await bench.heard.until(Checked)
    assert bench.heard.names()[:3] == ["Resynced", "CheckBegan", "Checked"]
    checked = bench.heard.events[2]
    assert isinstance(checked, Checked)
    assert [member.seat for member in checked.members] == ["1001"]
    assert checked.phones == (PhoneSeen(SeatId("1001"), DeviceState.NOT_IN_USE),)
