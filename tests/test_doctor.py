"""The doctor: silent on a sound site, and one defect at a time is found with its place and its cure."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway import doctor, rules_file
from gateway.config import Config, SwitchboardConfig, site_path
from gateway.doctor import Finding
from gateway.lab.render import Dirs, render
from tests.ami.fake_server import FakeAmi

SITE = site_path("dialplan").parent
RULES = site_path("transfer_rules.yaml")
MEMBER = "Event: QueueMember\nQueue: 12345\nLocation: PJSIP/1001\nStatus: 1\nPaused: 0"
VALUES: dict[str, Any] = {
    "sip_host": "127.30.1.1", "sip_port": 5060, "trunk_host": "127.30.1.2", "trunk_port": 5060,
    "peer_trunk_host": "127.30.1.4", "peer_trunk_port": 5060, "pstn_host": "127.30.1.9", "ami_host": "127.30.1.1",
    "ami_port": 5038, "ami_secret": "right", "rtp_start": 10000, "rtp_end": 12000, "watchdog_ms": 700, "music": [],
    "callers": [{"number": "13800000001", "password": "p"}],
}  # fmt: skip
SEATS = {"12345": ("1001", "1002"), "110": ("2001",)}
CONTEXTS = sorted(
    line.strip()[1:-1]
    for path in (SITE / "dialplan").glob("*.conf")
    for line in path.read_text("utf-8").splitlines()
    if line.startswith("[")
)
NAMED = [(context, extension) for context, extensions in doctor.CONTEXTS.items() for extension in extensions]


def rendered(folder: Path, side: str) -> SwitchboardConfig:
    """A switchboard whose files are those that ship."""
    peer = "110" if side == "12345" else "12345"
    seats = [{"number": number, "password": "p"} for number in SEATS[side]]
    dirs = Dirs.of(folder / side, Path("/m"), Path("/d"))
    render(SITE, side, {**VALUES, "switchboard": side, "peer": peer, "seats": seats}, dirs)
    return SwitchboardConfig(side, "127.0.0.1", 9, "onekey", "right", (side,), dirs.etc)


@pytest.fixture
def board(tmp_path: Path) -> SwitchboardConfig:
    """12345 with sound files."""
    return rendered(tmp_path, "12345")


def etc(board: SwitchboardConfig) -> Path:
    """Its folder."""
    assert board.folder is not None
    return board.folder


def spoil(board: SwitchboardConfig, file: str, old: str, new: str) -> None:
    """One defect: all of ``old`` becomes ``new``."""
    path = etc(board) / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def errors(board: SwitchboardConfig) -> list[Finding]:
    """What is wrong with its files; each finding has a place and a cure."""
    findings = doctor.files(board, etc(board), rules_file.load(RULES))
    found = [finding for finding in findings if finding.level == "error"]
    for finding in found:
        assert finding.where
        assert finding.remedy
    return found


def only(board: SwitchboardConfig) -> Finding:
    """The one error that there is."""
    (found,) = errors(board)
    return found


# --- files that are sound -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SEATS)
def test_what_ships_has_no_error(tmp_path: Path, side: str) -> None:
    """The rendered files of either switchboard are found complete."""
    board = rendered(tmp_path, side)
    (finding,) = doctor.files(board, etc(board), rules_file.load(RULES))
    assert finding == Finding("ok", "配置文件齐全 / the configuration files are complete", str(board.folder))


def test_every_context_that_ships_is_known_to_the_doctor() -> None:
    """No context is added to ``dialplan/`` without the doctor looking for it."""
    assert sorted(doctor.CONTEXTS) == CONTEXTS


# --- the dialplan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_missing_context_is_found(board: SwitchboardConfig, context: str) -> None:
    """Each context of the dialplan is missed when it is misspelt, by name and with its source."""
    file = next(p for p in (etc(board) / "dialplan").glob("*.conf") if f"\n[{context}]\n" in p.read_text("utf-8"))
    spoil(board, f"dialplan/{file.name}", f"\n[{context}]\n", "\n[somewhere]\n")
    found = next(f for f in errors(board) if f"the dialplan has no [{context}]" in f.what)
    assert found.where == str(etc(board) / "extensions.conf")
    assert "dialplan/" in found.remedy


@pytest.mark.parametrize(("context", "extension"), NAMED)
def test_a_missing_extension_is_found(board: SwitchboardConfig, context: str, extension: str) -> None:
    """A context without the extension that is jumped to is as bad as none."""
    for path in (etc(board) / "dialplan").glob("*.conf"):
        head, mark, tail = path.read_text("utf-8").partition(f"\n[{context}]\n")
        if mark:
            body, again, rest = tail.partition("\n[")
            path.write_text(head + mark + body.replace(f"exten => {extension},", "exten => elsewhere,") + again + rest)
    found = only(board)
    assert f"[{context}]" in found.what
    assert f"has no extension {extension}" in found.what
    assert "dialplan/" in found.remedy


def test_a_jump_into_nothing_is_found(board: SwitchboardConfig) -> None:
    """A Goto to a context that does not exist is named with both ends."""
    spoil(board, "dialplan/from-pstn.conf", "Goto(hotline,", "Goto(hotlnie,")
    found = only(board)
    assert "[from-pstn]" in found.what
    assert "[hotlnie]" in found.what
    assert "[hotlnie]" in found.remedy


# --- keys -----------------------------------------------------------------------------------------------------------------


def test_a_key_whose_target_dials_nothing_is_found(board: SwitchboardConfig) -> None:
    """Without ONEKEY_DIAL_110 the key *1 leads nowhere when no gateway answers."""
    spoil(board, "extensions.conf", "ONEKEY_DIAL_110 =", "ONEKEY_DAIL_110 =")
    found = only(board)
    assert "key *1 (onekey): there is no target 110" in found.what
    assert found.where == str(etc(board) / "features.conf")
    assert "ONEKEY_DIAL_110" in found.remedy


def test_a_key_whose_target_is_in_no_rule_is_found(board: SwitchboardConfig) -> None:
    """119 can be dialled but the rules file does not know it: a gateway would refuse what the dialplan does."""
    spoil(board, "extensions.conf", "ONEKEY_DIAL_110 =", "ONEKEY_DIAL_119 = PJSIP/119@trunk-119\nONEKEY_DIAL_110 =")
    spoil(board, "features.conf", "onekey-press,s,1(110)", "onekey-press,s,1(119)")
    found = only(board)
    assert "target 119 is not in the rules file" in found.what
    assert '"119"' in found.remedy


def test_without_rules_the_keys_are_checked_all_the_same(board: SwitchboardConfig) -> None:
    """A broken rules file does not hide a key that dials nothing."""
    spoil(board, "features.conf", "onekey-press,s,1(110)", "onekey-press,s,1(199)")
    found = [f for f in doctor.files(board, etc(board), None) if f.level == "error"]
    assert ["there is no target 199" in f.what for f in found] == [True]


def test_no_key_at_all_is_found(board: SwitchboardConfig) -> None:
    """A features.conf without a transfer key: nobody could press anything."""
    spoil(board, "features.conf", "onekey => *1", ";onekey => *1")
    found = only(board)
    assert "there is no transfer key" in found.what
    assert "features.conf" in found.remedy


# --- seats ----------------------------------------------------------------------------------------------------------------


def test_a_member_without_a_phone_is_found(board: SwitchboardConfig) -> None:
    """A queue member that no endpoint stands behind would be rung in vain."""
    spoil(board, "pjsip.conf", "[1002](seat)", "[1092](seat)")
    found = only(board)
    assert "queue member PJSIP/1002 has no endpoint" in found.what
    assert found.where == str(etc(board))
    assert "[1002]" in found.remedy


@pytest.mark.parametrize(
    ("variable", "words"),
    [("DYNAMIC_FEATURES=onekey", "has no transfer key"), ("TRANSFER_CONTEXT=onekey-refer", "is not jailed")],
)
def test_a_seat_without_key_or_jail_is_found(board: SwitchboardConfig, variable: str, words: str) -> None:
    """Each seat is told by its number, with the line that it lacks."""
    spoil(board, "pjsip.conf", f"set_var = {variable}", f";set_var = {variable}")
    found = errors(board)
    assert [f"seat {seat} {words}" in f.what or f"of seat {seat} {words}" in f.what for seat, f in
            zip(SEATS["12345"], found, strict=True)] == [True, True]  # fmt: skip
    assert {f.remedy.split(" / ")[0] for f in found} == {f"加 set_var = {variable}"}


def test_a_queue_that_does_not_exist_is_found(board: SwitchboardConfig) -> None:
    """The gateway is told of a queue that queues.conf has not."""
    found = only(replace(board, queues=("12345", "12346")))
    assert "there is no queue 12346" in found.what
    assert "[12346]" in found.remedy


# --- the manager ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words", "remedy"),
    [
        ("webenabled = no", "webenabled = yes", "AMI is open over HTTP", "webenabled = no"),
        ("webenabled = no", "webenabled = on", "AMI is open over HTTP", "webenabled = no"),
        ("bindaddr = 127.30.1.1", "bindaddr = 0.0.0.0", "AMI listens on every address", "bindaddr"),
        ("bindaddr = 127.30.1.1", "bindaddr = ::", "AMI listens on every address", "bindaddr"),
        ("bindaddr = 127.30.1.1", ";", "AMI listens on every address", "bindaddr"),
    ],
)
def test_an_open_manager_is_found(board: SwitchboardConfig, old: str, new: str, words: str, remedy: str) -> None:
    """AMI over HTTP, or on every address, also where that is only Asterisk's own default."""
    spoil(board, "manager.conf", old, new)
    found = only(board)
    assert words in found.what
    assert found.where == str(etc(board) / "manager.conf")
    assert remedy in found.remedy


