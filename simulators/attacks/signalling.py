"""SIP from strangers: methods other than INVITE, dialogues of others, headers that lie.

Who attacks: nobody (no account), a citizen (an account that may call the hotline), the address of a carrier or of the other switchboard
(a datagram's sender is easily forged), a service. None of them may act for a seat, reach its display, or become a caller by anything but a call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from simulators.attacks import Ground, attack
from simulators.onekey import eventually
from simulators.phone import Account, PhoneError
from simulators.raw_sip import Answer, RawSip, must_answer, token
from simulators.sip_texts import header

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
OTHER = "13800000002"
"""A second citizen: the attacker, where it has an account."""
OUTCOME = "转接已完成 / transfer completed"
WATCHED_S = 1.5
"""How long something is watched that must not happen: what would make it happen takes milliseconds."""
SDP = "Content-Type: application/sdp"


@asynccontextmanager
async def _speaking(ground: Ground, host: str, side: str, at: str = "sip", account: str = "") -> AsyncIterator[RawSip]:
    """A user agent at an address, speaking to one of a switchboard's transports, with an account or none."""
    board = ground.stage.lab["switchboards"][side]
    known: Account | None = ground.stage.account(side, account) if account else None
    agent = RawSip(host, (board[at]["host"], board[at]["port"]), known)
    try:
        yield agent
    finally:
        await agent.hang_up()
        agent.close()


def _stranger(ground: Ground) -> str:
    return str(ground.stage.lab["phones"].rsplit(".", 1)[0]) + ".251"


def _uri(agent: RawSip, user: str) -> str:
    return f"sip:{user}@{agent.server[0]}:{agent.server[1]}"


async def _never(phone: Any, word: str, after: float, ground: Ground, what: str) -> None:
    try:
        found = await phone.diary.wait(word, after=after, within_s=WATCHED_S)
    except PhoneError:
        return
    ground.must(False, f"{what} ({word} {found.detail})")


async def _unharmed(ground: Ground, caller: Any, seat: Any) -> None:
    await asyncio.gather(ground.play.hears(caller, {seat}), ground.play.hears(seat, {caller}))


@attack("signalling")
async def a_message_is_no_caller(ground: Ground) -> str:
    """Become a caller who never hangs up, with one SIP MESSAGE to the hotline: without an account, as a citizen, a service, a seat."""
    (seat,) = await ground.play.phones(SEAT)
    boards, began = ground.stage.lab["switchboards"], time.monotonic()
    tries = [
        (boards["12345"]["pstn"]["host"], "12345", "sip", "", "12345"),
        (_stranger(ground), "12345", "sip", OTHER, "12345"),
        (_stranger(ground), "12345", "sip", "119", "12345"),
        (_stranger(ground), "12345", "sip", "1002", "110"),
        (_stranger(ground), "12345", "sip", "1002", "1001"),
        (boards["12345"]["trunk"]["host"], "110", "trunk", "", "110"),
        (boards["12345"]["trunk"]["host"], "110", "trunk", "", "onekey-press"),
        (_stranger(ground), "12345", "sip", "", "12345"),
    ]
    answers = []
    for host, side, at, account, number in tries:
        async with _speaking(ground, host, side, at, account) as agent:
            found = await agent.ask("MESSAGE", _uri(agent, number), "Content-Type: text/plain", body="救命")
            answers.append(found.status)
            ground.must(found.refused, f"MESSAGE to {number} of {side} by {account or host}: {found.status}")
    for side in ("12345", "110"):
        ghosts = [channel[0] for channel in ground.stage.channels(side) if channel[0].startswith("Message/")]
        ground.must(not ghosts, f"{side} has the channel {ghosts}")
    await _never(seat, "ringing", began, ground, "a seat rings for a caller who is a MESSAGE")
    calls = (await ground.stage.get("/v1/calls"))["items"]
    ground.must(not calls, f"the gateway has callers that are messages: {calls}")
    return f"refused {len(answers)} times ({', '.join(str(status) for status in sorted(set(answers)))}); no channel, no ring, no call"


