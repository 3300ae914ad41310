"""Timers are known by their kind: each one that is started is one that means something when it fires."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.core.values.timers import TimerKind, read

CORE = Path(__file__).resolve().parents[3] / "gateway/core"


@pytest.mark.parametrize("kind", TimerKind)
@pytest.mark.parametrize("subject", ["", "12345", "12345:1001", "12345.2000000000000000.1", "a:b:c:d"])
def test_a_name_is_read_back(kind: TimerKind, subject: str) -> None:
    """Kind and subject, whatever stands in the subject."""
    assert read(kind.of(subject)) == (kind, subject)


@pytest.mark.parametrize("name", ["", "nonsense", "nonsense:1", "TRANSFER:1"])
def test_a_name_of_no_kind_is_an_error(name: str) -> None:
    """Nothing is decided by a timer that nobody means; before, it was passed over in silence."""
    with pytest.raises(ValueError, match="TimerKind"):
        read(name)


def test_every_kind_is_started_by_a_turn() -> None:
    """No kind is left that nothing starts; that each is met when it fires mypy sees in ``turn.timers``."""
    turns = "\n".join(path.read_text("utf-8") for path in (CORE / "turn").glob("*.py") if path.name != "timers.py")
    started = set(re.findall(r"TimerKind\.([A-Z_]+)", turns))
    assert started == set(TimerKind.__members__)
