"""One command in, exactly one answer out."""

from __future__ import annotations

import asyncio

import pytest

from gateway.ami.actions import actions
from gateway.ami.encode import Refused
from gateway.ami.executor import Executor
from gateway.core.messages import commands as cmd
from gateway.core.messages.answers import CommandFailed, CommandSucceeded, PacketsCounted, PartyPackets
from gateway.core.messages.link_events import Resynced
from gateway.core.values.ids import ChannelUid, PressId, SeatId, SwitchboardId, TargetId

from .conftest import Bench

HERE = SwitchboardId("12345")


def ring(press: str = "12345.1795466155662999.800", attempt: int = 1, **more: object) -> cmd.RingTarget:
    given: dict[str, object] = {
        "target": TargetId("110"), "caller": "PJSIP/c-1", "caller_uid": ChannelUid("12345-17.1"),
        "tag": "[12345转]噪音扰民", "uui": "ab%3b;encoding=hex", "ring_s": 25, "id": "c1", "call": "k",
    } | more  # fmt: skip
    return cmd.RingTarget(switchboard=HERE, press=PressId(press), attempt=attempt, **given)  # type: ignore[arg-type]


def tell(text: str, call: str = "k", id: str = "c1", seat: str = "1001") -> cmd.TellSeat:
    return cmd.TellSeat(id, HERE, call, SeatId(seat), text)


async def test_ring_target(bench: Bench) -> None:
    """Ringing is one asynchronous ``Originate`` with the fence's id, answered by its immediate response."""
    executor = Executor(await bench.up())
    assert await executor.execute(ring(attempt=2)) == CommandSucceeded(HERE, 7.0, "c1")
    (sent,) = bench.fake.of("Originate")
    variables = sent.pop("Variable")
    del sent["ActionID"]
    assert {key: value for key, (value,) in sent.items()} == {
        "Action": "Originate", "Channel": "Local/s@onekey-ring/n", "ChannelId": "12345.1795466155662999.800-2",
        "OtherChannelId": "12345.1795466155662999.800-2-b", "Context": "onekey-nobody", "Exten": "s", "Priority": "1",
        "Timeout": "40000", "Async": "true",
    }  # fmt: skip
    assert variables == [
        "ONEKEY_PRESS=12345.1795466155662999.800",
        "ONEKEY_ATTEMPT=2",
        "ONEKEY_BY=gateway",
        "ONEKEY_TARGET=110",
        "ONEKEY_CALLER=PJSIP/c-1",
        "ONEKEY_CALLER_ID=12345-17.1",
        "ONEKEY_TAG=[12345转]噪音扰民",
        "ONEKEY_UUI=ab%3b;encoding=hex",
        "ONEKEY_RING_S=25",
        "ONEKEY_ACCEPT_S=0",
    ]


async def test_the_other_commands(bench: Bench) -> None:
    """Each command is its action: Hangup by unique id, Setvar on SHARED, Setvar inherited, MESSAGE to a seat."""
    executor = Executor(await bench.up())
    uid, press = ChannelUid("12345-17.1"), PressId("12345.17.8")
    for command in (
        cmd.HangUpLeg("1", HERE, "k", uid, 21),
        cmd.TakePress("2", HERE, "k", press=press, caller="PJSIP/t-1", settled=False),
        cmd.TakePress("3", HERE, "k", press=press, caller="PJSIP/t-1", settled=True),
        cmd.TakePress("6", HERE, "k", press=press, caller="PJSIP/t-1", settled=True, joined=True),
        cmd.AttachContext("4", HERE, "k", channel=uid, uui="ab"),
        tell("转接失败：无人接听", id="5"),
    ):
        assert await executor.execute(command) == CommandSucceeded(HERE, 7.0, command.id)
    flat = [{key: value for key, (value,) in sent.items() if key != "ActionID"} for sent in bench.fake.actions[-10:]]

    def on_leg(variable: str, value: str) -> dict[str, str]:
        return {"Action": "Setvar", "Channel": "PJSIP/t-1", "Variable": f"SHARED({variable})", "Value": value}

    taken, waited_no_longer = on_leg("ONEKEY_TAKEN_12345.17.8", "gateway:0"), on_leg("ONEKEY_PENDING", "")
    assert flat == [
        {"Action": "Hangup", "Channel": "12345-17.1", "Cause": "21"},
        taken,
        *(taken, on_leg("ONEKEY_JOINED_HOME", ""), waited_no_longer),
        *(taken, on_leg("ONEKEY_JOINED_HOME", "1"), waited_no_longer),
        {"Action": "Setvar", "Channel": "12345-17.1", "Variable": "__ONEKEY_UUI", "Value": "ab"},
        {"Action": "MessageSend", "Destination": "pjsip:1001", "From": "onekey", "Body": "转接失败：无人接听"},
    ]


