"""The cache of Debian packages, as far as it can be judged without a network."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from gateway.debian import apt, packages
from gateway.debian.errors import LabError


def tree(root: Path) -> packages.Tree:
    """A tree with a loader, libraries and one program, as a 64-bit PC has them."""
    for name in ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/sbin/asterisk"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return packages.Tree(root)


def test_a_program_starts_by_its_own_loader_and_libraries(tmp_path: Path) -> None:
    """The loader of the tree starts the program with the libraries of the tree: the machine's release does not matter."""
    assert tree(tmp_path).argv("asterisk") == [
        str(tmp_path / "usr/lib64/ld-linux-x86-64.so.2"),
        "--library-path",
        str(tmp_path / "usr/lib/x86_64-linux-gnu"),
        str(tmp_path / "usr/sbin/asterisk"),
    ]


def test_the_loader_of_another_architecture_is_found(tmp_path: Path) -> None:
    """On 64-bit ARM the loader lies in ``usr/lib`` and has another name."""
    path = tmp_path / "usr/lib/ld-linux-aarch64.so.1"
    path.parent.mkdir(parents=True)
    path.write_text("")
    assert packages.Tree(tmp_path).loader == path


def test_a_damaged_cache_says_what_to_delete(tmp_path: Path) -> None:
    """A tree without a loader, or without the program, names its folder and the cure."""
    with pytest.raises(LabError) as no_loader:
        _ = packages.Tree(tmp_path).loader
    with pytest.raises(LabError) as no_program:
        tree(tmp_path).argv("sipp")
    for error in (no_loader.value, no_program.value):
        assert error.where == str(tmp_path)
        assert "delete" in error.remedy


def test_the_plan_of_apt_is_read_to_names_and_sizes() -> None:
    """Of ``--print-uris`` the file names and sizes count; what apt says besides does not."""
    text = (
        "Reading package lists...\n"
        "'http://mirror.example/debian/pool/a/asterisk_22.deb' asterisk_1%3a22_amd64.deb 2536 SHA256:00\n"
        "'http://mirror.example/debian/pool/l/libc6_2.deb' libc6_2_amd64.deb 1000000 SHA256:00\n"
    )
    assert apt.planned(text) == {"asterisk_1%3a22_amd64.deb": 2536, "libc6_2_amd64.deb": 1_000_000}


@pytest.mark.parametrize(
    ("stderr", "word"),
    [
        ("E: Failed to fetch http://m/InRelease  Could not connect to 127.0.0.1:9", "network"),
        ("W: GPG error: http://m sid InRelease: NO_PUBKEY 0123\nE: The repository is not signed.", "signature"),
        ("E: Write error - write (28: No space left on device)", "disk is full"),
    ],
)
def test_a_failed_download_names_its_own_cure(stderr: str, word: str) -> None:
    """No network, an old keyring and a full disk are told apart, each with apt's own words beside it."""
    error = apt.fetch_failure(stderr)
    assert word in error.what
    assert "E: " in error.where
    assert error.remedy


def test_a_tree_that_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the tree in the cache nothing is asked of the network, not even the lock."""
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path))
    monkeypatch.setenv("ONEKEY_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    monkeypatch.setenv("ONEKEY_DEBIAN_SUITE", "testing")
    root = packages.tree_dir("redis")
    root.mkdir()
    said: list[str] = []
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # another lab is fetching another set
        assert packages.ensure("redis", said.append).root == root
    assert said == []


def test_another_suite_is_another_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree of one Debian suite is never taken for that of another."""
    monkeypatch.delenv("ONEKEY_DEBIAN_SUITE", raising=False)
    default = packages.tree_dir("asterisk")
    monkeypatch.setenv("ONEKEY_DEBIAN_SUITE", "unstable")
    assert packages.tree_dir("asterisk") != default


def test_a_cache_that_is_not_writable_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the folder and ``ONEKEY_CACHE``."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path / "file/below"))
    with pytest.raises(LabError) as caught:
        packages.ensure("redis", lambda _line: None)
    assert str(tmp_path) in caught.value.where
    assert "ONEKEY_CACHE" in caught.value.remedy


def test_libraries_of_an_older_release_are_found(tmp_path: Path) -> None:
    """Debian 12 keeps the C library in ``/lib``: it is looked for there too, or the machine's own would be taken beside another loader."""
    old = tmp_path / "lib/x86_64-linux-gnu"
    old.mkdir(parents=True)
    assert tree(tmp_path).start[2].split(":") == [str(tmp_path / "usr/lib/x86_64-linux-gnu"), str(old)]


def test_a_set_of_one_release_is_of_that_release_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel is for Python 3.11, which Debian 12 has and no later release: the setting for Asterisk's suite does not move it."""
    monkeypatch.delenv("ONEKEY_DEBIAN_SUITE", raising=False)
    default = packages.tree_dir("python311")
    monkeypatch.setenv("ONEKEY_DEBIAN_SUITE", "unstable")
    assert packages.tree_dir("python311") == default
