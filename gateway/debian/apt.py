"""apt without root: roots of our own, of Debian's suites and of this machine's distribution. Signatures are checked in any case."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from gateway.debian import sources, texts
from gateway.debian.errors import LabError

Say = Callable[[str], None]


class SuiteLacksError(LabError):
    """This suite has not all packages that are wanted; the next one may."""


class Apt:
    """Lists, archives and an empty record of what is installed: whatever is asked for comes with all that it needs."""

    def __init__(self, root: Path, name: str, say: Say, lock: int, etc: Path | None) -> None:
        self.root, self.name, self.say, self.lock, self._etc = root, name, say, lock, etc
        self._strict = etc is not None
        self._last_words = ""
        for folder in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "var/lib/dpkg/status").write_text("")

    @classmethod
    def of_suite(cls, root: Path, suite: str, say: Say, lock: int, kinds: Sequence[str] = ("deb",)) -> Self:
        """A suite of Debian's archive. ``kinds`` are ``deb`` for packages and ``deb-src`` for their sources."""
        etc = root / suite / "etc/apt"
        for folder in ("sources.list.d", "preferences.d", "apt.conf.d"):
            (etc / folder).mkdir(parents=True, exist_ok=True)
        address, ring = sources.mirror(root), sources.keyring(root)
        lines = [f"{kind} [signed-by={ring}] {address} {suite} main\n" for kind in kinds]
        (etc / "sources.list").write_text("".join(lines))
        (etc / "apt.conf.d/machine.conf").write_text(_acquire_settings())
        return cls(root / suite, f"Debian {suite}", say, lock, etc)

    @classmethod
    def of_machine(cls, root: Path, say: Say, lock: int) -> Self:
        """This machine's own distribution, by its own sources. One of another vendor that does not answer is no matter."""
        return cls(root, texts.THIS_DISTRIBUTION, say, lock, None)

    @property
    def archives(self) -> Path:
        """Where packages are kept."""
        return self.root / "var/cache/apt/archives"

    def _argv(self, *words: str) -> list[str]:
        options: dict[str, object] = {
            "Dir::State": self.root / "var/lib/apt",
            "Dir::State::status": self.root / "var/lib/dpkg/status",
            "Dir::Cache": self.root / "var/cache/apt",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "Debug::NoLocking": "1",
            "Acquire::Retries": "3",
        }
        if self._etc is not None:
            options["Dir::Etc"] = self._etc
        return ["apt-get", "-q", "-y", *(f"-o{key}={value}" for key, value in options.items()), *words]

    def _run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(
            self._argv(*words),
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            pass_fds=[self.lock],
            cwd=cwd,
        )

    def update(self) -> None:
        """Fetch the package lists; signatures are checked in any case."""
        self.say(texts.READING_ITS_PACKAGE_LISTS(name=self.name))
        strict = ["-oAPT::Update::Error-Mode=any"] if self._strict else []
        done = self._run(*strict, "update")
        if "is expired" in done.stderr:
            self.say(texts.MIRROR_IS_STALE)
            done = self._run(*strict, "-oAcquire::Check-Valid-Until=false", "update")
        if done.returncode and self._strict:
            raise fetch_failure(done.stderr)
        self._last_words = done.stderr

    def _lacks(self, packages: Sequence[str], stderr: str) -> LabError:
        if not self._strict and re.search(r"^(?:Err|[EW]: Failed to fetch)", self._last_words, re.M):
            return fetch_failure(self._last_words)  # not that they are missing: the lists could not be read
        what = texts.NAME_LACKS_PACKAGES(name=self.name, packages=" ".join(packages))
        remedy = texts.TRY_LATER
        if not self._strict:
            remedy = texts.CHECK_THE_SOURCES_OF_THIS_DISTRIBUTION
        return SuiteLacksError(what, stderr.strip()[-400:], remedy)

    def download(self, what: str, packages: Sequence[str]) -> list[Path]:
        """The archives of these packages and of all that they need, checked by apt. ``what`` they are is told to people."""
        self.update()
        # asked as if nothing was fetched yet: what an interrupted or an older run has left is not in apt's answer else
        nothing = self.root / "var/cache/nothing"
        (nothing / "partial").mkdir(parents=True, exist_ok=True)
        plan = self._run(f"-oDir::Cache::archives={nothing}", "--print-uris", "install", *packages)
        if plan.returncode:
            raise self._lacks(packages, plan.stderr)
        wanted = planned(plan.stdout)
        self._tell(what, wanted, self.archives)
        with self._progress(wanted, self.archives):
            done = self._run("install", "--download-only", *packages)
        if done.returncode:
            raise fetch_failure(done.stderr)
        return [self.archives / archive for archive in wanted]

    def source(self, package: str, into: Path) -> list[Path]:
        """The files of a source package: of the signed list apt takes the sums that they must have."""
        self.update()
        empty = self.root / "var/cache/nothing"
        empty.mkdir(parents=True, exist_ok=True)
        plan = self._run("--print-uris", "--download-only", "source", package, cwd=empty)
        wanted = planned(plan.stdout)
        if plan.returncode or not wanted:
            raise self._lacks([package], plan.stderr)
        into.mkdir(parents=True, exist_ok=True)
        self._tell(texts.PACKAGE_SOURCE(package=package), wanted, into)
        with self._progress(wanted, into):
            done = self._run("--download-only", "source", package, cwd=into)
        if done.returncode:
            raise fetch_failure(done.stderr)
        return [into / name for name in wanted]

    def _tell(self, what: str, wanted: dict[str, int], folder: Path) -> None:
        total = sum(wanted.values())
        here = sum(size for name, size in wanted.items() if (folder / name).exists())
        kept = texts.HAVE_ALREADY(here=here / 1000000.0) if here else ""
        self.say(texts.DOWNLOADING(what=what, wanted_count=len(wanted), total=total / 1000000.0, kept=kept))

    @contextmanager
    def _progress(self, wanted: dict[str, int], folder: Path) -> Iterator[None]:
        over = threading.Event()
        total = sum(wanted.values())

        def watch() -> None:
            while not over.wait(3.0):
                have = sum(_size(folder / name) or _size(folder / "partial" / name) for name in wanted)
                self.say(f"  … {have / 1e6:.0f} / {total / 1e6:.0f} MB")

        thread = threading.Thread(target=watch, name="download progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _acquire_settings() -> str:
    """The machine's proxy settings: without them its network may not be reachable."""
    done = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if re.match(r'Acquire::(https?|ftp)::.* ".*";', line)]
    return "\n".join(lines) + "\n"


