"""The needs of a compiled file: its loader, and the shared libraries that it needs. Read here: no binutils is on a fresh machine."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.debian.errors import LabError
from gateway.lab import texts

_LOAD, _DYNAMIC, _INTERP = 1, 2, 3
_END, _NEEDED, _STRTAB = 0, 1, 5


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def is_elf(path: Path) -> bool:
    """True where it is a program or a library, and not a link to one."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def loader(path: Path) -> str:
    """The loader that a program is started by, as ``/lib64/ld-linux-x86-64.so.2``. Raises LabError."""
    data = path.read_bytes() if path.is_file() else b""
    for segment in _segments(data):
        if segment.kind == _INTERP:
            return data[segment.offset : segment.offset + segment.size].rstrip(b"\0").decode()
    raise LabError(texts.NOT_A_PROGRAM, str(path), texts.DELETE_THE_CACHE_AND_TRY_AGAIN(path=path))


def needed_by(paths: Iterable[Path]) -> list[str]:
    """The shared libraries that these need themselves, each once: ``libedit.so.2``, …"""
    return sorted({name for path in paths for name in _needed(path.read_bytes())})


def _segments(data: bytes) -> list[_Segment]:
    """The program headers of a 64-bit little-endian file (System V ABI, chapter 5); none of anything else."""
    if data[:6] != b"\x7fELF\x02\x01":
        return []
    (at,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    found = []
    for number in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, at + number * size)
        found.append(_Segment(kind, offset, address, length))
    return found


def _needed(data: bytes) -> Iterator[str]:
    segments = _segments(data)
    dynamic = next((segment for segment in segments if segment.kind == _DYNAMIC), None)
    if dynamic is None:
        return
    entries = []
    for at in range(dynamic.offset, dynamic.offset + dynamic.size, 16):
        tag, value = struct.unpack_from("<qQ", data, at)
        if tag == _END:
            break
        entries.append((tag, value))
    table = next((value for tag, value in entries if tag == _STRTAB), 0)
    place = next(
        (s.offset + table - s.address for s in segments if s.kind == _LOAD and s.address <= table < s.address + s.size),
        0,
    )
    for tag, value in entries:
        if tag == _NEEDED:
            begin = place + value
            yield data[begin : data.index(b"\0", begin)].decode()
