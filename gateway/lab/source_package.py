"""A Debian source package: its sums checked, unpacked, and those of its patches applied that are named. No dpkg-dev is needed."""

from __future__ import annotations

import hashlib
import lzma
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.debian.errors import LabError
from gateway.lab import texts


@dataclass(frozen=True, slots=True)
class Dsc:
    """The contents of a ``.dsc`` file: ``files`` are name -> (SHA-256, size)."""

    source: str
    version: str
    files: Mapping[str, tuple[str, int]]

    @property
    def upstream(self) -> str:
        """The version of upstream's release: ``1:22.10.1+dfsg+~cs6-1`` -> ``22.10.1``; empty if there are not three numbers."""
        match = re.match(r"(?:\d+:)?(\d+\.\d+\.\d+)", self.version)
        return match[1] if match else ""


def read_dsc(text: str) -> Dsc:
    """A ``.dsc`` file, signed or not. Its signature is not looked at: apt has its sum out of the archive's signed list. Raises ValueError."""
    fields: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := re.match(r"([A-Za-z0-9-]+):\s*(.*)", line):
            name = match[1].lower()
            fields[name] = [match[2]] if match[2] else []
        elif line.startswith(" ") and name:
            fields[name].append(line.strip())
    try:
        sums = [line.split() for line in fields["checksums-sha256"]]
        files = {path: (digest, int(size)) for digest, size, path in sums}
        found = Dsc(fields["source"][0], fields["version"][0], files)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"not a source package: {error!r}") from None
    if not files or any("/" in path or path.startswith(".") for path in files):
        raise ValueError("not a source package: a file of it has a path")
    return found


def open_package(files: Sequence[Path]) -> tuple[Dsc, dict[str, Path]]:
    """The ``.dsc`` among these files, and the files that it names, each of the size and the sum that it names. Raises LabError."""
    dsc = next((path for path in files if path.suffix == ".dsc"), None)
    if dsc is None:
        raise LabError(texts.THERE_IS_NO_DSC, str([str(path) for path in files]), texts.TRY_AGAIN)
    try:
        found = read_dsc(dsc.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError) as error:
        raise LabError(texts.CANNOT_BE_READ(error=error), str(dsc), f"rm {dsc}") from None
    parts = {name: dsc.with_name(name) for name in found.files}
    for name, (digest, size) in found.files.items():
        path = parts[name]
        if not path.exists() or path.stat().st_size != size or _sha256(path) != digest:
            what = texts.SOURCE_HAS_NOT_THE_SUM
            raise LabError(what, str(path), texts.REMOVE_AND_TRY_AGAIN(path=path))
    return found, parts


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(dsc: Dsc, parts: Mapping[str, Path], into: Path) -> None:
    """Lay out format 3.0 (quilt): the release, each component in a folder of its name, ``debian/``. No patch is applied. Raises LabError."""
    into.mkdir(parents=True)
    for name, path in sorted(parts.items(), key=lambda part: ".orig.tar." not in part[0]):
        if ".orig.tar." in name:
            _untar(path, into, strip=1)
        elif match := re.search(r"\.orig-([A-Za-z0-9-]+)\.tar\.", name):
            (into / match[1]).mkdir(exist_ok=True)
            _untar(path, into / match[1], strip=1)
        elif ".debian.tar." in name:
            _untar(path, into, strip=0)
    if not (into / "debian/patches").is_dir():
        what = texts.ITS_FORMAT_IS_NOT_KNOWN(source=dsc.source, version=dsc.version)
        raise LabError(what, ", ".join(parts), texts.NEEDED_FORMAT)


def _untar(path: Path, into: Path, strip: int) -> None:
    """By the machine's tar, which leaves no folder by ``..``; an ``.xz`` is opened here, for not every machine has xz."""
    words = ["tar", "-x", "--no-same-owner", f"--strip-components={strip}", "-C", str(into), "-f"]
    try:
        if path.suffix == ".xz":
            with lzma.open(path) as data:
                done = subprocess.run([*words, "-"], input=data.read(), capture_output=True, check=False)
        else:
            done = subprocess.run([*words, str(path)], capture_output=True, check=False)
        why = done.stderr.decode(errors="replace").strip()[-300:] if done.returncode else ""
    except (OSError, EOFError, lzma.LZMAError) as error:
        why = repr(error)
    if why:
        raise LabError(texts.CANNOT_BE_UNPACKED(why=why), str(path), texts.CHECK_DISK_SPACE)


def apply(names: Sequence[str], tree: Path, environment: Mapping[str, str]) -> None:
    """Apply these patches of ``debian/patches``, by the beginning of their names, in order, each wholly. Raises LabError."""
    for name in names:
        found = sorted((tree / "debian/patches").glob(f"{name}*"))
        if len(found) != 1:
            what = texts.SOURCE_PACKAGE_HAS_NO_PATCH(name=name)
            remedy = texts.THIS_VERSION_WAS_NOT_TRIED
            raise LabError(what, str(tree / "debian/patches"), remedy)
        words = ["patch", "-p1", "--force", "--silent", "--fuzz=0", "-i", str(found[0])]
        done = subprocess.run(words, cwd=tree, env=dict(environment), capture_output=True, text=True, check=False)
        if done.returncode:
            why = (done.stdout + done.stderr).strip()[-300:]
            raise LabError(texts.PATCH_DOES_NOT_FIT(why=why), str(found[0]), texts.TRY_ANOTHER_VERSION)
