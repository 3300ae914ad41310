"""Two switchboards up, down, and what a person needs to know to use them."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.lab import LabError, asterisk
from gateway.lab.debian import Say, cache_dir, say_on_stderr
from gateway.lab.render import Dirs, render

Lab = dict[str, Any]

SIDES: dict[str, dict[str, Any]] = {
    "12345": {
        "peer": "110",
        "hosts": {"sip": 1, "trunk": 2, "pstn": 5},
        "seats": [str(number) for number in range(1001, 1007)],
        "callers": [f"1380000000{number}" for number in range(1, 7)],
    },
    "110": {
        "peer": "12345",
        "hosts": {"sip": 3, "trunk": 4, "pstn": 6},
        "seats": [str(number) for number in range(2001, 2005)],
        "callers": [f"1390000000{number}" for number in range(1, 5)],
    },
}
"""Each lab has a block 127.30.N.0/24; these are the last numbers of its addresses. 7 is the gateway's API."""

BLOCKS = range(1, 255)
PORT_SHIFTS = (0, 100, 200, 300, 1000, 2000)
"""Where another program holds 5060 on every address, the next ports are tried."""
SOCKET_PATH_MAX = 107
"""Linux: sun_path is 108 bytes with its end mark."""

KEYS = {"*1": {"zh": "一键转到对方总机", "en": "transfer to the other switchboard"}}


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
            f"实验环境名不合法：{name!r} / not a lab's name: {name!r}",
            "--name",
            "用字母、数字、- 和 _ / use letters, digits, - and _",
        )
    return labs_dir() / name


def up(
    site: Path,
    name: str = "default",
    *,
    watchdog_ms: int = 700,
    ring_s: int = 25,
    dtmf_events: bool = False,
    rules: Path | None = None,
    say: Say = say_on_stderr,
) -> Lab:
    """Start a lab and return when both switchboards answer. Raises LabError; nothing is left behind then.

    ``watchdog_ms`` and ``ring_s`` are the dialplan's; ``dtmf_events`` lets AMI report digits, for measurements only.
    """
    folder = folder_of(name)
    if (folder / "lab.json").exists() and all(status(name)["alive"].values()):
        raise LabError(
            f"实验环境 {name} 已在运行 / the lab {name} is up already", str(folder), f"onekey lab down --name {name}"
        )
    down(name)
    found = asterisk.find(say)
    _make(folder)
    try:
        with _choosing():
            lab = _plan(folder, name, found)
            lab["settings"] = {"watchdog_ms": watchdog_ms, "ring_s": ring_s}
            lab["rules"] = str(rules.resolve()) if rules is not None else None
            for side in SIDES:
                _render(site, lab, side, found, dtmf_events=dtmf_events)
            for side in SIDES:
                lab["switchboards"][side]["pid"] = _start(lab, side, found)
            _save(lab)
            for side in SIDES:
                board = lab["switchboards"][side]
                asterisk.wait_booted(found, _config(folder, side), board["pid"], folder / side / "output.log")
    except BaseException:
        down(name)
        raise
    return lab


def down(name: str = "default") -> bool:
    """End everything of a lab, also what a kill -9 has left. Returns whether there was anything."""
    folder = folder_of(name)
    configs = [_config(folder, side) for side in SIDES]
    gateway = _gateway_pid(folder)
    if gateway is not None:
        asterisk.end([gateway], [])
    pids = asterisk.found(configs)
    asterisk.end(pids, configs)
    existed = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return existed or bool(pids)


def status(name: str = "default") -> Lab:
    """The lab's descriptor with ``alive`` per switchboard. Raises LabError if there is none."""
    folder = folder_of(name)
    try:
        lab: Lab = json.loads((folder / "lab.json").read_text())
    except (OSError, ValueError):
        raise LabError(
            f"实验环境 {name} 没有运行 / the lab {name} is not up", str(folder), f"onekey lab up --name {name}"
        ) from None
    lab["alive"] = {side: bool(asterisk.found([_config(folder, side)])) for side in SIDES}
    lab["gateway"]["pid"] = _gateway_pid(folder)
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
    asterisk.end(pids, [config])
    if start:
        found = asterisk.find()
        lab["switchboards"][side]["pid"] = _start(lab, side, found)
        _save(lab)
        asterisk.wait_booted(found, config, lab["switchboards"][side]["pid"], folder / side / "output.log")


# --- parts ------------------------------------------------------------------------------------------------------------


