"""Attacks, one name each: what a stranger, a foreign token or a foreign platform may try on a running lab.

An attack is a coroutine over a ground. It returns a sentence that tells what held, and raises ``Broken`` where something did not.
``make attack`` plays them all, the tests play them once; ``docs/security.md`` has the list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.stage import AsteriskPlay, AsteriskStage


class Broken(Exception):
    """An attack came through: what was expected to hold, and what came of it."""


@dataclass
class Ground:
    """Where an attack is made: a lab with its gateway, and the people who use it meanwhile."""

    stage: AsteriskStage
    play: AsteriskPlay
    figures: dict[str, float] = field(default_factory=dict)
    """What an attack measures, by the name of the figure; the worst of a name is kept."""

    def must(self, true: Any, what: str) -> None:
        """A fact that holds under this attack. Raises Broken if it does not."""
        if not true:
            raise Broken(what)


Run = Callable[[Ground], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack. ``kind`` is the heading that it stands under: media, signalling, api, door, data."""

    name: str
    kind: str
    run: Run

    @property
    def aim(self) -> str:
        """What the attacker wants, in a sentence: the docstring."""
        return " ".join(str(self.run.__doc__).split())


ATTACKS: dict[str, Attack] = {}


def attack(kind: str) -> Callable[[Run], Run]:
    """Enter an attack under its function's name."""

    def enter(run: Run) -> Run:
        name = run.__name__
        ATTACKS[name] = Attack(name, kind, run)
        return run

    return enter


async def perform(name: str, stage: AsteriskStage) -> tuple[str, dict[str, float]]:
    """Make one attack on a stage, and clear the stage. Returns what held, and the figures. Raises Broken, StoryFailed, PhoneError."""
    ground = Ground(stage, AsteriskPlay(name, stage))
    try:
        held = await ATTACKS[name].run(ground)
        await stage.clear()
        await stage.empty()
        return held, ground.figures
    except Exception as error:
        error.figures = ground.figures  # type: ignore[attr-defined]  # an attack that came through has measured, too
        raise
    finally:
        await stage.clear()
