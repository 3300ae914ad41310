"""Structured logs: JSON lines to a file, or readable lines on a terminal; no personal data in either.

Each line about a transfer carries ``transfer`` and ``linkedid``, the two ids that join it with Asterisk's own logs.
"""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import msgspec
import structlog
from structlog.tracebacks import ExceptionDictTransformer

from gateway.core.values.numbers import mask_beside_ids

LIBRARY_LINE_S = 60.0
"""Between two lines of a library that say the same: who sends a server nonsense fills no disk."""
LIBRARY_LINES_MAX = 1000
"""Number of lines for which the instant of the last writing is remembered."""
LIBRARY_CHARS_MAX = 200
IDS = frozenset({"timestamp", "level", "transfer", "linkedid", "home", "switchboard", "target", "by", "state"})
"""Values that are our own words and ids."""


def mask_numbers(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the middle of every telephone number in every value, however deep, also inside channel names."""
    for key, value in line.items():
        if key not in IDS:
            line[key] = _masked(value)
    return line


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask_beside_ids(value)
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list() | tuple():
            return [_masked(item) for item in value]
    return value


def _encode(line: Any, **_settings: Any) -> bytes:
    """A line as JSON; what JSON does not know is written as Python shows it."""
    return msgspec.json.encode(line, enc_hook=repr)


def configure(path: Path | None = None, *, stream: TextIO | None = None) -> Callable[[], None]:
    """Send all logs to a file (JSON lines, mode 0600), else to ``stream`` (stderr): JSON, or coloured on a terminal. The function that is
    returned opens the file again, for whoever has renamed it."""
    reopen = lambda: None  # noqa: E731 - a stream is not renamed
    out: TextIO = stream or sys.stderr
    renderer: Any = structlog.processors.JSONRenderer(serializer=lambda line, **_: _encode(line).decode())
    # without the values of local variables: these are callers' numbers and names
    tracebacks: Any = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    factory: Any = structlog.PrintLoggerFactory(out)
    if path is not None:
        renderer = structlog.processors.JSONRenderer(serializer=_encode)
        lines = _Lines(path)
        reopen = lines.reopen
        factory = lambda *_: lines  # noqa: E731 - structlog asks for a logger, and there is one
    elif out.isatty():
        tracebacks = structlog.processors.format_exc_info
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tracebacks,
            mask_numbers,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    handler = _ToStructlog()
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gateway").setLevel(logging.INFO)
    return reopen


def tracebacks_without_values() -> None:
    """Before ``configure``, and in commands that have no log: lines on stdout as structlog has them, tracebacks without the values of local
    variables. Where rich is installed structlog would draw these, and they are callers' numbers and names."""
    if structlog.is_configured():
        return
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


class _Lines:
    """A log file. A full disk costs lines, never the turn that wanted to say something (law 5)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._opened()

    def _opened(self) -> BinaryIO:
        self._path.touch(mode=0o600, exist_ok=True)
        return self._path.open("ab", buffering=0)

    def reopen(self) -> None:
        """Write on in the file that has the name now: logrotate has given ours another. Where it cannot be opened the old one goes on."""
        try:
            old, self._file = self._file, self._opened()
            old.close()
        except OSError as error:
            remedy = "check the folder of --log and its rights, then SIGHUP again"
            structlog.get_logger("log").error("log_not_reopened", where=str(self._path), why=str(error), remedy=remedy)

    def __del__(self) -> None:
        """Close the file of logs that are configured anew."""
        with contextlib.suppress(AttributeError):  # it could not be opened
            self._file.close()

    def msg(self, message: bytes) -> None:
        """Write a line, if the disk takes it."""
        try:
            self._file.write(message + b"\n")
        except OSError:
            pass  # there is no other place to say it

    log = debug = info = warn = warning = error = critical = fatal = exception = failure = err = msg


class _ToStructlog(logging.Handler):
    """The AMI edge and the libraries log with the standard library: one stream for all of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[tuple[str, str], tuple[float, int]] = {}
        """By logger and message: when it was last a line, and how many have been left out since."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; what its exception says is part of it, of ours alone."""
        line, level = structlog.get_logger(record.name), max(record.levelno, logging.INFO)
        if record.name.partition(".")[0] == "gateway":
            extra = {"exception": self.format(record)} if record.exc_info else {}
            line.log(level, record.getMessage(), logger=record.name, **extra)
        elif (left_out := self._due(record)) is not None:
            line.log(level, _first_line(record.msg), logger=record.name, **_where(record), **left_out)

    def _due(self, record: logging.LogRecord) -> dict[str, int] | None:
        """Fields that belong to a library's line, if it is due: strangers can make a server log as often as they like."""
        key, now = (record.name, _first_line(record.msg)), self._clock()
        at, left_out = self._told.get(key, (-math.inf, 0))
        if now - at < LIBRARY_LINE_S:
            self._told[key] = (at, left_out + 1)
            return None
        if len(self._told) >= LIBRARY_LINES_MAX:
            self._told.clear()
        self._told[key] = (now, 0)
        return {"left_out": left_out} if left_out else {}


def _first_line(message: object) -> str:
    """The words of a library's line, without the values that it was given: these are a stranger's request, token and number included."""
    return str(message).partition("\n")[0][:LIBRARY_CHARS_MAX]


def _where(record: logging.LogRecord) -> dict[str, object]:
    """Kind and place of a library's exception, without its words."""
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    frames = traceback.extract_tb(record.exc_info[2])[-1:]
    place = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"exception": record.exc_info[0].__name__, "at": "".join(place)}
