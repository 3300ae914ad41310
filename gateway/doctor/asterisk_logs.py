"""Retention of Asterisk's own logs, and who may read them then: what logrotate is told, what lies there, and what ``[retention]`` wants.

Callers' numbers stand in them, and ``onekey retention`` cannot end them: they are another user's, and Asterisk holds them open. So logrotate
does (``asterisk-conf/site/logrotate``), and the doctor compares. Part of the doctor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from gateway.doctor import texts
from gateway.doctor.asterisk_config import sections, text_of
from gateway.doctor.findings import Finding, some

ROTATION = Path("/etc/logrotate.d")
SHIPPED = "asterisk-conf/site/logrotate"
PATTERNS = ("*.log*", "*_log*", "messages*", "full*", "debug*", "cel-custom/*", "cdr-custom/*", "cdr-csv/*")
"""Asterisk's own records that hold numbers, with those that were rotated, below ``astlogdir``."""
DAY_S = 86400.0
LATE_DAYS = 2
"""Days that a file may outlive its retention: logrotate runs once a day, and its last line is of the day before."""
PERIODS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 31.0, "yearly": 366.0}
SCRIPTS = frozenset({"prerotate", "postrotate", "firstaction", "lastaction", "preremove"})
"""Words that begin lines of a shell, up to ``endscript``."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """One block of logrotate. ``days`` is None where it does not say, ``mode`` where new files are made as the old were."""

    patterns: tuple[str, ...]
    days: float | None
    mode: int | None
    where: str

    def covers(self, path: Path) -> bool:
        """True where it is about this file."""
        return any(fnmatch(str(path), pattern) for pattern in self.patterns)


def rotations(folder: Path = ROTATION) -> list[Rotation]:
    """Every block of every file; one that cannot be read is none."""
    found = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        first, *pieces = "\n".join(_directives(text)).split("{")
        patterns = first
        for piece in pieces:
            body, _, following = piece.partition("}")
            found.append(_rotation(patterns, body, str(path)))
            patterns = following
    return found


def _directives(text: str) -> Iterator[str]:
    """Lines without comments and without what a shell is told."""
    script = False
    for line in text.splitlines():
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        script = script or word in SCRIPTS
        if word == "endscript":
            script = False
        elif not script and not word.startswith("#"):
            yield line


def _rotation(patterns: str, body: str, where: str) -> Rotation:
    said = {words[0]: words[1:] for line in body.splitlines() if (words := line.split())}
    period = next((days for name, days in PERIODS.items() if name in said), None)
    rotate = _whole(said.get("rotate", []))
    days = period * rotate if period is not None and rotate is not None else None
    oldest = _whole(said.get("maxage", []))
    if oldest is not None:
        days = float(oldest) if days is None else min(days, float(oldest))
    modes = [word for word in said.get("create", []) if len(word) in (3, 4) and set(word) <= set("01234567")]
    # what stands before the block's names on lines of their own are directives for all blocks
    names = [
        word.strip('"') for line in patterns.splitlines() for word in line.split() if word.strip('"').startswith("/")
    ]
    return Rotation(tuple(names), days, int(modes[0], 8) if modes else None, where)


def _whole(words: list[str]) -> int | None:
    return int(words[0]) if words and words[0].isdecimal() else None


def kept(folder: Path, days: int, rotation: Path = ROTATION, at: float | None = None) -> list[Finding]:
    """Findings about the time that one switchboard's logs are kept: what is wrong, or one line that it is right. ``folder`` is its etc; nothing is found where its logs
    are not on this machine."""
    logs = Path(dict(sections(text_of(folder, "asterisk.conf")).get("directories", [])).get("astlogdir", ""))
    if not logs.is_absolute() or not logs.is_dir():
        return []
    found = [*_too_old(logs, days, time.time() if at is None else at), *_rotated(folder, logs, days, rotation)]
    if found:
        return found
    what = texts.LOGROTATE_KEEPS_ITS_LOGS_FOR_DAYS(days=days)
    return [Finding("ok", what, str(logs), "")]


def _too_old(logs: Path, days: int, at: float) -> Iterator[Finding]:
    """Files that should have gone."""
    old = sorted(
        {
            path.name
            for pattern in PATTERNS
            for path in logs.glob(pattern)
            if path.is_file() and path.stat().st_mtime < at - (days + LATE_DAYS) * DAY_S
        }
    )
    if old:
        what = texts.LOGS_OLDER_THAN_DAYS(days=days, some=some(old, 4))
        yield Finding("warning", what, str(logs), texts.REMOVE_OLD_LOGS(shipped=SHIPPED, rotation=ROTATION))


def _rotated(folder: Path, logs: Path, days: int, rotation: Path) -> Iterator[Finding]:
    """Findings on logrotate's treatment of each log that this Asterisk writes."""
    known, told = rotations(rotation), set[str]()
    for path in _written(folder, logs):
        block = next((one for one in known if one.covers(path)), None)
        if block is None:
            what = texts.NO_RULE_OF_LOGROTATE_COVERS(name=path.name)
            yield Finding("warning", what, str(rotation), f"cp {SHIPPED} {rotation / 'asterisk'}")
            continue
        if block.where in told:
            continue
        told.add(block.where)
        if block.days is None or round(block.days) != days:
            says = "?" if block.days is None else f"{block.days:g}"
            what = texts.LOGROTATE_KEEPS_SAYS_DAYS(says=says, days=days)
            yield Finding("warning", what, block.where, f"daily, rotate {days}, maxage {days}")
        if block.mode is not None and block.mode & 0o007:
            what = texts.LOGROTATE_MAKES_LOGS_THAT_EVERYBODY(mode=block.mode)
            yield Finding("warning", what, block.where, "create 0640 asterisk asterisk")


def _written(folder: Path, logs: Path) -> list[Path]:
    """The logs that this Asterisk writes by its own files."""
    logger = sections(text_of(folder, "logger.conf"))
    names = [
        name for name, _ in logger.get("logfiles", []) if name not in ("console", "") and not name.startswith("syslog")
    ]
    if dict(logger.get("general", [])).get("queue_log", "yes").lower() in ("yes", "true", "on", "1", "y", "t"):
        names.append(dict(logger.get("general", [])).get("queue_log_name", "queue_log"))
    names += [
        f"{kind}/{path.name}"
        for kind in ("cel-custom", "cdr-custom", "cdr-csv")
        for path in (logs / kind).glob("*.csv")
    ]
    return [logs / name for name in names]
