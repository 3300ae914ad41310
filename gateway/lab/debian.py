"""Debian packages without root: an apt root of our own, signatures checked, unpacked into a cache.

An unpacked tree runs by its own loader and its own libraries, so it does not matter which release the machine has.
Interrupted downloads go on where they stopped; a tree appears under its name only when it is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.lab import LabError, sources

SETS: dict[str, tuple[str, ...]] = {
    "asterisk": ("asterisk", "asterisk-moh-opsound-wav"),
    "phones": ("sip-tester",),
    "python311": ("python3.11-minimal", "libpython3.11-stdlib", "libstdc++6"),
    "redis": ("redis-server",),
    "fonts": ("fonts-wqy-microhei",),
    "prometheus": ("prometheus",),
    "voices": ("espeak-ng",),
}
"""What is fetched together. Recommended packages are left out: nothing here needs them."""

SUITES = ("testing", "unstable")
"""Debian's stable releases carry no Asterisk; testing does, and unstable when testing is being cleaned."""

SUITES_OF = {"python311": ("bookworm",)}
"""Of sets that one release alone carries, whatever ``ONEKEY_DEBIAN_SUITE`` says."""

Say = Callable[[str], None]


class SuiteLacksError(LabError):
    """This suite has not all packages of a set; the next one may."""


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
        raise LabError(
            "缓存不完整 / the cache is damaged", str(self.root), f"删除后重试 / delete {self.root} and try again"
        )

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
        """How to start one of its programs: ``argv("usr/sbin/asterisk")`` or by its bare name."""
        for folder in ("", "usr/sbin/", "usr/bin/"):
            path = self.root / f"{folder}{program}"
            if path.is_file():
                return [*self.start, str(path)]
        raise LabError(
            f"没有程序 {program} / no program {program}",
            str(self.root),
            "删除缓存后重试 / delete the cache and try again",
        )


