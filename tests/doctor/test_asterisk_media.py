"""Whether people hear one another: what the doctor says of a clean Asterisk, of Debian's, of one that lies, and of a codec that is missing."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.config.settings import Config, SwitchboardConfig
from gateway.doctor import asterisk_media, dialplan
from gateway.doctor import examine as doctor
from gateway.doctor.asterisk_media import CODEC, DEBIANS, RECORDER, Evidence, judged, written
from gateway.doctor.findings import Finding
from gateway.lab import words
from gateway.lab.origin import Origin, of
from gateway.rules import file as rules_file
from tests.ami.fake_server import FakeAmi
from tests.doctor.test_asterisk_files import MEMBER, RULES, rendered, spoil

DEBIAN = "22.10.1+dfsg+~cs6.17.60671434-1"
BUILT = "22.10.1+onekey"
SECRET = "s7-kq2v9xd4mbw"
"""Of the fake switchboard, so strong that the doctor has nothing to say of it."""


@pytest.mark.parametrize(
    ("version", "origin"),
    [
        ("22.10.1+onekey", Origin.BUILT),
        ("Asterisk 22.10.1+onekey", Origin.BUILT),
        (DEBIAN, Origin.DEBIAN),
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", Origin.DEBIAN),
        ("22.10.1", Origin.UPSTREAM),
        ("22.11.0-rc1", Origin.UPSTREAM),
        ("certified/22.8-cert1", Origin.UPSTREAM),
        ("GIT-22-1fb7f5c06d", Origin.UNKNOWN),
        ("", Origin.UNKNOWN),
    ],
)
def test_a_version_tells_who_made_it(version: str, origin: Origin) -> None:
    """Ours, Debian's and what is derived of it, upstream's; what tells nothing is unknown."""
    assert of(version) is origin


def judge(version: str, evidence: Evidence | None = None) -> Finding:
    """The one finding on an Asterisk."""
    (found,) = judged(version, evidence or Evidence(codec=True), "here")
    return found


def test_debians_package_is_warned_of_in_words() -> None:
    """What a citizen's file loses, by how much, and where to read what to do; and how sure it is."""
    found = judge(DEBIAN)
    assert found.level == "warning"
    for word in ("录音会缺一个人的声音", "36 份只有 9 份", "9 of 36", "把握：确定", "certain"):
        assert word in found.what
    assert "docs/install.md" in found.remedy


def test_whether_the_site_records_is_said() -> None:
    """A site that records is told that it is hit; one that does not, that it will be."""
    assert "本机在录音" in judge(DEBIAN, Evidence(True, True)).what
    assert "一旦录音" in judge(DEBIAN, Evidence(True, False)).what


def test_the_built_one_is_well_and_certainly_so() -> None:
    """Its mark stands in its own version; modules that somebody laid beside it change nothing."""
    found = judge(BUILT, Evidence(True, True, DEBIANS))
    assert (found.level, "certain: built by onekey" in found.what) == ("ok", True)


def test_a_plain_version_is_believed_only_so_far() -> None:
    """Nothing speaks against it: likely. With modules of Debian's patches beside it: a warning that names them."""
    assert "很可能" in judge("22.10.1").what
    assert "func_module.so" in judge("22.10.1", Evidence()).what
    found = judge("22.10.1", Evidence(True, None, (DEBIANS[0],)))
    assert (found.level, DEBIANS[0] in found.what) == ("warning", True)


def test_what_cannot_be_told_is_said_to_be_so() -> None:
    """A build of a git checkout is neither clean nor patched (law 7)."""
    found = judge("GIT-22-1fb7f5c06d")
    assert (found.level, "it cannot be told" in found.what) == ("warning", True)


# --- the codec --------------------------------------------------------------------------------------------------------


def test_what_ships_loads_the_codec(tmp_path: Path) -> None:
    """``asterisk-conf`` has the line, and the function by which the doctor asks."""
    board = rendered(tmp_path, "12345")
    assert board.folder is not None
    assert written(board.folder, DEBIAN) == []
    assert "load = func_module.so" in (board.folder / "modules.conf").read_text()


@pytest.mark.parametrize(
    ("lines", "well"),
    [
        ("load = codec_a_mu.so", True),
        ("load => codec_a_mu.so", True),
        ("require = codec_a_mu.so", True),
        ("preload = codec_a_mu", True),
        ("autoload = yes", True),
        ("autoload = yes\nnoload = codec_a_mu.so", False),
        ("autoload = no\nload = codec_alaw.so", False),
        ("; load = codec_a_mu.so", False),
    ],
)
def test_the_line_is_known_in_each_of_its_forms(tmp_path: Path, lines: str, well: bool) -> None:
    """As Asterisk reads it: loaded by name, by ``autoload``, or not."""
    (tmp_path / "modules.conf").write_text(f"[modules]\nload = chan_pjsip.so\n{lines}\n")
    assert (written(tmp_path) == []) is well


@pytest.mark.parametrize(
    ("version", "level"), [("", "error"), (DEBIAN, "error"), ("22.10.1", "error"), (BUILT, "warning")]
)
def test_without_the_codec_people_go_deaf_on_the_patched_one(tmp_path: Path, version: str, level: str) -> None:
    """An error where it may be patched; on the built one a mere detour. Place and cure are named."""
    (tmp_path / "modules.conf").write_text("[modules]\nload = codec_alaw.so\n")
    (found,) = written(tmp_path, version)
    assert (found.level, found.where) == (level, str(tmp_path / "modules.conf"))
    assert f"load = {CODEC}" in found.remedy