@pytest.mark.parametrize("right", ["system", "command", "config", "all"])
def test_a_dangerous_right_is_found(board: SwitchboardConfig, right: str) -> None:
    """Whoever steals the account could run programs: the right is named, and where to remove it."""
    spoil(board, "manager.conf", "write = originate,call", f"write = originate, {right} ,call")
    found = only(board)
    assert f"account onekey has the dangerous right {right}" in found.what
    assert f"remove {right} from write" in found.remedy


# --- files that cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["extensions", "features", "pjsip", "queues", "manager"])
def test_a_missing_file_is_found(board: SwitchboardConfig, name: str) -> None:
    """Each of the five files is missed by name."""
    (etc(board) / f"{name}.conf").unlink()
    assert f"{name}.conf is missing" in errors(board)[0].what


@pytest.mark.parametrize("file", ["features.conf", "dialplan/hotline.conf"])
def test_a_file_in_another_encoding_is_found(board: SwitchboardConfig, file: str) -> None:
    """A comment saved as GBK stops the doctor in no file, an included one neither: it says which it is."""
    path = etc(board) / file
    path.write_bytes("; 热线\n".encode("gbk") + path.read_bytes())
    found = errors(board)[0]
    assert "cannot read" in found.what
    assert found.where == str(path)
    assert "UTF-8" in found.remedy


