"""What a campaign draws: one transfer's plan, every random decision of it, from the seed and the transfer's number alone.

Instants are seconds after the press (negative: before it), spans seconds.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simulators.story_rules import RING_S, TARGETS

TRIGGERS = {"key": 0.6, "refer": 0.13, "button": 0.13, "http": 0.14}
"""``button``: the seat calls the target on its second line, and hands over while that rings, or a moment after it was answered."""
STARTS = {"queue": 0.7, "handed": 0.18, "called_back": 0.12}
"""How the seat that presses got its caller: from the queue, from a colleague who handed him over, or by a call-back of its own."""
ASIDES = {"nothing": 0.7, "forwards": 0.15, "between": 0.15}
"""What else goes on: a seat of the caller's home forwards its phone; two seats talk, and one presses its transfer button."""
MODES = {
    "warm": 0.34,
    "blind": 0.12,
    "silent": 0.12,
    "consult": 0.1,
    "conference": 0.08,
    "ladder": 0.12,
    "accept": 0.12,
}
DIRECTIONS = {"12345->110": 0.5, "110->12345": 0.3, "there_and_back": 0.2}
TARGET_KINDS = {"answers": 0.64, "declines": 0.12, "busy": 0.09, "never": 0.09, "absent": 0.06}
SEAT_KINDS = {"late": 0.5, "early": 0.2, "takes_back": 0.12, "stays": 0.18}
ANSWERS = {"yes": 0.6, "no": 0.25, "nothing": 0.15}
FAULTS = {
    "gateway_killed": 3.0,
    "gateway_frozen": 2.5,
    "link_cut": 1.5,
    "link_stalled": 1.2,
    "link_sliced": 1.0,
    "seat_phone_dies": 1.0,
    "target_phone_dies": 1.0,
    "caller_phone_dies": 0.6,
    "far_killed": 0.8,
    "far_stopped": 0.6,
    "trunk_dead": 0.6,
    "store_locked": 1.0,
    "facts_edited": 1.0,
    "facts_reloaded": 1.0,
    "facts_seats": 1.0,
}
"""``facts_…``: what rules go by moves in the second around the press: the matter is edited, the rules are loaded anew, seats come and go."""
KEYS = {
    "warm": "*1",
    "accept": "*1",
    "blind": "*A",
    "silent": "*B",
    "consult": "*6",
    "conference": "*7",
    "ladder": "*4",
}
TAKE_BACK, ACCEPT, DECLINE = "*0", "*8", "*9"
LADDER = ("122", "119", "120")
"""The first rings alone, then the other two at once."""
DECIDE_S, ACCEPT_S = 10, 5
BO_TAG, BO_TAG_ANEW = "[藏语转]", "[藏语]"
"""What the far phone shows of a caller who speaks Tibetan: by the rules, and by those of which one is loaded anew."""
SPEAKS_S = 0.5
RUNG_S = 0.016
"""From the press to the target's ringing."""
CLOSE_S = 0.012
"""Two things meet: so close that either may be first."""

_RULES = """rules:
  - name: 藏语来电转110
    when: {from: "12345", target: "110", language: bo}
    then: {ladder: [{target: "110", ring_s: RING_S}], tag: "[藏语转]", decide_s: 10, ACCEPT}
  - name: 12345转110
    when: {from: "12345", target: "110"}
    then: {ladder: [{target: "110", ring_s: RING_S}], decide_s: 10, ACCEPT}
  - name: 110转12345
    when: {from: "110", target: "12345"}
    then: {ladder: [{target: "12345", ring_s: RING_S}], decide_s: 10, ACCEPT}
  - name: 依次呼叫122，再同时呼叫119和120
    when: {target: "122"}
    then: {ladder: [{target: "122", ring_s: 5}, {target: "119", also: ["120"], ring_s: 5}]}
  - name: 默认
    then: {mode: warm}
"""
RULES = {
    "answer": TARGETS + _RULES.replace(", ACCEPT", ""),
    "accept": TARGETS + _RULES.replace("ACCEPT", f"accept_s: {ACCEPT_S}"),
}
"""Two rules files, two kinds of stage: answering the phone is accepting, or a key must say so."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something breaks ``at_s`` after the press, and is whole again ``for_s`` later (where it can be)."""

    name: str
    at_s: float
    for_s: float
    side: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """How one target behaves: ``answers``, ``declines`` (both after a time), ``busy``, ``never``, ``absent``; and what it says
    where it must accept or decide: ``yes``, ``no``, ``nothing``."""

    kind: str
    after_s: float
    says: str
    says_after_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One transfer: who is there, who does what when, and what breaks."""

    number: int
    trigger: str
    mode: str
    direction: str
    seat: str
    seat_after_s: float
    seat_phone: str
    spare: bool
    targets: tuple[Target, ...]
    caller_leaves_s: float | None
    second_press_s: float | None
    hold: tuple[float, float] | None
    last: str
    """Who ends the matter: ``person`` or ``caller``."""
    start: str = "queue"
    aside: str = "nothing"
    button_s: float = 0.0
    """How long the second call rings before the seat hands over."""
    faults: tuple[Fault, ...] = field(default=())

    @property
    def rules(self) -> str:
        """Which kind of stage it needs."""
        return "accept" if self.mode == "accept" else "answer"

    @property
    def home(self) -> str:
        """The caller's switchboard."""
        return "110" if self.direction == "110->12345" else "12345"

    @property
    def far(self) -> str:
        """The other one."""
        return "12345" if self.home == "110" else "110"

    @property
    def presser_side(self) -> str:
        """Where the seat sits that presses."""
        return "110" if self.direction == "there_and_back" else self.home


