"""Two switchboards up, down, and what a person needs to know to use them."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from gateway.debian.apt import Say
from gateway.debian.errors import LabError
from gateway.debian.packages import say_on_stderr
from gateway.lab import asterisk, certificates, processes, texts
from gateway.lab.boards import SIDES, Key, Lab, plan_of, render_side
from gateway.lab.folders import alone, folder_of, make_folder, save
from gateway.provisioning import prompts


def up(
    site: Path,
    name: str = "default",
    *,
    keys: Sequence[Key],
    plan_old_s: int = 60,
    ring_s: int = 25,
    drop_s: int = 3,
    unread_ms: int = 5000,
    dtmf_events: bool = False,
    rules: Path | None = None,
    files: dict[str, dict[str, str]] | None = None,
    source: str = "",
    secure: bool = False,
    say: Say = say_on_stderr,
) -> Lab:
    """Start a lab and return when both switchboards answer. Raises LabError; nothing is left behind then.

    ``keys`` are those of the rules; ``plan_old_s``, ``ring_s``, ``drop_s`` and ``unread_ms`` are the dialplan's; ``dtmf_events`` lets AMI
    report digits, for measurements only. ``files`` are further configuration files by switchboard and name. ``source`` says which Asterisk. ``secure``: TLS
    and SRTP for phones and trunk.
    """
    folder_of(name)  # a name that is none is refused before anything is fetched
    found = asterisk.find(site, say, source)
    with alone():
        settings = {"plan_old_s": plan_old_s, "ring_s": ring_s, "drop_s": drop_s, "dtmf_events": dtmf_events}
        settings["unread_ms"] = unread_ms
        return _up(
            site, name, found=found, settings=settings, rules=rules, keys=list(keys), files=files or {}, secure=secure
        )


def _up(
    site: Path,
    name: str,
    found: asterisk.Asterisk,
    settings: dict[str, int],
    rules: Path | None,
    keys: list[Key],
    files: dict[str, dict[str, str]],
    secure: bool,
) -> Lab:
    folder = folder_of(name)
    if (folder / "lab.json").exists() and all(status(name)["alive"].values()):
        raise LabError(texts.LAB_NAME_IS_UP_ALREADY(name=name), str(folder), f"onekey lab down --name {name}")
    _clear(folder, name)
    make_folder(folder)
    try:
        lab = plan_of(folder, name, found)
        lab["settings"] = settings
        lab["keys"] = keys
        lab["secure"] = secure
        if secure:
            hosts = {
                side: (board["trunk"]["host"], board["sip"]["host"]) for side, board in lab["switchboards"].items()
            }
            certificates.make(folder / "certificates", hosts)
        lab["rules"] = str(rules.resolve()) if rules is not None else None
        prompts.make(site / "asterisk-conf/prompts/zh.txt", folder / "sounds")
        for side in SIDES:
            render_side(site, lab, side, found, files.get(side))
        for side in SIDES:
            lab["switchboards"][side]["pid"] = _start(lab, side, found)
        save(lab)
        for side in SIDES:
            board = lab["switchboards"][side]
            asterisk.wait_booted(found, _config(folder, side), board["pid"], folder / side / "output.log")
    except BaseException:
        _clear(folder, name)
        raise
    return lab


def down(name: str = "default") -> bool:
    """End everything of a lab, also what a kill -9 has left. Returns whether there was anything."""
    folder = folder_of(name)
    with alone():
        return _clear(folder, name)


def _clear(folder: Path, name: str) -> bool:
    gateway = _gateway_pid(folder, name)
    if gateway is not None:
        processes.end([gateway])
    pids = asterisk.found([_config(folder, side) for side in SIDES])
    processes.end(pids)
    existed = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return existed or bool(pids)


def status(name: str = "default") -> Lab:
    """The lab's descriptor with ``alive`` per switchboard. Raises LabError if there is none."""
    folder = folder_of(name)
    try:
        lab: Lab = json.loads((folder / "lab.json").read_text())
    except (OSError, ValueError):
        what = texts.LAB_NAME_IS_NOT_UP(name=name)
        if folder.exists():
            what = texts.LAB_NAME_WAS_NEVER_WHOLLY(name=name)
        raise LabError(what, str(folder), f"onekey lab up --name {name}") from None
    lab["alive"] = {side: bool(asterisk.found([_config(folder, side)])) for side in SIDES}
    lab["gateway"]["pid"] = _gateway_pid(folder, name)
    return lab


def restart(name: str, side: str, *, kill: bool = False, start: bool = True) -> None:
    """Stop one switchboard (``kill``: with no goodbye) and start it again: for tests and for practising failures."""
    lab = status(name)
    folder = folder_of(name)
    config = _config(folder, side)
    pids = asterisk.found([config])
    if kill:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    processes.end(pids)
    if start:
        found = asterisk.Asterisk.of(lab["asterisk"])
        lab["switchboards"][side]["pid"] = _start(lab, side, found)
        save(lab)
        asterisk.wait_booted(found, config, lab["switchboards"][side]["pid"], folder / side / "output.log")


def console(name: str, side: str, command: str) -> str:
    """The answer of a switchboard's own console to one command."""
    found = asterisk.Asterisk.of(status(name)["asterisk"])
    return asterisk.ask(found, _config(folder_of(name), side), command)


def _config(folder: Path, side: str) -> Path:
    return folder / side / "etc/asterisk.conf"


def _start(lab: Lab, side: str, found: asterisk.Asterisk) -> int:
    folder = Path(lab["dir"])
    return asterisk.start(found, _config(folder, side), folder / side / "output.log")


def _gateway_pid(folder: Path, name: str) -> int | None:
    """The gateway attached to this lab, if its process still is one (``onekey run --lab`` notes it)."""
    try:
        pid = int((folder / "gateway.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if processes.started_at(pid) is not None and is_gateway(processes.words(pid), name) else None


def is_gateway(words: list[str], name: str) -> bool:
    """True where a command line is ``onekey run --lab`` for the lab of this name, not for another."""
    if "run" not in words:
        return False
    for at, word in enumerate(words):
        if word.startswith("--lab="):
            return word == f"--lab={name}"
        if word == "--lab":
            given = words[at + 1 : at + 2]
            return (given[0] if given and not given[0].startswith("-") else "default") == name
    return False