def test_includes_are_followed_as_asterisk_does(board: SwitchboardConfig, tmp_path: Path) -> None:
    """An absolute path, a comment behind it, #tryinclude, and a file that includes a file: all are read."""
    folder = etc(board)
    (tmp_path / "outer.conf").write_text('#tryinclude "inner.conf"\n')
    (folder / "extensions.conf").rename(folder / "inner.conf")
    (folder / "extensions.conf").write_text(f"#include {tmp_path / 'outer.conf'}  ; the site's own\n")
    assert errors(board) == []


def test_files_that_include_one_another_are_no_endless_work(board: SwitchboardConfig) -> None:
    """A circle of includes comes to an end."""
    spoil(board, "extensions.conf", "#include", '#include "extensions.conf"\n#include')
    assert errors(board) == []


def test_templates_give_their_values_to_sections() -> None:
    """``[1001](seat)`` has what ``[seat](!)`` has, and its own; comments are no values, an escaped semicolon is."""
    text = "[seat](!)\na = 1 ; one\n[1001](seat)\nb => x\\;y\n[1001]\nc=3\n"
    assert doctor.sections(text)["1001"] == [("a", "1"), ("b", "x\\;y"), ("c", "3")]


# --- the gateway's own side -----------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A sound site without a switchboard; port 0 is always free."""
    return Config(
        (), tmp_path / "run", RULES, tmp_path / "run/onekey.db", b"k" * 32, "127.0.0.1", 0, "a-long-token-here"
    )