@attack("signalling")
async def a_call_is_not_taken_over(ground: Ground) -> str:
    """Take a seat's call over by INVITE with Replaces, its dialogue read from the wire: as another citizen, another seat, by an address alone."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    await ground.play.connect(caller, seat)
    boards, tried = ground.stage.lab["switchboards"], []
    for phone in (caller, seat):
        dialogue = phone.current.dialogue
        ours, theirs = (
            header(f"X: {side}".encode(), "X").partition("tag=")[2] for side in (dialogue.remote, dialogue.local)
        )
        replaces = f"Replaces: {dialogue.call_id};to-tag={ours};from-tag={theirs}"
        for host, account in (
            (_stranger(ground), OTHER),
            (_stranger(ground), "1002"),
            (boards["12345"]["pstn"]["host"], ""),
        ):
            async with _speaking(ground, host, "12345", account=account) as agent:
                found = await agent.ask("INVITE", _uri(agent, "12345"), SDP, replaces, body=agent.offer())
                tried.append(found.status)
                ground.must(
                    found.refused, f"INVITE with Replaces of {phone.name}'s call by {account or host}: {found.status}"
                )
        await _unharmed(ground, caller, seat)
    return f"refused {len(tried)} times ({', '.join(str(status) for status in sorted(set(tried)))}); caller and seat talk on"


@attack("signalling")
async def a_callers_text_is_no_outcome(ground: Ground) -> str:
    """Write on a seat's display what looks like an outcome, with a MESSAGE inside one's own call; at home and over the trunk."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    began = time.monotonic()
    status = await _text(caller)
    await _never(seat, "text", began, ground, "the caller's text stands on the seat's display")
    pressed = await ground.play.press(seat, "*7")
    await far.wait_ring(after=pressed)
    await far.answer()
    await ground.play.hears(far, {caller, seat})
    outcome = await seat.diary.wait("text", after=pressed, who="seat")
    began = time.monotonic()
    await _text(far)
    await _never(seat, "text", began, ground, f"110's text stands on the seat's display, as {outcome.detail} did")
    await seat.hang_up()
    await ground.play.hears(far, {caller})
    began = time.monotonic()
    await _text(caller)
    await _never(far, "text", began, ground, "the caller's text stands on the display of 110's seat")
    await _unharmed(ground, caller, far)
    return f"answered {status}; nothing on the seats' displays, in a call of two and after a transfer"


async def _text(phone: Any) -> int:
    """A MESSAGE inside this phone's own call."""
    return int((await phone.say_in_call("MESSAGE", "Content-Type: text/plain", OUTCOME)).split()[1])


@attack("signalling")
async def a_citizen_has_no_keys(ground: Ground) -> str:
    """Press a seat's key as a citizen: by RFC 4733 and by INFO, in both spellings; send a REFER in the call and outside it."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    began = time.monotonic()
    await caller.press("*1")
    for kind, body in (("dtmf-relay", "Signal={}\r\nDuration=160\r\n"), ("dtmf", "{}")):
        for digit in "*1":
            await caller.say_in_call("INFO", f"Content-Type: application/{kind}", body.format(digit))
    await _never(far, "ringing", began, ground, "a citizen's keys ring 110")
    refused = (await caller.say_in_call("REFER", "Refer-To: <sip:110@x>", "")).split()[1].decode()
    ground.must(int(refused) >= 400, f"a citizen's REFER: {refused}")
    async with _speaking(ground, _stranger(ground), "12345", account=OTHER) as agent:
        found = await agent.ask("REFER", _uri(agent, "1001"), "Refer-To: <sip:110@x>")
        ground.must(found.refused, f"a citizen's REFER outside any call: {found.status}")
    await _unharmed(ground, caller, seat)
    return f"no ring; REFER {refused} in the call, {found.status} outside"


@attack("signalling")
async def nobody_watches_or_registers_another(ground: Ground) -> str:
    """Watch a seat (SUBSCRIBE), publish for it, notify it, or register in its place, as a citizen and as another seat."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    tried: list[tuple[str, int]] = []
    for account in (OTHER, "1002"):
        async with _speaking(ground, _stranger(ground), "12345", account=account) as agent:
            for event in ("presence", "dialog", "message-summary", "refer", "reg"):
                found = await agent.ask("SUBSCRIBE", _uri(agent, "1001"), f"Event: {event}", "Expires: 600")
                tried.append((f"SUBSCRIBE {event}", found.status))
            found = await agent.ask("PUBLISH", _uri(agent, "1001"), "Event: presence", "Expires: 600")
            tried.append(("PUBLISH", found.status))
            notify = "Subscription-State: active"
            tried.append(("NOTIFY", (await agent.ask("NOTIFY", _uri(agent, "1001"), "Event: refer", notify)).status))
            home = f"sip:{agent.server[0]}:{agent.server[1]}"
            found = await agent.ask("REGISTER", home, "Expires: 600", to=_uri(agent, "1001"))
            tried.append(("REGISTER", found.status))
    through = [f"{what}: {status}" for what, status in tried if not Answer(status).refused]
    ground.must(not through, f"not refused: {through}")
    await ground.play.connect(caller, seat)
    return f"{len(tried)} requests refused; the seat's phone rings as before"


