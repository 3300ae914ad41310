"""What ``modules.conf`` says of the modules that keep presses which no gateway follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.doctor.asterisk_modules import written


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("[modules]\nautoload = yes\n", ""),
        ("[modules]\nautoload = no\nload = func_db.so\nload = app_db.so\n", ""),
        ("[modules]\nautoload = no\nload = func_db.so\n", "app_db.so"),
        ("[modules]\nautoload = yes\nnoload = func_db.so\n", "func_db.so"),
        ("[modules]\nautoload = no\nload = chan_pjsip.so\n", "func_db.so、app_db.so"),
    ],
)
def test_a_module_that_is_missing_is_named(tmp_path: Path, text: str, missing: str) -> None:
    """With what to add; a file that loads both, or everything, says nothing."""
    (tmp_path / "modules.conf").write_text(text)
    found = written(tmp_path)
    assert [finding.what.split("：")[0].removeprefix("没有加载 ") for finding in found] == (
        [missing] if missing else []
    )


def test_a_folder_without_the_file_says_nothing(tmp_path: Path) -> None:
    """Others have said that it cannot be read."""
    assert written(tmp_path) == []
