"""Tokens that ask for what is not theirs: the object found decides, never the name in the request."""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.error
import urllib.request
from typing import Any

from simulators.attacks import Broken, Ground, attack
from simulators.onekey import ONEKEY, ask, eventually, onekey

CALLER, OTHER, SEAT, BESIDE = ("12345", "13800000001"), ("12345", "13800000002"), ("12345", "1001"), ("12345", "1002")
FAR, FIRE = ("110", "2001"), ("12345", "119")
ALL = ("read", "full", "edit", "transfer", "supervise")


class Token:
    """A token that a stranger, a seat or a platform holds."""

    def __init__(self, ground: Ground, name: str, *scopes: str, board: str = "", seat: str = "") -> None:
        self._stage = ground.stage
        words = ["token", "create", name, "--config", str(ground.stage.config), "--scope", ",".join(scopes)]
        words += ["--switchboard", board] * bool(board) + ["--seat", seat] * bool(seat)
        found = re.search(r"ok_([0-9a-f]{8})_\S+", onekey(*words))
        assert found is not None
        self.text, self.id = found[0], found[1]

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and body of one request."""
        api = {**self._stage.lab["api"], "token": self.text}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await asyncio.to_thread(ask, api, method, path, body, given)

    async def revoke(self) -> None:
        """Its administrator takes it back; the gateway has looked since."""
        await asyncio.to_thread(onekey, "token", "revoke", self.id, "--config", str(self._stage.config))

        async def gone() -> bool:
            return (await self.ask("GET", "/v1/calls"))[0] == 401

        await eventually(gone, "a revoked token is refused")


async def _made(ground: Ground, name: str, *scopes: str, board: str = "", seat: str = "") -> Token:
    """A token, once the gateway knows it: it looks every two seconds."""
    token = await asyncio.to_thread(lambda: Token(ground, name, *scopes, board=board, seat=seat))

    async def known() -> bool:
        return (await token.ask("GET", "/v1/calls"))[0] != 401

    await eventually(known, "a new token is known")
    return token


async def _call(ground: Ground) -> dict[str, Any]:
    """The one live call."""
    (call,) = (await ground.stage.get("/v1/calls"))["items"]
    found: dict[str, Any] = call
    return found


def _unrung(ground: Ground, *phones: Any) -> None:
    for phone in phones:
        rang = phone.diary.find("ringing", after=ground.play.began)
        ground.must(rang is None, f"{phone.name} rings")


@attack("rights")
async def foreign_token_by_channel(ground: Ground) -> str:
    """A token of 110 takes over a call of 12345 that was never given to 110, by the unique id of a channel."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    call = await _call(ground)
    token = await _made(ground, "110", *ALL, board="110")
    for named in (
        {"channel": call["id"], "switchboard": "110"},
        {"channel": call["id"], "switchboard": "12345"},
        {"call": call["id"]},
    ):
        status, answer = await token.ask("POST", "/v1/transfers", {"target": "110", **named})
        ground.must(status in (403, 404), f"{named}: {status} {answer}")
    status, _ = await token.ask("GET", f"/v1/contexts/{call['context']}?full=true&purpose=x")
    ground.must(status == 404, f"the record is read: {status}")
    await ground.play.hears(caller, {seat})
    _unrung(ground, far)
    await ground.play.finish(seat, caller)
    return "404 however the call is named; 110 did not ring, the caller heard the seat on"


