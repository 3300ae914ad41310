"""apt without root, with a hand-written ``apt-get`` in its place: what is asked of it, and what its answers mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.debian.apt import Apt, SuiteLacksError
from gateway.debian.errors import LabError
from gateway.lab import toolchain

PLAN = "'http://mirror.example/gcc_12.deb' gcc_12_amd64.deb 5 SHA256:00"


def apt_get(folder: Path, monkeypatch: pytest.MonkeyPatch, update: str, plan: str, fetch: str = "exit 0") -> None:
    """An ``apt-get`` that does these when it updates, plans and fetches; what it is asked goes into ``asked``."""
    (folder / "bin").mkdir()
    path = folder / "bin/apt-get"
    path.write_text(f"""#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in
*--print-uris*) {plan};;
*update*) {update};;
*) {fetch};;
esac
""")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def machine(folder: Path, said: list[str] | None = None) -> Apt:
    """The machine's own distribution."""
    return Apt.of_machine(folder / "apt", (said if said is not None else []).append, 0)


def test_packages_come_into_a_folder_of_ours_with_all_that_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing counts as installed, nothing is installed, and the machine's own lists are not touched."""
    apt_get(
        tmp_path,
        monkeypatch,
        "exit 0",
        f'echo "{PLAN}"',
        f"echo 12345 > {tmp_path}/apt/var/cache/apt/archives/gcc_12_amd64.deb",
    )
    said: list[str] = []
    (archive,) = machine(tmp_path, said).download("tools", ["gcc"])
    assert archive.exists()
    assert any("1 files" in line for line in said)
    for line in (tmp_path / "asked").read_text().splitlines():
        assert f"-oDir::State={tmp_path}/apt/var/lib/apt" in line
        assert f"-oDir::State::status={tmp_path}/apt/var/lib/dpkg/status" in line
        assert "Dir::Etc" not in line  # by the machine's own sources
        assert "update" in line or "--print-uris" in line or "--download-only" in line
    assert (tmp_path / "apt/var/lib/dpkg/status").read_text() == ""


def test_no_network_is_not_taken_for_a_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """apt calls a failed update a warning: then the lists are empty, and every package seems to be missing."""
    failed = 'echo "W: Failed to fetch http://mirror.example/InRelease  Could not connect" >&2'
    apt_get(tmp_path, monkeypatch, failed, 'echo "E: Unable to locate package gcc" >&2; exit 100')
    with pytest.raises(LabError, match="network") as caught:
        machine(tmp_path).download("tools", ["gcc"])
    assert not isinstance(caught.value, SuiteLacksError)


def test_another_vendors_source_that_is_down_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wanted is in the lists of the distribution itself: so it is fetched."""
    failed = 'echo "E: The repository http://vendor.example does not have a Release file." >&2; exit 100'
    apt_get(tmp_path, monkeypatch, failed, f'echo "{PLAN}"')
    assert [path.name for path in machine(tmp_path).download("tools", ["gcc"])] == ["gcc_12_amd64.deb"]


def test_a_release_without_a_package_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is named, and the machine's sources."""
    apt_get(tmp_path, monkeypatch, "exit 0", 'echo "E: Unable to locate package libsrtp2-dev" >&2; exit 100')
    with pytest.raises(SuiteLacksError) as caught:
        machine(tmp_path).download("tools", ["libsrtp2-dev"])
    assert "libsrtp2-dev" in caught.value.what
    assert "/etc/apt" in caught.value.remedy


def test_a_source_package_is_fetched_and_not_unpacked_by_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files lie where they are wanted; dpkg-dev is not needed for it."""
    plan = "'http://mirror.example/a_1.dsc' a_1.dsc 5 SHA256:00"
    apt_get(tmp_path, monkeypatch, "exit 0", f'echo "{plan}"', "echo 1234 > a_1.dsc")
    assert machine(tmp_path).source("a", tmp_path / "into") == [tmp_path / "into/a_1.dsc"]
    assert (tmp_path / "into/a_1.dsc").exists()
    assert "--download-only source a" in (tmp_path / "asked").read_text()


def test_a_machine_without_apt_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another distribution: what is missing, and where to build instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="apt-get is missing") as caught:
        toolchain.ensure(tmp_path, print, 0)
    assert "Debian or Ubuntu" in caught.value.remedy