async def test_a_leg_that_must_be_accepted(bench: Bench) -> None:
    """The time for an acceptance travels with the request, and several targets are one name."""
    executor = Executor(await bench.up())
    await executor.execute(ring(target=TargetId("119-120"), accept_s=15))
    (sent,) = bench.fake.of("Originate")
    assert {"ONEKEY_TARGET=119-120", "ONEKEY_ACCEPT_S=15"} <= set(sent["Variable"])


def release(channel: str = "12345-17.2", caller: str = "PJSIP/c-1", returns: str = "") -> cmd.ReleaseSeat:
    return cmd.ReleaseSeat("c1", HERE, "k", channel=ChannelUid(channel), caller=caller, returns=SeatId(returns))


def call_back(task: str = "12345.1.1", seat: str = "1001", number: str = "13800000001") -> cmd.CallBack:
    return cmd.CallBack("c1", HERE, "k", task=task, seat=SeatId(seat), number=number, uui="ab", ring_s=30)


def offer(accept: bool, reason: str = "", channel: str = "12345-17.3") -> cmd.AnswerOffer:
    return cmd.AnswerOffer("c1", HERE, "k", channel=ChannelUid(channel), accept=accept, reason=reason)


def say(channel: str = "PJSIP/1001-1", word: str = "no_answer") -> cmd.SaySeat:
    return cmd.SaySeat("c1", HERE, "k", channel, word)


def music(beat: int, member: str = "PJSIP/c-1") -> cmd.PlayMusic:
    return cmd.PlayMusic("c1", HERE, "k", member, beat)


MUSIC = (
    "Originate",
    {
        "Channel": "Local/in@onekey-held/n", "Context": "onekey-held", "Exten": "music", "Priority": "1", "Codecs": "alaw", "Async": "true",
        "Variable": "ONEKEY_HELD_OF=PJSIP/c-1",
    },
)  # fmt: skip


def setvar(channel: str, name: str, value: str) -> tuple[str, dict[str, str]]:
    return "Setvar", {"Channel": channel, "Variable": name, "Value": value}


RELEASED = ("Hangup", {"Channel": "12345-17.2", "Cause": "26"})


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (music(1), [setvar("PJSIP/c-1", "SHARED(ONEKEY_MUSIC)", "1"), MUSIC]),
        (music(2), [setvar("PJSIP/c-1", "SHARED(ONEKEY_MUSIC)", "2")]),
        (music(0), [setvar("PJSIP/c-1", "SHARED(ONEKEY_MUSIC)", "0")]),
        (release(), [RELEASED]),
        (release(returns="1001"), [setvar("PJSIP/c-1", "SHARED(ONEKEY_RETURN)", "1001"), RELEASED]),
        (offer(True), [setvar("12345-17.3", "SHARED(ONEKEY_ACCEPTED)", "yes")]),
        (offer(False), [setvar("12345-17.3", "SHARED(ONEKEY_ACCEPTED)", "no")]),
        (offer(False, "out_of_scope"), [setvar("12345-17.3", "SHARED(ONEKEY_ACCEPTED)", "out_of_scope")]),
    ],
)
def test_releasing_and_answering(command: cmd.AmiCommand, expected: list[tuple[str, dict[str, str]]]) -> None:
    """A seat goes with cause 26, its caller told before where to come back to; an offer's answer is a word on its leg, a sign of music on the
    caller's channel; the leg with the music begins once."""
    assert [(name, dict(headers)) for name, headers in actions(command)] == expected


