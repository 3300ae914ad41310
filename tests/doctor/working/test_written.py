"""A switchboard's files, as the doctor sees them: names of their own are a site's right."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.doctor.findings import Finding
from gateway.doctor.working.picture import picture
from gateway.doctor.working.written import written
from gateway.rules import file as rules_file
from tests.doctor.test_asterisk_files import RULES, SEATS, etc, rendered, spoil


def told(folder: Path, name: str, far_name: str = "") -> list[Finding]:
    """Errors of 12345 whose systemname is ``name``, where 110 has a way home by ``far_name`` beside that by its id."""
    board, other = rendered(folder, "12345"), rendered(folder, "110")
    spoil(board, "asterisk.conf", "systemname = 12345", f"systemname = {name}")
    way = "ONEKEY_HOME_12345 = "
    if far_name:
        spoil(other, "extensions.conf", way, f"ONEKEY_HOME_{far_name} = PJSIP/onekey-press@trunk-12345\n{way}")
    found = written(board, etc(board), rules_file.load(RULES), list(SEATS), far=[picture(other, etc(other)).globals_])
    return [finding for finding in found if finding.level == "error"]


@pytest.mark.parametrize(("name", "far_name"), [("12345", ""), ("pbx-a", "pbx-a"), ("pbxa", "pbxa")])
def test_a_systemname_by_which_its_calls_are_found_is_well(tmp_path: Path, name: str, far_name: str) -> None:
    """The id, or a name that the other switchboard has a way home by, as ``onekey site init`` writes it."""
    assert told(tmp_path, name, far_name) == []


@pytest.mark.parametrize("name", ["", "pbx-a", "110"], ids=["none", "unknown to the other", "the other's"])
def test_a_systemname_by_which_nobody_is_found_is_told(tmp_path: Path, name: str) -> None:
    """A key would not find its caller's home."""
    (finding,) = told(tmp_path, name)
    assert f"systemname is {name or '–'}" in finding.what
    assert "systemname = 12345" in finding.remedy


def test_a_trunk_is_named_by_id_where_it_is_reached_by_name_too(tmp_path: Path) -> None:
    """Ways to 110 by its systemname: its endpoint says its id, and nothing is wrong; another's id is."""
    board = rendered(tmp_path, "12345")
    way = "ONEKEY_HOME_110 = "
    spoil(board, "extensions.conf", way, f"ONEKEY_HOME_pbxb = PJSIP/onekey-press@trunk-110\n{way}")
    assert [one for one in written(board, etc(board), None, list(SEATS)) if one.level == "error"] == []
    spoil(board, "pjsip.conf", "ONEKEY_TRUNK=110 ", "ONEKEY_TRUNK=119 ")
    assert [one for one in written(board, etc(board), None, list(SEATS)) if "ONEKEY_TRUNK of trunk-110" in one.what]
