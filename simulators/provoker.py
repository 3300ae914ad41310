"""Joins by the thousand: two become three and three become two, again and again, and after each change everybody is listened to.

A cell is one citizen's call. A seat takes it from the queue; then further parties join by the product's own ``onekey-ring``, as the gateway
originates it (a service, the other switchboard over the trunk, our own queue behind a Local channel, two services at once), and one of the
two others leaves. No gateway runs: what is provoked is Asterisk and the dialplan. Phones have manners of their own, dealt anew for each call.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulators.ear import Ear
from simulators.history import Event
from simulators.listening import who_is_heard
from simulators.manners import Dealer
from simulators.onekey import eventually
from simulators.phone import PhoneError
from simulators.pyvoip_phone import PyVoipPhone
from simulators.stage import AsteriskStage

TONES_HZ = tuple(50 * prime for prime in (11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67))
"""Everybody who may be in one call has a tone of his own: a caller, ten seats, and services whose tone is the same at both sides."""
CALLER_HZ = 50 * 71
SEATS = {"12345": tuple(str(n) for n in range(1001, 1007)), "110": tuple(str(n) for n in range(2001, 2005))}
CALLERS = {"12345": "1380000000", "110": "1390000000"}
SERVICES = ("119", "120", "122", "water", "power")
PAIRS = ("122", "water", "power")
"""Those that are rung two at once, behind a Local channel; on a patched Asterisk they speak A-law, as seats do (``Dealer.patched``)."""
FAR = {"12345": "110", "110": "12345"}
JOINS_A_CALL = 12
ANSWER_S = 0.01
"""Every phone but the callers' answers by itself, as fast as no person does."""
LISTEN_S = 0.24
PATIENCE_S = 5.0
"""Who has not heard everybody for so long after a change is silent: silence of this kind lasts as long as the call of three. A cleaning
takes less than half a second, a busy machine may take a few."""
REFRESH_S = 45.0


@dataclass(eq=False)
class Silence:
    """Somebody who should hear and does not."""

    home: str
    when: str
    who: str
    hears: list[str]
    misses: list[str]
    manners: dict[str, str]
    before: list[str]

    def __str__(self) -> str:
        return (
            f"{self.home}: {self.who} hears {self.hears}, not {self.misses}, {self.when}; "
            f"{self.manners}; before: {' > '.join(self.before[-5:])}"
        )