def test_adopting_a_leg() -> None:
    """A leg that a phone has joined gets what the fence and the join would have left on it and on its caller."""
    command = cmd.AdoptLeg(
        "c1", HERE, "k", channel=ChannelUid("12345-17.3"), caller="PJSIP/c-1", caller_uid=ChannelUid("12345-17.1")
    )
    assert [(name, dict(headers)) for name, headers in actions(command)] == [
        setvar("12345-17.3", "ONEKEY_CALLER", "PJSIP/c-1"),
        setvar("12345-17.3", "ONEKEY_CALLER_ID", "12345-17.1"),
        setvar("12345-17.3", "ONEKEY_JOINED", "1"),
        setvar("12345-17.3", "GROUP(onekey)", "joined-12345-17.1"),
        setvar("PJSIP/c-1", "SHARED(ONEKEY_LEG)", "joined"),
    ]


def test_calling_back() -> None:
    """The seat is rung, shown who it is about; the number is a variable and dialled by the dialplan alone."""
    ((name, headers),) = actions(call_back())
    variables = [value for key, value in headers if key == "Variable"]
    assert (name, {key: value for key, value in headers if key != "Variable"}) == ("Originate", {
        "Channel": "PJSIP/1001", "ChannelId": "callback-12345.1.1", "Context": "onekey-callback", "Exten": "s",
        "Priority": "1", "Timeout": "30000", "CallerID": '"[回拨]" <13800000001>', "Async": "true",
    })  # fmt: skip
    assert variables == [
        "ONEKEY_PRESS=12345.1.1",
        "ONEKEY_NUMBER=13800000001",
        "ONEKEY_UUI=ab",
        "ONEKEY_RING_S=30",
    ]


def test_saying_a_word_to_a_seat() -> None:
    """A prompt is whispered by a Local channel of its own; the seat's channel is only named, never acted on."""
    ((name, headers),) = actions(say())
    assert (name, dict(headers)["Channel"]) == ("Originate", "Local/whisper@onekey-say/n")
    assert [value for key, value in headers if key == "Variable"] == [
        "ONEKEY_SAY_TO=PJSIP/1001-1",
        "ONEKEY_SAY=no_answer",
    ]


async def test_refused_by_asterisk(bench: Bench) -> None:
    """Asterisk's refusal is a failure in its own words, and the actions behind it are not sent."""
    bench.fake.refuse["Setvar"] = "No such channel"
    executor = Executor(await bench.up())
    answer = await executor.execute(
        cmd.TakePress("2", HERE, "k", press=PressId("1.1"), caller="PJSIP/t-1", settled=True)
    )
    assert answer == CommandFailed(HERE, 7.0, "2", "Setvar: No such channel")
    assert len(bench.fake.of("Setvar")) == 1


@pytest.mark.parametrize(
    "command",
    [
        ring(press="1.1\r\nAction: x"),
        ring(press="1_1^x"),
        ring(press=""),
        ring(press="1" * 148),
        ring(attempt=0),
        ring(ring_s=0),
        ring(caller=""),
        ring(caller="PJSIP/a,b"),
        ring(tag="a)b"),
        ring(tag="a\u202eb"),
        ring(uui="a b"),
        ring(target=TargetId("110&PJSIP/x")),
        ring(caller_uid=ChannelUid("1^2")),
        cmd.HangUpLeg("c1", HERE, "k", ChannelUid("/.*/")),
        cmd.HangUpLeg("c1", HERE, "k", ChannelUid("")),
        cmd.HangUpLeg("c1", HERE, "k", ChannelUid("1.1"), 999),
        cmd.TakePress("c1", HERE, "k", press=PressId("1.1"), caller="", settled=True),
        cmd.TakePress("c1", HERE, "k", press=PressId("1)=x"), caller="PJSIP/1", settled=True),
        cmd.AttachContext("c1", HERE, "k", channel=ChannelUid("1.1"), uui="a&b"),
        cmd.AdoptLeg("c1", HERE, "k", channel=ChannelUid(""), caller="PJSIP/c-1", caller_uid=ChannelUid("1.1")),
        cmd.AdoptLeg("c1", HERE, "k", channel=ChannelUid("1.2"), caller="PJSIP/c,1", caller_uid=ChannelUid("1.1")),
        cmd.AdoptLeg("c1", HERE, "k", channel=ChannelUid("1.2"), caller="PJSIP/c-1", caller_uid=ChannelUid("1)x")),
        release(channel=""),
        release(channel="/.*/"),
        release(caller="PJSIP/a,b", returns="1001"),
        release(returns="1001&PJSIP/x"),
        offer(True, channel="1.1)"),
        offer(False, "yes"),
        offer(False, "a b"),
        offer(False, "x\r\nAction: Ping"),
        offer(False, "不归我们管"),
        call_back(task="a&b"),
        call_back(task=""),
        call_back(seat="1001/x"),
        call_back(number=""),
        call_back(number="138,1"),
        call_back(number="138@trunk"),
        call_back(number="1" * 32),
        say(channel="PJSIP/a,b"),
        say(word="../x"),
        tell(""),
        tell("a\r\nb"),
        tell("转" * 400),
        tell("x", seat="1001@evil"),
    ],
)
async def test_unsafe_command_fails_and_sends_nothing(bench: Bench, command: cmd.AmiCommand) -> None:
    """A command with a value that is not safe is answered by a failure, and no byte of it is sent."""
    executor = Executor(await bench.up())
    before = len(bench.fake.actions)
    answer = await executor.execute(command)
    assert isinstance(answer, CommandFailed)
    assert answer.command == "c1"
    assert "refused to send" in answer.why
    assert len(bench.fake.actions) == before
    assert executor.busy_calls == 0


