"""A compiler and headers without root: packages of this machine's own distribution, unpacked beside one another in the cache.

What is compiled with them is of this machine's release, and so runs on any machine of that release. Nothing that was installed by hand is
used, not even a compiler that is there: the same packages give the same Asterisk.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway.debian.apt import Apt, Say
from gateway.debian.errors import LabError
from gateway.lab import elf, texts

PACKAGES = (
    "gcc", "g++", "libc6-dev", "binutils", "make", "patch", "bzip2", "pkg-config",
    "libcap-dev", "libedit-dev", "libjansson-dev", "libsqlite3-dev", "libsrtp2-dev", "libssl-dev", "libsystemd-dev", "libxml2-dev",
    "uuid-dev", "zlib1g-dev",
)  # fmt: skip
"""Packages with which Asterisk and its bundled pjproject are compiled. pjproject's configure asks for a C++ compiler and compiles nothing with it."""

LIBC_PACKAGES = ("libc6_", "libc6.1_", "libgcc-s1_")
"""These packages' libraries are the machine's own: a loader does not go with another release's."""

_WRAPPED = ("gcc", "g++", "cpp")
_FETCHERS = ("wget", "curl", "fetch")
"""Asterisk's configure asks for one of them, also where there is nothing to fetch: each of these refuses."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Unpacked tools: ``root/sysroot`` has the packages, ``root/bin`` the compiler by its plain names, ``root/lib`` what the tools run with."""

    root: Path

    @property
    def sysroot(self) -> Path:
        """The packages, laid out as on a machine of theirs."""
        return self.root / "sysroot"

    @property
    def multiarch(self) -> str:
        """The name of the libraries' folder, as ``x86_64-linux-gnu``."""
        return next(iter(sorted(self.sysroot.glob("usr/lib/*-linux-gnu*")))).name

    @property
    def libraries(self) -> Path:
        """The shared libraries of the packages."""
        return self.sysroot / "usr/lib" / self.multiarch

    @property
    def shlibs(self) -> dict[str, str]:
        """Package that a program needs for a shared library: ``libedit.so.2`` -> ``libedit2 (>= 2.11-20080614-0)``."""
        found: dict[str, str] = json.loads((self.root / "shlibs.json").read_text(encoding="utf-8"))
        return found

    def environment(self, home: Path) -> dict[str, str]:
        """The environment of a build: nothing of the caller's own settings, no way to the network. ``home`` is its folder for scratch files."""
        pkgconfig = [self.libraries / "pkgconfig", self.sysroot / "usr/share/pkgconfig"]
        nowhere = "http://127.0.0.1:9"
        return {
            "PATH": f"{self.root / 'bin'}:{self.sysroot / 'usr/bin'}:/usr/local/bin:/usr/bin:/bin",
            "LD_LIBRARY_PATH": str(self.root / "lib"),
            "PKG_CONFIG_LIBDIR": ":".join(str(path) for path in pkgconfig),
            "PKG_CONFIG_SYSROOT_DIR": str(self.sysroot),
            "CC": "gcc",
            "CXX": "g++",
            "HOME": str(home),
            "TMPDIR": str(home),
            "LC_ALL": "C",
            # every source is here and its sum is checked; whatever asks for more fails at once
            "http_proxy": nowhere,
            "https_proxy": nowhere,
            "ftp_proxy": nowhere,
        }


def distribution(os_release: Path = Path("/etc/os-release")) -> str:
    """This machine's release and architecture, as ``debian12-x86_64``."""
    text = os_release.read_text(encoding="utf-8", errors="replace") if os_release.exists() else ""
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.M))
    version = fields.get("VERSION_ID") or fields.get("VERSION_CODENAME") or ""
    return re.sub(r"[^a-z0-9_.-]", "", f"{fields.get('ID', 'linux')}{version}-{platform.machine()}".lower())


def toolchain_dir(cache: Path) -> Path:
    """Where the tools lie; another release or another list of packages is another folder."""
    key = hashlib.sha256(" ".join((*PACKAGES, distribution())).encode()).hexdigest()[:10]
    return cache / f"tools-{key}"


