"""Loads and traps at the door: long texts, half requests, endless answers; no press comes late for them."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from simulators.attacks import Ground, attack
from simulators.onekey import eventually
from simulators.play import READING_S

TOLD_S = 3.0
"""Within so many seconds the seat reads why its press has failed."""
LATE_MS_MAX = 700.0
"""Far more than a press needs, gateway or none: later, and the key has waited for somebody."""
GROWN_MB_MAX = 64.0
"""How much memory a gateway may take for what strangers do."""
WITHIN_S = 20.0
"""How long half a request may be held: the default of a head or a body, twice, on a machine that attackers and attacked share."""


class Attackers:
    """A process of attackers that is in full swing. ``end`` tells what came of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def end(self) -> dict[str, Any]:
        """Stop them; their tally."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        out, _ = await self._process.communicate()
        return dict(json.loads(out.splitlines()[-1])) if out.strip() else {}

    async def asked(self, within_s: float = 60.0) -> None:
        """Wait for the first request; a platform that has failed before is asked again after a pause."""
        assert self._process.stdout is not None
        await asyncio.wait_for(self._process.stdout.readline(), within_s)


@asynccontextmanager
async def attackers(kind: str, **given: Any) -> AsyncIterator[Attackers]:
    """Attackers of a kind (``simulators.attackers``), at work until the end of the block."""
    argv = (sys.executable, "-m", "simulators.attackers", kind)
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(given).encode() + b"\n")
        await process.stdin.drain()
        await process.stdout.readline()
        yield Attackers(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def memory_mb(pid: int) -> float:
    """What a process has in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Presses:
    """A caller with a seat of 12345, and a seat of 110 that refuses: a key that can be pressed again and again."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.made = 0
        self.memory_mb = memory_mb(ground.stage.gateway_pid)

    async def connected(self) -> str:
        """The call is there; the id of its context."""
        play = self.ground.play
        self.caller, self.seat, self.far = await play.phones(
            ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
        )
        await play.connect(self.caller, self.seat)
        (call,) = (await play.stage.get("/v1/calls"))["items"]
        return str(call["context"])

    async def press(self, times: int = 3) -> None:
        """Press, and 110 rings and refuses: each time within 700 ms."""
        figures, play = self.ground.figures, self.ground.play
        for _ in range(times):
            pressed = await play.press(self.seat)
            ring = await play.rings(self.far, pressed)
            late_ms = round(1000 * (ring.at - pressed), 1)
            name = "attack_press_late_ms_max"
            figures[name] = max(figures.get(name, 0.0), late_ms)
            self.ground.must(late_ms < LATE_MS_MAX, f"110 rang {late_ms:.0f} ms after the key")
            declined = time.monotonic()
            await self.far.decline()
            # The dialplan rings; that the gateway follows shows in what the seat reads.
            await self.seat.diary.wait("text", after=declined, within_s=TOLD_S, who="the seat that is told")
            self.made += 1
            await eventually(self.ended, "the press has ended", 10)
            await asyncio.sleep(READING_S)  # the seat reads why, and presses again

    async def ended(self) -> list[dict[str, Any]]:
        """Every press that was made, once all of them have ended and are written down; nothing before."""
        play = self.ground.play
        status, body = await play.stage.ask("GET", "/v1/transfers?limit=500")
        mine = [one for one in body["items"] if one["pressed_at"] >= play.since] if status == 200 else []
        return mine if len(mine) == self.made and all(one["outcome"] for one in mine) else []

    async def finished(self) -> str:
        """The attack is over: every press rang, the gateway wrote it down, and has not grown. What held, in a sentence."""
        ground, play = self.ground, self.ground.play

        found = await eventually(self.ended, "every press is written down and has ended")
        by = sorted({one["by"] for one in found})
        ground.must(by == ["dialplan"], f"presses were carried out by {by}")
        grown = memory_mb(play.stage.gateway_pid) - self.memory_mb
        ground.figures["gateway_grown_mb_max"] = round(max(0.0, grown), 1)
        ground.must(grown < GROWN_MB_MAX, f"the gateway has grown by {grown:.0f} MB")
        await play.finish(self.seat, self.caller)
        return f"{self.made} presses, 110 rang within {ground.figures['attack_press_late_ms_max']:.0f} ms"


async def healthy(ground: Ground) -> None:
    """Somebody who asks as one should is answered meanwhile."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    status, _ = await ground.stage.ask("GET", "/healthz")
    ground.figures["healthz_ms_max"] = round(
        max(1000 * (loop.time() - began), ground.figures.get("healthz_ms_max", 0.0)), 1
    )
    ground.must(status == 200, f"/healthz during the attack: {status}")


@attack("door")
async def texts_that_take_for_ever(ground: Ground) -> str:
    """Freeze the gateway with bodies of 64 KB: digits for a quadratic pattern, brackets without an end, words that nobody knows."""
    presses = Presses(ground)
    context = await presses.connected()
    async with attackers("texts", context=context, **ground.stage.lab["api"]) as many:
        await presses.press()
        await healthy(ground)
        tally = await many.end()
    ground.must(tally["held_s_max"] < 5, f"an answer took {tally['held_s_max']} s")
    wrong = [status for status in tally if status.isdigit() and not 400 <= int(status) < 500]
    ground.must(not wrong, f"answers: {tally}")
    return await presses.finished()


