"""The builder's steps on a tree in small, and the package made of what it leaves. The real build has its own test in ``tests/asterisk``."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from gateway.debian.errors import LabError
from gateway.lab import asterisk, asterisk_deb, built, elf, source_package, toolchain
from tests.lab.test_source_package import package

MANIFEST = {
    "version": "22.10.1+onekey",
    "upstream": "22.10.1",
    "source": "asterisk 1:22.10.1+dfsg-1",
    "patches": list(built.PATCHES),
    "distribution": "debian12-x86_64",
    "multiarch": "x86_64-linux-gnu",
    "depends": ["libc6 (>= 2.36)", "libedit2 (>= 3.1)"],
    "seconds": 200,
}


def quiet(_line: str) -> None:
    """Nobody listens."""


def program(path: Path, script: str) -> None:
    """An executable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def build(tmp_path: Path) -> built.Build:
    """A builder over a source package in small, whose tools write down what they are asked."""
    tools = tmp_path / "tools"
    (tools / "sysroot/usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    for name in ("patch", "make"):
        program(tools / "bin" / name, f'echo {name} "$@" >> {tmp_path}/asked')
    log = tmp_path / "log"
    log.touch()
    with log.open() as lock:
        made = built.Build(
            work=tmp_path / "work", tools=toolchain.Toolchain(tools), say=quiet, lock=lock.fileno(), log=log
        )
        dsc, parts = source_package.open_package(package(tmp_path / "in"))
        built.prepare(made, dsc, parts)
    program(made.tree / "configure", f'echo configure "$@" >> {tmp_path}/asked')
    program(made.tree / "menuselect/menuselect", f'echo menuselect "$@" >> {tmp_path}/asked')
    return made


def test_the_patch_that_makes_deaf_is_not_applied(build: built.Build, tmp_path: Path) -> None:
    """Of Debian's patches only the named ones; opus, PLC, AMR and MP3 are never among them."""
    asked = (tmp_path / "asked").read_text()
    assert [name for name in built.PATCHES if name in asked] == list(built.PATCHES)
    for name in ("opus", "amr", "mp3"):
        assert name not in asked
    assert (build.tree / ".version").read_text() == "22.10.1+onekey\n"


def test_nobodys_name_and_machine_is_compiled_in(tmp_path: Path) -> None:
    """What Asterisk's own script asks the machine is answered: onekey built it."""
    script = tmp_path / "make_build_h"
    script.write_text("#!/bin/sh\nHOSTNAME=`uname -n | sed 's/x/y/'`\nOS=`uname -s`\nUSER=`id`\necho $HOSTNAME $USER\n")
    built.name_nobody(script)
    assert subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True).stdout == "onekey onekey\n"


def test_pjproject_is_where_the_build_looks_for_it(build: built.Build) -> None:
    """An archive of the name and the sum that Asterisk's own build asks for, so that it fetches nothing."""
    path = build.downloads / "pjproject-2.17.tar.bz2"
    with tarfile.open(path) as archive:
        assert "pjproject-2.17/version.mak" in archive.getnames()
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    sums = (build.tree / "third-party/pjproject/pjproject-2.17.tar.bz2.md5").read_text()
    assert sums == f"{digest}  pjproject-2.17.tar.bz2\n"


def test_it_is_compiled_for_any_processor_and_installed_aside(build: built.Build, tmp_path: Path) -> None:
    """In this order; never for this processor alone; where Debian's own modules lie, below a folder."""
    with build.log.open() as lock:
        build.lock = lock.fileno()
        built.compile_(build)
    asked = (tmp_path / "asked").read_text().splitlines()[len(built.PATCHES) :]
    assert [line.split()[0] for line in asked] == ["configure", "make", "menuselect", "make", "make"]
    assert "--libdir=/usr/lib/x86_64-linux-gnu" in asked[0]
    assert "--disable BUILD_NATIVE" in asked[2]
    assert asked[3].startswith("make -j")
    assert f"DESTDIR={build.installed}" in asked[4]


