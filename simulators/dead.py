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

from simulators.phone import PhoneError
from simulators.playbill import ALL
from simulators.stage import MODES_RULES, RULES, Stage, eventually
from simulators.stored import said, transfers
from simulators.stories import CALLS, DATA, MODES, READING_S, STORIES, Play, StoryFailed, perform

STAGES = 3

KILLED_THERE = "kills, freezes or cuts off the gateway itself"
READS = "states what the seat reads, which is the gateway's to say"
KEPT_BY_IT = "states what the gateway alone keeps: a time, a decision, a limit, an edit in between"
ASKED = "asks the gateway for what it does (HTTP, console)"
NO_PRESS = "nobody presses a key or a phone's button for a caller"
NOT_DEAD: dict[str, str] = {}
"""Stories that are not played so, each with the reason."""
REPRESENTATIVE = (
    "warm_12345_to_110", "there_and_back", "no_answer_stays_with_seat", "silent_hand_over", "ladder_then_two_at_once", "refer_target_answers",
)  # fmt: skip
"""Played by ``make test``: a key, a far key, a failure, a mode, a ladder, a button. ``make test-dead`` plays all."""


class Absent(Play):
    """A performance whose gateway is killed before each press."""

    async def _gone(self) -> None:
        if self.stage.gateway_pid:
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

    async def read(self, seat: Any, after: float) -> str:
        """A seat reads nothing of a gateway that is not there; it waits as long."""
        await asyncio.sleep(READING_S)
        return ""


def _displays(play: Play) -> list[tuple[str, str]]:
    """Whose phone showed which tag."""
    shown = [(phone.name, line.detail) for phone in play.cast for line in phone.diary.lines if line.word == "ringing"]
    return sorted((name, tag[0]) for name, detail in shown if (tag := re.match(r"\[[^\]]+\]", detail)))


async def summary(play: Play) -> dict[str, Any]:
    """What came of a performance: its records, in the order of the presses, and whose phone showed which tag."""
    if not play.stage.gateway_pid:
        await play.stage.gateway_up()
    found: list[dict[str, Any]] = []

    async def over() -> bool:
        found[:] = [t for t in await play.stage.transfers() if t["pressed_at"] >= play.since]
        kept = [
            await asyncio.to_thread(play.stage.console, side, "database show onekey-kept") for side in ("12345", "110")
        ]
        return all(t["outcome"] for t in found) and all("0 results" in one for one in kept)

    try:
        await eventually(over, "every transfer has ended, and nothing is kept any more", 15)
    except PhoneError as error:
        kept = [play.stage.console(side, "database show onekey-kept") for side in ("12345", "110")]
        open_ = [(t["id"], t["state"]) for t in found if not t["outcome"]]
        raise PhoneError(f"{error}: {open_ or kept}") from None
    records = [said(row) for row in await asyncio.to_thread(transfers, play.stage, play.since)]
    return {"records": records, "displays": _displays(play)}


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
    if alive["displays"] != dead["displays"]:
        found.append(f"displays: {alive['displays']} with the gateway, {dead['displays']} without")
    return found


async def both(name: str, stage: Stage) -> str:
    """Play a story with the gateway and without it. What differs, or went wrong; empty where nothing did."""
    play: Play | None = None
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


async def _whole_again(stage: Stage) -> None:
    """A story that broke off leaves nothing to the next."""
    for side in ("12345", "110"):
        await asyncio.to_thread(stage.console, side, "database deltree onekey-kept")
    if not stage.gateway_pid:
        await stage.gateway_up()


def names() -> list[str]:
    """Every story that is played so."""
    return [name for name in ALL if name not in NOT_DEAD]


async def play_all(stages: Sequence[Stage], todo: list[str], found: dict[str, str]) -> None:
    """Each stage takes the next story; what was wrong with each, by name."""

    async def one(stage: Stage) -> None:
        while todo:
            name = todo.pop(0)
            try:
                found[name] = await both(name, stage)
            except Exception as error:  # of one story: the others are played all the same
                found[name] = f"{type(error).__name__}: {error}"

    await asyncio.gather(*(one(stage) for stage in stages))


def stages(name: str, folder: Path, count: int, *, modes: bool) -> list[Stage]:
    """The labs: those of the main job, or those with a rule for each mode."""
    rules = MODES_RULES if modes else RULES
    return [Stage(f"{name}-{n}", folder / f"{name}-{n}", rules=rules, platform=modes) for n in range(1, count + 1)]


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
