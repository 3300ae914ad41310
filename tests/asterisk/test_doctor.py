"""The doctor on two Asterisks that run: nothing is said of a lab that nobody has touched, a test call disturbs nobody, rights are seen by what comes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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


async def tried(stage: AsteriskStage) -> subprocess.CompletedProcess[str]:
    """A test call. The phones live in this process: they hear who rings them only while it waits."""
    return await asyncio.to_thread(run, "doctor", "--lab", stage.name, "--call")


def rung(phones: Iterable[Any], after: float) -> list[str]:
    """Names of the phones that have rung since an instant."""
    return [phone.name for phone in phones if phone.diary.find("ringing", after=after) is not None]


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
    done = await tried(stage)
    assert done.returncode == 0, done.stdout
    assert "the gateway runs, and is ready" in done.stdout
    assert done.stdout.count("everybody hears everybody") == 2
    assert "the key brought the target into the call" in done.stdout
    assert "the transfer was recorded" in done.stdout
    assert "Next try" not in done.stdout + done.stderr
    assert rung((seat, target), began) == []
    await stage.clear()
    await stage.empty()


@pytest.mark.parametrize(
    ("ladder", "rungs", "answers", "said"),
    [
        ('[{target: "110", ring_s: 5, also: ["119"]}]', "110-119/5", True, "the key brought the target into the call"),
        (
            '[{target: "110", ring_s: 5}, {target: "119", ring_s: 5}]',
            "110/5&119/5",
            False,
            "nobody joined after the key",
        ),
    ],
    ids=["two at once", "a ladder whose first rung fails"],
)
async def test_a_test_call_rings_nobody_whatever_the_plan(
    stage: AsteriskStage, ladder: str, rungs: str, answers: bool, said: str
) -> None:
    """Every leg for the test's caller is a party of the test, whoever makes it and on whichever channel."""
    await stage.clear()
    phones = [await stage.phone("110", "2001"), await stage.phone("12345", "119"), await stage.phone("12345", "1001")]
    before, target = stage.rules_file.read_text(encoding="utf-8"), "add extension target,1,{} into onekey-test replace"
    written = before.replace('[{target: "110", ring_s: 5}]', ladder)
    assert written != before
    plan = "dialplan show globals"
    try:
        stage.rules_file.write_text(written, encoding="utf-8")
        await stage.eventually(lambda: f":{rungs}\n" in stage.console("12345", plan), "the plan says so")
        if not answers:
            stage.console("12345", f"dialplan {target.format('Hangup(17)')}")
        began = time.monotonic()
        done = await tried(stage)
    finally:
        stage.console("12345", f"dialplan {target.format('Answer()')}")
        stage.rules_file.write_text(before, encoding="utf-8")
    assert rung(phones, began) == []
    assert said in done.stdout
    await stage.eventually(lambda: ":110/5\n" in stage.console("12345", plan), "the plan is as it was")
    await stage.clear()
    await stage.empty()


async def test_a_dialplan_that_does_not_look_is_not_tried(stage: AsteriskStage) -> None:
    """Files of before, or a reload that is still to come: the first step of a leg asks nobody, and no call is made."""
    await stage.clear()
    try:
        stage.console("12345", "dialplan add extension leg,1,NoOp into onekey-ring replace")
        done = await tried(stage)
    finally:
        stage.console("12345", "dialplan reload")
    assert done.returncode == 1
    assert "does not look for a test's caller" in done.stdout
    assert "before the key" not in done.stdout


@pytest.mark.parametrize("target", ["119", "110-119"])
async def test_a_gateway_that_rings_by_itself_rings_nobody_for_a_tests_caller(
    stage: AsteriskStage, target: str
) -> None:
    """Its leg inherits nothing of the caller, nor does it name one of the test's variables."""
    await stage.clear()
    phones = [await stage.phone("110", "2001"), await stage.phone("12345", "119")]
    began = time.monotonic()
    caller = "Channel: Local/caller@onekey-test/n\r\nContext: onekey-test\r\nExten: idle\r\nPriority: 1"
    await stage.manage("12345", [f"Action: Originate\r\n{caller}\r\nAsync: true\r\nVariable: __ONEKEY_TEST=1"])

    def half(party: str) -> str:
        names = [one[0] for one in stage.channels("12345") if one[0].startswith(f"Local/{party}@onekey-test-")]
        return next((name for name in sorted(names) if name.endswith(";1")), "")

    await stage.eventually(lambda: half("caller"), "the test's caller is there")
    ((_, uid),) = [one for one in await stage.values("12345", "UNIQUEID") if one[0] == half("caller")]
    press = "12345.1795466155662999.800"
    ring = {
        "PRESS": press, "ATTEMPT": "1", "BY": "gateway", "TARGET": target, "CALLER": half("caller"),
        "CALLER_ID": uid, "TAG": "x", "UUI": "", "RING_S": "5", "ACCEPT_S": "0",
    }  # fmt: skip
    words = ["Action: Originate", "Channel: Local/s@onekey-ring/n", "Context: onekey-nobody", "Exten: s", "Priority: 1"]
    words += ["Async: true", *(f"Variable: ONEKEY_{name}={value}" for name, value in ring.items())]
    await stage.manage("12345", ["\r\n".join(words)])
    await stage.eventually(lambda: half("target") or rung(phones, began), "somebody is rung")
    assert half("target")
    for party in ("caller", "target"):
        stage.console("12345", f"channel request hangup {half(party)}")
    assert rung(phones, began) == []
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
