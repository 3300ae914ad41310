"""The toy PBX without a gateway: it acts as the dialplan does, and speaks as Asterisk does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from simulators.toy import Globals, Person, Plan, SkippingLoop, ToyPbx
from simulators.toy.ami import SECRET

from .recorded import Told, told, warm

CALLER, SEAT, FAR = ("12345", "13800000003"), ("12345", "1003"), ("110", "2003")


class Client:
    """A bare AMI client: one action, one answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.greeting: dict[str, str] = {}

    @property
    def arrived(self) -> bytes:
        """What has come and was not read."""
        return bytes(vars(self.reader)["_buffer"])

    async def frame(self) -> str:
        """The next message."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def ask(self, action: str, **headers: str) -> dict[str, str]:
        """The answer to an action; events before it are passed over."""
        lines = [f"Action: {action}", "ActionID: 1", *(f"{name}: {value}" for name, value in headers.items())]
        return await self._answer(lines)

    async def _answer(self, lines: list[str]) -> dict[str, str]:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")
        while not (text := await self.frame()).startswith("Response:"):
            pass
        return dict(line.partition(": ")[::2] for line in text.split("\r\n") if line)

    async def ring(self, press: str, caller: Person) -> dict[str, str]:
        """``Originate`` as a gateway sends it."""
        assert caller.channel is not None
        values = {"PRESS": press, "ATTEMPT": "1", "BY": "gateway", "TARGET": "110", "CALLER": caller.channel.name}
        values |= {"CALLER_ID": caller.channel.uid, "TAG": "[x]", "RING_S": "5", "ACCEPT_S": "0"}
        lines = ["Action: Originate", "ActionID: 2", "Channel: Local/s@onekey-ring/n", "Async: true"]
        lines += [f"ChannelId: {press}-1", f"OtherChannelId: {press}-1-b"]
        return await self._answer([*lines, *(f"Variable: ONEKEY_{name}={value}" for name, value in values.items())])

    async def list(self, action: str, **headers: str) -> list[str]:
        """The items of a list."""
        await self.ask(action, **headers)
        items = []
        while f"Event: {action}Complete" not in (text := await self.frame()):
            items.append(text)
        return items


@contextlib.asynccontextmanager
async def client(pbx: ToyPbx, side: str, secret: str = SECRET) -> AsyncIterator[Client]:
    """A client that has tried to log in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", pbx.boards[side].ami.number)
    ami = Client(reader, writer)
    assert (await reader.readline()).startswith(b"Asterisk Call Manager/")
    ami.greeting = await ami.ask("Login", Username="onekey", Secret=secret)
    if secret == SECRET and not pbx.boards[side].ami.slice_bytes:
        assert "Event: FullyBooted" in await ami.frame()
    try:
        yield ami
    finally:
        writer.transport.abort()


async def connected(pbx: ToyPbx, *roles: tuple[str, str]) -> list[Person]:
    """People, the first two of whom talk."""
    people = [pbx.person(*role) for role in roles]
    await people[0].call()
    await people[1].wait_ring()
    await people[1].answer()
    await people[0].until(lambda: people[0].hears() == {people[1].number}, "two talk")
    return people


async def finish(last: Person, caller: Person) -> None:
    """The last person, who talks with the caller, says goodbye."""
    await caller.until(lambda: last.number in caller.hears(), "talks with the last person")
    await last.hang_up()
    await caller.until(lambda: caller.channel is None, "the call ends")


async def warm_transfer(pbx: ToyPbx) -> None:
    """A whole warm transfer, nobody but the dialplan acting."""
    caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
    await seat.press("*1")
    await far.wait_ring()
    await far.answer()
    await caller.until(lambda: caller.hears() == {seat.number, far.number}, "three talk")
    await pbx.pass_s(1.0)
    await seat.hang_up()
    await caller.until(lambda: caller.hears() == {far.number}, "two go on")
    await pbx.pass_s(1.0)
    await finish(far, caller)


# --- as the real one --------------------------------------------------------------------------------------------------

ANYWHERE = {"QueueMemberStatus", "AgentComplete"}
"""Told by a thread of its own: Asterisk promises no order between these and the channels' events."""
UNREAD = {"DialBegin", "DialEnd"}
"""Nobody reads these, and the toy says them of a queue's calls only."""


