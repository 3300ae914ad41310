"""The people of one transfer, played from its plan: each phone has a person who answers, presses, holds, leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from simulators.beside import SETUP_S, Beside
from simulators.faults import Breaker
from simulators.history import History
from simulators.onekey import eventually
from simulators.phone import PhoneError
from simulators.plans import ACCEPT, ACCEPT_S, DECIDE_S, DECLINE, KEYS, LADDER, TAKE_BACK, Fault, Plan, Target
from simulators.stage import AsteriskStage
from simulators.story_rules import RING_S

TALK_S = 0.4
KEY_S = 0.34
"""A key of two digits takes so long; its press is seen at the end of it."""
FINALE_S = 22.0
HELD_S = 65.0
"""A seat that died with its caller on hold is found out by the session timer: 45 s, and the time until a refresh counts as lost."""
"""How long the last people try to end the matter: two rungs, a far leg that is waited for, and a seat that is rung again."""
CALLERS = {"12345": "13800000001", "110": "13900000001"}
SEATS = {"12345": ("1001", "1002", "1003", "1006"), "110": ("2001", "2002", "2003", "2004")}
"""The seat that takes the caller, two that are rung as targets, and a helper who has time at the end."""
HELPERS = ("helper", "far helper")
"""Where a phone dies, each queue has a person more: the caller waits in one of them."""


class NotPlayed(Exception):
    """The call before the press did not come about, so there is no transfer to judge."""


class PhoneCrashed(Exception):
    """A phone's program ended by itself: what follows is about the program."""