async def test_link_down_is_a_failure_at_once(bench: Bench) -> None:
    """Without a link a command fails at once and is not kept."""
    bench.fake.secret = "other"
    link = bench.start()
    executor = Executor(link)
    answer = await executor.execute(ring())
    assert isinstance(answer, CommandFailed)
    assert "no link to 12345" in answer.why
    bench.fake.secret = "right"
    await bench.heard.until(Resynced)
    await link.request("Ping")
    assert bench.fake.of("Originate") == []


async def test_silence_is_a_failure_within_the_deadline(bench: Bench) -> None:
    """A command that is not answered fails within its deadline, and the next of its call goes on."""
    bench.fake.mute.add("MessageSend")
    executor = Executor(await bench.up(action_s=0.05))
    told, rung = await asyncio.gather(executor.execute(tell("x")), executor.execute(ring(id="c2")))
    assert isinstance(told, CommandFailed)
    assert "not answered within 0.05 s" in told.why
    assert rung == CommandSucceeded(HERE, 7.0, "c2")
    assert executor.busy_calls == 0


async def test_order_within_a_call_and_none_between_calls(bench: Bench) -> None:
    """Commands of one call run one after the other in order; another call's do not wait for them."""
    executor = Executor(await bench.up())
    bench.fake.mute.add("MessageSend")
    first = asyncio.create_task(executor.execute(tell("first", id="1")))
    second = asyncio.create_task(executor.execute(tell("second", id="2")))
    await bench.fake.saw("MessageSend")
    await executor.execute(ring(call="other"))
    assert [sent["Body"] for sent in bench.fake.of("MessageSend")] == [["first"]]
    assert executor.busy_calls == 1
    bench.fake.answer(bench.fake.of("MessageSend")[0], "Response: Success")
    await bench.fake.saw("MessageSend", 2)
    assert first.done()
    assert not second.done()
    bench.fake.answer(bench.fake.of("MessageSend")[1], "Response: Success")
    assert await second == CommandSucceeded(HERE, 7.0, "2")
    assert executor.busy_calls == 0


async def test_cancelled_command_frees_its_call(bench: Bench) -> None:
    """A command that is cancelled lets the next of its call run."""
    executor = Executor(await bench.up())
    bench.fake.mute.add("MessageSend")
    stuck = asyncio.create_task(executor.execute(tell("stuck")))
    await bench.fake.saw("MessageSend")
    waiting = asyncio.create_task(executor.execute(ring()))
    stuck.cancel()
    assert isinstance(await waiting, CommandSucceeded)
    assert executor.busy_calls == 0


def test_channel_ids_stay_within_asterisks_limit() -> None:
    """The longest press that passes gives a ChannelId that Asterisk takes."""
    ((_, headers),) = actions(ring(press="1" * 100, attempt=99))
    ids = dict(headers)
    assert len(ids["ChannelId"]) <= 149
    assert len(ids["OtherChannelId"]) <= 149
    assert ids["ChannelId"] != ids["OtherChannelId"]