@pytest.mark.parametrize("side", ["12345", "110"])
async def test_a_warm_transfer_sounds_like_the_recorded_one(pbx: ToyPbx, side: str) -> None:
    """The same events about the same channels in the same states, in the order of the recording of a real Asterisk 22.10.1."""
    await warm_transfer(pbx)
    said = told(pbx.boards[side].ami.told)
    ours = _without_messengers(said)
    ours = ours[[event.name for event in ours].index("Newchannel") :]  # before it, phones register
    kinds = {event.name for event in ours} - ANYWHERE - UNREAD
    recorded = _without_messengers(warm(side))
    assert {"Newchannel", "BridgeEnter", "BridgeLeave", "Hangup", "UserEvent", "AgentConnect"} <= kinds
    assert [e.key() for e in ours if e.name in kinds] == [e.key() for e in recorded if e.name in kinds]
    assert _count(ours) == _count(recorded)


def _without_messengers(events: list[Told]) -> list[Told]:
    """Without the Local channels that speak to a seat, or set a bridge up anew: they live beside the call."""
    beside = ("onekey-say", "onekey-clean", "onekey-words")
    return [event for event in events if not any(name in event.headers.get("Channel", "") for name in beside)]


def _count(events: list[Told]) -> list[tuple[str, ...]]:
    """Those without an order."""
    return sorted(event.key() for event in events if event.name in ANYWHERE)


@pytest.mark.parametrize("side", ["12345", "110"])
async def test_events_have_the_headers_of_the_recorded_ones(pbx: ToyPbx, side: str) -> None:
    """Each kind of event has the same headers in the same order as Asterisk's."""
    await warm_transfer(pbx)
    real, ours = _headers(warm(side)), _headers(told(pbx.boards[side].ami.told))
    both = real.keys() & ours.keys()
    assert len(both) > 10
    assert {kind: ours[kind] for kind in both} == {kind: real[kind] for kind in both}


