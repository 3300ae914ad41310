"""Rules that change while the gateway runs: each way of loading them, and a file that is broken."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from simulators.story_rules import RING_S, RULES

from .house import House

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
NEW = RULES.replace('ladder: [{target: "110", ring_s: RING_S}]', 'ladder: [{target: "119", ring_s: 6}]', 1)
BROKEN = RULES + "  - {name: 之后, then: {mode: 温}}\n"


def save(house: House, text: str) -> None:
    """As an editor saves: a new file in the place of the old one."""
    partial = house.folder / "rules.new"
    partial.write_text(text.replace("RING_S", str(RING_S)), encoding="utf-8")
    partial.replace(house.folder / "rules.yaml")


async def version(house: House) -> str:
    """The digest of the rules in force."""
    return str((await house.get("/v1/rules"))["version"])


async def changed(house: House, before: str, by: str) -> dict[str, Any]:
    """Other rules come into force."""

    async def other() -> bool:
        return await version(house) != before

    await house.until(other, "new rules are in force")
    found: dict[str, Any] = await house.get("/v1/rules")
    assert found["loaded_by"].startswith(by)
    assert found["problem"] is None
    return found


def plan(house: House, side: str, name: str) -> str:
    """A global of the toy's dialplan."""
    return house.pbx.boards[side].globals.get(name, "")


async def test_saved_and_loaded(bare: House) -> None:
    """A file that is saved is in force a moment later, for the next press and for the dialplan."""
    bare.rules_poll_s = 1.0
    await bare.gateway_up()
    before = await version(bare)
    assert plan(bare, "12345", "ONEKEY_PLAN_12345_110").endswith(f":110/{RING_S}")
    save(bare, NEW)
    await changed(bare, before, "file")
    await bare.until(
        lambda: plan(bare, "12345", "ONEKEY_PLAN_12345_110").endswith(":119/6"), "the dialplan has the plan"
    )
    caller, seat, fire = await bare.pressed("*1", CALLER, SEAT, ("12345", "119"))
    await fire.answer()
    await bare.hears(caller, seat, fire)
    await seat.hang_up()
    await bare.outcome("completed", "transferer_left")
    await bare.pass_s(2.0)
    await bare.finish(fire, caller)


async def test_loaded_on_request(house: House) -> None:
    """``POST /v1/rules/reload`` answers when the file is in force, and a second one changes nothing."""
    before = await version(house)
    save(house, NEW.replace('"*9": decline', '"*9": decline\n  "*55": water'))
    found = await house.post("/v1/rules/reload", {})
    assert found == await changed(house, before, "admin@127.0.0.1")
    assert [entry["key"] for entry in found["keys_differ"]] == ["*55"]
    assert "features.conf" in found["remedy"]
    assert await house.post("/v1/rules/reload", {}) == found
    assert house.app is not None
    await house.app.audit.settled()
    lines = "".join(path.read_text(encoding="utf-8") for path in sorted((house.folder / "audit").glob("*")))
    loads = [line for line in lines.splitlines() if "rules " + before in line]
    assert len(loads) == 1
    assert "admin@127.0.0.1" in loads[0]
    assert "*55" in loads[0]


async def test_loaded_on_a_signal(house: House) -> None:
    """SIGHUP does the same."""
    assert house.app is not None
    before = await version(house)
    save(house, NEW)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, house.app.reload, "SIGHUP")
    try:
        signal.raise_signal(signal.SIGHUP)
        await changed(house, before, "SIGHUP")
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)


async def test_a_broken_file_keeps_the_last_good_one(bare: House) -> None:
    """Nothing of a broken file comes into force, everything says so, and a mended one ends it."""
    bare.rules_poll_s = 1.0
    await bare.gateway_up()
    before = await version(bare)
    save(bare, BROKEN)

    async def told() -> Any:
        return (await bare.get("/v1/rules"))["problem"]

    problem = await bare.until(told, "the problem is told")
    assert problem["by"] == "file"
    assert len(problem["problems"]) >= 1
    assert await version(bare) == before
    ready = await bare.get("/readyz")  # transfers work, by the rules before
    assert [entry["where"] for entry in ready["problems"]] == [str(bare.folder / "rules.yaml")]
    assert "onekey_rules_ok 0.0" in await bare.text("/metrics")
    caller, seat, far = await bare.pressed("*1", CALLER, SEAT, FAR)
    save(bare, NEW)
    await changed(bare, before, "file")
    assert (await bare.get("/readyz"))["problems"] == []
    await far.answer()  # the transfer that began under the old rules goes on
    await bare.hears(caller, seat, far)
    await seat.hang_up()
    await bare.outcome("completed", "transferer_left")
    await bare.pass_s(2.0)
    await bare.finish(far, caller)


async def test_a_missing_file_keeps_the_last_good_one(house: House) -> None:
    """A file that is gone is a broken one."""
    before = await version(house)
    (house.folder / "rules.yaml").unlink()
    assert house.app is not None
    assert not await house.app.rules.reload("test")
    assert await version(house) == before
    save(house, RULES)
    assert await house.app.rules.reload("test")
    assert (await house.get("/v1/rules"))["problem"] is None
