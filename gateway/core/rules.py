"""Which target a key means: ordered rules, the first that fits decides, the last fits always."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    asked: str = ""
    """The mode that the key itself asks for (``consult``, ``conference``); empty: the rule's."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: who rings, for how long (seconds), and who else at the same time."""

    target: TargetId
    ring_s: int
    also: tuple[TargetId, ...] = ()

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """All that ring."""
        return (self.target, *self.also)

    @property
    def name(self) -> TargetId:
        """Its id for the dialplan and for people: ``110``, or ``110-119`` where both ring at once."""
        return TargetId("-".join(self.targets))


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a target is rung. Spans in seconds."""

    mode: str = "warm"
    tag: str = "[{from}转]"
    accept_s: int = 0
    """0: answering the phone is accepting; else the target has this long to accept by key or console."""
    decide_s: int = 180
    """How long a consultation may last before the first receiver keeps the matter: three minutes of three people."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says: whom to ring in which order, and on which terms."""

    rule: str
    ladder: tuple[Rung, ...]
    terms: Terms
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


OTHER = TargetId("other")
"""As the target of a key: the other switchboard, whichever one is pressed at."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a feature code does: ``transfer`` to a target, in a mode of its own or the rule's; ``cancel``, ``accept``,
    ``decline``."""

    action: str
    target: TargetId = TargetId("")
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """``when`` the press comes from this switchboard and names this target (None: any), ``then`` this."""

    name: str
    from_: SwitchboardId | None
    target: TargetId | None
    ladder: tuple[Rung, ...]
    terms: Terms = Terms()

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
    keys: dict[str, Key]
    """By feature code: ``*1``. ``features.conf`` is rendered from it."""
    rules: tuple[Rule, ...]
    version: int = 1

    def decide(self, facts: Facts) -> Decision | Refusal:
        """The first rule that fits. An unknown target is refused whatever the rules say."""
        if facts.target not in self.targets:
            return Refusal("unknown_target", facts.target)
        for rule in self.rules:
            if rule.fits(facts):
                ladder = rule.ladder or (Rung(facts.target, RING_S),)
                tag = rule.terms.tag.replace("{from}", facts.switchboard)
                terms = replace(rule.terms, mode=facts.asked or rule.terms.mode, tag=tag)
                return Decision(rule.name, ladder, terms, rule.why)
        return Refusal("no_rule", facts.target)

    def static_plan(self, switchboard: SwitchboardId, target: TargetId) -> tuple[Rung, ...]:
        """Whom the dialplan rings where no gateway answers: the ladder of the first rule that fits with only these two
        known. Empty where the rules ring nobody: then the dialplan rings the target alone."""
        match self.decide(Facts(switchboard, target, SeatId(""), 0.0)):
            case Decision(ladder=ladder):
                return ladder
            case _:
                return ()