def _headers(events: list[Told]) -> dict[tuple[str, str], list[str]]:
    """The header names of the first event of each kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for event in events:
        if event.name not in UNREAD:
            found.setdefault((event.name, event.headers.get("UserEvent", "")), list(event.names))
    return found


# --- the dialplan's meaning -------------------------------------------------------------------------------------------


async def test_a_press_rings_by_itself(pbx: ToyPbx) -> None:
    """Without a gateway the target rings at the key, and the seat hears that it does half a second later."""
    _caller, seat, far = people = await connected(pbx, CALLER, SEAT, FAR)
    pressed = seat.board.loop_time
    await seat.press("*1")
    await far.wait_ring()
    assert far.board.loop_time - pressed == pytest.approx(0.0, abs=0.01)
    await seat.until(lambda: seat.prompts() == ["ringing"], "hears that it rings")
    assert far.board.loop_time - pressed == pytest.approx(0.5, abs=0.01)
    await far.decline()
    await pbx.pass_s(1.1)
    await finish(seat, people[0])


async def test_a_gateway_that_follows_speaks_itself(pbx: ToyPbx) -> None:
    """Where a gateway says that it follows, the dialplan says nothing to the seat."""
    async with client(pbx, "12345") as ami:
        caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
        await seat.press("*1")
        await far.wait_ring()
        assert caller.channel is not None
        press = next(event.headers["Press"] for event in told(pbx.boards["12345"].ami.told) if "Press" in event.headers)
        followed = {"Variable": f"SHARED(ONEKEY_FOLLOWED_{press})", "Value": "1"}
        await ami.ask("Setvar", Channel=caller.channel.name, **followed)
        await pbx.pass_s(1.0)
        assert seat.times("prompt") == 0
        await far.decline()
        await pbx.pass_s(1.1)
        await finish(seat, caller)


@pytest.mark.parametrize("gone", ["nobody", "seat"])
async def test_a_press_while_three_talk_rings_nobody(pbx: ToyPbx, gone: str) -> None:
    """Whoever presses, unless it calls a further party in; once the one who pressed has left, any press rings again."""
    caller, seat, far, fire = await connected(pbx, CALLER, SEAT, FAR, ("12345", "119"))
    await seat.press("*1")
    await far.wait_ring()
    await far.answer()
    await caller.until(lambda: caller.hears() == {seat.number, far.number}, "three talk")
    await pbx.pass_s(1.0)
    if gone == "seat":
        await seat.hang_up()
        await caller.until(lambda: caller.hears() == {far.number}, "two go on")
        await far.press("*2")
        await fire.wait_ring()
        await fire.decline()
    else:
        plan = {"ONEKEY_PLAN_12345_119": "2:warm:0:00000000:r:00000000:119/5"}
        pbx.boards["12345"].globals.update(plan)
        await seat.press("*2")
        await pbx.pass_s(1.0)
        assert fire.times("ringing") == 0
        await seat.hang_up()
        await caller.until(lambda: caller.hears() == {far.number}, "two go on")
    await pbx.pass_s(1.1)
    await finish(far, caller)


ANEW = "2:warm:0:00000000:r:00000000:110/5"


@pytest.mark.parametrize(
    ("own", "held", "age_s", "rings", "bad"),
    [
        ("2:warm:0:00000000:cr:00000000:119/5", ANEW, 10.0, "119", 0),
        ("2:warm:0:00000000:cr:00000000:119/5", ANEW, 61.0, "110", 0),
        ("2:warm:0:00000000:r:00000000:999/5", ANEW, 0.0, "110", 1),
        ("2:warm:0:00000000:r:00000000:999/5", "", 0.0, "110", 1),
        ("2:warm:0:00000000:r:00000000:999/5", "2:warm:0:00000000:r:00000000:998/5", 0.0, "110", 2),
        ("3:warm:0:00000000:r:00000000:119/5", ANEW, 0.0, "110", 1),
    ],
    ids=[
        "a gateway was there",
        "none for too long",
        "nobody dialled",
        "nobody, and no other",
        "nobody twice",
        "another version",
    ],
)
async def test_a_plan_that_does_not_hold_falls_back(
    pbx: ToyPbx, own: str, held: str, age_s: float, rings: str, bad: int
) -> None:
    """To the one without free seats where no gateway has been for too long; to the switchboard's, then to the key's own target."""
    board = pbx.boards["12345"]
    caller, seat, far, fire = await connected(pbx, CALLER, SEAT, FAR, ("12345", "119"))
    assert caller.channel is not None
    caller.channel.set("ONEKEY_PLAN_12345_110", own)
    caller.channel.set("ONEKEY_PLAN_BARE_12345_110", ANEW)
    board.globals.update(ONEKEY_PLAN_12345_110=held, ONEKEY_PLAN_AT=str(int(board.ami.now() - age_s)))
    await seat.press("*1")
    rung = fire if rings == "119" else far
    await rung.wait_ring()
    assert (far if rung is fire else fire).times("ringing") == 0
    assert sum(event.headers.get("UserEvent") == "OnekeyPlanBad" for event in told(board.ami.told)) == bad
    await rung.decline()
    await pbx.pass_s(1.1)
    await finish(seat, caller)


async def test_fence_lets_one_leg_of_a_press_through(pbx: ToyPbx) -> None:
    """A gateway's request for a press that the dialplan has carried out rings nobody, and says who has the press."""
    async with client(pbx, "12345") as ami:
        caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
        assert caller.channel is not None
        await seat.press("*1")
        await far.wait_ring()
        press = next(event.headers["Press"] for event in told(pbx.boards["12345"].ami.told) if "Press" in event.headers)
        await ami.ring(press, caller)
        await pbx.pass_s(1.0)
        fenced = [e.headers for e in told(pbx.boards["12345"].ami.told) if e.headers.get("UserEvent") == "OnekeyFenced"]
        assert [(event["By"], event["Taken"]) for event in fenced] == [("gateway", "dialplan:1")]
        assert len(pbx.trunk_legs(["12345"])) == 1
        await far.decline()
        await pbx.pass_s(1.1)
        await finish(seat, caller)


async def test_originate_with_an_id_that_lives_is_refused(pbx: ToyPbx) -> None:
    """A second Originate with the same ChannelId starts nothing."""
    async with client(pbx, "12345") as ami:
        caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
        await ami.ring("12345.1.1", caller)
        await ami.ring("12345.1.1", caller)
        await far.wait_ring()
        rings = [c.name for c in pbx.boards["12345"].channels.values() if c.name.startswith("Local/s@onekey-ring")]
        assert len(rings) == 2  # the two halves of one
        await far.decline()
        await pbx.pass_s(1.1)
        await finish(seat, caller)


async def test_caller_without_a_person_hears_the_target(pbx: ToyPbx) -> None:
    """The seat leaves while the target rings: the caller waits, and the leg that answers takes him."""
    caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
    await seat.press("*1")
    await far.wait_ring()
    await seat.hang_up()
    await pbx.pass_s(3.0)
    assert caller.channel is not None
    await far.answer()
    await caller.until(lambda: caller.hears() == {far.number}, "the target has the caller")
    await finish(far, caller)


async def test_caller_whom_nobody_takes_comes_to_the_head_of_the_queue(pbx: ToyPbx) -> None:
    """The seat leaves, the target declines: the caller rings the next free seat before everybody who waits."""
    caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
    waiting = pbx.person("12345", "13800000009")
    await seat.press("*1")
    await far.wait_ring()
    seat.refuse_with = 486
    await seat.hang_up()
    await waiting.call()
    await far.decline()
    await pbx.changes.until(lambda: len(pbx.queues["12345"].waiting) == 2, 5.0)
    seat.refuse_with = None
    assert (await seat.wait_ring()).number == caller.number
    await seat.answer()
    await waiting.hang_up()
    await finish(seat, caller)


