"""The rules in force: read once at the start, and again when the file changes or somebody asks; all or nothing.

A file with an error changes nothing: the last good rules stay, and log, metric, ``/readyz`` and ``/v1/rules`` say so until a good
file is there. Reading and comparing run in a thread, off the voice path.
"""

from __future__ import annotations

import asyncio
import difflib
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from gateway.core.rules.rule import Key
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.instants import iso
from gateway.core.values.numbers import mask_runs
from gateway.rules import file as rules_file
from gateway.rules import texts
from gateway.rules.file import Problem, RulesError
from gateway.rules.watched_file import changes, signature

log = structlog.get_logger("rules")

READS_MAX = 3
"""Readings of a file that somebody is writing; the next look at it comes soon."""
VERSION_CHARS = 16
DIFF_LINES_MAX = 400
"""Lines of a difference in one audit line. Who replaces a whole file has both files."""
FEATURES = texts.KEYS_HAVE_CHANGED


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules, the text they were read from, its digest, when (seconds since 1970) and by whom."""

    rules: RuleSet
    text: str
    version: str
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last try that failed, since the last that did not."""

    at: float
    by: str
    problems: tuple[Problem, ...]


class RulesInForce:
    """``apply`` gets each new set of rules, ``audit`` who loaded which, with a masked diff. ``clock``: seconds since 1970."""

    def __init__(
        self,
        path: Path,
        apply: Callable[[Loaded], None],
        audit: Callable[[str, str, str], None],
        clock: Callable[[], float],
    ) -> None:
        self.path = path
        self.trouble: Trouble | None = None
        self.results: Counter[str] = Counter(loaded=0, unchanged=0, broken=0)
        self._apply, self._audit, self._clock = apply, audit, clock
        self._lock = asyncio.Lock()
        self._looked_at = signature(path)
        self.now = self._loaded(*read(path), "start")
        self._keys = self.now.rules.keys

    def meant(self, text: str) -> RuleSet:
        """The rules of a text that is in force: what the core asks for, without reading it a second time."""
        assert text == self.now.text, "only what is in force is loaded"
        return self.now.rules

    async def reload(self, by: str) -> bool:
        """Read the file again; whether it is in force. Never raises for what is in the file."""
        async with self._lock:
            try:
                text, rules = await asyncio.to_thread(read, self.path)
            except RulesError as error:
                self._broken(error, by)
                return False
            self.trouble = None
            before = self.now
            if text == before.text and rules == before.rules:
                self.results["unchanged"] += 1
                return True
            lines = await asyncio.to_thread(difference, before.text, text)
            self.now = self._loaded(text, rules, by)
            self._apply(self.now)
            self.results["loaded"] += 1
            self._audit(by, f"rules {before.version} -> {self.now.version}", lines)
            log.info(
                "rules_loaded", version=self.now.version, loaded_by=by, rules=len(rules.rules), path=str(self.path)
            )
            if differing := self.keys_that_differ():
                log.warning("keys_differ", keys=differing, remedy=FEATURES)
            return True

    async def watch(self, every_s: float) -> None:
        """Load the file whenever it has changed, until it is cancelled."""
        async for _ in changes(self.path, self._looked_at, every_s):
            await self.reload("file")

    def view(self) -> dict[str, Any]:
        """For ``/v1/rules``."""
        now, trouble = self.now, self.trouble
        return {
            "version": now.version,
            "path": str(self.path),
            "loaded_at": iso(now.at),
            "loaded_by": now.by,
            "rules": len(now.rules.rules),
            "targets": len(now.rules.targets),
            "problem": None
            if trouble is None
            else {"at": iso(trouble.at), "by": trouble.by, "problems": [shown(p) for p in trouble.problems]},
            "keys_differ": self.keys_that_differ(),
            "remedy": FEATURES if self.keys_that_differ() else "",
        }

    def keys_that_differ(self) -> list[dict[str, str]]:
        """Keys that are not what they were when this gateway began: Asterisk learns of them by its own reload only."""
        was, now = self._keys, self.now.rules.keys
        codes = [*now, *(code for code in was if code not in now)]
        pairs = ((code, _said(was.get(code)), _said(now.get(code))) for code in codes)
        return [{"key": code, "was": old, "now": new} for code, old, new in pairs if old != new]

    def _loaded(self, text: str, rules: RuleSet, by: str) -> Loaded:
        version = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:VERSION_CHARS]
        return Loaded(rules, text, version, self._clock(), by)

    def _broken(self, error: RulesError, by: str) -> None:
        self.results["broken"] += 1
        self.trouble = Trouble(self._clock(), by, tuple(error.problems))
        kept = self.now.version
        log.error(
            "rules_broken",
            path=str(self.path),
            problems=error.first(),
            count=len(error.problems),
            by_whom=by,
            kept=kept,
        )


def read(path: Path) -> tuple[str, RuleSet]:
    """Text and rules of one and the same file. Raises RulesError."""
    text, rules = "", rules_file.load(path)
    for _ in range(READS_MAX):
        before, text = text, path.read_text(encoding="utf-8", errors="surrogateescape")
        if text == before:
            break
        rules = rules_file.load(path)
    return text, rules


def difference(before: str, after: str) -> str:
    """A unified diff of two rules files, the digits of telephone numbers masked."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", n=1, lineterm=""))
    left = len(lines) - DIFF_LINES_MAX
    shown_lines = lines[:DIFF_LINES_MAX] + ([f"… {left} lines"] if left > 0 else [])
    return mask_runs("\n".join(shown_lines))


def shown(problem: Problem) -> dict[str, Any]:
    """A problem of the rules file, for JSON."""
    what, remedy = mask_runs(problem.what), mask_runs(problem.remedy)
    return {"line": problem.line, "column": problem.column, "what": what, "remedy": remedy}


def _said(key: Key | None) -> str:
    return " ".join(word for word in (key.action, key.target, key.mode) if word) if key is not None else ""