async def wrong(config: Config) -> list[Finding]:
    """What is not well; each has a place and a cure."""
    found = [finding for finding in await doctor.examine(config) if finding.level != "ok"]
    for finding in found:
        assert finding.where
        assert finding.remedy
    return found


async def test_a_sound_site_has_only_good_findings(config: Config) -> None:
    """Rules, run folder, database and API are each found well."""
    findings = await doctor.examine(config)
    assert [finding.level for finding in findings] == ["ok"] * 4
    assert "ready for calls" in doctor.describe(findings)


async def test_a_broken_rules_file_is_found(config: Config, tmp_path: Path) -> None:
    """Line and column of the error, and how to check the file after mending it."""
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\ntargets: {}\nrules:\n\t- name: x\n")
    (found,) = await wrong(replace(config, rules=path))
    assert (found.level, found.where) == ("error", str(path))
    assert f"{path}:4:1" in found.what
    assert "onekey rules check" in found.remedy


async def test_a_missing_rules_file_is_found(config: Config, tmp_path: Path) -> None:
    """No file is told as no file."""
    (found,) = await wrong(replace(config, rules=tmp_path / "none.yaml"))
    assert (found.level, found.where) == ("error", str(tmp_path / "none.yaml"))


async def test_a_run_folder_that_cannot_be_made_is_found(config: Config, tmp_path: Path) -> None:
    """Below a plain file there is no folder, whatever the rights of root."""
    (tmp_path / "file").write_text("")
    (found,) = await wrong(replace(config, run_dir=tmp_path / "file/run"))
    assert "the run folder is not writable" in found.what
    assert found.where == str(tmp_path / "file/run")
    assert "run_dir" in found.remedy


async def test_a_database_that_cannot_be_opened_is_found(config: Config, tmp_path: Path) -> None:
    """A database below a plain file is an error with its path."""
    (tmp_path / "file").write_text("")
    (found,) = await wrong(replace(config, store=tmp_path / "file/onekey.db"))
    assert (found.level, found.where) == ("error", str(tmp_path / "file/onekey.db"))


@pytest.mark.parametrize("token", ["", "change-me", "short", "x" * 11])
async def test_a_weak_token_is_found(config: Config, token: str) -> None:
    """None, the example's, and one that can be tried out are errors; the token itself is not repeated."""
    (found,) = await wrong(replace(config, api_token=token))
    assert found.level == "error"
    assert "the API token is weak" in found.what
    assert not token or token not in str(found)


async def test_an_api_open_to_others_is_warned_of(config: Config) -> None:
    """Every address without TLS is a warning: a site may have its reasons."""
    (found,) = await wrong(replace(config, api_host="0.0.0.0"))
    assert found.level == "warning"
    assert "without TLS" in found.what


@pytest.mark.parametrize("host", ["127.0.0.1", "127.30.1.7", "localhost", "::1"])
async def test_loopback_is_not_open_to_others(config: Config, host: str) -> None:
    """Loopback, in any spelling, gives no warning."""
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    assert await wrong(replace(config, api_host=host)) == []


def has_ipv6() -> bool:
    """Whether ::1 can be bound here."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_a_taken_port_is_found(config: Config, taken: int) -> None:
    """It may be the gateway itself, which is no error, but it is said."""
    (found,) = await wrong(replace(config, api_port=taken))
    assert (found.level, found.where) == ("warning", f"127.0.0.1:{taken}")
    assert "is the gateway up?" in found.what


# --- the link -------------------------------------------------------------------------------------------------------------


def attached(config: Config, port: int, secret: str = "right") -> Config:
    """The site with one switchboard, whose files are not at hand."""
    return replace(config, switchboards=(SwitchboardConfig("12345", "127.0.0.1", port, "onekey", secret),))


async def test_a_sound_switchboard_is_attached(config: Config) -> None:
    """Its version is told; nothing is wrong."""
    async with FakeAmi() as fake:
        fake.members = [MEMBER]
        findings = await doctor.examine(attached(config, fake.port))
    assert {finding.level for finding in findings} == {"ok"}
    assert any("attached: Asterisk 22.10.1" in finding.what for finding in findings)


async def test_a_whole_site_with_files_is_found_well(config: Config, board: SwitchboardConfig) -> None:
    """Files and link of one switchboard are both looked at."""
    async with FakeAmi() as fake:
        fake.members = [MEMBER]
        whole = replace(config, switchboards=(replace(board, port=fake.port),))
        findings = await doctor.examine(whole)
    assert [finding.level for finding in findings] == ["ok"] * 6


async def test_a_closed_ami_port_is_found(config: Config) -> None:
    """Nobody listens: address, and what to look at in manager.conf."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        (found,) = await wrong(attached(config, port))
    assert found.level == "error"
    assert "The AMI port cannot be reached" in found.what
    assert found.where == f"12345 onekey@127.0.0.1:{port}"
    assert "manager.conf" in found.remedy


