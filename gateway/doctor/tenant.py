"""Another gateway at a switchboard: the second one is refused, and here is said by whom."""

from __future__ import annotations

from gateway.ami import Link
from gateway.ami.tenure import alive, stale_s
from gateway.config.settings import Config, SwitchboardConfig
from gateway.doctor import texts
from gateway.doctor.findings import Finding
from gateway.store.gateway_id import known_place


async def findings(link: Link, config: Config, board: SwitchboardConfig, where: str) -> list[Finding]:
    """An error where the gateway that is attached is not this configuration's. Raises LinkDown, NoAnswer."""
    holder = await alive(link.request, stale_s(config.ping_s, config.pong_s))
    if holder is None or holder.place == known_place(config.run_dir):
        return []
    what = texts.ANOTHER_GATEWAY_IS_ATTACHED(board=board.id, holder=holder)
    return [Finding("error", what, where, texts.STOP_ONE_OF_THE_TWO(host=holder.host, pid=holder.pid))]
