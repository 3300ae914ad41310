"""All rules of a site, and what they decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.core.rules.caller_lists import CallerLists
from gateway.core.rules.catalogue import Catalogue
from gateway.core.rules.conditions import PressFacts, crowd_fits
from gateway.core.rules.index import Index
from gateway.core.rules.mismatches import mismatches
from gateway.core.rules.rule import Decision, Key, Refusal, Rule, Rung, Target
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import Reason, as_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules in force. A transfer keeps those that it began with, because it keeps its ladder and terms."""

    targets: dict[TargetId, Target]
    keys: dict[str, Key]
    """By feature code: ``*1``. ``features.conf`` is rendered from it."""
    rules: tuple[Rule, ...]
    version: int = 1
    catalogue: Catalogue = field(default_factory=Catalogue)
    divisions: dict[str, str] = field(default_factory=dict)
    """Names by division code (GB/T 2260); empty: any code may be named."""
    callers: CallerLists = field(default_factory=CallerLists)
    index: Index = field(init=False, repr=False, compare=False)
    crowds: bool = field(init=False, repr=False, compare=False, default=False)
    """True where a decision may depend on who is free just now: by a rule's condition, a further rung, or seats that are kept."""
    hourly: bool = field(init=False, repr=False, compare=False, default=False)
    """True where it may depend on the hour."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", Index(self.rules, self.catalogue))
        targets = self.targets.values()
        further = any(len(rule.ladder) > 1 or rule.end or rule.terms.hold_back > 0 for rule in self.rules)
        crowds = bool(self.index.crowded) or further or any(target.hold_back for target in targets)
        object.__setattr__(self, "crowds", crowds)
        object.__setattr__(self, "hourly", bool(self.index.hours) or any(target.hours for target in targets))

    def sees_confidential(self, organisation: str) -> bool:
        """True where an organisation sees numbers that callers want kept confidential, beyond those of its own callers."""
        known = self.targets.get(TargetId(organisation))
        return known is not None and known.sees_confidential

    def sees_place(self, organisation: str) -> bool:
        """True where an organisation reads the whole place of a matter that was given to it."""
        known = self.targets.get(TargetId(organisation))
        return known is not None and known.sees_place

    def decide(self, facts: PressFacts) -> Decision | Refusal:
        """The first rule that fits. An unknown target is refused whatever the rules say."""
        if facts.target not in self.targets:
            return Refusal(Reason.UNKNOWN_TARGET, facts.target)
        rule = self.first(facts)
        if rule is None:
            return Refusal(Reason.NO_RULE, facts.target)
        if rule.refuse:
            return Refusal(as_reason(rule.refuse), facts.target, rule.name)
        tag = rule.terms.tag.replace("{from}", facts.switchboard)
        terms = replace(rule.terms, mode=facts.asked or rule.terms.mode, tag=tag)
        return Decision(rule.name, rule.rungs(facts.target), terms, rule.why, rule.limit)

    def first(self, facts: PressFacts) -> Rule | None:
        """The rule that decides."""
        index = self.index
        mask = index.fitting(facts)
        while mask:
            lowest = mask & -mask
            rule = self.rules[lowest.bit_length() - 1]
            if not lowest & index.crowded or crowd_fits(rule.when, facts):
                return rule
            mask ^= lowest
        return None

    def passed_over(self, facts: PressFacts) -> Iterator[tuple[Rule, dict[str, str]]]:
        """The rules before the one that decides, each with its conditions that did not fit and what was known instead."""
        for rule in self.rules:
            wrong = mismatches(rule.conditions, rule.from_, rule.target, rule.when, facts, self.catalogue)
            if not wrong:
                return
            yield rule, wrong

    def static_plan(self, switchboard: SwitchboardId, target: TargetId) -> tuple[Rung, ...]:
        """The ladder that the dialplan rings where no gateway answers: that of the first rule that fits with only these two
        known. Empty where the rules ring nobody: then the dialplan rings the target alone."""
        match self.decide(PressFacts(switchboard=switchboard, target=target, seat=SeatId(""), at=0.0)):
            case Decision(ladder=ladder):
                return ladder
            case _:
                return ()
