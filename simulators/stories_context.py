"""The stories of what travels with a caller: who is shown the number, and the record where each switchboard has a gateway of its own."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from simulators.outside import gateway_back, gateway_killed
from simulators.play import Gateway, Play
from simulators.stories import CALLER, FAR, SEAT
from simulators.stories_modes import story

WATER = ("12345", "water")


@story
async def number_kept_confidential(play: Play) -> None:
    """The caller wants the number kept confidential: the water company's phone does not show it, with and without a gateway; 110's does."""
    caller, seat, water, far = await play.phones(CALLER, SEAT, WATER, FAR)
    await play.connect(caller, seat)
    call = next(item for item in (await play.stage.get("/v1/calls"))["items"] if item["state"] == "bridged")
    record = await play.stage.get(f"/v1/contexts/{call['context']}")
    seen = {"If-Match": f'"{record["version"]}"'}
    said = {"confidential": True}
    status, _ = await play.stage.ask("PATCH", f"/v1/contexts/{record['id']}", said, seen)
    play.must(status == 200, f"the edit was answered with {status}")
    play.say("seat", "writes down: confidential")
    await play.pass_s(0.2)  # until Asterisk knows, too: nobody presses in the moment of an edit
    for alive in (False, True):
        if not alive:
            await gateway_killed(play)
        pressed = await play.press(seat, "*51")
        ring = await water.wait_ring(after=pressed)
        play.must(ring.number == "anonymous", f"water's phone shows {ring.number}")
        if not alive:
            await water.decline(603)
            await gateway_back(play)
    await water.answer()
    await play.hears(caller, {seat, water})
    await water.hang_up()
    play.must(caller.account.number not in water.numbers_sent, "a message to water's phone holds the number")
    await play.outcome("completed", "conferenced")
    pressed = await play.press(seat)
    ring = await far.wait_ring(after=pressed)
    play.must(ring.number == caller.account.number, f"110's phone shows {ring.number}")
    await far.answer()
    await play.hears(caller, {seat, far})
    await far.hang_up()
    await play.hears(caller, {seat})
    await play.finish(seat, caller)


# --- each switchboard has a gateway of its own ------------------------------------------------------------------------------

SAID = {"summary": "楼上装修，噪音扰民", "urgency": "normal"}
ON_ITS_WAY, RECORD = "来电信息正在送达", "来电信息 / record"


async def _noted(play: Play, home: Gateway) -> dict[str, Any]:
    """The seat writes down what its caller has said: the record."""
    _, calls = await home.ask("GET", "/v1/calls")
    id_ = calls["items"][0]["context"]
    _, record = await home.ask("GET", f"/v1/contexts/{id_}")
    status, record = await home.ask("PATCH", f"/v1/contexts/{id_}", SAID, {"If-Match": f'"{record["version"]}"'})
    play.must(status == 200, f"the edit was answered with {status}")
    return dict(record)


async def _record(play: Play, gateway: Gateway, id_: str, field: str, value: str) -> dict[str, Any]:
    """The record at a gateway, once a field of it has this value."""

    async def there() -> Any:
        status, record = await gateway.ask("GET", f"/v1/contexts/{id_}")
        return record if status == 200 and record[field] == value else None

    found: dict[str, Any] = await play.eventually(there, f"{field} is {value!r} at the gateway of {gateway.side}")
    return found


async def _completed(play: Play, home: Gateway) -> bool:
    """Whether the last transfer of this play has its outcome: the seat has left it to 110."""
    _, transfers = await home.ask("GET", "/v1/transfers?limit=1")
    last = transfers["items"][0]
    play.must(last["outcome"] in ("", None, "completed"), f"the transfer ended {last['outcome']}: {last['reason']}")
    return bool(last["outcome"]) and last["reason"] == "transferer_left"


@story
async def record_of_another_home(play: Play) -> None:
    """12345 and 110 have a gateway each: the far seat reads what the caller has said, writes on, and the home has it."""
    async with play.stage.apart() as gateways:
        home, there = gateways["12345"], gateways["110"]
        caller, seat, far = await play.phones(CALLER, SEAT, FAR)
        await play.connect(caller, seat)
        record = await _noted(play, home)
        pressed = await play.press(seat)
        await play.rings(far, pressed)
        text = await far.diary.wait("text", after=pressed, who="far")
        play.must(RECORD in text.detail and SAID["summary"] in text.detail, f"the far phone shows {text.detail!r}")
        play.must(len(play.texts(far)) == 1, f"the far phone shows {play.texts(far)}, not one text")
        copy = await _record(play, there, record["id"], "summary", SAID["summary"])
        play.must(copy["home"] == "12345" and "*" in copy["caller_number"], f"the copy is {copy}")
        await far.answer()
        await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
        seen = {"If-Match": f'"{(await _record(play, there, record["id"], "summary", SAID["summary"]))["version"]}"'}
        status = 0
        while status in (0, 412):  # the transfer itself goes on changing the record
            status, after = await there.ask("PATCH", f"/v1/contexts/{record['id']}", {"location": "长江道12号"}, seen)
            newer = after["details"]["context"] if status == 412 else after
            seen = {"If-Match": f'"{newer["version"]}"'}
        play.must(status == 200, f"110's edit was answered with {status}: {after}")
        play.say("far side", "writes on in the record")
        await _record(play, home, record["id"], "location", "长江道12号")
        await seat.hang_up()
        await play.hears(caller, {far})
        await play.eventually(lambda: _completed(play, home), "the transfer is completed at its home")
        await play.finish(far, caller)
        _, history = await home.ask("GET", f"/v1/contexts/{record['id']}/history")
        authors = [item["by"] for item in history["items"]]
        play.must(any(author.startswith("110 (") for author in authors), f"the history is by {authors}")


@story
async def record_on_its_way(play: Play) -> None:
    """12345's gateway is dead as its seat presses: 110's phone rings and shows that the record is on its way, and later the record."""
    async with play.stage.apart() as gateways:
        home, there = gateways["12345"], gateways["110"]
        caller, seat, far = await play.phones(CALLER, SEAT, FAR)
        await play.connect(caller, seat)
        record = await _noted(play, home)
        await home.down(signal.SIGKILL)
        play.say("gateway 12345", "killed")
        pressed = await play.press(seat)
        await play.rings(far, pressed)
        text = await far.diary.wait("text", after=pressed, who="far")
        play.must(ON_ITS_WAY in text.detail, f"the far phone shows {text.detail!r}")
        _, calls = await there.ask("GET", "/v1/calls")
        play.must([call["record"] for call in calls["items"]] == ["on_its_way"], f"the calls are {calls}")
        status, _ = await there.ask("GET", f"/v1/contexts/{record['id']}")
        play.must(status == 404, f"110's gateway answers {status} for a record that it has not")
        await far.answer()
        await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
        await home.up()
        play.say("gateway 12345", "is back")
        text = await far.diary.wait("text", after=text.at + 1e-6, who="far")
        play.must(RECORD in text.detail and SAID["summary"] in text.detail, f"the far phone shows {text.detail!r}")
        await _record(play, there, record["id"], "summary", SAID["summary"])
        play.must(len(play.texts(far)) == 2, f"the far phone shows {play.texts(far)}, not two texts")
        await seat.hang_up()
        await play.hears(caller, {far})
        await play.finish(far, caller)
