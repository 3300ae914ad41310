"""What a decision among 1,000 rules costs, and what checking a file of 1,000 rules and 10,000 matters does."""

from __future__ import annotations

import random
import statistics
import time

from gateway.core.rules.conditions import PressFacts
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.case_details import URGENCIES, RoutingDetails
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.rules import file as rules_file

RULES, MATTERS = 1000, 10_000
DECISIONS = 20_000
ROUNDS = 5


def text() -> str:
    """A rules file in which every condition is used, every tenth rule has hours, and each has an example."""
    fields = [f"f{number}" for number in range(100)]
    codes = [
        "m",
        *(f"m.{field}" for field in fields),
        *(f"m.{field}.k{n}" for field in fields for n in range(MATTERS // 100 - 2)),
    ]
    codes += [f"n{number}" for number in range(MATTERS - len(codes))]
    lines = ["version: 1", 'divisions: {"120100": 天津市, "120101": 和平区}', "targets:"]
    lines += [f'  "{id_}": {{name: {id_}, dial: PJSIP/{id_}@trunk-{id_}}}' for id_ in ("12345", "110", "119")]
    lines += ["matters:", "  codes:", *(f'    "{code}": 示例事项' for code in codes)]
    lines += ["  lists:", f"    all_fields: [{', '.join(f'm.{field}' for field in fields)}]", "rules:"]
    for number in range(RULES - 1):
        field, kind = fields[number % 100], number // 100
        from_, target = ("12345", "110") if number % 2 else ("110", "12345")
        hours = f', hours: {{days: "1-5", from: "{8 + number % 8:02}:00", to: "18:00"}}' if number % 10 == 0 else ""
        at = ", at: 2026-11-24T17:00" if hours else ""
        district = ', district: "120100"' if number % 3 == 0 else ""
        there = ', district: "120101"' if district else ""
        matter = f"m.{field}.k{kind}"
        lines += [
            f"  - name: 规则{number}",
            f'    when: {{from: "{from_}", target: "{target}", matter: {matter}, urgency: [normal, urgent]{district}{hours}}}',
            f'    then: {{mode: warm, ladder: [{{target: "{target}", ring_s: 20}}, {{target: "119"}}]}}',
            f'    examples: [{{from: "{from_}", target: "{target}", matter: {matter}, urgency: urgent{there}{at}}}]',
        ]
    lines += ["  - name: 默认", "    then: {mode: warm}"]
    return "\n".join(lines) + "\n"


def presses(rules: RuleSet, seed: int = 1) -> list[PressFacts]:
    """Presses of which everything is known: half fit a rule, half go through to the default."""
    dice = random.Random(seed)
    codes = list(rules.catalogue.matters)
    found = []
    for number in range(DECISIONS):
        from_, target = ("12345", "110") if dice.random() < 0.5 else ("110", "12345")
        code = f"m.f{dice.randrange(100)}.k{dice.randrange(10)}" if number % 2 else dice.choice(codes)
        said = RoutingDetails(code, dice.choice(URGENCIES), "120101", "zh")
        facts = PressFacts(
            switchboard=SwitchboardId(from_),
            target=TargetId(target),
            seat=SeatId("1001"),
            at=0.0,
            asked="",
            routing=said,
            minute=dice.randrange(10080),
        )
        found.append(facts)
    return found


def measure() -> dict[str, float]:
    """``decision_us_1000_rules`` and ``rules_check_s``: medians of some rounds, and the slowest decision of all."""
    source = text()
    checks, decisions = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        rules = rules_file.parse(source)
        checks.append(time.perf_counter() - began)
    cases = presses(rules)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for facts in cases:
            rules.decide(facts)
        decisions.append(1e6 * (time.perf_counter() - began) / len(cases))
    # CPU time, and the least of three tries each: what the machine does beside it is not the decision's
    longest = max(min(_one(rules, facts) for _ in range(3)) for facts in cases)
    return {
        "decision_us_1000_rules": statistics.median(decisions),
        "decision_us_slowest": longest,
        "rules_check_s": statistics.median(checks),
        "bytes": len(source.encode()),
    }


def _one(rules: RuleSet, facts: PressFacts) -> float:
    began = time.thread_time()
    rules.decide(facts)
    return 1e6 * (time.thread_time() - began)