@attack("rights")
async def legs_told_apart(ground: Ground) -> str:
    """A token of 110 tries unique ids of 12345 to learn which channels live there."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    await ground.play.connect(caller, seat)
    live = (await _call(ground))["id"]
    head, _, tail = live.rpartition(".")
    token = await _made(ground, "110", "read", board="110")
    answers = set()
    for n in range(max(0, int(tail) - 3), int(tail) + 6):
        status, answer = await token.ask("GET", f"/v1/contexts/x?leg={head}.{n}")
        answers.add((status, answer["error_id"]))
    ground.must(len(answers) == 1, f"live and dead legs differ: {sorted(answers)}")
    await ground.play.finish(seat, caller)
    return f"one answer for legs that live and legs that do not: {answers.pop()}"


@attack("rights")
async def trace_of_others(ground: Ground) -> str:
    """110 was given a matter once; by its trace it wants to see the transfers that 12345 made to others."""
    caller, seat, far, fire = await ground.play.phones(CALLER, SEAT, FAR, FIRE)
    await ground.play.connect(caller, seat)
    pressed = await ground.play.press(seat, "*1")
    await far.wait_ring(after=pressed)
    await far.decline()
    await ground.play.outcome("declined")
    pressed = await ground.play.press(seat, "*2")
    await fire.wait_ring(after=pressed)
    call = await _call(ground)
    other = (await ground.stage.transfers())[-1]
    ground.must(other["target"] == "119", f"the last transfer is {other}")
    token = await _made(ground, "110", *ALL, board="110")
    status, trace = await token.ask("GET", f"/v1/contexts/{call['context']}/trace")
    ground.must(status == 200, f"its own matter is not shown: {status}")
    shown = [(one["id"], one["target"]) for one in trace["transfers"]]
    ground.must([target for _, target in shown] == ["110"], f"transfers of others: {shown}")
    status, _ = await token.ask("GET", f"/v1/contexts/{other['id']}/trace")
    ground.must(status == 404, f"by the other transfer's id: {status}")
    status, answer = await token.ask("POST", f"/v1/transfers/{other['id']}/cancel")
    ground.must(status == 404, f"it cancels what is not its own: {status} {answer}")
    status, answer = await token.ask("POST", "/v1/transfers", {"target": "110", "call": call["id"]})
    ground.must(status == 403, f"it moves a caller with whom it does not talk: {status} {answer}")
    declined = time.monotonic()
    await fire.decline()
    await ground.play.hears(caller, {seat})
    await ground.play.read(seat, declined)
    await ground.play.finish(seat, caller)
    return "the trace has 110's own transfer alone; it neither cancels the other nor moves the caller"


@attack("rights")
async def a_callers_phone_as_a_seat(ground: Ground) -> str:
    """A console of 12345 logs a citizen's phone, a service and a trunk into the hotline's queue, to be given other citizens."""
    caller, seat, other = await ground.play.phones(CALLER, SEAT, OTHER)
    token = await _made(ground, "console", "read", "transfer", board="12345")
    for name in (OTHER[1], "119", "trunk-110", "pstn", "nosuch"):
        status, answer = await token.ask("POST", f"/v1/seats/12345/{name}/log_in", {"queues": ["12345"]})
        ground.must(status == 422, f"{name}: {status} {answer}")
        status, answer = await token.ask(
            "POST", "/v1/action-urls", {"action": "cancel", "switchboard": "12345", "seat": name}
        )
        ground.must(status == 422, f"a button for {name}: {status} {answer}")
    members = await asyncio.to_thread(ground.stage.console, "12345", "queue show 12345")
    ground.must(OTHER[1] not in members and "trunk" not in members, members)
    await ground.play.connect(caller, seat)
    _unrung(ground, other)
    await ground.play.finish(seat, caller)
    return "422 unknown_seat for each; the queue has its seats alone"


@attack("rights")
async def a_phone_that_only_rings(ground: Ground) -> str:
    """A seat whose phone rings, and which nobody has answered, sends the citizen to 110 unheard and reads the number in full."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    token = await _made(ground, "seat", "read", "full", "transfer", board="12345", seat="1001")
    place = {"switchboard": "12345", "seat": "1001"}
    _, button = await token.ask("POST", "/v1/action-urls", {"action": "transfer", "target": "110", **place})
    await caller.call("12345")
    await seat.wait_ring(after=ground.play.began)
    call = await _call(ground)
    for body in ({"call": call["id"]}, place):
        status, answer = await token.ask("POST", "/v1/transfers", {"target": "110", **body})
        ground.must(status in (403, 404), f"{body}: {status} {answer}")
    status, answer = await token.ask("GET", f"/v1/contexts/{call['context']}?full=true&purpose=x")
    ground.must(status == 403, f"the number in full: {status}")
    status, line = await asyncio.to_thread(_fetch, button["url"])
    ground.must(status == 404, f"its button: {status} {line}")
    _unrung(ground, far)
    await seat.answer()
    await ground.play.hears(caller, {seat})
    status, answer = await token.ask("POST", "/v1/transfers", {"target": "110", **place})
    ground.must(status == 202, f"once it talks it may: {status} {answer}")
    await far.wait_ring(after=ground.play.began)
    taken_back = time.monotonic()
    await ground.stage.post(f"/v1/transfers/{answer['id']}/cancel", {})
    await ground.play.outcome("returned")
    await ground.play.read(seat, taken_back)
    await ground.play.finish(seat, caller)
    return "403 and 404 while it rings, 202 once it talks"