def _pick(dice: random.Random, weights: dict[str, float]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _instant(dice: random.Random, answer_s: float, low: float, high: float) -> float:
    """Any instant; in a third of all draws one at which two things meet: press, the words behind it, answer, end of the ringing."""
    if dice.random() > 1 / 3:
        return dice.uniform(low, high)
    meeting = dice.choice((0.0, SPEAKS_S, answer_s, answer_s, RUNG_S + RING_S))
    return max(low, meeting + dice.uniform(-CLOSE_S, CLOSE_S))


def draw(
    seed: int, number: int, *, triggers: Sequence[str], fault_share: float, faults: Sequence[str] = tuple(FAULTS)
) -> Plan:
    """The plan of one transfer. The same arguments give the same plan."""
    dice = random.Random(f"{seed}/{number}")
    trigger = _pick(dice, {name: TRIGGERS[name] for name in triggers})
    mode = "blind" if trigger in ("refer", "button") else _pick(dice, MODES)
    direction = _pick(dice, DIRECTIONS)
    targets = tuple(
        Target(_pick(dice, TARGET_KINDS), dice.uniform(0.05, 1.5), _pick(dice, ANSWERS), dice.uniform(0.1, 1.2))
        for _ in LADDER
    )
    seat = _pick(dice, SEAT_KINDS)
    answer_s = RUNG_S + targets[0].after_s
    hold = (dice.uniform(-0.8, 1.0), dice.uniform(0.4, 1.5)) if dice.random() < 0.08 and trigger != "refer" else None
    pjsip = trigger == "refer" or hold is not None or dice.random() < 0.1
    plan = Plan(
        number=number,
        trigger=trigger,
        mode=mode,
        direction=direction,
        seat=seat,
        seat_after_s=_instant(dice, answer_s, 0.02, 1.2 if dice.random() < 0.8 else 3.0),
        seat_phone="pjsip" if pjsip else "pyvoip",
        spare=dice.random() < 0.5,
        targets=targets,
        caller_leaves_s=_instant(dice, answer_s, 0.0, 3.0) if dice.random() < 0.14 else None,
        second_press_s=dice.uniform(0.0, 0.5) if dice.random() < 0.12 and trigger != "refer" else None,
        hold=hold,
        last="person" if dice.random() < 0.7 else "caller",
    )
    plan = _elsewhere(random.Random(f"{seed}/{number}/calls"), plan)
    broken: tuple[Fault, ...] = ()
    if dice.random() < fault_share:
        broken = tuple(_fault(dice, plan, faults) for _ in range(2 if dice.random() < 0.15 else 1))
        if len({_part(fault) for fault in broken}) < len(broken):
            broken = broken[:1]  # one thing breaks once
    return Plan(**{name: getattr(plan, name) for name in Plan.__dataclass_fields__ if name != "faults"}, faults=broken)


def _elsewhere(dice: random.Random, plan: Plan) -> Plan:
    """How the seat got its caller, and what else goes on. Dice of their own, so that the rest of a plan is what it was."""
    start, aside = _pick(dice, STARTS), _pick(dice, ASIDES)
    if start == "called_back" and (plan.direction == "there_and_back" or plan.mode in ("ladder", "accept")):
        start = "queue"  # the target that he gave up on must ring before the play begins
    if plan.mode == "accept" and start == "handed" and plan.direction == "there_and_back":
        start = "queue"
    if aside == "between" and plan.home == "110" and start == "handed":
        aside = "nothing"  # 110 has no more seats
    pyvoip = (
        plan.trigger == "button" or start == "handed"
    )  # that phone has a second line, and can be told to take no call yet
    return replace(
        plan,
        start=start,
        aside=aside,
        button_s=dice.uniform(0.0, 0.8),
        seat_phone="pyvoip" if pyvoip else plan.seat_phone,
        hold=None if pyvoip else plan.hold,
    )


def _part(fault: Fault) -> str:
    return "far" if fault.name == "trunk_dead" else fault.name.split("_")[0]


def _fault(dice: random.Random, plan: Plan, names: Sequence[str]) -> Fault:
    name = _pick(dice, {name: FAULTS[name] for name in names})
    at_s = _instant(dice, RUNG_S + plan.targets[0].after_s, -0.3, 2.5)
    for_s = dice.uniform(0.3, 3.0)
    side = dice.choice(("12345", "110"))
    long = dice.random()
    if name == "gateway_frozen" and long < 0.3:
        for_s = dice.uniform(3.0, 15.0)
    elif name == "gateway_frozen" and long > 0.6:  # it wakes as the dialplan speaks in its place
        at_s = dice.uniform(-0.3, -0.02)
        for_s = SPEAKS_S - at_s + dice.uniform(-CLOSE_S, 4 * CLOSE_S)
    elif name in ("link_cut", "link_stalled", "store_locked") and long < 0.3:
        for_s = dice.uniform(3.0, 8.0)
    elif name.startswith("facts"):
        at_s = dice.uniform(-1.0, 0.3)
    elif name == "link_sliced":
        at_s, for_s = -0.5, RING_S + 3.0
    elif name == "trunk_dead":
        at_s = -1.0
    return Fault(name, at_s, for_s, plan.far if name.startswith("far") or name == "trunk_dead" else side)
