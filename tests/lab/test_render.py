"""The configuration of a switchboard is rendered into its run folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.debian.errors import LabError
from gateway.lab.render import Dirs, render


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site: a file for both, one for 12345 only, a dialplan."""
    files = {
        "asterisk-conf/both/rtp.conf": "start={{ rtp_start }}\n",
        "asterisk-conf/12345/queues.conf": "{% for s in seats %}member={{ s.number }}\n{% endfor %}",
        "asterisk-conf/110/queues.conf": "other\n",
        "dialplan/onekey-hotline.conf": "same => n,Set(X=${EXTEN})  ; {{ not a template }}\n",
    }
    for name, text in files.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "site"


def test_both_and_own_files_are_rendered_and_the_dialplan_is_copied_as_it_is(site: Path, tmp_path: Path) -> None:
    """A switchboard gets the shared files and its own, not the other's; the dialplan is no template."""
    dirs = Dirs.of(tmp_path / "run", Path("/m"), Path("/d"))
    render(site, "12345", {"rtp_start": 10000, "seats": [{"number": "1001"}]}, dirs)
    assert (dirs.etc / "rtp.conf").read_text() == "start=10000\n"
    assert (dirs.etc / "queues.conf").read_text() == "member=1001\n"
    assert "{{ not a template }}" in (dirs.etc / "dialplan/onekey-hotline.conf").read_text()


def test_files_with_passwords_are_for_their_owner_only(site: Path, tmp_path: Path) -> None:
    """What is rendered may hold a password and has mode 0600."""
    dirs = Dirs.of(tmp_path / "run", Path("/m"), Path("/d"))
    render(site, "12345", {"rtp_start": 1, "seats": []}, dirs)
    assert {path.stat().st_mode & 0o777 for path in dirs.etc.glob("*.conf")} == {0o600}


def test_an_unknown_name_in_a_template_is_named(site: Path, tmp_path: Path) -> None:
    """A misspelt variable stops the lab, with the file and the name, instead of being rendered as nothing."""
    dirs = Dirs.of(tmp_path / "run", Path("/m"), Path("/d"))
    with pytest.raises(LabError) as caught:
        render(site, "12345", {"seats": []}, dirs)
    assert "rtp_start" in caught.value.what
    assert caught.value.where.endswith("asterisk-conf/both/rtp.conf")


def test_every_folder_but_modules_and_data_is_below_the_run_folder(tmp_path: Path) -> None:
    """Two switchboards on one machine share no folder that is written to."""
    dirs = Dirs.of(tmp_path, Path("/m"), Path("/d"))
    dirs.make()
    own = (dirs.etc, dirs.varlib, dirs.db, dirs.key, dirs.agi, dirs.spool, dirs.run, dirs.log)
    assert all(path.is_relative_to(tmp_path) and path.is_dir() for path in own)


def test_what_the_lab_relaxes_comes_from_its_own_folder(site: Path, tmp_path: Path) -> None:
    """A file of the lab is added to the shipped one of its name, one below ``instead`` takes its place; without that folder nothing of it is there."""
    relaxed = tmp_path / "relaxed"
    (relaxed / "instead").mkdir(parents=True)
    (relaxed / "rtp.conf").write_text("; more\n", encoding="utf-8")
    (relaxed / "cel.conf").write_text("enable=yes\n", encoding="utf-8")
    (relaxed / "instead/queues.conf").write_text("the lab's {{ rtp_start }}\n", encoding="utf-8")
    values = {"rtp_start": 1, "seats": []}
    lab, bare = Dirs.of(tmp_path / "lab", Path("/m"), Path("/d")), Dirs.of(tmp_path / "bare", Path("/m"), Path("/d"))
    render(site, "12345", values, lab, relaxed=relaxed)
    render(site, "12345", values, bare)
    found = {path.name: path.read_text("utf-8") for path in lab.etc.glob("*.conf")}
    assert found == {"rtp.conf": "start=1\n; more\n", "cel.conf": "enable=yes\n", "queues.conf": "the lab's 1\n"}
    assert {path.name: path.read_text("utf-8") for path in bare.etc.glob("*.conf")} == {
        "rtp.conf": "start=1\n",
        "queues.conf": "",
    }
