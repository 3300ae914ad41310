"""The stories: what must be true when people use the key. One name each, here, in the tests and in ``docs/transfers.md``.

A story is a coroutine over a stage. It moves phones as people would, says what must be so (``play.must``), and listens: who
hears whom is read from received audio, never from a display.
"""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulators.listening import longest_silence_ms, who_is_heard
from simulators.manners import SEED
from simulators.phone import PhoneError, Ring
from simulators.pyvoip_phone import PyVoipPhone
from simulators.stage import RING_S, Stage, eventually

LISTEN_S = 0.4
"""How long a phase is listened to: 20 packets of each party."""
SETTLE_S = 0.12
"""After a change, before listening: a person needs longer to say a word."""
READING_S = 1.1
"""A seat that hangs up sooner after its target has failed cannot have read it; its caller goes on to another person."""
KEY = "*1"


class StoryFailed(Exception):
    """A story did not go as it must: what was expected, and what was so instead."""


@dataclass
class Play:
    """One performance. ``ladder`` holds (ms since the curtain, who, what)."""

    name: str
    stage: Stage
    began: float = field(default_factory=time.monotonic)
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    """When it began, as the API writes an instant: what was pressed before is another play's."""
    measures: dict[str, float] = field(default_factory=dict)
    notes: list[tuple[float, str, str]] = field(default_factory=list)

    def say(self, who: str, what: str, at: float | None = None) -> None:
        """Add a line to the ladder."""
        self.notes.append((at if at is not None else time.monotonic(), who, what))

    def must(self, true: Any, what: str) -> None:
        """A fact that the story holds. Raises StoryFailed if it is not so."""
        if not true:
            raise StoryFailed(f"{self.name}: {what}")

    def ladder(self) -> list[dict[str, Any]]:
        """Everything that happened, in order, in ms since the beginning."""
        lines = list(self.notes)
        for phone in self.cast:
            lines += [(line.at, phone.name, f"{line.word} {line.detail}".strip()) for line in phone.diary.lines]
        return [
            {"ms": round(1000 * (at - self.began), 1), "who": who, "what": what}
            for at, who, what in sorted(lines)
            if at >= self.began - 0.001
        ]

    cast: list[Any] = field(default_factory=list)
    _exact_keys: bool = True

    # --- scenes that many stories share -----------------------------------------------------------------------------------

    async def phones(self, *roles: tuple[str, str] | tuple[str, str, str | type[PyVoipPhone]]) -> list[Any]:
        """Registered phones, in the order asked for."""
        self.cast = list(await asyncio.gather(*(self.stage.phone(*role) for role in roles)))
        return self.cast

    async def connect(self, caller: Any, seat: Any) -> None:
        """The caller dials the hotline and a seat answers."""
        hotline = "12345" if seat.account.number.startswith("1") else "110"
        await caller.call(hotline)
        await seat.wait_ring(after=self.began)
        await seat.answer()
        await caller.diary.wait("answered", after=self.began, who="caller")
        await self.hears(caller, {seat})

    async def hears(self, listener: Any, expected: set[Any], within_s: float = 3.0) -> None:
        """The listener hears exactly these parties, for most of a listening time."""
        names = {phone.name for phone in expected}
        tones = {name: hz for name, hz in self.stage.tones.items() if name != listener.name}
        heard: set[str] = set()
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            since = time.monotonic() + SETTLE_S
            await asyncio.sleep(SETTLE_S + LISTEN_S)
            heard = who_is_heard(listener.heard(), tones, since, since + LISTEN_S - 0.04)
            if heard == names:
                self.say(listener.name, f"hears {', '.join(sorted(heard)) or 'nobody'}", since)
                return
        self.must(False, f"{listener.name} hears {sorted(heard)}, not {sorted(names)}")

    async def press(self, seat: Any, key: str = KEY) -> float:
        """A key; returns the instant at which its last digit ended."""
        began = time.monotonic()
        ended: float = await seat.press(key)
        # Only our own kind of phone knows when a digit's last packet left; PJSIP plays keys from a queue of its own.
        self._exact_keys = isinstance(seat, PyVoipPhone)
        return ended if self._exact_keys else began

    async def refer(self, seat: Any, number: str) -> None:
        """The transfer button of a phone that has a caller."""
        await seat.refer(number)

    async def rings(self, phone: Any, pressed: float) -> Ring:
        """The far phone rings, with the tag and the signed id on its first ring."""
        ring: Ring = await phone.wait_ring(after=pressed)
        if self._exact_keys:
            self.measures["press_to_ring_ms"] = round(1000 * (ring.at - pressed), 1)
        return ring

    def shows_context(self, ring: Ring, caller: Any, home: str) -> None:
        """The far phone's display: the tag, the caller's number, and (where the phone shows headers) the signed id."""
        self.must(ring.name.startswith(f"[{home}转]"), f"the display shows {ring.name!r}, not the tag [{home}转]")
        self.must(ring.number == caller.account.number, f"the display shows {ring.number}, not the caller's number")
        if ring.headers:
            self.must("user-to-user" in ring.headers, f"no User-to-User among {sorted(ring.headers)}")
            info = ring.headers.get("call-info", "")
            self.must(info.endswith("?format=eido>;purpose=emergency-eido"), f"Call-Info is {info!r}")

    async def context_from(self, ring: Ring) -> dict[str, Any]:
        """The record that the far side fetches with the id from the header."""
        octets = ring.headers["user-to-user"].split(";")[0]
        context_id = bytes.fromhex(octets).decode().split(".")[1]
        record: dict[str, Any] = await self.stage.get(f"/v1/contexts/{context_id}")
        self.say("far side", f"GET /v1/contexts/{context_id}: version {record['version']}")
        return record

    async def outcome(self, outcome: str, reason: str = "", number: int = -1, within_s: float = 8.0) -> dict[str, Any]:
        """The last transfer ends like this, and exactly once."""
        found: dict[str, Any] = {}

        async def ended() -> bool:
            transfers = [t for t in await self.stage.transfers() if t["pressed_at"] >= self.since]
            found.update(transfers[number] if len(transfers) >= max(1, -number) else {})
            return bool(found.get("outcome"))

        try:
            await eventually(ended, "the transfer ends", within_s)
        except PhoneError:
            self.must(False, f"the transfer has no outcome, it is {found.get('state')}")
        self.must(found["outcome"] == outcome, f"the outcome is {found['outcome']} ({found['reason']}), not {outcome}")
        self.must(not reason or found["reason"] == reason, f"the reason is {found['reason']}, not {reason}")
        ends = [line for line in found["history"] if line["state"] == "ended"]
        self.must(len(ends) == 1, f"the transfer ended {len(ends)} times")
        self.say("gateway", f"{found['outcome']}: {found['reason']}")
        return found

    def measure_silence(self, caller: Any, since: float, until: float) -> None:
        """The longest silence that the caller heard around the transfer."""
        if not self._exact_keys:
            return  # while a key is down the caller hears nothing of the seat; here its end is not known
        silence = longest_silence_ms(caller.heard(), since, until)
        self.measures["caller_silence_ms"] = round(max(silence, self.measures.get("caller_silence_ms", 0.0)), 1)

    async def read(self, seat: Any, after: float) -> str:
        """The seat reads why its transfer has failed, as a person does: a second later it goes on."""
        text = await seat.diary.wait("text", after=after, who="seat")
        await asyncio.sleep(READING_S)
        return str(text.detail)

    async def finish(self, last: Any, caller: Any) -> None:
        """The last person hangs up; the caller's call ends, and nothing is left."""
        began = time.monotonic()
        await last.hang_up()
        await caller.diary.wait("hung_up", after=began - 0.1, within_s=6, who="caller")


