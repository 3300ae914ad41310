"""The audit log: who read or changed what, when and for which purpose. Lines are added and never rewritten.

Each line of ``audit-YYYY-MM.jsonl`` carries ``mac``, an HMAC-SHA256 over the line before it and itself, by a key derived from
the site's signing key; ``onekey audit verify`` therefore finds a line that was altered, removed, added or moved by anybody who
can write the file but does not hold the key. That the *end* was cut off shows by the anchor: the number and MAC of the newest
line, kept in the store. Whoever holds both the signing key and the store can forge both: send copies to another machine.

Lines are written by a thread of its own, durable (fsync) before ``settled`` returns: a full reading waits for it, a call never
does (law 5). Gateway and command line may write at the same time: a lock file orders them.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from gateway.core.values.instants import iso
from gateway.durable_file import give_to_owner, sync_folder

log = structlog.get_logger("audit_log")

KEEP_DAYS_MIN = 180
"""Six months of logs: Cybersecurity Law, article 21."""
PIECE_BYTES = 64 * 1024
"""Bytes that are read at once to find the last line, which has 20 KB where it names the 500 contexts of a page."""
CHAIN = "audit"
"""The id of the chain's anchor in the store."""
GENESIS = "0" * 64

Anchor = Callable[[int, str], None]


class AuditError(Exception):
    """A line could not be made durable: what it is about must not be shown."""


def derived_key(signing_key: bytes) -> bytes:
    """Key of the audit log's MACs, derived from a signing key, so that neither tells the other."""
    return hmac.new(signing_key, b"onekey audit 1", hashlib.sha256).digest()


def mac_of(key: bytes, before: str, body: str) -> str:
    """MAC of a line, in hex: HMAC-SHA256 over the MAC of the line before and the line's own body. It chains the lines."""
    return hmac.new(key, f"{before}\n{body}".encode(), hashlib.sha256).hexdigest()


def _body(entry: dict[str, Any]) -> str:
    """An entry as JSON that any entry becomes: half of a character (a lone surrogate) is written as JSON's ``\\udcff``, what is no JSON
    as Python shows it; one that cannot be shown is a line that says so, so that no other waits for it."""
    try:
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=repr)
    except Exception as error:
        log.exception("audit_entry_unreadable", n=entry["n"])
        details = {"error": type(error).__name__}
        said = {"who": "onekey", "what": "audit_entry_unreadable", "about": "", "purpose": "", "details": details}
        return _body({"n": entry["n"], "at": entry["at"], **said})
    return text.encode("utf-8", "backslashreplace").decode()


def files(folder: Path) -> list[Path]:
    """The files of a log, oldest first."""
    return sorted(folder.glob("audit-*.jsonl"))


