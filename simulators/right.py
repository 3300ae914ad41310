"""Whether what a key rang was right: by the newest facts that Asterisk could know, and after its correction by the newest there were.

The campaign's rules (``plans.RULES``) are told here once more, by hand: a rule of the gateway's own would agree with the gateway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from simulators.history import Event, History
from simulators.plans import ACCEPT_S, BO_TAG
from simulators.story_rules import RING_S

WRITTEN_S = 1.0
"""From a fact that is known to the plan that lies ready, on a busy machine too; 0.2 s settle before what moves often."""
ASKED_S = 0.3
"""A fact that moves so close to a press may be known to the gateway as it compares, or not yet."""


THREE_TALK = "2:no:refused:00000001:-:00000000:-"
"""What the dialplan does by itself with a press for whom it is no further party (``onekey-by-plan``, ``three``)."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a press does: the tag that the far phone shows, seconds to accept, and whom it rings in turn."""

    tag: str
    accept_s: int
    rungs: str


def by_rules(pressed_at: str, target: str, language: str, bo_tag: str, accept_s: int) -> Right:
    """What the campaign's rules say of a press of this target at this switchboard."""
    tag = f"[{pressed_at}转]"
    if target == "122":
        return Right(tag, 0, "122/5&119-120/5")
    if (pressed_at, target) == ("12345", "110"):
        return Right(bo_tag if language == "bo" else tag, accept_s, f"110/{RING_S}")
    return Right(tag, accept_s, f"12345/{RING_S}")


def possible(history: History, name: str, usual: str, since: float, until: float) -> set[str]:
    """The values that a fact may have had within a time. ``usual``: the one that it has where nobody moves it."""
    told = [fact for fact in history.facts if fact.name == name]
    found = {fact.value for fact in told if fact.since <= until and fact.until >= since}
    over = [fact.until for fact in told if fact.value == usual]
    if not over or max(over) >= since:
        found.add(usual)
    return found


def rights(history: History, pressed_at: str, target: str, since: float, until: float) -> set[Right]:
    """Everything that may be right for a press, by the facts of a time."""
    accept_s = ACCEPT_S if history.must_accept else 0
    languages = possible(history, "language", "", since, until)
    tags = possible(history, "bo tag", BO_TAG, since, until)
    return {by_rules(pressed_at, target, *facts, accept_s) for facts in product(languages, tags)}


def by_plan(history: History) -> list[Event]:
    """The presses that a plan has carried out, at their home."""
    found: dict[str, Event] = {}
    for event in sorted(history.events, key=lambda event: event.at):
        said = event.data
        if event.name == "UserEvent" and said.get("UserEvent") == "OnekeyPress" and said.get("Plan", "home") != "home":
            found.setdefault(said.get("Press", ""), event)
    return list(found.values())


def corrected(history: History) -> int:
    """How many of them rang, or refused, what shall not be, and were put right."""
    made = {event.data.get("Press") for event in by_plan(history)}
    steps = {t["id"]: {step.get("state") for step in t.get("history", [])} for t in history.transfers}
    return sum("plan_stale" in steps.get(press, ()) for press in made)


def rang_right(history: History) -> Iterator[str]:
    """Every press by a plan: the plan that lay ready, whom it rang, and what its record says of it."""
    records = {transfer["id"]: transfer for transfer in history.transfers}
    for event in by_plan(history):
        press, target = event.data.get("Press", ""), event.data.get("Target", "")
        if target not in ("110", "12345", "122"):
            continue  # a button for somebody else
        pressed_at = press.partition(".")[0]
        yield from _lay_ready(
            history, event, rights(history, pressed_at, target, _knew_since(history, event.at), event.at)
        )
        yield from _rang(history, event)
        record = records.get(press)
        if record is not None and not _away(history, event.at - WRITTEN_S, event.at + WRITTEN_S):
            newest = rights(history, pressed_at, target, event.at - ASKED_S, event.at + ASKED_S)
            yield from _recorded(record, newest)


def _knew_since(history: History, at: float) -> float:
    """The oldest instant whose facts may lie in a plan: where nothing came through meanwhile, those from before."""
    since = at - WRITTEN_S
    for began, ended in sorted(history.away, reverse=True):
        if began <= at and ended + WRITTEN_S >= since:
            since = min(since, began - WRITTEN_S)
    return since


def _away(history: History, since: float, until: float) -> bool:
    return any(began <= until and ended + WRITTEN_S >= since for began, ended in history.away)


def digest(tag: str) -> str:
    """By which a plan names a tag."""
    return hashlib.sha256(tag.encode()).hexdigest()[:8]


def three_talk(history: History, at: float) -> bool:
    """Whether a target's leg was with the caller at an instant; what happens so close to it may be seen before or behind it."""
    legs = {
        leg.data.get("Uniqueid")
        for leg in history.events
        if leg.name == "UserEvent" and leg.data.get("UserEvent") == "OnekeyLeg" and leg.at <= at
    }
    came = {e.data.get("Uniqueid") for e in history.events if e.name == "BridgeEnter" and e.at <= at + ASKED_S}
    gone = {e.data.get("Uniqueid") for e in history.events if e.name == "Hangup" and e.at < at - ASKED_S}
    return bool(legs & came - gone)


def _lay_ready(history: History, event: Event, right: set[Right]) -> Iterator[str]:
    if event.data["Plan"] == THREE_TALK:
        if not three_talk(history, event.at):
            yield f"press {event.data['Press']} was refused as if three talked"
        return
    fields = event.data["Plan"].split(":")
    if len(fields) != 7:
        yield f"press {event.data['Press']}: its plan {event.data['Plan']} is none"
        return
    said = (fields[3], fields[2], fields[6])
    # "0" eight times: nothing lay ready; the target alone, which is right where no gateway has been.
    bare = fields[3] == "00000000" and _away(history, event.at - WRITTEN_S, event.at)
    wanted = {(digest(one.tag), str(one.accept_s), one.rungs) for one in right}
    if said not in wanted and not bare:
        yield f"press {event.data['Press']} went by {event.data['Plan']}; right by what Asterisk could know: {sorted(wanted)}"
    mode = event.data.get("Mode") or "warm"
    if fields[1] != mode:
        yield f"press {event.data['Press']} went by mode {fields[1]}, not {mode}"


def _rang(history: History, event: Event) -> Iterator[str]:
    """What the dialplan rang is what its plan says, rung by rung."""
    press, plan = event.data.get("Press", ""), event.data["Plan"].split(":")
    rungs = [rung.partition("/")[0] for rung in plan[-1].split("&")]
    for leg in history.events:
        said = leg.data
        if leg.name != "UserEvent" or said.get("UserEvent") != "OnekeyLeg" or said.get("Press") != press:
            continue
        attempt = int(said.get("Attempt") or 0)
        if said.get("By") == "dialplan" and not (
            0 < attempt <= len(rungs) and rungs[attempt - 1] == said.get("Target")
        ):
            yield f"press {press} rang {said.get('Target')} as rung {attempt} of {plan[-1]}"


def _recorded(record: dict[str, object], right: set[Right]) -> Iterator[str]:
    """What was rung in the end: the plan's, or what was put in its place."""
    terms = record.get("terms")
    if record.get("reason") in ("already_ringing", "caller_hung_up", "not_seen") or not isinstance(terms, dict):
        return  # it never came to a decision of its own, or nobody saw it
    wanted, tag = {one.tag for one in right}, str(terms.get("tag"))
    if tag not in wanted and "{" not in tag:  # a press that was refused before any rule was asked
        yield f"press {record['id']} was rung as {tag}; right by the newest facts: {sorted(wanted)}"
