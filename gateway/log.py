"""Structured logs: JSON lines to a file, or readable lines on a terminal; no personal data in either.

Each line about a transfer carries ``transfer`` and ``linkedid``, the two ids that join it with Asterisk's own logs.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import msgspec
import structlog
from structlog.tracebacks import ExceptionDictTransformer

NUMBER = re.compile(r"(?<![\w.-])(\+?\d{3})\d{4,8}(\d{4})(?![\w-]|\.\w)", re.ASCII)
"""A telephone number: 11 digits and its like, standing alone. Ids have dots, dashes or letters around their digits; Chinese
characters are no letters here, and a dot that ends a sentence is none of an id."""
NUMBER_CHARS_MIN = 11
"""What is shorter holds no telephone number: most words of most lines."""
NUMBER_IN_CHANNEL = re.compile(r"(PJSIP/\d{3})\d{4,8}(\d{4}-)")


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
        case str() if len(value) < NUMBER_CHARS_MIN:
            return value
        case str():
            return NUMBER_IN_CHANNEL.sub(r"\1****\2", NUMBER.sub(r"\1****\2", value))
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list() | tuple():
            return [_masked(item) for item in value]
    return value


def _encode(line: Any, **_settings: Any) -> bytes:
    """A line as JSON; what JSON does not know is written as Python shows it."""
    return msgspec.json.encode(line, enc_hook=repr)


def configure(path: Path | None = None, *, stream: TextIO | None = None) -> None:
    """Send all logs to a file (JSON lines, mode 0600), else to ``stream`` (stderr): JSON, or coloured on a terminal."""
    out: TextIO = stream or sys.stderr
    renderer: Any = structlog.processors.JSONRenderer(serializer=lambda line, **_: _encode(line).decode())
    # without the values of local variables: these are callers' numbers and names
    tracebacks: Any = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    factory: Any = structlog.PrintLoggerFactory(out)
    if path is not None:
        path.touch(mode=0o600, exist_ok=True)
        renderer = structlog.processors.JSONRenderer(serializer=_encode)
        lines = _Lines(path.open("ab"))
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


class _Lines(structlog.BytesLogger):
    """A log file. A full disk costs lines, never the turn that wanted to say something (law 5)."""

    def msg(self, message: bytes) -> None:
        """Write a line, if the disk takes it."""
        try:
            super().msg(message)
        except OSError:
            pass  # there is no other place to say it

    log = debug = info = warn = warning = error = critical = fatal = exception = failure = err = msg


class _ToStructlog(logging.Handler):
    """The AMI edge and the libraries log with the standard library: one stream for all of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; what its exception says is part of it."""
        line = structlog.get_logger(record.name)
        extra = {"exception": self.format(record)} if record.exc_info else {}
        line.log(max(record.levelno, logging.INFO), record.getMessage(), logger=record.name, **extra)
