"""Reads an audit log again and says where it was altered."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.security import texts
from gateway.security.audit import GENESIS, derived_key, files, mac_of, parsed_line


@dataclass(slots=True)
class Verdict:
    """``problems`` are (file, line, what); ``lines`` those that were read; ``number`` and ``mac`` the newest's."""

    lines: int = 0
    number: int = 0
    mac: str = GENESIS
    problems: list[tuple[str, int, str]] = field(default_factory=list)


def verify(folder: Path, keys: Sequence[bytes], anchor: tuple[int, str] | None) -> Verdict:
    """Read every line and compare the chain with itself and with the anchor (number, MAC; None where none was kept)."""
    verdict = Verdict()
    derived = [derived_key(key) for key in keys]
    first: _First | None = None
    pruned: set[tuple[str, str]] = set()
    at_anchor = ""
    torn: tuple[str, int, int] | None = None
    for path, row, line in _lines(folder):
        parsed = parsed_line(line)
        if parsed is None:
            if torn is not None:
                verdict.problems.append((torn[0], torn[1], _CUT))
            torn = (path.name, row, len(line))
            continue
        entry, mac, body = parsed
        if torn is not None:
            if entry.get("what") != "audit_resumed" or entry["details"].get("torn") != torn[2]:
                verdict.problems.append((torn[0], torn[1], _CUT))
            torn = None
        verdict.lines += 1
        if first is None:
            first = _First(path.name, row, entry["n"], mac, body)
            verdict.number = entry["n"] - 1
            if entry["n"] > 1:
                verdict.mac = ""  # the line before was pruned: its MAC stands in a later line
        if entry["n"] != verdict.number + 1:
            what = texts.LINES_NUMBER_TO_N_ARE_MISSING(number=verdict.number + 1, n=entry["n"] - 1)
            if entry["n"] <= verdict.number:
                what = texts.LINE_N_STANDS_TWICE(n=entry["n"])
            verdict.problems.append((path.name, row, what))
        elif verdict.mac and not _signed(derived, verdict.mac, body, mac):
            verdict.problems.append((path.name, row, _ALTERED))
        if entry.get("what") == "audit_pruned":
            pruned.add((str(entry["details"].get("until")), str(entry["details"].get("mac"))))
        verdict.number, verdict.mac = entry["n"], mac
        if anchor is not None and entry["n"] == anchor[0]:
            at_anchor = mac
    if torn is not None:
        verdict.problems.append((torn[0], torn[1], _CUT))
    if first is not None and first.number > 1:
        verdict.problems += _beginning(first, pruned, derived)
    if anchor is not None and at_anchor != anchor[1]:
        what = texts.END_WAS_CUT_OFF(anchor=anchor[0])
        verdict.problems.append(("", 0, what))
    return verdict


def _signed(keys: Sequence[bytes], before: str, body: str, mac: str) -> bool:
    """True where one of the keys has made the MAC of a line behind the one with the MAC ``before``."""
    return mac.isascii() and any(hmac.compare_digest(mac, mac_of(key, before, body)) for key in keys)


@dataclass(frozen=True, slots=True)
class _First:
    """The first line that is left, which stands at ``row`` of ``file``."""

    file: str
    row: int
    number: int
    mac: str
    body: str


def _beginning(first: _First, pruned: set[tuple[str, str]], keys: Sequence[bytes]) -> list[tuple[str, int, str]]:
    """Faults of a log that does not begin with line 1. Each prune has said the number and the MAC of the last line that went;
    the newest one's word is always there, because it goes behind what stays."""
    before = first.number - 1
    macs = [mac for until, mac in pruned if until == str(before)]
    if not macs:
        return [("", 0, texts.FIRST_BEFORE_LINES_ARE_MISSING(before=before))]
    if not any(_signed(keys, mac, first.body, first.mac) for mac in macs):
        return [(first.file, first.row, _ALTERED)]
    return []


_CUT = texts.THIS_LINE_IS_CUT_OFF


_ALTERED = texts.THIS_LINE_OR_THE_ONE_BEFORE


def _lines(folder: Path) -> Iterator[tuple[Path, int, bytes]]:
    for path in files(folder):
        with path.open("rb") as file:
            for row, line in enumerate(file, 1):
                yield path, row, line.rstrip(b"\n")
