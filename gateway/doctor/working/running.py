"""The Asterisk that runs, asked with the rights that a gateway has: what its dialplan holds, knows and has loaded, and what it tells us of calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping

from gateway.ami import Link
from gateway.config.settings import SwitchboardConfig
from gateway.core.rules.rule_set import RuleSet
from gateway.doctor.asterisk_media import loads
from gateway.doctor.findings import Finding, some
from gateway.doctor.working import texts
from gateway.doctor.working.picture import SEAT, TRUNK, Picture
from gateway.doctor.working.seats import DEAF_TO_KEYS
from gateway.doctor.working.switchboard import READS, SECONDS, SPARE, globals_wrong, name_is_wrong, needed_modules
from gateway.doctor.working.trunks import DIALLED, HOME

ASKED_MAX = 40
"""Seats that are asked about, as in ``asterisk_safety``."""
CLOCK_S_MAX = 2.0
"""Between two clocks. A press and its ringing are counted in milliseconds, by two clocks where two switchboards are on the way; NTP keeps a
machine within some hundredths of a second."""
HEARD_S = 2.0
"""Seconds that the events of our own test may take."""
FEATURES = ("blindxfer", "atxfer", "disconnect", "parkcall", "automon", "automixmon")
STOCK = frozenset({("blindxfer", "#"), ("disconnect", "*")})
"""Codes that Asterisk has where nobody writes one: they count only in calls with options that onekey's have not."""
NAMES = ("ONEKEY_HERE", "ONEKEY_QUEUE", "ONEKEY_SOUNDS", *SECONDS)
TEST = "onekey-test"


