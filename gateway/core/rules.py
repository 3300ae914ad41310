"""Which target a key means: ordered rules, the first that fits decides, the last fits always."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.terms import SeatId, SwitchboardId, TargetId


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


@dataclass(frozen=True, slots=True)
class Refusal:
    """No transfer; ``reason`` is a word of ``core.words`` or the rule's own text."""

    reason: str


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
            return Refusal("unknown_target")
        for rule in self.rules:
            if rule.fits(facts):
                ladder = rule.ladder or (Rung(facts.target, 25),)
                return Decision(rule.name, rule.mode, ladder, rule.tag.replace("{from}", facts.switchboard))
        return Refusal("no_rule")
