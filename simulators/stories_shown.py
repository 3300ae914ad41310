"""Stories of what people see: whose number a phone shows, whom a text is from, by whose hand a transfer was begun, how much of a place.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from typing import Any

from simulators.odd_phones import DisplayPhone
from simulators.onekey import ask, eventually, onekey
from simulators.outside import gateway_back, gateway_killed
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_modes import ACCEPT

CALLER, SEAT, COLLEAGUE = ("12345", "13800000001"), ("12345", "1001", DisplayPhone), ("12345", "1002", DisplayPhone)
FAR, FAR_COLLEAGUE = ("110", "2001", DisplayPhone), ("110", "2002", DisplayPhone)
TALK_S = 2.2
"""Whoever had the caller before has left long ago when the last person goes."""
FOLLOWED_S = 1.0
"""By then the dialplan has seen whether a gateway says what a press has come to."""


# --- whose number -----------------------------------------------------------------------------------------------------------------


async def _hands_over(play: AsteriskPlay, caller: Any, seat: Any, number: str, other: Any) -> None:
    """The seat asks on its second line and hands the caller over by its phone: the other phone showed the seat, and now the caller."""
    began = time.monotonic()
    await seat.consult(number)
    ring = await other.wait_ring(after=began)
    play.must(ring.number == seat.account.number, f"{other.name} shows {ring.number} before it has the caller")
    await other.answer()
    await play.hears(other, {seat})
    own = [line.detail for line in seat.diary.lines if line.word == "shows" and line.at >= began]
    known = (other.account.number, number)  # who answered, or what was dialled
    play.must(not own or own[-1] in known, f"{seat.name} talks with {other.name} and shows {own}")
    handed = time.monotonic()
    await seat.hand_over()
    await asyncio.gather(play.hears(caller, {other}), play.hears(other, {caller}))
    await _shows(play, other, caller.account.number, handed)


async def _shows(play: AsteriskPlay, phone: Any, number: str, after: float) -> None:
    """The phone is told whom it has, and nobody else behind it."""

    def told() -> list[str]:
        return [line.detail for line in phone.diary.lines if line.word == "shows" and line.at >= after]

    await eventually(lambda: told()[-1:] == [number], f"{phone.name} shows the caller", 2.0)
    await asyncio.sleep(0.3)
    play.must(told()[-1] == number, f"{phone.name} shows {told()}")


async def _handed(play: AsteriskPlay, side: str, seat: str) -> None:
    """The hand-over stands in the log with the seat and the hand."""

    async def found() -> Any:
        last = (await play.pressed_transfers() or [{"reason": ""}])[-1]
        return last if last["reason"] == "handed_over" and last["transferer"]["seat"] == seat else None

    record = await eventually(found, "the hand-over is written down", 3)
    play.must(record["transferer"] == {"switchboard": side, "seat": seat}, f"by {record['transferer']}")
    play.must(record["pressed_by"] == "attended", f"pressed by {record['pressed_by']}")


@call_story
async def handed_over_shows_the_caller(play: AsteriskPlay) -> None:
    """Handed over by a phone of his home, to a colleague and to 110: each phone showed the seat, and shows the caller; the seat's showed whom it asked."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    for number, other in (("1002", colleague), ("110", far)):
        colleague.refuse_with = 486
        began = time.monotonic()
        await caller.call("12345")
        await seat.wait_ring(after=began)
        await seat.answer()
        await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
        colleague.refuse_with = None
        await _hands_over(play, caller, seat, number, other)
        await _handed(play, "12345", "1001")
        await asyncio.sleep(TALK_S)
        await play.finish(other, caller)
        await play.stage.empty()


@call_story
async def handed_over_by_110_shows_the_caller(play: AsteriskPlay) -> None:
    """Handed over by a phone of 110, to a colleague there and to a seat of his home: each phone showed that seat, and shows the caller."""
    caller, seat, far, colleague, far_colleague = await play.phones(CALLER, SEAT, FAR, COLLEAGUE, FAR_COLLEAGUE)
    for number, other in (("2002", far_colleague), ("12345", colleague)):
        colleague.refuse_with = far_colleague.refuse_with = 486
        seat.refuse_with = None
        began = time.monotonic()
        await caller.call("12345")
        await seat.wait_ring(after=began)
        await seat.answer()
        await play.hears(caller, {seat})
        pressed = await play.press(seat)
        await play.rings(far, pressed)
        await far.answer()
        await play.hears(caller, {seat, far})
        await seat.hang_up()
        await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
        seat.refuse_with, other.refuse_with = 486, None
        await _hands_over(play, caller, far, number, other)
        await _handed(play, "110", "2001")
        await asyncio.sleep(TALK_S)
        await play.finish(other, caller)
        await play.stage.empty()


