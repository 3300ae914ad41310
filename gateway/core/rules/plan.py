"""The plan of a press: what a key does, as the dialplan reads it (``onekey-by-plan``) and as it comes back from there.

``ONEKEY_PLAN_<from>_<target>`` holds it, as a global of the caller's home, or as a variable of his channel where his matter makes a
difference; ``from`` is the switchboard whose seat pressed. Seven fields, joined by ``:``::

    2:<mode>:<seconds to accept>:<tag>:<flags>:<rule>:<rung>&<rung>…        2:no:<prompt>:<text>:<flags>:<rule>:-

A rung is ``110/25`` (who, seconds), several at once ``119-120/20``; ``f!110/25`` is passed over, because it was full. Tags and texts
are named by a digest, which ``ONEKEY_PLAN_TAG_<digest>`` and ``ONEKEY_PLAN_WHY_<digest>`` spell out: no text of a rule stands where the
dialplan takes values apart. ``rule`` is the digest of the terms that no dialplan needs: by it a gateway that comes back finds them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.core.rules.conditions import PressFacts, within
from gateway.core.rules.rule import RING_S, Decision, Refusal, Rung, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import Outcome, SeatId, SwitchboardId, TargetId
from gateway.core.values.reasons import AnyReason, Reason, as_reason
from gateway.core.values.texts import outcome_text, prompt_of

PREFIX = "ONEKEY_PLAN_"
BARE = "BARE_"
"""Prefix of plans that go by free seats: the name under which the same plan stands as it is without them."""
LONGEST = "ONEKEY_PLAN_S"
SHOWS = "ONEKEY_PLAN_SHOWS_"
TAG = "ONEKEY_PLAN_TAG_"
WHY = "ONEKEY_PLAN_WHY_"
OF_CALL = "ONEKEY_PLANS"
"""On a caller's channel: the presses of which a plan of its own lies there, for a gateway that comes back."""
WRITTEN_AT = "ONEKEY_PLAN_AT"
"""When a gateway last said that it is there: whole seconds since 1970."""
CHARS_MAX = 480
"""Asterisk shows 512 characters of a variable (``Status``), and the dialplan takes no longer plan; some 40 rungs."""
BETWEEN_RUNGS_S = 1
"""Seconds that the dialplan may need from the end of one rung to the ringing of the next."""
MARKS = {Reason.DOWN: "d", Reason.FULL: "f", Reason.CLOSED: "c", Reason.HELD_BACK: "h"}
"""Why a rung is passed over, as its first letter."""
_REASONS = {mark: reason for reason, mark in MARKS.items()}
RUNGS_MAX = 40
"""No plan has more: the shortest rung has ten characters."""
NONE = "0" * 8
"""No digest: the dialplan says what it says by itself."""
THREE_TALK = "0" * 7 + "1"
"""In the place of a text's digest: the dialplan itself has refused, because a target is with the caller already."""
_FORM = re.compile(
    r"2:(?:no:(?P<prompt>[a-z_-]+)|(?P<mode>[a-z]+):(?P<accept>[0-9]{1,4})):(?P<text>[0-9a-f]{8}):(?P<flags>[cr-]{1,2}):(?P<rule>[0-9a-f]{8}):(?P<rungs>.+)",
    re.ASCII,
)
_RUNG = re.compile(r"(?:([dfch])!)?([0-9A-Za-z.-]+)/([0-9]{1,4})", re.ASCII)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
TEXT_BYTES_MAX = 900
"""Longest tag or reason; a line of AMI has 1,022."""
_UNSAYABLE = re.compile(r'[\^()"&|${};\\]')
"""Characters that a text may not have, since the dialplan, or its file, would read as more than a text."""

Globals = tuple[tuple[str, str], ...]
"""Names and values, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of one press. ``marks`` has for each rung why it is passed over, None where it is rung."""

    terms: TransferPolicy = TransferPolicy()
    ladder: tuple[Rung, ...] = ()
    marks: tuple[Reason | None, ...] = ()
    rule: str = NONE
    """The digest of the terms that decided."""
    refusal: AnyReason | None = None
    """The reason of a plan that rings nobody."""
    why: str = ""
    """Text for the seat of a refusal."""
    crowded: bool = False
    """True where it would be another one with other free seats."""

    @property
    def first(self) -> int:
        """The number of the rung that rings first."""
        return next((number for number, mark in enumerate(self.marks, 1) if not mark), len(self.ladder))


def of(
    decided: Decision | Refusal, marks: tuple[Reason | None, ...] = (), *, target: str = "", crowded: bool = False
) -> Plan:
    """The plan of a decision. A ladder that is longer than a plan may be is cut behind its last whole rung."""
    if isinstance(decided, Refusal):
        why = outcome_text(Outcome.FAILED, decided.reason, target)
        return Plan(refusal=decided.reason, why=why, crowded=crowded)
    plan = Plan(
        terms=decided.terms,
        ladder=decided.ladder,
        marks=marks or (None,) * len(decided.ladder),
        rule=digest_of(decided),
        crowded=crowded,
    )
    while len(text(plan)) > CHARS_MAX:
        rungs = len(plan.ladder) - 1
        plan = replace(plan, ladder=plan.ladder[:rungs], marks=(*plan.marks[: rungs - 1], None))
    return plan