class Asked:
    """Answers of a running Asterisk to ``Getvar``, and whether it tells anything at all."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def value(self, name: str) -> str | None:
        """The value of a global or a function; None where it does not tell."""
        reply = await self._link.request("Getvar", ("Variable", name))
        return reply.get("Value") if reply.ok and "\r\nValue:" in reply.frame.decode("utf-8", "replace") else None

    async def values(self, names: Iterable[str]) -> dict[str, str]:
        """Those that have one."""
        found = {name: await self.value(name) for name in names}
        return {name: value for name, value in found.items() if value}


async def running(
    link: Link,
    board: SwitchboardConfig,
    seen: Picture | None,
    seats: Iterable[str],
    rules: RuleSet | None,
    where: str,
    far: Iterable[Mapping[str, str]] = (),
) -> list[Finding]:
    """Findings about one running Asterisk. ``seen`` are its files where they are here: what they tell already is not told again.
    ``seats`` are members of its queues, ``far`` the globals of the other switchboards whose files are here. Raises LinkDown, NoAnswer."""
    asked = Asked(link)
    if await asked.value("ONEKEY_HERE") is None:
        return []
    held = await asked.values(NAMES)
    found = list(_globals(held, seen, board, where))
    found += await _name(asked, seen, board, where, far)
    found += await _modules(asked, seen, where)
    found += await _queues(asked, seen, board, where)
    found += await _phones(asked, seen, seats, where)
    found += await _trunks(asked, seen, rules, where)
    if seen is None:
        found += await _features(asked, rules, where)
    found += await _events(link, asked, seen, board, where)
    found += await _clock(asked, where)
    return found


def _globals(held: Mapping[str, str], seen: Picture | None, board: SwitchboardConfig, where: str) -> Iterator[Finding]:
    if seen is None:
        yield from globals_wrong(dict(held), board.id, where)
        return
    for name in NAMES:
        written, loaded = seen.globals_.get(name, ""), held.get(name, "")
        if written != loaded:
            what = texts.FILE_NOT_LOADED(name=name, written=written or "–", loaded=loaded or "–")
            yield Finding("error", what, where, texts.RELOAD_DIALPLAN)


async def _name(
    asked: Asked, seen: Picture | None, board: SwitchboardConfig, where: str, far: Iterable[Mapping[str, str]]
) -> list[Finding]:
    name = await asked.value("SYSTEMNAME")
    if name is None:
        return []
    if seen is not None:  # a name in the file that is no good is told there; one that is good and not loaded shows here
        wrong = not name_is_wrong(seen.systemname, board.id, seen.globals_, far) and name != seen.systemname
    else:
        wrong = name_is_wrong(name, board.id, await asked.values([f"ONEKEY_HOME_{name}"] if name else []), far)
    if not wrong:
        return []
    wanted = seen.systemname if seen is not None else board.id
    remedy = texts.WRITE_IN_SECTION(name="options", line=f"systemname = {wanted}") + texts.AND_RESTART
    return [Finding("error", texts.SYSTEMNAME(name=name or "–", board=wanted), where, remedy)]


async def _modules(asked: Asked, seen: Picture | None, where: str) -> list[Finding]:
    wanted = [name for name in needed_modules() if name not in SPARE]
    if seen is not None:
        wanted = [name for name in wanted if loads(seen.read["modules"], name)]
    missing = [name for name in wanted if await asked.value(f"IFMODULE({name})") == "0"]
    if not missing:
        return []
    lines = "; ".join(f"load = {name}" for name in missing)
    return [Finding("error", texts.LOADED_MODULES_MISSING(names=some(missing)), where, texts.LOAD_MODULES(lines=lines))]


async def _queues(asked: Asked, seen: Picture | None, board: SwitchboardConfig, where: str) -> list[Finding]:
    wanted = [name for name in board.queues if seen is None or name in seen.queues]
    missing = [name for name in wanted if await asked.value(f"QUEUE_EXISTS({name})") == "0"]
    if not missing:
        return []
    return [Finding("error", texts.LOADED_QUEUE_MISSING(queues=", ".join(missing)), where, texts.RELOAD_QUEUES)]


async def _phones(asked: Asked, seen: Picture | None, seats: Iterable[str], where: str) -> list[Finding]:
    """Seats that no file here tells of: on another machine, in a database."""
    unseen = [seat for seat in seats if seen is None or seat not in seen.phones][:ASKED_MAX]
    absent, elsewhere, direct, deaf = [], [], [], []
    for seat in unseen:
        told = {
            name: await asked.value(f"PJSIP_ENDPOINT({seat},{name})")
            for name in ("context", "direct_media", "dtmf_mode")
        }
        if told["context"] is None:
            return []
        if not told["context"]:
            absent.append(seat)
            continue
        if told["context"] != SEAT and seen is None:
            elsewhere.append(seat)
        if told["direct_media"] in ("true", "yes"):
            direct.append(seat)
        if told["dtmf_mode"] in DEAF_TO_KEYS:
            deaf.append(seat)
    found = []
    if absent:
        found.append(Finding("error", texts.MEMBERS_WITHOUT_A_PHONE(names=some(absent)), where, texts.ADD_PHONES))
    if elsewhere:
        what = texts.SEAT_DIALS_ELSEWHERE(context=SEAT, names=some(elsewhere))
        found.append(Finding("warning", what, where, texts.ADD_LINE(line=f"context = {SEAT}")))
    if direct:
        found.append(
            Finding("error", texts.DIRECT_MEDIA(names=some(direct)), where, texts.ADD_LINE(line="direct_media = no"))
        )
    if deaf:
        found.append(
            Finding("error", texts.KEYS_UNHEARD(names=some(deaf)), where, texts.ADD_LINE(line="dtmf_mode = rfc4733"))
        )
    return found


async def _trunks(asked: Asked, seen: Picture | None, rules: RuleSet | None, where: str) -> list[Finding]:
    """Dial strings of targets, where no file tells: an endpoint that is not there, a trunk that arrives elsewhere, a target with nothing to dial."""
    if rules is None or (seen is not None and not seen.elsewhere):
        return []
    names = [f"ONEKEY_DIAL_{target}" for target in rules.targets]
    homes = [f"ONEKEY_HOME_{way}{target}" for target in rules.targets for way in ("", "DO_", "JOINED_")]
    held = await asked.values([*names, *homes])
    found = []
    for name in names if seen is None else ():
        if name not in held:
            target = name.removeprefix("ONEKEY_DIAL_")
            remedy = texts.WRITE_IN_SECTION(name="globals", line=f"{name} = PJSIP/…")
            found.append(Finding("error", texts.NOTHING_DIALS(target=target), where, remedy))
    contexts: dict[str, str | None] = {}
    for name, dial in held.items():
        for match in DIALLED.finditer(dial):
            endpoint = match[1]
            if endpoint not in contexts and (seen is None or endpoint not in seen.phones):
                contexts[endpoint] = await asked.value(f"PJSIP_ENDPOINT({endpoint},context)")
                if contexts[endpoint] == "":
                    what = texts.DIALS_NOBODY(name=name, dial=dial, endpoint=endpoint)
                    found.append(Finding("error", what, where, texts.CHANGE_OR_ADD(name=name)))
    homes_of = {
        match[1]: home[1]
        for name, dial in held.items()
        if (home := HOME.fullmatch(name))
        for match in DIALLED.finditer(dial)
    }
    for endpoint, peer in homes_of.items():
        if (context := contexts.get(endpoint)) and context != TRUNK:
            what = texts.TRUNK_ARRIVES_ELSEWHERE(trunk=endpoint, peer=peer, context=context)
            found.append(Finding("error", what, where, texts.SET_ITS_CONTEXT(name=endpoint, context=TRUNK)))
    return found


async def _features(asked: Asked, rules: RuleSet | None, where: str) -> list[Finding]:
    signs = {code[0] for code in rules.keys} if rules is not None else set()
    found = []
    for name in FEATURES:
        code = await asked.value(f"FEATUREMAP({name})") or ""
        if code[:1] and code[0] in signs and (name, code) not in STOCK:
            what = texts.LOADED_FEATURE_COVERED(name=name, code=code, sign=code[0])
            found.append(Finding("error", what, where, texts.RELOAD_FEATURES(name=name, code="#1")))
    return found


async def _events(
    link: Link, asked: Asked, seen: Picture | None, board: SwitchboardConfig, where: str
) -> list[Finding]:
    """A finding where the account is not told of calls, presses and queues: a channel that nobody hears is made for it, and a member's penalty set to
    what it is. What other calls tell meanwhile is as good."""
    if seen is not None and not rights_whole(seen):
        return []  # told by the file
    if await asked.value(f"DIALPLAN_EXISTS({TEST},hear,1)") != "1":
        return []  # a missing context is told
    kinds = {"call": ("Newchannel", "Newstate"), "user": ("UserEvent",)}
    channel = ("Channel", f"Local/hear@{TEST}/n")
    await link.request(
        "Originate", channel, ("Application", "Wait"), ("Data", "1"), ("Timeout", "1000"), ("Async", "true")
    )
    if (member := await _some_member(link)) is not None:
        queue, interface, penalty = member
        kinds["agent"] = (
            "QueueMemberPenalty",
            "QueueMemberStatus",
            "QueueMemberPause",
            "QueueCallerJoin",
            "AgentConnect",
        )
        await link.request("QueuePenalty", ("Interface", interface), ("Penalty", penalty), ("Queue", queue))
    missing = await _unheard(link, kinds)
    if not missing:
        return []
    remedy = texts.SET_READ(account=board.username, rights=",".join(READS))
    return [Finding("error", texts.NO_EVENTS(rights=", ".join(missing)), where, remedy)]


def rights_whole(seen: Picture) -> bool:
    """True where the account's section reads all that a gateway needs."""
    held = {
        right.strip() for right in dict(seen.read["manager"].get(seen.board.username, [])).get("read", "").split(",")
    }
    return "all" in held or set(READS) <= held


