"""Every story of a press, played once more with the gateway killed before each press: it must end with the same targets, modes, tags, terms,
outcomes and records.

The story itself is played, word for word: what it states of who rings and who hears whom holds in both. The gateway is killed as a key or
a phone's button is about to be pressed, and is there again as soon as the story asks it something.

    python -m simulators.dead            all of them, on four labs
    python -m simulators.dead NAME…
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulators.onekey import eventually
from simulators.phone import PhoneError
from simulators.play import READING_S, StoryFailed
from simulators.playbill import ALL
from simulators.stage import AsteriskPlay, AsteriskStage
from simulators.stored import said, transfers
from simulators.stories import CALLS, DATA, MODES, STORIES, perform
from simulators.story_rules import MODES_RULES, RULES

STAGES = 3
KEPT_S = 45.0
"""A gateway looks every 30 s for what was kept although it has followed it after all: a caller who left at once took with him that it had."""

KILLED_THERE = "kills, freezes or cuts off the gateway itself, or states what a gateway does that is there"
READS = "states what the seat reads, which is the gateway's to say"
KEPT_BY_IT = "states what the gateway alone keeps: a time, a decision, a limit, an edit in between"
ASKED = "asks the gateway to do something (HTTP, console)"
HANDED = "states that a phone's own hand-over is written down: no dialplan sees it"
FETCHED = (
    "fetches the record between ring and answer, as a console does; its press is played by alive_and_dead_are_the_same"
)
NO_PRESS = "nobody presses a key or a phone's button for a caller"
_REASONS: dict[str, tuple[str, ...]] = {
    KILLED_THERE: (
        "nobody_but_a_further_party_while_three_talk",
        "changed_globals_are_mended",
        "gateway_killed_before_press", "gateway_killed_while_ringing", "gateway_killed_after_answer", "gateway_wakes_behind_the_press",
        "accepted_with_the_gateway_dead", "taken_back_with_the_gateway_dead", "ladder_with_the_gateway_dead", "gateway_back_on_the_ladder",
        "refer_with_the_gateway_dead", "frozen_gateway_wakes_late", "far_press_with_the_gateway_dead", "far_target_drops_with_the_gateway_dead",
        "number_kept_confidential", "button_while_ringing_with_the_gateway_dead", "handed_to_our_own_queue_with_the_gateway_dead",
        "handed_over_twice_with_the_gateway_dead", "handed_home_by_a_phone_of_110_with_the_gateway_dead", "attended_with_the_gateway_dead",
        "called_back_and_handed_over_with_the_gateway_dead", "guest_gone_before_the_far_seat_is_cut_off", "keys_between_seats",
        "colleagues_goodbye_with_the_gateway_dead", "far_colleagues_goodbye_with_the_gateway_dead", "colleague_presses_with_the_gateway_dead",
        "far_colleague_presses_with_the_gateway_dead", "hold_over_a_gap", "whole_calls_without_a_gateway", "failures_without_a_gateway",
        "caller_gives_up_without_a_gateway", "alive_and_dead_are_the_same", "matter_decides_with_the_gateway_dead",
        "refused_with_the_gateway_dead", "bad_plans_fall_back", "free_seats_count_no_longer_without_a_gateway", "stale_plan_is_mended",
        "a_deaf_caller_is_heard_out", "texts_come_from_a_name",
    ),
    READS: (
        "seat_behind_a_leg_asks_on",
        "target_busy_stays_with_seat", "two_lines_two_presses", "button_between_seats", "button_between_switchboards",
        "button_between_seats_while_ringing", "button_in_a_call_of_three", "button_to_a_number_that_is_no_target", "button_to_one_letter",
        "phone_that_forwards", "phone_that_forwards_beside_a_free_one", "record_of_another_home", "record_on_its_way",
        "who_drives_there_reads_the_place",
    ),
    KEPT_BY_IT: (
        "the_holder_is_left_alone_with_the_caller",
        "held_by_his_seat_as_the_third_leaves",
        "held_behind_a_queue_as_the_third_leaves",
        "somebody_comes_while_the_holders_music_plays",
        "the_holder_hangs_up_without_resuming",
        "again_after_key",
        "again_after_blind_key",
        "again_after_button",
        "again_after_hand_over",
        "again_after_taking_back",
        "again_after_queue",
        "second_caller_while_the_first_comes_back",
        "consult_agreed_there", "consult_agreed_here", "consult_without_a_decision", "presence_follows_the_phone", "store_slow", "store_full",
        "store_read_only", "store_gone", "far_platform_down", "one_number_one_task", "first_ring_has_the_id", "callers_without_a_number",
        "callers_and_no_seat", "forty_legs_at_once",
    ),
    ASKED: (
        "caller_hangs_up_and_is_called_back", "called_back_then_pressed", "called_back_then_sent", "called_back_then_alone",
        "called_back_in_another_law", "called_back_and_handed_over", "colleagues_record", "only_the_caller_speaks_ulaw",
        "each_hand_is_written_down",
    ),
    HANDED: ("far_colleague_presses", "handed_home_by_a_phone_of_110", "handed_over_by_110_shows_the_caller"),
    FETCHED: ("warm_12345_to_110", "warm_110_to_12345"),
    NO_PRESS: (
        "seat_phone_dies", "service_phone_dies", "target_switchboard_dies", "attended_refer_hands_over", "attended_refer_target_is_cut_off",
        "colleagues_goodbye", "colleague_is_cut_off", "far_colleagues_goodbye", "far_colleague_is_cut_off", "picked_up_calls_goodbye",
        "handed_over_twice", "goodbyes_of_other_makes", "what_is_no_key_goes_on", "handed_over_shows_the_caller",
        "handed_over_and_kept_confidential",
    ),
}  # fmt: skip
NOT_DEAD: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names}
"""Stories that are not played so, each with the reason."""
REPRESENTATIVE = (
    "there_and_back",
    "no_answer_stays_with_seat",
    "ladder_then_two_at_once",
    "refer_target_answers",
    "accepted_by_key",
    "taken_back_while_ringing",
)
"""Played by ``make test``: a far key, a failure, a ladder, a button, an acceptance, a taking back. ``make test-dead`` plays all."""


class Absent(AsteriskPlay):
    """A performance whose gateway is killed before each press."""

    async def _gone(self) -> None:
        if self.stage.gateway_lives:
            await self.stage.gateway_down(signal.SIGKILL)
            self.say("gateway", "killed")

    async def press(self, seat: Any, key: str = "*1") -> float:
        """A key, and no gateway."""
        await self._gone()
        return await super().press(seat, key)

    async def refer(self, seat: Any, number: str) -> None:
        """A phone's transfer button, and no gateway."""
        await self._gone()
        await super().refer(seat, number)

    def at_once(self, took_s: float, what: str) -> None:
        """Without a gateway a leg whose caller has gone may ring out its time: nobody is there to let it go."""

    async def state(self, state: str, within_s: float = 8.0) -> dict[str, Any]:
        """A gateway that is not there is not asked in between: it would come, and see the rest."""
        return {}

    async def read(self, seat: Any, after: float) -> str:
        """A seat reads nothing of a gateway that is not there; it waits as long."""
        await asyncio.sleep(READING_S)
        return ""