Story = Callable[[Play], Awaitable[None]]
STORIES: dict[str, Story] = {}
"""The main job: what the demo plays."""
MODES: dict[str, Story] = {}
"""Every other mode, acceptance, ladder and trigger (``stories_modes``); played with rules of their own."""
DATA: dict[str, Story] = {}
"""Stores and platforms that fail (``stories_data``); played with a platform of 110 and a database on a disk of its own."""
CALLS: dict[str, Story] = {}
"""What only a real Asterisk shows: audio, SIP's own transfers, forwards, second lines. Played there alone: the toy has no media and no
phones of its own that refer, and a story of these on it would prove the toy."""


def story(function: Story) -> Story:
    """Enter a story under its own name."""
    STORIES[function.__name__] = function  # type: ignore[attr-defined]
    return function


def call_story(function: Story) -> Story:
    """Enter a story of real calls under its own name."""
    CALLS[function.__name__] = function  # type: ignore[attr-defined]
    return function


async def perform(name: str, stage: Stage, make: Callable[[str, Stage], Play] = Play) -> Play:
    """Play one story on a stage. Raises StoryFailed or PhoneError; the play then carries the ladder as ``error.play``."""
    play = make(name, stage)
    stage.manners.begin(name)
    if not stage.gateway_pid:
        await stage.gateway_up()  # the story before may have ended without one
    play.say("stage", f"{SEED}={stage.manners.seed} deals the same phones")
    try:
        await (STORIES | MODES | DATA | CALLS)[name](play)
        await stage.clear()
        await stage.empty()
    except (StoryFailed, PhoneError) as error:
        error.play = play  # type: ignore[union-attr]
        raise
    finally:
        await stage.clear()
    return play