async def test_leg_that_is_answered_finds_nobody(pbx: ToyPbx) -> None:
    """The caller leaves while the target rings and no gateway hangs the leg up: whoever answers is alone, and is let go."""
    caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
    await seat.press("*1")
    await far.wait_ring()
    await caller.hang_up()
    await seat.until(lambda: seat.channel is None, "is free")
    await far.answer()
    await far.until(lambda: far.channel is None, "is let go")


async def test_target_rings_no_longer_than_its_time(pbx: ToyPbx) -> None:
    """Five seconds after the ring begins it ends, and the leg's cause is no goodbye."""
    caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
    await seat.press("*1")
    await far.wait_ring()
    began = far.board.loop_time
    await far.until(lambda: far.times("cancelled"), "stops")
    assert far.board.loop_time - began == pytest.approx(5.0)
    assert caller.hears() == {seat.number}
    await pbx.pass_s(1.1)
    await finish(seat, caller)


async def test_every_free_seat_is_tried(pbx: ToyPbx) -> None:
    """A seat that refuses is followed by the next; a target whose seats have all refused fails with 21."""
    caller, seat, far, second = await connected(pbx, CALLER, SEAT, FAR, ("110", "2004"))
    await seat.press("*1")
    await far.wait_ring()
    await far.decline(603)
    await second.wait_ring()
    await second.decline(603)
    await pbx.changes.until(lambda: not pbx.trunk_legs(), 5.0)
    ends = [
        e.headers for e in told(pbx.boards["12345"].ami.told) if e.name == "Hangup" and "trunk" in e.headers["Channel"]
    ]
    assert [event["Cause"] for event in ends] == ["21"]
    await pbx.pass_s(1.1)
    await finish(seat, caller)


async def test_own_queue_is_a_target_through_a_local_channel(pbx: ToyPbx) -> None:
    """12345 called back in by 110: the leg at home is a Local channel, and who is behind it is heard."""
    caller, seat, far, second = await connected(pbx, CALLER, SEAT, FAR, ("12345", "1004"))
    await seat.press("*1")
    await far.wait_ring()
    await far.answer()
    await seat.hang_up()
    await caller.until(lambda: caller.hears() == {far.number}, "two talk")
    seat.refuse_with = 486
    await far.press("*1")
    await second.wait_ring()
    await second.answer()
    await caller.until(lambda: caller.hears() == {far.number, second.number}, "three talk")
    await far.hang_up()
    await caller.until(lambda: caller.hears() == {second.number}, "two talk")
    await pbx.changes.until(lambda: not pbx.trunk_legs(), 5.0)
    assert pbx.trunk_legs() == []
    await finish(second, caller)


async def test_switchboard_that_dies_is_noticed_after_two_seconds(pbx: ToyPbx) -> None:
    """110 dies with the target: two seconds later the caller's leg ends, and he comes to a person."""
    caller, seat, far = await connected(pbx, CALLER, SEAT, FAR)
    await seat.press("*1")
    await far.wait_ring()
    await far.answer()
    await seat.hang_up()
    await caller.until(lambda: caller.hears() == {far.number}, "two talk")
    died = caller.board.loop_time
    await pbx.restart("110")
    await seat.wait_ring()
    assert 2.0 <= caller.board.loop_time - died < 3.0
    await seat.answer()
    await finish(seat, caller)


async def test_globals_are_the_plan_s() -> None:
    """A plan may have other spans, and more switchboards than two."""
    plan = Plan({"12345": ["1001"], "110": ["2001"], "119": ["3001"]}, (), Globals(follow_s=0.05))
    pbx = ToyPbx(plan)
    await pbx.start()
    caller, seat, _far = await connected(pbx, CALLER, ("12345", "1001"), ("110", "2001"))
    fire = pbx.person("119", "3001")
    assert pbx.plans["12345"].dials["119"] == "PJSIP/119@trunk-119"
    pressed = seat.board.loop_time
    await seat.press("*2")
    await seat.until(lambda: seat.prompts() == ["ringing"], "hears that it rings")
    assert fire.board.loop_time - pressed == pytest.approx(0.05)
    await fire.answer()
    await caller.until(lambda: caller.hears() == {"1001", "3001"}, "three talk")
    await pbx.stop()
    assert pbx.left() == []