def ringing(terms: TransferPolicy, ladder: tuple[Rung, ...], marks: tuple[Reason | None, ...]) -> Plan:
    """The plan of a ladder and its terms, by whatever rule."""
    return of(Decision("", ladder, terms), marks)


@lru_cache(4096)
def digest(words: str) -> str:
    """The name of a text."""
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def digest_of(decided: Decision) -> str:
    """The name of a rule's terms; the mode, which a key may ask for, is no part of it, nor is the tag."""
    terms = decided.terms
    return digest(
        repr(
            (decided.rule, terms.decide_s, terms.release_s, terms.hold_back, terms.prompts, terms.split, decided.limit)
        )
    )


def tag_key(tag: str) -> str:
    """The digest of a tag, where the dialplan may show it."""
    return digest(tag) if _can_be_set(tag) and "," not in tag else NONE


def why_key(why: str) -> str:
    """The digest of a text, where the dialplan may show it."""
    return digest(why) if _can_be_set(why) else NONE


def _can_be_set(words: str) -> bool:
    """True where a text can stand in a variable: it shows, fits into a line of AMI, and is nothing but a text to the dialplan."""
    hidden = not words.isprintable() and any(unicodedata.category(c) in _HIDDEN for c in words)
    return bool(words) and not hidden and not _UNSAYABLE.search(words) and len(words.encode()) <= TEXT_BYTES_MAX


def text(plan: Plan) -> str:
    """A plan as the dialplan reads it."""
    crowded = "c" if plan.crowded else ""
    if plan.refusal:
        return f"2:no:{prompt_of(plan.refusal) or '-'}:{why_key(plan.why)}:{crowded or '-'}:{plan.rule}:-"
    terms = plan.terms
    says = "r" if terms.prompts is None or "ringing" in terms.prompts else ""
    rungs = "&".join(
        f"{MARKS[mark]}!{rung.name}/{rung.ring_s}" if mark else f"{rung.name}/{rung.ring_s}"
        for rung, mark in zip(plan.ladder, plan.marks, strict=True)
    )
    return f"2:{terms.mode}:{terms.accept_s}:{tag_key(terms.tag)}:{(crowded + says) or '-'}:{plan.rule}:{rungs}"


def same(one: str, other: str) -> bool:
    """True where two plans do the same; by what it was decided is nothing to the caller."""
    return _acts(one) == _acts(other)


def _acts(written: str) -> list[str]:
    parts = written.split(":")
    return parts[:2] if parts[1:2] == ["no"] else [*parts[:4], *parts[6:]]


def as_the_rules_say(wanted: str, held: str) -> bool:
    """True where a plan is the rules' one, whatever it passes over because of what is so just now."""
    return _acts(re.sub(r"[dfch]!", "", wanted)) == _acts(re.sub(r"[dfch]!", "", held))


def reason_of(written: str, rules: RuleSet, target: str) -> AnyReason:
    """Why a plan rings nobody: the reason whose text it names; ``no_rule`` where the rules in force have none such any more."""
    match = _FORM.fullmatch(written)
    if match is not None and match["text"] == THREE_TALK:
        return Reason.ALREADY_RINGING
    reasons = (
        *(as_reason(rule.refuse) for rule in rules.rules if rule.refuse),
        Reason.HELD_BACK,
        Reason.UNKNOWN_TARGET,
    )
    named = match["text"] if match is not None else NONE
    texts = ((reason, why_key(outcome_text(Outcome.FAILED, reason, target))) for reason in reasons)
    return next((reason for reason, key in texts if key == named != NONE), Reason.NO_RULE)


def refuses(written: str) -> bool:
    """True where a plan rings nobody."""
    return written.startswith("2:no:")


def read(written: str, rules: RuleSet, switchboard: SwitchboardId) -> Plan | None:
    """The plan that rang, with all of its terms where the rules in force still have them; None for what is no plan.

    ``switchboard`` is where the key was pressed.
    """
    match = _FORM.fullmatch(written)
    if match is None or len(written) > CHARS_MAX:
        return None
    if match["mode"] is None:
        return Plan(refusal=Reason.NO_RULE, crowded="c" in match["flags"])
    rungs = [_RUNG.fullmatch(part) for part in match["rungs"].split("&")]
    ladder, marks = [], []
    for rung in rungs:
        if rung is None:
            return None
        first, *also = (TargetId(id_) for id_ in rung[2].split("-"))
        ladder.append(Rung(first, int(rung[3]), tuple(also)))
        marks.append(_REASONS.get(rung[1] or ""))
    terms = _terms_of(rules, match["rule"], switchboard)
    known = (
        terms
        if tag_key(terms.tag) == match["text"]
        else replace(terms, tag=TransferPolicy().tag.replace("{from}", switchboard))
    )
    terms = replace(known, mode=match["mode"], accept_s=int(match["accept"]))
    return Plan(
        terms=terms, ladder=tuple(ladder), marks=tuple(marks), rule=match["rule"], crowded="c" in match["flags"]
    )


