"""``make site-minutes``: a stock Asterisk to a heard transfer by the steps of ``docs/install.md``, counted and listed."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from bench.report import figure, keep
from simulators import old_site
from simulators.old_site_stage import OldSiteStage
from simulators.stage import AsteriskPlay

STEPS_BEFORE = ("apt install ./onekey_….deb",)
"""Steps of the page before those that the stage does itself."""


async def heard(folder: Path) -> list[str]:
    """The steps, when a transfer has been heard at their end."""
    stage = OldSiteStage(folder)
    try:
        await stage.up()
        play = AsteriskPlay("site_minutes", stage)
        caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "SIP-101"), ("110", "J01"))
        await caller.call(old_site.DAY)
        await seat.wait_ring(after=play.began)
        await seat.answer()
        await caller.diary.wait("answered", after=play.began, who="caller")
        pressed = await play.press(seat)
        await play.rings(far, pressed)
        await far.answer()
        await play.hears(caller, {seat, far})
        return [*STEPS_BEFORE, *stage.steps]
    finally:
        await stage.down()


def main() -> None:
    """Count, print, keep."""
    began = time.monotonic()
    folder = Path(os.environ.get("ONEKEY_RUN") or tempfile.gettempdir()) / f"onekey-site-{os.getpid()}"
    steps = asyncio.run(heard(folder))
    for number, step in enumerate(steps, 1):
        print(f"{number:>4}  {step}")
    note = f"{'; '.join(steps)}; {time.monotonic() - began:.0f} s for the machine"
    keep({"site_minutes": figure(len(steps), "steps", "<= 12: commands and edits for both switchboards", 1, note)})


if __name__ == "__main__":
    main()
