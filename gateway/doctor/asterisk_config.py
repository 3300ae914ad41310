"""An Asterisk's configuration files as text: sections in order, includes followed. No Asterisk is needed for it."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from gateway.doctor import texts
from gateway.doctor.findings import Finding

DEPTH_MAX = 8
"""Files that include one another; more is a circle."""

Sections = dict[str, list[tuple[str, str]]]
"""A file: section -> (name, value) in order."""


def read_all(folder: Path, found: list[Finding]) -> dict[str, Sections]:
    """The files that concern us, by name without ``.conf``. What cannot be read is added to ``found``."""
    names = ("extensions", "features", "pjsip", "queues", "manager", "modules")
    read = {name: sections(_read(folder, f"{name}.conf", found)) for name in names}
    for name, values in by_wizard(text_of(folder, "pjsip_wizard.conf")).items():
        read["pjsip"].setdefault(name, []).extend(values)
    return read


WIZARD = re.compile(r"(?:endpoint|aor)/(.+)")
"""Lines of the wizard that are lines of the endpoint, or of its address, as they are."""


def by_wizard(text: str) -> Sections:
    """Endpoints of ``pjsip_wizard.conf`` as the wizard makes them: lines of ``endpoint/`` and ``aor/``, and its own words for others."""
    found: Sections = {}
    for name, values in sections(text).items():
        if ("type", "wizard") not in values:
            continue
        lines = [("type", "endpoint")]
        for word, value in values:
            if match := WIZARD.fullmatch(word):
                lines.append((match[1], value))
            elif word == "transport":
                lines.append((word, value))
            elif word in ("inbound_auth/password", "outbound_auth/password"):
                lines += [("auth", f"{name}-auth"), ("password", value)]
            elif word in ("inbound_auth/username", "outbound_auth/username"):
                lines.append(("username", value))
        found[name] = lines
    return found


def text_of(folder: Path, name: str) -> str:
    """A file with what it includes; empty where it is not there or cannot be read."""
    return _read(folder, name, [])


def _read(folder: Path, name: str, found: list[Finding], depth: int = 0) -> str:
    """A file with its ``#include`` lines followed, all from ``folder`` as Asterisk does. What cannot be read is found."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        remedy = texts.RENDER_THE_FILES_AGAIN
        found.append(Finding("error", texts.NAME_IS_MISSING(name=name), str(folder), remedy))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        remedy = texts.CHECK_ITS_RIGHTS
        found.append(Finding("error", texts.CANNOT_READ(error=error), str(path), remedy))
        return ""

    def include(match: re.Match[str]) -> str:
        names = sorted(glob.glob(match[1].strip(), root_dir=folder)) if depth < DEPTH_MAX else []
        return "\n".join(_read(folder, each, found, depth + 1) for each in names)

    return re.sub(r'^#(?:try)?include\s+[<"]?([^<>";\n]+)[>"]?\s*(?:;.*)?$', include, text, flags=re.M)


def sections(text: str) -> Sections:
    """An Asterisk configuration as section -> (name, value) in order; sections of one name are joined."""
    found: Sections = {}
    current: list[tuple[str, str]] = []
    for raw in text.splitlines():
        line = re.sub(r"(?<!\\);.*", "", raw).strip()
        if head := re.match(r"\[([^\]]+)\](?:\(([^)]*)\))?", line):
            current = found.setdefault(head[1], [])
            for template in (head[2] or "").split(","):
                current += found.get(template.strip(), [])
        elif pair := re.match(r"([^=]+)=>?(.*)", line):
            current.append((pair[1].rstrip(), pair[2].strip()))
    return found
