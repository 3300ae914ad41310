"""An Asterisk without the patch that makes people deaf, built once into the cache out of Debian's own source package.

Debian's package carries ``2016_opus_plc.patch``: after a call of three has become one of two, the next joiner can leave a party hearing
nothing, and recordings lose a person (docs/decisions/0015-which-asterisk.md). Here the same source is compiled without it and without the
patches that need it. A build appears under its name only when it is whole and has answered.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.debian import packages
from gateway.debian.apt import Apt, Say, SuiteLacksError
from gateway.debian.errors import LabError
from gateway.lab import elf, source_package, texts, toolchain

PATCHES = ("2002_no_download_sounds", "2008_disable_ilbc", "2014_pjproject_unbreak")
"""Those without which Debian's source, from which files were taken for their licences, does not build. None of them touches how sound goes."""
MARK = "+onekey"
"""Mark in the version of our own build: ``22.10.1+onekey``. So that nobody has to guess which one runs."""
MAJOR = 22
SPACE_MB = 2000
"""Measured: tools 410 MB, lists of packages 410 MB, source and objects 500 MB, what stays 85 MB; and some to spare."""
MENU = ("--disable", "BUILD_NATIVE", "--disable", "codec_ilbc")
"""For any processor of the architecture, not for this one's model alone."""
HARDENED = {
    "CFLAGS": "-O2 -fstack-protector-strong -Wformat -Werror=format-security",
    "LDFLAGS": "-Wl,-z,relro -Wl,-z,now -Wl,--as-needed",
}
MODULES_MORE = (
    "app_mixmonitor.so", "codec_a_mu.so", "func_module.so", "res_cdrel_custom.so", "res_crypto.so", "res_http_websocket.so",
    "res_pjsip_transport_websocket.so", "res_srtp.so",
)  # fmt: skip
"""Beside those that ``asterisk-conf`` asks for: recordings, TLS and SRTP, seats in a browser."""
MANIFEST = "onekey-build.json"
STEP_S = 3600.0


@dataclass(frozen=True, slots=True)
class Built:
    """A finished build: what it consists of and how it is started."""

    root: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """Version, source, patches, release of the machine, packages that it needs, seconds that it took."""
        found: dict[str, Any] = json.loads((self.root / MANIFEST).read_text(encoding="utf-8"))
        return found

    @property
    def modules(self) -> Path:
        """The folder of its modules."""
        return next(iter(sorted(self.root.glob("usr/lib/*/asterisk/modules"))))

    @property
    def data(self) -> Path:
        """Its documentation, sounds and music."""
        return self.root / "usr/share/asterisk"

    @property
    def argv(self) -> list[str]:
        """Command line that starts it: by the machine's own loader, with the libraries beside it."""
        libraries = f"{self.modules.parents[1]}:{self.root / 'libraries'}"
        program = self.root / "usr/sbin/asterisk"
        return [elf.loader(program), "--library-path", libraries, str(program)]


@dataclass(slots=True, kw_only=True)
class Build:
    """One run of the builder: the folder in which it works, and a log of what the tools said."""

    work: Path
    tools: toolchain.Toolchain
    say: Say
    lock: int
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def tree(self) -> Path:
        """The unpacked source."""
        return self.work / "source"

    @property
    def downloads(self) -> Path:
        """Where Asterisk looks for pjproject."""
        return self.work / "downloads"

    @property
    def installed(self) -> Path:
        """Where ``make install`` puts it."""
        return self.work / "installed"


def built_dir() -> Path:
    """Where the build lies in the cache; another recipe, suite or release of the machine is another build."""
    recipe = (*PATCHES, MARK, *MENU, *HARDENED.values(), *MODULES_MORE, *toolchain.PACKAGES, *packages.suites_in_use())
    key = hashlib.sha256(" ".join((*recipe, toolchain.distribution())).encode()).hexdigest()[:10]
    return packages.cache_dir() / f"built-{key}"