async def test_a_wrong_secret_is_found(config: Config) -> None:
    """Asterisk refuses the account: which, and which section to compare. The secret itself is not repeated."""
    async with FakeAmi() as fake:
        (found,) = await wrong(attached(config, fake.port, "not-the-secret"))
    assert found.level == "error"
    assert "refused to log account onekey in" in found.what
    assert "[onekey]" in found.remedy
    assert "not-the-secret" not in str(found)


async def test_a_secret_that_cannot_be_sent_is_found(config: Config) -> None:
    """A line end in the secret would leave its AMI line (law 8): a finding, not a crash, and nothing is sent."""
    async with FakeAmi() as fake:
        (found,) = await wrong(attached(config, fake.port, "right\nAction: Ping"))
        assert fake.logins == 0
    assert found.level == "error"
    assert "cannot be sent" in found.what
    assert found.where.startswith("12345 ")
    assert "secret" in found.remedy


async def test_a_too_old_asterisk_is_found(config: Config) -> None:
    """The version that runs and the one needed are both told."""
    async with FakeAmi() as fake:
        fake.version = "20.5.0"
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "error"
    assert "This is Asterisk 20.5.0; 22.6.0 or later is needed" in found.what
    assert "Upgrade" in found.remedy


async def test_an_asterisk_with_known_holes_is_warned_of(config: Config) -> None:
    """New enough to transfer, too old to be safe: a warning."""
    async with FakeAmi() as fake:
        fake.version, fake.members = "22.6.0", [MEMBER]
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "warning"
    assert "22.6.0" in found.what
    assert "22.10.1" in found.remedy


async def test_missing_rights_are_found(config: Config) -> None:
    """An account that may not ring a target is told before a call shows it."""
    async with FakeAmi() as fake:
        fake.rights.remove("Originate")
        fake.members = [MEMBER]
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "error"
    assert "may not run Originate" in found.what
    assert "write = " in found.remedy


async def test_a_queue_without_members_is_warned_of(config: Config) -> None:
    """No member: no seat would ever be seen."""
    async with FakeAmi() as fake:
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "warning"
    assert "no queue member" in found.what


async def test_one_switchboard_does_not_hide_the_other(config: Config) -> None:
    """A closed port on one side leaves the other side's findings as they are."""
    async with FakeAmi() as fake:
        fake.members = [MEMBER]
        sound = attached(config, fake.port).switchboards[0]
        findings = await doctor.examine(replace(config, switchboards=(replace(sound, id="110", port=9), sound)))
    assert any(f.level == "error" and f.where.startswith("110 ") for f in findings)
    assert any(f.level == "ok" and f.where.startswith("12345 ") for f in findings)


# --- for people -----------------------------------------------------------------------------------------------------------


def test_what_is_wrong_comes_first() -> None:
    """Errors before warnings before what is well, each cure below its finding, and a count at the end."""
    findings = [Finding("ok", "well", "a"), Finding("warning", "hm", "b", "look"), Finding("error", "bad", "c", "mend")]
    lines = doctor.describe(findings).splitlines()
    assert [line.split(": ")[-1].strip() for line in lines[:5]] == ["bad", "→ mend", "hm", "→ look", "well"]
    assert lines[-1] == "1 个错误 / errors"
