"""``onekey doctor --call``: one call through the real queue and the real key, by parties that are no phones (``dialplan/onekey-test.conf``), with
what each of them heard.

Nobody is disturbed: the queue rings members of a penalty that no person has, and whoever is dialled for this caller, by a key, a further rung or
a gateway, is a party of the test (``dialplan/onekey-ring.conf``, where each leg begins). Three halves of Local channels stand for citizen, seat
and target; each in turn sounds a tone, and the others listen (``WaitForNoise``), so what is heard went through Asterisk's bridge as a person's
voice does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.ami import Link
from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.ami.tenure import alive, stale_s
from gateway.config.settings import Config, SwitchboardConfig
from gateway.core.rules.rule import OTHER, Key
from gateway.doctor import gateway_running, texts
from gateway.doctor.attach import attached
from gateway.doctor.findings import Finding
from gateway.doctor.working.picture import Picture, arguments, picture, shipped_name
from gateway.doctor.working.running import TEST, Asked
from gateway.rules import file as rules_file
from gateway.rules.file import RulesError

PENALTY = 999
"""The penalty of the test's seat in the queue, and the least that its caller asks for: a site's own are below ten."""
SEAT_S = 15.0
"""Seconds that the queue may take to find it: a queue looks at its members once in ``retry`` seconds, five where nobody writes it."""
TARGET_S = 10.0
"""From the key to the target that has joined: it answers at once."""
ROUND_S = 5.0
"""A tone of three seconds, two of which are listened to."""
LOOK_S = 0.1
PAUSE_S = 0.3
"""Between two who speak: what of the first is still on its way, or in a mixer's buffer, is not taken for the second."""
RING = "onekey-ring,leg,test"
"""The step of the dialplan that has a party of the test dialled for its caller, whoever rings: without it the real 110 would ring."""
PARTIES = ("caller", "seat", "target")


@dataclass(slots=True)
class Call:
    """A test call under way: the link, the word that its channels bear, and the channel of each party's own half (``;2``)."""

    link: Link
    halves: dict[str, str] = field(default_factory=dict)

    async def find(self, party: str, within_s: float) -> bool:
        """Wait until a party is there and in a bridge."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            names = await self.get("", f"CHANNELS(Local/{party}@{TEST}-)")
            for name in sorted(one for one in names.split() if one.endswith(";1")):
                self.halves[party] = f"{name[:-1]}2"
                if await self.get(name, "BRIDGEPEER"):
                    return True
            await asyncio.sleep(LOOK_S)
        return False

    async def get(self, channel: str, name: str) -> str:
        """A variable or function of a channel, or of none."""
        on = (("Channel", channel),) if channel else ()
        reply = await self.link.request("Getvar", *on, ("Variable", name))
        return reply.get("Value") if reply.ok else ""

    async def tell(self, party: str, what: str) -> None:
        """Let a party do something: an extension of the test's context."""
        half = self.halves[party]
        await self.link.request("Redirect", ("Channel", half), ("Context", TEST), ("Exten", what), ("Priority", "1"))

    async def heard(self, speaker: str, listeners: Iterable[str]) -> dict[tuple[str, str], bool]:
        """True for each listener that hears the speaker, by (speaker, listener)."""
        others = [one for one in listeners if one != speaker]
        for one in others:
            await self.link.request(
                "Setvar", ("Channel", self.halves[one]), ("Variable", "ONEKEY_HEARD"), ("Value", "")
            )
        for one in others:
            await self.tell(one, "listen")
        await self.tell(speaker, "speak")
        said = dict.fromkeys(others, "")
        until = time.monotonic() + ROUND_S
        while time.monotonic() < until and not all(said.values()):
            await asyncio.sleep(LOOK_S)
            said = {one: await self.get(self.halves[one], "ONEKEY_HEARD") for one in others}
        await self.tell(speaker, "idle")
        await asyncio.sleep(PAUSE_S)
        return {(speaker, one): word == "NOISE" for one, word in said.items()}

    async def callers(self) -> set[str]:
        """Unique ids of both halves of the caller: by one of them the gateway knows this call."""
        names = (await self.get("", f"CHANNELS(Local/caller@{TEST}-)")).split()
        return {await self.get(name, "UNIQUEID") for name in names}

    async def end(self) -> None:
        """Hang up every party."""
        for party in PARTIES:
            for name in (await self.get("", f"CHANNELS(Local/{party}@{TEST}-)")).split():
                await self.link.request("Hangup", ("Channel", name), ("Cause", "16"))


