"""Every call of some functions of the gateway, one line each, in the order in which they were made, over all threads and processes.

The folder that is named by ``ONEKEY_CALLS`` has the names in ``wanted``, and gets a file for each process. Nothing here is imported by the
gateway: the interpreter's own profiler calls us.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

VARIABLE = "ONEKEY_CALLS"
GATEWAY = str(Path(__file__).resolve().parents[3] / "gateway") + os.sep


class Calls:
    """Writes down the calls of this process while it is entered."""

    def __init__(self, folder: Path) -> None:
        self._wanted = set((folder / "wanted").read_text(encoding="utf-8").split())
        self._file = (folder / f"{os.getpid()}.calls").open("a", buffering=1, encoding="utf-8")

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Each call, as ``sys.setprofile`` tells it."""
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(GATEWAY):
            name = f"{code.co_filename[len(GATEWAY) : -3].replace(os.sep, '.')}.{code.co_qualname}"
            if name in self._wanted:
                self._file.write(f"{time.monotonic_ns()} {name}\n")

    def __enter__(self) -> Calls:
        threading.setprofile(self)
        sys.setprofile(self)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)
        self._file.close()


def made(folder: Path, since_ns: int = 0) -> list[str]:
    """Names in the order of the calls, of all processes, from an instant of ``time.monotonic_ns`` on."""
    lines = [line.split() for path in folder.glob("*.calls") for line in path.read_text(encoding="utf-8").splitlines()]
    return [name for at, name in sorted((int(at), name) for at, name in lines) if at >= since_ns]