def cache_dir() -> Path:
    """``ONEKEY_CACHE``, else the user's cache folder."""
    if given := os.environ.get("ONEKEY_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "onekey"


def say_on_stderr(line: str) -> None:
    """Progress for people."""
    print(line, file=sys.stderr, flush=True)


def _suites(name: str) -> tuple[str, ...]:
    if name in SUITES_OF:
        return SUITES_OF[name]
    return (os.environ["ONEKEY_DEBIAN_SUITE"],) if "ONEKEY_DEBIAN_SUITE" in os.environ else SUITES


def tree_dir(name: str) -> Path:
    """Where the tree of a package set lies in the cache; another list of packages or suites is another tree."""
    key = hashlib.sha256(" ".join((*SETS[name], *_suites(name))).encode()).hexdigest()[:10]
    return cache_dir() / f"{name}-{key}"


def ensure(name: str, say: Say = say_on_stderr) -> Tree:
    """The tree of a package set, fetched first if the cache lacks it. Raises LabError."""
    suites, final = _suites(name), tree_dir(name)
    cache = final.parent
    if final.is_dir():
        return Tree(final)
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(
            f"缓存目录不可写：{error.strerror} / the cache is not writable",
            str(cache),
            "设置 ONEKEY_CACHE / set ONEKEY_CACHE",
        ) from None
    with _locked(cache / "lock", say) as lock:
        if not final.is_dir():
            _fetch(name, final, suites, say, lock)
    return Tree(final)


@contextmanager
def _locked(path: Path, say: Say) -> Iterator[int]:
    """Two labs that start at once fetch once. Gives the lock's file: apt inherits it, a ``kill -9`` of us frees nothing."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("等待另一个下载完成 / waiting for another download to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _fetch(name: str, final: Path, suites: tuple[str, ...], say: Say, lock: int) -> None:
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            remedy = "请用 Debian 或 Ubuntu，或自行安装 Asterisk 22.6 / use Debian or Ubuntu, or install Asterisk 22.6"
            raise LabError(f"没有 {program} / {program} is missing", "PATH", remedy)
    failure: LabError | None = None
    for suite in suites:
        try:
            archives = _Apt(final.parent / "apt", suite, say, lock).download(name)
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

    say(f"解包 {name} / unpacking {name}: {len(archives)} packages")
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, archives))
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode(errors="replace").strip()
        raise LabError(
            f"解包失败：{why} / unpacking failed",
            str(into),
            "检查磁盘空间（约需 400 MB） / check disk space (about 400 MB)",
        ) from None
    for needless in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"):
        shutil.rmtree(into / needless, ignore_errors=True)
    size = sum(path.stat().st_size for path in into.rglob("*") if path.is_file() and not path.is_symlink())
    say(f"{name} 就绪 / {name} is ready: {size / 1e6:.0f} MB")


class _Apt:
    """An apt root of our own for one suite."""

    def __init__(self, root: Path, suite: str, say: Say, lock: int) -> None:
        self.root, self.suite, self.say, self.lock = root / suite, suite, say, lock
        for folder in (
            "etc/apt/sources.list.d",
            "etc/apt/preferences.d",
            "etc/apt/apt.conf.d",
            "var/lib/apt/lists/partial",
            "var/cache/apt/archives/partial",
            "var/lib/dpkg",
        ):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "var/lib/dpkg/status").write_text("")
        address, ring = sources.mirror(root), sources.keyring(root)
        (self.root / "etc/apt/sources.list").write_text(f"deb [signed-by={ring}] {address} {suite} main\n")
        (self.root / "etc/apt/apt.conf.d/machine.conf").write_text(_acquire_settings())

    @property
    def archives(self) -> Path:
        return self.root / "var/cache/apt/archives"

    def _argv(self, *words: str) -> list[str]:
        options = {
            "Dir::Etc": self.root / "etc/apt",
            "Dir::State": self.root / "var/lib/apt",
            "Dir::State::status": self.root / "var/lib/dpkg/status",
            "Dir::Cache": self.root / "var/cache/apt",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "Debug::NoLocking": "1",
            "Acquire::Retries": "3",
        }
        return ["apt-get", "-q", "-y", *(f"-o{key}={value}" for key, value in options.items()), *words]

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(
            self._argv(*words), capture_output=True, text=True, env=environment, check=False, pass_fds=[self.lock]
        )

    def update(self) -> None:
        """Fetch the package lists; signatures are checked in any case."""
        self.say(f"读取 Debian {self.suite} 软件目录（约 10 MB） / reading its package lists (about 10 MB)")
        done = self._run("-oAPT::Update::Error-Mode=any", "update")
        if done.returncode and "is expired" in done.stderr:
            self.say(
                "软件源的目录已过期，仍用（签名照常校验） / the mirror is stale, used all the same (signatures checked)"
            )
            done = self._run("-oAPT::Update::Error-Mode=any", "-oAcquire::Check-Valid-Until=false", "update")
        if done.returncode:
            raise fetch_failure(done.stderr)

    def download(self, name: str) -> list[Path]:
        """The archives of a set, all of them, checked by apt."""
        self.update()
        packages = SETS[name]
        # asked as if nothing was fetched yet: what an interrupted or an older run has left is not in apt's answer else
        nothing = self.root / "var/cache/nothing"
        (nothing / "partial").mkdir(parents=True, exist_ok=True)
        plan = self._run(f"-oDir::Cache::archives={nothing}", "--print-uris", "install", *packages)
        if plan.returncode:
            what = f"Debian {self.suite} 里没有 {' '.join(packages)} / Debian {self.suite} lacks {' '.join(packages)}"
            raise SuiteLacksError(
                what,
                plan.stderr.strip()[-400:],
                "稍后再试，或设置 ONEKEY_DEBIAN_SUITE / try later, or set ONEKEY_DEBIAN_SUITE",
            )
        wanted = planned(plan.stdout)
        total = sum(wanted.values())
        here = sum(size for archive, size in wanted.items() if (self.archives / archive).exists())
        kept = f"（已有 have {here / 1e6:.0f} MB）" if here else ""
        self.say(f"下载 {name} / downloading {name}: {len(wanted)} packages, {total / 1e6:.0f} MB{kept}")
        with self._progress(wanted):
            done = self._run("install", "--download-only", *packages)
        if done.returncode:
            raise fetch_failure(done.stderr)
        return [self.archives / archive for archive in wanted]

    @contextmanager
    def _progress(self, wanted: dict[str, int]) -> Iterator[None]:
        over = threading.Event()
        total = sum(wanted.values())

        def watch() -> None:
            while not over.wait(3.0):
                have = sum(_size(self.archives / name) or _size(self.archives / "partial" / name) for name in wanted)
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
    """What ``apt-get --print-uris install`` would fetch: file name to bytes."""
    return {match[1]: int(match[2]) for match in re.finditer(r"^'\S+' (\S+) (\d+) ", uris, re.M)}


def fetch_failure(stderr: str) -> LabError:
    """What a failed apt run means: an old keyring and a missing network need different cures."""
    errors = [line for line in stderr.splitlines() if line.startswith(("E:", "W:", "Err"))]
    where = "\n    ".join(errors[-4:]) or stderr.strip()[-300:]
    if re.search(r"NO_PUBKEY|BADSIG|EXPKEYSIG|is not signed|Missing key|not available: ", stderr):
        return LabError(
            "软件源的签名无法验证，不会使用 / the archive's signature cannot be verified, so it is not used",
            where,
            "更新 debian-archive-keyring 软件包后重试 / update the package debian-archive-keyring and try again",
        )
    if "No space left" in stderr:
        return LabError(
            "磁盘已满 / the disk is full",
            where,
            "腾出约 500 MB，或设置 ONEKEY_CACHE / free about 500 MB, or set ONEKEY_CACHE",
        )
    return LabError(
        "下载失败，可能没有网络 / the download failed, perhaps there is no network",
        where,
        "检查网络或代理后重试，已下载的部分会保留 / check network or proxy and try again; what was fetched is kept",
    )