def ensure(needed: Sequence[str], say: Say = packages.say_on_stderr) -> Built:
    """The build, made first if the cache lacks it. ``needed`` are modules that it must have. Raises LabError."""
    final = built_dir()
    if final.is_dir():
        return Built(final)
    cache = final.parent
    _check_place(cache)
    with packages.locked(cache / "built.lock", say) as lock:
        if not final.is_dir():
            _make(final, needed, say, lock)
    return Built(final)


def _check_place(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(cache).free // 1_000_000
    except OSError as error:
        what = texts.CACHE_IS_NOT_WRITABLE(strerror=error.strerror)
        raise LabError(what, str(cache), texts.SET_ONEKEY_CACHE) from None
    if re.search(r"\s", str(cache)):
        what = texts.CACHES_PATH_HAS_A_SPACE
        raise LabError(what, str(cache), texts.SET_ONEKEY_CACHE)
    if free < SPACE_MB:
        raise _disk_full(str(cache), texts.FREE_MB(free=free))


def _disk_full(where: str, seen: str) -> LabError:
    return LabError(
        texts.NOT_ENOUGH_DISK_SPACE(seen=seen),
        where,
        texts.FREE_SPACE_OR_SET_ONEKEY_CACHE(space_mb=SPACE_MB),
    )


def _make(final: Path, needed: Sequence[str], say: Say, lock: int) -> None:
    began = time.monotonic()
    cache = final.parent
    say(texts.BUILDING_AN_ASTERISK_WITHOUT_THE_PATCH)
    music = packages.ensure("music", say)
    dsc, parts = _source(cache, say, lock)
    tools = toolchain.ensure(cache, say, lock)
    work = final.with_name(final.name + ".work")
    shutil.rmtree(work, ignore_errors=True)
    build = Build(work=work, tools=tools, say=say, lock=lock, log=final.with_name(final.name + ".log"))
    build.log.write_bytes(b"")
    prepare(build, dsc, parts)
    compile_(build)
    finish(build, music.root / "usr/share/asterisk/moh")
    _check(build, [*needed, *MODULES_MORE])
    _note(build, dsc, time.monotonic() - began)
    build.installed.rename(final)
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(tools.root, ignore_errors=True)  # 410 MB that nobody needs again
    built = Built(final)
    say(texts.ASTERISK_IS_READY(version=built.manifest["version"], final=final, took_s=time.monotonic() - began))


def _source(cache: Path, say: Say, lock: int) -> tuple[source_package.Dsc, Mapping[str, Path]]:
    failure: LabError | None = None
    for suite in packages.suites_in_use():
        try:
            apt = Apt.of_suite(cache / "apt-source", suite, say, lock, ("deb-src",))
            dsc, parts = source_package.open_package(apt.source("asterisk", cache / "source" / suite))
        except SuiteLacksError as error:
            failure = error
            continue
        if dsc.upstream.startswith(f"{MAJOR}."):
            return dsc, parts
        what = texts.DEBIAN_SUITE_HAS_ANOTHER_ASTERISK(suite=suite, version=dsc.version, major=MAJOR)
        remedy = texts.SET_ONEKEY_DEBIAN_SUITE_OR_ONEKEY_DEBIAN_MIRROR
        failure = LabError(what, suite, remedy)
    assert failure is not None
    raise failure


# --- the steps --------------------------------------------------------------------------------------------------------


def prepare(build: Build, dsc: source_package.Dsc, parts: Mapping[str, Path]) -> None:
    """Unpack, patch, and pack pjproject as Asterisk's own build expects it. Raises LabError."""
    build.say(texts.UNPACKING_THE_SOURCE(source=dsc.source, version=dsc.version))
    source_package.unpack(dsc, parts, build.tree)
    build.downloads.mkdir(parents=True)
    scratch = build.work / "scratch"
    scratch.mkdir()
    build.environment = {**build.tools.environment(scratch), **HARDENED}
    source_package.apply(PATCHES, build.tree, build.environment)
    (build.tree / ".version").write_text(f"{dsc.upstream}{MARK}\n", encoding="utf-8")
    name_nobody(build.tree / "build_tools/make_build_h")
    pack_pjproject(build.tree, build.downloads)


def name_nobody(script: Path) -> None:
    """``core show version`` names who built it and where: on a site's switchboard that is onekey, not a person and his machine."""
    if script.exists():
        text = script.read_text(encoding="utf-8")
        script.write_text(re.sub(r"^(HOSTNAME|USER)=`.*$", r"\1=onekey", text, flags=re.M), encoding="utf-8")


def pack_pjproject(tree: Path, downloads: Path) -> Path:
    """The archive of pjproject that the build wants to fetch, made of Debian's copy, and its sum where the build looks. Raises LabError."""
    versions = (tree / "third-party/versions.mak").read_text(encoding="utf-8")
    match = re.search(r"^PJPROJECT_VERSION\s*=\s*([0-9.]+)\s*$", versions, re.M)
    copy = tree / "Xpjproject"
    if match is None or not copy.is_dir():
        what = texts.SOURCE_PACKAGE_HAS_NO_PJPROJECT
        raise LabError(what, str(tree), texts.TRY_ANOTHER_VERSION)
    name = f"pjproject-{match[1]}"
    path = downloads / f"{name}.tar.bz2"
    with tarfile.open(path, "w:bz2", compresslevel=1) as archive:
        archive.add(copy, name)
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    (tree / f"third-party/pjproject/{path.name}.md5").write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    shutil.rmtree(copy)
    return path


def compile_(build: Build) -> None:
    """Configure, choose modules, compile, install into a folder. Raises LabError."""
    cores = str(len(os.sched_getaffinity(0)))
    libdir = f"--libdir=/usr/lib/{build.tools.multiarch}"
    cached = [f"--with-{what}-cache={build.downloads}" for what in ("externals", "download", "sounds")]
    places = ["--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", libdir, "--with-pjproject-bundled", *cached]
    makes = ["DEBUG=", "ASTDATADIR=/usr/share/asterisk"]
    _step(build, texts.CONFIGURING, ["./configure", *places])
    _step(build, texts.CHOOSING_MODULES, ["make", "menuselect.makeopts"])
    _step(build, texts.CHOOSING_MODULES, ["menuselect/menuselect", *MENU, "menuselect.makeopts"])
    _step(build, texts.COMPILING_ON_CORES(cores=cores), ["make", f"-j{cores}", *makes])
    _step(build, texts.INSTALLING_INTO_THE_CACHE, ["make", "install", *makes, f"DESTDIR={build.installed}"])


def _step(build: Build, what: str, words: list[str]) -> None:
    """One command of the build; what it says goes into the log. Raises LabError with its last words."""
    build.say(what)
    at = build.log.stat().st_size
    with build.log.open("ab") as log, _progress(build.log, build.say):
        # the lock is inherited: while a tool of a killed build still runs, nobody begins another in its folder
        done = subprocess.run(
            words, cwd=build.tree, env=build.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=STEP_S,
            check=False, pass_fds=[build.lock],
        )  # fmt: skip
    if done.returncode:
        why = build.tree / "config.log"
        if words[0] == "./configure" and why.exists():  # it says what failed, and there why
            with build.log.open("ab") as log:
                log.write(why.read_bytes())
        raise failed(what, words, build.log, at)


def failed(what: str, words: Sequence[str], log: Path, at: int = 0) -> LabError:
    """The error that a failed step means. ``at`` is where in the log it began."""
    with log.open("rb") as file:
        file.seek(at)
        said = file.read().decode(errors="replace")
    if "No space left on device" in said:
        return _disk_full(str(log), "No space left on device")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\berror\b|\bError \d|cannot ", line, re.I)] or lines
    shown = "\n    ".join(errors[-6:])
    return LabError(
        texts.BUILD_FAILED(what=what, words=" ".join(words[:2])),
        f"{log}\n    {shown}",
        texts.LOG_ABOVE_HAS_ALL,
    )


@contextmanager
def _progress(log: Path, say: Say, every_s: float = 15.0) -> Iterator[None]:
    """Tells people how many files are compiled."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(every_s):
            done = len(re.findall(rb"^\s*\[(?:CC|LD|pjproject)\]", log.read_bytes(), re.M))
            say(texts.COUNT_OF_FILES(done=done))

    thread = threading.Thread(target=watch, name="build progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def finish(build: Build, music: Path) -> None:
    """Strip, put the libraries beside it that the machine may not have, and Debian's music. Raises LabError."""
    root = build.installed
    programs = [path for path in root.rglob("*") if elf.is_elf(path)]
    strip = [str(build.tools.sysroot / "usr/bin/strip"), "--strip-unneeded", *map(str, programs)]
    _step(build, texts.STRIPPING, strip)
    own = {path.name for path in programs}
    wanted, found = set(elf.needed_by(programs)) - own, {}
    while wanted:
        name = wanted.pop()
        library = build.tools.root / "lib" / name
        if name not in found and library.exists():  # the C library's own parts are not there: they are the machine's
            found[name] = library.resolve()
            wanted |= set(elf.needed_by([library.resolve()])) - own
    (root / "libraries").mkdir()
    for name, path in found.items():
        shutil.copyfile(path, root / "libraries" / name)
    for needless in ("usr/include", "usr/share/man", "etc", "var", "usr/share/asterisk/moh"):
        shutil.rmtree(root / needless, ignore_errors=True)
    for unused in root.glob("usr/lib/**/*.a"):
        unused.unlink()
    about = root / "usr/share/doc/asterisk-onekey"
    about.mkdir(parents=True)
    shutil.copyfile(build.tree / "debian/copyright", about / "copyright")
    if music.is_dir():
        shutil.copytree(music, root / "usr/share/asterisk/moh")


def _check(build: Build, needed: Sequence[str]) -> None:
    """It has every module that is asked for, and it answers. Raises LabError."""
    built = Built(build.installed)
    missing = sorted(name for name in set(needed) if not (built.modules / name).exists())
    if missing:
        what = texts.WHAT_WAS_BUILT_LACKS_MODULES(missing=", ".join(missing))
        raise LabError(what, str(build.log), texts.SEE_IN_THE_LOG_WHAT_CONFIGURE)
    done = subprocess.run([*built.argv, "-V"], capture_output=True, text=True, timeout=20, check=False)
    if MARK not in done.stdout:
        what = texts.WHAT_WAS_BUILT_DOES_NOT_RUN(stdout=(done.stdout + done.stderr).strip()[-300:])
        raise LabError(what, str(build.installed), texts.GIVE_THE_LOG_TO_THE_MAINTAINERS)


def _note(build: Build, dsc: source_package.Dsc, took_s: float) -> None:
    """The manifest. What packages it needs is read from its own libraries, for the machine's release."""
    root = build.installed
    programs = [path for folder in ("usr/sbin", "usr/lib") for path in (root / folder).rglob("*") if elf.is_elf(path)]
    own = {path.name for path in programs}
    needs = toolchain.depends(sorted(set(elf.needed_by(programs)) - own), build.tools.shlibs)
    manifest = {
        "version": f"{dsc.upstream}{MARK}",
        "upstream": dsc.upstream,
        "source": f"{dsc.source} {dsc.version}",
        "patches": list(PATCHES),
        "distribution": toolchain.distribution(),
        "multiarch": build.tools.multiarch,
        "depends": needs,
        "seconds": round(took_s),
    }
    (root / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