@attack("signalling")
async def nothing_is_told_to_strangers(ground: Ground) -> str:
    """Learn which accounts there are, what the server is and which version, by asking without an account."""
    seen: dict[str, set[str]] = {}
    async with _speaking(ground, _stranger(ground), "12345") as agent:
        for method in ("OPTIONS", "REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE"):
            for name in ("1001", "13800000001", "nobody-here", "trunk-110", "refused"):
                more = [SDP] if method == "INVITE" else ["Event: presence"] if method == "SUBSCRIBE" else []
                body = agent.offer() if method == "INVITE" else ""
                uri = _uri(agent, name if method != "REGISTER" else "x")
                found = must_answer(await agent.ask(method, uri, *more, sender=name, body=body), f"{method} as {name}")
                seen.setdefault(method, set()).add(str(found.status))
                told = f"{header(found.raw, 'Server')}{header(found.raw, 'User-Agent')}"
                ground.must(
                    "sterisk" not in told and not any(c.isdigit() and "." in told for c in told), f"{method}: {told}"
                )
    differing = {method: statuses for method, statuses in seen.items() if len(statuses) > 1}
    ground.must(not differing, f"the answers tell which accounts there are: {differing}")
    return "one answer for accounts that are and are not: " + ", ".join(f"{m} {'/'.join(s)}" for m, s in seen.items())


@attack("signalling")
async def a_number_is_not_forged(ground: Ground) -> str:
    """Ring a seat under another's number or as sent on by 110: From's name, P-Asserted-Identity, Remote-Party-ID, Diversion, History-Info."""
    (seat,) = await ground.play.phones(SEAT)
    forged = "13911119999"
    lies = [
        f"P-Asserted-Identity: <sip:{forged}@x>",
        f"Remote-Party-ID: <sip:{forged}@x>;party=calling;privacy=off;screen=yes",
        "Diversion: <sip:110@x>;reason=unconditional",
        "History-Info: <sip:110@x>;index=1",
        "User-to-User: 322e;encoding=hex",
        "Call-Info: <http://evil.example/x>;purpose=emergency-eido",
        "X-Onekey-Leg: 12345-1.1",
        "Alert-Info: <http://evil.example/ring.wav>",
    ]
    shown = ""
    for host, account in ((_stranger(ground), OTHER), (ground.stage.lab["switchboards"]["12345"]["pstn"]["host"], "")):
        began = time.monotonic()
        async with _speaking(ground, host, "12345", account=account) as agent:
            sender = account or "13922220000"
            found = await agent.ask("INVITE", _uri(agent, "12345"), SDP, *lies, sender=sender, body=agent.offer())
            ground.must(found.status == 200, f"a citizen's call is answered {found.status}")
            ring = await seat.wait_ring(after=began)
            ground.must(ring.number == sender, f"the seat is shown {ring.number}, not {sender}")
            ground.must(forged not in seat.numbers_sent, "the forged number reached the seat's phone")
            info = {
                name: value
                for name, value in ring.headers.items()
                if "evil" in value or name.startswith("x-onekey-leg")
            }
            ground.must(not info, f"the citizen's own headers reached the seat's phone: {info}")
            ground.must("diversion" not in seat.headers_sent, "a forged Diversion reached the seat's phone")
            shown += f"{ring.number} "
            await agent.hang_up()
        await seat.diary.wait("cancelled", "hung_up", after=began, who="seat")
    return f"the seat is shown {shown.strip()}"


