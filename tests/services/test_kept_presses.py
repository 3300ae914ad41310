"""Kept presses between core, store and Asterisk: durable first, then forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.core.messages.answers import CommandFailed, CommandSucceeded, TransfersFound
from gateway.core.messages.commands import AnyCommand, FindTransfers, ForgetPresses
from gateway.core.values.ids import Outcome, PressId, SwitchboardId
from gateway.services.kept_presses import KeptPresses
from gateway.store.opening import open_store
from tests.store.contract import transfer

HERE = SwitchboardId("12345")
ENDED, OPEN, UNKNOWN = PressId("12345.1.1"), PressId("12345.2.2"), PressId("12345.3.3")


def test_the_store_says_what_has_a_record(tmp_path: Path) -> None:
    """One that has ended there is written already; one that is open or unknown is not; and what is forgotten is durable before."""
    told: list[TransfersFound] = []
    order: list[str] = []

    async def play() -> None:
        store = open_store(tmp_path / "onekey.db", "", tmp_path, gateway=True)
        try:
            kept = KeptPresses(store, lambda: order.append("written down"), told.append, lambda: 7.0)
            store.write(transfer(id=ENDED, outcome=Outcome.COMPLETED, state="ended", ended_at=5.0))
            store.write(transfer(id=OPEN))
            await store.flush()
            answer = await kept.find(FindTransfers("1", HERE, "", (ENDED, OPEN, UNKNOWN)))
            assert isinstance(answer, CommandSucceeded)

            async def execute(command: AnyCommand) -> CommandSucceeded | CommandFailed:
                order.append("forgotten" if await store.transfer(UNKNOWN) is not None else "forgotten too soon")
                return CommandSucceeded(HERE, 8.0, command.id)

            store.write(transfer(id=UNKNOWN, outcome=Outcome.COMPLETED, state="ended", ended_at=6.0))
            await kept.forget(ForgetPresses("2", HERE, "", (UNKNOWN,)), execute)
        finally:
            await store.close()
        lost = await kept.forget(ForgetPresses("3", HERE, "", (UNKNOWN,)), execute)
        assert isinstance(lost, CommandFailed), "a store that takes nothing: nothing is forgotten"

    asyncio.run(play())
    assert told == [TransfersFound(HERE, 7.0, (ENDED,), (OPEN, UNKNOWN))]
    assert order == ["written down", "forgotten", "written down"]