def _terms_of(rules: RuleSet, rule: str, switchboard: SwitchboardId) -> TransferPolicy:
    for one in rules.rules:
        terms = replace(one.terms, tag=one.terms.tag.replace("{from}", switchboard))
        if digest_of(Decision(one.name, (), terms, limit=one.limit)) == rule:
            return terms
    return TransferPolicy(tag=TransferPolicy().tag.replace("{from}", switchboard))


# --- all plans of a rule set -------------------------------------------------------------------------------------------------


def name_of(switchboard: SwitchboardId, target: TargetId, *, bare: bool = False) -> str:
    """The variable that holds the plan of a press."""
    return f"{PREFIX}{BARE if bare else ''}{switchboard}_{target}"


def texts_of(plan: Plan) -> Globals:
    """The text that a plan names by digest."""
    tag, why = tag_key(plan.terms.tag), why_key(plan.why)
    if plan.refusal:
        return ((f"{WHY}{why}", plan.why),) if why != NONE else ()
    return ((f"{TAG}{tag}", plan.terms.tag),) if tag != NONE else ()


def static(rules: RuleSet, switchboard: SwitchboardId, target: TargetId, minute: int = -1) -> Plan:
    """The plan of a press of whose caller nothing is known, with no look at anybody's seats. ``minute`` of the week; -1: not known."""
    decided = rules.decide(PressFacts(switchboard=switchboard, target=target, seat=SeatId(""), at=0.0, minute=minute))
    if isinstance(decided, Refusal):
        return of(decided, target=target)
    return of(decided, tuple(closed(rules, decided.ladder, minute)), target=target)


def closed(rules: RuleSet, ladder: tuple[Rung, ...], minute: int) -> Iterable[Reason | None]:
    """For each rung whether it is passed over because its only target is closed. The last is rung all the same."""
    for number, rung in enumerate(ladder, 1):
        known = rules.targets.get(rung.target)
        hours = known.hours if known is not None and not rung.also and number < len(ladder) and minute >= 0 else ()
        yield Reason.CLOSED if hours and not within(hours, minute) else None


def plan_globals(
    rules: RuleSet, switchboards: Iterable[SwitchboardId], before: RuleSet | None = None, minute: int = -1
) -> Globals:
    """The plans of every press that these switchboards' seats can make, as the rules alone say. Targets that only the rules ``before``
    had get an empty value, with which the dialplan rings what it dials for them once, as without a plan."""
    switchboards = sorted(switchboards)
    plans: list[tuple[str, str]] = []
    texts: dict[str, str] = {}
    lost = [target for target in before.targets if target not in rules.targets] if before is not None else []
    for switchboard in switchboards:
        for target in rules.targets:
            plan = static(rules, switchboard, target, minute)
            plans.append((name_of(switchboard, target), text(plan)))
            texts.update(texts_of(plan))
        plans += [(name_of(switchboard, target), "") for target in lost]
    return (*plans, *sorted(texts.items()), *facts_of_targets(rules, lost), (LONGEST, str(longest_s(rules))))


def facts_of_targets(rules: RuleSet, lost: Iterable[TargetId] = ()) -> Globals:
    """Targets that see a number that the caller wants kept confidential."""
    shows = [(f"{SHOWS}{id_}", str(int(target.sees_confidential))) for id_, target in rules.targets.items()]
    return (*shows, *((f"{SHOWS}{id_}", "0") for id_ in lost))


def longest_s(rules: RuleSet) -> int:
    """The longest of all ladders, in seconds: the far side waits for home no shorter."""
    ladders = (rule.rungs(target) for rule in rules.rules if not rule.refuse for target in rules.targets)
    return max((sum(rung.ring_s + BETWEEN_RUNGS_S for rung in ladder) for ladder in ladders), default=RING_S)


# --- a leg of which only its rung is known -------------------------------------------------------------------------------------


def pressed_for(
    rules: RuleSet, switchboard: SwitchboardId, rung: TargetId, attempt: int
) -> tuple[TargetId, tuple[Rung, ...]]:
    """Target that a seat wanted and the ladder that is climbed, told from the one leg that is seen: its rung and number.

    A ladder that begins with its own target explains a leg best. Where none explains it (the site's plan is older than the
    rules), the rung is all that is known.
    """
    for target in sorted(rules.targets, key=lambda target: (target != rung, target)):
        ladder = rules.static_plan(switchboard, target)
        if 0 < attempt <= len(ladder) and ladder[attempt - 1].name == rung:
            return target, ladder
    return rung, (Rung(rung, RING_S),) * max(attempt, 1)
