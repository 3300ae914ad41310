"""The static plan: what a key does without a gateway, as the dialplan's globals say it.

``ONEKEY_PLAN_<from>_<target>`` holds the rungs of one key, ``110/25&119-120/20``: who rings, at once where joined by ``-``, and for
how long (seconds). ``from`` is the switchboard whose seat pressed, which is not always the caller's home, where the ladder is
climbed. ``ONEKEY_PLAN_S`` is the longest of all ladders, in seconds: the far side waits for home no shorter.
``ONEKEY_PLAN_SHOWS_<target>`` is 1 where the target sees a number that the caller wants kept confidential.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.rules import RING_S, RuleSet, Rung
from gateway.core.terms import SwitchboardId, TargetId

LONGEST = "ONEKEY_PLAN_S"
SHOWS = "ONEKEY_PLAN_SHOWS_"
BETWEEN_RUNGS_S = 1
"""What the dialplan may need from the end of one rung to the ringing of the next."""

Globals = tuple[tuple[str, str], ...]
"""Names and values, in order."""


def plan_globals(rules: RuleSet, switchboards: Iterable[SwitchboardId], before: RuleSet | None = None) -> Globals:
    """The plan of every press that these switchboards' seats can make. Targets that only the rules ``before`` had get an empty
    value, with which the dialplan rings what it dials for them once, as without a plan."""
    plans: list[tuple[str, str]] = []
    longest_s = RING_S
    lost = [target for target in before.targets if target not in rules.targets] if before is not None else []
    for switchboard in sorted(switchboards):
        for target in rules.targets:
            ladder = rules.static_plan(switchboard, target)
            plans.append((name_of(switchboard, target), written(ladder)))
            longest_s = max(longest_s, sum(rung.ring_s + BETWEEN_RUNGS_S for rung in ladder))
        plans += [(name_of(switchboard, target), "") for target in lost]
    shows = [(f"{SHOWS}{id_}", str(int(target.sees_confidential))) for id_, target in rules.targets.items()]
    return (*plans, *shows, *((f"{SHOWS}{id_}", "0") for id_ in lost), (LONGEST, str(longest_s)))


def name_of(switchboard: SwitchboardId, target: TargetId) -> str:
    """The global that holds the plan of a press."""
    return f"ONEKEY_PLAN_{switchboard}_{target}"


def written(ladder: Iterable[Rung]) -> str:
    """A ladder as the dialplan reads it."""
    return "&".join(f"{rung.name}/{rung.ring_s}" for rung in ladder)


def pressed_for(
    rules: RuleSet, switchboard: SwitchboardId, rung: TargetId, attempt: int
) -> tuple[TargetId, tuple[Rung, ...]]:
    """Which target a seat wanted and the ladder that is climbed, told from the one leg that is seen: its rung and number.

    A ladder that begins with its own target explains a leg best. Where none explains it (the site's plan is older than the
    rules), the rung is all that is known.
    """
    for target in sorted(rules.targets, key=lambda target: (target != rung, target)):
        ladder = rules.static_plan(switchboard, target)
        if 0 < attempt <= len(ladder) and ladder[attempt - 1].name == rung:
            return target, ladder
    return rung, (Rung(rung, RING_S),) * max(attempt, 1)
