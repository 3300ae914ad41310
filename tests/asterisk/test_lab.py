"""The lab as an administrator uses it, and what is said when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.onekey import onekey
from simulators.stage import AsteriskStage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

ONEKEY = str(Path(sys.executable).parent / "onekey")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of onekey to its end."""
    return subprocess.run(
        [ONEKEY, *words], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )


async def test_status_has_all_that_a_phone_needs(stage: AsteriskStage) -> None:
    """SIP address, seats with passwords, AMI, the number to dial and the keys are printed, and as JSON."""
    done = run("lab", "status", "--name", stage.name)
    board = stage.lab["switchboards"]["12345"]
    for text in (board["sip"]["host"], board["seats"][0]["password"], "1006", str(board["ami"]["port"]), "*1"):
        assert text in done.stdout
    found = json.loads(run("lab", "status", "--name", stage.name, "--json").stdout)
    assert found["alive"] == {"12345": True, "110": True}
    assert len(found["switchboards"]["12345"]["seats"]) >= 6
    assert len(found["switchboards"]["110"]["seats"]) >= 4


async def test_a_second_lab_runs_beside_the_first_and_survives_kill_9(stage: AsteriskStage) -> None:
    """Two labs have different addresses; after kill -9 of one switchboard ``down`` leaves nothing of it."""
    other = json.loads(onekey("lab", "up", "--name", "second", "--json"))
    try:
        hosts = [lab["switchboards"]["12345"]["sip"]["host"] for lab in (stage.lab, other)]
        assert hosts[0] != hosts[1]
        os.kill(other["switchboards"]["110"]["pid"], signal.SIGKILL)
        assert run("lab", "status", "--name", "second").returncode == 1
    finally:
        onekey("lab", "down", "--name", "second")
    assert not Path(other["dir"]).exists()
    running = [p for p in Path("/proc").glob("[0-9]*/cmdline") if other["dir"].encode() in _read(p)]
    assert running == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_up_twice_says_that_it_is_up(stage: AsteriskStage) -> None:
    """A lab that runs is not started over, and the message says how to stop it."""
    done = run("lab", "up", "--name", stage.name)
    assert done.returncode == 1
    assert "lab down" in done.stderr


async def test_a_run_folder_that_is_not_writable(tmp_path: Path) -> None:
    """The error names the folder and the setting."""
    (tmp_path / "file").write_text("")
    done = run("lab", "up", "--name", "x", ONEKEY_RUN=str(tmp_path / "file/below"))
    assert done.returncode == 1
    assert "ONEKEY_RUN" in done.stderr
    assert str(tmp_path) in done.stderr


async def test_no_network_on_the_first_run(tmp_path: Path) -> None:
    """Without a network the download says so, and what to do."""
    done = run(
        "lab",
        "up",
        "--name",
        "x",
        ONEKEY_CACHE=str(tmp_path / "cache"),
        ONEKEY_RUN=str(tmp_path / "run"),
        ONEKEY_ASTERISK="debian",
        ONEKEY_DEBIAN_MIRROR="http://127.0.0.1:9/debian",
    )
    assert done.returncode == 1
    assert "network" in done.stderr
    assert "→" in done.stderr


async def test_doctor_is_content_with_the_lab(stage: AsteriskStage) -> None:
    """On a sound lab the doctor finds no error."""
    done = run("doctor", "--lab", stage.name)
    assert done.returncode == 0, done.stdout
    assert "ready for calls" in done.stdout


def site(stage: AsteriskStage, tmp_path: Path, **changes: str) -> Path:
    """A site's configuration of the lab's 12345, with something wrong in it."""
    ami = stage.lab["switchboards"]["12345"]["ami"]
    values = {
        "host": ami["host"],
        "port": str(ami["port"]),
        "secret": ami["secret"],
        "token": "a-long-enough-token",
        **changes,
    }
    path = tmp_path / "onekey.toml"
    rules = values.get("rules", str(Path(stage.lab["rules"])))
    path.write_text(
        f"""rules = "{rules}"
[api]
host = "127.0.0.1"
port = {values.get("api_port", "18012")}
token = "{values["token"]}"
[[switchboards]]
id = "12345"
host = "{values["host"]}"
port = {values["port"]}
username = "onekey"
secret = "{values["secret"]}"
queues = ["12345"]
folder = "{values.get("folder", str(Path(stage.lab["dir"]) / "12345/etc"))}"
"""
    )
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": "wrong"}, ["refused to log account onekey in", "manager.conf"]),
        ({"port": "9"}, ["The AMI port cannot be reached", "bindaddr"]),
        ({"token": "change-me"}, ["weak"]),
    ],
)
async def test_doctor_finds_a_wrong_setting(
    stage: AsteriskStage, tmp_path: Path, changes: dict[str, str], words: list[str]
) -> None:
    """Wrong password, closed port, weak token: each is found with what, where and what to do."""
    done = run("doctor", "--config", str(site(stage, tmp_path, **changes)))
    assert done.returncode == 1
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("pjsip.conf", "[1003](seat)", "[1093](seat)", ["queue member PJSIP/1003 has no endpoint"]),
        ("dialplan/onekey-join.conf", "[onekey-join]", "[onekey-jion]", ["the dialplan has no [onekey-join]"]),
        (
            "features.conf",
            "press=110=",
            "press=199=",
            ["transfer 199"],
        ),
        ("manager.conf", "webenabled = no", "webenabled = yes", ["AMI is open over HTTP"]),
    ],
)
async def test_doctor_finds_what_is_missing_in_the_files(
    stage: AsteriskStage, tmp_path: Path, file: str, old: str, new: str, words: list[str]
) -> None:
    """A missing seat, a missing context, a key without a target, an open AMI: found before a call finds it."""
    import shutil

    folder = tmp_path / "etc"
    shutil.copytree(Path(stage.lab["dir"]) / "12345/etc", folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    done = run("doctor", "--config", str(site(stage, tmp_path, folder=str(folder))))
    assert done.returncode == 1
    for word in words:
        assert word in done.stdout


async def test_a_broken_rules_file_stops_the_gateway_before_it_starts(stage: AsteriskStage, tmp_path: Path) -> None:
    """The gateway names file, line and column, and does not start with half of the rules."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\ntargets: {}\nrules:\n\t- name: x\n")
    done = run("run", "--config", str(site(stage, tmp_path, rules=str(rules))))
    assert done.returncode == 1
    assert f"{rules}:4:1" in done.stderr


async def test_a_taken_port_is_named(stage: AsteriskStage, tmp_path: Path) -> None:
    """The API's port is held by another program: the gateway says which and stops."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("run", "--config", str(site(stage, tmp_path, api_port=str(port))))
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