async def test_packets_are_counted_twice(bench: Bench) -> None:
    """Each channel is read before and after; the difference is told as an event, and then the command is answered."""
    bench.fake.mute.add("Getvar")
    executor = Executor(await bench.up())
    uids = (ChannelUid("12345-1.1"), ChannelUid("12345-1.2"))
    count = cmd.CountPackets("1", HERE, "media", bridge="b1", channels=uids, for_s=0.0)
    task = asyncio.create_task(executor.execute(count))
    answers = [
        "ssrc=1;themssrc=2;lp=0;rxjitter=0.0;rxcount=7;txjitter=0.0;txcount=9;rlp=0;rtt=0.0",
        "",  # no key has been pressed
        "",  # the other has no audio
        "rxcount=22;txcount=9",
        "",
    ]
    await _answered(bench, answers)
    assert await task == CommandSucceeded(HERE, 7.0, "1")
    told = [event for event in bench.heard.events if isinstance(event, PacketsCounted)]
    assert told == [PacketsCounted(HERE, 7.0, "b1", (PartyPackets(uids[0], 0, 15),))]


@pytest.mark.parametrize(
    ("before", "after", "keyed"),
    [("", "1", True), ("1", "2", True), ("1", "1", True), ("2", "4", True), ("2", "2", False)],
)
async def test_who_has_pressed_a_key_meanwhile_is_told(bench: Bench, before: str, after: str, keyed: bool) -> None:
    """The dialplan counts beginnings and ends: odd while a key is pressed."""
    bench.fake.mute.add("Getvar")
    executor = Executor(await bench.up())
    count = cmd.CountPackets("1", HERE, "media", bridge="b1", channels=(ChannelUid("12345-1.1"),), for_s=0.0)
    task = asyncio.create_task(executor.execute(count))
    await _answered(bench, ["rxcount=1;txcount=1", before, "rxcount=1;txcount=1", after])
    await task
    (told,) = [event for event in bench.heard.events if isinstance(event, PacketsCounted)]
    assert told.keyed is keyed


async def _answered(bench: Bench, values: list[str]) -> None:
    """Give these answers to what is asked of channels, in turn."""
    for number, value in enumerate(values, 1):
        asked = await bench.fake.saw("Getvar", number)
        (name,) = asked["Variable"]
        bench.fake.answer(asked, f"Response: Success\nVariable: {name}\nValue: {value}")


def test_plans_are_variables_and_no_others() -> None:
    """A global without a channel, a variable of the caller's; an empty value takes one away; tags and reasons are texts."""
    uid = ChannelUid("12345-17.1")
    values = (
        ("ONEKEY_PLAN_12345_110", "2:warm:0:2815768a:r:5f3de08b:110/25"),
        ("ONEKEY_PLAN_TAG_2815768a", "[12345转]"),
    )
    assert actions(cmd.SetPlan("1", HERE, "", values)) == tuple(
        ("Setvar", (("Variable", name), ("Value", value))) for name, value in values
    )
    own = (("ONEKEY_PLAN_12345_110", ""), ("ONEKEY_PLANS", "12345_110&12345_119"))
    assert actions(cmd.SetCallPlan("2", HERE, "k", uid, own)) == tuple(
        ("Setvar", (("Channel", uid), ("Variable", name), ("Value", value))) for name, value in own
    )


def test_a_press_is_followed_and_taken_over() -> None:
    """One variable on the caller's channel each."""
    press = PressId("12345.17.8")
    follow = actions(cmd.FollowPress("1", HERE, "k", press, "PJSIP/c-1"))
    over = actions(cmd.TakePress("2", HERE, "k", press=press, caller="PJSIP/c-1", settled=False, over=True))
    for found, name in ((follow, "FOLLOWED"), (over, "OVER")):
        where = ("Channel", "PJSIP/c-1"), ("Variable", f"SHARED(ONEKEY_{name}_12345.17.8)"), ("Value", "1")
        assert found == (("Setvar", where),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONEKEY_HERE", "110"),
        ("ONEKEY_DIAL_110", "PJSIP/x"),
        ("ONEKEY_PLAN_12345_110", "2:warm:0:2815768a:r:5f3de08b:110/25,x"),
        ("ONEKEY_PLAN_12345_110", "2" * 481),
        ("ONEKEY_PLAN_TAG_2815768a", "a)b"),
        ("ONEKEY_PLAN_WHY_2815768a", "a\r\nAction: x"),
    ],
)
def test_what_is_no_plan_is_not_set(name: str, value: str) -> None:
    """No other global of a site, and nothing that the dialplan would read as more."""
    with pytest.raises(Refused):
        actions(cmd.SetPlan("1", HERE, "", ((name, value),)))