def _config(folder: Path, side: str) -> Path:
    return folder / side / "etc/asterisk.conf"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise LabError(
            f"运行目录不可写：{error.strerror} / the run folder is not writable: {error.strerror}",
            str(folder),
            "设置 ONEKEY_RUN=<可写目录> / set ONEKEY_RUN=<a folder you may write to>",
        ) from None
    longest = str(folder / "12345/run/asterisk.ctl")
    if len(longest.encode()) > SOCKET_PATH_MAX:
        shutil.rmtree(folder, ignore_errors=True)
        raise LabError(
            f"运行目录的路径太长（最多 {SOCKET_PATH_MAX} 字节） / the run folder's path is too long (at most {SOCKET_PATH_MAX} bytes)",
            longest,
            "设置 ONEKEY_RUN=/tmp/onekey / set ONEKEY_RUN=/tmp/onekey",
        )


@contextmanager
def _choosing() -> Iterator[None]:
    """Only one lab at a time looks for free addresses; from its start on its sockets hold them."""
    path = Path(tempfile.gettempdir()) / f"onekey-choosing-{os.getuid()}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _block() -> tuple[str, int]:
    """A free block of addresses and the shift of its ports."""
    for shift in PORT_SHIFTS:
        for number in BLOCKS:
            prefix = f"127.30.{number}."
            sip = all(_free(f"{prefix}{host}", 5060 + shift, socket.SOCK_DGRAM) for host in (1, 2, 3, 4))
            tcp = all(_free(f"{prefix}{host}", 5038 + shift, socket.SOCK_STREAM) for host in (1, 3))
            if sip and tcp and _free(f"{prefix}7", 8012 + shift, socket.SOCK_STREAM):
                return prefix, shift
    raise LabError(
        "没有空闲的回环地址或端口 / no free loopback address or port",
        "127.30.0.0/16, 5060/udp 5038/tcp",
        "onekey lab down，或停掉占用端口的程序 / `onekey lab down`, or stop the program that holds the ports",
    )


def _plan(folder: Path, name: str, found: asterisk.Asterisk) -> Lab:
    prefix, shift = _block()
    boards: dict[str, Any] = {}
    for side, plan in SIDES.items():
        hosts = {what: f"{prefix}{last}" for what, last in plan["hosts"].items()}
        accounts = {
            kind: [{"number": number, "password": secrets.token_urlsafe(12)} for number in plan[kind]]
            for kind in ("seats", "callers")
        }
        boards[side] = {
            "sip": {"host": hosts["sip"], "port": 5060 + shift},
            "trunk": {"host": hosts["trunk"], "port": 5060 + shift},
            "pstn": {"host": hosts["pstn"]},
            "ami": {"host": hosts["sip"], "port": 5038 + shift, "user": "onekey", "secret": secrets.token_urlsafe(18)},
            "hotline": side,
            "queue": side,
            **accounts,
            "pid": None,
            "dir": str(folder / side),
        }
    return {
        "name": name,
        "dir": str(folder),
        "asterisk": {"version": found.version, "source": found.source, "argv": list(found.argv)},
        "switchboards": boards,
        "keys": KEYS,
        "api": {"host": f"{prefix}7", "port": 8012 + shift, "token": secrets.token_urlsafe(18)},
        "phones": f"{prefix}100",
        "gateway": {"pid": None},
    }


def _render(site: Path, lab: Lab, side: str, found: asterisk.Asterisk, *, dtmf_events: bool) -> None:
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
        "ami_read_more": ",dtmf" if dtmf_events else "",
        "rtp_start": 10000,
        "rtp_end": 12000,
        "seats": board["seats"],
        "callers": board["callers"],
        **lab["settings"],
    }
    folder = Path(lab["dir"]) / side
    render(site, side, values, Dirs.of(folder, found.modules, found.data))


def _start(lab: Lab, side: str, found: asterisk.Asterisk) -> int:
    folder = Path(lab["dir"])
    return asterisk.start(found, _config(folder, side), folder / side / "output.log")


def _save(lab: Lab) -> None:
    path = Path(lab["dir"]) / "lab.json"
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps({k: v for k, v in lab.items() if k != "alive"}, ensure_ascii=False, indent=1))
    partial.rename(path)


def _gateway_pid(folder: Path) -> int | None:
    """The gateway attached to this lab, if its process still is one (``onekey run --lab`` notes it)."""
    try:
        pid = int((folder / "gateway.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if b"run" in words and b"--lab" in words else None