# --- AMI --------------------------------------------------------------------------------------------------------------


async def test_wrong_secret_is_refused(pbx: ToyPbx) -> None:
    """A login with another secret is an error, and nothing else is answered."""
    async with client(pbx, "12345", secret="wrong") as ami:
        assert ami.greeting["Response"] == "Error"
        assert (await ami.ask("Ping"))["Message"] == "Permission denied"


async def test_status_shows_variables_and_null(pbx: ToyPbx) -> None:
    """``Status`` gives each variable that was asked for; one that is unset is the word (null)."""
    async with client(pbx, "12345") as ami:
        caller, seat = await connected(pbx, CALLER, SEAT)
        assert caller.channel is not None
        frames = await ami.list("Status", Variables="ONEKEY_CALLER_ID,ONEKEY_ORIGIN")
        assert len(frames) == 2
        assert f"Variable: ONEKEY_CALLER_ID={caller.channel.uid}" in frames[0]
        assert "Variable: ONEKEY_ORIGIN=(null)" in frames[0]
        await finish(seat, caller)


async def test_refused_action_does_nothing(pbx: ToyPbx) -> None:
    """An action that is to be refused is, with its message."""
    pbx.boards["12345"].ami.refuse["Hangup"] = "No such luck"
    async with client(pbx, "12345") as ami:
        caller, seat = await connected(pbx, CALLER, SEAT)
        assert caller.channel is not None
        answer = await ami.ask("Hangup", Channel=caller.channel.name)
        assert (answer["Response"], answer["Message"]) == ("Error", "No such luck")
        assert caller.hears() == {seat.number}
        await finish(seat, caller)


async def test_late_action_is_done_late(pbx: ToyPbx) -> None:
    """An action that is to be late is carried out and answered so much later."""
    pbx.boards["12345"].ami.late_s["Ping"] = 3.0
    async with client(pbx, "12345") as ami:
        began = pbx.boards["12345"].loop_time
        assert (await ami.ask("Ping"))["Ping"] == "Pong"
        assert pbx.boards["12345"].loop_time - began == pytest.approx(3.0)


async def test_stalled_wire_loses_nothing(pbx: ToyPbx) -> None:
    """What happened while the wire was stalled comes when it flows, in order."""
    port = pbx.boards["12345"].ami
    async with client(pbx, "12345") as ami:
        port.stall()
        caller = pbx.person("12345", CALLER[1])
        await caller.call()
        await caller.hang_up()
        await pbx.pass_s(1.0)
        assert ami.arrived == b""
        port.flow()
        assert "Event: Newchannel" in await ami.frame()
        assert "UserEvent: OnekeyCaller" in await ami.frame()
        assert "Event: Newstate" in await ami.frame()


async def test_wire_breaks_in_the_middle_of_a_message(pbx: ToyPbx) -> None:
    """Half of the message arrives, then the connection ends; the port takes the next one."""
    port = pbx.boards["12345"].ami
    async with client(pbx, "12345") as ami:
        port.cut_in = b"Event: Newstate"
        caller = pbx.person("12345", CALLER[1])
        await caller.call()
        rest = (await ami.reader.read()).decode()
        assert "Event: Newchannel" in rest
        assert not rest.endswith("\r\n\r\n")
        await caller.hang_up()
    async with client(pbx, "12345") as ami:
        assert ami.greeting["Response"] == "Success"


async def test_slices_arrive_one_by_one(pbx: ToyPbx) -> None:
    """A message that is sent in slices is met in pieces, and is whole in the end."""
    pbx.boards["12345"].ami.slice_bytes = 5
    async with client(pbx, "12345") as ami:
        assert len(await ami.reader.read(1000)) <= 5 * 20  # of some 120 bytes of FullyBooted


# --- time -------------------------------------------------------------------------------------------------------------


async def test_time_skips_and_keeps_its_order() -> None:
    """An hour passes at once, and what was to be after ten minutes is before what was to be after an hour."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    order: list[str] = []
    began = loop.time()
    loop.call_later(600, order.append, "ten minutes")
    await asyncio.get_running_loop().create_task(_after(3600, order))
    assert order == ["ten minutes", "an hour"]
    assert loop.time() - began == pytest.approx(3600)


async def _after(span_s: float, order: list[str]) -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(span_s, done.set)
    await done.wait()
    order.append("an hour")


async def test_time_stands_while_a_thread_works() -> None:
    """A deadline of a second does not end while a thread that the loop knows of is at work."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(1.0):
        assert await asyncio.to_thread(sum, range(3_000_000)) > 0
    assert loop.time() - began < 1.0