@attack("door")
async def half_requests_by_the_thousand(ground: Ground) -> str:
    """Take every descriptor of a gateway that has 1,024, without a token, so that it can open neither store nor backlog."""
    await ground.stage.gateway_down()
    try:
        await ground.stage.gateway_up(nofile=1024)
        presses = Presses(ground)
        await presses.connected()
        async with attackers("halves", **ground.stage.lab["api"]) as many:
            await presses.press()
            await healthy(ground)
            descriptors = len(list(Path(f"/proc/{ground.stage.gateway_pid}/fd").iterdir()))
            ground.must(descriptors < 1000, f"{descriptors} descriptors of 1,024 are taken")
            await asyncio.sleep(WITHIN_S)
            await presses.press(1)
            await healthy(ground)
            tally = await many.end()
        ground.must(tally["held_s_max"] < WITHIN_S, f"half a request was held for {tally['held_s_max']} s")
        held = await presses.finished()
        log = (ground.stage.folder / "gateway.log").read_text(errors="replace")
        ground.must("Too many open files" not in log, "the gateway wanted for descriptors")
        return held
    finally:
        await ground.stage.gateway_down()
        await ground.stage.gateway_up()


@attack("door")
async def readers_by_the_thousand(ground: Ground) -> str:
    """Fill the gateway's loop with a thousand readers of the live feed, by one token that may only read, and many edits."""
    presses = Presses(ground)
    context = await presses.connected()
    async with attackers("readers", context=context, **ground.stage.lab["api"]) as many:
        await presses.press()
        await healthy(ground)
        tally = await many.end()
    ground.must(tally.get("200", 0) <= 20, f"{tally.get('200')} readers by one token")
    ground.must(tally.get("429", 0) > 500, f"readers: {tally}")
    return await presses.finished()


async def _endless(ground: Ground, *ways: str) -> str:
    """The platform of 110 answers in these ways while 12345 presses, and every context is pushed to it."""
    platform = ground.stage.platform
    assert platform is not None
    presses = Presses(ground)
    await presses.connected()
    await platform.stop()
    try:
        for how in ways:
            async with attackers("endless", how=how, host=platform.host, port=platform.port) as one:
                await presses.press(1)
                await one.asked()
                await presses.press(1)
                await healthy(ground)
                tally = await one.end()
            ground.must(not tally["failed"], tally["failed"])
    finally:
        await platform.start()
    return await presses.finished()


@attack("door")
async def a_platform_that_always_continues(ground: Ground) -> str:
    """Stall the gateway's loop and fill its memory from a platform that answers ``100 Continue`` without an end."""
    return await _endless(ground, "interim_answers")


@attack("door")
async def a_platform_without_an_end(ground: Ground) -> str:
    """The same with headers, bodies, chunks and packed bodies without an end, and with an answer that comes drop by drop."""
    return await _endless(ground, "headers", "chunks", "packed", "drops")


def _raw(ground: Ground, request: bytes) -> tuple[int, str, dict[str, Any] | None]:
    """Status, whole answer, and its body where that is an object of JSON, to bytes that are sent as they are."""
    api = ground.stage.lab["api"]
    found = b""
    with socket.create_connection((api["host"], api["port"]), timeout=10) as wire:
        wire.sendall(request)
        try:
            while piece := wire.recv(65536):
                found += piece
        except OSError:
            pass
    head, _, body = found.partition(b"\r\n\r\n")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    status = int(head.split(b" ", 2)[1]) if head.count(b" ") else 0
    return status, found.decode("latin-1"), value if isinstance(value, dict) else None


SECRET = "ok_secretofsomebody"  # noqa: S105 - what an answer must not repeat
TWICE = b"Connection: close\r\n\r\n"


@attack("door")
async def bodies_that_are_not_as_they_say(ground: Ground) -> str:
    """Get an internal error out of what is no gzip, no JSON, too deep, or no HTTP; without a token."""
    push = b"POST /v1/received HTTP/1.1\r\nHost: x\r\n"
    cases = [
        (push + b"Content-Encoding: gzip\r\nContent-Length: 7\r\n" + TWICE + b"no gzip", 400),
        (push + b"Content-Encoding: deflate\r\nContent-Length: 9\r\n" + TWICE + b"\x00" * 9, 400),
        (push + b"Content-Length: 60000\r\n" + TWICE + b"[" * 60_000, 401),
        (push + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(BOMB) + TWICE + BOMB, 413),
        (f"GET /v1/action/{SECRET}\x7f HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400),
        (f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\x00\r\n\r\n".encode(), 400),
        (f"GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: {SECRET}\r\n".encode() + TWICE, 417),
    ]
    for request, expected in cases:
        status, text, body = await asyncio.to_thread(_raw, ground, request)
        ground.must(status == expected, f"{status}, not {expected}: {text[:200]}")
        ground.must(
            body is not None and set(body) == {"error_id", "message", "details"}, f"not our words: {text[:200]}"
        )
        ground.must(SECRET not in text, f"the answer repeats what was sent: {text[:200]}")
    return f"{len(cases)} requests, each refused in our words"


BOMB = gzip.compress(b"\x00" * 20_000_000)


@attack("door")
async def reports_of_all_ages(ground: Ground) -> str:
    """Get paths and tracebacks out of reports of the years 1 to 9999, in steps of five minutes."""
    spans = [
        "since=0001-01-01&until=9999-12-31&step=5m",
        "since=0001-01-01",
        "until=9999-12-31T23:59:59%2B00:00&step=month",
        "since=9999-12-31",
        "since=2000-01-01&until=2099-01-01&step=5m",
        "since=2000-01-01&until=2099-01-01&step=day",
    ]
    for span in spans:
        status, body = await ground.stage.ask("GET", f"/v1/reports/seats?{span}")
        ground.must(status == 400, f"{span}: {status} {str(body)[:200]}")
        ground.must("Traceback" not in str(body) and "/onekey" not in str(body), f"{span}: {str(body)[:200]}")
    return f"{len(spans)} spans, each 400 with what to do"
