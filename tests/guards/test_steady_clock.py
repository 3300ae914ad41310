"""The time of a gateway while clocks jump."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gateway
from gateway.guards.steady_clock import NEAR_S, SETTLE_S, Jump, StampClock, SteadyClock

T = 1_795_500_000.0
YEARS_5 = 5 * 365 * 86400.0


class Machine:
    """Two clocks of a machine: one that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.mono, self.off = 100.0, 0.0
        self.clock = SteadyClock(lambda: T + self.mono - 100.0 + self.off, lambda: self.mono)

    def passes(self, seconds: float, step: float = 1.0) -> list[Jump]:
        """Time goes by, looked at every second; jumps that were believed."""
        found = []
        for _ in range(round(seconds / step)):
            self.mono += step
            if (jump := self.clock.look()) is not None:
                found.append(jump)
        return found


@pytest.mark.parametrize("off", [YEARS_5, 3600.0, -3600.0, -2 * 86400.0])
def test_a_jump_that_is_taken_back_never_was(off: float) -> None:
    """Whatever the clock said meanwhile, no instant and no duration has seen it."""
    machine = Machine()
    machine.off = off
    assert machine.passes(20) == []
    assert (machine.clock.now(), machine.clock.off_s) == (T + 20, off)
    machine.off = 0.0
    assert machine.passes(1000) == []
    assert (machine.clock.now(), machine.clock.off_s) == (T + 1020, 0.0)


@pytest.mark.parametrize("off", [3600.0, -3600.0])
def test_a_clock_that_stays_is_believed(off: float) -> None:
    """Once, after a while, with both instants."""
    machine = Machine()
    machine.off = off
    (jump,) = machine.passes(SETTLE_S + 10)
    assert (jump.by_s, machine.clock.jumps, machine.clock.off_s) == (off, [jump], 0.0)
    assert machine.clock.now() == T + SETTLE_S + 10 + off


def test_a_clock_that_is_set_again_is_looked_at_anew() -> None:
    """Two settings in a row: only the last one that stays is believed."""
    machine = Machine()
    machine.off = 3600.0
    assert machine.passes(200) == []
    machine.off = 7200.0
    assert machine.passes(200) == []
    (jump,) = machine.passes(200)
    assert jump.by_s == 7200.0


def test_small_differences_are_followed_forwards_only() -> None:
    """A second is no jump; time never goes back for one."""
    machine = Machine()
    machine.off = 1.0
    machine.passes(1)
    assert machine.clock.now() == T + 2.0
    machine.off = 0.0
    machine.passes(1)
    assert machine.clock.now() == T + 3.0


def test_time_stamps_of_an_asterisk() -> None:
    """Near ones are taken as they are; of a clock that has jumped the differences count, and ours is the instant."""
    now = [T]
    stamps = StampClock(lambda: now[0])
    assert stamps(T - 2.5) == T - 2.5
    now[0] = T + 10
    assert stamps(T + 9 + YEARS_5) == T + 10
    now[0] = T + 14
    assert (stamps(T + 12.25 + YEARS_5), stamps.off_s) == (T + 13.25, YEARS_5 - 1)
    now[0] = T + 20
    assert (stamps(T + 19), stamps.off_s) == (T + 19, 0.0)
    assert stamps(T + 20 - NEAR_S) == T + 20 - NEAR_S


def test_nobody_takes_the_machines_clock_by_default() -> None:
    """Who needs the time is given a clock: one that is forgotten would mix two times, so there is no default to fall back on."""
    found = [
        f"{path}:{default.lineno}"
        for path in sorted(Path(gateway.__file__).parent.rglob("*.py"))
        if path.name != "steady_clock.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.arguments)
        for default in (*node.defaults, *node.kw_defaults)
        if default is not None and ast.unparse(default) in ("time.time", "time.time_ns", "time")
    ]
    assert found == []
