"""The audit log: lines are added, and whoever changes, removes or cuts one is found out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.security import audit
from gateway.security.audit import AuditError, AuditLog, files, prune
from gateway.security.audit_verify import Verdict, verify

KEY, OLD = b"k" * 32, b"o" * 32
DAY_S = 86400.0
WAIT_S = 10.0
ROOT = Path(__file__).resolve().parents[2]


class Book:
    """A log whose newest line a store remembers."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, 1_790_000_000.0
        self.anchor: tuple[int, str] | None = None

    def remember(self, number: int, mac: str) -> None:
        self.anchor = (number, mac)

    async def write(self, *about: str, keys: tuple[bytes, ...] = (KEY,)) -> None:
        """Lines of one gateway's life, all durable."""
        log = AuditLog(self.folder, keys, anchor=self.remember, clock=lambda: self.now)
        for one in about:
            log.write("甲@10.0.0.5", "context_read_full", one, "回拨", note='a","mac":"x')
        await log.settled()
        await asyncio.to_thread(log.close)

    def verify(self, *keys: bytes) -> Verdict:
        return verify(self.folder, keys or (KEY,), self.anchor)

    @property
    def path(self) -> Path:
        return files(self.folder)[-1]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "audit")


async def test_an_untouched_log_is_whole(book: Book) -> None:
    """Two gateways' lives, a month's end between them: every line is read, and nothing is found."""
    await book.write("c-1", "c-2")
    book.now += 40 * DAY_S
    await book.write("c-3")
    verdict = book.verify()
    assert (verdict.lines, verdict.number, verdict.problems) == (3, 3, [])
    assert len(files(book.folder)) == 2
    assert book.path.stat().st_mode & 0o777 == 0o600


async def test_two_writers_share_one_chain(book: Book) -> None:
    """The command line writes while the gateway does: their lines follow one another."""
    logs = [AuditLog(book.folder, (KEY,), anchor=book.remember, clock=time.time) for _ in range(2)]
    for n in range(50):
        logs[n % 2].write("甲", "context_read_full", f"c-{n}")
        if n % 7 == 0:
            await logs[n % 2].settled()
    for log in logs:
        await asyncio.to_thread(log.close)
    verdict = verify(book.folder, (KEY,), None)
    assert (verdict.lines, verdict.problems) == (50, [])


TAMPERINGS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "altered": lambda lines: [lines[0], lines[1].replace(b"c-2", b"c-9"), *lines[2:]],
    "purpose altered": lambda lines: [*lines[:3], lines[3].replace("回拨".encode(), "核实".encode())],
    "removed": lambda lines: [lines[0], *lines[2:]],
    "first removed": lambda lines: lines[1:],
    "swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "twice": lambda lines: [lines[0], *lines],
    "tail cut": lambda lines: lines[:-1],
    "all cut": lambda _lines: [],
    "truncated": lambda lines: [*lines[:-1], lines[-1][:40]],
    "truncated inside": lambda lines: [lines[0][:40] + b"\n", *lines[1:]],
    "added": lambda lines: [*lines, lines[-1].replace(b'"n":4', b'"n":5')],
    "strange line": lambda lines: [*lines, b"hello\n"],
}


@pytest.mark.parametrize("how", TAMPERINGS)
async def test_tampering_is_found(book: Book, how: str) -> None:
    """Whatever was done to the lines, verifying says so and where."""
    await book.write("c-1", "c-2", "c-3", "c-4")
    lines = book.path.read_bytes().splitlines(keepends=True)
    book.path.write_bytes(b"".join(TAMPERINGS[how](lines)))
    assert book.verify().problems


async def test_a_removed_month_is_found(book: Book) -> None:
    """A whole file that goes leaves a hole in the numbers."""
    for name in ("c-1", "c-2", "c-3"):
        await book.write(name)
        book.now += 31 * DAY_S
    files(book.folder)[1].unlink()
    assert "missing" in book.verify().problems[0][2]


async def test_another_key_does_not_verify_and_a_rotated_one_does(book: Book) -> None:
    """Lines of the key before are good while it is listed; a stranger's key verifies nothing."""
    await book.write("c-1", keys=(OLD,))
    await book.write("c-2", keys=(KEY, OLD))
    assert book.verify(KEY, OLD).problems == []
    assert book.verify(KEY).problems
    assert book.verify(b"x" * 32).problems


async def test_pruning_keeps_180_days_and_the_chain(book: Book) -> None:
    """Months that are over their time go, said before they are; what stays verifies."""
    for name in ("c-1", "c-2", "c-3"):
        await book.write(name)
        book.now += 100 * DAY_S
    assert prune(book.folder, (KEY,), 30, book.now, dry_run=True) == files(book.folder)[:2]
    prune(book.folder, (KEY,), 30, book.now, dry_run=False)
    book.anchor = None
    assert len(files(book.folder)) == 2
    assert book.verify().problems == []
    await book.write("c-4")
    assert book.verify().problems == []


