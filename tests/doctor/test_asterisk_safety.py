"""What ships has no line that lets a stranger in; each unsafe line in a site's files is found, with its place and its cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.config.settings import SwitchboardConfig, site_path
from gateway.doctor import asterisk_safety
from gateway.doctor.asterisk_config import sections
from gateway.doctor.findings import Finding
from gateway.lab.render import RELAXED, Dirs, render
from tests.doctor.test_asterisk_files import SITE, VALUES, etc, rendered, spoil

SIDES = ("12345", "110")


@pytest.fixture(params=SIDES)
def board(request: pytest.FixtureRequest, tmp_path: Path) -> SwitchboardConfig:
    """A switchboard with the files that ship."""
    return rendered(tmp_path, request.param)


def found(board: SwitchboardConfig) -> list[Finding]:
    """What is unsafe in it; each finding has a place and a cure."""
    findings = asterisk_safety.unsafe(etc(board))
    assert all(finding.where and finding.remedy for finding in findings)
    return findings


def test_what_ships_is_safe(board: SwitchboardConfig) -> None:
    """Nothing in the files that a site copies is for the lab."""
    assert found(board) == []


def test_what_ships_is_safe_with_tls(tmp_path: Path) -> None:
    """Nor in those of a site with TLS and SRTP."""
    dirs = Dirs.of(tmp_path / "s", Path("/m"), Path("/d"))
    values = {
        **VALUES,
        "secure": True,
        "switchboard": "12345",
        "peer": "110",
        "seats": [{"number": "1001", "password": "p" * 16}],
    }
    render(SITE, "12345", values, dirs)
    assert asterisk_safety.unsafe(dirs.etc) == []


def test_what_the_lab_relaxes_is_found(tmp_path: Path) -> None:
    """A site that took a lab's rendered files would be told line by line: each relaxation is one that the doctor knows."""
    dirs = Dirs.of(tmp_path / "lab", Path("/m"), Path("/d"))
    more = {
        "callers": [{"number": "13800000001", "password": "p" * 16}],
        "pstn_host": "127.30.1.5",
        "dtmf_events": False,
    }
    values = {
        **VALUES,
        **more,
        "switchboard": "12345",
        "peer": "110",
        "seats": [{"number": "1001", "password": "p" * 16}],
    }
    render(SITE, "12345", values, dirs, relaxed=RELAXED)
    told = " ".join(finding.what for finding in asterisk_safety.unsafe(dirs.etc))
    assert all(word in told for word in ("queue_log", "CEL", "timer_t1", "pstn"))