# --- the main job -----------------------------------------------------------------------------------------------------


async def _warm(play: Play, caller: Any, seat: Any, far: Any, home: str) -> None:
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    play.shows_context(ring, caller, home)
    if ring.headers:
        record = await play.context_from(ring)
        play.must(record["home"] == home, f"the context's home is {record['home']}")
        play.must(record["seats"][0]["seat"] == seat.name, f"the context names {record['seats']}")
    await play.hears(caller, {seat})  # caller and seat go on talking while it rings
    await far.answer()
    await asyncio.gather(
        play.hears(caller, {seat, far}), play.hears(seat, {caller, far}), play.hears(far, {caller, seat})
    )
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    await play.finish(far, caller)


@story
async def warm_12345_to_110(play: Play) -> None:
    """A citizen calls 12345, the seat presses, 110 rings with the context, three talk, the seat leaves, two go on."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await _warm(play, caller, seat, far, "12345")


@story
async def warm_110_to_12345(play: Play) -> None:
    """The same from 110 to 12345, with the other kind of phone at the seat that presses."""
    caller, seat, far = await play.phones(("110", "13900000001"), ("110", "2001", "pjsip"), ("12345", "1001"))
    await _warm(play, caller, seat, far, "110")


@story
async def there_and_back(play: Play) -> None:
    """12345 -> 110 -> back to 12345: the call ends with one trunk leg fewer, not one more."""
    caller, seat, far, second = await play.phones(
        ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"), ("12345", "1002")
    )
    second.refuse_with = 486  # not yet: the first seat shall take the call
    await play.connect(caller, seat)
    await play.press(seat)
    await far.wait_ring(after=play.began)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    trunks = len([c for c in play.stage.channels("12345") if c[0].startswith("PJSIP/trunk-")])
    play.must(trunks == 1, f"{trunks} trunk legs with 110, not 1")
    seat.refuse_with, second.refuse_with = 486, None
    pressed = await play.press(far)
    ring = await play.rings(second, pressed)
    play.must(ring.name.startswith("[110转]"), f"the display shows {ring.name!r}, not the tag [110转]")
    await play.hears(caller, {far})
    await second.answer()
    await asyncio.gather(play.hears(caller, {far, second}), play.hears(far, {caller, second}))
    await far.hang_up()
    await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    await play.outcome("completed", "transferer_left")
    left = [c[0] for side in ("12345", "110") for c in play.stage.channels(side) if c[0].startswith("PJSIP/trunk-")]
    play.must(not left, f"trunk legs left: {left}")
    await play.finish(second, caller)


# --- targets that fail ------------------------------------------------------------------------------------------------


@story
async def no_answer_stays_with_seat(play: Play) -> None:
    """Nobody answers at 110: the caller never left the seat, and the seat reads why."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.diary.wait("cancelled", after=pressed, within_s=RING_S + 4, who="far")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    await play.outcome("failed", "no_answer")
    await play.read(seat, pressed)
    await play.finish(seat, caller)


