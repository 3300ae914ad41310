"""The doctor on two Asterisks that run: nothing is said of a lab that nobody has touched, a test call disturbs nobody, rights are seen by what comes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.config.settings import SwitchboardConfig, site_path
from gateway.config.site_file import from_lab
from gateway.doctor import dialplan
from gateway.doctor.attach import attached
from gateway.doctor.findings import Finding
from gateway.doctor.working.running import running
from gateway.rules import file as rules_file
from simulators.stage import AsteriskStage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
BUILD = "Asterisk 带 Debian 的 opus 补丁"
"""A true word about the lab's Asterisk where it is Debian's: no mistake of a site."""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """An ``onekey`` command from beginning to end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words], capture_output=True, text=True, check=False, timeout=100
    )


async def test_an_untouched_lab_has_no_finding(stage: AsteriskStage) -> None:
    """``onekey dialplan check``: what runs is what is written, what is written is what ships and what the rules say."""
    config = from_lab(Path(stage.lab["dir"]) / "lab.json")
    found = [one for one in await dialplan.site(config) if one.level != "ok" and BUILD not in one.what]
    assert [one.what for one in found] == []


async def test_a_test_call_is_heard_by_its_parties_and_disturbs_nobody(stage: AsteriskStage) -> None:
    """Real queue, real key, sound between all three before and after, a record; a seat that is free the whole time does not ring."""
    await stage.clear()
    seat = await stage.phone("12345", "1001")
    target = await stage.phone("110", "2001")
    began = time.monotonic()
    done = run("doctor", "--lab", stage.name, "--call")
    assert done.returncode == 0, done.stdout
    assert "the gateway runs, and is ready" in done.stdout
    assert done.stdout.count("everybody hears everybody") == 2
    assert "the key brought the target into the call" in done.stdout
    assert "the transfer was recorded" in done.stdout
    assert "Next try" not in done.stdout + done.stderr
    for phone in (seat, target):
        assert phone.diary.find("ringing", after=began) is None
    await stage.clear()
    await stage.empty()


async def test_a_second_gateway_is_refused(stage: AsteriskStage, tmp_path: Path) -> None:
    """On switchboards that another one has: it ends at once and names the first; so does one in the first one's own folder."""
    text = f'rules = "{stage.lab["rules"]}"\n[api]\nhost = "127.0.0.1"\nport = 18013\ntoken = "a-long-enough-token"\n'
    for side, board in stage.lab["switchboards"].items():
        ami = board["ami"]
        text += f'[[switchboards]]\nid = "{side}"\nhost = "{ami["host"]}"\nport = {ami["port"]}\nusername = "{ami["user"]}"\n'
        text += f'secret = "{ami["secret"]}"\nqueues = ["{side}"]\n'
    path = tmp_path / "onekey.toml"
    path.write_text(text, encoding="utf-8")
    for words in (("--config", str(path)), ("--lab", stage.name)):
        done = run("run", *words)
        assert done.returncode == 1
        assert f"lab {stage.name} @ " in done.stderr
        assert "systemctl stop onekey" in done.stderr
    done = run("doctor", "--config", str(path))
    assert done.returncode == 1
    assert "another gateway is attached" in done.stdout
    assert "could not be checked" in done.stdout or "unseen" in done.stdout


@pytest.mark.parametrize(
    ("reads", "said"),
    [
        ("system,call,agent,reporting", "events of user"),
        ("system,call,user,reporting", "events of agent"),
        ("system,call,user,agent,reporting", ""),
    ],
)
async def test_rights_for_reading_are_seen_by_what_comes(stage: AsteriskStage, reads: str, said: str) -> None:
    """An Asterisk on another machine: an account of its own, of which no file tells."""
    manager = Path(stage.lab["dir"]) / "12345/etc/manager.conf"
    before = manager.read_text(encoding="utf-8")
    manager.write_text(
        f"{before}\n[looker]\nsecret = a-long-enough-secret\npermit = 127.0.0.0/255.0.0.0\nread = {reads}\n"
        "write = originate,call,reporting,agent,message\n"
    )
    try:
        stage.console("12345", "manager reload")
        found = await looked(stage)
    finally:
        manager.write_text(before, encoding="utf-8")
        stage.console("12345", "manager reload")
    assert [one.what for one in found if said not in one.what or not said] == []
    assert len(found) == bool(said)


async def looked(stage: AsteriskStage) -> list[Finding]:
    """What the running 12345 says, asked by that account, without its files."""
    config = from_lab(Path(stage.lab["dir"]) / "lab.json")
    ami = stage.lab["switchboards"]["12345"]["ami"]
    board = SwitchboardConfig(
        id="12345",
        host=ami["host"],
        port=ami["port"],
        username="looker",
        secret="a-long-enough-secret",
        queues=("12345",),
    )
    async with attached(config, board) as found:
        assert not isinstance(found, Finding), found
        link, snapshot = found
        seats = [str(member.seat) for member in snapshot.members]
        return await running(
            link, board, None, seats, rules_file.load(site_path("transfer_rules.yaml")), f"{board.id} {board.username}"
        )
