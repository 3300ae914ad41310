"""Modules without which the dialplan keeps nothing of a press that no gateway follows (``onekey-kept``): what ``modules.conf`` says of them."""

from __future__ import annotations

from pathlib import Path

from gateway.doctor import texts
from gateway.doctor.asterisk_config import read_all
from gateway.doctor.asterisk_media import loads
from gateway.doctor.findings import Finding

KEEPING = ("func_db.so", "app_db.so")


def written(folder: Path) -> list[Finding]:
    """A warning where one of them is not loaded: keys work all the same, and no record is made of what was pressed without a gateway."""
    modules = read_all(folder, [])["modules"]
    missing = [name for name in KEEPING if not loads(modules, name)] if modules else []
    if not missing:
        return []  # a file that cannot be read has been said
    names = texts.ENUMERATION_COMMA.join(missing)
    what = texts.MISSING_NOT_LOADED(names=names, missing=", ".join(missing))
    remedy = texts.ADD_THESE_LINES(missing=texts.SEMICOLON.join(f"load = {name}" for name in missing))
    return [Finding("warning", what, str(folder / "modules.conf"), remedy)]