@call_story
async def handed_over_and_kept_confidential(play: AsteriskPlay) -> None:
    """A number that is kept confidential, handed over by phone: 12345's phone is not told it, also not once it has the caller; 110's is."""
    people = await play.phones(("110", "13900000001"), FAR, SEAT, CALLER)
    citizen, far, seat, caller = people
    for who, asks, other, home, number in (
        (citizen, far, seat, "110", "12345"),
        (caller, seat, far, "12345", "110"),
    ):
        began = time.monotonic()
        await who.call(home)
        await asks.wait_ring(after=began)
        await asks.answer()
        await asyncio.gather(play.hears(who, {asks}), play.hears(asks, {who}))
        (call,) = (await play.stage.get("/v1/calls"))["items"]
        record = await play.stage.get(f"/v1/contexts/{call['context']}")
        seen = {"If-Match": f'"{record["version"]}"'}
        status, _ = await play.stage.ask("PATCH", f"/v1/contexts/{record['id']}", {"confidential": True}, seen)
        play.must(status == 200, f"the edit was answered with {status}")
        await asyncio.sleep(0.2)  # until Asterisk knows, too
        asked = time.monotonic()
        await asks.consult(number)
        await other.wait_ring(after=asked)
        await other.answer()
        await play.hears(other, {asks})
        handed = time.monotonic()
        await asks.hand_over()
        await asyncio.gather(play.hears(who, {other}), play.hears(other, {who}))
        await _shows(play, other, "anonymous" if number == "12345" else who.account.number, handed)
        if number == "12345":
            play.must(who.account.number not in other.numbers_sent, f"{other.name} is sent {other.numbers_sent}")
        await asyncio.sleep(TALK_S)
        await play.finish(other, who)
        await play.stage.empty()


# --- whom a text is from ------------------------------------------------------------------------------------------------------------


async def _from_onekey(play: AsteriskPlay, seat: Any, words: str, after: float) -> None:
    """The seat reads this, and the message's From is a name of ours at the switchboard, not the seat's own."""
    text = await seat.diary.wait("text", after=after, who=seat.name)
    play.must(words in text.detail, f"{seat.name} reads {text.detail!r}")
    sender = seat.diary.find("text_from", after=after).detail
    host = play.stage.lab["switchboards"]["110" if seat.name.startswith("2") else "12345"]["sip"]["host"]
    play.must(re.fullmatch(rf"sip:onekey@{re.escape(host)}(:\d+)?", sender), f"{seat.name} has a text from {sender}")


@call_story
async def texts_come_from_a_name(play: AsteriskPlay) -> None:
    """A text is from a name and not from the seat's own number: the gateway's at 12345 and at 110, and the dialplan's, with the gateway dead."""
    caller, seat, far, water = await play.phones(CALLER, SEAT, FAR, ("12345", "water"))
    await play.connect(caller, seat)
    (call,) = (await play.stage.get("/v1/calls"))["items"]
    record = await play.stage.get(f"/v1/contexts/{call['context']}")
    seen = {"If-Match": f'"{record["version"]}"'}
    said = {"language": "bo", "summary": "楼上装修，噪音扰民"}
    status, _ = await play.stage.ask("PATCH", f"/v1/contexts/{record['id']}", said, seen)
    play.must(status == 200, f"the edit was answered with {status}")

    async def planned() -> bool:
        told = await play.stage.values("12345", "ONEKEY_PLAN_12345_water")
        return any(name.startswith("PJSIP/13800000001") and ":no:" in value for name, value in told)

    await eventually(planned, "the plan of this call rings nobody at water")
    pressed = await play.press(seat, "*51")
    await _from_onekey(play, seat, "供水没有会藏语的坐席", pressed)
    await asyncio.sleep(FOLLOWED_S)
    play.must(len(play.texts(seat, pressed)) == 1, f"the seat reads {play.texts(seat, pressed)}")
    await gateway_killed(play)
    pressed = await play.press(seat, "*51")
    await _from_onekey(play, seat, "供水没有会藏语的坐席", pressed)
    play.must(water.diary.find("ringing") is None, "water rings")
    await gateway_back(play)
    pressed = await play.press(seat, "*A")
    await far.wait_ring(after=pressed, within_s=15)
    await _from_onekey(play, far, said["summary"], pressed)
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)


# --- by whose hand ------------------------------------------------------------------------------------------------------------------


async def _key(play: AsteriskPlay, seat: Any) -> None:
    await play.press(seat)


async def _refer(play: AsteriskPlay, seat: Any) -> None:
    await play.refer(seat, "110")


async def _api(play: AsteriskPlay, seat: Any) -> None:
    await play.stage.post("/v1/transfers", {"target": "110", "switchboard": "12345", "seat": seat.account.number})


async def _console(play: AsteriskPlay, seat: Any) -> None:
    """A token of the seat's own is its console's."""
    api = await _reader(play, "12345", "transfer", seat=seat.account.number)
    wish = {"target": "110", "switchboard": "12345", "seat": seat.account.number}
    status, answer = await asyncio.to_thread(ask, api, "POST", "/v1/transfers", wish)
    play.must(status == 202, f"the console was answered {status}: {answer}")


