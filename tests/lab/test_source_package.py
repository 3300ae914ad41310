"""A source package: nothing of it is used whose sum is not the one that the signed list leads to."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from gateway.debian.errors import LabError
from gateway.lab import source_package

PATCH = """Description: x
--- a/main.c
+++ b/main.c
@@ -1,2 +1,2 @@
-int old;
+int patched;
 int other;
"""


def tarball(path: Path, files: dict[str, str]) -> None:
    """An archive ``.tar.xz`` of these files."""
    with tarfile.open(path, "w:xz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def package(folder: Path, version: str = "1:22.10.1+dfsg+~cs6-1") -> list[Path]:
    """Asterisk in small: the release, pjproject beside it, Debian's patches."""
    folder.mkdir(exist_ok=True)
    tarball(folder / "asterisk_22.orig.tar.xz", {
        "asterisk-22/main.c": "int old;\nint other;\n",
        "asterisk-22/third-party/versions.mak": "JANSSON_VERSION=2.15.0\nPJPROJECT_VERSION=2.17\n",
        "asterisk-22/third-party/pjproject/Makefile": "",
    })  # fmt: skip
    tarball(
        folder / "asterisk_22.orig-Xpjproject.tar.xz", {"pjproject-x/version.mak": "export PJ_VERSION_MAJOR  := 2\n"}
    )
    names = ("2002_no_download_sounds", "2008_disable_ilbc", "2014_pjproject_unbreak", "2016_opus_plc")
    patches = {f"debian/patches/{name}.patch": PATCH for name in names}
    tarball(folder / "asterisk_22-1.debian.tar.xz", {**patches, "debian/copyright": "GPL-2\n"})
    files = sorted(folder.glob("*.xz"))
    sums = "".join(
        f" {hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {path.name}\n" for path in files
    )
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nFormat: 3.0 (quilt)\nSource: asterisk\nVersion: {version}\nChecksums-Sha256:\n{sums}Files:\n 00 1 x\n"
    (folder / "asterisk_22-1.dsc").write_text(text)
    return [*files, folder / "asterisk_22-1.dsc"]


def test_a_source_package_is_laid_out_without_its_patches(tmp_path: Path) -> None:
    """The release at the top, a component in a folder of its name, ``debian/``; no patch is applied by itself."""
    dsc, parts = source_package.open_package(package(tmp_path / "in"))
    source_package.unpack(dsc, parts, tmp_path / "out")
    assert (dsc.source, dsc.upstream) == ("asterisk", "22.10.1")
    assert (tmp_path / "out/main.c").read_text() == "int old;\nint other;\n"
    assert (tmp_path / "out/Xpjproject/version.mak").exists()
    assert (tmp_path / "out/debian/patches/2016_opus_plc.patch").exists()


@pytest.mark.parametrize("harm", ["changed", "shorter", "missing"])
def test_a_file_with_another_sum_is_not_used(tmp_path: Path, harm: str) -> None:
    """One byte, a cut-off end, a missing file: each is named with its cure."""
    files = package(tmp_path)
    victim = files[0]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    if harm == "missing":
        victim.unlink()
    else:
        victim.write_bytes(bytes(data) if harm == "changed" else bytes(data[:-1]))
    with pytest.raises(LabError) as caught:
        source_package.open_package(files)
    assert caught.value.where == str(victim)
    assert "not used" in caught.value.what
    assert str(victim) in caught.value.remedy


@pytest.mark.parametrize(
    "text", ["", "Source: x\n", "Source: x\nVersion: 1\nChecksums-Sha256:\n 00 1 ../../etc/passwd\n"]
)
def test_what_is_no_source_package_is_refused(text: str) -> None:
    """Nothing, half of one, and one that names a file elsewhere."""
    with pytest.raises(ValueError, match="not a source package"):
        source_package.read_dsc(text)


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch on this machine")
def test_only_the_named_patches_are_applied(tmp_path: Path) -> None:
    """One that is named changes the file; one that does not fit, and one that is not there, are errors that name it."""
    dsc, parts = source_package.open_package(package(tmp_path / "in"))
    tree = tmp_path / "out"
    source_package.unpack(dsc, parts, tree)
    source_package.apply(["2002_no_download_sounds"], tree, os.environ)
    assert (tree / "main.c").read_text() == "int patched;\nint other;\n"
    with pytest.raises(LabError, match="does not fit") as unfit:
        source_package.apply(["2008_disable_ilbc"], tree, os.environ)
    assert "2008_disable_ilbc" in unfit.value.where
    with pytest.raises(LabError, match="2999"):
        source_package.apply(["2999_none"], tree, os.environ)
