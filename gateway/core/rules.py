"""Which target a key means: ordered rules, the first that fits decides, the last fits always."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.terms import SeatId, SwitchboardId, TargetId

RING_S = 25
"""Seconds a target rings where a rule says nothing: four or five rings; the dialplan's ONEKEY_RING_S is the same."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a key is pressed."""

    switchboard: SwitchboardId
    target: TargetId
    seat: SeatId
    at: float


@dataclass(frozen=True, slots=True)
class Rung:
    """One target of a ladder and how long it rings, in seconds."""

    target: TargetId
    ring_s: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says: the mode, whom to ring in which order, and the caller-ID tag of the legs."""

    rule: str
    mode: str
    ladder: tuple[Rung, ...]
    tag: str
    why: str = ""
    """Which words of the rule fitted, for logs and ``explain``: ``from=12345 target=110``, or ``default``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No transfer; ``reason`` is a word of ``core.words`` or the rule's own text, ``about`` what it is about."""

    reason: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A switchboard that can be rung."""

    id: TargetId
    name: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """``when`` the press comes from this switchboard and names this target (None: any), ``then`` this."""

    name: str
    from_: SwitchboardId | None
    target: TargetId | None
    mode: str
    ladder: tuple[Rung, ...]
    tag: str

    def fits(self, facts: Facts) -> bool:
        """Whether this rule decides."""
        return self.from_ in (None, facts.switchboard) and self.target in (None, facts.target)

    @property
    def why(self) -> str:
        """Its conditions in one line."""
        words = {"from": self.from_, "target": self.target}
        return " ".join(f"{word}={value}" for word, value in words.items() if value is not None) or "default"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force. A transfer keeps those that it began with, because it keeps its ladder."""

    targets: dict[TargetId, Target]
    keys: dict[str, str]
    """Feature code -> what it does, as ``features.conf`` has it: ``*1`` -> ``other``."""
    rules: tuple[Rule, ...]
    version: int = 1

    def decide(self, facts: Facts) -> Decision | Refusal:
        """The first rule that fits. An unknown target is refused whatever the rules say."""
        if facts.target not in self.targets:
            return Refusal("unknown_target", facts.target)
        for rule in self.rules:
            if rule.fits(facts):
                ladder = rule.ladder or (Rung(facts.target, RING_S),)
                return Decision(rule.name, rule.mode, ladder, rule.tag.replace("{from}", facts.switchboard), rule.why)
        return Refusal("no_rule", facts.target)
