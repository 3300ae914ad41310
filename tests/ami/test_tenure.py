"""One gateway at a switchboard: the first keeps it, a second is refused by the first one's name, and a dead one is followed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.ami import Link, LinkSettings
from gateway.ami.encode import Header
from gateway.ami.problem import LinkFault
from gateway.ami.protocol import Reply
from gateway.ami.tenure import GLOBAL, Ask, Tenure, alive, held, stale_s
from gateway.core.values.holder import Holder
from gateway.core.values.ids import SwitchboardId
from tests.ami.fake_server import WAIT_S, FakeAmi

NOW = 1_796_000_000.0
STALE_S = 33.0
MINE = Holder(place="one:/run", name="onekey", host="one", pid=1, api="127.0.0.1:8012", since=NOW - 100)
OTHER = replace(MINE, place="two:/run", host="two", pid=2)


class Globals:
    """A switchboard's globals, asked as AMI is asked."""

    def __init__(self) -> None:
        self.now: float | None = NOW
        self.held = ""

    async def __call__(self, action: str, *headers: Header) -> Reply:
        words = dict(headers)
        if action == "Setvar":
            assert words["Variable"] == GLOBAL
            self.held = words["Value"]
            return Reply(b"Response: Success", [])
        clock = "" if self.now is None else f"{self.now:.0f}"
        value = {"EPOCH": clock, GLOBAL: self.held}[words["Variable"]]
        return Reply(f"Response: Success\r\nValue: {value}".encode(), [])


async def test_the_first_has_it_and_says_so_with_each_ping() -> None:
    """Its sign of life is by the switchboard's own clock."""
    board, tenure = Globals(), Tenure(MINE, STALE_S)
    await tenure.take(board, "12345", "where")
    assert await held(board) == replace(MINE, at=NOW)
    board.now = NOW + 10
    await tenure.take(board, "12345", "where")
    assert await held(board) == replace(MINE, at=NOW + 10)
    assert tenure.taken == {"12345"}


async def test_a_second_one_is_refused_in_words_that_name_the_first() -> None:
    """Name, machine, process, API and folder of the first, in both languages; and the first keeps the switchboard."""
    board, first, second = Globals(), Tenure(MINE, STALE_S), Tenure(OTHER, STALE_S)
    await first.take(board, "12345", "where")
    with pytest.raises(LinkFault) as fault:
        await second.take(board, "12345", "where")
    for text in (fault.value.problem.text("zh"), fault.value.problem.text("en")):
        assert all(
            word in text for word in ("onekey @ one", "pid 1", "127.0.0.1:8012", "one:/run", "systemctl stop onekey")
        )
    assert second.refused.result() == ("where", replace(MINE, at=NOW))
    assert (await held(board)) == replace(MINE, at=NOW)


async def test_one_that_is_dead_is_followed() -> None:
    """Without a sign of life for so long it counts as gone; until then it counts as there."""
    board, second = Globals(), Tenure(OTHER, STALE_S)
    board.held = replace(MINE, at=NOW - STALE_S + 1).written()
    with pytest.raises(LinkFault):
        await second.take(board, "12345", "where")
    board.now = NOW + 2
    assert await alive(board, STALE_S) is None
    await second.take(board, "12345", "where")
    assert (await held(board)) == replace(OTHER, at=NOW + 2)


async def test_the_same_gateway_begun_anew_is_no_other() -> None:
    """Killed and started again on its machine and in its folder, it goes on at once."""
    board = Globals()
    board.held = replace(MINE, pid=9, at=NOW).written()
    await Tenure(MINE, STALE_S).take(board, "12345", "where")
    assert (await held(board)) == replace(MINE, at=NOW)


async def test_who_leaves_makes_room_at_once_and_only_his_own() -> None:
    """A stop gives the switchboard up; that of another gateway is not touched."""
    board, first, second = Globals(), Tenure(MINE, STALE_S), Tenure(OTHER, STALE_S)
    await first.take(board, "12345", "where")
    await second.leave(board)
    assert await held(board) is not None
    await first.leave(board)
    assert await held(board) is None
    await second.take(board, "12345", "where")


async def test_one_that_lost_its_switchboard_is_told_and_does_not_end() -> None:
    """A gateway whose machine slept finds another one there: its link says so, and it waits."""
    board, first, second = Globals(), Tenure(MINE, STALE_S), Tenure(OTHER, STALE_S)
    await first.take(board, "12345", "where")
    board.now = NOW + 60
    await second.take(board, "12345", "where")
    with pytest.raises(LinkFault):
        await first.take(board, "12345", "where")
    assert not first.refused.done()


