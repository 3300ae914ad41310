"""The story of what a seat is said to do: by its phone, its queue, and whoever it talks with, also behind a trunk and a Local channel."""

from __future__ import annotations

from simulators.play import Play
from simulators.stories import CALLER, FAR, SEAT
from simulators.stories_modes import ACCEPT, story

COLLEAGUE = ("12345", "1002")


@story
async def presence_follows_the_phone(play: Play) -> None:
    """A seat dials out, pauses, talks, is one of three, is rung behind a Local channel, and loses its phone: the states are those."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)

    async def are(**states: str) -> None:
        """Seats (by name of the play) come into these states, each with its reason where one is given."""
        names = {"seat": SEAT, "colleague": COLLEAGUE, "far": FAR}

        async def there() -> bool:
            items = (await play.stage.get("/v1/seats"))["items"]
            now = {(item["switchboard"], item["seat"]): (item["state"], item["why"]) for item in items}
            found = {name: now.get(names[name], ("", "")) for name in states}
            return all(wanted in (found[name][0], " ".join(found[name])) for name, wanted in states.items())

        await play.eventually(there, f"{states}", 8)
        play.say("seats", ", ".join(f"{name} {state}" for name, state in states.items()))

    await are(seat="ready", colleague="ready", far="ready")
    await seat.call("1002")
    await are(seat="on_call.talk", colleague="ringing")
    await colleague.wait_ring()
    await colleague.answer()
    await are(seat="on_call.talk", colleague="on_call.talk")
    await seat.diary.wait("answered")  # its own phone may know later than the switchboard
    await seat.hang_up()
    await are(seat="ready", colleague="ready")
    await play.stage.post("/v1/seats/12345/1002/pause", {"reason": "lunch"})
    await are(colleague="paused lunch")
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await are(seat="on_call.talk", far="ringing")
    await far.answer()
    await are(seat="on_call.three_way", far="on_call.three_way")
    await seat.hang_up()
    await are(seat="ready", far="on_call.talk")
    await play.stage.post("/v1/seats/12345/1001/pause", {"reason": "break"})
    await play.stage.post("/v1/seats/12345/1002/unpause", {})
    await are(seat="paused break", colleague="ready")
    pressed = await play.press(far)  # back home: the queue there is rung by a Local channel
    await play.rings(colleague, pressed)
    await are(colleague="ringing", far="on_call.talk")
    await colleague.answer()
    await are(colleague="on_call.talk", far="on_call.talk")  # it has been asked whether it accepts
    await play.press(colleague, ACCEPT)
    await are(colleague="on_call.three_way", far="on_call.three_way")
    await far.hang_up()
    await are(colleague="on_call.talk", far="ready")
    await play.finish(colleague, caller)
    await play.stage.post("/v1/seats/12345/1001/unpause", {})
    await colleague.stop()
    await are(seat="ready", colleague="offline")
