"""Decisions of the rules, told to people: the examples as a table, why a rule decides, and what another file changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gateway.core.messages.records import TransferRow
from gateway.core.rules import plan as plans
from gateway.core.rules.conditions import PressFacts, local_minute, values_of, within
from gateway.core.rules.mismatches import UNKNOWN, shown_minute
from gateway.core.rules.rule import Decision, Refusal, Rung, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import REASONS
from gateway.rules import texts

CASES_MAX = 200_000
"""Combinations that ``diff`` compares: a few seconds."""


def ladder_text(ladder: Sequence[Rung]) -> str:
    """``110 25s → 119-120 20s``."""
    return " → ".join(f"{rung.name} {rung.ring_s}s" for rung in ladder)


def decision_text(decided: Decision | Refusal) -> str:
    """The decision in one line."""
    if isinstance(decided, Refusal):
        zh, en = REASONS[decided.reason] if isinstance(decided.reason, Reason) else (decided.reason, "")
        return texts.REFUSED(zh=zh, beside=f" / {en}" if en else "")
    plain, terms = TransferPolicy(), decided.terms
    extra = [
        f"{word}={value}"
        for word, value, default in (
            ("accept_s", terms.accept_s, plain.accept_s),
            ("decide_s", terms.decide_s, plain.decide_s),
            ("release", terms.release_s, plain.release_s),
            ("hold_back", terms.hold_back, plain.hold_back),
            ("prompts", terms.prompts, plain.prompts),
            ("split", terms.split, plain.split),
            ("limit", decided.limit, 0),
        )
        if value != default
    ]
    return " ".join([terms.mode, ladder_text(decided.ladder), terms.tag, *extra])


def facts_text(facts: PressFacts) -> str:
    """The known facts in one line; unknown ones are left out."""
    said = facts.routing
    words = {
        "from": facts.switchboard,
        "target": facts.target,
        "mode": facts.asked,
        "matter": said.matter,
        "urgency": said.urgency,
        "district": said.district,
        "language": said.language,
        "list": ",".join(sorted(facts.lists)),
        "at": shown_minute(facts.minute),
        "free_seats": _by_target(facts.free_seats),
        "waiting": _by_target(facts.waiting),
        "expected_wait_s": _by_target(facts.expected_wait_s),
    }
    return " ".join(f"{word}={value}" for word, value in words.items() if value)


def _by_target(counts: Mapping[TargetId, float]) -> str:
    return ",".join(f"{target}={count:g}" for target, count in counts.items())


def examples_table(rules: RuleSet) -> str:
    """Every example with what the rules make of it, and the rules that have none."""
    lines = []
    for rule in rules.rules:
        lines.append(f"{rule.name}  [{rule.why}]")
        for example in rule.examples:
            right = rules.first(example.facts) is rule
            lines.append(f"  {'✔' if right else '✘'} {facts_text(example.facts)}")
            lines.append(f"      → {decision_text(rules.decide(example.facts))}")
        if not rule.examples:
            lines.append(texts.NO_EXAMPLE)
    examples = sum(len(rule.examples) for rule in rules.rules)
    lines.append(texts.COUNT_OF_EXAMPLES(examples=examples, rules=len(rules.rules)))
    return "\n".join(lines)


# --- explain ------------------------------------------------------------------------------------------------------------------


def explanation(rules: RuleSet, facts: PressFacts) -> str:
    """Explanation of a decision: the rule that decides, why not those before it, and whom it rings with the free seats that are known."""
    lines = [texts.KNOWN(facts_text=facts_text(facts))]
    for rule, wrong in rules.passed_over(facts):
        conditions = rule.conditions
        why = "; ".join(f"{word}={conditions[word]} (≠ {known})" for word, known in wrong.items())
        lines.append(f"  ✘ {rule.name}: {why}")
    decided = rules.decide(facts)
    rule_name = decided.rule or "-"
    why = decided.why if isinstance(decided, Decision) else getattr(rules.first(facts), "why", decided.reason)
    lines.append(f"  ✔ {rule_name}: {why}")
    lines.append(f"→ {decision_text(decided)}")
    if isinstance(decided, Decision):
        for number, rung in enumerate(decided.ladder, 1):
            lines.append(f"   {number}. {rung.name}: {_rung_text(rules, facts, decided.terms, rung)}")
    lines.append(texts.PLAN(text=plans.text(plans.of(decided, _marks(rules, facts, decided), target=facts.target))))
    if any(UNKNOWN in wrong.values() for _, wrong in rules.passed_over(facts)):
        lines.append(texts.UNKNOWN_FITS_NOTHING(unknown=UNKNOWN))
    return "\n".join(lines)


def _marks(rules: RuleSet, facts: PressFacts, decided: Decision | Refusal) -> tuple[Reason | None, ...]:
    """The rungs that are passed over because they are closed; what free seats make of it, a gateway alone knows."""
    return tuple(plans.closed(rules, decided.ladder, facts.minute)) if isinstance(decided, Decision) else ()


def _rung_text(rules: RuleSet, facts: PressFacts, terms: TransferPolicy, rung: Rung) -> str:
    target = rules.targets[rung.target]
    free = facts.free_seats.get(rung.target)
    kept = terms.hold_back if terms.hold_back >= 0 else target.hold_back
    reason: Reason | None = None
    if len(rung.targets) == 1:
        if free == 0:
            reason = Reason.FULL
        elif target.hours and facts.minute >= 0 and not within(target.hours, facts.minute):
            reason = Reason.CLOSED
        elif free is not None and kept and free <= kept:
            reason = Reason.HELD_BACK
    seats = texts.FREE_SEATS_UNKNOWN if free is None else texts.FREE_SEATS(free=free)
    if reason:
        zh, en = REASONS[reason]
        return texts.PASSED_OVER(seats=seats, zh=zh, en=en)
    return texts.RINGS(seats=seats, ring_s=rung.ring_s)


# --- diff ---------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Changed:
    """Presses that are treated one way by the old rules and another by the new."""

    before: str
    after: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Difference:
    """The changes that another file makes. ``compared`` of ``possible`` combinations were looked at."""

    changes: list[Changed]
    compared: int
    possible: int

    def text(self, shown: int = 3) -> str:
        """For people."""
        lines = []
        for change in sorted(self.changes, key=lambda change: -change.count):
            lines += [f"- {change.before}", f"+ {change.after}", f"    {change.count} ×"]
            lines += [f"    {example}" for example in change.examples[:shown]]
        share = "" if self.compared == self.possible else f" / {self.possible}"
        total = sum(change.count for change in self.changes)
        lines.append(texts.COMPARED(compared=self.compared, share=share, total=total))
        return "\n".join(lines)


def compared(
    old: RuleSet, new: RuleSet, cases: Sequence[tuple[PressFacts, PressFacts, str]], possible: int
) -> Difference:
    """Decide each case by both. A case is what each side knows (the lists may differ), and its name."""
    found: dict[tuple[str, str], Changed] = {}
    for facts, facts_new, name in cases:
        before, after = _deed(old.decide(facts)), _deed(new.decide(facts_new))
        if before == after:
            continue
        decisions = decision_text(old.decide(facts)), decision_text(new.decide(facts_new))
        change = found.setdefault(decisions, Changed(*decisions))
        change.count += 1
        if len(change.examples) < 20:
            change.examples.append(name or facts_text(facts))
    return Difference(list(found.values()), len(cases), possible)


def _deed(decided: Decision | Refusal) -> object:
    return decided.reason if isinstance(decided, Refusal) else (decided.ladder, decided.terms, decided.limit)


def difference(old: RuleSet, new: RuleSet, cases_max: int = CASES_MAX) -> Difference:
    """Compare two files over every combination of the values that their conditions name, and of not knowing."""
    axes = _axes(old, new)
    possible = 1
    for axis in axes:
        possible *= len(axis)
    stride = -(-possible // cases_max)
    while stride > 1 and any(len(axis) % stride == 0 for axis in axes):
        stride += 1  # else an axis would never move
    cases = [(facts, facts, "") for facts in (_case(axes, n) for n in range(0, possible, stride))]
    return compared(old, new, cases, possible)


def _case(axes: Sequence[Sequence[object]], number: int) -> PressFacts:
    chosen: list[object] = []
    for axis in axes:
        number, at = divmod(number, len(axis))
        chosen.append(axis[at])
    from_, target, matter, urgency, district, language, list_, minute, free, waiting, wait_s = chosen
    lists = frozenset([str(list_)]) if list_ else frozenset[str]()
    seats, callers, waits = ({TargetId(str(target)): int(str(n))} if n != "" else {} for n in (free, waiting, wait_s))
    said = RoutingDetails(str(matter), str(urgency), str(district), str(language))
    return PressFacts(
        switchboard=SwitchboardId(str(from_)),
        target=TargetId(str(target)),
        seat=SeatId(""),
        at=0.0,
        asked="",
        routing=said,
        lists=lists,
        free_seats=seats,
        minute=int(str(minute)),
        waiting=callers,
        expected_wait_s=waits,
    )


def _axes(old: RuleSet, new: RuleSet) -> list[list[object]]:
    rules = [*old.rules, *new.rules]
    whens = [rule.when for rule in rules]
    targets = list(dict.fromkeys([*old.targets, *new.targets]))
    from_ = [value for rule in rules for value in values_of(rule.from_)]
    from_ += [target for target in targets if target in ("12345", "110")]
    matters = [value for when in whens for value in values_of(when.matter)]
    members = [
        member
        for rules_ in (old, new)
        for name, some in rules_.catalogue.lists.items()
        if name in matters
        for member in some
    ]
    classed = [
        matter.code
        for rules_ in (old, new)
        for matter in rules_.catalogue.matters.values()
        if any(matter.class_ in values_of(when.class_) for when in whens if when.class_)
    ]
    codes = [
        code
        for code in [*matters, *members, *classed]
        if code in old.catalogue.matters or code in new.catalogue.matters
    ]
    minutes = [
        ((day - 1) * 1440 + edge) % 10080
        for when in whens
        for span in when.hours
        for day in span.days[:1]
        for edge in (span.begin, span.end)
    ]
    free = [seats for when in whens if when.free_seats for seats in (when.free_seats - 1, when.free_seats)]
    return [
        list(dict.fromkeys(from_)) or list(targets),
        list(targets),
        _axis("", codes),
        _axis("", [value for when in whens for value in values_of(when.urgency)]),
        _axis("", [value for when in whens for value in values_of(when.district)]),
        _axis("", [value for when in whens for value in values_of(when.language)]),
        _axis("", [value for when in whens for value in values_of(when.list_)]),
        _axis(-1, minutes),
        _axis("", free),
        _axis("", [edge for when in whens if when.waiting for edge in (when.waiting - 1, when.waiting)]),
        _axis("", [edge for when in whens if (edge_s := when.expected_wait_s) for edge in (edge_s - 1, edge_s)]),
    ]


def _axis(unknown: object, values: Sequence[object]) -> list[object]:
    return list(dict.fromkeys([unknown, *values]))


def replayed(
    old: RuleSet, new: RuleSet, rows: Iterator[tuple[TransferRow, str, int]], rows_max: int = CASES_MAX
) -> Difference:
    """Decide recorded transfers by both files. Each row comes with the caller's number (may be empty) and the local day."""
    cases = []
    for row, number, day in islice(rows, rows_max):
        minute = local_minute(row.pressed_at)
        given = [
            PressFacts(
                switchboard=row.transferer_switchboard,
                target=row.target,
                seat=row.transferer,
                at=row.pressed_at,
                asked="",
                routing=row.said,
                lists=rules.callers.of(number, day),
                free_seats={},
                minute=minute,
            )
            for rules in (old, new)
        ]
        decided = old.decide(given[0])
        if isinstance(decided, Decision) and decided.terms.mode != row.mode:  # the key asked for a mode of its own
            given = [
                PressFacts(
                    switchboard=row.transferer_switchboard,
                    target=row.target,
                    seat=row.transferer,
                    at=row.pressed_at,
                    asked=row.mode,
                    routing=row.said,
                    lists=f.lists,
                    free_seats={},
                    minute=minute,
                )
                for f in given
            ]
        cases.append((given[0], given[1], f"{row.id} {facts_text(given[0])}"))
    return compared(old, new, cases, len(cases))