def _fetch(url: str, **headers: str) -> tuple[int, str]:
    """What somebody without a token gets."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@attack("rights")
async def a_button_of_a_revoked_token(ground: Ground) -> str:
    """Whoever has lost the token presses a button that was made with it, up to a day later."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    token = await _made(ground, "phones", "read", "transfer", board="12345")
    body = {"action": "transfer", "switchboard": "12345", "seat": "1001", "target": "110", "ttl_s": 86400}
    _, button = await token.ask("POST", "/v1/action-urls", body)
    _, look = await token.ask("POST", "/v1/action-urls", {**body, "action": "look"})
    await token.revoke()
    for url in (button["url"], look["url"]):
        status, line = await asyncio.to_thread(_fetch, url)
        ground.must(status == 410, f"{status} {line}")
    _unrung(ground, far)
    await ground.play.finish(seat, caller)
    return "410: void since its maker was revoked"


@attack("rights")
async def edit_alone_reads(ground: Ground) -> str:
    """A token that may edit and not read makes a conflict, to be shown what stands there."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    await ground.play.connect(caller, seat)
    call = await _call(ground)
    token = await _made(ground, "editor", "edit", board="12345")
    path = f"/v1/contexts/{call['context']}"
    status, answer = await token.ask("PATCH", path, {"urgency": "urgent"}, If_Match='"0"')
    ground.must(status == 412, f"{status}")
    shown = answer["details"]["context"]
    ground.must("caller_number" not in shown, f"412 shows {sorted(shown)}")
    tag = f'"{shown["version"]}"'
    status, answer = await token.ask("PATCH", path, {"urgency": "urgent"}, If_Match=tag)
    ground.must(status == 200 and "caller_number" not in answer, f"{status} {sorted(answer)}")
    await ground.play.finish(seat, caller)
    return "it is told the version, and nothing that stands in the record"


@attack("rights")
async def what_was_said_before_a_wish(ground: Ground) -> str:
    """A reader comes back to the feed for events from before the caller wished for confidence, to see the number's ends."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    await ground.play.connect(caller, seat)
    call = await _call(ground)
    tail = CALLER[1][-4:]
    token = await _made(ground, "12345", "read", board="12345")
    before = await asyncio.to_thread(_replayed, ground, token.text, call["context"])
    ground.must(tail in before, f"the play's own context is not in the feed: {before[:200]}")
    record = await ground.stage.get(f"/v1/contexts/{call['context']}")
    status, _ = await ground.stage.ask("PATCH", f"/v1/contexts/{call['context']}", {"confidential": True},
        {"If-Match": f'"{record["version"]}"'},
    )  # fmt: skip
    ground.must(status == 200, f"the wish is not taken: {status}")
    after = await asyncio.to_thread(_replayed, ground, token.text, call["context"])
    ground.must("***********" in after and tail not in after, f"the feed tells of before: {after[:300]}")
    await ground.play.finish(seat, caller)
    return f"{after.count('data:')} events are told anew, the number in none of them"


def _replayed(ground: Ground, token: str, context: str) -> str:
    """What the feed still knows of a context, to a reader that comes back."""
    api, found = ground.stage.lab["api"], ""
    url = f"http://{api['host']}:{api['port']}/v1/events"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", "Last-Event-ID": "1"})
    until = time.monotonic() + 1.5
    with urllib.request.urlopen(request, timeout=0.5) as answer:
        while time.monotonic() < until:
            try:
                line = answer.readline().decode()
            except TimeoutError:
                break
            if line.startswith("data:") and json.loads(line[5:]).get("id") == context:
                found += line
    return found


