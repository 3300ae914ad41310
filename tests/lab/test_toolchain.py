"""A compiler out of packages: laid out, led to its own files, and what a program built with it needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.debian.errors import LabError
from gateway.lab import toolchain

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb on this machine")


def package(
    folder: Path, name: str, files: dict[str, str], links: dict[str, str] | None = None, shlibs: str = ""
) -> Path:
    """A package with these files, links and shlibs."""
    root = folder / f"{name}.tree"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n"
    )
    if shlibs:
        (root / "DEBIAN/shlibs").write_text(shlibs)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for path, target in (links or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)
    archive = folder / f"{name}_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(root), str(archive)], check=True, capture_output=True)
    return archive


@needs_dpkg
def test_packages_of_every_release_are_laid_out_as_one_tree(tmp_path: Path) -> None:
    """A library in ``/lib`` and one in ``/usr/lib`` lie in one folder; what a link calls ``/lib/…`` is the tree's own."""
    archives = [
        package(tmp_path, "libc6", {"lib/x86_64-linux-gnu/libc.so.6": "libc"}),
        package(
            tmp_path,
            "libfoo2",
            {"usr/lib/x86_64-linux-gnu/libfoo.so.2": "foo"},
            {"usr/lib/x86_64-linux-gnu/libfoo.so": "/lib/x86_64-linux-gnu/libfoo.so.2"},
            "libfoo 2 libfoo2 (>= 1.2), libfoo-data\nudeb: libfoo 2 libfoo2-udeb\n",
        ),
        package(
            tmp_path,
            "binutils",
            {
                f"usr/lib/x86_64-linux-gnu/{name}": text
                for name, text in (("libbfd-2.40-system.so", "\x7fELF"), ("libbar.so", "GROUP"))
            },
        ),
    ]
    partial, final = tmp_path / "partial", tmp_path / "final"
    toolchain.lay_out(archives, partial, final)
    partial.rename(final)
    tools = toolchain.Toolchain(final)
    assert tools.multiarch == "x86_64-linux-gnu"
    assert (tools.libraries / "libfoo.so").read_text() == "foo"
    assert (tools.libraries / "libc.so.6").read_text() == "libc"
    # tools run with the libraries of the tree, but with the machine's own C library
    assert {path.name for path in (final / "lib").iterdir()} == {"libfoo.so.2", "libbfd-2.40-system.so"}
    assert (final / "lib/libfoo.so.2").read_text() == "foo"
    assert tools.shlibs == {"libfoo.so.2": "libfoo2 (>= 1.2), libfoo-data"}
    assert f'--sysroot="{final}/sysroot"' in (final / "bin/gcc").read_text()
    # asked for by configure where no machine need have one; what is asked of it is refused
    refused = subprocess.run([str(final / "bin/wget"), "http://x"], capture_output=True, text=True, check=False)
    assert (refused.returncode, "nothing is fetched" in refused.stderr) == (1, True)


@needs_dpkg
def test_a_package_that_is_cut_off_is_said_to_be(tmp_path: Path) -> None:
    """Half an archive is an error with its path, never half a compiler."""
    archive = package(tmp_path, "half", {"usr/bin/x": "x" * 5000})
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(LabError) as caught:
        toolchain.lay_out([archive], tmp_path / "partial", tmp_path / "final")
    assert str(archive) in caught.value.where
    assert "disk space" in caught.value.remedy


def test_nothing_of_the_callers_own_settings_reaches_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags, compilers and proxies of whoever builds are not the build's, and it has no way to the network."""
    monkeypatch.setenv("CFLAGS", "-march=native")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    (tmp_path / "sysroot/usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    environment = toolchain.Toolchain(tmp_path).environment(tmp_path)
    assert "CFLAGS" not in environment
    assert environment["http_proxy"].startswith("http://127.0.0.1:")
    assert environment["PATH"].startswith(f"{tmp_path}/bin:")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "debian12-"),
        ("ID=debian\nVERSION_CODENAME=forky\n", "debianforky-"),
        ("", "linux-"),
    ],
)
def test_a_release_has_its_own_tools(tmp_path: Path, text: str, name: str) -> None:
    """Release and architecture are in the name: what one release compiled is not taken for another's."""
    path = tmp_path / "os-release"
    path.write_text(text)
    assert toolchain.distribution(path).startswith(name)
    assert toolchain.distribution(tmp_path / "none").startswith("linux-")


def test_the_packages_that_a_program_needs_are_named_once() -> None:
    """Two libraries of one package, and a package that needs two, give each package once; an unknown library is an error."""
    shlibs = {"liba.so.1": "liba1 (>= 1), a-data", "libb.so.1": "liba1 (>= 1)"}
    assert toolchain.depends(["libb.so.1", "liba.so.1"], shlibs) == ["a-data", "liba1 (>= 1)"]
    with pytest.raises(LabError, match=r"libc\.so\.9"):
        toolchain.depends(["libc.so.9"], shlibs)
