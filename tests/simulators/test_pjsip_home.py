"""Where PJSIP is looked for, as far as it can be judged without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simulators import pjsip_home

ROOT = Path(__file__).parents[2]


def test_the_wheel_is_the_one_that_the_lock_file_pins() -> None:
    """Version and hash of the wheel for Debian's Python stand in ``requirements.lock`` too."""
    lock = (ROOT / "requirements.lock").read_text()
    binding, _, pinned = pjsip_home.WHEEL.partition(" --hash=")
    entry = re.search(rf"^{re.escape(binding)} ;.*?(?=^\S)", lock, re.S | re.M)
    assert entry is not None
    assert f"--hash={pinned} " in entry[0]


def test_a_machine_without_pjsip_says_so_once_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is fetched, one sentence says who plays the part instead."""
    monkeypatch.setenv(pjsip_home.WAY, "none")

    def tree(name: str) -> str:
        raise AssertionError(name)

    assert pjsip_home.find(tree) is None
    assert pjsip_home.find(tree) is None
    assert capsys.readouterr().err.count("no PJSIP") == 1


def test_a_set_that_cannot_be_fetched_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network the phones of the first kind play, and the reason is told."""
    monkeypatch.setenv(pjsip_home.WAY, "debian")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    def tree(_name: str) -> str:
        raise OSError("no network")

    assert pjsip_home.find(tree) is None
    assert "no network" in capsys.readouterr().err


def test_another_machine_asks_for_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no wheel for 64-bit ARM, so nothing is fetched there."""
    monkeypatch.setenv(pjsip_home.WAY, "debian")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    asked: list[str] = []

    def tree(name: str) -> str:
        asked.append(name)
        return ""

    assert pjsip_home.find(tree) is None
    assert asked == []
    assert "aarch64" in capsys.readouterr().err


def test_debians_python_finds_the_wheel_before_anything_of_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The process starts by the tree's own loader, with the tree's own library; the wheel comes before what lies beside the simulators."""
    monkeypatch.setenv(pjsip_home.WAY, "debian")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    (tmp_path / "pjsip-2.15.1.post1").mkdir()
    found = json.dumps({"root": str(tmp_path / "tree"), "start": ["loader", "--library-path", "libraries"]})
    home = pjsip_home.find(lambda _name: found)
    assert home is not None
    assert home.argv == ("loader", "--library-path", "libraries", str(tmp_path / "tree/usr/bin/python3.11"))
    assert home.environment is not None
    assert home.environment["PYTHONHOME"] == str(tmp_path / "tree/usr")
    assert home.environment["PYTHONPATH"].split(":") == [str(tmp_path / "pjsip-2.15.1.post1"), str(ROOT)]
