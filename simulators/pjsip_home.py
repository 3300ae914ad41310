"""Where PJSIP is to be had on this machine, for the phones' own processes. Decision 0016 says why these ways and no others.

1. The interpreter of this process, where ``make setup`` has put PJSIP's binding beside it (x86-64, Python 3.11 and 3.12).
2. Debian's Python 3.11, unpacked into the lab's cache like Asterisk, with the same wheel beside it (x86-64 with any other Python).
3. Nowhere (no wheel for the machine, or nothing could be fetched): then the first kind of phone plays the second's part as well.

``ONEKEY_PJSIP`` names a way: ``own``, ``debian``, ``none``.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

WAY = "ONEKEY_PJSIP"
BINDING = "pjsua2-python==2.15.1.post1"
WHEEL = f"{BINDING} --hash=sha256:4eb5c3afca5ef589f94493ae14c86dbaf3584a9abc7964e89864ed85020c3d16"
"""The wheel for CPython 3.11 on x86-64, as ``requirements.lock`` pins it."""
PLATFORM = (
    "--platform",
    "manylinux2014_x86_64",
    "--implementation",
    "cp",
    "--python-version",
    "3.11",
    "--abi",
    "cp311",
)


@dataclass(frozen=True, slots=True)
class Home:
    """How a phone's process is started. ``environment`` is the whole of it; None: this process's own."""

    argv: tuple[str, ...]
    environment: dict[str, str] | None = field(default=None, repr=False)


class NoPjsip(Exception):
    """PJSIP cannot be had here, and why."""


@functools.cache
def find(tree: Callable[[str], str]) -> Home | None:
    """The first way that works; None, said once on stderr, where none does. ``tree`` fetches a Debian set and tells where it is (JSON)."""
    way = os.environ.get(WAY, "")
    try:
        if way in ("", "own") and importlib.util.find_spec("pjsua2") is not None:
            return Home((sys.executable,))
        if way in ("own", "none"):
            raise NoPjsip(f"{WAY}={way}")
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise NoPjsip(f"no wheel for {platform.system()} on {platform.machine()}")
        return _debians(json.loads(tree("python311")))
    except Exception as error:  # whatever it is: the phones of the first kind need nothing of it
        print(
            f"没有 PJSIP，第二种话机由第一种代替 / no PJSIP, phones of the first kind take the second's part: {error}",
            file=sys.stderr,
            flush=True,
        )
        return None


def _debians(found: dict[str, object]) -> Home:
    """Debian's Python with the wheel beside it."""
    root = Path(str(found["root"]))
    packages = root.parent / f"pjsip-{BINDING.partition('==')[2]}"
    if not packages.is_dir():
        _unpack(packages)
    start = found["start"]
    assert isinstance(start, list)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LC_ALL": "C.UTF-8",
        "PYTHONHOME": str(root / "usr"),
        "PYTHONPATH": f"{packages}{os.pathsep}{Path(__file__).parents[1]}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Home((*map(str, start), str(root / "usr/bin/python3.11")), environment)


def _unpack(packages: Path) -> None:
    """Fetch the wheel, checked by its hash, into a folder that appears under its name only when it is whole. Raises NoPjsip."""
    partial = packages.with_name(f"{packages.name}.{os.getpid()}")
    partial.mkdir(parents=True)
    wanted = partial / "wanted.txt"
    wanted.write_text(WHEEL + "\n", encoding="utf-8")
    words = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary", ":all:"]
    argv = [sys.executable, "-m", "pip", "install", *words, *PLATFORM, "--require-hashes", "--target", str(partial)]
    try:
        done = subprocess.run([*argv, "-r", str(wanted)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoPjsip(done.stderr.strip()[-400:])
        try:
            partial.rename(packages)
        except OSError:
            if not packages.is_dir():  # another process was faster
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