def _tags(play: AsteriskPlay) -> list[str]:
    """The tags that phones showed. Not whose: which of two free seats a queue rings is the queue's."""
    shown = [line.detail for phone in play.cast for line in phone.diary.lines if line.word == "ringing"]
    return sorted(tag[0] for detail in shown if (tag := re.match(r"\[[^\]]+\]", detail)))


async def summary(play: AsteriskPlay) -> dict[str, Any]:
    """What came of a performance: its records, in the order of the presses, and the tags that phones showed."""
    if not play.stage.gateway_lives:
        await play.stage.gateway_up()
    found: list[dict[str, Any]] = []

    async def over() -> bool:
        found[:] = [t for t in await play.stage.transfers() if t["pressed_at"] >= play.since]
        kept = [
            await asyncio.to_thread(play.stage.console, side, "database show onekey-kept") for side in ("12345", "110")
        ]
        return all(t["outcome"] for t in found) and all("0 results" in one for one in kept)

    try:
        await eventually(over, "every transfer has ended, and nothing is kept any more", KEPT_S)
    except PhoneError as error:
        kept = [play.stage.console(side, "database show onekey-kept") for side in ("12345", "110")]
        open_ = [(t["id"], t["state"]) for t in found if not t["outcome"]]
        raise PhoneError(f"{error}: {open_ or kept}") from None
    records = [said(row) for row in await asyncio.to_thread(transfers, play.stage, play.since)]
    return {"records": records, "tags": _tags(play)}