def ensure(cache: Path, say: Say, lock: int) -> Toolchain:
    """The tools, fetched first if the cache lacks them. The caller holds the lock. Raises LabError."""
    final = toolchain_dir(cache)
    if final.is_dir():
        return Toolchain(final)
    for program in ("apt-get", "dpkg-deb", "tar"):
        if shutil.which(program) is None:
            remedy = texts.BUILD_ON_DEBIAN_OR_UBUNTU
            raise LabError(texts.PROGRAM_IS_MISSING(program=program), "PATH", remedy)
    apt = Apt.of_machine(cache / "apt-machine", say, lock)
    archives = apt.download(texts.A_COMPILER_AND_HEADERS, PACKAGES)
    partial = final.with_name(final.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    say(texts.UNPACKING_THE_TOOLS(archives=len(archives)))
    lay_out(archives, partial, final)
    partial.rename(final)
    for archive in archives:
        archive.unlink(missing_ok=True)
    return Toolchain(final)


def lay_out(archives: Sequence[Path], partial: Path, final: Path) -> None:
    """Unpack archives into ``partial``, made to work when it will be called ``final``. Raises LabError."""
    sysroot = partial / "sysroot"
    for name in ("bin", "lib", "lib64", "sbin"):  # packages of merged and of unmerged releases find their way
        (sysroot / "usr" / name).mkdir(parents=True)
        (sysroot / name).symlink_to(f"usr/{name}")
    shlibs: dict[str, str] = {}
    libc: set[str] = set()
    with ThreadPoolExecutor(4) as pool:
        unpacked = list(pool.map(lambda archive: unpack(archive, sysroot), archives))
    for archive, names in zip(archives, unpacked, strict=True):
        shlibs |= _shlibs(archive)
        if archive.name.startswith(LIBC_PACKAGES):
            libc |= {Path(name).name for name in names}
    mend_links(sysroot)
    (partial / "shlibs.json").write_text(json.dumps(shlibs, indent=1), encoding="utf-8")
    tools = Toolchain(partial)
    (partial / "lib").mkdir()
    for library in tools.libraries.glob("*.so*"):
        # binutils' own are called libbfd-2.40-system.so; a mere libfoo.so is for the linker, a link or a script
        loadable = ".so." in library.name or elf.is_elf(library)
        if loadable and library.name not in libc:
            (partial / "lib" / library.name).symlink_to(Path("..") / library.relative_to(partial))
    (partial / "bin").mkdir()
    for name in _WRAPPED:
        path = partial / "bin" / name
        path.write_text(f'#!/bin/sh\nexec "{final}/sysroot/usr/bin/{name}" --sysroot="{final}/sysroot" "$@"\n')
        path.chmod(0o755)
    for name in _FETCHERS:
        path = partial / "bin" / name
        path.write_text(f'#!/bin/sh\necho "{name} $*: every source is here, nothing is fetched" >&2\nexit 1\n')
        path.chmod(0o755)


def unpack(archive: Path, into: Path) -> list[str]:
    """Unpack a package over what is there; a folder that is a link stays one. The names of its files. Raises LabError."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as data:
        words = ["tar", "-xv", "--keep-directory-symlink", "--no-same-owner", "-C", str(into), "-f", "-"]
        done = subprocess.run(words, stdin=data.stdout, capture_output=True, text=True, check=False)
    if data.returncode or done.returncode:
        remedy = texts.CHECK_DISK_SPACE_ABOUT
        raise LabError(texts.TOOLS_CANNOT_BE_UNPACKED(stderr=done.stderr.strip()[-300:]), f"{archive} → {into}", remedy)
    return done.stdout.splitlines()


def mend_links(root: Path) -> None:
    """Links that lead to the machine's own files lead to those below ``root``: what packages call ``/lib/…`` is here."""
    for path in list(root.rglob("*")):
        if path.is_symlink() and (target := path.readlink()).is_absolute():
            above = path.parent.resolve().relative_to(root.resolve())
            path.unlink()
            path.symlink_to(Path(*[".."] * len(above.parts), *target.parts[1:]))


def _shlibs(archive: Path) -> dict[str, str]:
    """Dependencies by library, as a package declares them (deb-shlibs(5)); nothing if it has none."""
    done = subprocess.run(["dpkg-deb", "-I", str(archive), "shlibs"], capture_output=True, text=True, check=False)
    return read_shlibs(done.stdout) if done.returncode == 0 else {}


def read_shlibs(text: str) -> dict[str, str]:
    """``libfoo 2 libfoo2 (>= 1.0)`` -> ``{"libfoo.so.2": "libfoo2 (>= 1.0)"}``; lines for installers (``udeb:``) are left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and not line.startswith(("#", "udeb:")):
            name, version, needs = words
            found[f"{name}.so.{version}"] = needs.strip()
    return found


def depends(sonames: Sequence[str], shlibs: Mapping[str, str]) -> list[str]:
    """The packages that a program with these shared libraries needs, each once. Raises LabError for a library of no package."""
    missing = sorted(name for name in set(sonames) if name not in shlibs)
    if missing:
        what = texts.NO_PACKAGE_IS_KNOWN_FOR_MISSING(missing=", ".join(missing))
        raise LabError(what, "shlibs", texts.BUILD_ON_DEBIAN_OR_UBUNTU)
    return sorted({part.strip() for name in set(sonames) for part in shlibs[name].split(",")})
