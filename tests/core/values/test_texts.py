"""Texts of transfers for seats."""

from __future__ import annotations

from gateway.core.values.ids import Outcome
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import outcome_text


def test_a_target_without_a_number_is_called_by_its_name() -> None:
    """A call-taker knows 110 by its number and water by its name; a rung that failed before is named so too."""
    names = {"water": "供水抢修热线"}
    text = outcome_text(Outcome.FAILED, Reason.NO_ANSWER, "119", ["water: busy"], names)
    assert text.startswith("转接失败 → 119：供水抢修热线 对方坐席全忙；对方无人接听 / ")
    assert text.endswith("→ 119: water no free seat there; no answer")
    assert outcome_text(Outcome.FAILED, Reason.BUSY, "water", names=names).startswith("转接失败 → 供水抢修热线：")