def test_a_step_that_fails_shows_its_last_words_and_its_log(build: built.Build) -> None:
    """What failed, the error lines of that step alone, the log with the rest, and that what was fetched is kept."""
    program(build.tools.root / "bin/make", "echo before; echo 'x.c:1:2: error: no such thing' >&2; exit 2")
    build.log.write_text("error: of an earlier step\n")
    with build.log.open() as lock:
        build.lock = lock.fileno()
        with pytest.raises(LabError) as caught:
            built.compile_(build)
    assert "no such thing" in caught.value.where
    assert "earlier" not in caught.value.where
    assert str(build.log) in caught.value.where
    assert "kept" in caught.value.remedy


def test_a_configure_that_fails_says_why(build: built.Build) -> None:
    """It says only that the compiler makes no program; the reason stands in its own log, and is shown."""
    program(build.tree / "configure", "echo 'as: error while loading shared libraries: libbfd.so' > config.log; exit 1")
    with build.log.open() as lock:
        build.lock = lock.fileno()
        with pytest.raises(LabError) as caught:
            built.compile_(build)
    assert "libbfd.so" in caught.value.where


def test_a_full_disk_is_told_from_a_broken_source(tmp_path: Path) -> None:
    """Its cure is another: free space, or another folder."""
    (tmp_path / "log").write_text("cc1: fatal error: writing: No space left on device\n")
    error = built.failed("编译 / compiling", ["make"], tmp_path / "log")
    assert "not enough disk space" in error.what
    assert "ONEKEY_CACHE" in error.remedy


