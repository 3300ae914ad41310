"""The story of ``simulators.stories_presence`` by the same name: the whole gateway on the toy PBX."""

from __future__ import annotations

from .house import House
from .test_stories_modes import ACCEPT, CALLER, FAR, SEAT

COLLEAGUE = ("12345", "1002")


async def test_presence_follows_the_phone(modes: House) -> None:
    """Dialling out, a pause, a talk, three, a ring behind a Local channel, a phone that is gone: each is the seat's state."""
    caller, seat, colleague, far = modes.people(CALLER, SEAT, COLLEAGUE, FAR)

    async def are(**states: str) -> None:
        names = {"seat": SEAT, "colleague": COLLEAGUE, "far": FAR}
        found: dict[str, tuple[str, str]] = {}

        async def there() -> bool:
            items = (await modes.get("/v1/seats"))["items"]
            now = {(item["switchboard"], item["seat"]): (item["state"], item["why"]) for item in items}
            found.update({name: now.get(names[name], ("", "")) for name in states})
            return all(wanted in (found[name][0], " ".join(found[name])) for name, wanted in states.items())

        await modes.until(there, lambda: f"{states}, not {found}")

    await are(seat="ready", colleague="ready", far="ready")
    await seat.call("1002")
    await are(seat="on_call.talk", colleague="ringing")
    await colleague.answer()
    await are(seat="on_call.talk", colleague="on_call.talk")
    await seat.hang_up()
    await are(seat="ready", colleague="ready")
    await modes.post("/v1/seats/12345/1002/pause", {"reason": "lunch"})
    await are(colleague="paused lunch")
    await modes.connect(caller, seat)
    await seat.press("*1")
    await far.wait_ring()
    await are(seat="on_call.talk", far="ringing")
    await far.answer()
    await are(seat="on_call.three_way", far="on_call.three_way")
    await seat.hang_up()
    await are(seat="ready", far="on_call.talk")
    await modes.post("/v1/seats/12345/1001/pause", {"reason": "break"})
    await modes.post("/v1/seats/12345/1002/unpause", {})
    await are(seat="paused break", colleague="ready")
    await far.press("*1")
    await colleague.wait_ring()
    await are(colleague="ringing", far="on_call.talk")
    await colleague.answer()
    await are(colleague="on_call.talk", far="on_call.talk")
    await colleague.press(ACCEPT)
    await are(colleague="on_call.three_way", far="on_call.three_way")
    await far.hang_up()
    await are(colleague="on_call.talk", far="ready")
    await modes.finish(colleague, caller)
    await modes.post("/v1/seats/12345/1001/unpause", {})
    colleague.registered = False
    modes.pbx.queues["12345"].look("1002")
    await are(seat="ready", colleague="offline")