async def pruned(book: Book, *about: str) -> None:
    """Lines 100 days apart, and a prune after each."""
    for name in about:
        await book.write(name)
        book.now += 100 * DAY_S
        prune(book.folder, (KEY,), 180, book.now, dry_run=False)
    await book.write("newest")


def altered(book: Book) -> Verdict:
    """The verdict where who it was has been changed in the first line that is left."""
    path = files(book.folder)[0]
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"who":"', b'"who":"no', 1))
    return book.verify()


async def test_the_first_line_behind_a_prune_is_guarded_too(book: Book) -> None:
    """What was pruned has left its MAC: a changed word in the line behind it is found, in its own place."""
    await pruned(book, "c-1", "c-2", "c-3")
    path = files(book.folder)[0]
    assert b'"n":1,' not in path.read_bytes()
    assert book.verify().problems == []
    assert [problem[:2] for problem in altered(book).problems] == [(path.name, 1)]


async def test_a_prune_whose_own_line_is_pruned_leaves_the_newer_ones(book: Book) -> None:
    """Prune after prune the beginning is explained by the newest, and guarded; its word gone, the beginning is missing."""
    await pruned(book, *(f"c-{n}" for n in range(12)))
    left = b"".join(path.read_bytes() for path in files(book.folder))
    assert b"c-3" not in left
    assert left.count(b"audit_pruned") < 10  # the words of older prunes have gone themselves
    assert book.verify().problems == []
    assert len(altered(book).problems) == 1


async def test_a_kill_in_the_middle_of_a_prune_leaves_nothing_unexplained(book: Book) -> None:
    """Of several months some have gone: the next prune takes the rest, and both states verify."""
    for name in ("c-1", "c-2", "c-3", "c-4"):
        await book.write(name)
        book.now += 31 * DAY_S
    book.now += 200 * DAY_S
    kept = {path: path.read_bytes() for path in files(book.folder)[1:3]}
    gone = prune(book.folder, (KEY,), 180, book.now, dry_run=False)
    assert len(gone) == 3
    await book.write("after")
    for path, data in kept.items():
        path.write_bytes(data)
    assert book.verify().problems == []
    assert prune(book.folder, (KEY,), 180, book.now, dry_run=False)[:2] == list(kept)
    await book.write("at last")
    assert book.verify().problems == []


async def test_a_mac_that_is_no_text_of_ours_is_a_problem_and_no_crash(book: Book) -> None:
    """Whoever writes letters of another alphabet for a MAC is found out like anybody else."""
    await book.write("c-1", "c-2")
    lines = book.path.read_bytes().splitlines(keepends=True)
    book.path.write_bytes(lines[0] + lines[1].replace(b'"mac":"', '"mac":"印'.encode()))
    assert book.verify().problems


async def test_a_line_that_a_kill_cut_off_is_no_tampering(book: Book) -> None:
    """The next gateway says what it found; a cut that nobody explains stays a problem."""
    await book.write("c-1")
    with book.path.open("ab") as file:
        file.write(b'{"about":"c-2","at":"20')
    assert book.verify().problems
    await book.write("c-3")
    assert book.verify().problems == []


async def test_a_line_that_was_cut_off_at_the_beginning_of_a_month(book: Book) -> None:
    """The first line of a new file was cut: the next one does not grow on to it, and is behind the last line of the month before."""
    await book.write("c-1")
    book.now += 31 * DAY_S
    await book.write("c-2")
    book.path.write_bytes(book.path.read_bytes()[:30])
    await book.write("c-3")
    book.anchor = None
    verdict = book.verify()
    assert (verdict.number, verdict.problems) == (3, [])  # c-1, what was found, c-3