def test_a_place_where_nothing_can_be_compiled_is_named_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path with a space, a file in the way and a full disk are said before anything is fetched."""
    for cache, word in ((tmp_path / "a b", "space"), (tmp_path / "file/below", "not writable")):
        (tmp_path / "file").touch()
        monkeypatch.setenv("ONEKEY_CACHE", str(cache))
        with pytest.raises(LabError, match=word) as caught:
            built.ensure([], quiet)
        assert caught.value.where == str(cache)
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(built, "SPACE_MB", 10**9)
    with pytest.raises(LabError, match="not enough disk space"):
        built.ensure([], quiet)


# --- what is built ----------------------------------------------------------------------------------------------------


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> built.Built:
    """A finished build in the cache; its program is one that this machine has."""
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path / "cache"))
    root = built.built_dir()
    for name in (
        "usr/lib/x86_64-linux-gnu/asterisk/modules/codec_a_mu.so",
        "usr/share/asterisk/moh/cold.wav",
        "libraries/libedit.so.2",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "usr/sbin").mkdir()
    shutil.copy(shutil.which("true") or "/bin/true", root / "usr/sbin/asterisk")
    (root / built.MANIFEST).write_text(json.dumps(MANIFEST))
    return built.Built(root)


def test_a_build_that_is_there_is_not_made_again(ready: built.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network, without a word; it starts by the machine's loader with the libraries beside it."""
    monkeypatch.setenv("ONEKEY_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    monkeypatch.setenv("ONEKEY_DEBIAN_SUITE", "testing")
    shutil.copytree(ready.root, built.built_dir(), dirs_exist_ok=True)
    said: list[str] = []
    found = built.ensure([], said.append)
    assert said == []
    loader, option, libraries, path = found.argv
    assert (Path(loader).name.startswith("ld-"), option) == (True, "--library-path")
    assert f"{found.root}/libraries" in libraries
    assert Path(path).name == "asterisk"
    assert subprocess.run(found.argv, check=False).returncode == 0


def test_the_lab_takes_it_where_it_is_asked_for(ready: built.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """By word or by ``ONEKEY_ASTERISK``; another word is refused with those that there are."""
    program(ready.root / "usr/sbin/asterisk.txt", "")
    monkeypatch.setenv("ONEKEY_ASTERISK", "debain")
    with pytest.raises(LabError, match="debain") as caught:
        asterisk.find(Path("/nonexistent"), quiet)
    assert "built, debian, machine" in caught.value.remedy
    monkeypatch.setenv("ONEKEY_ASTERISK", "built")
    for words in ((), ("built",)):
        found = asterisk.find(Path("/nonexistent"), quiet, *words)
        assert (found.source, found.modules) == ("built", ready.modules)


def test_a_machine_without_an_asterisk_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who asks for the machine's own is never given another."""
    monkeypatch.setenv("PATH", str(tmp_path))
    if shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin"):
        pytest.skip("this machine has an Asterisk")
    with pytest.raises(LabError, match="no Asterisk that will do") as caught:
        asterisk.find(tmp_path, quiet, "machine")
    assert "docs/install.md" in caught.value.remedy


def test_a_compiled_file_tells_its_loader_and_what_it_needs(tmp_path: Path) -> None:
    """Of this interpreter or its library: the C library at least. What is no program has neither."""
    path = Path(sys.executable).resolve()
    assert any(name.startswith("libc.so") for name in elf.needed_by([path]))
    assert Path(elf.loader(path)).name.startswith("ld-")
    (tmp_path / "text").write_text("\x7fELF, says the text")
    assert elf.needed_by([tmp_path / "text"]) == []
    with pytest.raises(LabError, match="not a program"):
        elf.loader(tmp_path / "text")


# --- the package ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb on this machine")
def test_the_package_takes_the_place_of_debians_and_owns_no_configuration(ready: built.Built, tmp_path: Path) -> None:
    """Name, relations and files as dpkg reads them; no file in ``/etc/asterisk``, no copied library, every file root's."""
    path = asterisk_deb.make(ready, tmp_path / "out", quiet)
    assert path.name.startswith("asterisk-onekey_22.10.1-1~debian12_")
    read = {
        name: dpkg(["-f", str(path), name]).strip()
        for name in ("Version", "Depends", "Conflicts", "Replaces", "Provides")
    }
    assert read["Version"] == "22.10.1-1~debian12"
    assert read["Depends"] == "adduser, libc6 (>= 2.36), libedit2 (>= 3.1)"
    assert read["Conflicts"] == read["Replaces"] == "asterisk, asterisk-modules, asterisk-config"
    assert read["Provides"] == "asterisk (= 1:22.10.1)"
    lines = dpkg(["-c", str(path)]).splitlines()
    names = {line.split()[5] for line in lines}
    assert {"./usr/sbin/asterisk", "./usr/lib/systemd/system/asterisk.service", "./etc/asterisk/"} <= names
    assert "./usr/lib/x86_64-linux-gnu/asterisk/modules/codec_a_mu.so" in names
    assert not [
        name for name in names if name.startswith(("./etc/asterisk/", "./libraries")) and name != "./etc/asterisk/"
    ]
    assert {line.split()[1] for line in lines} == {"root/root"}
    assert "moh" not in " ".join(names)


def dpkg(words: list[str]) -> str:
    """What ``dpkg-deb`` says."""
    return subprocess.run(["dpkg-deb", *words], check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb on this machine")
def test_the_packages_scripts_are_sound(ready: built.Built, tmp_path: Path) -> None:
    """The shell reads each; none deletes anything of the site, a purge included."""
    path = asterisk_deb.make(ready, tmp_path / "out", quiet)
    dpkg(["-e", str(path), str(tmp_path / "control")])
    for name in ("postinst", "prerm", "postrm"):
        script = tmp_path / "control" / name
        subprocess.run(["sh", "-n", str(script)], check=True)
        assert "rm " not in script.read_text()
    assert (tmp_path / "control/conffiles").read_text() == "/etc/logrotate.d/asterisk-onekey\n"
