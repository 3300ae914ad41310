"""``asterisk-conf/`` and ``dialplan/`` into the run folder of a lab."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from gateway.lab import LabError


@dataclass(frozen=True, slots=True)
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
            modules,
            data,
            folder / "etc",
            lib,
            lib,
            lib / "keys",
            lib / "agi",
            folder / "spool",
            folder / "run",
            folder / "log",
        )

    def make(self) -> None:
        """Create all that are ours."""
        for path in (self.etc, self.varlib, self.key, self.agi, self.spool, self.run, self.log / "cel-custom"):
            path.mkdir(parents=True, exist_ok=True)


def features(templates: Path, keys: list[dict[str, str]], peer: str) -> str:
    """``features.conf`` for these keys; ``peer`` is the switchboard that ``other`` means."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - not HTML
    text = (templates / "both/features.conf").read_text(encoding="utf-8")
    return environment.from_string(text).render(keys=keys, peer=peer)


def render(
    site: Path, switchboard: str, values: dict[str, Any], dirs: Dirs, more: dict[str, str] | None = None
) -> None:
    """Render the templates of ``site/asterisk-conf`` for one switchboard and copy ``site/dialplan`` beside them, and ``more``, texts by
    file name.

    An undefined name in a template is an error that names it. Files are written with mode 0600: they hold passwords.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - not HTML
    dirs.make()
    for folder in ("both", switchboard):
        for template in sorted((site / "asterisk-conf" / folder).glob("*.conf")):
            try:
                text = environment.from_string(template.read_text(encoding="utf-8")).render({**values, "dirs": dirs})
            except jinja2.TemplateError as error:
                raise LabError(
                    f"配置模板有误：{error} / error in a configuration template: {error}",
                    str(template),
                    "检查该文件里的 {{ }} / check the {{ }} in that file",
                ) from None
            path = dirs.etc / template.name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
    for name, text in (more or {}).items():
        (dirs.etc / name).write_text(text, encoding="utf-8")
    shutil.copytree(site / "dialplan", dirs.etc / "dialplan", dirs_exist_ok=True)
