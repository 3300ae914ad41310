"""Two switchboards on paper: who is at them, where they listen, and their configuration files."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.lab import addresses, asterisk
from gateway.lab.render import RELAXED, Dirs, render

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

MUSIC = ("macroform-cold_day", "macroform-the_simplicity")
"""Music on hold of Debian's package that begins at once: a caller who is parked shall not hear a second of nothing."""

Key = dict[str, str]
"""A key of a seat: ``code``, ``action``, ``target``, ``mode``, as the rules have them, and the target's ``name``."""
NO_TARGETS: Mapping[Any, Any] = {}


def keys_of(keys: Mapping[str, Any], targets: Mapping[Any, Any] = NO_TARGETS) -> list[Key]:
    """The keys of a rule set as the lab takes them; with the names of its ``targets``, which people read."""
    names = {id_: target.name for id_, target in targets.items()}
    return [
        {"code": c, "action": k.action, "target": k.target, "mode": k.mode, "name": names.get(k.target, "")}
        for c, k in keys.items()
    ]


def on_paper(site: Path, folder: Path, keys: Sequence[Key], files: dict[str, dict[str, str]]) -> dict[str, Path]:
    """Render both switchboards below ``folder`` and start nothing: their configuration folders, by id. For checks of the tree."""
    nothing = asterisk.Asterisk((), Path("modules"), Path("data"), "", "")
    lab = plan_of(folder, "paper", nothing)
    lab["settings"] = {"plan_old_s": 60, "ring_s": 25, "drop_s": 3, "dtmf_events": False, "unread_ms": 5000}
    lab["keys"] = list(keys)
    for side in SIDES:
        render_side(site, lab, side, nothing, files.get(side), relaxed=None)
    return {side: folder / side / "etc" for side in SIDES}


def plan_of(folder: Path, name: str, found: asterisk.Asterisk) -> Lab:
    """The descriptor of a lab that is yet to come up: free addresses, new passwords, everybody's numbers."""
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


def render_side(
    site: Path,
    lab: Lab,
    side: str,
    found: asterisk.Asterisk,
    files: dict[str, str] | None = None,
    relaxed: Path | None = RELAXED,
) -> None:
    """Write the configuration of one switchboard. ``relaxed``: where the lab's own relaxations lie; None: as a site has it."""
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
