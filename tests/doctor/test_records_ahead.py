"""The doctor finds what a wrong clock has written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.config.settings import Config
from gateway.doctor.records_ahead import records_ahead
from tests.store.sqlite.test_clock_repair import AHEAD, NOW, stored


async def test_records_that_lie_ahead_are_found(tmp_path: Path) -> None:
    """With how many they are and what to do; none where nothing lies ahead, and none of a store that is not there."""
    config = Config(switchboards=(), run_dir=tmp_path, rules=tmp_path, store=await stored(tmp_path), signing_key=b"")
    (finding,) = records_ahead(config, NOW)
    assert (finding.level, finding.where) == ("error", str(config.store))
    assert "onekey clock --write" in finding.remedy
    assert records_ahead(config, AHEAD + 100) == []
    assert records_ahead(replace(config, store=tmp_path / "none.db"), NOW) == []
