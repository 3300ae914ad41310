"""A short campaign: random transfers and faults on real Asterisk, and nothing that must be true is broken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from simulators.campaign import Campaign

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

SEED, TRANSFERS, STAGES = 12345, 24, 6


async def _played(numbers: Sequence[int], folder: Path, stages: int) -> dict[str, Any]:
    campaign = Campaign(SEED, numbers, folder, triggers=("key", "refer", "http"), stages=stages)
    return await campaign.run()


async def test_a_short_campaign_breaks_no_rule(run_folder: Path, tmp_path: Path) -> None:
    """Two dozen transfers, half of them with a fault, and what broke a rule breaks it again when it is played alone.

    A plan that breaks a rule on a loaded machine once and never again is shown in the report, not failed: ``make campaign`` over
    hundreds of transfers, on a machine of its own, is where a single violation counts.
    """
    tasks = {task for task in asyncio.all_tasks() if not task.done()}
    report = await _played(range(1, TRANSFERS + 1), tmp_path / "all", STAGES)
    assert report["transfers"] == TRANSFERS
    assert report["transfers_with_faults"] > TRANSFERS / 4
    assert sum(report["outcomes"].values()) >= TRANSFERS / 2
    if report["violations"]:
        print("\n\n".join(map(_shown, report["violations"])))
        again = await _played(sorted({v["number"] for v in report["violations"]}), tmp_path / "again", 1)
        assert not again["violations"], "\n\n".join(map(_shown, again["violations"]))
    assert not list(run_folder.glob("c*"))  # no lab is left
    assert {task for task in asyncio.all_tasks() if not task.done()} <= tasks


def _shown(violation: dict[str, Any]) -> str:
    ladder = "\n".join(f"{rung['ms']:>8} ms  {rung['who']:<16} {rung['what']}" for rung in violation["ladder"])
    return f"{violation['seed']}/{violation['number']} {violation['rule']}: {violation['what']}\n{ladder}"
