"""The tape: what was written is read, what was cut off is passed over, what was tampered with is found."""

from __future__ import annotations

import itertools
import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.channel_events import HoldStarted
from gateway.core.messages.commands import AnyCommand, RingTarget, TellSeat
from gateway.core.messages.events import EVENT_TYPES, AnyEvent
from gateway.core.messages.records import AnyRecord, ContextRow, TransferRow
from gateway.core.switchboard import Switchboards
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.observability.replay import Start, compare, read
from gateway.observability.tape import LINES_MAX, Tape, days_of, prune
from tests import values
from tests.core.plays import RULES, SETTINGS, A, B, Play
from tests.store.contract import ROOT, context, transfer

EVENTS = [EVENT_TYPES[name] for name in sorted(EVENT_TYPES)]
OUT = [*AnyCommand.__args__, *AnyRecord.__args__]


def held(uid: str) -> HoldStarted:
    """An event."""
    return HoldStarted(SwitchboardId("12345"), 1.5, ChannelUid(uid))


def written(path: Path, *lines: tuple[str, object]) -> Path:
    """A tape with these lines, closed."""
    tape = Tape(path, clock=time.time)
    for line in lines:
        tape(*line)
    tape.close()
    assert tape.lost == 0
    return path


NEW = Start(transfers=(), contexts=())
"""A gateway whose store is empty."""


class Recorded(Play):
    """A play that is taped as the engine tapes it."""

    def __init__(self, tape: Tape, start: Start = NEW) -> None:
        super().__init__(transfers=start.transfers, contexts=start.contexts)
        self.tape = tape
        tape("start", start)

    def tell(self, event: AnyEvent) -> list[Any]:
        out = super().tell(event)
        self.tape("event", event)
        for item in out:
            self.tape("out", item)
        return out


def make(start: Start) -> Switchboards:
    """The core of the plays."""
    return Switchboards([A, B], RULES, SETTINGS, transfers=start.transfers, contexts=start.contexts)


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    """The tape of one transfer from the first ring to the end."""
    tape = Tape(tmp_path / "tape.jsonl", clock=time.time)
    play = Recorded(tape)
    play.both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    play.leave(A, "b1", "s")
    play.hang_up(A, "s")
    play.hang_up(A, "l")
    play.hang_up(A, "c")
    tape.close()
    return tmp_path / "tape.jsonl"


