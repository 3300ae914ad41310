"""``onekey demo``: plays the stories on two labs side by side, prints each as a ladder, writes the report."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import time
import unicodedata
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulators.phone import PhoneError
from simulators.play import StoryFailed
from simulators.playbill import ALL
from simulators.stage import AsteriskStage
from simulators.stories import DATA, MODES, STORIES, perform
from simulators.story_rules import MODES_RULES, RULES

STAGES = 3
"""Labs side by side: most of a story is people talking, so three of them share two cores well."""


async def main(names: list[str]) -> int:
    """Play stories, by default those of the main job. Returns 0 if all passed."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"没有这个场景 / no such story: {', '.join(unknown)}\n可用 / known: {', '.join(ALL)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    folder = Path("build/demo").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    rules = MODES_RULES if MODES.keys() & set(names) else RULES
    stages = [
        AsteriskStage(
            f"demo-{os.getpid()}-{number}",
            folder / f"stage-{number}",
            rules=rules,
            platform=bool(DATA.keys() & set(names)),
        )
        for number in range(1, STAGES + 1)
    ]
    results: list[dict[str, Any]] = []
    try:
        print("启动总机和网关 / starting switchboards and gateways", flush=True)
        await asyncio.gather(*(stage.up() for stage in stages))
        todo = list(names or STORIES)
        await asyncio.gather(*(_play(stage, todo, results) for stage in stages))
        versions = _versions(stages[0])
    finally:
        await asyncio.gather(*(stage.down() for stage in stages), return_exceptions=True)
    results.sort(key=lambda result: list(ALL).index(result["name"]))
    report = {"stories": results, "versions": versions, "seconds": round(time.monotonic() - began, 1)}
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    failed = [result["name"] for result in results if not result["passed"]]
    print(
        f"\n{len(results) - len(failed)} 个场景通过 / stories passed, {len(failed)} 个失败 / failed {' '.join(failed)}"
    )
    print(f"用时 {report['seconds']} s，报告 / report: build/demo/report.json")
    return int(bool(failed))


async def _play(stage: AsteriskStage, todo: list[str], results: list[dict[str, Any]]) -> None:
    while todo:
        name = todo.pop(0)
        error = ""
        try:
            play = await perform(name, stage)
        except (StoryFailed, PhoneError) as failure:
            play, error = failure.play, str(failure)  # type: ignore[union-attr]
            if not stage.gateway_lives:
                await stage.gateway_up()
        ladder = play.ladder()
        result = {"name": name, "passed": not error, "ladder": ladder, "measures": play.measures}
        results.append({**result, **({"error": error} if error else {})})
        _print(name, ALL[name].__doc__ or "", ladder, play.measures, error)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _print(name: str, doc: str, ladder: list[dict[str, Any]], measures: dict[str, float], error: str) -> None:
    lines = [f"\n{'✘ 失败 FAILED' if error else '✔'} {name}", f"  {doc.splitlines()[0] if doc else ''}"]
    for rung in ladder:
        lines.append(f"  {rung['ms']:>9.1f} ms  {rung['who']}{' ' * max(1, 14 - _width(rung['who']))}{rung['what']}")
    if measures:
        lines.append("  " + ", ".join(f"{key} = {value:g}" for key, value in measures.items()))
    if error:
        lines.append(f"  → {error}")
    print("\n".join(lines), flush=True)


def _versions(stage: AsteriskStage) -> dict[str, str]:
    return {
        "onekey": version("onekey"),
        "asterisk": stage.lab["asterisk"]["version"],
        "python": platform.python_version(),
        "pyVoIP": version("pyVoIP"),
        "panoramisk": version("panoramisk"),
    }


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