@story
async def target_busy_stays_with_seat(play: Play) -> None:
    """Every seat of 110 is busy: the caller stays with the seat, which reads why within a moment."""
    caller, seat, other, far = await play.phones(
        ("12345", "13800000001"), ("12345", "1001"), ("110", "13900000001"), ("110", "2001")
    )
    await play.connect(other, far)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    text = await seat.diary.wait("text", after=pressed, who="seat")
    play.measures["press_to_reason_ms"] = round(1000 * (text.at - pressed), 1)
    play.must("忙" in text.detail, f"the seat reads {text.detail!r}")
    await play.outcome("failed", "busy")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(far, {other}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    await play.read(seat, pressed)
    await play.finish(seat, caller)


# --- the seat leaves early ----------------------------------------------------------------------------------------------


@story
async def seat_leaves_while_ringing_target_answers(play: Play) -> None:
    """The seat hangs up while 110 rings: the caller hears music, and 110, on the other kind of phone, takes the call."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001", "pjsip"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await seat.hang_up()
    await play.hears(caller, set())  # music, and no person
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def seat_leaves_while_ringing_target_fails(play: Play) -> None:
    """The seat hangs up and 110 does not answer: the caller comes to a seat of 12345 before everybody who waits."""
    caller, seat, far, waiting = await play.phones(
        ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"), ("12345", "13800000002")
    )
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    seat.refuse_with = 486  # busy with paper work: the second caller waits, and must not overtake the first
    await seat.hang_up()
    await waiting.call("12345")
    await waiting.diary.wait("answered", after=play.began, who="waiting")  # by the queue's music
    await far.diary.wait("cancelled", after=pressed, within_s=RING_S + 4, who="far")
    await play.outcome("failed", "no_answer")

    def first() -> bool:
        return (
            re.search(r"^ *1\. PJSIP/13800000001-", play.stage.console("12345", "queue show 12345"), re.M) is not None
        )

    # The second has waited for five seconds, the first for a moment: he stands before him all the same.
    await eventually(lambda: asyncio.to_thread(first), "the caller is back at the head of the queue")
    back = time.monotonic()
    seat.refuse_with = None
    ring = await seat.wait_ring(after=back, within_s=8)
    if ring.number != caller.account.number:  # the head has just been refused, and the next was asked meanwhile
        back = time.monotonic()
        await seat.decline()
        ring = await seat.wait_ring(after=back, within_s=8)
    play.must(ring.number == caller.account.number, f"{ring.number} overtook the caller")
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    await waiting.hang_up()
    await play.finish(seat, caller)


@story
async def caller_hangs_up_while_ringing(play: Play) -> None:
    """The caller gives up while 110 rings: 110's phone stops at once, and the outcome says so."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    left = time.monotonic()
    await caller.hang_up()
    stopped = await far.diary.wait("cancelled", after=pressed, who="far")
    play.measures["hang_up_to_ring_stops_ms"] = round(1000 * (stopped.at - left), 1)
    await play.outcome("caller_hung_up", "caller_hung_up")
    await seat.diary.wait("hung_up", "text", after=left, who="seat")


# --- one press, one leg -------------------------------------------------------------------------------------------------


@story
async def double_press_rings_once(play: Play) -> None:
    """Two presses in a row: 110 rings once, and each press has one outcome."""
    caller, seat, far, spare = await play.phones(
        ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"), ("110", "2002")
    )
    await play.connect(caller, seat)
    before = len(await play.stage.transfers())
    pressed = await play.press(seat)
    await play.press(seat)
    first = await _whoever_rings(play, [far, spare], pressed)
    await asyncio.sleep(1.0)  # a second leg would have rung by now
    rung = [phone.name for phone in (far, spare) if phone.diary.find("ringing", after=pressed)]
    play.must(rung == [first.name], f"{rung} rang")
    await first.answer()
    await play.hears(caller, {seat, first})
    await seat.hang_up()
    await play.hears(caller, {first})
    await play.outcome("completed", number=-2)
    await play.outcome("failed", "already_ringing")
    play.must(len(await play.stage.transfers()) == before + 2, "two presses have two outcomes")
    await play.finish(first, caller)


async def _whoever_rings(play: Play, phones: list[Any], after: float, within_s: float = 8.0) -> Any:
    def ringing() -> Any:
        return next((phone for phone in phones if phone.diary.find("ringing", after=after)), None)

    phone = await eventually(ringing, "a phone rings", within_s)
    line = phone.diary.find("ringing", after=after)
    play.measures["press_to_ring_ms"] = round(1000 * (line.at - after), 1)
    return phone


# --- the gateway dies -----------------------------------------------------------------------------------------------------


async def _three_then_two(play: Play, caller: Any, seat: Any, far: Any) -> None:
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))


