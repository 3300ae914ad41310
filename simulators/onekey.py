"""The ``onekey`` command and a gateway's API, used as any stranger uses them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulators.phone import PhoneError

ONEKEY = [str(Path(sys.executable).parent / "onekey")]
ANSWER_S = 20
"""A report is made by a process of its own, which takes seconds to start on a machine that does much else."""


def onekey(*words: str, say: Callable[[str], None] | None = None) -> str:
    """Run a command of onekey. Returns what it printed; raises PhoneError with its words if it failed."""
    done = subprocess.run(
        [*ONEKEY, *words], stdout=subprocess.PIPE, stderr=None if say else subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise PhoneError(f"onekey {' '.join(words)}: {(done.stderr or done.stdout or '').strip()}")
    return done.stdout


def debian_tree(name: str) -> str:
    """A set of Debian packages, fetched if it is not there: where it is and how its programs start, as JSON."""
    return onekey("lab", "tree", name, say=print)


async def eventually(look: Callable[[], Any], what: str, within_s: float = 8.0) -> Any:
    """Look again every 10 ms until the answer is true. For what has no event: another process's console or HTTP."""
    deadline = time.monotonic() + within_s
    while True:
        value = look()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise PhoneError(f"{what}: not within {within_s:g} s")
        await asyncio.sleep(0.01)


def ask(
    api: dict[str, Any], method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """One request to a gateway's API (host, port, token); its status and decoded body, 0 where nobody answers."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://{api['host']}:{api['port']}{path}", data, headers or {}, method=method)
    request.add_header("Authorization", f"Bearer {api['token']}")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
    except (OSError, ValueError):
        return 0, None
