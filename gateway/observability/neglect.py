"""News for supervisors although every transfer works: callers for whom nobody is there, and seats whose phones forward."""

from __future__ import annotations

from typing import Any

from gateway.core.model.world import World
from gateway.core.turn.unattended import forwarding, unattended


def problems(world: World, at: float) -> list[dict[str, Any]]:
    """As ``/readyz`` lists problems. None of them makes the gateway unready."""
    found = []
    for switchboard, waiting, seconds in unattended(world, at):
        what = (
            f"{waiting} 位来电人在等，{seconds:.0f} 秒没有坐席可接"
            f" / {waiting} callers wait, and no seat has been there for {seconds:.0f} s"
        )
        remedy = "请坐席登录或恢复 / let seats log in, or unpause them"
        found.append({"what": what, "where": f"switchboard {switchboard}", "remedy": remedy})
    for switchboard, seat in forwarding(world):
        what = f"坐席 {seat} 的话机设置了呼叫转移，已暂停 / the phone of seat {seat} forwards calls; the seat is paused"
        remedy = "取消话机上的转移，再恢复该坐席 / end the forward on the phone, then unpause the seat"
        found.append({"what": what, "where": f"seat {switchboard}/{seat}", "remedy": remedy})
    return found
