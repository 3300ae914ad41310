"""``onekey-plan.conf``: rendered from the rules, written whole, read as Asterisk reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.settings import site_path
from gateway.core.values.numbers import mask_runs
from gateway.doctor.asterisk_config import sections
from gateway.provisioning import plan_file
from gateway.rules import file as rules_file
from gateway.rules.reload import difference


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The shipped rules as a file, and as Asterisk would read them inside ``[globals]``; a second writing changes nothing."""
    rules = rules_file.load(site_path("transfer_rules.yaml"))
    text = plan_file.rendered(rules, "110", ["12345", "110"])
    assert plan_file.write(tmp_path, text)
    before = (tmp_path / plan_file.NAME).stat().st_mtime_ns
    assert not plan_file.write(tmp_path, text)
    assert (tmp_path / plan_file.NAME).stat().st_mtime_ns == before
    found = plan_file.read(tmp_path)
    assert found is not None
    assert found["ONEKEY_PLAN_110_12345"].endswith(":12345/25")
    assert dict(sections("[globals]\n" + text)["globals"]) == found
    assert [path.name for path in tmp_path.iterdir()] == [plan_file.NAME]


def test_there_is_no_file(tmp_path: Path) -> None:
    """No plan is not an empty plan, and a folder that is not there cannot be written."""
    assert plan_file.read(tmp_path) is None
    with pytest.raises(OSError, match="nowhere"):
        plan_file.write(tmp_path / "nowhere", "x")


def test_a_difference_hides_telephone_numbers() -> None:
    """The audit's line shows which line changed, not who is on a list; codes and times stay."""
    before, after = "a\nring_s: 25\n", 'a\nring_s: 30\n- number: "13800000001"\n- 02212345678 010-87654321\n'
    shown = difference(before, after)
    assert "-ring_s: 25" in shown
    assert "+ring_s: 30" in shown
    assert '"138********"' in shown
    assert "022****" in shown
    assert "876****" in shown
    assert mask_runs("120101 01.02.03 12:30") == "120101 01.02.03 12:30"
