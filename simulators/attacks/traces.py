"""What stays behind: numbers and secrets in logs, answers and files."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
from pathlib import Path

from simulators.attacks import Ground, attack
from simulators.onekey import ask, eventually

CALLER, SEAT = ("12345", "13800000001"), ("12345", "1001")
SPELT = (
    "138.1234.5678", "138/1234/5678", "138 - 1234 - 5678", "138–1234–5678", "138,1234,5678", "138_1234_5678", "138(1234)5678",
    "138:1234:5678", "138、1234、5678", "一三八一二三四五六七八", "１３８１２３４５６７８", "138 一二三四 5678",
)  # fmt: skip
SECRET = "SECRETTOKEN1"  # noqa: S105 - it is looked for in the log
TRIES = 40


def _send(ground: Ground, request: bytes) -> None:
    """Bytes to the API as they are; the answer is read and thrown away."""
    api = ground.stage.lab["api"]
    with socket.create_connection((api["host"], api["port"]), timeout=5) as wire:
        wire.sendall(request)
        wire.settimeout(5)
        try:
            while wire.recv(65536):
                pass
        except OSError:
            pass  # cut off, as it may be


def _log(ground: Ground) -> str:
    return (ground.stage.folder / "gateway.log").read_text("utf-8", "replace")


@attack("traces")
async def malformed_requests_leave_no_secret(ground: Ground) -> str:
    """Requests that are no HTTP, with a token, an unused action URL and numbers in them: their words shall end up in the log."""
    before = len(_log(ground))
    for request in (
        f"GET /v1/calls HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {SECRET}\0abc\r\n\r\n",
        f"GET /v1/action/{SECRET}\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
        f"GET /v1/contexts?number=%2B8613812345678&x={SECRET} HTTP/9.9\r\n\r\n",
        f"{SECRET} 138-1234-5678 62345678\r\n\r\n",
        f"POST /v1/transfers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: {SECRET}\r\n\r\nzz\r\n",
    ):
        for _ in range(TRIES):
            await asyncio.to_thread(_send, ground, request.encode("latin-1"))
    await ground.stage.get("/v1/calls")
    grown = _log(ground)[before:]
    for word in (SECRET, "13812345678", "138-1234-5678", "62345678"):
        ground.must(word not in grown, f"the log has {word!r}")
    lines = grown.count("\n")
    ground.must(lines <= TRIES, f"{5 * TRIES} malformed requests have made {lines} lines of log")
    return f"{5 * TRIES} malformed requests: {lines} lines of log, no word of theirs in it"


@attack("traces")
async def guessed_tokens_leave_a_trace(ground: Ground) -> str:
    """Tokens are tried one after the other, and nobody shall notice."""
    stage, before = ground.stage, len(_log(ground))
    wrong = {**stage.lab["api"], "token": "guess"}
    for _ in range(TRIES):
        status, _ = await asyncio.to_thread(ask, wrong, "GET", "/v1/calls")
        ground.must(status == 401, f"a guessed token is answered {status}")
    text = await stage.text("/metrics")
    counted = [line for line in text.splitlines() if line.startswith('onekey_api_denied_total{why="no_token"}')]
    ground.must(counted and float(counted[0].split()[1]) >= TRIES, "no metric counts them")
    told = [line for line in _log(ground)[before:].splitlines() if '"denied"' in line]
    ground.must(1 <= len(told) <= 3, f"{len(told)} lines of the log tell of {TRIES} tries")
    return f"{TRIES} guesses: counted, and told in {len(told)} line(s)"


@attack("traces")
async def numbers_in_other_spellings(ground: Ground) -> str:
    """A masked reading is asked for what somebody has written down with dots, slashes, brackets or in Chinese digits."""
    caller, seat = await ground.play.phones(CALLER, SEAT)
    await ground.play.connect(caller, seat)
    (call,) = (await ground.stage.get("/v1/calls"))["items"]
    path = f"/v1/contexts/{call['context']}"
    for spelt in (*SPELT, "138.0000.0001"):
        version = (await ground.stage.get(path))["version"]
        patch, match = {"summary": f"回电 {spelt}，谢谢"}, {"If-Match": f'"{version}"'}
        status, body = await ground.stage.ask("PATCH", path, patch, match)
        ground.must(status == 200, f"PATCH: {status} {body}")
        shown = repr(await ground.stage.get(path)) + repr(await ground.stage.get(f"{path}/history"))
        ground.must(spelt not in shown, f"a masked reading shows {spelt}")
    version = (await ground.stage.get(path))["version"]
    cases = {"cases": ["13898765432", "20261129-0012"]}
    await ground.stage.ask("PATCH", path, cases, {"If-Match": f'"{version}"'})
    seen = (await ground.stage.get(path))["cases"]
    ground.must("13898765432" not in seen and "20261129-0012" in seen, f"cases are shown as {seen}")
    await ground.play.finish(seat, caller)
    return f"{len(SPELT) + 1} spellings and a case number that is a telephone number: masked"


@attack("traces")
async def used_button_after_a_kill(ground: Ground) -> str:
    """A desk phone's URL is pressed, the gateway is killed at the answer, and the URL is pressed again."""
    stage = ground.stage
    caller, seat, far = await ground.play.phones(CALLER, SEAT, ("110", "2001"))
    await ground.play.connect(caller, seat)
    wish = {"action": "transfer", "switchboard": "12345", "seat": "1001", "target": "110"}
    url = (await stage.post("/v1/action-urls", wish))["url"]
    path = "/v1/action/" + url.rpartition("/")[2]
    status = await asyncio.to_thread(_status, ground, path)
    await stage.gateway_down(signal.SIGKILL)
    ground.must(status == 202, f"the button is answered {status}")
    await far.wait_ring(after=ground.play.began)
    await stage.gateway_up()
    again = await asyncio.to_thread(_status, ground, path)
    ground.must(again == 410, f"the used URL is answered {again} by the next gateway")
    await caller.hang_up()
    await eventually(lambda: far.diary.find("cancelled", after=ground.play.began), "110 stops ringing")
    await seat.hang_up()
    return "the next gateway knows the used URL"


def _status(ground: Ground, path: str) -> int:
    api = ground.stage.lab["api"]
    with socket.create_connection((api["host"], api["port"]), timeout=5) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return int(wire.recv(4096).split(b" ", 2)[1])


@attack("traces")
async def another_user_of_the_machine(ground: Ground) -> str:
    """Another account of the machine reads the files that lie about: store, backlog, audit log, tape, logs, Asterisk's own."""
    folders = (ground.stage.folder, Path(ground.stage.lab["dir"]))
    open_to_all = [
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and _readable(path) and _personal(path)
    ]
    ground.must(not open_to_all, f"everybody may read {open_to_all[:5]}")
    return "no file with personal data can be reached by others"


def _readable(path: Path) -> bool:
    """Whether others may read it, and come as far as its folder."""
    if not path.stat().st_mode & stat.S_IROTH:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents if str(parent) != os.sep)


def _personal(path: Path) -> bool:
    return path.suffix in (".db", ".log", ".jsonl", ".csv", ".backlog") or path.name in ("lab.json", "queue_log")
