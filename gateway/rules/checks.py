"""Errors of rules that can each be read: one that is never reached, an example that does not hold, a target nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from gateway.core.rules.conditions import WEEK_MINUTES, Hours, values_of
from gateway.core.rules.rule import OTHER, Decision, Example, Rule
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.rules import texts
from gateway.rules.yaml_reader import Reader
from gateway.rules.yaml_shapes import Items, Parts


def tell_errors(rules: RuleSet, file: Parts, reader: Reader) -> None:
    """Unreachable rules and examples that fail."""
    items: Items = file["rules"]
    covers = Covers(rules)
    for number, (rule, node, parts) in enumerate(zip(rules.rules, items.nodes, items, strict=True)):
        earlier = covers.first(number)
        if earlier is not None and not earlier.is_default:  # behind a default: told before
            what = texts.NEVER_REACHED(name=earlier.name)
            reader.bad(node, what, texts.MOVE_IT_UP)
        examples: Items = parts.get("examples", Items())
        for example, place in zip(rule.examples, examples.nodes, strict=False):
            if problem := failing(rules, rule, example):
                reader.bad(place, *problem)


def unused_targets(rules: RuleSet, file: Parts) -> Iterator[tuple[yaml.Node, str, str]]:
    """Targets that no key, rule or ladder names. They can still be asked for over HTTP, so this is no error.

    A key or rung ``other`` names whichever switchboard the press does not come from. Which targets are switchboards this file tells by the
    places that presses come from; where it tells none, any target may be one.
    """
    named = {key.target for key in rules.keys.values()}
    for rule in rules.rules:
        named.update(rule.names, map(TargetId, values_of(rule.from_)))
    if OTHER in named:
        switchboards = {TargetId(one) for rule in rules.rules for one in values_of(rule.from_)}
        facts = [example.facts for rule in rules.rules for example in rule.examples]
        switchboards.update(TargetId(place) for fact in facts for place in (fact.switchboard, fact.target) if place)
        if not switchboards:
            return
        named |= switchboards
    for id_, node in file["targets"].keys_.items():
        if id_ not in named:
            what = texts.NO_KEY_AND_NO_RULE_NAMES(id=id_)
            yield node, what, texts.REMOVE_IT_OR_GIVE


def failing(rules: RuleSet, rule: Rule, example: Example) -> tuple[str, str] | None:
    """Why an example of a rule does not hold, and what to do; None where it holds."""
    decides = rules.first(example.facts)
    if decides is not rule:
        name = decides.name if decides is not None else "-"
        what = texts.EXAMPLE_FAILS(name=name)
        wrong = next((misfits for passed, misfits in rules.passed_over(example.facts) if passed is rule), {})
        asked = " ".join(f"{word}={value}" for word, value in wrong.items())
        return (what, texts.CHANGE_THE_EXAMPLE(asked=f" ({asked})" if asked else ""))
    decision = rules.decide(example.facts)
    if not isinstance(decision, Decision):
        fails = bool(example.rings or example.mode)
        return (texts.EXAMPLE_FAILS_THE_RULE, texts.REMOVE_RINGS_AND_MODE) if fails else None
    rung = tuple(rung.name for rung in decision.ladder)
    if example.rings and rung != example.rings:
        shown = ", ".join(rung)
        return (texts.EXAMPLE_FAILS_IT_RINGS(shown=shown), texts.CHANGE_RINGS_OR_LADDER)
    if example.mode and decision.terms.mode != example.mode:
        mode = decision.terms.mode
        return texts.EXAMPLE_FAILS_THE_MODE(mode=mode), texts.CHANGE_ONE
    return None


class Covers:
    """Search for rules that are never reached, because an earlier one fits whenever they do."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._weeks: dict[tuple[Hours, ...], int] = {}

    def first(self, number: int) -> Rule | None:
        """The first rule before this one that fits whenever it does."""
        rule = self._rules.rules[number]
        mask = self._rules.index.covering(rule) & ((1 << number) - 1)
        while mask:
            lowest = mask & -mask
            earlier = self._rules.rules[lowest.bit_length() - 1]
            if self._hours_cover(earlier, rule) and self._crowd_covers(earlier, rule):
                return earlier
            mask ^= lowest
        return None

    def _hours_cover(self, earlier: Rule, rule: Rule) -> bool:
        if not earlier.when.hours:
            return True
        return bool(rule.when.hours) and not self._week(rule.when.hours) & ~self._week(earlier.when.hours)

    @staticmethod
    def _crowd_covers(earlier: Rule, rule: Rule) -> bool:
        before, after = earlier.when, rule.when
        return (
            (not before.free_seats or 0 < after.free_seats <= before.free_seats)
            and after.waiting >= before.waiting
            and after.expected_wait_s >= before.expected_wait_s
        )

    def _week(self, hours: tuple[Hours, ...]) -> int:
        """A bit for every minute of the week."""
        if hours not in self._weeks:
            week = 0
            for span in hours:
                length = (span.end - span.begin) % 1440 or 1440
                for day in span.days:
                    bits = ((1 << length) - 1) << ((day - 1) * 1440 + span.begin)
                    week |= (bits | bits >> WEEK_MINUTES) & ((1 << WEEK_MINUTES) - 1)
            self._weeks[hours] = week
        return self._weeks[hours]