@pytest.mark.parametrize("text", ["", "rubbish", "1&a&b", "9&a&b&c&1&d&1.0&1.0"])
async def test_what_is_no_holder_holds_nothing(text: str) -> None:
    """A global of another version, or that somebody has set by hand, refuses nobody."""
    board = Globals()
    board.held = text
    await Tenure(MINE, STALE_S).take(board, "12345", "where")
    assert (await held(board)) == replace(MINE, at=NOW)


async def test_a_switchboard_that_tells_no_time_refuses_nobody() -> None:
    """Where the clock cannot be asked nothing is claimed, and nothing fails."""
    board = Globals()
    board.now = None
    await Tenure(MINE, STALE_S).take(board, "12345", "where")
    assert board.held == ""


async def test_a_link_of_a_second_gateway_sees_nothing() -> None:
    """Refused before the snapshot: no event of that switchboard comes to its core."""
    async with FakeAmi() as fake:
        holder = replace(MINE, at=NOW).written()
        fake.getvar = lambda name: {"EPOCH": f"{NOW:.0f}", GLOBAL: holder}.get(name, "")
        seen: list[object] = []
        tenure = Tenure(OTHER, STALE_S)
        link = Link(
            SwitchboardId("12345"),
            LinkSettings(host="127.0.0.1", username="onekey", secret="right", port=fake.port),
            seen.append,
            lambda: NOW,
            tenure=tenure,
        )
        task = asyncio.create_task(link.run())
        where, other = await tenure.refused
        await fake.saw("Getvar")
        link.close()
        await task
    assert (where, other.pid) == (link.settings.where, 1)
    assert link.problem is not None
    assert (link.problem.id, seen, fake.of("Status"), fake.of("Setvar")) == ("gateway_held", [], [], [])


class Broken(Tenure):
    """A claim with an error of the program in it."""

    async def take(self, ask: Ask, switchboard: str, where: str) -> None:
        raise RuntimeError("an error of ours")


def stalled_link(fake: FakeAmi, tenure: Tenure, action_s: float = WAIT_S) -> tuple[Link, asyncio.Task[None]]:
    """A link whose pauses after a fault are short, and its task."""
    settings = LinkSettings(
        host="127.0.0.1",
        username="onekey",
        secret="right",
        port=fake.port,
        action_s=action_s,
        backoff_s_min=0.001,
        backoff_s_max=0.01,
    )
    link = Link(SwitchboardId("12345"), settings, lambda event: None, clock=lambda: 7.0, tenure=tenure)
    return link, asyncio.create_task(link.run())


async def problem_of(link: Link, problem_id: str) -> None:
    """Wait until the link tells this problem."""
    async with asyncio.timeout(WAIT_S):
        while link.problem is None or link.problem.id != problem_id:
            await asyncio.sleep(0)


@pytest.mark.parametrize("stalls", ["Getvar", "Setvar"])
async def test_a_claim_that_is_not_answered_is_told_and_tried_again(stalls: str) -> None:
    """An Asterisk that stalls in that instant costs a new connection, not the link: it is attached when Asterisk answers again."""
    async with FakeAmi() as fake:
        fake.getvar = lambda name: {"EPOCH": f"{NOW:.0f}"}.get(name, "")
        fake.mute.add(stalls)
        link, task = stalled_link(fake, Tenure(MINE, STALE_S), action_s=0.5)
        await problem_of(link, "ami_silent")
        assert link.problem is not None
        assert "0.5 s" in link.problem.text("en")
        fake.mute.clear()
        await fake.saw("Status")
        link.close()
        await task
    assert fake.logins > 1


async def test_a_name_that_no_line_of_ami_holds_is_told() -> None:
    """A hundred and twenty Chinese characters are too long as they are written: the link says so, and lives."""
    async with FakeAmi() as fake:
        fake.getvar = lambda name: {"EPOCH": f"{NOW:.0f}"}.get(name, "")
        link, task = stalled_link(fake, Tenure(replace(MINE, name="市" * 120), STALE_S))
        await problem_of(link, "gateway_name_refused")
        await fake.saw("Login", 3)
        assert not task.done()
        link.close()
        await task
    assert link.problem is not None
    assert "name" in link.problem.text("zh")
    assert (fake.of("Setvar"), fake.of("Status")) == ([], [])


async def test_an_error_of_the_program_ends_no_link(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a connection raises is logged with its trace, told as a problem, and followed by the next try."""
    async with FakeAmi() as fake:
        link, task = stalled_link(fake, Broken(MINE, STALE_S))
        await problem_of(link, "ami_link_failed")
        await fake.saw("Login", 3)
        assert not task.done()
        link.close()
        await task
    assert "Traceback" in caplog.text


def test_three_pings_and_an_answer() -> None:
    """The time without a sign of life grows with the pause between two Pings."""
    assert stale_s(10.0, 3.0) == STALE_S
