"""The configuration files that a site has: sections and lines with their places, files that they include among them."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

DEPTH_MAX = 8
"""Files that include one another; more is a circle."""
OURS = "onekey/"
"""Our own additions, which are not read as the site's."""
_HEAD = re.compile(r"\[([^\]]+)\](?:\(([^)]*)\))?")
_INCLUDE = re.compile(r'#(?:try)?include\s+[<"]?([^<>";\n]+)[>"]?')
_COMMENT = re.compile(r"(?<!\\);.*")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its file, its number, its name and value."""

    file: Path
    number: int
    name: str
    value: str


@dataclass(slots=True)
class Section:
    """A section with what its templates bring. ``own`` are its lines alone."""

    name: str
    options: tuple[str, ...]
    own: list[Line] = field(default_factory=list)
    inherited: list[Line] = field(default_factory=list)

    @property
    def is_template(self) -> bool:
        """True where it is a pattern for others only."""
        return "!" in self.options

    def values(self, name: str) -> list[str]:
        """All values of a name, the templates' first."""
        return [line.value for line in (*self.inherited, *self.own) if line.name == name]

    def says(self, name: str, otherwise: str = "") -> str:
        """The last value of a name."""
        return (self.values(name) or [otherwise])[-1]


class Tree:
    """A folder of Asterisk's configuration files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, list[Section]] = {}

    @property
    def is_here(self) -> bool:
        """True where its files can be read from here."""
        try:
            return (self.folder / "extensions.conf").is_file()
        except OSError:
            return False

    def text(self, name: str) -> str:
        """A file as it is; empty where it is not there. Raises OSError where it cannot be read."""
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""

    def lines(self, name: str) -> Iterator[tuple[Path, int, str]]:
        """Every line without its comment, those of included files in their place."""
        yield from self._lines(name, 0)

    def _lines(self, name: str, depth: int) -> Iterator[tuple[Path, int, str]]:
        within = False
        for number, raw in enumerate(self.text(name).splitlines(), 1):
            if raw.lstrip().startswith(";--") and "--;" not in raw:
                within = True
            if within:
                within = "--;" not in raw
                continue
            line = _COMMENT.sub("", raw).strip()
            if match := _INCLUDE.match(line):
                if depth < DEPTH_MAX:
                    names = sorted(glob.glob(match[1].strip(), root_dir=self.folder))
                    for each in (name for name in names if f"/{OURS}" not in f"/{name}"):
                        yield from self._lines(each, depth + 1)
            elif line:
                yield self.folder / name, number, line

    def sections(self, name: str) -> list[Section]:
        """The sections of a file in their order; of one name there may be several, as in ``pjsip.conf``."""
        if name not in self._read:
            self._read[name] = self._sections(name)
        return self._read[name]

    def _sections(self, name: str) -> list[Section]:
        found: list[Section] = []
        current: Section | None = None
        for file, number, line in self.lines(name):
            if head := _HEAD.match(line):
                options = tuple(part.strip() for part in (head[2] or "").split(",") if part.strip())
                if any(option.startswith("+") for option in options):
                    current = next((one for one in found if one.name == head[1]), current)
                    continue
                current = Section(head[1], options)
                for option in options:
                    template = next((one for one in found if one.name == option), None)
                    current.inherited += [] if template is None else [*template.inherited, *template.own]
                found.append(current)
            elif current is not None and "=" in line:
                key, _, value = line.partition("=")
                current.own.append(Line(file, number, key.strip(), value.removeprefix(">").strip()))
        return found

    def section(self, file: str, name: str) -> Section | None:
        """The first section of this name."""
        return next((one for one in self.sections(file) if one.name == name), None)

    def endpoint(self, name: str) -> tuple[str, Section] | None:
        """Place of an endpoint: its file, ``pjsip.conf`` or ``pjsip_wizard.conf``, and its section there."""
        for section in self.sections("pjsip.conf"):
            if section.name == name and not section.is_template and section.says("type") == "endpoint":
                return "pjsip.conf", section
        for section in self.sections("pjsip_wizard.conf"):
            if section.name == name and not section.is_template and section.says("type") == "wizard":
                return "pjsip_wizard.conf", section
        return None

    def endpoint_says(self, name: str, key: str) -> str:
        """A value of an endpoint, wherever it stands; empty where it says nothing, or is not there."""
        found = self.endpoint(name)
        if found is None:
            return ""
        file, section = found
        return section.says(f"endpoint/{key}" if file == "pjsip_wizard.conf" else key)

    def variable(self, name: str, variable: str) -> str:
        """A channel variable that an endpoint sets, ours apart."""
        found = self.endpoint(name)
        if found is None:
            return ""
        file, section = found
        said = [
            value.partition("=")
            for value in section.values("endpoint/set_var" if file == "pjsip_wizard.conf" else "set_var")
        ]
        return next((value.strip() for key, _, value in reversed(said) if key.strip() == variable), "")