async def call(config: Config, side: str = "", entry: str = "", code: str = "") -> list[Finding]:
    """The findings of one test call at a switchboard: the first, or ``side``. ``entry`` is ``CONTEXT,EXTEN`` where a citizen's call goes in,
    where none is given the one that leads into its queue; ``code`` the key, else the first that transfers."""
    try:
        rules = rules_file.load(config.rules)
    except RulesError as error:
        return [
            Finding("error", texts.ERRORS_IN_THE_RULES_FILE(error=error), str(config.rules), texts.MEND_IT_THEN_RUN)
        ]
    board = next((one for one in config.switchboards if side in ("", one.id)), None)
    if board is None:
        known = ", ".join(one.id for one in config.switchboards)
        return [Finding("error", texts.NO_SUCH_SWITCHBOARD(side=side), "--switchboard", known)]
    seen = picture(board, board.folder) if board.folder is not None else None
    code = code or next((one for one, key in rules.keys.items() if key.action == "transfer" and not key.mode), "")
    if (key := rules.keys.get(code)) is None or key.action != "transfer":
        return [Finding("error", texts.NO_SUCH_KEY(code=code), "--key", ", ".join(rules.keys))]
    async with attached(config, board) as found:
        if isinstance(found, Finding):
            return [found]
        link, _ = found
        try:
            return await _tried(link, config, board, entry=entry or _entry(seen, board), code=code, key=key)
        except (LinkDown, NoAnswer) as error:
            where = f"{board.id} {link.settings.where}"
            return [Finding("error", texts.LINK_WAS_LOST(error=error), where, texts.RUN_IT_AGAIN)]


def _entry(seen: Picture | None, board: SwitchboardConfig) -> str:
    """Where a citizen's call goes in: the site's own extension with a ``Queue()`` for its first queue, else ours."""
    for context, steps in seen.contexts.items() if seen is not None else ():
        for step in steps:
            ours = context.startswith("onekey-") or context == shipped_name("hotline")
            if step.application == "queue" and not ours and step.exten.isalnum():
                queue = seen.expanded((arguments(step.data) or [""])[0]) if seen is not None else ""
                if queue in board.queues:
                    return f"{context},{step.exten}"
    return f"{shipped_name('hotline')},s"


async def _tried(
    link: Link, config: Config, board: SwitchboardConfig, *, entry: str, code: str, key: Key
) -> list[Finding]:
    where, asked = f"{board.id} {entry} {code}", Asked(link)
    others = [one.id for one in config.switchboards if one.id != board.id]
    target = str(key.target) if key.target != OTHER else next(iter(others), "")
    plan = await asked.value(f"ONEKEY_PLAN_{board.id}_{target}") or ""
    if obstacle := await _obstacle(asked, link, config, plan):
        return [Finding(*obstacle[:2], where, obstacle[2])]
    queue = await asked.value("ONEKEY_QUEUE") or board.id
    queue = _queue_of(entry, queue, board)
    test = Call(link)
    member = (("Queue", queue), ("Interface", f"Local/seat@{TEST}/n"))
    await test.end()
    reply = await link.request("QueueAdd", *member, ("Penalty", str(PENALTY)), ("MemberName", "onekey-test"))
    if not reply.ok and "already" not in reply.message.lower():
        what = texts.TEST_SEAT_REFUSED(queue=queue, why=reply.message)
        return [Finding("error", what, where, texts.CHECK_THE_QUEUE(queue=queue))]
    try:
        found = await _played(test, entry, code, where)
        calls = await test.callers()
    finally:
        await test.end()
        await link.request("QueueRemove", *member)
    if await alive(link.request, stale_s(config.ping_s, config.pong_s)) is not None:
        found.append(await gateway_running.recorded(config, calls, where))
    return found


def _queue_of(entry: str, otherwise: str, board: SwitchboardConfig) -> str:
    """The queue that an entry leads into, as far as its files tell; a name of ours that names one (``onekey-hotline,zx-day``) is it."""
    context, _, exten = entry.partition(",")
    if context == shipped_name("hotline"):
        return exten if exten in board.queues else otherwise
    seen = picture(board, board.folder) if board.folder is not None else None
    for step in seen.contexts.get(context, ()) if seen is not None else ():
        if step.application == "queue" and step.exten == exten and seen is not None:
            return seen.expanded((arguments(step.data) or [""])[0])
    return otherwise


