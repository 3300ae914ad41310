"""``make provoke-audio``: is anybody silent among thousands of joins? Prints who and why, writes the figures into the report.

``python -m bench.provoke_audio --joins 1500 --parallel 8 --seed 7``. Which Asterisk: ``ONEKEY_ASTERISK``. Returns 1 where somebody was silent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import time
from collections import Counter
from pathlib import Path

from bench.report import keep
from simulators.phone import PhoneError
from simulators.play import StoryFailed
from simulators.provoker import Provoker, figures
from simulators.stage import AsteriskStage
from simulators.stories import perform

FOLDER = Path("build/provoke-audio").absolute()
PLAYED = "there_and_back"
LABS = 3
"""Labs side by side for the plays: most of a play is people talking."""


async def provoke(stage: AsteriskStage, words: argparse.Namespace) -> Provoker:
    """The joins, on a lab whose gateway sleeps: nothing of it is needed."""
    provoker = Provoker(stage, words.joins, words.parallel, words.seed)
    began = time.monotonic()
    running = asyncio.create_task(provoker.run())
    while not running.done():
        await asyncio.wait([running], timeout=10)
        passed = time.monotonic() - began
        print(
            f"  {provoker.joins} 次加入 / joins, {len(provoker.silences)} 方无声 / silent, {passed:.0f} s", flush=True
        )
    await running
    return provoker


async def plays(stages: list[AsteriskStage], count: int, seed: str) -> tuple[int, Counter[str]]:
    """How many plays were heard out, and why the others were not. Each has phones of its own manners."""
    todo, heard, why = list(range(count)), 0, Counter[str]()

    async def one(stage: AsteriskStage) -> None:
        nonlocal heard
        while todo:
            stage.manners.seed = f"{seed}-{todo.pop()}"
            try:
                await perform(PLAYED, stage)
                heard += 1
            except (StoryFailed, PhoneError) as error:
                why[f"{stage.manners.seed}: {error}"] += 1

    await asyncio.gather(*(one(stage) for stage in stages))
    return heard, why


async def main() -> int:
    """Provoke, play, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=1500)
    parser.add_argument("--parallel", type=int, default=8, help="calls side by side, at most 8")
    parser.add_argument("--plays", type=int, default=30, help=f"plays of {PLAYED}")
    parser.add_argument("--seed", default=str(secrets.randbelow(10**6)))
    words = parser.parse_args()
    words.parallel = min(words.parallel, 8)
    stages = [AsteriskStage(f"provoke-{os.getpid()}-{n}", FOLDER / str(n)) for n in range(LABS if words.plays else 1)]
    print(f"种子 / seed {words.seed}", flush=True)
    try:
        await stages[0].up()
        await stages[0].gateway_down()
        print(f"Asterisk {stages[0].lab['asterisk']['version']}", flush=True)
        provoker = await provoke(stages[0], words)
        await stages[0].gateway_up()
        await asyncio.gather(*(stage.up() for stage in stages[1:]))
        heard, why = await plays(stages, words.plays, words.seed)
    finally:
        await asyncio.gather(*(stage.down() for stage in stages), return_exceptions=True)
    for silence in provoker.silences:
        print(f"  无声 / silent: {silence}")
    for text, count in (*provoker.errors.most_common(5), *why.items()):
        print(f"  {count} × {text}")
    print(f"  {dict(provoker.kinds)}; {provoker.cleanings} 次清理 / cleanings; slowest {provoker.slowest_join_s:.2f} s")
    keep(figures(provoker, (heard, words.plays)))
    return int(bool(provoker.silences) or heard < words.plays)


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
