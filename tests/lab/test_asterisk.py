"""Which Asterisk will do, and which process is one of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.debian import packages
from gateway.lab import asterisk


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", (20, 6, 0)),
        ("Asterisk GIT-master-1234", ()),
        ("", ()),
    ],
)
def test_version_is_read_from_what_asterisk_says(text: str, version: tuple[int, ...]) -> None:
    """The three numbers are found in a distribution's long version; no number is no version."""
    assert asterisk.parse_version(text) == version


def test_versions_compare_as_numbers() -> None:
    """22.10 is later than 22.6, and what has no number is too old."""
    assert asterisk.parse_version("Asterisk 22.10.0") >= asterisk.VERSION_MIN
    assert asterisk.parse_version("Asterisk 22.5.9") < asterisk.VERSION_MIN
    assert asterisk.parse_version("Asterisk GIT-master") < asterisk.VERSION_MIN


def installed(folder: Path, says: str) -> None:
    """An executable called asterisk that answers ``-V``."""
    path = folder / "asterisk"
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("says", "word"),
    [("echo Asterisk 20.6.0", "too old"), ("echo broken >&2; exit 3", "does not run")],
)
def test_an_unfit_asterisk_is_named_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, word: str
) -> None:
    """A machine's own Asterisk that is too old or broken is said to be so, and Debian's packages are used."""
    programs, cache = tmp_path / "bin", tmp_path / "cache"
    programs.mkdir()
    installed(programs, says)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("ONEKEY_CACHE", str(cache))
    monkeypatch.delenv("ONEKEY_ASTERISK", raising=False)
    root = packages.tree_dir("asterisk")
    for name in (
        "usr/lib64/ld-linux-x86-64.so.2",
        "usr/lib/x86_64-linux-gnu/asterisk/modules/x.so",
        "usr/sbin/asterisk",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    loader = root / "usr/lib64/ld-linux-x86-64.so.2"
    loader.write_text("#!/bin/sh\necho Asterisk 22.10.1\n")
    loader.chmod(0o755)
    said: list[str] = []
    found = asterisk.find(tmp_path, said.append)
    assert (found.source, found.version) == ("debian", "Asterisk 22.10.1")
    assert any(word in line for line in said)


def test_the_modules_needed_are_those_of_the_configuration() -> None:
    """An Asterisk is judged by the list in ``asterisk-conf``, comments left out."""
    needed = asterisk.modules_of(Path(__file__).resolve().parents[2])
    assert {"chan_pjsip.so", "app_queue.so", "app_bridgeaddchan.so", "bridge_softmix.so"} <= set(needed)
    assert all(name.endswith(".so") for name in needed)


CONFIG = "/run/labs/x/110/etc/asterisk.conf"


@pytest.mark.parametrize(
    "words",
    [
        ["/usr/sbin/asterisk", "-f", "-C", CONFIG],
        ["/c/ld-linux-x86-64.so.2", "--library-path", "/c/lib", "/c/usr/sbin/asterisk", "-f", "-C", CONFIG],
    ],
)
def test_an_asterisk_serving_with_the_file_is_known(words: list[str]) -> None:
    """Started straight or by the loader of a tree, it is ours if it serves with this configuration file."""
    assert asterisk.is_server(words, CONFIG)


@pytest.mark.parametrize(
    "words",
    [
        ["tail", "-f", CONFIG],
        ["vi", CONFIG],
        ["/usr/sbin/asterisk", "-C", CONFIG, "-rx", "core show channels"],
        ["/usr/sbin/asterisk", "-f", "-C", "/etc/asterisk/asterisk.conf"],
        ["/usr/sbin/asterisk", "-f"],
        [],
    ],
)
def test_nobody_else_is_taken_for_it(words: list[str]) -> None:
    """A reader of the file, a console and another Asterisk are never ended by ``down``."""
    assert not asterisk.is_server(words, CONFIG)