async def _button(play: AsteriskPlay, seat: Any) -> None:
    wish = {"action": "transfer", "target": "110", "switchboard": "12345", "seat": seat.account.number}
    url = (await play.stage.post("/v1/action-urls", wish))["url"]

    def fetch() -> int:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)

    status = await asyncio.to_thread(fetch)
    play.must(status == 202, f"the button was answered {status}")


@call_story
async def each_hand_is_written_down(play: AsteriskPlay) -> None:
    """The same caller goes to 110 by key, transfer button, request, console and action URL: each transfer's record says which it was."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    hands = {"key": _key, "refer": _refer, "api": _api, "console": _console, "button": _button}
    for hand, press in hands.items():
        began = time.monotonic()
        await caller.call("12345")
        await seat.wait_ring(after=began)
        await seat.answer()
        await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
        pressed = time.monotonic()
        await press(play, seat)
        await far.wait_ring(after=pressed)
        await far.answer()
        if hand != "refer":
            await play.hears(far, {caller, seat})
            await seat.hang_up()
        await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
        transfer = await play.outcome("completed", "transferer_left", of=1 + list(hands).index(hand))
        play.must(transfer["pressed_by"] == hand, f"{hand}: the record says {transfer['pressed_by']!r}")
        play.must(transfer["transferer"]["seat"] == "1001", f"{hand}: by {transfer['transferer']}")
        await asyncio.sleep(TALK_S)
        await play.finish(far, caller)
        await play.stage.empty()


# --- how much of a place --------------------------------------------------------------------------------------------------------------

PLACE = "天津市南开区长江道12号4号楼3门501室"
SEEN = {"110": (PLACE, 117.15), "12345": ("天津市南开区…", None)}
"""Place and longitude, as far as a reader of a switchboard has them, be it the caller's home or not."""


async def _reader(play: AsteriskPlay, side: str, *scopes: str, seat: str = "") -> dict[str, Any]:
    """The API with a token of a switchboard's, or of one seat of it."""
    where = ["--config", str(play.stage.config)] if play.stage.config.exists() else ["--lab", play.stage.name]
    words = ["--switchboard", side, *(["--seat", seat] if seat else []), f"story-{side}"]
    scope = [word for name in scopes for word in ("--scope", name)]
    made = await asyncio.to_thread(onekey, "token", "create", *where, *scope, *words)
    api = {**play.stage.lab["api"], "token": max(re.findall(r"[0-9A-Za-z_-]{20,}", made), key=len)}

    async def known() -> bool:
        return (await asyncio.to_thread(ask, api, "GET", "/v1/transfers?limit=1"))[0] not in (0, 401)

    await eventually(known, "the token is known")
    return api


@call_story
async def who_drives_there_reads_the_place(play: AsteriskPlay) -> None:
    """The rules let 110 read the whole place, and nobody else: its phone and its readers have the door; 12345's have the beginning of it."""
    people = await play.phones(CALLER, SEAT, FAR, ("110", "13900000001"))
    caller, seat, far, citizen = people
    readers = {side: await _reader(play, side, "read") for side in ("12345", "110")}
    await _given(play, (caller, seat, far), readers, home="12345", there="110")
    await _given(play, (citizen, far, seat), readers, home="110", there="12345")


async def _given(
    play: AsteriskPlay, people: tuple[Any, Any, Any], readers: dict[str, dict[str, Any]], *, home: str, there: str
) -> None:
    """A seat writes down where its caller is and presses: what the other side's phone shows, and what both sides' readers get."""
    caller, seat, far = people
    began = time.monotonic()
    await caller.call(home)
    await seat.wait_ring(after=began)
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    (call,) = (await play.stage.get("/v1/calls"))["items"]
    path = f"/v1/contexts/{call['context']}"
    record = await play.stage.get(path)
    seen = {"If-Match": f'"{record["version"]}"'}
    said = {"location": PLACE, "longitude": 117.15, "latitude": 39.13, "summary": "噪音扰民"}
    status, _ = await play.stage.ask("PATCH", path, said, seen)
    play.must(status == 200, f"the edit was answered with {status}")
    status, _ = await asyncio.to_thread(ask, readers[there], "GET", path)
    play.must(status == 404, f"{there} is answered {status} before the matter is given to it")
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    text = await far.diary.wait("text", after=pressed, who="far")
    shown = SEEN[there][0]
    play.must(f"{shown}；" in text.detail, f"the phone at {there} shows {text.detail!r}, not {shown}")
    await far.answer()
    await far.diary.wait("answered", after=pressed, who="far")
    if there == "12345":  # where the rules ask for it
        await far.press(ACCEPT)
    await play.hears(caller, {seat, far})
    for side, api in readers.items():
        status, view = await asyncio.to_thread(ask, api, "GET", path)
        play.must(status == 200, f"GET {path}: {status}")
        seen_there = (view["location"], view["longitude"])
        play.must(seen_there == SEEN[side], f"a reader of {side} has {seen_there}, not {SEEN[side]}")
        play.must("*" in view["caller_number"], f"the number is {view['caller_number']}")
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)
    await play.stage.empty()