def edited(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """A copy of a tape that someone has changed."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    change(lines)
    copy = path.with_name("edited.jsonl")
    copy.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return copy


# --- written and read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", EVENTS, ids=lambda cls: cls.__name__)
def test_an_event_is_read_back_equal(cls: type[AnyEvent]) -> None:
    """Whatever an event of this class holds, the tape gives it back."""
    round_trip("event", cls)


@pytest.mark.parametrize("cls", OUT, ids=lambda cls: cls.__name__)
def test_a_command_or_record_is_read_back_equal(cls: type[AnyCommand | AnyRecord]) -> None:
    """Whatever a command or record of this class holds, the tape gives it back."""
    round_trip("out", cls)


def round_trip(kind: str, cls: type[object]) -> None:
    @given(items=st.lists(values.of(cls), min_size=1, max_size=4))
    @settings(max_examples=12, deadline=None)
    def holds(items: list[object]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            lines = [(kind, item) for item in items]
            assert list(read(written(Path(folder) / "tape.jsonl", *lines))) == lines

    holds()


def test_a_start_is_read_back_equal(tmp_path: Path) -> None:
    """The beginning of a gateway's life keeps the transfers and contexts that had not ended."""
    start = Start(transfers=(transfer(1), transfer(2)), contexts=(context(1),))
    assert list(read(written(tmp_path / "t", ("start", start)))) == [("start", start)]


def test_a_tape_is_continued(tmp_path: Path) -> None:
    """A second gateway writes behind the first, and takes nothing away."""
    written(tmp_path / "t", ("event", held("a")))
    written(tmp_path / "t", ("event", held("b")))
    assert list(read(tmp_path / "t")) == [("event", held("a")), ("event", held("b"))]


def test_a_tape_is_its_owners_alone(tmp_path: Path) -> None:
    """A tape holds callers' numbers: no one else may read it."""
    assert stat.S_IMODE(written(tmp_path / "t").stat().st_mode) == 0o600


# --- cut off and damaged ----------------------------------------------------------------------------------------------------


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    """Wherever a kill -9 cuts the last line, the lines before it are read, and what a next gateway writes as well."""
    path = written(tmp_path / "t", ("event", held("a")), ("event", held("转接")))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first + 1, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert list(read(path)) == [("event", held("a"))]
        assert list(read(written(path, ("event", held("c"))))) == [("event", held("a")), ("event", held("c"))]


def test_kill_9_leaves_a_tape_that_can_be_read(tmp_path: Path) -> None:
    """A gateway is killed while it tapes: what is read are its first events, without a hole."""
    code = (
        "import sys, time; from pathlib import Path; from gateway.observability.tape import Tape; from tests.observability.test_tape import held\n"
        "tape, n = Tape(Path(sys.argv[1]), clock=time.time), 0\n"
        "while True:\n"
        "    tape('event', held(str(n)))\n"
        "    n += 1\n"
        "    if n == 2000: print('going', flush=True)\n"
        "    if n > 40000: sys.stdin.read()\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "t")]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "going\n"
        child.kill()
    found = list(read(tmp_path / "t"))
    assert found == [("event", held(str(n))) for n in range(len(found))]


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_damaged_byte_costs_lines_and_raises_nothing(place: float, byte: int) -> None:
    """Whatever a bad disk makes of one byte, reading goes on: at most the lines around it are lost."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "t", *[("event", held(f"转{n}")) for n in range(5)])
        damaged = bytearray(path.read_bytes())
        damaged[int(place * len(damaged))] = byte
        path.write_bytes(damaged)
        found = [value for _, value in read(path)]
    assert sum(held(f"转{n}") in found for n in range(5)) >= 3


@pytest.mark.parametrize(
    "line",
    [
        b"5",
        b"[]",
        b"{}",
        b'{"kind":"event","type":"Nothing","value":{}}',
        b'{"kind":"out","type":"AnyCommand","value":5}',
        b'{"kind":"out","type":"dataclass","value":{}}',
        b'{"kind":"out","type":5,"value":{}}',
        b'{"kind":"event","type":"HoldStarted","value":{"switchboard":"\xff"}}',
        b"\x00\x00",
        b"",
    ],
)
def test_a_line_of_something_else_is_passed_over(tmp_path: Path, line: bytes) -> None:
    """A line that is no line of a tape is left out, and the next one is read."""
    path = tmp_path / "t"
    path.write_bytes(line + b"\n")
    assert list(read(written(path, ("event", held("a"))))) == [("event", held("a"))]


# --- replay -----------------------------------------------------------------------------------------------------------------


def test_an_honest_tape_has_no_difference(honest: Path) -> None:
    """Each decision of the tape comes out again."""
    assert any(isinstance(value, RingTarget) for _, value in read(honest))
    assert compare(honest, make) == []


def test_two_gateways_lives_on_one_tape(tmp_path: Path) -> None:
    """Each life is replayed from its own start: what the second one knew from the store is part of it."""
    tape = Tape(tmp_path / "t", clock=time.time)
    first = Recorded(tape)
    first.both()
    first.connect()
    first.press()
    open_contexts = {row.id: row for row in first.all(ContextRow)}
    second = Recorded(tape, Start(transfers=(first.transfer(),), contexts=tuple(open_contexts.values())))
    second.both()
    second.tell(TimerFired(A, second.at(), "restored:12345"))  # nothing of the press has been heard by then
    tape.close()
    assert second.all(TransferRow)
    assert compare(tmp_path / "t", make) == []


def test_a_life_that_was_cut_off_says_nothing_about_the_next(honest: Path) -> None:
    """What a killed gateway did not write of its last event is not expected of the one behind it."""
    whole = honest.read_bytes().splitlines(keepends=True)
    (ring,) = [n for n, line in enumerate(whole) if b'"RingTarget"' in line]
    honest.write_bytes(b"".join(whole[:ring]) + b"".join(whole))
    assert compare(honest, make) == []


def test_a_decision_that_was_changed_is_found(honest: Path) -> None:
    """Another target in one command is a difference that names what stood on the tape and what comes out."""

    def change(lines: list[dict[str, Any]]) -> None:
        next(line for line in lines if line["type"] == "RingTarget")["value"]["target"] = "119"

    different = compare(edited(honest, change), make)
    assert len(different) == 2
    assert "target='119'" in different[0]
    assert "now also RingTarget" in different[1]


def test_a_decision_that_was_taken_out_is_found(honest: Path) -> None:
    """A command that is missing comes out at the replay."""

    def change(lines: list[dict[str, Any]]) -> None:
        del lines[next(n for n, line in enumerate(lines) if line["type"] == "RingTarget")]

    (line,) = compare(edited(honest, change), make)
    assert "now also RingTarget" in line


def test_a_decision_that_was_put_in_is_found(honest: Path) -> None:
    """A command that the core never gave is a difference, also when it is written twice."""

    def change(lines: list[dict[str, Any]]) -> None:
        place = next(n for n, line in enumerate(lines) if line["type"] == "RingTarget")
        lines.insert(place, lines[place])

    (line,) = compare(edited(honest, change), make)
    assert "not now" in line


def test_an_event_that_was_changed_is_found(honest: Path) -> None:
    """Another key in an event brings another decision."""

    def change(lines: list[dict[str, Any]]) -> None:
        next(line for line in lines if line["type"] == "KeyPressed")["value"]["target"] = "999"

    assert any("TellSeat" in line for line in compare(edited(honest, change), make))


def test_what_a_killed_gateway_did_not_write_is_no_difference(honest: Path) -> None:
    """A tape that ends anywhere, also in the middle of an event's decisions, replays without a difference."""
    whole = honest.read_bytes().splitlines(keepends=True)
    for end in range(len(whole)):
        honest.write_bytes(b"".join(whole[:end]) + whole[end][:20])
        assert compare(honest, make) == []


def test_nothing_is_compared_before_the_first_start(tmp_path: Path) -> None:
    """A tape whose beginning is gone says nothing about a core that is not known."""
    tell = TellSeat("k1", A, "c", "1001", "x")  # type: ignore[arg-type]
    assert compare(written(tmp_path / "t", ("event", held("a")), ("out", tell)), make) == []


# --- a disk that fails ----------------------------------------------------------------------------------------------------


def test_a_full_disk_does_not_stop_the_gateway() -> None:
    """On a disk without space neither a call nor ``close`` raises or waits for ever, and it is known that lines are lost."""
    tape = Tape(Path("/dev/full"), clock=time.time)
    for n in range(LINES_MAX * 2):
        tape("event", held(str(n)))
    tape.close()
    assert not tape._thread.is_alive()
    assert tape.lost > 0


def test_a_disk_that_is_full_at_the_end() -> None:
    """Also a line that only ``close`` would have written costs that line and raises nothing."""
    tape = Tape(Path("/dev/full"), clock=time.time)
    tape("event", held("a"))
    tape.close()
    assert tape.lost == 1


def test_a_stalled_disk_costs_lines_and_never_a_call(tmp_path: Path) -> None:
    """While the disk takes nothing, calls return, what exceeds the queue is counted, and the rest is written later."""
    fifo = tmp_path / "t"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    tape = Tape(fifo, clock=time.time)
    count = LINES_MAX + 10_000  # a pipe and a buffer hold less than the rest
    for n in range(count):
        tape("event", held(str(n)))
    assert 0 < tape.lost < 10_000
    with open(reader, "rb") as file:
        lines: list[bytes] = []
        drain = threading.Thread(target=lambda: lines.extend(file))
        drain.start()
        tape.close()
        drain.join()
    assert len(lines) == count - tape.lost


def test_a_day_that_is_over_is_put_away(tmp_path: Path) -> None:
    """Each day has its file, a restart on the next day too; a name that is there already is not overwritten; in order they are one tape."""
    path, eve = tmp_path / "tape.jsonl", 1764028799.0  # 2025-11-24T23:59:59Z
    looks = itertools.chain(
        [eve, eve], itertools.repeat(eve + 2.0)
    )  # at the start, at the first line, at all later ones
    tape = Tape(path, daily=True, clock=lambda: next(looks))
    tape("event", held("a"))
    tape("event", held("b"))
    tape.close()
    assert [one.name for one in days_of(path)] == ["tape-2025-11-24.jsonl"]
    (tmp_path / "tape-2025-11-25.jsonl").touch()
    os.utime(path, (eve + 2.0, eve + 2.0))
    now = eve + 2.0 + 86400.0
    tape = Tape(path, daily=True, clock=lambda: now)
    tape("event", held("c"))
    tape.close()
    names = ["tape-2025-11-24.jsonl", "tape-2025-11-25.jsonl", "tape-2025-11-25.2.jsonl"]
    assert [one.name for one in days_of(path)] == names
    assert [value for _, value in read(*days_of(path), path)] == [held("a"), held("b"), held("c")]
    assert {one.stat().st_mode & 0o777 for one in (path, tmp_path / names[0])} == {0o600}
    assert prune(path, 1, now, dry_run=True) == [tmp_path / names[0]]
    prune(path, 0, now, dry_run=False)
    assert days_of(path) == []
    assert path.exists()


def test_a_day_that_cannot_begin(tmp_path: Path) -> None:
    """Where the new day's file cannot be opened, the tape goes on as it is, under its name; the day after is put away again."""
    path, eve = tmp_path / "tape.jsonl", 1764028799.0  # 2025-11-24T23:59:59Z
    looks = itertools.chain(
        [eve, eve], itertools.repeat(eve + 86400.0)
    )  # at the start and the first line, at later ones
    tape = Tape(path, daily=True, clock=lambda: next(looks))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # as of a process that has used up its files
    try:
        for word in "abc":
            tape("event", held(word))
        tape.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (tape.lost, days_of(path)) == (0, [])
    assert [value for _, value in read(path)] == [held("a"), held("b"), held("c")]
    os.utime(path, (eve + 86400.0, eve + 86400.0))
    written_on = Tape(path, daily=True, clock=lambda: eve + 2 * 86400.0)
    written_on.close()
    assert [one.name for one in days_of(path)] == ["tape-2025-11-25.jsonl"]


def test_a_line_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Half of a surrogate pair costs its own line, which is counted; what comes after it is on the tape."""
    path = tmp_path / "tape.jsonl"
    tape = Tape(path, clock=time.time)
    for word in ("a", "\ud800", "b"):
        tape("event", held(word))
    tape.close()
    assert tape.lost == 1
    assert [value for _, value in read(path)] == [held("a"), held("b")]


def test_a_tape_that_is_one_file_stays_one(tmp_path: Path) -> None:
    """Without ``daily`` no day ends it."""
    path, days = tmp_path / "tape.jsonl", itertools.count(1764028799.0, 86400.0)
    tape = Tape(path, clock=lambda: next(days))
    tape("event", held("a"))
    tape("event", held("b"))
    tape.close()
    assert [value for _, value in read(path)] == [held("a"), held("b")]