@story
async def gateway_killed_before_press(play: Play) -> None:
    """The gateway is dead: the key works all the same, and a gateway that comes back adopts the transfer."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await play.connect(caller, seat)
    await play.stage.gateway_down(signal.SIGKILL)
    play.say("gateway", "killed")
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    play.shows_context(ring, caller, "12345")  # the id too: the caller's channel has carried it since it arrived
    await far.answer()
    await play.hears(caller, {seat, far})
    await play.stage.gateway_up()
    play.say("gateway", "is back")
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    await play.finish(far, caller)


@story
async def gateway_killed_while_ringing(play: Play) -> None:
    """The gateway dies while 110 rings: the ringing target still joins when it answers."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await play.stage.gateway_down(signal.SIGKILL)
    play.say("gateway", "killed")
    await asyncio.sleep(0.8)  # it must not ring a second time
    await far.answer()
    await _three_then_two(play, caller, seat, far)
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    play.must(len([line for line in far.diary.lines if line.word == "ringing"]) == 1, "the target rang twice")
    await play.stage.gateway_up()
    play.say("gateway", "is back")
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def gateway_killed_after_answer(play: Play) -> None:
    """The gateway dies while three talk: nobody notices, and its successor writes the outcome once."""
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await play.stage.gateway_down(signal.SIGKILL)
    play.say("gateway", "killed")
    await play.hears(caller, {seat, far})
    await play.stage.gateway_up()
    play.say("gateway", "is back")
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed, time.monotonic() - 0.1)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def gateway_wakes_behind_the_press(play: Play) -> None:
    """The gateway is frozen at the press and wakes behind it, five times: 110 has rung by the plan, one leg each time, and the record is whole."""
    caller, seat, far, spare = await play.phones(
        ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"), ("110", "2002")
    )
    await play.connect(caller, seat)
    rang_ms = []
    for behind_ms in (0, 2, 5, 20, 700):
        play.stage.gateway_pause(True)
        try:
            pressed = await play.press(seat)
            await asyncio.sleep(behind_ms / 1000)
        finally:
            play.stage.gateway_pause(False)
        rung = await _whoever_rings(play, [far, spare], pressed)
        rang_ms.append(play.measures["press_to_ring_ms"])
        await asyncio.sleep(0.3)
        legs = [c[0] for c in play.stage.channels("12345") if c[0].startswith("PJSIP/trunk-")]
        phones = [phone.name for phone in (far, spare) if phone.diary.find("ringing", after=pressed)]
        play.must(len(legs) == 1 and len(phones) == 1, f"legs {legs}, phones {phones}, {behind_ms} ms behind")
        other = spare if rung is far else far
        await rung.decline(603)
        await other.wait_ring(after=pressed)  # the queue asks the next seat of 110; it declines too
        await other.decline(603)
        transfer = await play.outcome("declined", "declined")
        play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
        play.must(transfer["transferer"]["seat"] == seat.name, f"the transferer is {transfer['transferer']}")
    play.measures["press_to_ring_ms"] = max(rang_ms)
    await play.hears(caller, {seat})
    await play.read(seat, pressed)
    await play.finish(seat, caller)
