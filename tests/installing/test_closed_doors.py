"""What a site leaves open and nobody of it uses is closed; what somebody may use stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.settings import SwitchboardConfig
from gateway.config.site_answers import Answers
from gateway.doctor.asterisk_files import files as examined
from gateway.doctor.asterisk_safety import unsafe
from gateway.installing.difference import apply
from tests.installing.test_snippets import added, answers

__all__ = ["answers"]  # a fixture

CLOSED = "[onekey-refused]\ntype = identify"


def append(tmp_path: Path, file: str, text: str) -> None:
    """More in a file of the site's."""
    path = tmp_path / "12345/etc" / file
    path.write_text((path.read_text() if path.exists() else "") + text)


def test_a_stock_site_is_closed(answers: Answers, tmp_path: Path) -> None:
    """Nobody takes over a call by Replaces, no seat may SUBSCRIBE, no version is told, and no variable is published."""
    files = added(answers, tmp_path)
    assert CLOSED in files["pjsip.conf"]
    assert "[global]\ntype = global\nuser_agent = onekey-12345 " in files["pjsip.conf"]
    assert "endpoint_identifier_order = header,ip,username,anonymous " in files["pjsip.conf"]
    assert "allow_subscribe = no" in files["pjsip.conf"].partition("[SIP-101]")[2].partition("[")[0]
    assert "[declined_message_types]\ndecline = ast_channel_varset_type" in files["stasis.conf"]


def test_the_doctor_warns_of_it_no_more(answers: Answers, tmp_path: Path) -> None:
    """The same by the doctor's own eyes, when the folder is laid beside the site's files; what is left is in the page of installing."""
    written, etc = tmp_path / "ok/12345", tmp_path / "12345/etc"
    for name, text in added(answers, tmp_path).items():
        path = written / "onekey" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    board = SwitchboardConfig(id="12345", host="127.0.0.1", port=5038, username="onekey", secret="a-secret")

    def warned() -> set[str]:
        return {
            word
            for one in (*unsafe(etc), *examined(board, etc, None))
            for word in ("SUBSCRIBE", "Replaces", "user_agent", "event for each variable", "probation", "queue_log")
            if word in one.what
        }

    assert len(warned()) == 6
    apply(written, answers.switchboards[0])
    assert warned() == {"probation", "queue_log"}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("extensions.conf", "\n[watch]\nexten => 101,hint,PJSIP/SIP-101\n"),
        ("pjsip.conf", "\n[box]\ntype = aor\nmailboxes = 101@default\n"),
        ("pjsip.conf", "\n[all]\ntype = resource_list\nevent = presence\n"),
        ("extensions.ael", "context x {};\n"),
    ],
    ids=["hint", "mailbox", "list", "ael"],
)
def test_phones_that_watch_others_go_on(answers: Answers, tmp_path: Path, file: str, text: str) -> None:
    """Lamps and pick-ups of a site work as before; the doctor's warning stays."""
    append(tmp_path, file, text)
    pjsip = added(answers, tmp_path)["pjsip.conf"]
    assert "onekey-refused" not in pjsip
    assert "[global]" not in pjsip
    assert "allow_subscribe" not in pjsip.partition("[SIP-101]")[2].partition("[")[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("manager.conf", "\n[wallboard]\nsecret = a-secret-of-theirs\nread = all\n"),
        ("manager.conf", "\n[wallboard]\nsecret = a-secret-of-theirs\nread = call, dialplan\n"),
        ("ari.conf", "[general]\nenabled = yes\n[robot]\ntype = user\npassword = x\n"),
        ("extensions.conf", "\n[robot]\nexten => 9,1,Stasis(robot)\n"),
    ],
    ids=["all", "dialplan", "ari", "stasis"],
)
def test_who_reads_variables_goes_on_reading(answers: Answers, tmp_path: Path, file: str, text: str) -> None:
    """A wallboard or a robot of the site's is told as before."""
    append(tmp_path, file, text)
    assert "stasis.conf" not in added(answers, tmp_path)


def test_sections_that_are_there_are_added_to(answers: Answers, tmp_path: Path) -> None:
    """A name, an order and messages of the site's own stay."""
    append(
        tmp_path, "pjsip.conf", "\n[all]\ntype = global\nuser_agent = PBX\nendpoint_identifier_order = username,ip\n"
    )
    append(tmp_path, "stasis.conf", "[declined_message_types]\ndecline = stasis_app_recording_snapshot_type\n")
    files = added(answers, tmp_path)
    assert "[all](+type=global)\nendpoint_identifier_order = header,username,ip " in files["pjsip.conf"]
    assert "user_agent" not in files["pjsip.conf"]
    assert "[declined_message_types](+)" in files["stasis.conf"]


def test_what_is_closed_already_is_left(answers: Answers, tmp_path: Path) -> None:
    """No second refusal, no second line."""
    append(tmp_path, "pjsip.conf", "\n[no]\ntype = identify\nmatch_header = Replaces: /./\nendpoint = no\n")
    append(tmp_path, "stasis.conf", "[declined_message_types]\ndecline = ast_channel_varset_type\n")
    files = added(answers, tmp_path)
    assert "onekey-refused" not in files["pjsip.conf"]
    assert "stasis.conf" not in files


def test_a_tree_on_another_machine_is_left_open(answers: Answers, tmp_path: Path) -> None:
    """What it uses is not known."""
    (tmp_path / "12345/etc/extensions.conf").unlink()
    files = added(answers, tmp_path)
    assert "onekey-refused" not in files["pjsip.conf"]
    assert "stasis.conf" not in files
