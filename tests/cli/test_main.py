"""The command line: exit codes, messages with what, where and remedy, and JSON that is JSON."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway import __version__
from gateway.cli import reports as cli_reports
from gateway.cli.main import COMMANDS, main
from gateway.config.settings import site_path
from gateway.config.site_file import load
from gateway.core.messages.answers import TransfersFound
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.kept import LegKept, PressKept
from gateway.core.messages.link_events import Resynced
from gateway.core.messages.records import GapRow, SeatRow
from gateway.core.rules.plan import text as text_of
from gateway.core.turn.plans import foreseen, now_of
from gateway.core.values.ids import ChannelUid, PressId, SeatId, SeatState, SwitchboardId, TargetId
from gateway.observability import tape
from gateway.observability.replay import Start
from gateway.rules import file as rules_file
from gateway.store import SeenRow
from gateway.store.sqlite.store import SqliteStore
from tests.core.plays import KEY, Play

A = SwitchboardId("12345")
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Labs of this test alone: none is up, and a command that should not start one cannot."""
    monkeypatch.setenv("ONEKEY_RUN", str(tmp_path / "labs"))
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ONEKEY_ASTERISK", "debian")
    monkeypatch.setenv("ONEKEY_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    return tmp_path / "labs"


def site(folder: Path, *, port: int = 9, api_port: int = 18012, more: str = "") -> Path:
    """A site's configuration whose switchboards nobody answers for."""
    path = folder / "onekey.toml"
    boards = "".join(
        f'[[switchboards]]\nid = "{id_}"\nhost = "127.0.0.1"\nport = {port}\nusername = "onekey"\nsecret = "5hJd8-Qm2Zx0p"\n'
        for id_ in ("12345", "110")
    )
    path.write_text(
        f'run_dir = "run"\nrules = "{site_path("transfer_rules.yaml")}"\n{more}\n'
        f'[api]\nport = {api_port}\ntoken = "a-long-enough-token"\n{boards}',
        encoding="utf-8",
    )
    return path


def onekey(*words: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    given = [os.fsencode(word) for word in (sys.executable, "-m", "gateway", *words)]
    return subprocess.run(given, capture_output=True, env={**os.environ, **environment}, timeout=60, check=False)


def refused(captured: Captured, *words: str) -> None:
    """Stderr says what, where and what to do, with these words in it, and stdout and stderr show no traceback."""
    out, err = captured.readouterr()
    assert err.startswith("错误 error: ")
    assert "→ " in err
    assert "Traceback" not in out + err
    for word in words:
        assert word in err


@pytest.mark.parametrize(
    "words",
    [
        ["report", "seats"], ["report", "seats", "--detail"], ["report", "seats", "--json"], ["report", "forecast"],
        ["report", "seats", "--timeline", "--out", "x.svg"],
    ],
)  # fmt: skip
def test_reports_of_a_redis_that_is_not_there(words: list[str], tmp_path: Path, capsys: Captured) -> None:
    """The server is named, and no database is made in its place."""
    path = site(tmp_path, more='store = "redis://127.0.0.1:1/0"')
    (tmp_path / "run").mkdir()
    assert main([*words, "--config", str(path)]) == 1
    refused(capsys, "Redis", "127.0.0.1:1")
    assert not list((tmp_path / "run").glob("onekey.db*"))


# --- usage ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["--nonsense"],
        ["rules"],
        ["rules", "explode"],
        ["lab"],
        ["lab", "up", "--ring-s", "soon"],
        ["lab", "tree", "windows"],
        ["report"],
        ["report", "seats"],
        ["run"],
        ["doctor"],
        ["doctor", "--lab", "a", "--config", "b"],
        ["replay"],
        ["report", "seats", "--lab", "--since", "yesterday"],
        ["report", "seats", "--lab", "--since", "2026-13-40"],
        ["report", "seats", "--lab", "--until", "0001-01-01"],
        ["report", "seats", "--lab", "--until", "9999-12-31T23:59:59-14:00"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(capsys: Captured, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """What cannot be understood is told with the usage, on stderr, and nothing is done."""
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert err.startswith("usage: onekey")
    assert out == ""


@pytest.mark.parametrize(
    "words",
    [
        [], ["run"], ["doctor"], ["rules"], ["rules", "check"], ["rules", "test"],
        ["rules", "explain"], ["rules", "diff"], ["rules", "schema"], ["rules", "catalogue"], ["lab"], ["lab", "up"], ["lab", "down"],
        ["lab", "status"], ["lab", "tree"], ["report"], ["report", "seats"], ["replay"], ["demo"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_explains_itself(capsys: Captured, words: list[str]) -> None:
    """``--help`` works everywhere."""
    with pytest.raises(SystemExit) as caught:
        main([*words, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: onekey", *words]))


def test_the_version_is_told(capsys: Captured) -> None:
    """``--version`` is the package's."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(f"onekey {__version__}")


def imported(*words: str) -> list[str]:
    """The modules that a command has imported when it ends, beyond those that Python starts with."""
    code = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        "from gateway.cli.main import COMMANDS, main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, timeout=60, check=True)
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return found


CATALOGUE = {"gateway.cli.texts", "gateway.core", "gateway.core.values", "gateway.core.values.bilingual"}
"""The texts of the command line, and of what texts are made."""


@pytest.mark.parametrize("word", ["--help", "--version", "--nonsense"])
def test_the_first_page_imports_no_command(word: str) -> None:
    """Help, version and wrong usage need the table of the commands and its texts, none of the commands and no library."""
    found = imported(word)
    ours = {name for name in found if name.split(".")[0] == "gateway"}
    assert ours - CATALOGUE == {"gateway", "gateway.cli", "gateway.cli.main"}
    assert {name.split(".")[0] for name in found} - {*sys.stdlib_module_names, "_compression", "gateway"} == set()
    assert len(found) <= 50, found


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_a_command_imports_its_own_module(name: str) -> None:
    """The parser of a command is made without the other commands, and without anything that the command will do."""
    module = f"gateway.cli.{COMMANDS[name][0].partition('.')[0]}"
    found = {one for one in imported(name, "--help") if one.startswith("gateway.")}
    shared = {"gateway.cli.options", "gateway.core.values.fault"}
    assert found - shared - CATALOGUE == {"gateway.cli", "gateway.cli.main", module}


# --- rules ----------------------------------------------------------------------------------------------------------------


def test_the_shipped_rules_are_correct(capsys: Captured) -> None:
    """Without a file the shipped one is checked; the answer names it and counts."""
    assert main(["rules", "check"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(str(site_path("transfer_rules.yaml")))
    assert "9 个目标 targets, 19 条规则 rules, 53 个事项 matters" in out
    assert err == ""


def test_a_good_rules_file_is_correct(capsys: Captured, tmp_path: Path) -> None:
    """The file that is named is the one that is checked."""
    path = tmp_path / "mine.yaml"
    path.write_text(site_path("transfer_rules.yaml").read_text("utf-8"), encoding="utf-8")
    assert main(["rules", "check", str(path)]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: 正确 / correct")


def test_every_error_of_a_bad_rules_file_is_told(capsys: Captured, tmp_path: Path) -> None:
    """Exit 1; each error with file, line and column, and what to do."""
    path = tmp_path / "bad.yaml"
    path.write_text('version: 2\ntargets:\n  "110":\n    nmae: x\nrules:\n  - name: a\n', encoding="utf-8")
    assert main(["rules", "check", str(path)]) == 1
    refused(capsys, f"{path}:1:10", f"{path}:4:5", "did you mean name", f"{path}:6:5")


def test_a_rules_file_that_is_not_there_is_told(capsys: Captured, tmp_path: Path) -> None:
    """Exit 1 with the path."""
    assert main(["rules", "check", str(tmp_path / "none.yaml")]) == 1
    refused(capsys, str(tmp_path / "none.yaml"))


# --- errors of ours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["doctor"], ["run"], ["report", "seats"], ["replay", "tape.jsonl"]], ids=" ".join)
def test_a_missing_configuration_is_told(capsys: Captured, tmp_path: Path, words: list[str]) -> None:
    """No such file: its path, and what to copy."""
    path = tmp_path / "none.toml"
    assert main([*words, "--config", str(path)]) == 1
    refused(capsys, str(path), "onekey.example.toml")


@pytest.mark.parametrize("words", [["doctor"], ["run"], ["report", "seats"], ["replay", "tape.jsonl"]], ids=" ".join)
def test_a_lab_that_is_not_up_is_told(capsys: Captured, run_folder: Path, words: list[str]) -> None:
    """Nothing to attach to: where it was looked for, and the command that starts it."""
    assert main([*words, "--lab"]) == 1
    refused(capsys, str(run_folder), "onekey lab up")


def test_the_status_of_a_lab_that_is_not_up_is_told(capsys: Captured, run_folder: Path) -> None:
    """Exit 1, also where JSON was asked for: stdout stays empty."""
    assert main(["lab", "status", "--json"]) == 1
    out = capsys.readouterr()
    assert out.out == ""
    assert "onekey lab up" in out.err


def test_every_error_of_a_configuration_is_told(capsys: Captured, tmp_path: Path) -> None:
    """Two mistakes are two messages, in one run."""
    path = site(tmp_path, more='rnu_dir = "x"\ntape = 7')
    assert main(["doctor", "--config", str(path)]) == 1
    refused(capsys, "rnu_dir", "did you mean run_dir", "tape", "must be str")


def test_what_the_system_refuses_is_told(capsys: Captured, tmp_path: Path) -> None:
    """A tape that is not there: the system's own words, the path and a remedy, and no traceback."""
    path = tmp_path / "none.jsonl"
    assert main(["replay", str(path), "--config", str(site(tmp_path))]) == 1
    refused(capsys, "No such file", str(path))


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """``run --log`` below a plain file ends with a message, not with a traceback."""
    done = onekey("run", "--config", str(site(tmp_path)), "--log", str(tmp_path / "onekey.toml/x.log"))
    assert done.returncode == 1
    assert str(tmp_path / "onekey.toml/x.log") in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_gateway_whose_port_is_taken_says_so_and_ends(tmp_path: Path) -> None:
    """Exit 1 with the address and the setting; nothing is left half started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = onekey("run", "--config", str(site(tmp_path, api_port=port)))
    said = done.stderr.decode()
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in said
    assert "[api]" in said
    assert "Traceback" not in said
    assert not (tmp_path / "run/gateway.pid").exists()


def test_a_terminal_that_lacks_a_sign_is_no_error(tmp_path: Path) -> None:
    """A GBK terminal has no check mark: the doctor's page is printed all the same."""
    done = onekey("doctor", "--config", str(site(tmp_path)), PYTHONIOENCODING="gbk")
    assert done.returncode == 1
    assert "错误" in done.stdout.decode("gbk")
    assert b"Traceback" not in done.stderr


def test_a_path_that_is_no_text_is_no_error(tmp_path: Path) -> None:
    """A file name that is not UTF-8 is told as well as it can be."""
    done = onekey("rules", "check", os.fsencode(tmp_path) + b"/\xff.yaml", PYTHONIOENCODING="utf-8")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert "→".encode() in done.stderr


# --- doctor ---------------------------------------------------------------------------------------------------------------


def test_the_doctor_prints_a_page_and_exits_1_on_errors(capsys: Captured, tmp_path: Path) -> None:
    """Nobody listens on the AMI port: the page says so first, and ends with the number of errors."""
    assert main(["doctor", "--config", str(site(tmp_path))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "The AMI port cannot be reached" in lines[0]
    assert lines[-1] == "2 个错误 / errors"


# --- reports --------------------------------------------------------------------------------------------------------------

BEGIN = 1795420800.0  # 2026-11-23T08:00:00Z


def stored(folder: Path) -> Path:
    """A store: seat 1001 is ready for 60 s, talks for 30 s, wraps up for 10 s and is ready again; then 5 s unseen."""
    path = site(folder)
    steps = [
        (0, SeatState.UNKNOWN, SeatState.READY, ""),
        (60, SeatState.READY, SeatState.TALK, "12345-1.0"),
        (90, SeatState.TALK, SeatState.WRAP_UP, "12345-1.0"),
        (100, SeatState.WRAP_UP, SeatState.READY, ""),
    ]

    async def write() -> None:
        store = SqliteStore(folder / "run/onekey.db")
        since = BEGIN
        for after, before, state, call in steps:
            store.write(
                SeatRow(
                    at=BEGIN + after,
                    switchboard=A,
                    seat=SeatId("1001"),
                    before=before,
                    after=state,
                    why="test",
                    call=call,
                    since=since,
                )
            )
            since = BEGIN + after
        store.write(GapRow(A, BEGIN + 110, BEGIN + 115, "link lost"))
        await store.flush()
        await store.close()

    (folder / "run").mkdir()
    asyncio.run(write())
    return path


def report(capsys: Captured, path: Path, *words: str) -> Any:
    """The report as JSON."""
    assert main(["report", "seats", "--config", str(path), "--json", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_a_report_adds_up(capsys: Captured, tmp_path: Path) -> None:
    """Seconds by state, calls and occupancy of a seat, with what was not seen as unknown (law 7)."""
    until = "2026-11-23T08:02:00+00:00"
    assert report(capsys, stored(tmp_path), "--until", until) == [
        {
            "switchboard": "12345",
            "seat": "1001",
            "state": "ready",
            "calls": 1,
            "occupancy": pytest.approx(40 / 115),
            "seconds": {"ready": 75.0, "on_call.talk": 30.0, "wrap_up": 10.0, "unknown": 5.0},
        }
    ]


def test_a_report_keeps_to_its_time(capsys: Captured, tmp_path: Path) -> None:
    """From the middle of the call to its end: twenty seconds of talk and nothing else."""
    words = ["--since", "2026-11-23T08:01:10Z", "--until", "2026-11-23T08:01:30Z"]
    (seat,) = report(capsys, stored(tmp_path), *words)
    assert seat["seconds"] == {"on_call.talk": 20.0}


def test_a_time_that_ends_before_it_begins_is_empty(capsys: Captured, tmp_path: Path) -> None:
    """No second is counted, and none is negative."""
    words = ["--since", "2026-11-23T08:01:30Z", "--until", "2026-11-23T08:01:10Z"]
    assert all(seat["seconds"] == {} for seat in report(capsys, stored(tmp_path), *words))


async def test_intervals_end_now_and_with_the_gateway(tmp_path: Path) -> None:
    """Of what is to come there is no interval, and since the gateway was last there all is unknown, though its gap is not written."""
    config = load(await asyncio.to_thread(stored, tmp_path))
    (seat,) = await cli_reports.seat_times(config, BEGIN, BEGIN + 9e6, BEGIN + 150)
    assert (seat.intervals[-1].until, seat.state) == (BEGIN + 150, SeatState.READY)
    store = SqliteStore(config.store)
    store.write(SeenRow(A, BEGIN + 120))
    await store.flush()
    await store.close()
    (seat,) = await cli_reports.seat_times(config, BEGIN, BEGIN + 9e6, BEGIN + 125)
    assert seat.state is SeatState.READY
    (seat,) = await cli_reports.seat_times(config, BEGIN, BEGIN + 9e6, BEGIN + 200)
    assert [(i.since - BEGIN, i.until - BEGIN, i.state) for i in seat.intervals[-2:]] == [
        (115, 120, SeatState.READY),
        (120, 200, SeatState.UNKNOWN),
    ]


def test_a_report_lists_intervals_on_request(capsys: Captured, tmp_path: Path) -> None:
    """``--detail`` has every interval, one after another without a hole."""
    (seat,) = report(capsys, stored(tmp_path), "--detail", "--until", "2026-11-23T08:02:00+00:00")
    intervals = seat["intervals"]
    assert [i["state"] for i in intervals] == ["ready", "on_call.talk", "wrap_up", "ready", "unknown", "ready"]
    assert [i["until"] for i in intervals[:-1]] == [i["since"] for i in intervals[1:]]


def test_a_report_is_a_table_for_people(capsys: Captured, tmp_path: Path) -> None:
    """Name, time and zone above, one line a seat, heads in one language; the other one on request."""
    path = str(stored(tmp_path))
    assert main(["report", "seats", "--config", path, "--until", "2026-11-23T16:02"]) == 0
    title, _, head, line, *_ = capsys.readouterr().out.splitlines()
    assert title.startswith("坐席报表  2026-11-23 ")
    assert title.endswith("（Asia/Shanghai）")
    assert head.split()[:3] == ["总机", "坐席", "通话次数"]
    assert line.split()[:2] == ["12345", "1001"]
    assert "34.8%" in line
    assert main(["report", "seats", "--config", path, "--until", "2026-11-23T16:02", "--lang", "en"]) == 0
    title, _, head, *_ = capsys.readouterr().out.splitlines()
    assert title.startswith("seats  2026-11-23 ")
    assert head.split()[:3] == ["switchboard", "seat", "calls"]


def test_a_reader_that_has_enough_ends_a_report_quietly(tmp_path: Path) -> None:
    """``| head``: neither a word of a broken pipe nor a traceback."""
    command = f"{sys.executable} -m gateway report seats --explain --config {stored(tmp_path)} | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stderr, len(done.stdout.splitlines())) == ("", 1)


def test_an_empty_store_is_an_empty_report(capsys: Captured, tmp_path: Path) -> None:
    """Nothing seen: an empty list as JSON, a sentence for people, exit 0."""
    path = site(tmp_path)
    (tmp_path / "run").mkdir()
    asyncio.run(SqliteStore(tmp_path / "run/onekey.db").close())
    assert report(capsys, path) == []
    assert main(["report", "seats", "--config", str(path)]) == 0
    assert "nothing is recorded" in capsys.readouterr().out


def test_a_store_that_is_none_is_told(capsys: Captured, tmp_path: Path) -> None:
    """A database file that is no database: its path, and what to check."""
    path = site(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/onekey.db").write_bytes(b"not a database, not at all, whatever its name may say" * 100)
    assert main(["report", "seats", "--config", str(path)]) == 1
    refused(capsys, str(tmp_path / "run/onekey.db"))


# --- labs -----------------------------------------------------------------------------------------------------------------


def test_down_without_a_lab_says_that_there_was_none(capsys: Captured) -> None:
    """Exit 0; as JSON too."""
    assert main(["lab", "down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"existed": False}


def test_a_lab_with_bad_rules_is_not_started(capsys: Captured, tmp_path: Path, run_folder: Path) -> None:
    """The rules are checked before anything is made."""
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\n")
    assert main(["lab", "up", "--rules", str(path)]) == 1
    refused(capsys, str(path))
    assert not run_folder.exists()


# --- replay ---------------------------------------------------------------------------------------------------------------


class TapedPlay(Play):
    """A play that is taped as a gateway tapes its turns."""

    def __init__(self, path: Path) -> None:
        super().__init__(rules_file.load(site_path("transfer_rules.yaml")))
        self.tape = tape.Tape(path, clock=time.time)
        self.tape("start", Start(transfers=(), contexts=()))

    def tell(self, event: AnyEvent) -> list[Any]:
        """One turn, on tape."""
        self.tape("event", event)
        out = super().tell(event)
        for item in out:
            self.tape("out", item)
        return out


@pytest.fixture
def taped(tmp_path: Path) -> Path:
    """The tape of a transfer that was rung."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run/signing.key").write_text(KEY.hex() + "\n")
    path = tmp_path / "tape.jsonl"
    play = TapedPlay(path)
    play.both()
    play.connect()
    play.press()
    play.ring()
    play.tape.close()
    return path


def test_a_tape_replays_without_a_difference(capsys: Captured, tmp_path: Path, taped: Path) -> None:
    """The same events make the same decisions: exit 0."""
    assert main(["replay", str(taped), "--config", str(site(tmp_path))]) == 0
    assert capsys.readouterr().out == "不同 differences: 0\n"


def test_a_press_that_nobody_followed_is_explained(capsys: Captured, tmp_path: Path, taped: Path) -> None:
    """It began and ended while no gateway was there; the replay says by which plan, and what came of it, and is exact."""
    play = TapedPlay(taped)
    play.both()
    written = text_of(foreseen(play.core.world, A, TargetId("110"), A, None, now_of(play.core.world, 2000.0)))
    press, uid = PressId("12345.2000000000.1"), ChannelUid("l1")
    leg = LegKept(attempt=1, ended_at=2009.0, cause=31, uid=uid, target=TargetId("110"), joined_at=2002.0)
    one = PressKept(
        press=press,
        target=TargetId("110"),
        presser_name="PJSIP/1001-0000000b",
        presser=ChannelUid("s"),
        caller_uid=ChannelUid("c"),
        plan=written,
        legs=(leg,),
        presser_left_at=2005.0,
    )
    play.tell(Resynced(A, 3000.0, version="22.10.1", channels=(), members=play.members[A], kept=(one,)))
    play.tell(TransfersFound(A, 3000.1, (), (press,)))
    play.tape.close()
    assert main(["replay", str(taped), "--config", str(site(tmp_path))]) == 0
    head, *steps, last = capsys.readouterr().out.splitlines()
    assert "无网关时按键" in head
    assert f"{press}" in head
    assert "12345/1001 → 110" in head
    assert written.split(":")[6] in head
    assert [line.split()[1] for line in steps[:-1]] == ["requested", "three_party", "ended:"]
    assert steps[-1].strip() == "completed: transferer_left"
    assert last == "不同 differences: 0"


def test_a_decision_that_came_out_otherwise_is_shown(capsys: Captured, tmp_path: Path, taped: Path) -> None:
    """One ring time on the tape is another: exit 1, with what was decided then and what is decided now."""
    text = taped.read_text("utf-8")
    assert text.count('"ring_s":25,"accept_s"') == 1
    taped.write_text(text.replace('"ring_s":25,"accept_s"', '"ring_s":99,"accept_s"'), encoding="utf-8")
    assert main(["replay", str(taped), "--config", str(site(tmp_path))]) == 1
    out = capsys.readouterr().out
    assert "ring_s=99" in out
    assert "ring_s=25" in out


def test_the_dialplan_of_the_tree(capsys: Captured) -> None:
    """The tree has no error; its plan and its keys are printed as Asterisk reads them."""
    assert main(["dialplan", "check"]) == 0
    assert "no error in the dialplan" in capsys.readouterr().out
    assert main(["dialplan", "plan", "--switchboard", "110"]) == 0
    assert re.search(r"^ONEKEY_PLAN_110_12345 = 2:warm:0:[0-9a-f:r]+:12345/25$", capsys.readouterr().out, re.M)
    assert main(["dialplan", "keys", "--switchboard", "110"]) == 0
    assert 'onekey-1 => *,self,Gosub,"onekey-key,s,1(*,*1&*2&' in (out := capsys.readouterr().out)
    assert ",press=12345=&press=119=&" in out
    assert main(["dialplan", "plan", "--switchboard", "911"]) == 1
    refused(capsys, "911", "12345, 110")


def test_a_site_whose_files_are_elsewhere(tmp_path: Path, capsys: Captured) -> None:
    """Without a folder and without an answer nothing is compared, and that is said; it is no error."""
    assert main(["dialplan", "check", "--config", str(site(tmp_path))]) == 0
    out = capsys.readouterr().out
    assert "no folder is configured" in out
    assert "not compared with what runs" in out
