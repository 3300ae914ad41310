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

NUMBER = re.compile(r"(?<![\w.-])(\+?\d{3})\d{4,8}(\d{4})(?![\w.-])")
"""A telephone number: 11 digits and its like, standing alone. Ids have dots, dashes or letters around their digits."""
NUMBER_IN_CHANNEL = re.compile(r"(PJSIP/\d{3})\d{4,8}(\d{4}-)")


IDS = frozenset({"timestamp", "level", "event", "transfer", "linkedid", "home", "switchboard", "target", "by", "state"})
"""Values that are our own words and ids."""


def mask_numbers(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the middle of every telephone number in every value, also inside channel names."""
    for key, value in line.items():
        if key not in IDS and isinstance(value, str):
            line[key] = NUMBER_IN_CHANNEL.sub(r"\1****\2", NUMBER.sub(r"\1****\2", value))
    return line


def _encode(line: Any, **_settings: Any) -> bytes:
    """A line as JSON; what JSON does not know is written as Python shows it."""
    return msgspec.json.encode(line, enc_hook=repr)


def configure(path: Path | None = None, *, stream: TextIO | None = None) -> None:
    """Send all logs to a file (JSON lines, mode 0600), else to ``stream`` (stderr): JSON, or coloured on a terminal."""
    out: TextIO = stream or sys.stderr
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    factory: Any = structlog.PrintLoggerFactory(out)
    if path is not None:
        path.touch(mode=0o600, exist_ok=True)
        renderer = structlog.processors.JSONRenderer(serializer=_encode)
        factory = structlog.BytesLoggerFactory(path.open("ab"))
    elif out.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
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


class _ToStructlog(logging.Handler):
    """The AMI edge and the libraries log with the standard library: one stream for all of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; what its exception says is part of it."""
        line = structlog.get_logger(record.name)
        extra = {"exception": self.format(record)} if record.exc_info else {}
        line.log(max(record.levelno, logging.INFO), record.getMessage(), logger=record.name, **extra)