@attack("signalling")
async def a_stranger_is_no_trunk(ground: Ground) -> str:
    """Speak as the other switchboard from its address: at the seats' transport; and with records of a stranger at the trunk's own."""
    (far,) = await ground.play.phones(FAR)
    trunk, refused = ground.stage.lab["switchboards"]["12345"]["trunk"]["host"], []
    lies = ["Call-Info: <http://evil.example/x>;purpose=emergency-eido", "User-to-User: 00"]
    began = time.monotonic()
    for number in ("110", "onekey-press", "onekey-do", "onekey-joined", "2001", "12345", "s"):
        async with _speaking(ground, trunk, "110") as agent:
            found = await agent.ask("INVITE", _uri(agent, number), SDP, *lies, body=agent.offer())
            refused.append(found.status)
            ground.must(
                found.refused, f"a call to {number} from the trunk's address at the seats' transport: {found.status}"
            )
    await _never(far, "ringing", began, ground, "110's seat rings for a call at the seats' transport")
    async with _speaking(ground, trunk, "110", "trunk") as agent:
        began = time.monotonic()
        lies.append(f"X-Onekey-Trunk: {ground.stage.lab['trunk_words']['12345']}")  # the other switchboard itself
        asked = asyncio.create_task(
            agent.ask("INVITE", _uri(agent, "110"), SDP, *lies, sender="13922220000", body=agent.offer())
        )
        ring = await far.wait_ring(after=began)
        told = {name: value for name, value in ring.headers.items() if name in ("call-info", "user-to-user")}
        ground.must(not told, f"what a stranger says about records reached 110's phone: {told}")
        await far.answer()
        await asked
        await agent.hang_up()
        await far.diary.wait("hung_up", after=began, who="far")
    return f"refused at the seats' transport ({', '.join(str(status) for status in sorted(set(refused)))}); nothing of its records on the phone"


@attack("signalling")
async def a_forged_id_reaches_no_phone(ground: Ground) -> str:
    """Have a seat's phone show a User-to-User of one's own, of an id's form: by the trunk's address at the trunk's own port, as a citizen, a carrier, another seat."""
    seat, far = await ground.play.phones(SEAT, FAR)
    boards, forged = ground.stage.lab["switchboards"], f"2.{token()}.1.6a000000.k1.{token()}{token()}".encode().hex()
    lies = [f"User-to-User: {forged};encoding=hex", "X-Onekey-Leg: 12345-1.1", "X-Onekey-Press: 12345.1.1"]
    began, refused = time.monotonic(), []
    for number in ("110", "onekey-press", "onekey-do", "onekey-joined"):
        for word in (
            [],
            ["X-Onekey-Trunk: "],
            ["X-Onekey-Trunk: 110"],
            [f'X-Onekey-Trunk: {token()}"'],
            ["X-Onekey-Trunk: a", "X-Onekey-Trunk: b"],
        ):
            async with _speaking(ground, boards["12345"]["trunk"]["host"], "110", "trunk") as agent:
                said = [*lies, "X-Onekey-Target: 12345", "X-Onekey-Do: back", *word]
                found = await agent.ask("INVITE", _uri(agent, number), SDP, *said, body=agent.offer())
                refused.append(found.status)
                ground.must(found.refused, f"a call to {number} from the trunk's address is answered {found.status}")
    await _never(far, "ringing", began, ground, "110's seat rings for who only wears the trunk's address")
    shown = []
    tries = (
        (_stranger(ground), OTHER, "12345"),
        (boards["12345"]["pstn"]["host"], "", "12345"),
        (_stranger(ground), "1002", "1001"),
    )
    for host, account, number in tries:
        began = time.monotonic()
        async with _speaking(ground, host, "12345", account=account) as agent:
            asked = asyncio.create_task(
                agent.ask(
                    "INVITE", _uri(agent, number), SDP, *lies, sender=account or "13922220000", body=agent.offer()
                )
            )
            ring = await seat.wait_ring(after=began)
            told = ring.headers.get("user-to-user", "")
            ground.must(forged not in told, f"the id of {account or host} reached the seat's phone")
            shown.append("ours" if told else "none")
            await seat.answer()
            await asked
            await agent.hang_up()
        await seat.diary.wait("hung_up", after=began, who="seat")
    return f"refused {len(refused)} times over the trunk; on the seat's phone: {', '.join(shown)}"


