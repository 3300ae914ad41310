"""``asterisk-conf/`` and ``dialplan/`` into the run folder of a lab.

What ships is safe for a site; what only a lab may have (phones of citizens, a caller known by an address alone, Asterisk's own records of
every number) stands in ``relaxed/`` beside this module, which no site copies. A file there is added to the end of the shipped one of its name;
one in ``relaxed/instead/`` takes its place: of two lines of one name Asterisk takes the first in some files and the last in others.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from gateway.debian.errors import LabError
from gateway.lab import texts
from gateway.provisioning.features_file import by_first_sign

RELAXED = Path(__file__).parent / "relaxed"
"""The lab's own additions to the files that ship."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirs:
    """The folders of one Asterisk: modules and data in its installation, all others its own."""

    modules: Path
    data: Path
    etc: Path
    varlib: Path
    db: Path
    key: Path
    agi: Path
    spool: Path
    run: Path
    log: Path

    @classmethod
    def of(cls, folder: Path, modules: Path, data: Path) -> Dirs:
        """Folders below ``folder``."""
        lib = folder / "lib"
        return cls(
            modules=modules,
            data=data,
            etc=folder / "etc",
            varlib=lib,
            db=lib,
            key=lib / "keys",
            agi=lib / "agi",
            spool=folder / "spool",
            run=folder / "run",
            log=folder / "log",
        )

    def make(self) -> None:
        """Create all that are ours."""
        for path in (self.etc, self.varlib, self.key, self.agi, self.spool, self.run, self.log / "cel-custom"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)


def render(
    site: Path,
    switchboard: str,
    values: dict[str, Any],
    dirs: Dirs,
    more: dict[str, str] | None = None,
    relaxed: Path | None = None,
) -> None:
    """Render the templates of ``site/asterisk-conf`` for one switchboard and copy ``site/dialplan`` beside them, and ``more``, texts by
    file name. ``relaxed`` is a folder of additions, by file name; without one the files are as a site gets them.

    An undefined name in a template is an error that names it. Files are written with mode 0600: they hold passwords.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - not HTML
    dirs.make()
    values = {**values, "dirs": dirs, "firsts": by_first_sign(values.get("keys", ()), values.get("peer", ""))}
    templates = [
        path for part in ("both", switchboard) for path in sorted((site / "asterisk-conf" / part).glob("*.conf"))
    ]
    if relaxed is not None:
        instead = {path.name: path for path in relaxed.glob("instead/*.conf")}
        templates = [instead.get(path.name, path) for path in templates] + sorted(relaxed.glob("*.conf"))
    rendered: dict[str, str] = {}
    for template in templates:
        try:
            text = environment.from_string(template.read_text(encoding="utf-8")).render(values)
        except jinja2.TemplateError as error:
            raise LabError(
                texts.ERROR_IN_A_CONFIGURATION_TEMPLATE(error=error),
                str(template),
                texts.CHECK_THE_IN_THAT_FILE,
            ) from None
        rendered[template.name] = rendered.get(template.name, "") + text
    for name, text in {**rendered, **(more or {})}.items():
        path = dirs.etc / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    shutil.copytree(site / "dialplan", dirs.etc / "dialplan", dirs_exist_ok=True)
