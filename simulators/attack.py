"""``make attack``: every attack against a lab of its own, and what held.

``python -m simulators.attack [--only NAME …]``; the report is ``build/attack/report.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from simulators.attacks import ATTACKS, Broken, door, lines, media, perform, rights, signalling, traces
from simulators.phone import PhoneError
from simulators.play import StoryFailed
from simulators.stage import AsteriskStage
from simulators.story_rules import MODES_RULES

MODULES = (media, signalling, lines, rights, door, traces)
"""Those that enter their attacks."""
FOLDER = Path("build/attack").resolve()


async def play(names: list[str], folder: Path) -> list[dict[str, Any]]:
    """Make these attacks one after the other; one line each: ``name``, ``kind``, ``held``, ``what``, ``figures``."""
    stage = AsteriskStage(f"attack-{os.getpid()}", folder, rules=MODES_RULES, platform=True)
    lines: list[dict[str, Any]] = []
    try:
        await stage.up()
        for name in names:
            held, what, figures = True, "", dict[str, float]()
            try:
                what, figures = await perform(name, stage)
            except (Broken, StoryFailed, PhoneError) as error:
                held, what, figures = False, str(error), getattr(error, "figures", {})
            if not stage.gateway_lives:
                await stage.gateway_up()
            mark = "守住 held  " if held else "失守 BROKEN"
            print(f"{mark} {ATTACKS[name].kind:<10} {name:<44} {what}", flush=True)
            lines.append({"name": name, "kind": ATTACKS[name].kind, "held": held, "what": what, "figures": figures})
    finally:
        await stage.down()
    return lines


def made() -> tuple[int, list[dict[str, Any]]]:
    """Make the attacks that the command line names, write the report; 1 if one came through, and the lines of it."""
    parser = argparse.ArgumentParser(prog="python -m simulators.attack", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these attacks alone")
    names = parser.parse_args().only or list(ATTACKS)
    if unknown := [name for name in names if name not in ATTACKS]:
        parser.error(f"no attack {', '.join(unknown)}; there are {', '.join(ATTACKS)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = asyncio.run(play(names, FOLDER.resolve()))
    (FOLDER / "report.json").write_text(json.dumps(lines, ensure_ascii=False, indent=1), encoding="utf-8")
    broken = [line for line in lines if not line["held"]]
    print(f"{len(lines) - len(broken)} held, {len(broken)} broken → {FOLDER / 'report.json'}")
    return (1 if broken else 0), lines


def main() -> int:
    """Make the attacks; 1 if one came through."""
    return made()[0]


if __name__ == "__main__":
    sys.exit(main())
