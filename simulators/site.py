"""A site's configuration for the gateway of a stage: led through wires that can fail, with a database on a disk of its own, with a platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulators.platform import Platform


def configuration(
    lab: Mapping[str, Any],
    database: Path,
    rules: Path,
    wires: Mapping[str, tuple[str, int]],
    limits: str,
    platform: Platform | None,
) -> str:
    """``onekey.toml``. ``wires`` are host and port of each switchboard's AMI; ``limits`` are lines of that table."""
    folder, api = lab["dir"], lab["api"]
    lines = [f"name = 'site {lab['name']}'", f"run_dir = '{folder}'", f"store = '{database}'", f"rules = '{rules}'"]
    lines += [f"tape = '{folder}/tape.jsonl'"]
    lines += ["[api]", f"host = '{api['host']}'", f"port = {api['port']}", f"token = '{api['token']}'"]
    lines += [f"public_url = 'http://{api['host']}:{api['port']}'", "call_info = true", "[limits]", limits]
    if platform is not None:
        lines += ["[[push]]", "switchboard = '110'", f"url = '{platform.url}'", f"secret = '{platform.secret}'"]
    for side, board in lab["switchboards"].items():
        (host, port), ami = wires[side], board["ami"]
        lines += ["[[switchboards]]", f"id = '{side}'", f"host = '{host}'", f"port = {port}"]
        lines += [f"username = '{ami['user']}'", f"secret = '{ami['secret']}'", f"queues = ['{board['queue']}']"]
        lines += [f"seats = {[seat['number'] for seat in board['seats']]}"]
        lines += [f"folder = '{board['dir']}/etc'", f"plan_folder = '{board['dir']}/etc'"]
    return "\n".join(lines) + "\n"