@dataclass
class Provoker:
    """What is to be provoked, and what came of it."""

    stage: AsteriskStage
    joins_wanted: int
    cells: int = 8
    seed: str = "1"
    joins: int = 0
    silences: list[Silence] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    cleanings: int = 0
    slowest_join_s: float = 0.0
    _ears: dict[str, Ear] = field(default_factory=dict)
    _phones: dict[str, dict[str, PyVoipPhone]] = field(default_factory=dict)
    _presses: int = 0

    async def run(self) -> None:
        """Provoke. The stage's lab is up; a gateway is not needed."""
        self.stage.manners = Dealer(self.seed)
        self.stage.manners.patched = self.stage.patched
        try:
            await self._start()
            begun = [asyncio.create_task(self._cell(number), name=f"cell {number}") for number in range(self.cells)]
            again = asyncio.create_task(self._refresh(), name="registrations")
            try:
                await asyncio.gather(*begun)
            finally:
                again.cancel()
                await asyncio.gather(again, return_exceptions=True)
        finally:
            for ear in self._ears.values():
                await ear.stop()
            await self.stage.clear()

    async def _start(self) -> None:
        for side in ("12345", "110"):
            self._ears[side] = Ear(side, self.stage.lab["switchboards"][side]["ami"], self._hear)
            await self._ears[side].start()
            numbers = [*SEATS[side], *SERVICES, *(CALLERS[side] + str(n) for n in range(1, 5))]
            phones = await asyncio.gather(*(self.stage.phone(side, number) for number in numbers))
            self._phones[side] = dict(zip(numbers, phones, strict=True))
            for number, phone in self._phones[side].items():
                phone.tone_hz = self._tone(side, number)
                phone.answer_after_s = None if number.startswith(CALLERS[side]) else ANSWER_S
                self.deal(phone)

    def deal(self, phone: PyVoipPhone) -> None:
        """Another manner for the phone's next call."""
        number = phone.account.number
        phone.manner = self.stage.manners.deal(SEATS["12345"][0] if number in PAIRS else number)
        phone.dice = random.Random(phone.manner.seed)

    @staticmethod
    def _tone(side: str, number: str) -> int:
        if number.startswith(CALLERS[side]):
            return CALLER_HZ
        return TONES_HZ[[*SEATS["12345"], *SEATS["110"], *SERVICES].index(number)]

    def _hear(self, event: Event) -> None:
        self.cleanings += event.name == "UserEvent" and event.data.get("UserEvent") == "OnekeyClean"

    async def _refresh(self) -> None:
        phones = [phone for side in self._phones.values() for phone in side.values()]
        while True:
            for phone in phones:
                await asyncio.sleep(REFRESH_S / len(phones))
                try:
                    await phone.refresh()
                except PhoneError as error:
                    self.errors[f"registration: {error}"] += 1

    # --- one citizen's calls --------------------------------------------------------------------------------------------

    async def _cell(self, number: int) -> None:
        """Half of the cells live at each switchboard; four callers each."""
        home = "12345" if number % 2 == 0 else "110"
        caller = self._phones[home][CALLERS[home] + str(1 + number // 2 % 4)]
        dice = random.Random(f"{self.seed} {number}")
        while self.joins < self.joins_wanted:
            call = Call(self, home, caller, dice)
            try:
                await call.play()
            except PhoneError as error:
                self.errors[str(error)[:100]] += 1
            finally:
                await call.end()

    def phone(self, side: str, number: str) -> PyVoipPhone:
        """A phone of the lab."""
        return self._phones[side][number]

    def idle(self, side: str, numbers: tuple[str, ...]) -> list[str]:
        """Phones without a call."""
        return [number for number in numbers if self._phones[side][number].current is None]

    def of_call(self, caller: PyVoipPhone, since: float) -> PyVoipPhone | None:
        """Who has answered a ring that showed this caller's number since an instant."""
        for side in self._phones.values():
            for phone in side.values():
                lines = (line for line in reversed(phone.diary.lines) if line.word == "answered")
                last = next(lines, None)  # a phone that has gone on to another call is none of this one
                shown = last is not None and last.at >= since and last.detail == caller.account.number
                if shown and phone.current is not None:
                    return phone
        return None

    async def ring(self, home: str, target: str, channel: str, uid: str) -> None:
        """What the gateway does to ring a target into a caller's bridge (``RingTarget``)."""
        self._presses += 1
        press = f"{home}.{time.time_ns() // 1000}.{100 + self._presses % 900}"
        names = {
            "PRESS": press,
            "ATTEMPT": "1",
            "BY": "gateway",
            "TARGET": target,
            "CALLER": channel,
            "CALLER_ID": uid,
            "TAG": f"[{home}转]",
            "UUI": "",
            "RING_S": "6",
            "ACCEPT_S": "0",
        }
        await self._ears[home].tell(
            "Originate",
            Channel="Local/s@onekey-ring/n",
            Context="onekey-nobody",
            Exten="s",
            Priority="1",
            Timeout="9000",
            Async="true",
            Variable=",".join(f"ONEKEY_{name}={value}" for name, value in names.items()),
        )

    async def channel_of(self, home: str, number: str) -> tuple[str, str]:
        """A caller's channel: its name and unique id."""
        for event in await self._ears[home].ask("CoreShowChannels") or []:
            if event.get("Channel", "").startswith(f"PJSIP/{number}-"):
                return event["Channel"], event["Uniqueid"]
        raise PhoneError(f"{number} has no channel at {home}")


@dataclass
class Call:
    """One call of a citizen."""

    provoker: Provoker
    home: str
    caller: PyVoipPhone
    dice: random.Random
    others: list[PyVoipPhone] = field(default_factory=list)
    before: list[str] = field(default_factory=list)

    async def play(self) -> None:
        """The queue's seat, then joins and leaves. Raises PhoneError where a call does not come about."""
        provoker, began = self.provoker, time.monotonic()
        self.provoker.deal(self.caller)
        await self.caller.call(self.home)
        await self.caller.diary.wait("answered", after=began, who=self.caller.name)
        self.others = [await self._answers(began, within_s=20)]
        channel, uid = await provoker.channel_of(self.home, self.caller.account.number)
        if not await self._all_hear("at first"):
            return
        for _ in range(JOINS_A_CALL):
            if provoker.joins >= provoker.joins_wanted:
                return
            await self._join(channel, uid)
            if not await self._all_hear("in the call of three"):
                return
            await self._leave()
            if not await self._all_hear("in the call of two"):
                return

    async def _join(self, channel: str, uid: str) -> None:
        kind, target = self._target()
        began = time.monotonic()
        slow = [self.provoker.phone(self.home, number) for number in target.split("-")[1:]]
        for phone in slow:  # one of two at once goes on ringing; that both answer in the same moment is another story
            phone.answer_after_s = None
        try:
            await self.provoker.ring(self.home, target, channel, uid)
            self.others.append(await self._answers(began))
        finally:
            for phone in slow:
                phone.answer_after_s = ANSWER_S
        self.before.append(f"{kind} {self.others[-1].account.number} joins")
        self.provoker.joins += 1
        self.provoker.kinds[kind] += 1

    def _target(self) -> tuple[str, str]:
        """A kind of target with somebody free."""
        services = self.provoker.idle(self.home, SERVICES)
        far, own = (self.provoker.idle(side, SEATS[side]) for side in (FAR[self.home], self.home))
        pairs = [number for number in services if number in PAIRS]
        kinds = ["service"] * bool(services) + ["two at once"] * (len(pairs) > 1)
        kinds += ["trunk"] * (len(far) > 1) + ["own queue"] * (len(own) > 1)
        if not kinds:
            raise PhoneError("nobody is free")
        match kind := self.dice.choice(kinds):
            case "service":
                return kind, self.dice.choice(services)
            case "two at once":
                return kind, "-".join(self.dice.sample(pairs, 2))
            case "trunk":
                return kind, FAR[self.home]
            case _:
                return kind, self.home

    async def _answers(self, since: float, within_s: float = 8) -> PyVoipPhone:
        found: list[PyVoipPhone] = []

        def answered() -> bool:
            found[:] = filter(None, [self.provoker.of_call(self.caller, since)])
            return bool(found)

        await eventually(answered, f"somebody takes {self.caller.account.number}", within_s)
        return found[0]

    async def _leave(self) -> None:
        """One of the two others, more often the one who was there first: so that nobody stays for ever."""
        leaver = self.others.pop(0 if self.dice.random() < 0.6 else 1)
        self.before.append(f"{leaver.account.number} leaves")
        await leaver.hang_up()
        self.provoker.deal(leaver)

    async def end(self) -> None:
        """Everybody hangs up."""
        for phone in (self.caller, *self.others):
            await phone.hang_up()
            self.provoker.deal(phone)
        await asyncio.sleep(0.3)

    async def _all_hear(self, when: str) -> bool:
        """Whether everybody hears all others before patience ends; who does not is noted."""
        began = time.monotonic()
        everybody = [self.caller, *self.others]
        deaf: dict[PyVoipPhone, set[str]] = {phone: set() for phone in everybody}
        names = {phone.account.number: phone.tone_hz for phone in everybody}
        while deaf and time.monotonic() < began + PATIENCE_S:
            since = time.monotonic()
            await asyncio.sleep(LISTEN_S)
            for phone in list(deaf):
                own = phone.account.number
                tones = {name: hz for name, hz in names.items() if name != own}
                deaf[phone] = who_is_heard(phone.heard(), tones, since, since + LISTEN_S - 0.04)
                if deaf[phone] == set(tones):
                    del deaf[phone]
        self.provoker.slowest_join_s = max(self.provoker.slowest_join_s, time.monotonic() - began if not deaf else 0)
        for phone, heard in deaf.items():
            missed = sorted(names.keys() - heard - {phone.account.number})
            manners = {one.account.number: str(one.manner) for one in everybody}
            found = Silence(self.home, when, phone.account.number, sorted(heard), missed, manners, self.before[:])
            self.provoker.silences.append(found)
        return not deaf


def figures(provoker: Provoker, plays: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Entries of the report. ``plays``: of how many plays of ``there_and_back`` how many were heard out."""
    heard, played = plays
    note = f"{dict(provoker.kinds)}, seed {provoker.seed}, Asterisk {provoker.stage.lab['asterisk']['version']}"
    return {
        "joins_provoked": _figure(provoker.joins, ">= 1500", provoker.joins, note),
        "silent_parties": _figure(len(provoker.silences), "0", provoker.joins, f"{provoker.cleanings} cleanings"),
        "there_and_back_heard": _figure(heard, str(played), played, "plays with phones that begin anywhere"),
    }


def _figure(value: float, aim: str, runs: int, note: str) -> dict[str, Any]:
    return {"value": value, "unit": "", "aim": aim, "runs": runs, "note": note}