async def _unheard(link: Link, kinds: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Kinds of events none of which has come in time."""
    until = asyncio.get_running_loop().time() + HEARD_S
    while True:
        heard = link.events_by_name
        missing = [kind for kind, names in kinds.items() if not any(heard.get(name) for name in names)]
        if not missing or asyncio.get_running_loop().time() >= until:
            return missing
        await asyncio.sleep(0.05)


async def _some_member(link: Link) -> tuple[str, str, str] | None:
    """A queue's member with its penalty."""
    reply = await link.request("QueueStatus")
    for frame in reply.items:
        pairs = (line.partition(": ") for line in frame.decode("utf-8", "replace").split("\r\n"))
        told = {name: value for name, colon, value in pairs if colon}
        if told.get("Event") == "QueueMember" and told.get("Penalty", "").isdecimal():
            return told.get("Queue", ""), told.get("Location", ""), told["Penalty"]
    return None


async def _clock(asked: Asked, where: str) -> list[Finding]:
    before = time.time()
    told = await asked.value("STRFTIME(,,%s%3q)")
    if told is None or not told.isdecimal():
        return []
    off = int(told) / 1000 - (before + time.time()) / 2
    if abs(off) <= CLOCK_S_MAX:
        return []
    return [Finding("error", texts.CLOCK_DIFFERS(seconds=f"{off:+.1f}"), where, texts.SET_CLOCKS)]
