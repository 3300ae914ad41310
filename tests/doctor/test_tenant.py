"""Another gateway at a switchboard is told by the doctor, this configuration's own is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.ami import Link, LinkSettings
from gateway.ami.tenure import GLOBAL
from gateway.app.running import holder
from gateway.core.messages.link_events import Resynced
from gateway.core.values.ids import SwitchboardId
from gateway.doctor import tenant
from tests.ami.conftest import Heard
from tests.ami.fake_server import FakeAmi
from tests.app.test_wiring import site

NOW = 1_796_000_000


async def test_only_another_gateway_is_told(tmp_path: Path) -> None:
    """The one that this run folder's id names is ours, also while it does not run; one of a like-named folder elsewhere is not."""
    config = site(tmp_path)
    mine = holder(config).written()
    (tmp_path / "gateway.id").rename(tmp_path / "kept")
    other = holder(config).written()
    (tmp_path / "kept").replace(tmp_path / "gateway.id")
    async with FakeAmi() as fake:
        heard = Heard()
        settings = LinkSettings(host="127.0.0.1", username="onekey", secret="right", port=fake.port)
        link = Link(SwitchboardId("12345"), settings, heard, clock=lambda: float(NOW))
        task = asyncio.create_task(link.run())
        await heard.until(Resynced)
        found = []
        for written in (mine, other):
            signed = written.rpartition("&")[0] + f"&{NOW}.000"
            fake.getvar = lambda name, signed=signed: {"EPOCH": f"{NOW}", GLOBAL: signed}.get(name, "")  # type: ignore[misc]
            found.append(await tenant.findings(link, config, config.switchboards[0], "where"))
        link.close()
        await task
    assert [[finding.level for finding in findings] for findings in found] == [[], ["error"]]
