"""``docs/architecture.md`` says of rooms, floors and ways what the code says."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def entries(folder: Path) -> list[str]:
    """Modules and packages directly in a folder."""
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    return sorted(modules + [path.parent.name for path in folder.glob("*/__init__.py")])


def layers(id_: str) -> list[str]:
    """The floors of a contract, top first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    found: list[str] = next(one["layers"] for one in contracts if one.get("id") == id_)
    return found


@pytest.mark.parametrize("folder", ["gateway", "gateway/core"])
def test_every_room_has_a_line(folder: str) -> None:
    """The table of a folder names what lies in it, once each, and nothing else."""
    table = PAGE.partition(f"| in `{folder}/` |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.M)) == entries(ROOT / folder)


def test_the_floors_are_those_of_the_contracts() -> None:
    """Both drawings are the layers of ``pyproject.toml``, top first."""
    drawn = re.findall(r"```\n(.*?)\n```", PAGE.partition("\n## Floors\n")[2].partition("\n## ")[0], re.S)
    assert [one.split("\n") for one in drawn] == [layers("floors"), layers("core floors")]


def hop(name: str) -> bool:
    """Whether a dotted name is a module of the gateway, or something in one."""
    words = name.split(".")
    for n in range(len(words), 0, -1):
        path = ROOT / "gateway" / "/".join(words[:n])
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            found: object = importlib.import_module(".".join(["gateway", *words[:n]]))
            for word in words[n:]:
                found = getattr(found, word, None)
            return found is not None
    return False


def test_every_hop_of_a_way_is_there() -> None:
    """The ways pass through modules and functions that exist."""
    hops = re.findall(r"`([a-z_]+\.[\w.]+)`", PAGE.partition("\n## Ways\n")[2].partition("\nWhat holds")[0])
    assert len(hops) >= 30
    assert [one for one in hops if not hop(one)] == []
