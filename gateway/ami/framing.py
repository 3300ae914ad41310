"""Bytes to frames. A frame is what Asterisk ends with an empty line: a response or an event.

Works on bytes, because a TCP segment may end inside a character, and on nothing but line ends, because everything else
has been seen malformed in the wild. The rule, which gives the same frames for every slicing of the same bytes:

    a line ends with LF; CRs before it belong to the line end; an empty line ends a frame; empty frames are nothing

The first line of a connection is Asterisk's banner (``Asterisk Call Manager/11.0.0``); it has no empty line of its own.
"""

from __future__ import annotations

import io
import re

FRAME_BYTES_MAX = 65_536
"""Default bound of one frame. The largest that we ask for are ``Status`` events with variables, about 3 kB."""

BANNER = b"Asterisk Call Manager"
_END = re.compile(rb"\n\r*\n")
_END_BYTES = 4  # CR LF CR LF


class FramingError(Exception):
    """The other side does not speak AMI as we know it. The connection is of no further use."""


class Framer:
    """Cuts one connection's bytes into frames.

    ``broken`` says why no more frames will come: a frame longer than ``frame_bytes_max`` bytes (memory is bounded,
    whatever the other side sends), or a first line that is no AMI banner. ``banner`` is that first line once it is
    known.
    """

    def __init__(self, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        self.frame_bytes_max = frame_bytes_max
        self.banner: str | None = None
        self.broken: FramingError | None = None
        self._tail = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that ``data`` completes, without empty lines around them; lines inside end with CR LF."""
        if self.broken is not None:
            return []
        buffer = self._tail + data if self._tail else data
        if self.banner is None:
            rest = self._take_banner(buffer)
            if rest is None:
                return []
            buffer = rest
        parts = self._clean(buffer) if _is_clean(buffer) else self._rough(buffer)
        if len(self._tail) > self.frame_bytes_max + _END_BYTES:
            self._too_long()
        return [frame for part in parts if (frame := part.strip(b"\r\n"))]

    def _clean(self, buffer: bytes) -> list[bytes]:
        parts = buffer.split(b"\r\n\r\n")
        self._tail = parts.pop()
        if len(buffer) > self.frame_bytes_max:
            for i, part in enumerate(parts):
                if len(part) > self.frame_bytes_max:
                    self._too_long()
                    return parts[:i]
        return parts

    def _rough(self, buffer: bytes) -> list[bytes]:
        """The same rule, an order of magnitude slower."""
        parts: list[bytes] = []
        start = 0
        for end in _END.finditer(buffer):
            if end.end() - start > self.frame_bytes_max + _END_BYTES:
                self._too_long()
                return parts
            parts.append(b"\r\n".join(line.rstrip(b"\r") for line in buffer[start : end.start()].split(b"\n")))
            start = end.end()
        self._tail = buffer[start:]
        return parts

    def _take_banner(self, buffer: bytes) -> bytes | None:
        line, newline, rest = buffer.partition(b"\n")
        if len(line) > self.frame_bytes_max or (newline and not line.startswith(BANNER)):
            self._break(f"the first line is not Asterisk's banner but {line[:40]!r}")
            return None
        if not newline:
            self._tail = buffer
            return None
        self._tail = b""
        self.banner = line.rstrip(b"\r").decode("ascii", "replace")
        return rest

    def _too_long(self) -> None:
        self._break(f"a frame is longer than {self.frame_bytes_max} bytes")

    def _break(self, why: str) -> None:
        self._tail = b""
        self.broken = FramingError(why)


def _is_clean(buffer: bytes) -> bool:
    """True where CR and LF stand only as CR LF, as in Asterisk's own lines: then a plain split is right.

    Every byte that comes passes here. The decoder behind Python's text files, which notes the kinds of line ends that it
    meets, looks three times as fast as ``bytes.count`` does; a CR at the very end it leaves open, and so do we.
    """
    ends = io.IncrementalNewlineDecoder(None, translate=False)
    ends.decode(buffer.decode("latin-1"))  # one character a byte, whatever the byte
    return ends.newlines in (None, "\r\n")
