"""Two switchboards up, down, and what a person needs to know to use them."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.debian.apt import Say
from gateway.debian.errors import LabError
from gateway.debian.packages import cache_dir, say_on_stderr
from gateway.durable_file import write_whole
from gateway.lab import addresses, asterisk, certificates, processes, texts
from gateway.lab.render import RELAXED, Dirs, render
from gateway.provisioning import prompts

Lab = dict[str, Any]

SERVICES = ("119", "120", "122", "water", "power", "gas", "heat")
"""Services that each switchboard can only dial: 119, 120, 122, water, power, gas, heat. In the lab each is a phone."""

SIDES: dict[str, dict[str, Any]] = {
    "12345": {
        "peer": "110",
        "hosts": {"sip": 1, "trunk": 2, "pstn": 5},
        "seats": [str(number) for number in range(1001, 1007)],
        "callers": [f"1380000000{number}" for number in range(1, 7)],
        "services": SERVICES,
    },
    "110": {
        "peer": "12345",
        "hosts": {"sip": 3, "trunk": 4, "pstn": 6},
        "seats": [str(number) for number in range(2001, 2005)],
        "callers": [f"1390000000{number}" for number in range(1, 5)],
        "services": SERVICES,
    },
}
"""Each lab has a block 127.30.N.0/24; these are the last numbers of its addresses. 7 is the gateway's API."""

SOCKET_PATH_MAX = 107
"""Linux: sun_path is 108 bytes with its end mark."""

MUSIC = ("macroform-cold_day", "macroform-the_simplicity")
"""Music on hold of Debian's package that begins at once: a caller who is parked shall not hear a second of nothing."""

Key = dict[str, str]
"""A key of a seat: ``code``, ``action``, ``target``, ``mode``, as the rules have them."""


def keys_of(keys: Mapping[str, Any]) -> list[Key]:
    """The keys of a rule set as the lab takes them."""
    return [{"code": c, "action": k.action, "target": k.target, "mode": k.mode} for c, k in keys.items()]


def labs_dir() -> Path:
    """Where labs run: ``ONEKEY_RUN``, else the user's runtime or cache folder."""
    if given := os.environ.get("ONEKEY_RUN"):
        return Path(given).resolve()
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "onekey"
    return cache_dir() / "run"


def folder_of(name: str) -> Path:
    """The run folder of a lab. Raises LabError for a name that is no plain word."""
    if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 32):
        raise LabError(
            texts.NOT_A_LABS_NAME(name=name),
            "--name",
            texts.USE_LETTERS,
        )
    return labs_dir() / name


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
    with _alone():
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
        lab = _plan(folder, name, found)
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
            _render(site, lab, side, found, files.get(side))
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
    with _alone():
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


def on_paper(site: Path, folder: Path, keys: Sequence[Key], files: dict[str, dict[str, str]]) -> dict[str, Path]:
    """Render both switchboards below ``folder`` and start nothing: their configuration folders, by id. For checks of the tree."""
    nothing = asterisk.Asterisk((), Path("modules"), Path("data"), "", "")
    lab = _plan(folder, "paper", nothing)
    lab["settings"] = {"plan_old_s": 60, "ring_s": 25, "drop_s": 3, "dtmf_events": False, "unread_ms": 5000}
    lab["keys"] = list(keys)
    for side in SIDES:
        _render(site, lab, side, nothing, files.get(side), relaxed=None)
    return {side: folder / side / "etc" for side in SIDES}


# --- parts ------------------------------------------------------------------------------------------------------------


def _config(folder: Path, side: str) -> Path:
    return folder / side / "etc/asterisk.conf"


def make_folder(folder: Path) -> None:
    """The run folder, for its owner only. Raises LabError if it cannot be, or its path is too long for a socket."""
    longest = str(folder / "12345/run/asterisk.ctl")
    if len(longest.encode()) > SOCKET_PATH_MAX:
        raise LabError(
            texts.RUN_FOLDERS_PATH_IS_TOO(socket_path_max=SOCKET_PATH_MAX),
            longest,
            texts.SET_ONEKEY_RUN_TMP_ONEKEY,
        )
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise LabError(
            texts.RUN_FOLDER_IS_NOT_WRITABLE(strerror=error.strerror),
            str(folder),
            texts.SET_ONEKEY_RUN_A_FOLDER_YOU,
        ) from None