@attack("rights")
async def a_stranger_at_the_door(ground: Ground) -> str:
    """Without a token: accounts, addresses and paths by /readyz, the versions that run by the headers of an answer."""
    api = ground.stage.lab["api"]
    base = f"http://{api['host']}:{api['port']}"
    _, text = await asyncio.to_thread(_fetch, f"{base}/readyz")
    ground.must(set(json.loads(text)) == {"ready"}, f"/readyz tells {text}")

    def server() -> str | None:
        with urllib.request.urlopen(f"{base}/healthz", timeout=5) as answer:
            return str(answer.headers.get("Server") or "")

    header = await asyncio.to_thread(server)
    ground.must(not header, f"Server: {header}")
    return "a bare yes or no, and no version"


@attack("rights")
async def one_number_with_many_lines(ground: Ground) -> str:
    """A machine calls with one number again and again, to fill the queue before the others and the switchboard behind it."""
    stage = ground.stage
    for name, figure in (("ONEKEY_CALLS_FIRST", 1), ("ONEKEY_CALLS_MAX", 2)):
        await asyncio.to_thread(stage.console, "12345", f"dialplan set global {name} {figure}")
    try:
        one, two, three, other = await ground.play.phones(CALLER, CALLER, CALLER, OTHER)
        for phone in (one, two):
            await phone.call("12345")
            await phone.diary.wait("answered", after=ground.play.began, who=phone.name)
        began = time.monotonic()
        await three.call("12345")
        busy = await three.diary.wait("refused", after=began, who="the third line")
        await other.call("12345")
        await other.diary.wait("answered", after=began, who="other")
        seat = await stage.phone(*SEAT)
        await seat.wait_ring(after=began)
        await seat.answer()
        await ground.play.hears(one, {seat})
        at = time.monotonic()
        await one.hang_up()
        ring = await seat.wait_ring(after=at)
        ground.must(ring.number == OTHER[1], f"{ring.number} is given a seat before others")
        await seat.answer()
        await ground.play.hears(other, {seat})
        await ground.play.finish(seat, other)
    finally:
        for name, figure in (("ONEKEY_CALLS_FIRST", 10), ("ONEKEY_CALLS_MAX", 100)):
            await asyncio.to_thread(stage.console, "12345", f"dialplan set global {name} {figure}")
    return f"the second line waited behind another citizen, the third was refused with {busy.detail}"


REFUSED_S = 15.0
"""A gateway that does not start says so at once; Python takes a second or two."""
WEAK = (("token", "change-me"), ("token", "aaaaaaaaaaaaaaaaaaaa"), ("secret", "x"), ("ami", "change-me"))


@attack("rights")
async def a_secret_that_anybody_guesses(ground: Ground) -> str:
    """A site starts with the example's secrets, or with one that a guess finds."""
    config = ground.stage.config.read_text(encoding="utf-8")
    lab = ground.stage.lab
    strong = {"token": lab["api"]["token"], "ami": lab["switchboards"]["110"]["ami"]["secret"]}
    strong["secret"] = ground.stage.platform.secret if ground.stage.platform is not None else ""
    for kind, weak in WEAK:
        file = ground.stage.folder / "weak.toml"
        file.touch(mode=0o600)
        text = config.replace(f"'{strong[kind]}'", f"'{weak}'").replace(f"port = {lab['api']['port']}", "port = 1")
        ground.must(f"'{weak}'" in text, f"no {kind} in the configuration")
        file.write_text(text, encoding="utf-8")
        done = await asyncio.create_subprocess_exec(
            *ONEKEY, "run", "--config", str(file), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            out, _ = await asyncio.wait_for(done.communicate(), REFUSED_S)
        except TimeoutError:
            done.kill()
            await done.wait()
            raise Broken(f"a gateway runs with the {kind} {weak!r}") from None
        told = out.decode()
        ground.must(done.returncode == 1 and "weak" in told, f"{kind} {weak}: {done.returncode} {told[-300:]}")
        ground.must(weak == "x" or weak not in told, "the secret itself is printed")
    return f"{len(WEAK)} configurations with weak secrets do not start, and say which"
