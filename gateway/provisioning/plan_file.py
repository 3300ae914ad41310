"""``onekey-plan.conf``: the static plan as a file that ``extensions.conf`` includes, so that an Asterisk that restarts has it, too.

A gateway that is attached sets the same globals over AMI; the file is for the time when there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.core.rules.plan import plan_globals
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import SwitchboardId
from gateway.durable_file import write_whole
from gateway.provisioning import texts

NAME = "onekey-plan.conf"


def rendered(rules: RuleSet, switchboard: str, switchboards: Iterable[str]) -> str:
    """The file of one switchboard. ``switchboards`` are all whose seats press for callers who live on it."""
    ids = {SwitchboardId(id_) for id_ in (switchboard, *switchboards)}
    lines = [
        texts.STATIC_PLAN_HEAD(switchboard=switchboard),
        "; The static plan: whom a key rings without a gateway. Rendered from the rules file; do not edit.",
        *(f"{name} = {value}" for name, value in plan_globals(rules, ids)),
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path, text: str) -> bool:
    """Put the file into an Asterisk's configuration folder, whole or not at all; whether it has changed. Raises OSError."""
    path = folder / NAME
    try:
        if path.read_text(encoding="utf-8") == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass  # not there yet, or damaged
    write_whole(path, text.encode(), 0o644)  # Asterisk reads it under another account; nothing in it is secret
    return True


def read(folder: Path) -> dict[str, str] | None:
    """The globals that the file holds; None where there is none. Raises OSError or UnicodeDecodeError if it cannot be read."""
    path = folder / NAME
    if not path.exists():
        return None
    lines = (line.partition(";")[0].partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {name.strip(): value.lstrip(">").strip() for name, sign, value in lines if sign}