@contextmanager
def _alone() -> Iterator[None]:
    """Only one lab of a user at a time comes up or goes down.

    Two that look for free addresses at once would find the same; once booted their sockets hold them. The lock goes
    with its process, whatever ends it.
    """
    path = Path(tempfile.gettempdir()) / f"onekey-lab-{os.getuid()}.lock"
    try:
        # a link laid here by another user is not followed
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LabError(
            texts.LOCK_FILE_CANNOT_BE_WRITTEN(strerror=error.strerror),
            str(path),
            texts.REMOVE_IT_OR_SET,
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _plan(folder: Path, name: str, found: asterisk.Asterisk) -> Lab:
    prefix, shift = addresses.free_block()
    boards: dict[str, Any] = {}
    for side, plan in SIDES.items():
        hosts = {what: f"{prefix}{last}" for what, last in plan["hosts"].items()}
        accounts = {
            kind: [{"number": number, "password": secrets.token_urlsafe(12)} for number in plan[kind]]
            for kind in ("seats", "callers", "services")
        }
        boards[side] = {
            "sip": {"host": hosts["sip"], "port": addresses.SIP_PORT + shift},
            "trunk": {"host": hosts["trunk"], "port": addresses.SIP_PORT + shift},
            "pstn": {"host": hosts["pstn"]},
            "ami": {
                "host": hosts["sip"],
                "port": addresses.AMI_PORT + shift,
                "user": "onekey",
                "secret": secrets.token_urlsafe(18),
            },
            "hotline": side,
            "queue": side,
            **accounts,
            "pid": None,
            "dir": str(folder / side),
        }
    return {
        "name": name,
        "dir": str(folder),
        "asterisk": {
            "version": found.version,
            "source": found.source,
            "argv": list(found.argv),
            "modules": str(found.modules),
            "data": str(found.data),
        },
        "switchboards": boards,
        "keys": [],
        "secure": False,
        "trunk_words": {side: secrets.token_urlsafe(24) for side in SIDES},
        "api": {"host": f"{prefix}7", "port": addresses.API_PORT + shift, "token": secrets.token_urlsafe(18)},
        "phones": f"{prefix}100",
        "gateway": {"pid": None},
    }


def _render(
    site: Path,
    lab: Lab,
    side: str,
    found: asterisk.Asterisk,
    files: dict[str, str] | None = None,
    relaxed: Path | None = RELAXED,
) -> None:
    board = lab["switchboards"][side]
    peer = lab["switchboards"][SIDES[side]["peer"]]
    values = {
        "switchboard": side,
        "peer": SIDES[side]["peer"],
        "sip_host": board["sip"]["host"],
        "sip_port": board["sip"]["port"],
        "trunk_host": board["trunk"]["host"],
        "trunk_port": board["trunk"]["port"],
        "peer_trunk_host": peer["trunk"]["host"],
        "peer_trunk_port": peer["trunk"]["port"],
        "pstn_host": board["pstn"]["host"],
        "ami_host": board["ami"]["host"],
        "ami_port": board["ami"]["port"],
        "ami_secret": board["ami"]["secret"],
        "eido_hosts": f"{lab['api']['host']}:{lab['api']['port']}",
        "secure": lab["secure"],
        "trunk_word": lab["trunk_words"][side],
        "peer_trunk_word": lab["trunk_words"][SIDES[side]["peer"]],
        "certificates": Path(lab["dir"]) / "certificates",
        "rtp_start": 10000,
        "rtp_end": 12000,
        "seats": board["seats"],
        "callers": board["callers"],
        "services": board["services"],
        "keys": lab["keys"],
        "sounds": Path(lab["dir"]) / "sounds",
        "music": [path.with_suffix("") for name in MUSIC if (path := found.data / "moh" / f"{name}.wav").exists()],
        **lab["settings"],
    }
    folder = Path(lab["dir"]) / side
    render(site, side, values, Dirs.of(folder, found.modules, found.data), files, relaxed)


def _start(lab: Lab, side: str, found: asterisk.Asterisk) -> int:
    folder = Path(lab["dir"])
    return asterisk.start(found, _config(folder, side), folder / side / "output.log")


def save(lab: Lab) -> None:
    """Write ``lab.json``, whole or not at all, for its owner only."""
    text = json.dumps({k: v for k, v in lab.items() if k != "alive"}, ensure_ascii=False, indent=1)
    write_whole(Path(lab["dir"]) / "lab.json", text.encode())


def _gateway_pid(folder: Path, name: str) -> int | None:
    """The gateway attached to this lab, if its process still is one (``onekey run --lab`` notes it)."""
    try:
        pid = int((folder / "gateway.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if processes.started_at(pid) is not None and is_gateway(processes.words(pid), name) else None


def is_gateway(words: list[str], name: str) -> bool:
    """Whether a command line is ``onekey run --lab`` for the lab of this name, not for another."""
    if "run" not in words:
        return False
    for at, word in enumerate(words):
        if word.startswith("--lab="):
            return word == f"--lab={name}"
        if word == "--lab":
            given = words[at + 1 : at + 2]
            return (given[0] if given and not given[0].startswith("-") else "default") == name
    return False
