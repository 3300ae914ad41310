"""What a campaign draws depends on its seed and nothing else."""

from __future__ import annotations

from simulators.plans import FAULTS, MODES, draw


def plans(seed: int, count: int = 400) -> list:
    return [draw(seed, number, triggers=["key", "refer"], fault_share=0.5) for number in range(count)]


def test_a_seed_gives_the_same_plans_again() -> None:
    """Also alone: a plan does not depend on those before it."""
    again = plans(1)
    assert plans(1) == again
    assert draw(1, 17, triggers=["key", "refer"], fault_share=0.5) == again[17]
    assert plans(2) != again


def test_everything_is_drawn() -> None:
    """Every mode, fault and direction comes up; about half of the transfers have a fault; no part breaks twice."""
    drawn = plans(3)
    assert {plan.mode for plan in drawn} == set(MODES)
    assert {fault.name for plan in drawn for fault in plan.faults} == set(FAULTS)
    assert {plan.direction for plan in drawn} == {"12345->110", "110->12345", "there_and_back"}
    assert 0.4 < sum(bool(plan.faults) for plan in drawn) / len(drawn) < 0.6
    assert all(len(plan.faults) == len({fault.name.split("_")[0] for fault in plan.faults}) for plan in drawn)


def test_a_trigger_that_is_not_offered_is_not_drawn() -> None:
    """A gateway without POST /v1/transfers."""
    assert {plan.trigger for plan in plans(4)} == {"key", "refer"}
    assert {draw(4, n, triggers=["http"], fault_share=0).trigger for n in range(20)} == {"http"}