LINES = [
    ("rtp.conf", "strictrtp = yes", "strictrtp = no", "error", "strictrtp is off"),
    ("rtp.conf", "strictrtp = yes", "strictrtp = seqno", "warning", "seqno"),
    ("rtp.conf", "probation = 600", "probation = 4", "warning", "probation is small"),
    ("rtp.conf", "probation = 600", "", "warning", "probation is small"),
    ("pjsip.conf", "message_context = onekey-none", "", "error", "SIP MESSAGE"),
    ("pjsip.conf", "message_context = onekey-none", "message_context = onekey-hotline", "error", "SIP MESSAGE"),
    ("pjsip.conf", "rtp_symmetric = no", "rtp_symmetric = yes", "warning", "rtp_symmetric"),
    ("pjsip.conf", "allow_subscribe = no", "", "warning", "SUBSCRIBE"),
    ("pjsip.conf", "allow_transfer = no", "", "error", "REFER"),
    ("pjsip.conf", "match_header = Replaces: /./", "match = 192.0.2.1", "warning", "Replaces"),
    ("pjsip.conf", "header,ip,username", "ip,username,header", "warning", "Replaces"),
    ("pjsip.conf", "user_agent = onekey", ";", "warning", "version"),
    ("pjsip.conf", "[transport-trunk]", "[system]\ntype = system\ntimer_t1 = 100\n[transport-trunk]", "warning", "timer_t1"),
    ("pjsip.conf", "transport = transport-trunk", "transport = transport-seats", "warning", "seats' transport"),
    ("pjsip.conf", "set_var = ONEKEY_TRUNK=110 ", ";set_var = ONEKEY_TRUNK=110 ", "error", "which switchboard"),
    ("pjsip.conf", "context = onekey-from-seat", "context = onekey-from-pstn", "error", "seat's keys"),
    ("pjsip.conf", "[transport-trunk]", "[anonymous]\ntype = endpoint\n[transport-trunk]", "error", "[anonymous]"),
    ("pjsip.conf", "password = p", "password = 1001;", "error", "weak passwords"),
    ("extensions.conf", "ONEKEY_TRUNK_AT = 127.30.1.2:5060", "", "warning", "ONEKEY_TRUNK_AT"),
    ("extensions.conf", "= the-word-of-the-other", "=", "warning", "whoever forges its address is the other switchboard"),
    ("extensions.conf", "= the-word-of-the-other", "= short", "warning", "ONEKEY_TRUNK_WORD"),
    ("manager.conf", "deny = 0.0.0.0/0.0.0.0", "", "warning", "from any address"),
    ("manager.conf", "secret = right-and-long-enough", "secret = right", "error", "weak"),
    ("manager.conf", "bindaddr = 127.30.1.1", "bindaddr = 192.0.2.1", "warning", "in the clear"),
    ("logger.conf", "queue_log = no", "", "warning", "queue_log"),
    ("logger.conf", "notice,warning,error", "notice,warning,error,verbose", "warning", "verbose"),
    ("asterisk.conf", "live_dangerously = no", "live_dangerously = yes", "error", "live_dangerously"),
    ("asterisk.conf", "execincludes = no", "execincludes = yes", "warning", "execincludes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "level", "word"), LINES, ids=[f"{i}-{case[4]}" for i, case in enumerate(LINES)]
)
def test_an_unsafe_line_is_found(tmp_path: Path, file: str, old: str, new: str, level: str, word: str) -> None:
    """One line at a time: found once, at its level, in its file."""
    board = rendered(tmp_path, "12345")
    spoil(board, file, old, new)
    hits = [finding for finding in found(board) if word in finding.what]
    assert [finding.level for finding in hits] == [level]
    assert file in hits[0].where or file == "extensions.conf"


def test_a_record_that_asterisk_keeps_is_found(tmp_path: Path) -> None:
    """CEL in a file of its own, which does not ship."""
    board = rendered(tmp_path, "12345")
    (etc(board) / "cel.conf").write_text("[general]\nenable = yes\n", encoding="utf-8")
    assert [finding.what for finding in found(board) if "CEL" in finding.what]


def test_files_that_everybody_reads_are_found(tmp_path: Path) -> None:
    """Passwords, and Asterisk's own logs of numbers, where their folders are open; behind a closed folder they are not told."""
    board = rendered(tmp_path, "12345")
    logs = etc(board).parent / "log"
    for path in (logs / "queue_log", logs / "cel-custom/Master.csv", etc(board) / "pjsip.conf"):
        path.touch()
        path.chmod(0o644)
    opened = [etc(board), logs, logs / "cel-custom", *etc(board).parents]
    before = {path: path.stat().st_mode for path in opened if path.stat().st_uid == os.getuid()}
    try:
        for path in before:
            path.chmod(0o755)
        told = [finding.where for finding in found(board)]
        logs.chmod(0o700)
        (etc(board) / "pjsip.conf").chmod(0o640)
        closed = found(board)
    finally:
        for path, mode in before.items():
            path.chmod(mode)
    assert told == [str(etc(board) / "pjsip.conf"), str(logs)]
    assert closed == []


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    """A finding about a weak password names the account and not the password."""
    board = rendered(tmp_path, "12345")
    spoil(board, "pjsip.conf", "password = p", "password = hunter2;")
    assert not any("hunter2" in f"{finding.what}{finding.where}{finding.remedy}" for finding in found(board))


def test_a_site_copies_nothing_of_the_labs() -> None:
    """The lab's additions lie with the lab, outside the folder that a site copies, and none of them is worded into what ships."""
    shipped = "".join(path.read_text("utf-8") for path in sorted((site_path("asterisk-conf")).rglob("*.conf")))
    assert not RELAXED.is_relative_to(site_path("asterisk-conf"))
    for word in ("in callers", "pstn_host", "dtmf_events", "timer_t1", "cel_custom", "load generator"):
        assert word not in shipped
    assert all("the lab only" in path.read_text("utf-8") for path in RELAXED.rglob("*.conf"))


def test_every_file_that_is_looked_at_is_read_as_sections() -> None:
    """A value that a template gives counts for its endpoint, and a template is no endpoint."""
    pjsip = sections("[seat](!)\ntype = endpoint\nset_var = DYNAMIC_FEATURES=onekey\n[1001](seat)\n")
    (endpoint,) = asterisk_safety.endpoints(pjsip, ["seat"])
    assert (endpoint.name, endpoint.keys) == ("1001", True)


def test_a_record_that_would_be_dropped_is_told(tmp_path: Path) -> None:
    """The gateway of another home whose host the dialplan does not know; those that it knows are no finding."""
    board = rendered(tmp_path, "12345")
    assert asterisk_safety.records(etc(board), ["http://127.30.1.7:8012/x", ""]) == []
    (told,) = asterisk_safety.records(etc(board), ["https://onekey.110.example/v1", "http://127.30.1.7:8012"])
    assert "onekey.110.example" in told.what
    assert told.remedy == "ONEKEY_EIDO_HOSTS = 127.30.1.7:8012,onekey.110.example"


ENDS = {
    "known by its password": ("identify_by = ip", "identify_by = username\nauth = 1001"),
    "known by a header": ("match = 127.30.1.4", "match_header = X-Whose: 110"),
    "by a context of the site's": ("context = onekey-from-trunk ", "context = site-trunks "),
}


@pytest.mark.parametrize("end", list(ENDS))
def test_every_trunk_says_whose_it_is(tmp_path: Path, end: str) -> None:
    """However a trunk is known, and by whatever context it comes to ours: without ONEKEY_TRUNK its word is not asked for."""
    board = rendered(tmp_path, "12345")
    with (etc(board) / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write("\n[site-trunks]\ninclude => onekey-from-trunk\n")
    spoil(board, "pjsip.conf", *ENDS[end])
    assert not [finding for finding in found(board) if "which switchboard" in finding.what]
    spoil(board, "pjsip.conf", "set_var = ONEKEY_TRUNK=110 ", ";set_var = ONEKEY_TRUNK=110 ")
    (told,) = [finding for finding in found(board) if "which switchboard" in finding.what]
    assert (told.level, "trunk-110" in told.what) == ("error", True)
