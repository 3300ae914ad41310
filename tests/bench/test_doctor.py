"""Mistakes planted in healthy sites: each is found, once, with what to do; healthy sites are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.doctor import TREES, beside, figures, looked_at
from bench.doctor_mistakes import MISTAKES
from gateway.doctor.findings import describe

CONSOLE = ("dialplan reload", "onekey", "=", "→", "/")
"""Signs of a remedy that can be followed: a line to write, a command, or two languages."""


@pytest.mark.parametrize("tree", TREES)
async def test_a_healthy_site_has_no_finding(tmp_path: Path, tree: str) -> None:
    """Neither error nor warning; an Asterisk on another machine is not called ready: what could not be seen is said."""
    found = await looked_at(tmp_path, tree)
    assert [one.what for one in found if one.level != "unknown"] == []
    assert ("ready for calls" in describe(found)) == (tree != "remote")


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_found(tmp_path: Path, name: str) -> None:
    """A finding for its cause, in both languages, with a place and a cure, and no more findings than it has causes."""
    mistake = MISTAKES[name]
    (tmp_path / "healthy").mkdir()
    (tmp_path / "spoilt").mkdir()
    healthy = await looked_at(tmp_path / "healthy", mistake.tree)
    found = beside(await looked_at(tmp_path / "spoilt", mistake.tree, mistake.plant), healthy)
    said = [one for one in found if mistake.said in one.what]
    assert said, [one.what for one in found]
    assert len(found) == 1 + mistake.also, [one.what for one in found]
    for one in found:
        assert one.level in ("error", "warning", "unknown")
        assert one.where
        assert any(sign in one.remedy for sign in CONSOLE), one


def test_there_are_enough_of_them() -> None:
    """Forty planted mistakes and five healthy sites at least."""
    assert len(MISTAKES) >= 40
    assert len(TREES) >= 5


def test_the_figures_name_what_was_missed() -> None:
    """The count of those found, the aim, and the names of the others."""
    kept = figures(["a mistake"], [], 3)
    assert (kept["doctor_found"]["value"], kept["doctor_found"]["aim"]) == (2, "3")
    assert "a mistake" in kept["doctor_found"]["note"]
    assert kept["doctor_false"]["value"] == 0
