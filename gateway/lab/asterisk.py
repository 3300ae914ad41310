"""Asterisk of the lab, and its processes: started, waited for, found again, ended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.debian import packages
from gateway.debian.apt import Say
from gateway.debian.errors import LabError
from gateway.lab import built, processes, texts
from gateway.lab.render import RELAXED

VERSION_MIN = (22, 6, 0)
"""Before it a Redirect during a Goto could be lost."""
SOURCES = ("built", "debian", "machine")
"""Compiled here without the patch; Debian's packages; this machine's own."""
START_S = 30.0
"""A start takes a second; a busy machine may need ten."""


@dataclass(frozen=True, slots=True)
class Asterisk:
    """An installation: how to start it, and where its modules and data are."""

    argv: tuple[str, ...]
    modules: Path
    data: Path
    version: str
    source: str

    @classmethod
    def of(cls, noted: dict[str, Any]) -> Asterisk:
        """The installation that a running lab was started with, as ``lab.json`` notes it."""
        return cls(tuple(noted["argv"]), Path(noted["modules"]), Path(noted["data"]), noted["version"], noted["source"])


def parse_version(text: str) -> tuple[int, ...]:
    """``Asterisk 22.10.1+dfsg…`` -> ``(22, 10, 1)``; empty if there is no number."""
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else ()


def modules_of(site: Path) -> list[str]:
    """The modules that ``asterisk-conf`` and the lab ask for: an Asterisk without one of them will not do."""
    paths = (site / "asterisk-conf/both/modules.conf", RELAXED / "modules.conf")
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())
    return re.findall(r"^load\s*=>?\s*(\S+\.so)", text, re.M)


def find(site: Path, say: Say = packages.say_on_stderr, source: str = "") -> Asterisk:
    """An Asterisk that will do for ``site``'s configuration. Raises LabError.

    ``source`` is one of ``SOURCES``; without one ``ONEKEY_ASTERISK`` says it, and else the machine's own is taken if it will do, or
    Debian's packages.
    """
    wanted = source or os.environ.get("ONEKEY_ASTERISK", "")
    if wanted and wanted not in SOURCES:
        remedy = texts.CHOOSE_SOURCES(sources=", ".join(SOURCES))
        raise LabError(texts.NO_SUCH_ASTERISK(wanted=wanted), "--asterisk, ONEKEY_ASTERISK", remedy)
    if wanted == "built":
        return _built(modules_of(site), say)
    own = _own(modules_of(site), say) if wanted != "debian" else None
    if own is not None:
        return own
    if wanted == "machine":
        what = texts.THIS_MACHINE_HAS_NO_ASTERISK
        remedy = texts.INSTALL_ASTERISK_ONEKEY
        raise LabError(what, "PATH", remedy)
    tree = packages.ensure("asterisk", say)
    argv = tuple(tree.argv("asterisk"))
    modules = next(iter(tree.root.glob("usr/lib/*/asterisk/modules")), tree.root / "usr/lib/asterisk/modules")
    return Asterisk(argv, modules, tree.root / "usr/share/asterisk", _version(argv), "debian")


def _built(needed: list[str], say: Say) -> Asterisk:
    found = built.ensure(needed, say)
    argv = tuple(found.argv)
    return Asterisk(argv, found.modules, found.data, _version(argv), "built")


def _own(needed: list[str], say: Say) -> Asterisk | None:
    path = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        return None
    try:
        version = _version((path,))
    except LabError as error:
        say(texts.IT_IS_NOT_USED(what=error.what, path=path))
        return None
    if parse_version(version) < VERSION_MIN:
        say(texts.VERSION_IS_TOO_OLD(version=version))
        return None
    for modules in (*Path("/usr/lib").glob("*/asterisk/modules"), Path("/usr/lib/asterisk/modules")):
        if all((modules / name).exists() for name in needed):
            data = next(
                (p for p in (Path("/usr/share/asterisk"), Path("/var/lib/asterisk")) if p.is_dir()),
                Path("/usr/share/asterisk"),
            )
            return Asterisk((path,), modules, data, version, "machine")
    say(texts.THIS_MACHINES_ASTERISK_LACKS_MODULES)
    return None


def _version(argv: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([*argv, "-V"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        remedy = texts.DELETE_THE_CACHE_FOLDER_AND_TRY
        raise LabError(texts.ASTERISK_DOES_NOT_RUN, f"{argv[-1]}: {error}", remedy) from None
    return done.stdout.strip()


def start(asterisk: Asterisk, config: Path, output: Path) -> int:
    """Start one in the background, in a session of its own. Returns its process id."""
    with output.open("ab") as file:
        process = subprocess.Popen(
            [*asterisk.argv, "-f", "-C", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,  # its logs hold numbers; Asterisk itself asks for no mode
            env={**os.environ, "TERM": "dumb"},
        )
    return process.pid


def wait_booted(asterisk: Asterisk, config: Path, pid: int, output: Path) -> None:
    """Return when it has booted. Raises LabError with its last words if it dies or takes too long."""
    deadline = time.monotonic() + START_S
    # not by its command line: that is empty for an instant while the program is being laid into the process
    identity = processes.started_at(pid)
    while identity is not None and time.monotonic() < deadline:
        if processes.started_at(pid) != identity:
            break
        done = ask(asterisk, config, "core waitfullybooted", deadline - time.monotonic())
        if "fully booted" in done:
            return
        time.sleep(0.05)
    lines: list[str] = []
    for path in (config.parent.parent / "log/messages.log", output):
        lines += path.read_text(errors="replace").splitlines() if path.exists() else []
    # an optional file that is not there is reported at every start and is never the reason
    lines = list(dict.fromkeys(line for line in lines if line.strip() and "Unable to load config file" not in line))
    errors = [line for line in lines if "ERROR" in line] or lines[-8:]
    what = texts.ASTERISK_DID_NOT_START(config=config)
    raise LabError(what, "\n    ".join(errors[-8:]), texts.MEND_THE_CONFIGURATION_AS_THE_ERRORS)


def ask(asterisk: Asterisk, config: Path, command: str, within_s: float = START_S) -> str:
    """One command on its console; empty if it does not answer."""
    try:
        argv = [*asterisk.argv, "-C", str(config), "-rx", command]
        return subprocess.run(argv, capture_output=True, text=True, timeout=within_s, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def found(configs: list[Path]) -> list[int]:
    """The Asterisk processes that run with one of these configuration files, whoever started them."""
    wanted = [str(config) for config in configs]
    return [pid for pid in processes.all_pids() if any(is_server(processes.words(pid), config) for config in wanted)]


def is_server(words: list[str], config: str) -> bool:
    """True where a command line is an Asterisk serving with this file: not an editor, a ``tail -f`` or a console on it."""
    at = next((at for at, word in enumerate(words) if Path(word).name == "asterisk"), None)
    return at is not None and words[at + 1 : at + 4] == ["-f", "-C", config]
