"""The house in figures: rooms, long modules, calls by position, comments where races are, lines, and how fast the command line is there."""

from __future__ import annotations

import ast
import io
import statistics
import subprocess
import sys
import time
import tokenize
from pathlib import Path
from typing import Any

from bench.report import figure, keep

ROOT = Path(__file__).resolve().parents[1]
LINES_MAX = 350
POSITIONAL = 7
STARTS = 7
AWKWARD = (
    "ami/link",
    "ami/protocol",
    "api/connections",
    "app/wiring",
    "contexts/http_client",
    "contexts/outbox",
    "contexts/platform_queue",
    "core/machines/transfer",
    "core/turn/resync",
    "core/turn/transfers",
    "engine",
    "security/tokens",
    "store/backlog",
    "store/redis/connection",
    "store/sqlite/file",
    "store/writer",
    "store/writer_thread",
)
"""Modules that hold a race, a protocol or a recovery."""


def measure() -> dict[str, Any]:
    """All of it."""
    modules = {path: path.read_text("utf-8") for path in sorted((ROOT / "gateway").rglob("*.py"))}
    folders = ("gateway", "simulators", "tests", "bench", "scripts")
    written = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in written)
    rooms = [path for path in modules if path.parent == ROOT / "gateway"]
    rooms += [path for path in modules if path.name == "__init__.py" and path.parent.parent == ROOT / "gateway"]
    long = [path.relative_to(ROOT) for path, text in modules.items() if len(text.splitlines()) > LINES_MAX]
    calls = sum(_positional(text) for text in modules.values())
    awkward = [modules[ROOT / "gateway" / f"{name}.py"] for name in AWKWARD]
    comments = 100 * sum(map(_comments, awkward)) / sum(len(text.splitlines()) for text in awkward)
    return {
        "house_rooms": figure(len(rooms), "", "<= 26", 1, "modules and packages directly in gateway/"),
        "house_modules_over_350": figure(len(long), "", "<= 8", 1, ", ".join(map(str, long))),
        "house_calls_7_positional": figure(calls, "", "0", 1, "calls in gateway/ with seven or more by position"),
        "house_comment_pct": figure(
            comments, "%", ">= 3", len(AWKWARD), "lines with a comment, in " + " ".join(AWKWARD)
        ),
        "house_lines_python": figure(lines, "", "", len(written), "gateway, simulators, tests, bench and scripts"),
        "cli_start_ms": figure(_start_ms(), "ms", "<= 200", STARTS, "onekey --help in a process of its own, median"),
    }


def _positional(text: str) -> int:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return sum(len(call.args) >= POSITIONAL for call in calls)


def _comments(text: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def _start_ms() -> float:
    taken = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "gateway", "--help"], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


if __name__ == "__main__":
    keep(measure())