def _size(path: Path) -> int:
    """Its size in bytes; 0 if it is not there (apt moves a file when it is whole)."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def planned(uris: str) -> dict[str, int]:
    """Files that ``apt-get --print-uris install`` would fetch: file name to bytes."""
    return {match[1]: int(match[2]) for match in re.finditer(r"^'\S+' (\S+) (\d+) ", uris, re.M)}


def fetch_failure(stderr: str) -> LabError:
    """The error that a failed apt run means: an old keyring and a missing network need different cures."""
    errors = [line for line in stderr.splitlines() if line.startswith(("E:", "W:", "Err"))]
    where = "\n    ".join(errors[-4:]) or stderr.strip()[-300:]
    if re.search(r"NO_PUBKEY|BADSIG|EXPKEYSIG|is not signed|Missing key|not available: ", stderr):
        return LabError(
            texts.ARCHIVES_SIGNATURE_CANNOT_BE_VERIFIED,
            where,
            texts.UPDATE_THE_PACKAGE_DEBIAN_ARCHIVE_KEYRING,
        )
    if "No space left" in stderr:
        return LabError(texts.DISK_IS_FULL, where, texts.FREE_ABOUT_500_MB)
    return LabError(texts.DOWNLOAD_FAILED, where, texts.CHECK_NETWORK_OR_PROXY_AND_TRY)