@attack("signalling")
async def a_dialogue_is_not_guessed(ground: Ground) -> str:
    """End, move or change a call of others without having read its dialogue: BYE, UPDATE, re-INVITE, CANCEL, INFO with guessed tags."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    await ground.play.connect(caller, seat)
    dialogue, answers = seat.current.dialogue, []
    async with _speaking(ground, _stranger(ground), "12345") as agent:
        for method in ("BYE", "UPDATE", "INVITE", "CANCEL", "INFO", "REFER"):
            # the Call-ID alone: 12 characters of each tag stay to be guessed
            guessed = type(dialogue)(
                dialogue.call_id, f"<sip:1001@x>;tag={token()}", f"<sip:x@x>;tag={token()}", dialogue.target
            )
            more = [SDP] if method in ("UPDATE", "INVITE") else ["Refer-To: <sip:110@x>"] if method == "REFER" else []
            body = agent.offer() if method in ("UPDATE", "INVITE") else ""
            found = await agent.ask(method, dialogue.target, *more, body=body, dialogue=guessed)
            answers.append(found.status)
            ground.must(found.refused, f"{method} with guessed tags: {found.status}")
    await _unharmed(ground, caller, seat)
    await eventually(lambda: ground.stage.channels("12345"), "the call lives")
    return f"refused ({', '.join(str(status) for status in sorted(set(answers)))}); caller and seat talk on"


PLANTED = "2:blind:0:00000000:-:00000000:119/5"
"""What an attacker would have the key do: nobody asks, and 119 rings."""
PLAN = "ONEKEY_PLAN_12345_110"


def _plans(plan: str) -> tuple[str, ...]:
    """Headers by which somebody might set a variable, or be read as one."""
    return (
        f"{PLAN}: {plan}",
        f"X-{PLAN}: {plan}",
        f"X-Onekey-Plan: {plan}",
        f"X-Asterisk-Set: {PLAN}={plan}",
        f"P-Variable: __{PLAN}={plan}",
        f"Variable: {PLAN}={plan}",
        f"X-Onekey-Press: {PLAN}={plan}",
        f"X-Onekey-Target: {plan}",
        f"X-Onekey-Mode: {plan}",
    )


async def _held(ground: Ground) -> dict[str, str]:
    """Everything of a plan that lies in Asterisk: on each channel, and as globals."""
    names = (PLAN, "ONEKEY_PLANS", f"GLOBAL({PLAN})", "GLOBAL(ONEKEY_PLAN_12345_119)", "GLOBAL(ONEKEY_PLAN_S)")
    rows = await ground.stage.values("12345", *names)
    return {f"{channel} {name}": value for channel, *values in rows for name, value in zip(names, values, strict=True)}


@attack("signalling")
async def a_plan_is_not_planted(ground: Ground) -> str:
    """Have the next key ring 119 instead of 110: plans in headers, names and MESSAGEs of a citizen, a seat, the trunk; whole, cut, oversize, of another version."""
    seat, far, fire = await ground.play.phones(SEAT, FAR, ("12345", "119"))
    boards, tried = ground.stage.lab["switchboards"], 0
    plans = (PLANTED, PLANTED[:17], PLANTED + "&119/5" * 200, "3" + PLANTED[1:], f"{PLANTED}\t,{PLAN}=x")
    for number, plan in enumerate(plans):
        began = time.monotonic()
        async with _speaking(ground, _stranger(ground), "12345", account=OTHER) as agent:
            headers = _plans(plan) if len(plan) < 500 else _plans(plan)[:3]
            found = await agent.ask("INVITE", _uri(agent, "12345"), SDP, *headers, sender=OTHER, body=agent.offer())
            if not found.status and len(plan) > 500:
                tried += 1  # Asterisk throws a datagram away that is longer than any of a phone's
                continue
            ground.must(found.status == 200, f"a citizen's call is answered {found.status}")
            await seat.wait_ring(after=began)
            await seat.answer()
            before = await _held(ground)
            for host, side, at, account, to in (
                (_stranger(ground), "12345", "sip", "1002", "1001"),
                (_stranger(ground), "12345", "sip", OTHER, "12345"),
                (boards["12345"]["trunk"]["host"], "110", "trunk", "", "onekey-press"),
                (boards["110"]["trunk"]["host"], "12345", "trunk", "", "onekey-press"),
            ):
                async with _speaking(ground, host, side, at, account) as other:
                    said = await other.ask(
                        "MESSAGE", _uri(other, to), "Content-Type: text/plain", *headers, body=f"{PLAN}={plan}"
                    )
                    ground.must(said.refused, f"MESSAGE to {to} of {side}: {said.status}")
                    if at == "trunk":
                        asked = await other.ask("INVITE", _uri(other, to), SDP, *headers, body=other.offer())
                        ground.must(asked.refused, f"a press that is none is answered {asked.status}")
                    tried += 1
            after = {name: value for name, value in (await _held(ground)).items() if name in before}
            ground.must(after == before, f"a plan has changed: {before} {after}")
            ground.must(PLANTED not in after.values(), f"a plan was planted: {after}")
            pressed = await ground.play.press(seat)
            ring = await far.wait_ring(after=pressed)
            ground.must(ring.name == "[12345转]", f"plan {number}: 110 is shown {ring.name!r}")
            ground.must(not fire.diary.find("ringing", after=began), f"plan {number}: 119 rings")
            await far.decline(486)
            await asyncio.sleep(0.2)
            await agent.hang_up()
        await seat.diary.wait("hung_up", after=began, who="seat")
        tried += 1
    return f"{tried} times planted, by headers, names and texts: the key rang 110 by its own plan each time"