@pytest.mark.parametrize("piece", [1, 2, 7, 400, 100_000])
async def test_the_end_is_found_however_the_pieces_fall(
    book: Book, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """Read backwards in pieces of any size, over lines that are none and a file that is empty, the chain goes on where it was."""
    monkeypatch.setattr(audit, "PIECE_BYTES", piece)
    await book.write("c-1", "c-2")
    with book.path.open("ab") as file:
        file.write(b"hello\n\n{}\n")
    await book.write("c-3")
    assert (book.verify().number, len(book.verify().problems)) == (3, 3)
    (book.folder / "audit-2099-01.jsonl").touch()
    await book.write("c-4")
    assert (book.verify().number, len(book.verify().problems)) == (4, 3)


async def test_of_a_long_month_only_the_end_is_read(book: Book) -> None:
    """Adding a line takes as much memory and time behind 8 MB as behind nothing: it is done while people wait for a reading."""
    await book.write("c-1")
    first = book.path.read_bytes()
    book.path.write_bytes(b"\n" * (8 << 20) + first)
    tracemalloc.start()
    try:
        audit.append(book.folder, b"key", [{"at": "2026-11-24", "who": "甲", "what": "context_read_full"}])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


async def test_a_log_that_cannot_be_written_says_so_and_catches_up(book: Book) -> None:
    """``settled`` raises, so that nothing is shown; once the disk takes lines again all of them are there."""
    log = AuditLog(book.folder, (KEY,), anchor=book.remember, clock=time.time)
    away = book.folder.with_name("away")
    book.folder.rename(away)
    log.write("甲", "context_read_full", "c-1")
    with pytest.raises(AuditError):
        await log.settled()
    assert log.problem
    away.rename(book.folder)
    log.write("甲", "context_read_full", "c-2")
    await log.settled()
    await asyncio.to_thread(log.close)
    assert (book.verify().lines, book.verify().problems, log.problem) == (2, [], "")


class Unspeakable:
    """What not even Python can show."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("odd", "written"),
    [
        ("\udcff", b'"purpose":"\\udcff"'),
        ("回\ud800拨\n", '"purpose":"回\\ud800拨\\n"'.encode()),
        (b"bytes", b'"purpose":"b\'bytes\'"'),
        (Unspeakable(), b'"what":"audit_entry_unreadable"'),
        (None, b'"purpose":null'),
    ],
    ids=["half of a character", "among others", "no text", "unspeakable", "nothing"],
)
async def test_the_writer_survives_any_entry(book: Book, odd: Any, written: bytes) -> None:
    """What cannot be encoded is written escaped, what cannot be shown is a line that says so; the lines beside it are there, the chain
    holds, and whoever waits for them is answered."""
    log = AuditLog(book.folder, (KEY,), anchor=book.remember, clock=time.time)
    log.write("甲", "context_read_full", "c-1")
    log.write("甲", "context_read_full", "c-2", odd)
    log.write("甲", "context_read_full", "c-3")
    async with asyncio.timeout(WAIT_S):
        await log.settled()
    await asyncio.to_thread(log.close)
    data = book.path.read_bytes()
    assert all(piece in data for piece in (b"c-1", written, b"c-3"))
    assert (book.verify().lines, book.verify().problems, log.problem) == (3, [], "")


async def test_an_error_that_nobody_expects_is_told_and_not_waited_for(book: Book) -> None:
    """The store that keeps the newest MAC fails in a way of its own: ``settled`` raises, and the next line is written as ever."""
    failing = True

    def remember(number: int, mac: str) -> None:
        if failing:
            raise KeyError("a fault of ours")
        book.remember(number, mac)

    log = AuditLog(book.folder, (KEY,), anchor=remember, clock=time.time)
    log.write("甲", "context_read_full", "c-1")
    async with asyncio.timeout(WAIT_S):
        with pytest.raises(AuditError, match="KeyError"):
            await log.settled()
        assert log.problem == "KeyError"
        failing = False
        log.write("甲", "context_read_full", "c-2")
        await log.settled()
    await asyncio.to_thread(log.close)
    assert (book.verify().lines, book.verify().problems, log.problem) == (2, [], "")


async def test_who_waits_and_goes_away_does_not_end_the_writer(book: Book) -> None:
    """The loop of somebody who waited is closed before the answer comes; others are answered."""
    log = AuditLog(book.folder, (KEY,), anchor=book.remember, clock=time.time)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        go_on.wait(WAIT_S)

    async def ask_and_leave() -> None:
        waiting = asyncio.ensure_future(log.settled())
        await asyncio.sleep(0)
        waiting.cancel()

    log._queue.put(hold)
    await asyncio.to_thread(held.wait, WAIT_S)
    await asyncio.to_thread(asyncio.run, ask_and_leave())
    go_on.set()
    log.write("甲", "context_read_full", "c-1")
    async with asyncio.timeout(WAIT_S):
        await log.settled()
    await asyncio.to_thread(log.close)
    with pytest.raises(AuditError):
        await log.settled()


async def test_kill_9_loses_no_line_that_was_settled(book: Book) -> None:
    """Each number that the killed process printed is in the log, and the log is whole."""
    code = (
        "import asyncio, sys, time; from pathlib import Path; from gateway.security.audit import AuditLog\n"
        "async def main():\n"
        "    log = AuditLog(Path(sys.argv[1]), (b'k' * 32,), clock=time.time)\n"
        "    n = 0\n"
        "    while True:\n"
        "        n += 1; log.write('a', 'b', str(n)); await log.settled(); print(n, flush=True)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(book.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(20)]
        child.kill()
        said += child.stdout.read().splitlines(keepends=True)
    await book.write("after")
    verdict = book.verify()
    assert verdict.problems == []
    assert verdict.lines > max(int(line) for line in said if line.endswith("\n"))
