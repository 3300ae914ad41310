"""The lab's own bookkeeping: names, folders, whose process a gateway is, what its errors say."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.debian.errors import LabError
from gateway.lab import folders, lab, words


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder of this test alone."""
    monkeypatch.setenv("ONEKEY_RUN", str(tmp_path / "run"))
    return tmp_path / "run"


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "坐席", "x" * 33, "a\nb"])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    """A lab's name becomes a folder and a command line: nothing but letters, digits, - and _ is taken."""
    with pytest.raises(LabError, match="not a lab's name"):
        folders.folder_of(name)


def test_labs_have_folders_of_their_own(run_folder: Path) -> None:
    """Each lab lives in a folder of its name below ``ONEKEY_RUN``."""
    assert folders.folder_of("default") == run_folder / "default"
    assert folders.folder_of("a-b_2") == run_folder / "a-b_2"


def test_status_of_a_lab_that_is_not_up_says_how_to_start_it() -> None:
    """The error names the folder and the command."""
    with pytest.raises(LabError) as caught:
        lab.status("nobody")
    assert "is not up" in caught.value.what
    assert caught.value.remedy == "onekey lab up --name nobody"


def test_status_of_a_half_started_lab_says_that_something_is_left(run_folder: Path) -> None:
    """A folder without a descriptor is what a killed ``up`` leaves, and is called by its name."""
    (run_folder / "half/12345").mkdir(parents=True)
    with pytest.raises(LabError, match="something is left"):
        lab.status("half")


def test_down_removes_what_a_killed_up_has_left(run_folder: Path) -> None:
    """``down`` clears a half-made folder, says that there was something, and the second time that there was nothing."""
    (run_folder / "half/12345/etc").mkdir(parents=True)
    assert lab.down("half") is True
    assert not (run_folder / "half").exists()
    assert lab.down("half") is False


def test_down_spares_a_process_that_got_the_number_of_a_dead_gateway(run_folder: Path) -> None:
    """A number in ``gateway.pid`` that now belongs to somebody else, here to this test, is left alone."""
    (run_folder / "old").mkdir(parents=True)
    (run_folder / "old/gateway.pid").write_text(str(os.getpid()))
    assert lab.down("old") is True


@pytest.mark.parametrize(
    ("line", "name", "ours"),
    [
        ("python .venv/bin/onekey run --lab", "default", True),
        ("python .venv/bin/onekey run --lab --log x", "default", True),
        ("python .venv/bin/onekey run --lab one", "one", True),
        ("python -m gateway run --lab=one", "one", True),
        ("python .venv/bin/onekey run --lab two", "one", False),
        ("python .venv/bin/onekey run --lab", "one", False),
        ("python .venv/bin/onekey run --config x.toml", "default", False),
        ("python -m pytest", "default", False),
        ("", "default", False),
    ],
)
def test_a_gateway_belongs_to_the_lab_that_it_names(line: str, name: str, ours: bool) -> None:
    """The gateway of another lab is never ended by this one's ``down``."""
    assert lab.is_gateway(line.split(), name) is ours


def test_an_error_has_three_parts() -> None:
    """What, where and what to do stand in this order, each on a line of its own."""
    assert str(LabError("what", "where", "cure")).splitlines() == ["what", "    where", "    → cure"]


def test_status_prints_what_a_phone_needs(run_folder: Path) -> None:
    """Address, numbers, passwords, AMI, keys and the gateway's state stand on the page, Chinese first."""
    board = {
        "sip": {"host": "127.30.1.1", "port": 5060},
        "ami": {"host": "127.30.1.1", "port": 5038, "user": "onekey", "secret": "s3"},
        "hotline": "12345",
        "seats": [{"number": "1001", "password": "p1"}],
        "callers": [{"number": "13800000001", "password": "p2"}],
        "services": [{"number": "119", "password": "p3"}],
    }
    keys = [("*1", "transfer", "other", ""), ("*6", "transfer", "119", "consult"), ("*0", "cancel", "", "")]
    text = words.describe(
        {
            "name": "default",
            "dir": str(run_folder),
            "asterisk": {"version": "Asterisk 22.10.1"},
            "switchboards": {"12345": board},
            "alive": {"12345": False},
            "keys": [dict(zip(("code", "action", "target", "mode"), key, strict=True)) for key in keys],
            "api": {"host": "127.30.1.7", "port": 8012, "token": "t"},
            "gateway": {"pid": None},
        }
    )
    for part in ("127.30.1.1:5060", "1001/p1", "13800000001/p2", "119/p3", "127.30.1.1:5038", "s3", "DOWN"):
        assert part in text
    for key in ("*1   转到对方平台 / transfer to the other", "*6   三方协商：119 / consult 119", "*0   收回来电人"):
        assert key in text


@pytest.mark.parametrize(("name", "command"), [("default", "onekey run --lab"), ("day", "onekey run --lab day")])
def test_the_page_says_how_the_gateway_of_this_lab_is_run(run_folder: Path, name: str, command: str) -> None:
    """A command that is pasted attaches to the lab of the page; a key is shown by its target's name."""
    key = {"code": "*51", "action": "transfer", "target": "water", "mode": "", "name": "供水抢修热线"}
    lab = {"name": name, "dir": str(run_folder), "asterisk": {"version": "22"}, "switchboards": {}, "keys": [key]}
    text = words.describe({**lab, "api": {"host": "h", "port": 1, "token": "t"}, "gateway": {"pid": None}})
    assert f"未运行 not running：{command}\n" in text
    assert "*51  转到供水抢修热线 / transfer to water" in text


def test_the_descriptor_is_for_its_owner_only(run_folder: Path) -> None:
    """``lab.json`` holds passwords: mode 0600, whole or not at all, and without the passing state of the processes."""
    (run_folder / "x").mkdir(parents=True)
    folders.save({"dir": str(run_folder / "x"), "name": "x", "alive": {"110": True}})
    path = run_folder / "x/lab.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"dir": str(run_folder / "x"), "name": "x"}
    assert [entry.name for entry in path.parent.iterdir()] == ["lab.json"]


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """Linux takes 107 bytes; the error names the path and a short place, and no folder is left."""
    folder = tmp_path / ("x" * 100)
    with pytest.raises(LabError, match="too long"):
        folders.make_folder(folder)
    assert not folder.exists()


def test_a_run_folder_that_is_not_writable_names_the_setting(tmp_path: Path) -> None:
    """The error names the folder and ``ONEKEY_RUN``."""
    blocker = Path("/proc/onekey")
    with pytest.raises(LabError) as caught:
        folders.make_folder(blocker / "lab")
    assert "ONEKEY_RUN" in caught.value.remedy
    assert str(blocker) in caught.value.where
