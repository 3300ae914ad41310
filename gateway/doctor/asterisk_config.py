"""An Asterisk's configuration files as text: sections in order, includes followed. No Asterisk is needed for it."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from gateway.doctor.findings import Finding

DEPTH_MAX = 8
"""Files that include one another; more is a circle."""

Sections = dict[str, list[tuple[str, str]]]
"""A file: section -> (name, value) in order."""


def read_all(folder: Path, found: list[Finding]) -> dict[str, Sections]:
    """The files that concern us, by name without ``.conf``. What cannot be read is added to ``found``."""
    names = ("extensions", "features", "pjsip", "queues", "manager", "modules")
    return {name: sections(_read(folder, f"{name}.conf", found)) for name in names}


def text_of(folder: Path, name: str) -> str:
    """A file with what it includes; empty where it is not there or cannot be read."""
    return _read(folder, name, [])


def _read(folder: Path, name: str, found: list[Finding], depth: int = 0) -> str:
    """A file with its ``#include`` lines followed, all from ``folder`` as Asterisk does. What cannot be read is found."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        remedy = "重新渲染配置 / render the files again"
        found.append(Finding("error", f"缺少 {name} / {name} is missing", str(folder), remedy))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        remedy = "检查权限，用 UTF-8 保存 / check its rights, save it as UTF-8"
        found.append(Finding("error", f"读不到：{error} / cannot read: {error}", str(path), remedy))
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