class Scene:
    """One transfer on one stage."""

    def __init__(self, plan: Plan, stage: AsteriskStage, history: History, seed: int) -> None:
        self.plan, self.stage, self.history = plan, stage, history
        self.epoch = time.time() - time.monotonic()
        self.breaker = Breaker(stage, history, seed, self.now)
        self.breaker.vanish = self._vanish
        self.phones: dict[str, Any] = {}
        self.dead: set[str] = set()
        self.ready_to_help = False
        self._people: list[asyncio.Task[None]] = []
        self._presses = 0

    def now(self) -> float:
        """Seconds since 1970, by the clock that the diaries are converted with."""
        return self.epoch + time.monotonic()

    # --- the cast -------------------------------------------------------------------------------------------------------

    async def _cast(self) -> None:
        plan, jobs = self.plan, dict[str, Coroutine[Any, Any, Any]]()
        home, far = SEATS[plan.home], SEATS[plan.far]
        jobs["caller"] = self.stage.phone(plan.home, CALLERS[plan.home])
        if plan.direction == "there_and_back":
            jobs["first"] = self.stage.phone("12345", home[0])
            if plan.start == "handed":
                jobs["giver"] = self.stage.phone("110", far[0])
            jobs["seat"] = self.stage.phone("110", far[plan.start == "handed"], plan.seat_phone)
            rung = [("12345", home[1]), ("12345", home[2])]
        else:
            if plan.start == "handed":
                jobs["giver"] = self.stage.phone(plan.home, home[0])
            jobs["seat"] = self.stage.phone(plan.home, home[plan.start == "handed"], plan.seat_phone)
            rung = [(plan.far, far[0]), (plan.far, far[1])]
        if plan.mode == "ladder":
            rung = [(plan.home, service) for service in LADDER]
        elif not plan.spare:
            rung = rung[:1]
        for number, ((side, name), target) in enumerate(zip(rung, plan.targets, strict=False)):
            if target.kind != "absent":
                jobs[f"target{number}"] = self.stage.phone(side, name)
        if any("phone_dies" in fault.name for fault in plan.faults):
            jobs["helper"] = self.stage.phone(plan.home, home[3])
            jobs["far helper"] = self.stage.phone(plan.far, far[3])
        jobs |= self.beside.cast()
        phones = await asyncio.gather(*jobs.values())
        self.phones = dict(zip(jobs, phones, strict=True))
        self.beside.ready()
        self.history.caller = self.phones["caller"].name
        self.history.targets = tuple(self.phones[role].name for role in self._targets)
        for role, phone in self.phones.items():
            if role in (*HELPERS, *self._targets) or (role == "seat" and plan.start == "handed"):
                phone.refuse_with = 486  # not before the press, or before it is asked

    @property
    def _targets(self) -> list[str]:
        return [role for role in self.phones if role.startswith("target")]

    @property
    def caller(self) -> Any:
        """The caller's phone."""
        return self.phones["caller"]

    @property
    def seat(self) -> Any:
        """The phone of the seat that presses."""
        return self.phones["seat"]

    # --- the play -------------------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """From the registration to the end of the matter. Raises NotPlayed; breaks and mends what the plan says."""
        self.beside = Beside(self)
        plan, breaking = self.plan, list[asyncio.Task[None]]()
        try:
            try:
                await self._cast()
                await self._before()
            except PhoneError as error:
                raise NotPlayed(str(error)) from None
            lead = max([KEY_S, *(-fault.at_s for fault in plan.faults)])
            pressed = time.monotonic() + lead
            breaking = [asyncio.create_task(self._break(fault, pressed), name=fault.name) for fault in plan.faults]
            for number, role in enumerate(self._targets):
                target = plan.targets[LADDER.index(self.phones[role].name) if plan.mode == "ladder" else number]
                self.phones[role].refuse_with = 486 if target.kind == "busy" else None
                self._person(self._target(role, target))
            acts = [self._presser(pressed), self._caller_leaves(pressed), self._hold(pressed), self._again(pressed)]
            await asyncio.gather(*acts, self.beside.play())
            await asyncio.sleep(0.6)
            await self._finale()
            await asyncio.gather(*breaking)
            if any(phone.crashed for phone in self.phones.values()):
                raise PhoneCrashed
        finally:
            results = await _ended([*breaking, *self._people])
            await self.beside.end()
            for phone in self.phones.values():
                for line in phone.diary.lines:
                    if self.epoch + line.at >= self.history.since:
                        self.history.say(self.epoch + line.at, phone.name, line.word, line.detail)
            for problem in results:
                if isinstance(problem, Exception) and not isinstance(problem, PhoneError):
                    raise problem

    async def _before(self) -> None:
        """The caller talks with the seat that will press."""
        plan = self.plan
        await self.caller.call(plan.home)
        first = self.phones.get("first") or self.phones.get("giver", self.seat)
        await first.wait_ring(within_s=SETUP_S)
        await first.answer()
        await self.caller.diary.wait("answered", within_s=SETUP_S)
        await asyncio.sleep(TALK_S)
        if plan.direction == "there_and_back":
            await first.press("*1")
            taker = self.phones.get("giver", self.seat)
            await taker.wait_ring(within_s=SETUP_S)
            await taker.answer()
            if plan.mode == "accept":
                await asyncio.sleep(0.3)
                await taker.press(ACCEPT)
            await asyncio.sleep(0.5)
            await first.hang_up()
            await asyncio.sleep(0.5)
            self._person(self._returning(first, 0.3))
        if plan.start == "handed":
            await self.beside.hand_to_seat()
            self._person(self._returning(self.phones["giver"], 0.3))
        elif plan.start == "called_back":
            await self.beside.call_back()

    def _person(self, life: Coroutine[Any, Any, None]) -> None:
        self._people.append(asyncio.create_task(life))

    async def _break(self, fault: Fault, pressed: float) -> None:
        await asyncio.sleep(max(0.0, pressed + fault.at_s - time.monotonic()))
        await self.breaker.do(fault)

    def _vanish(self, whose: str) -> None:
        role = {"seat": "seat", "caller": "caller", "target": next(iter(self._targets), "")}[whose]
        phone = self.phones.get(role)
        if phone is None:
            return
        self.dead.add(role)
        phone.vanish()
        phone.diary.note("died")

    # --- what people do -------------------------------------------------------------------------------------------------

    def talking(self, role: str) -> bool:
        """Whether this phone is in a call."""
        phone = self.phones[role]
        words = ("ringing", "answered", "hung_up", "hanging_up", "declined", "cancelled", "died", "refused")
        last = next((line.word for line in reversed(phone.diary.lines) if line.word in words), "")
        if last == "refused" and phone.current is not None:
            last = "answered"  # that was a second call; the first goes on
        return role not in self.dead and last == "answered"

    async def _do(self, act: Coroutine[Any, Any, Any]) -> None:
        """A person does something for which it may be too late: that is no mistake."""
        try:
            await act
        except PhoneError:
            pass

    async def _presser(self, pressed: float) -> None:
        plan = self.plan
        await asyncio.sleep(max(0.0, pressed - KEY_S - time.monotonic()))
        since = time.monotonic()
        self.history.say(self.now(), "plan", f"presses ({plan.trigger}, {plan.mode})")
        await self._trigger()
        self._person(self._returning(self.seat, 0.25))
        match plan.seat:
            case "early":
                await asyncio.sleep(plan.seat_after_s)
                await self._leave()
            case "takes_back":
                await asyncio.sleep(plan.seat_after_s)
                if plan.trigger not in ("refer", "button"):
                    await self._do(self.seat.press(TAKE_BACK))
                await self._settled(since)
            case "late":
                if await self._settled(since):
                    await asyncio.sleep(plan.seat_after_s)
                    await self._leave()
            case _:
                await self._settled(since)

    async def _leave(self) -> None:
        """Out of this call. One that has come back since is another."""
        if self.talking("seat"):
            await self._do(self.seat.hang_up())

    async def _trigger(self) -> None:
        plan = self.plan
        target = LADDER[0] if plan.mode == "ladder" else ("110" if plan.presser_side == "12345" else "12345")
        if plan.trigger == "refer":
            await self._do(self.seat.refer(target))
        elif plan.trigger == "button":
            await self._do(self.beside.button(target))
        elif plan.trigger == "http":
            await self._post(target)
        else:
            await self._do(self.seat.press(KEYS[plan.mode]))

    async def _post(self, target: str) -> None:
        """A click in the seat's own program; one that finds no gateway presses the key."""
        body = {"switchboard": self.plan.presser_side, "seat": self.seat.name, "target": target}
        if self.plan.mode not in ("ladder", "accept", "warm"):
            body["mode"] = self.plan.mode
        status, answer = await self.stage.ask("POST", "/v1/transfers", body)
        self.history.say(self.now(), "click", f"POST /v1/transfers: {status} {answer if status != 202 else ''}".strip())
        if status == 202 and isinstance(answer, dict):
            self.history.started.append(answer["id"])
        else:
            await self._do(self.seat.press(KEYS[self.plan.mode]))

    async def _settled(self, since: float) -> bool:
        """Wait until the transfer has gone one way or the other. Returns whether a target has joined, as far as people see."""
        plan = self.plan
        rungs = 2 if plan.mode == "ladder" else 1
        limit = since + RING_S * rungs + 2.0
        if plan.mode == "accept":
            limit += ACCEPT_S
        while time.monotonic() < limit:
            joined = [role for role in self._targets if self._has_joined(role)]
            if joined and plan.mode != "consult":
                await asyncio.sleep(0.3)
                return True
            if joined:
                limit = max(limit, since + RING_S + DECIDE_S + 2.0)
                if self.seat.diary.find("text", "hung_up", after=since) is not None or not self.talking(joined[0]):
                    return self.talking(joined[0])
            elif self.seat.diary.find("text", after=since) is not None:
                return False
            if self.caller.current is None:
                return False
            await asyncio.sleep(0.05)
        return False

    def _has_joined(self, role: str) -> bool:
        if not self.talking(role):
            return False
        return self.plan.mode != "accept" or self.phones[role].diary.find("pressed") is not None

    async def _target(self, role: str, target: Target) -> None:
        """A target's person, ring after ring."""
        phone, after = self.phones[role], 0.0
        while True:
            ring = await phone.diary.wait("ringing", after=after, within_s=3600)
            after = ring.at + 1e-6
            kind = "answers" if self.ready_to_help else target.kind
            if kind == "never":
                continue
            await asyncio.sleep(target.after_s)
            if kind == "declines":
                await self._do(phone.decline(603))
                continue
            await self._do(phone.answer())
            if self.plan.mode in ("accept", "consult") and target.says != "nothing" and self.talking(role):
                await asyncio.sleep(target.says_after_s)
                await self._do(phone.press(ACCEPT if target.says == "yes" else DECLINE))

    async def _returning(self, phone: Any, after_s: float) -> None:
        """A seat that is free again takes what rings."""
        after = time.monotonic()
        while True:
            ring = await phone.diary.wait("ringing", after=after, within_s=3600)
            after = ring.at + 1e-6
            await asyncio.sleep(after_s)
            await self._do(phone.answer())

    async def _caller_leaves(self, pressed: float) -> None:
        if self.plan.caller_leaves_s is not None:
            await asyncio.sleep(max(0.0, pressed + self.plan.caller_leaves_s - time.monotonic()))
            await self._do(self.caller.hang_up())

    async def _hold(self, pressed: float) -> None:
        if self.plan.hold is None:
            return
        at_s, for_s = self.plan.hold
        await asyncio.sleep(max(0.0, pressed + at_s - time.monotonic()))
        await self._do(self.seat.hold())
        await asyncio.sleep(for_s)
        await self._do(self.seat.resume())

    async def _again(self, pressed: float) -> None:
        if self.plan.second_press_s is not None:
            await asyncio.sleep(max(0.0, pressed + self.plan.second_press_s - time.monotonic()))
            await self._do(self.seat.press(KEYS[self.plan.mode]))

    # --- the end --------------------------------------------------------------------------------------------------------

    async def _finale(self) -> None:
        """The matter is brought to its end: people hang up until the caller's call is over, or the caller does."""
        await self.beside.listen()
        self.ready_to_help = True
        for role in (*HELPERS, *self._targets):
            if role in self.phones:
                self.phones[role].refuse_with = None
        for role in HELPERS:
            if role in self.phones:
                self._person(self._returning(self.phones[role], 0.2))
        self.history.say(self.now(), "plan", f"the end, by the {self.plan.last}")
        deadline = time.monotonic() + (HELD_S if self.plan.hold and "seat" in self.dead else FINALE_S)
        while self.caller.current is not None and self.plan.last == "person" and time.monotonic() < deadline:
            with_him = [role for role in self.phones if role != "caller" and self.talking(role)]
            if with_him:
                await self._do(self.phones[with_him[0]].hang_up())
            await asyncio.sleep(0.25)
        if self.caller.current is not None:
            if self.plan.last == "person" and not any(self.talking(r) for r in self.phones if r != "caller"):
                self._note_stranded()
            await self._do(self.caller.hang_up())
        for role in self.phones:
            if role != "caller" and self.talking(role):
                await self._do(self.phones[role].hang_up())

    def _note_stranded(self) -> None:
        """He has waited for many seconds: was there a person of his own queue who could have taken him?"""
        seats = SEATS[self.plan.home]
        free = [
            p.name for r, p in self.phones.items() if p.name in seats and r not in self.dead and not self.talking(r)
        ]
        if free:
            self.history.stranded = f"at the end, while {', '.join(free)} of {self.plan.home} was free"


async def _ended(tasks: list[asyncio.Task[None]]) -> list[Any]:
    """Cancel tasks until they have ended: in Python 3.11 a cancellation that meets the end of a ``wait_for`` is lost."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def quiet(stage: AsteriskStage, look: Any, within_s: float) -> list[str]:
    """Wait until nothing is left. Returns what still was when the time was over."""
    left: list[str] = []

    async def nothing() -> bool:
        left[:] = await look()
        return not left

    try:
        await eventually(nothing, "quiet", within_s)
    except PhoneError:
        pass
    return left
