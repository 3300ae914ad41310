"""Where this machine gets Debian packages from: its own apt sources, so that no address is written here."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gateway.debian import texts
from gateway.debian.errors import LabError

KEYRING_NAMES = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")


def mirrors_of_list(text: str) -> list[str]:
    """The archive addresses of a one-line-style sources file that carry Debian's main component."""
    found = []
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)", line.strip())
        if match and "main" in match[3].split() and _is_debian(match[1], match[2]):
            found.append(match[1].rstrip("/"))
    return found


def mirrors_of_deb822(text: str) -> list[str]:
    """The same of a deb822-style ``.sources`` file."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        for line in stanza.splitlines():
            if ":" in line and not line.startswith(("#", " ")):
                key, _, value = line.partition(":")
                fields[key.strip().lower()] = value.strip()
        if "deb" not in fields.get("types", "").split() or "main" not in fields.get("components", "").split():
            continue
        for uri in fields.get("uris", "").split():
            if _is_debian(uri, fields.get("suites", "")):
                found.append(uri.rstrip("/"))
    return found


def _is_debian(uri: str, suites: str) -> bool:
    """Debian's main archive, not its security archive and not another vendor's."""
    return uri.rstrip("/").endswith("/debian") and "security" not in suites


def mirror(scratch: Path) -> str:
    """The address of a Debian archive.

    ``ONEKEY_DEBIAN_MIRROR``, else the machine's own apt sources, else (Ubuntu) the default of its debootstrap package.
    Raises LabError if none of them names one.
    """
    if given := os.environ.get("ONEKEY_DEBIAN_MIRROR"):
        return given.rstrip("/")
    for path in _source_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found = mirrors_of_deb822(text) if path.suffix == ".sources" else mirrors_of_list(text)
        if found:
            return found[0]
    script = _from_own_archive("debootstrap", ["usr/sbin/debootstrap"], scratch)
    functions = script.parent.parent / "share/debootstrap/scripts/sid"
    for text in (script.read_text(), functions.read_text() if functions.exists() else ""):
        match = re.search(r"(?:DEF_MIRROR=|default_mirror )\"?(https?://\S+?/debian)\"?\s", text)
        if match:
            return match[1]
    raise LabError(texts.NO_DEBIAN_ARCHIVE_IS_KNOWN, "/etc/apt/sources.list*", texts.SET_ONEKEY_DEBIAN_MIRROR)


def keyring(scratch: Path) -> Path:
    """Debian's archive keyring: the machine's, else out of its ``debian-archive-keyring`` package."""
    for name in KEYRING_NAMES:
        path = Path("/usr/share/keyrings") / name
        if path.exists():
            return path
    return _from_own_archive(
        "debian-archive-keyring", [f"usr/share/keyrings/{name}" for name in KEYRING_NAMES], scratch
    )


def _source_files() -> Iterable[Path]:
    root = Path("/etc/apt")
    yield from (path for path in [root / "sources.list"] if path.exists())
    folder = root / "sources.list.d"
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.suffix in (".list", ".sources"))


def _from_own_archive(package: str, wanted: list[str], scratch: Path) -> Path:
    """The first of these files that a package of this machine's own distribution has, signatures checked by its apt."""
    folder = scratch / package
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as downloads:
        try:
            _download(package, Path(downloads), scratch)
            for deb in Path(downloads).glob("*.deb"):
                subprocess.run(["dpkg", "-x", str(deb), str(folder)], check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError) as error:
            stderr = error.stderr if isinstance(error, subprocess.CalledProcessError) else b""
            raise LabError(
                texts.CANNOT_DOWNLOAD_THE_PACKAGE(package=package),
                stderr.decode(errors="replace").strip()[-300:] or str(error),
                texts.CHECK_NETWORK_OR_PROXY,
            ) from error
    for name in wanted:
        if (folder / name).exists():
            return folder / name
    raise LabError(texts.PACKAGE_LACKS(package=package, wanted=wanted[0]), str(folder), texts.TRY_ANOTHER_RELEASE)


def _download(package: str, into: Path, scratch: Path) -> None:
    """By the machine's package lists; where it has none (a fresh image), by lists of our own, which need no root."""
    lists = scratch / "own-lists"
    words = ["apt-get", "-q", "-oAPT::Sandbox::User=", "download", package]
    try:
        subprocess.run(words, cwd=into, check=True, capture_output=True, timeout=300)
    except subprocess.CalledProcessError:
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        own = [f"-oDir::State::lists={lists}", f"-oDir::Cache={scratch / 'own-cache'}", "-oDebug::NoLocking=1"]
        (scratch / "own-cache/archives/partial").mkdir(parents=True, exist_ok=True)
        for more in (["update"], ["download", package]):
            argv = ["apt-get", "-q", "-oAPT::Sandbox::User=", *own, *more]
            subprocess.run(argv, cwd=into, check=True, capture_output=True, timeout=600)