# --- the Asterisk that runs -------------------------------------------------------------------------------------------


def site(tmp_path: Path, port: int, board: SwitchboardConfig) -> Config:
    """A sound site with this switchboard."""
    run = tmp_path / "run"
    boards = (replace(board, port=port, secret=SECRET),)
    return Config(
        switchboards=boards,
        run_dir=run,
        rules=RULES,
        store=run / "onekey.db",
        signing_key=sha256(b"site").digest(),
        api_host="127.0.0.1",
        api_port=0,
        api_token="tk-84fq0zr6mw1e",
    )


async def bad(config: Config) -> list[Finding]:
    """What the doctor finds not well."""
    return [finding for finding in await doctor.examine(config) if finding.level != "ok"]


async def test_a_codec_that_is_not_loaded_is_found_on_the_running_one(tmp_path: Path) -> None:
    """The file has the line, the Asterisk that runs was started before: an error at the link, not at the file."""
    async with FakeAmi() as fake:
        fake.secret = SECRET
        fake.members, fake.version, fake.modules = [MEMBER], "22.10.1", set()
        (found,) = await bad(site(tmp_path, fake.port, rendered(tmp_path, "12345")))
    assert (found.level, "has not loaded" in found.what) == ("error", True)
    assert found.where.startswith("12345 onekey@127.0.0.1:")


async def test_an_asterisk_that_does_not_tell_is_not_accused(tmp_path: Path) -> None:
    """Without ``func_module.so``, or without the right, nothing is known of its modules, and that is said."""
    async with FakeAmi() as fake:
        fake.secret = SECRET
        fake.members, fake.version, fake.modules = [MEMBER], "22.10.1", None
        findings = await doctor.examine(site(tmp_path, fake.port, rendered(tmp_path, "12345")))
        fake.refuse = {"Getvar": "Permission denied"}
        refused = await doctor.examine(site(tmp_path, fake.port, rendered(tmp_path, "12345")))
    for found in (findings, refused):
        assert {finding.level for finding in found} == {"ok"}
        assert any("无从核对模块" in finding.what for finding in found)


async def test_a_version_that_lies_is_caught_by_what_is_loaded(tmp_path: Path) -> None:
    """Debian's opus module is loaded in an Asterisk that calls itself 22.10.1."""
    async with FakeAmi() as fake:
        fake.secret = SECRET
        fake.members, fake.version, fake.modules = [MEMBER], "22.10.1", {CODEC, RECORDER, DEBIANS[0]}
        (found,) = await bad(site(tmp_path, fake.port, rendered(tmp_path, "12345")))
    assert (found.level, DEBIANS[0] in found.what) == ("warning", True)


async def test_a_version_that_lies_is_caught_by_what_lies_on_the_disk(tmp_path: Path) -> None:
    """The modules folder of ``asterisk.conf`` is on this machine: what lies there counts, loaded or not."""
    board = rendered(tmp_path, "12345")
    place = tmp_path / "modules"
    place.mkdir()
    (place / DEBIANS[1]).touch()
    spoil(board, "asterisk.conf", "astmoddir => /m", f"astmoddir => {place}")
    async with FakeAmi() as fake:
        fake.secret = SECRET
        fake.members, fake.version = [MEMBER], "22.10.1"
        (found,) = await bad(site(tmp_path, fake.port, board))
    assert DEBIANS[1] in found.what


async def test_the_dialplan_check_asks_for_the_same(tmp_path: Path) -> None:
    """A missing line in the file is among its errors, and Debian's package among its warnings."""
    board = rendered(tmp_path, "12345")
    spoil(board, "modules.conf", "load = codec_a_mu.so", "")
    async with FakeAmi() as fake:
        fake.secret = SECRET
        fake.members = [MEMBER]
        fake.version = DEBIAN
        found = await dialplan.site(site(tmp_path, fake.port, board))
    assert [f.level for f in found if CODEC in f.what] == ["error"]
    assert [f.level for f in found if "9 of 36" in f.what] == ["warning"]
    assert not [f for f in dialplan.tree(rules_file.load(RULES)) if f.level == "error"]


def test_the_labs_page_says_which_one_runs() -> None:
    """``lab status`` names the version and what it means for recordings."""
    lab = {
        "name": "x",
        "dir": "/x",
        "switchboards": {},
        "keys": [],
        "api": {"host": "h", "port": 1, "token": "t"},
        "gateway": {"pid": None},
    }
    for version, word in (
        (f"Asterisk {DEBIAN}", "recordings across transfers lose a person"),
        (f"Asterisk {BUILT}", "without the patch, certain"),
    ):
        page = words.describe({**lab, "asterisk": {"version": version}})
        assert version in page
        assert word in page


def test_no_right_is_needed_that_onekey_never_wants() -> None:
    """The doctor asks by ``Getvar`` alone: ``ModuleCheck`` needs system, ``Command`` needs command."""
    text = Path(asterisk_media.__file__).read_text(encoding="utf-8")
    assert 'request("Getvar"' in text
    assert text.count(".request(") == 1
