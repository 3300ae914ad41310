"""The gateway's rooms and floors: what stands where, and that the contracts of ``pyproject.toml`` bind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).parent / "lint-imports"

FORBIDDEN = {
    "gateway/contexts/outbox.py": ("aiohttp", "redis"),
    "gateway/contexts/platform_queue.py": ("aiohttp", "redis"),
    "gateway/contexts/service.py": ("sqlite3",),
    "gateway/services/requests.py": ("yaml", "pydantic", "rich"),
    "gateway/observability/metrics.py": ("panoramisk",),
    "gateway/config/settings.py": ("gateway.contexts.outbox",),
    "gateway/views/switchboards.py": (
        "gateway.contexts.formats.work_order",
        "gateway.contexts.export",
        "gateway.rules.explain",
    ),
    "gateway/core/rules/rule.py": ("gateway.core.messages.events",),
    "gateway/core/machines/transfer.py": ("gateway.core.messages.commands",),
    "gateway/ami/link.py": ("gateway.store.writer",),
}
"""Imports that no file may have. The first nine broke no contract while modules lay flat in ``gateway``."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Both packages and the contracts, to be written into."""
    for name in ("gateway", "simulators"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> tuple[int, str]:
    """Exit status and words of the import contracts over a copy."""
    done = subprocess.run(
        [LINT, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def module_of(path: str) -> str:
    """A file's module."""
    return path.removesuffix(".py").replace("/", ".")


def test_forbidden_imports_break_a_contract(copy: Path) -> None:
    """Each import that goes up a floor, or to a library of another room, is found by name."""
    for name, imports in FORBIDDEN.items():
        path = copy / name
        path.write_text(path.read_text("utf-8") + "".join(f"\nimport {one}\n" for one in imports), "utf-8")
    status, said = lint(copy)
    assert status == 1, said
    pairs = [(module_of(name), one) for name, imports in FORBIDDEN.items() for one in imports]
    assert [pair for pair in pairs if f"{pair[0]} -> {pair[1]}" not in said] == [], said


@pytest.mark.parametrize("name", ["gateway/new_room.py", "gateway/core/new_floor.py"])
def test_a_new_module_needs_a_floor(copy: Path, name: str) -> None:
    """A module that stands on no floor yet is an error, although it imports nothing."""
    (copy / name).write_text('"""Of no floor."""\n', "utf-8")
    status, said = lint(copy)
    assert status == 1, said
    assert Path(name).stem in said


TESTED_ELSEWHERE = {
    "tests/api/test_foreign.py": "asks every route for an object of others: security.rights behind the API",
    "tests/api/test_fuzz.py": "asks every route at once",
    "tests/api/test_openapi.py": "holds openapi.yaml against the routes",
    "tests/api/test_openapi_requests.py": "holds openapi.yaml against what the routes accept",
    "tests/api/test_whole.py": "starts the whole gateway behind the routes",
    "tests/ami/test_presence.py": "encode and executor together: what a seat's presence becomes on the wire",
    "tests/ami/test_suffixes.py": "plays recordings from any point on: decode, core and resync together",
    "tests/ami/test_throughput.py": "tests bench.ami_throughput, whose recording lies here",
    "tests/simulators/test_pyvoip_dialogue.py": "simulators.pyvoip_phone over its line: the dialogue",
    "tests/simulators/test_pyvoip_ports.py": "simulators.pyvoip_line: its ports",
    "tests/simulators/test_toy.py": "tests the package simulators.toy as a whole",
}
"""Test files without a module of their name, and why."""
WHOLE = ("tests/asterisk/", "tests/house/", "tests/system/")
"""Folders that test no module but the whole: on real Asterisk, over the toy, and the house itself."""


def modules_beside(test: str) -> list[str]:
    """The modules that a test file's name can mean: ``test_presses_limits`` is of ``presses_limits`` or of ``presses``."""
    folder, _, name = test.removeprefix("tests/").rpartition("/")
    words = name.removeprefix("test_").removesuffix(".py").split("_")
    stems = ["_".join(words[:n]) for n in range(len(words), 0, -1)]
    roots = [""] if folder.split("/")[0] in ("simulators", "bench") else ["gateway/"]
    return [f"{root}{folder}/{stem}.py".replace("//", "/") for root in roots for stem in stems]


def test_tests_lie_in_rooms_that_mirror_the_gateway() -> None:
    """Each test file is named after the module it tests and lies in the folder of that module's room."""
    tests = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
    stray = [
        test
        for test in tests
        if not test.startswith(WHOLE)
        and test not in TESTED_ELSEWHERE
        and not any((ROOT / module).is_file() for module in modules_beside(test))
    ]
    assert stray == []
    assert [test for test in TESTED_ELSEWHERE if test not in tests] == []


def test_few_things_lie_directly_in_the_gateway() -> None:
    """A newcomer sees every room at one glance: at most 27 entries."""
    entries = [
        path.name
        for path in (ROOT / "gateway").iterdir()
        if path.name != "__pycache__" and (path.suffix == ".py" or (path / "__init__.py").is_file())
    ]
    assert len(entries) <= 27, sorted(entries)


def test_every_room_says_what_it_is() -> None:
    """Each package of the gateway begins with a sentence."""
    rooms = (ROOT / "gateway").rglob("__init__.py")
    assert [path for path in rooms if not path.read_text("utf-8").lstrip().startswith('"""')] == []
