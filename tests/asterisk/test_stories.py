"""Every story on two real switchboards: who hears whom is read from the audio."""

from __future__ import annotations

import asyncio
import json
import os
import re

import pytest

from simulators.onekey import eventually
from simulators.phone import PhoneError
from simulators.play import StoryFailed
from simulators.stage import AsteriskStage
from simulators.stories import STORIES, perform

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

NAMES = [
    "warm_12345_to_110",
    "warm_110_to_12345",
    "there_and_back",
    "no_answer_stays_with_seat",
    "target_busy_stays_with_seat",
    "seat_leaves_while_ringing_target_answers",
    "seat_leaves_while_ringing_target_fails",
    "caller_hangs_up_while_ringing",
    "double_press_rings_once",
    "gateway_killed_before_press",
    "gateway_killed_while_ringing",
    "gateway_killed_after_answer",
    "gateway_wakes_behind_the_press",
]


async def test_the_stories_are_all_here() -> None:
    """Each story has one name, and the tests know them all."""
    assert list(STORIES) == NAMES


@pytest.mark.parametrize("name", NAMES)
async def test_story(stage: AsteriskStage, name: str) -> None:
    """The story goes as it must, and leaves no channel, bridge, call or task behind."""
    tasks = {task for task in asyncio.all_tasks() if not task.done()}
    try:
        await perform(name, stage)
    except (StoryFailed, PhoneError) as error:
        ladder = "\n".join(f"{rung['ms']:>9} {rung['who']:<14} {rung['what']}" for rung in error.play.ladder())
        if not stage.gateway_lives:
            await stage.gateway_up()
        pytest.fail(f"{error}\n{ladder}")
    for side in ("12345", "110"):
        assert re.search(r"^0 active channels", stage.console(side, "core show channels"), re.M)
        assert len(stage.console(side, "bridge show all").splitlines()) <= 1
    await eventually(lambda: _no_calls(stage), "the gateway knows of no call")
    assert {task for task in asyncio.all_tasks() if not task.done()} <= tasks


async def _no_calls(stage: AsteriskStage) -> bool:
    return not (await stage.get("/v1/calls"))["items"]


async def test_the_gateway_keeps_no_descriptors(stage: AsteriskStage) -> None:
    """Three more transfers leave the gateway with the descriptors that it had before."""

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{stage.gateway_pid}/fd"))

    await perform(
        "caller_hangs_up_while_ringing", stage
    )  # a gateway that has just begun opens what the first call needs
    before = descriptors()
    for _ in range(3):
        await perform("caller_hangs_up_while_ringing", stage)
    await eventually(lambda: descriptors() <= before, "the descriptors are given back")


async def test_seats_of_both_sides_are_logged(stage: AsteriskStage) -> None:
    """After a warm transfer the log has talk, three-way and ready of both seats, in this order, and the times agree."""
    await perform("warm_12345_to_110", stage)
    report = json.loads(await asyncio.to_thread(_onekey, "report", "seats", "--lab", stage.name, "--json", "--detail"))
    seats = {(seat["switchboard"], seat["seat"]): seat for seat in report}
    for key in (("12345", "1001"), ("110", "2001")):
        states = [piece["state"] for piece in seats[key]["intervals"]]
        last = states[len(states) - 1 - states[::-1].index("ringing") :]
        assert [state for state in last if state != "offline"] == [
            "ringing",
            "on_call.talk",
            "on_call.three_way",
            "on_call.talk",
            "ready",
        ]
    three = [_last_three_way(seats[key]) for key in (("12345", "1001"), ("110", "2001"))]
    assert abs(three[0] - three[1]) < 0.1  # the three-party time is booked to both, from the same events


def _last_three_way(seat: dict) -> float:
    piece = next(piece for piece in reversed(seat["intervals"]) if piece["state"] == "on_call.three_way")
    return piece["until"] - piece["since"]


def _onekey(*words: str) -> str:
    from simulators.onekey import onekey

    return onekey(*words)


async def test_logs_carry_the_ids_and_no_number(stage: AsteriskStage) -> None:
    """Each line about a transfer has its id and linkedid, and no log line shows a caller's number."""
    await perform("caller_hangs_up_while_ringing", stage)
    lines = [json.loads(line) for line in (stage.folder / "gateway.log").read_text().splitlines()]
    transfers = [line for line in lines if line["event"] == "transfer"]
    assert transfers
    assert all(line["transfer"] and line["linkedid"] for line in transfers)
    text = (stage.folder / "gateway.log").read_text()
    assert "13800000001" not in text


async def test_the_tape_replays_to_the_same_decisions(stage: AsteriskStage) -> None:
    """What the gateway decided on real Asterisk, the core decides again from the tape."""
    await perform("target_busy_stays_with_seat", stage)
    await stage.gateway_down()  # the tape is flushed; each start of a gateway begins a new one
    try:
        text = await asyncio.to_thread(_onekey, "replay", f"{stage.lab['dir']}/tape.jsonl", "--lab", stage.name)
        assert text.strip().endswith("differences: 0")
    finally:
        await stage.gateway_up()


async def test_refer_is_jailed_and_rings_the_target(stage: AsteriskStage) -> None:
    """A phone's own transfer button reaches the target through the jailed context, and nothing else."""

    def together() -> bool:
        return len(stage.console("12345", "bridge show all").splitlines()) > 1

    try:
        caller = await stage.phone("12345", "13800000001")
        seat = await stage.phone("12345", "1001", "pjsip")
        far = await stage.phone("110", "2001")
        await caller.call("12345")
        await seat.wait_ring()
        await seat.answer()
        # The caller was answered by the hotline; the seat has a button to press when it talks.
        await eventually(lambda: asyncio.to_thread(together), "the seat is with the caller")
        await seat.refer("110")
        ring = await far.wait_ring()
        assert ring.number == "13800000001"
        await far.answer()

        # One who leaves before has not joined, and the caller would come back to a person.
        await eventually(lambda: asyncio.to_thread(together), "the target is with the caller")
        await far.hang_up()
        await caller.diary.wait("hung_up")
    finally:
        await stage.clear()
        await stage.empty()
