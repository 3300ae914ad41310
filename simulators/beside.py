"""What a campaign's transfer has beside its press: how the seat got its caller, what other seats do meanwhile, and who hears whom at the end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from simulators.listening import who_is_heard
from simulators.odd_phones import ForwardingPhone
from simulators.onekey import eventually
from simulators.phone import PhoneError

if TYPE_CHECKING:
    from simulators.persons import Scene

SETUP_S = 25.0
REDIALS = 4
"""How often a seat calls a colleague again whose phone was busy ringing for a caller."""
TALKERS = {"12345": ("1004", "1005"), "110": ("2002", "2003")}
"""Two seats of the caller's home who talk among themselves; at 12345 the first may forward instead."""
FORWARDS_TO = ("110", "1005", "9999999")
WINDOW_S = 0.5
DEAF_S = 4.0
"""Whoever has not heard all the others once within this time is deaf."""
GOODBYE_S = 0.4


class Beside:
    """The part of one scene that is not the press."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._plan = scene, scene.plan
        self._dice = random.Random(scene.plan.number)

    def cast(self) -> dict[str, Coroutine[Any, Any, Any]]:
        """The phones that are there only for this."""
        plan, stage = self._plan, self._scene.stage
        names = TALKERS[plan.home]
        if plan.aside == "forwards" and plan.home == "12345":
            return {"forwarder": stage.phone(plan.home, names[0], ForwardingPhone)}
        if plan.aside == "between":
            return {"talker": stage.phone(plan.home, names[0]), "talked to": stage.phone(plan.home, names[1])}
        return {}

    def ready(self) -> None:
        """Before anybody calls: the phone forwards, and the two seats are not there for callers."""
        phones = self._scene.phones
        if "forwarder" in phones:
            phones["forwarder"].forwards_to = self._dice.choice(FORWARDS_TO)
        for role in ("talker", "talked to"):
            if role in phones:
                phones[role].refuse_with = 486

    # --- how the seat got its caller ------------------------------------------------------------------------------------

    async def hand_to_seat(self) -> None:
        """A colleague asks the seat on its second line, and joins the two."""
        giver, seat = self._scene.phones["giver"], self._scene.seat
        since = time.monotonic()
        seat.refuse_with = None
        await giver.consult(seat.account.number)
        await seat.wait_ring(after=since, within_s=SETUP_S)
        await seat.answer()
        await giver.diary.wait("answered", after=since, within_s=SETUP_S)
        await asyncio.sleep(0.3)
        await giver.hand_over()
        await asyncio.sleep(0.6)

    async def call_back(self) -> None:
        """The caller gives up while a target rings, and his seat calls him back."""
        scene = self._scene
        caller, seat, home = scene.caller, scene.seat, self._plan.home
        targets = [phone for role, phone in scene.phones.items() if role.startswith("target")]
        if not targets:
            return  # nobody could ring
        targets[0].refuse_with = None
        await seat.press("*1")
        await targets[0].wait_ring(within_s=SETUP_S)
        since = time.monotonic()
        await caller.hang_up()
        await targets[0].diary.wait("cancelled", after=since, within_s=SETUP_S)
        targets[0].refuse_with = 486
        await scene.stage.empty()

        async def task() -> Any:
            items = (await scene.stage.get(f"/v1/callbacks?state=open&home={home}"))["items"]
            number = caller.account.number
            return next((item for item in items if item["number"] == f"{number[:3]}****{number[-4:]}"), None)

        found = await eventually(task, "the call-back task is open")
        since = time.monotonic()
        body = {"switchboard": home, "seat": seat.account.number}
        await scene.stage.post(f"/v1/callbacks/{found['id']}/dial", body)
        await seat.wait_ring(after=since, within_s=SETUP_S)
        scene.history.since = scene.now()
        await seat.answer()
        await caller.wait_ring(after=since, within_s=SETUP_S)
        await caller.answer()
        await asyncio.sleep(0.6)

    # --- the button -----------------------------------------------------------------------------------------------------

    async def button(self, target: str) -> None:
        """The target is called on the second line; whatever has become of it a moment later, the caller is handed over."""
        seat, since = self._scene.seat, time.monotonic()
        await seat.consult(target)
        await seat.diary.wait("ringback", "refused", "answered", after=since, within_s=3.0)
        await asyncio.sleep(self._plan.button_s)
        if seat.diary.find("ringback", "answered", after=since) is not None:
            await seat.hand_over()

    # --- what else goes on ----------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Two seats talk, and one presses its transfer button; a phone forwards by itself."""
        phones = self._scene.phones
        if "talker" in phones:
            try:
                await self._between(phones["talker"], phones["talked to"])
            except PhoneError as error:
                if not self._plan.faults:
                    self._scene.history.dropped.append(f"two seats could not talk among themselves: {error}")

    async def _between(self, one: Any, other: Any) -> None:
        one.refuse_with, other.refuse_with = 486, None
        for _ in range(REDIALS):
            since = time.monotonic()
            await one.call(other.account.number)
            if await self._takes(other, one, since):
                break
            await asyncio.sleep(0.3)
        await one.diary.wait("answered", after=since, within_s=SETUP_S)
        await asyncio.sleep(0.3)
        presser, kept = (one, other) if self._dice.random() < 0.5 else (other, one)
        since = time.monotonic()
        presser.refuse_with = None
        await presser.refer(self._dice.choice(("110", "12345", "119", "1002")))
        await self._takes(presser, kept, since)
        await asyncio.sleep(GOODBYE_S)
        if kept.diary.find("hung_up", after=since) is not None:
            self._scene.history.dropped.append(f"{kept.name} was cut off by the button of {presser.name}")
        for phone in (one, other):
            phone.refuse_with = 486
        await kept.hang_up()

    async def _takes(self, phone: Any, whom: Any, since: float) -> bool:
        """A seat takes the call of the other one; a caller of the queue is not for it just now. False where it was busy with such a one
        as the other called."""
        after, deadline = since, time.monotonic() + SETUP_S
        while True:
            try:
                ring = await phone.wait_ring(after=after, within_s=0.5)
            except PhoneError:
                if whom.diary.find("refused", after=since) is not None:
                    return False
                if time.monotonic() > deadline:
                    raise
                continue
            after = ring.at + 1e-6
            if ring.number in (whom.account.number, ""):
                await phone.answer()
                return True
            await phone.decline()

    async def end(self) -> None:
        """The phone that forwards has been tried once at most; its seat is there again for the next."""
        forwarder = self._scene.phones.get("forwarder")
        if forwarder is None:
            return
        tries = sum(line.word == "forwarding" for line in forwarder.diary.lines)
        if tries > 1:
            self._scene.history.dropped.append(f"{forwarder.name}, whose phone forwards, was tried {tries} times")
        name, home = forwarder.name, self._plan.home
        await asyncio.to_thread(self._scene.stage.console, home, f"queue unpause member PJSIP/{name} queue {home}")

    # --- who hears whom -------------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Everybody in the caller's call hears everybody else in it, where nothing broke and nobody holds or must still accept."""
        scene, plan = self._scene, self._plan
        if plan.faults or plan.hold is not None or plan.mode == "accept":
            return
        deadline, wrong, party = time.monotonic() + DEAF_S, list[str](), list[Any]()
        while time.monotonic() < deadline:
            now = self._party()
            if now != party:
                party, deadline = now, time.monotonic() + DEAF_S  # somebody has come or gone: they are heard out anew
            if len(party) < 2:
                return
            since = time.monotonic()
            await asyncio.sleep(WINDOW_S)
            if self._party() == party and not (wrong := self._wrong(party, since)):
                return
        scene.history.unheard += wrong

    def _party(self) -> list[Any]:
        scene = self._scene
        if scene.caller.current is None:
            return []
        others = [role for role in scene.phones if role not in ("caller", "talker", "talked to", "forwarder")]
        return [scene.caller, *(scene.phones[role] for role in others if scene.talking(role))]

    def _wrong(self, party: list[Any], since: float) -> list[str]:
        found = []
        for phone in party:
            tones = {name: hz for name, hz in self._scene.stage.tones.items() if name != phone.name}
            heard = who_is_heard(phone.heard(), tones, since + 0.05, since + WINDOW_S - 0.04)
            expected = {other.name for other in party if other is not phone}
            if not expected <= heard:
                found.append(f"{phone.name} hears {sorted(heard)}, not {sorted(expected)}")
        return found