class AuditLog:
    """An open log. ``keys`` are the site's signing keys, the first of which signs; ``anchor`` keeps the newest line's MAC."""

    def __init__(
        self,
        folder: Path,
        keys: Sequence[bytes],
        *,
        clock: Callable[[], float],
        anchor: Anchor = lambda _number, _mac: None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        give_to_owner(folder)
        self._folder, self._key, self._anchor, self._clock = folder, derived_key(keys[0]), anchor, clock
        self._problem = ""
        self._queue: queue.SimpleQueue[dict[str, Any] | Callable[[], None] | None] = queue.SimpleQueue()
        self._unwritten: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def write(self, who: str, what: str, about: str = "", purpose: str = "", **details: str) -> None:
        """Note that somebody did something. Never blocks, never raises; ``settled`` tells whether it is durable."""
        entry = {
            "at": iso(self._clock()),
            "who": who,
            "what": what,
            "about": about,
            "purpose": purpose,
            "details": details,
        }
        self._queue.put(entry)

    async def settled(self) -> None:
        """Wait until all that was noted is durable. Raises AuditError if it cannot be."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()
        self._queue.put(lambda: _answer(loop, done, self._problem))
        if not self._thread.is_alive():  # nobody would ever answer
            raise AuditError("the writer has ended")
        if problem := await done:
            raise AuditError(problem)

    @property
    def problem(self) -> str:
        """Why lines are not being written; empty while they are."""
        return self._problem

    def close(self) -> None:
        """Write what waits and end the writer."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    # --- the writer's thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            answers: list[Callable[[], None]] = []
            ending = False
            while True:
                if item is None:
                    ending = True
                elif callable(item):
                    answers.append(item)
                else:
                    self._unwritten.append(item)
                if self._queue.empty():
                    break
                item = self._queue.get()
            self._commit()
            for answer in answers:
                answer()
            if ending:
                return

    def _commit(self) -> None:
        if not self._unwritten:
            return
        try:
            number, mac = append(self._folder, self._key, self._unwritten)
            self._unwritten.clear()
            self._anchor(number, mac)
        except OSError as error:
            if not self._problem:
                log.error("audit_down", why=str(error), remedy="free the disk, check the rights of the audit folder")
            self._problem = (
                getattr(error, "strerror", None) or str(error) or repr(error)
            )  # the lines wait for the next that are written
        except Exception as error:  # whatever it is, this thread goes on: a full reading that waits for it is told
            log.exception("audit_failed")
            self._problem = type(error).__name__
        else:
            self._problem = ""


def _answer(loop: asyncio.AbstractEventLoop, done: asyncio.Future[str], problem: str) -> None:
    def settle() -> None:
        if not done.done():
            done.set_result(problem)

    with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
        loop.call_soon_threadsafe(settle)


def append(folder: Path, key: bytes, entries: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """Add lines behind whatever is the last line now, durable on return. Returns number and MAC of the newest."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    give_to_owner(folder / "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = files(folder)
        number, mac, torn = _end(found)
        path = folder / f"audit-{entries[0]['at'][:7]}.jsonl"
        if found and path.name < found[-1].name:
            path = found[-1]  # a clock that went back begins no older file
        lines = ["\n"] if torn and path == found[-1] else []
        if torn:
            resumed = {"who": "onekey", "what": "audit_resumed", "about": "", "purpose": "", "details": {"torn": torn}}
            entries = [{"at": entries[0]["at"], **resumed}, *entries]
        for entry in entries:
            number += 1
            body = _body({"n": number, **entry})
            mac = mac_of(key, mac, body)
            lines.append(f'{body[:-1]},"mac":"{mac}"}}\n')
        _write(path, "".join(lines).encode())
        return number, mac
    finally:
        os.close(lock)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    give_to_owner(path)
    try:
        size = os.fstat(descriptor).st_size
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
            if not size:
                sync_folder(path.parent)  # a month has begun
        except OSError:
            os.ftruncate(descriptor, size)  # lines of ours that nobody was told of
            raise
    finally:
        os.close(descriptor)


def _end(found: Sequence[Path]) -> tuple[int, str, int]:
    """Number and MAC of the newest line, and how many bytes of a line that a kill has cut off follow it in the newest file."""
    torn: int | None = None
    for path in reversed(found):
        with path.open("rb") as file:
            for line in _backwards(file):
                if torn is None:
                    torn = len(line)  # what stands behind the last line end
                elif (parsed := parsed_line(line)) is not None:
                    return parsed[0]["n"], parsed[1], torn
    return 0, GENESIS, torn or 0


def _backwards(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, the last first, which is what stands behind the last line end: often nothing. Only what is asked for is
    read: a month of a busy site is 200 MB, and its end is wanted at every line."""
    end = file.seek(0, os.SEEK_END)
    rest: list[bytes] = []  # of the line that began before what has been read, its pieces, the last first
    while end:
        begin = max(0, end - PIECE_BYTES)
        file.seek(begin)
        head, *lines = file.read(end - begin).split(b"\n")
        if lines:
            yield b"".join([lines.pop(), *reversed(rest)])
            yield from reversed(lines)
            rest = []
        rest.append(head)
        end = begin
    yield b"".join(reversed(rest))


def parsed_line(line: bytes) -> tuple[dict[str, Any], str, str] | None:
    """Entry, MAC and signed text of a line, or None where it is none."""
    try:
        text = line.decode()
        entry = json.loads(text)
        mac = entry.pop("mac")
        body = text[: text.rindex(',"mac":"')] + "}"
        return (entry, mac, body) if isinstance(entry["n"], int) and isinstance(mac, str) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


# --- keeping and verifying ------------------------------------------------------------------------------------------------


def prune(folder: Path, keys: Sequence[bytes], keep_days: int, at: float, *, dry_run: bool) -> list[Path]:
    """Remove whole months that are older than ``keep_days`` (at least 180) at the instant ``at``, and say so in the log."""
    oldest_kept = datetime.fromtimestamp(at - max(keep_days, KEEP_DAYS_MIN) * 86400, UTC).strftime("audit-%Y-%m.jsonl")
    gone = [path for path in files(folder)[:-1] if path.name < oldest_kept]
    if gone and not dry_run:
        said = {"at": iso(at), "who": "onekey", "what": "audit_pruned", "about": "", "purpose": ""}
        entries = []
        for count in range(
            1, len(gone) + 1
        ):  # one for each month: a kill between two of them leaves nothing unexplained
            number, mac, _ = _end(gone[:count])
            entries.append({**said, "details": {"until": str(number), "mac": mac}})
        append(folder, derived_key(keys[0]), entries)
        for path in gone:
            path.unlink()
    return gone