async def _obstacle(asked: Asked, link: Link, config: Config, plan: str) -> tuple[str, str, str] | None:
    """Why no test can be made now: level, what, remedy."""
    if await asked.value(f"DIALPLAN_EXISTS({TEST},caller,1)") != "1":
        return "error", texts.NO_TEST_CONTEXT, texts.RUN_DIALPLAN_RELOAD_ON_ITS_CONSOLE
    if await asked.value(f"DIALPLAN_EXISTS({RING})") != "1":  # files of before, or a reload that is still to come
        return "error", texts.TEST_IS_NOT_LOOKED_AT, texts.RUN_DIALPLAN_RELOAD_ON_ITS_CONSOLE
    if await asked.value("IFMODULE(app_waitforsilence.so)") == "0":
        return "error", texts.NO_EARS, texts.LOAD_EARS
    if plan.split(":")[1:2] == ["no"]:
        return "unknown", texts.RULES_REFUSE_NOW(plan=plan), texts.TRY_WHEN_IT_IS_ALLOWED
    if not plan and await alive(link.request, stale_s(config.ping_s, config.pong_s)) is not None:
        return "error", texts.NO_PLAN_TO_TEST, texts.LOOK_AT_ITS_LOG
    return None


async def _played(test: Call, entry: str, code: str, where: str) -> list[Finding]:
    context, _, exten = entry.partition(",")
    variables = ["__ONEKEY_TEST=1", f"QUEUE_MIN_PENALTY={PENALTY}", "__DYNAMIC_FEATURES=onekey"]
    words = {
        "Channel": f"Local/caller@{TEST}/n",
        "Context": context,
        "Exten": exten or "s",
        "Priority": "1",
        "CallerID": "onekey-test",
        "Timeout": "10000",
        "Async": "true",
    }
    reply = await test.link.request("Originate", *words.items(), *(("Variable", variable) for variable in variables))
    if not reply.ok:
        return [Finding("error", texts.TEST_CALL_REFUSED(why=reply.message), where, texts.CHECK_ENTRY(entry=entry))]
    if not await test.find("seat", SEAT_S):
        return [
            Finding(
                "error", texts.TEST_CALL_REACHED_NO_SEAT(seconds=f"{SEAT_S:g}"), where, texts.CHECK_ENTRY(entry=entry)
            )
        ]
    if not await test.find("caller", LOOK_S * 20):
        return [Finding("error", texts.TEST_CALLER_GONE, where, texts.CHECK_ENTRY(entry=entry))]
    heard = await test.heard("caller", ("caller", "seat"))
    heard |= await test.heard("seat", ("caller", "seat"))
    two = list(_judged(heard, where, texts.BEFORE_THE_KEY))
    if any(one.level == "error" for one in two):
        return two
    await test.link.request(
        "Setvar", ("Channel", test.halves["seat"]), ("Variable", "ONEKEY_TEST_KEY"), ("Value", code)
    )
    pressed = time.monotonic()
    await test.tell("seat", "press")
    if not await test.find("target", TARGET_S):
        return [*two, Finding("error", texts.KEY_BROUGHT_NOBODY(code=code), where, texts.SEE_WHY_NOBODY_CAME)]
    took_ms = (time.monotonic() - pressed) * 1000
    two.append(Finding("ok", texts.KEY_BROUGHT_THE_TARGET(code=code, took_ms=f"{took_ms:.0f}"), where))
    await asyncio.sleep(1.0)  # whom the mode lets go goes
    there = [party for party in PARTIES if await test.get(f"{test.halves[party][:-1]}1", "BRIDGEPEER")]
    heard = {}
    for party in there:
        heard |= await test.heard(party, there)
    return [*two, *_judged(heard, where, texts.AFTER_THE_KEY)]


def _judged(heard: dict[tuple[str, str], bool], where: str, when: str) -> Iterable[Finding]:
    """One finding: who hears whom, and who does not."""
    names = {"caller": texts.THE_CALLER, "seat": texts.THE_SEAT, "target": texts.THE_TARGET}
    told = [f"{names[speaker]} → {names[listener]}" for (speaker, listener), yes in heard.items() if yes]
    deaf = [f"{names[speaker]} ✘ {names[listener]}" for (speaker, listener), yes in heard.items() if not yes]
    if deaf or not heard:
        yield Finding("error", texts.SOMEBODY_IS_NOT_HEARD(when=when, pairs=", ".join(deaf)), where, texts.SEE_SOUND)
    else:
        yield Finding("ok", texts.EVERYBODY_IS_HEARD(when=when, pairs=", ".join(told)), where)
