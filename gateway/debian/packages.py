"""Debian packages without root: an apt root of our own, signatures checked, unpacked into a cache.

An unpacked tree runs by its own loader and its own libraries, so it does not matter which release the machine has.
Interrupted downloads go on where they stopped; a tree appears under its name only when it is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.debian import texts
from gateway.debian.apt import Apt, Say, SuiteLacksError
from gateway.debian.errors import LabError

SETS: dict[str, tuple[str, ...]] = {
    "asterisk": ("asterisk", "asterisk-moh-opsound-wav"),
    "phones": ("sip-tester",),
    "python311": ("python3.11-minimal", "libpython3.11-stdlib", "libstdc++6"),
    "redis": ("redis-server",),
    "music": ("asterisk-moh-opsound-wav",),
    "fonts": ("fonts-wqy-microhei",),
    "prometheus": ("prometheus",),
    "voices": ("espeak-ng",),
}
"""Packages that are fetched together. Recommended packages are left out: nothing here needs them."""

SUITES = ("testing", "unstable")
"""Debian's stable releases carry no Asterisk; testing does, and unstable when testing is being cleaned."""

SUITES_OF = {"python311": ("bookworm",)}
"""Suites of sets that one release alone carries, whatever ``ONEKEY_DEBIAN_SUITE`` says."""


@dataclass(frozen=True, slots=True)
class Tree:
    """An unpacked set of packages."""

    root: Path

    @property
    def loader(self) -> Path:
        """The dynamic loader that belongs to these libraries."""
        for pattern in (
            "usr/lib64/ld-linux-*.so.*",
            "lib64/ld-linux-*.so.*",
            "usr/lib/ld-linux-*.so.*",
            "usr/lib/*/ld-linux-*.so.*",
        ):
            if found := sorted(self.root.glob(pattern)):
                return found[0]
        raise LabError(texts.CACHE_IS_DAMAGED, str(self.root), texts.DELETE_ROOT_AND_TRY_AGAIN(root=self.root))

    @property
    def libraries(self) -> Path:
        """The folder of its shared libraries."""
        return next(iter(sorted(self.root.glob("usr/lib/*-linux-gnu*"))), self.root / "usr/lib")

    @property
    def _search(self) -> str:
        """Its libraries, those that PulseAudio keeps for itself in a folder of its own, and those that older releases keep in ``/lib``."""
        folders = (self.libraries / "pulseaudio", self.root / "lib" / self.libraries.name)
        return ":".join(map(str, (self.libraries, *(folder for folder in folders if folder.is_dir()))))

    @property
    def start(self) -> list[str]:
        """The words before the path of a program of it."""
        return [str(self.loader), "--library-path", self._search]

    def argv(self, program: str) -> list[str]:
        """Command line of one of its programs: ``argv("usr/sbin/asterisk")`` or by its bare name."""
        for folder in ("", "usr/sbin/", "usr/bin/"):
            path = self.root / f"{folder}{program}"
            if path.is_file():
                return [*self.start, str(path)]
        raise LabError(texts.NO_PROGRAM(program=program), str(self.root), texts.DELETE_THE_CACHE_AND_TRY_AGAIN)


def cache_dir() -> Path:
    """``ONEKEY_CACHE``, else the user's cache folder."""
    if given := os.environ.get("ONEKEY_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "onekey"


def say_on_stderr(line: str) -> None:
    """Progress for people."""
    print(line, file=sys.stderr, flush=True)


def suites_in_use(name: str = "") -> tuple[str, ...]:
    """Debian's suites in the order in which they are asked: ``ONEKEY_DEBIAN_SUITE`` alone if it is set; of a set that one release alone carries, that."""
    if name in SUITES_OF:
        return SUITES_OF[name]
    return (os.environ["ONEKEY_DEBIAN_SUITE"],) if "ONEKEY_DEBIAN_SUITE" in os.environ else SUITES


def tree_dir(name: str) -> Path:
    """Where the tree of a package set lies in the cache; another list of packages or suites is another tree."""
    key = hashlib.sha256(" ".join((*SETS[name], *suites_in_use(name))).encode()).hexdigest()[:10]
    return cache_dir() / f"{name}-{key}"


def ensure(name: str, say: Say = say_on_stderr) -> Tree:
    """The tree of a package set, fetched first if the cache lacks it. Raises LabError."""
    suites, final = suites_in_use(name), tree_dir(name)
    cache = final.parent
    if final.is_dir():
        return Tree(final)
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(
            texts.CACHE_IS_NOT_WRITABLE(strerror=error.strerror), str(cache), texts.SET_ONEKEY_CACHE
        ) from None
    with locked(cache / "lock", say) as lock:
        if not final.is_dir():
            _fetch(name, final, suites, say, lock)
    return Tree(final)


@contextmanager
def locked(path: Path, say: Say) -> Iterator[int]:
    """Two labs that start at once fetch once. Gives the lock's file: apt inherits it, a ``kill -9`` of us frees nothing."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(texts.WAITING_FOR_ANOTHER_DOWNLOAD_TO_FINISH)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _fetch(name: str, final: Path, suites: tuple[str, ...], say: Say, lock: int) -> None:
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            remedy = texts.USE_DEBIAN_OR_UBUNTU
            raise LabError(texts.PROGRAM_IS_MISSING(program=program), "PATH", remedy)
    failure: LabError | None = None
    for suite in suites:
        try:
            archives = Apt.of_suite(final.parent / "apt", suite, say, lock).download(name, SETS[name])
        except SuiteLacksError as error:  # without a network the next suite fares no better, and that is said at once
            failure = error
            continue
        partial = final.with_name(final.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        _unpack(archives, partial, name, say)
        partial.rename(final)
        for archive in archives:
            archive.unlink(missing_ok=True)
        return
    assert failure is not None
    raise failure


def _unpack(archives: list[Path], into: Path, name: str, say: Say) -> None:
    def one(archive: Path) -> None:
        subprocess.run(["dpkg", "-x", str(archive), str(into)], check=True, capture_output=True)

    say(texts.UNPACKING_NAME(name=name, archives=len(archives)))
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, archives))
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode(errors="replace").strip()
        raise LabError(texts.UNPACKING_FAILED(why=why), str(into), texts.CHECK_DISK_SPACE) from None
    for needless in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"):
        shutil.rmtree(into / needless, ignore_errors=True)
    size = sum(path.stat().st_size for path in into.rglob("*") if path.is_file() and not path.is_symlink())
    say(texts.NAME_IS_READY(name=name, size=size / 1000000.0))
