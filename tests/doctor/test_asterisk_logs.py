"""Asterisk's own logs: kept as long as retention says, and readable by nobody else; what differs is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.config.settings import KEEP_DAYS, SITE, SwitchboardConfig
from gateway.doctor import asterisk_logs
from gateway.doctor.findings import Finding
from tests.doctor.test_asterisk_files import etc, rendered, spoil

SHIPPED = (SITE / asterisk_logs.SHIPPED).read_text("utf-8")
DAYS = KEEP_DAYS["asterisk"]
AT = 1_800_000_000.0
DEBIANS = "/var/log/asterisk/*.log /var/log/asterisk/*_log {\n weekly\n rotate 4\n postrotate\n  if true; then { asterisk -rx 'logger reload'; }; fi\n endscript\n}\n"


@pytest.fixture
def board(tmp_path: Path) -> SwitchboardConfig:
    """12345 with a log of today."""
    board = rendered(tmp_path, "12345")
    log(board, "messages.log", 0)
    return board


def logs(board: SwitchboardConfig) -> Path:
    """Where its Asterisk writes."""
    return etc(board).parent / "log"


def log(board: SwitchboardConfig, name: str, days: float) -> None:
    """A log of so many days ago."""
    path = logs(board) / name
    path.write_text("x")
    path.chmod(0o640)
    os.utime(path, (AT - days * 86400, AT - days * 86400))


def found(board: SwitchboardConfig, tmp_path: Path, text: str, days: int = DAYS) -> list[Finding]:
    """What the doctor says where logrotate has this file."""
    folder = tmp_path / "logrotate.d"
    folder.mkdir(exist_ok=True)
    (folder / "asterisk").write_text(text.replace("/var/log/asterisk", str(logs(board))))
    findings = asterisk_logs.kept(etc(board), days, folder, AT)
    assert all(finding.remedy or finding.level == "ok" for finding in findings)
    return findings


def test_what_ships_keeps_them_as_long_as_retention_says(board: SwitchboardConfig, tmp_path: Path) -> None:
    """One line that says so, with the days; also where a site has switched on what we do not ship."""
    (finding,) = found(board, tmp_path, SHIPPED)
    assert (finding.level, "180 days" in finding.what) == ("ok", True)
    spoil(board, "logger.conf", "queue_log = no", "queue_log = yes")
    log(board, "cel-custom/Master.csv", 0)
    assert [one.level for one in found(board, tmp_path, SHIPPED)] == ["ok"]
    (rotation,) = asterisk_logs.rotations(tmp_path / "logrotate.d")
    assert (rotation.days, rotation.mode) == (DAYS, 0o640)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no rule of logrotate covers it, it is kept for ever: messages.log"),
        (DEBIANS, "logrotate keeps 28 days, [retention] asterisk_days says 180"),
        (SHIPPED.replace("rotate 180", "rotate 400").replace("maxage 180", ""), "logrotate keeps 400 days"),
        (SHIPPED.replace("rotate 180", "rotate 90"), "logrotate keeps 90 days"),
        (SHIPPED.replace("daily", "").replace("maxage 180", ""), "logrotate keeps ? days"),
        (SHIPPED.replace("create 0640", "create 0644"), "logs that everybody may read (0644)"),
    ],
)
def test_what_differs_is_told(board: SwitchboardConfig, tmp_path: Path, text: str, words: str) -> None:
    """No rule, too long, too short, no time at all, a mode for everybody: one warning each."""
    (finding,) = found(board, tmp_path, text)
    assert (finding.level, words in finding.what) == ("warning", True), finding.what


def test_another_time_of_the_sites_own_is_compared_with(board: SwitchboardConfig, tmp_path: Path) -> None:
    """The site's own days are what counts, not ours."""
    assert "asterisk_days says 30" in found(board, tmp_path, SHIPPED, 30)[0].what
    mine = SHIPPED.replace("rotate 180", "rotate 30").replace("maxage 180", "maxage 30")
    assert [one.level for one in found(board, tmp_path, mine, 30)] == ["ok"]


def test_what_should_have_gone_is_told(board: SwitchboardConfig, tmp_path: Path) -> None:
    """Whatever logrotate is told: files that are older are there, packed ones and those of another name too."""
    log(board, "messages.log-20260101.gz", DAYS + 3)
    log(board, "queue_log.1", DAYS + 300)
    log(board, "messages.log.1", DAYS)
    (finding,) = found(board, tmp_path, SHIPPED)
    assert "messages.log-20260101.gz, queue_log.1" in finding.what


def test_logs_of_another_machine_are_none_of_ours(board: SwitchboardConfig, tmp_path: Path) -> None:
    """Where only the files of its configuration are here, nothing is said."""
    (logs(board) / "messages.log").unlink()
    (logs(board) / "cel-custom").rmdir()
    logs(board).rmdir()
    assert found(board, tmp_path, "") == []
