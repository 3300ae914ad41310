"""A gateway that starts while its store takes nothing: what waits in the backlog is part of what it knows."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.store import OnceRow, StoreError
from simulators.platform import Platform
from simulators.play import KEY
from simulators.stories import CALLER, FAR, SEAT

from .house import House
from .toy_stage import slow


async def test_a_restart_while_the_store_takes_nothing(site: House, platform: Platform) -> None:
    """Another process holds the store's lock while a transfer ends and the gateway is killed: its successor goes on from what waits. No
    version is written twice, the transfer keeps its outcome, a used nonce stays used, and the platform gets what it is owed."""
    caller, seat, far = site.people(CALLER, SEAT, FAR)
    await platform.stop()
    await site.connect(caller, seat)
    await seat.press(KEY)
    await far.wait_ring()
    await far.answer()
    await site.hears(caller, seat, far)
    app = site.app
    assert app is not None
    app.engine.write_down()
    await app.store.flush()
    (transfer,) = await app.store.open_transfers()
    used = OnceRow("nonce:of a test", 1.0, 9e9)
    with slow(site):
        with site.writes_fail():
            await seat.hang_up()
            await site.until(lambda: not _running(site), "the transfer ends")
            before = await site.get(f"/v1/contexts/{transfer.context}")
            app.engine.write_down()
            app.store.write(used)
            with pytest.raises(StoreError):
                await app.store.flush()
        assert await app.store.open_transfers() == [transfer]
        await site.gateway_killed()
        await site.gateway_up(attached=False)
        app = site.app
        assert app is not None
        (call,) = app.engine.core.world.calls.values()
        assert call.context.version >= before["version"]
        assert not _running(site)
        assert app.nonces.used("of a test")
        assert app.store.health().backlog > 0
    await site.attached()
    await app.store.flush()
    ended = await app.store.transfer(transfer.id)
    assert ended is not None
    assert (ended.outcome, ended.reason) == ("completed", "transferer_left")
    await site.finish(far, caller)
    versions = await app.store.context_versions(transfer.context)
    assert [row.version for row in versions] == list(range(1, versions[-1].version + 1))
    await platform.start()
    await site.until(
        lambda: platform.versions(transfer.context)[-1:] == [versions[-1].version], "the platform has the newest", 900.0
    )


def _running(house: House) -> list[Any]:
    assert house.app is not None
    return [call.transfer for call in house.app.engine.core.world.calls.values() if call.transfer is not None]
