"""Target that a key means: ordered rules, the first that fits decides, the last fits always."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.rules.conditions import Accepts, Hours, PressFacts, When, values_of
from gateway.core.values.ids import SwitchboardId, TargetId
from gateway.core.values.reasons import AnyReason
from gateway.core.values.texts import DEFAULT_TAG

RING_S = 25
"""Seconds a target rings where a rule says nothing: four or five rings; the dialplan's ONEKEY_RING_S is the same."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPolicy:
    """On which terms a target is rung. Spans in seconds."""

    mode: str = "warm"
    tag: str = DEFAULT_TAG
    accept_s: int = 0
    """0: answering the phone is accepting; else the target has this long to accept by key or console."""
    decide_s: int = 180
    """Longest time for which a consultation may last before the first receiver keeps the matter: three minutes of three people."""
    release_s: int = 0
    """0: the seat leaves a three-party call when it likes; else it is released after this long."""
    hold_back: int = -1
    """Seats that the target keeps for its own callers; -1: as many as the target itself says."""
    prompts: tuple[str, ...] | None = None
    """The prompts that the seat may hear; None: all."""
    split: bool = False
    """The matter has two parts: the transferer keeps its own, whoever takes the caller."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A rule's decision: whom to ring in which order, and on which terms."""

    rule: str
    ladder: tuple[Rung, ...]
    terms: TransferPolicy
    why: str = ""
    """Words of the rule that fitted, for logs and ``explain``: ``from=12345 target=110``, or ``default``."""
    limit: int = 0
    """Transfers that the rule allows in a minute; 0: any number."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No transfer; ``reason`` is a word of ``core.values.texts`` or the rule's own text, ``about`` what it is about."""

    reason: AnyReason
    about: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A switchboard that can be rung. What is left out is not known."""

    id: TargetId
    name: str
    organisation: str = ""
    division: str = ""
    kind: str = ""
    """``attached``: an Asterisk whose seats we see; ``trunk``: one that can only be dialled."""
    queues: tuple[str, ...] = ()
    dial: tuple[tuple[SwitchboardId, str], ...] = ()
    """Dial string by switchboard; an empty one stands for every other."""
    hours: tuple[Hours, ...] = ()
    """When it is open; none: always."""
    hold_back: int = 0
    """Free seats that are kept for its own callers."""
    sees_place: bool = False
    """True where it reads the whole place of a caller who was given to it: who drives there needs the door, not the street."""
    sees_confidential: bool = False
    """True where it sees the number of a caller who wants it kept confidential."""

    def dial_at(self, switchboard: SwitchboardId) -> str:
        """The number that it dials at a switchboard; empty where the rules do not say."""
        dial = dict(self.dial)
        return dial.get(switchboard, dial.get(SwitchboardId(""), ""))


OTHER = TargetId("other")
"""As the target of a key: the other switchboard, whichever one is pressed at."""


@dataclass(frozen=True, slots=True)
class Key:
    """The meaning of a feature code: ``transfer`` to a target, in a mode of its own or the rule's; ``cancel``, ``accept``,
    ``decline``."""

    action: str
    target: TargetId = TargetId("")
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A press that a rule must decide, and optionally whom it then rings first, in order, and in which mode."""

    facts: PressFacts
    rings: tuple[TargetId, ...] = ()
    mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``from_`` and ``target`` are known of every press, what ``when`` asks may be unknown; then ring, or refuse."""

    name: str
    from_: Accepts
    target: Accepts
    ladder: tuple[Rung, ...]
    terms: TransferPolicy = TransferPolicy()
    when: When = When()
    refuse: str = ""
    """Why there is no transfer, for the seat to read; empty: there is one."""
    limit: int = 0
    end: TargetId = TargetId("")
    """Target that is rung last, behind the whole ladder; empty: nobody, the caller stays with the seat."""
    examples: tuple[Example, ...] = ()

    @property
    def is_default(self) -> bool:
        """True where it fits always."""
        return self.from_ is None and self.target is None and self.when == When()

    @property
    def conditions(self) -> dict[str, str]:
        """Its conditions, by word, as people read it."""
        when = self.when
        words: dict[str, Accepts | int | tuple[Hours, ...]] = {
            "from": self.from_,
            "target": self.target,
            "matter": when.matter,
            "class": when.class_,
            "urgency": when.urgency,
            "district": when.district,
            "language": when.language,
            "list": when.list_,
            "hours": when.hours,
            "free_seats": f"<{when.free_seats}" if when.free_seats else "",
            "waiting": f">={when.waiting}" if when.waiting else "",
            "expected_wait_s": f">={when.expected_wait_s}" if when.expected_wait_s else "",
        }
        return {
            word: ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for word, value in words.items()
            if value
        }

    @property
    def why(self) -> str:
        """Its conditions in one line."""
        return " ".join(f"{word}={value}" for word, value in self.conditions.items()) or "default"

    @property
    def names(self) -> tuple[TargetId, ...]:
        """Every target that it names, pressed or rung, once."""
        pressed = [TargetId(target) for target in values_of(self.target)]
        rung = [target for rung in self.ladder for target in rung.targets]
        return tuple(dict.fromkeys([*pressed, *rung, *([self.end] if self.end else [])]))

    def rungs(self, target: TargetId) -> tuple[Rung, ...]:
        """The rungs for a press of this target."""
        ladder = self.ladder or (Rung(target, RING_S),)
        ladder_has_end = any(self.end in rung.targets for rung in ladder)
        return (*ladder, Rung(self.end, RING_S)) if self.end and not ladder_has_end else ladder
