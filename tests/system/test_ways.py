"""The ways of ``docs/architecture.md`` are those that a press, an edit, a report and a start take through the code."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from gateway.config.settings import PushTarget
from simulators.platform import Platform
from simulators.stage import RULES
from simulators.toy import SkippingLoop
from simulators.toy.ami import SECRET

from .conftest import lent
from .house import House
from .recording.calls import VARIABLE, Calls, made

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")


def ways() -> dict[str, list[str]]:
    """The hops of each way, by its heading on the page."""
    sections = re.split(r"^### ", PAGE.partition("\n## Ways\n")[2].partition("\n## ")[0], flags=re.M)[1:]
    return {one.partition("\n")[0]: re.findall(r"^\d+\. `([\w.]+)`", one, re.M) for one in sections}


def missing(hops: list[str], calls: list[str]) -> list[str]:
    """Hops that were not called behind the one before them."""
    left, lost = iter(calls), []
    for hop in hops:
        before = list(left)
        if hop not in before:
            lost.append(hop)
            left = iter(before)
        else:
            left = iter(before[before.index(hop) + 1 :])
    return lost


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the calls of this process, and of those that it starts."""
    folder = tmp_path / "calls"
    folder.mkdir()
    (folder / "wanted").write_text("\n".join({hop for hops in ways().values() for hop in hops}), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(folder))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "recording"))
    with Calls(folder):
        yield folder


@contextlib.contextmanager
def real_time() -> Iterator[None]:
    """No time is skipped while another process works: its time is real."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    before, loop.busy[:] = list(loop.busy), [lambda: True]
    try:
        yield
    finally:
        loop.busy[:] = before


def test_the_page_has_its_ways() -> None:
    """A press, an edit (while the call lives, and after it), a report, a start."""
    assert list(ways()) == ["A press", "An edit", "An edit when the call has ended", "A report", "A start"]
    assert all(len(hops) >= 3 for hops in ways().values())


async def test_a_press_an_edit_and_a_report(request: pytest.FixtureRequest, calls: Path, tmp_path: Path) -> None:
    """One transfer of one caller, whose record is edited during the call and after it, and counted."""
    platform, folder = Platform(), tmp_path / "site"
    folder.mkdir()
    async with lent(request, folder, RULES) as house:
        await platform.start()
        house.push = (PushTarget(switchboard="110", url=platform.url, secret=platform.secret.encode()),)
        await house.gateway_up()
        caller, seat, far = house.people(CALLER, SEAT, FAR)
        await house.connect(caller, seat)
        await house.pass_s(2.0)

        began = time.monotonic_ns()
        await seat.press("*1")
        await far.wait_ring()
        transfer = await house.state("ringing")
        assert missing(ways()["A press"], made(calls, began)) == []
        await far.answer()
        await house.hears(caller, seat, far)

        path = f"/v1/contexts/{transfer['context']}"
        record = await house.get(path)
        began = time.monotonic_ns()
        edited = await house.patch(path, {"summary": "楼上太吵"}, record["version"])
        await platform.wait(transfer["context"], edited["version"])
        assert missing(ways()["An edit"], made(calls, began)) == []

        await seat.hang_up()
        await house.finish(far, caller)
        record = await house.get(path)
        began = time.monotonic_ns()
        edited = await house.patch(path, {"summary": "楼上太吵，已劝止"}, record["version"])
        await platform.wait(transfer["context"], edited["version"])
        assert missing(ways()["An edit when the call has ended"], made(calls, began)) == []

        began = time.monotonic_ns()
        with real_time():
            assert (await house.get("/v1/reports/transfers"))["items"]
        assert missing(ways()["A report"], made(calls, began)) == []
        await platform.stop()


SITE = """
run_dir = "run"
rules = "rules.yaml"
[api]
port = {port}
token = "a-token-of-9-ways-xq"
"""
SWITCHBOARD = """
[[switchboards]]
id = "{id}"
host = "127.0.0.1"
port = {port}
username = "onekey"
secret = "{secret}"
queues = ["{id}"]
seats = ["[12]0[0-9][0-9]"]
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_start(bare: House, calls: Path) -> None:
    """``onekey run`` in a process of its own, on two switchboards, until it says that transfers work."""
    port = free_port()
    boards = "".join(
        SWITCHBOARD.format(id=id_, port=board.ami.number, secret=SECRET) for id_, board in bare.pbx.boards.items()
    )
    site = bare.folder / "onekey.toml"
    site.write_text(SITE.format(port=port) + boards, encoding="utf-8")
    began = time.monotonic_ns()
    words = ["-m", "gateway", "run", "--config", str(site), "--log", str(bare.folder / "run.log")]
    child = await asyncio.create_subprocess_exec(sys.executable, *words, stderr=asyncio.subprocess.PIPE, cwd=ROOT)
    assert child.stderr is not None
    with real_time():
        try:
            said = await child.stderr.readline()
            assert "网关已启动" in said.decode(), (said + await child.stderr.read()).decode()
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                while True:
                    async with session.get("/readyz") as answer:
                        if answer.status == 200:
                            break
        finally:
            if child.returncode is None:
                child.send_signal(signal.SIGTERM)
            await child.wait()
    assert missing(ways()["A start"], made(calls, began)) == []