def unlike(alive: dict[str, Any], dead: dict[str, Any]) -> list[str]:
    """What differs between two performances."""
    one, other = alive["records"], dead["records"]
    if len(one) != len(other):
        return [f"{len(one)} transfers with the gateway, {len(other)} without: {other}"]
    found = [
        f"press {number}: {name} is {a[name]} with the gateway, {b[name]} without"
        for number, (a, b) in enumerate(zip(one, other, strict=True), 1)
        for name in a
        if a[name] != b[name]
    ]
    if alive["tags"] != dead["tags"]:
        found.append(f"phones showed {alive['tags']} with the gateway, {dead['tags']} without")
    return found


async def both(name: str, stage: AsteriskStage) -> str:
    """Play a story with the gateway and without it. What differs, or went wrong; empty where nothing did."""
    play: AsteriskPlay | None = None
    try:
        alive = await summary(await perform(name, stage))
        stage.comes_back = True
        play = await perform(name, stage, Absent)
        found = unlike(alive, await summary(play))
    except (StoryFailed, PhoneError) as error:
        play = getattr(error, "play", play)
        found = [str(error)]
    finally:
        stage.comes_back = False
    if found:
        await _whole_again(stage)
    ladder = "\n".join(f"{rung['ms']:>9} {rung['who']:<14} {rung['what']}" for rung in play.ladder()) if play else ""
    return "\n".join([*found, ladder]) if found else ""


async def _whole_again(stage: AsteriskStage) -> None:
    """A story that broke off leaves nothing to the next."""
    for side in ("12345", "110"):
        await asyncio.to_thread(stage.console, side, "database deltree onekey-kept")
    if not stage.gateway_lives:
        await stage.gateway_up()


def names() -> list[str]:
    """Every story that is played so."""
    return [name for name in ALL if name not in NOT_DEAD]


async def play_all(stages: Sequence[AsteriskStage], todo: list[str], found: dict[str, str]) -> None:
    """Each stage takes the next story; what was wrong with each, by name."""

    async def one(stage: AsteriskStage) -> None:
        while todo:
            name = todo.pop(0)
            try:
                found[name] = await both(name, stage)
            except Exception as error:  # of one story: the others are played all the same
                found[name] = f"{type(error).__name__}: {error}"

    await asyncio.gather(*(one(stage) for stage in stages))


def stages(name: str, folder: Path, count: int, *, modes: bool) -> list[AsteriskStage]:
    """The labs: those of the main job, or those with a rule for each mode."""
    rules = MODES_RULES if modes else RULES
    return [
        AsteriskStage(f"{name}-{n}", folder / f"{name}-{n}", rules=rules, platform=modes) for n in range(1, count + 1)
    ]


async def main(wanted: list[str]) -> int:
    """Play them; the number that differ."""
    if unknown := [name for name in wanted if name not in ALL]:
        print(f"没有这样的场景 / no such story: {' '.join(unknown)}")
        return 2
    todo = wanted or names()
    found: dict[str, str] = {}
    folder = Path("build/dead").resolve()
    for modes, table in ((False, STORIES), (True, MODES | DATA | CALLS)):
        some = [name for name in todo if name in table]
        if not some:
            continue
        labs = stages(f"dead-{os.getpid()}-{int(modes)}", folder, min(STAGES, len(some)), modes=modes)
        try:
            await asyncio.gather(*(lab.up() for lab in labs))
            await play_all(labs, some, found)
        finally:
            await asyncio.gather(*(lab.down() for lab in labs), return_exceptions=True)
    for name, why in sorted(found.items()):
        print(f"{'✘ ' + name if why else '✔ ' + name}" + (f"\n{why}" if why else ""))
    failed = [name for name, why in found.items() if why]
    print(
        f"{len(found) - len(failed)} 个场景有无网关均相同 / stories are the same without a gateway, {len(failed)} 个不同 / differ: {' '.join(failed)}"
    )
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
