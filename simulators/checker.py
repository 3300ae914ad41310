"""The checker: what must be true of every transfer, whatever its people did and whatever broke.

Pure: a history in, violations out. It trusts what phones did and what Asterisk says, and holds the gateway's words against them.

- ``caller_kept``: a caller's leg ends when he has hung up, when his matter is finished (the last person with him hung up after
  having talked, with nobody on the way to him), or with his own Asterisk; never otherwise, and he does not wait for
  ever while a person is free.
- ``seats_kept``: seats that talk among themselves are not cut off by a transfer button, and one that forwards is tried once.
- ``nobody_deaf``: at the end, whoever is with the caller hears him and the others, and he hears them.
- ``one_target``: one press rings one target at a time; where a rung rings several, one joins.
- ``one_outcome``: each press has one transfer, which has ended once.
- ``no_silence``: the caller does not hear more than 3 s of nothing.
- ``nothing_left``: after quiet no channel, bridge, call, running transfer, task or descriptor is left.
- ``talk_agrees``: a seat's logged talk time agrees with CEL within 1 s.
- ``rang_right``: what a key rang, or what was rung in its place, is right by the newest facts that Asterisk could know.
- ``clean_log``: the gateway's core takes every event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulators.history import History, Line, Silence
from simulators.right import rang_right

SILENCE_MS_MAX = 3000.0
DEATH_MS_MAX = 3400.0
"""After the death of a phone or a switchboard: Asterisk looks once a second whether 2 s have passed without a packet."""
RINGBACK_MS_MAX = 4500.0
"""The pause of a ringing tone in China is 4 s."""
TALK_S_MAX = 1.0
OVERLAP_S = 0.3
"""A phone that stops ringing and one that begins are seen by two processes; less than this is one after the other."""
MENDED_S = 1.0
"""A leg whose plan was stale is let go within so long, on a busy machine too."""
JOINED_S = 1.5
"""A target that is let go within this time of its answer has lost a race, and has not joined."""
UNREAD_S = 0.8
"""A seat that leaves so soon after its target has failed has not read it (the stages' limit is 1 s)."""
FINISH_S = 6.0
"""From the last person's hanging up to the caller's: 2 s of busy tone, more on a busy machine."""
CLOSE_S = 0.2
"""Two things so close in time may be in either order for the dialplan."""
FOLLOWED_S = 0.3
"""A press so shortly behind the beginning of a deafness may have been followed before it: kill and freeze are noted before they are made."""
DYING_S = 0.6
"""What a gateway heard so shortly before its death it may not have written down."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a transfer has broken, and what was seen."""

    number: int
    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time on one phone, and the word that ended it."""

    who: str
    since: float
    until: float
    ended_by: str


@dataclass(slots=True)
class Leg:
    """A target leg at the caller's home. ``joined`` is when it entered a bridge, 0 if it never did."""

    uid: str
    press: str
    caller_uid: str
    began: float
    by: str = ""
    ended: float = float("inf")
    joined: float = 0.0


def check(history: History) -> list[Violation]:
    """Every rule; an empty list is a good transfer."""
    rules: dict[str, Callable[[History], Iterator[str]]] = {
        "caller_kept": caller_kept,
        "seats_kept": seats_kept,
        "nobody_deaf": nobody_deaf,
        "one_target": one_target,
        "one_outcome": one_outcome,
        "no_silence": no_silence,
        "nothing_left": lambda h: iter(h.left),
        "talk_agrees": talk_agrees,
        "rang_right": rang_right,
        "clean_log": lambda h: iter(h.log),
    }
    return [Violation(history.number, name, what) for name, rule in rules.items() for what in rule(history)]


# --- reading a history ------------------------------------------------------------------------------------------------------

OVER = ("hanging_up", "hung_up", "declined", "cancelled", "died", "transferred")


def stretches(history: History, begin: str, ends: tuple[str, ...]) -> list[Stretch]:
    """Times on each phone from one word to the next of others. One that is still open ends at infinity, by ``""``."""
    found: list[Stretch] = []
    open_: dict[str, float] = {}
    for line in sorted(history.lines, key=lambda line: line.at):
        if line.who in open_ and line.word in ends:
            found.append(Stretch(line.who, open_.pop(line.who), line.at, line.word))
        elif line.word == begin:
            open_.setdefault(line.who, line.at)
    found += [Stretch(who, since, float("inf"), "") for who, since in open_.items()]
    return sorted(found, key=lambda stretch: stretch.since)


def talks(history: History) -> list[Stretch]:
    """When each person had the caller. Where a target must accept, from its key on; a person whom the queue gave the caller
    need not."""
    found = []
    for talk in stretches(history, "answered", OVER):
        if talk.who == history.caller:
            continue
        since = talk.since
        if history.must_accept and talk.who in history.targets and _rung_as_target(history, talk):
            accepted = _first(history, talk.who, "pressed", "*8", talk.since, talk.until)
            if accepted is None:
                continue
            since = accepted.at
        found.append(Stretch(talk.who, since, talk.until, talk.ended_by))
    return found


def _rung_as_target(history: History, talk: Stretch) -> bool:
    """Whether the display showed a transfer's tag: ``[12345转]``."""
    rings = [
        line for line in history.lines if line.who == talk.who and line.word == "ringing" and line.at <= talk.since
    ]
    return bool(rings) and max(rings, key=lambda line: line.at).detail.startswith("[")


def _first(history: History, who: str, word: str, detail: str, since: float, until: float) -> Line | None:
    lines = (line for line in history.lines if line.who == who and line.word == word and line.detail == detail)
    return next((line for line in lines if since <= line.at <= until), None)


def legs(history: History) -> list[Leg]:
    """The target legs that have passed a fence, from Asterisk's own events."""
    found: dict[str, Leg] = {}
    for event in sorted(history.events, key=lambda event: event.at):
        uid = event.data.get("Uniqueid", "")
        if event.name == "UserEvent" and event.data.get("UserEvent") == "OnekeyLeg":
            found[uid] = Leg(
                uid, event.data.get("Press", ""), event.data.get("CallerId", ""), event.at, event.data.get("By", "")
            )
        elif uid in found and event.name == "Hangup":
            found[uid].ended = min(found[uid].ended, event.at)
        elif uid in found and event.name == "BridgeEnter":
            found[uid].joined = found[uid].joined or event.at
    for leg in found.values():
        died = [at for side, at in history.deaths if side == history.home and at >= leg.began]
        leg.ended = min([leg.ended, *died])
    return list(found.values())


def presses(history: History) -> dict[str, float]:
    """Every press that named a caller, by id, with its instant."""
    found: dict[str, float] = {}
    for event in history.events:
        if event.name == "UserEvent" and event.data.get("UserEvent") == "OnekeyPress" and event.data.get("Press"):
            found.setdefault(event.data["Press"], event.at)
    return found


def caller_ended(history: History) -> Line | None:
    """How the caller's call ended, if it did."""
    lines = sorted(history.lines, key=lambda line: line.at)
    return next((line for line in lines if line.who == history.caller and line.word in OVER), None)


# --- the rules ----------------------------------------------------------------------------------------------------------------


def caller_kept(history: History) -> Iterator[str]:
    """Law 1 and 2."""
    if history.stranded:
        yield f"the caller waits for nobody: {history.stranded}"
    end = caller_ended(history)
    if end is None or end.word != "hung_up":
        return  # he hung up himself, or his phone died
    if any(side == history.home and -1.0 < end.at - at < 8.0 for side, at in history.deaths):
        return
    people = [talk for talk in talks(history) if not _lost_a_race(history, talk)]
    with_him = [talk.who for talk in people if talk.since < end.at - CLOSE_S and talk.until >= end.at - CLOSE_S]
    if with_him:
        yield f"the caller's call ended while {', '.join(with_him)} was with him"
        return
    gone = [talk for talk in people if talk.until < end.at]
    last = max(gone, key=lambda talk: talk.until, default=None)
    if last is None:
        yield "the caller's call ended before anybody had talked with him"
    elif last.ended_by != "hanging_up":
        yield f"the caller's call ended after {last.who} had not hung up but was cut off ({last.ended_by})"
    elif end.at - last.until > FINISH_S:
        yield f"the caller's call ended {end.at - last.until:.1f} s after {last.who} had hung up: nobody was with him"
    else:
        yield from _nobody_on_the_way(history, last)


def _lost_a_race(history: History, talk: Stretch) -> bool:
    """Whether a phone that rang with others answered beside one of them, was let go at once, and never had the caller."""
    return (
        history.several
        and talk.who in history.targets
        and talk.ended_by == "hung_up"
        and talk.until - talk.since < JOINED_S
        and any(
            other.who != talk.who and other.who in history.targets and abs(other.since - talk.since) < OVERLAP_S
            for other in talks(history)
        )
    )


def _nobody_on_the_way(history: History, last: Stretch) -> Iterator[str]:
    """The last person has hung up: nobody may be on the way to the caller then, or have failed just before."""
    for leg in legs(history):
        if leg.joined or leg.began > last.until + FINISH_S:
            continue
        if leg.ended > last.until + CLOSE_S:
            yield f"{last.who} hung up while a target was on its way, and the caller's call ended"
        elif CLOSE_S < last.until - leg.ended < UNREAD_S and last.since < leg.ended:
            yield f"{last.who} hung up {last.until - leg.ended:.1f} s after its target had failed, and the caller's call ended"


def seats_kept(history: History) -> Iterator[str]:
    """A button in a call without a caller cuts nobody off; a phone that forwards is tried once."""
    yield from history.dropped


def nobody_deaf(history: History) -> Iterator[str]:
    """Law 9."""
    yield from history.unheard


def one_target(history: History) -> Iterator[str]:
    """Law 4."""
    rings = [ring for ring in stretches(history, "ringing", ("answered", *OVER)) if ring.who in history.targets]
    for i, a in enumerate(rings):
        for b in rings[i + 1 :]:
            overlap = min(a.until, b.until) - max(a.since, b.since)
            if overlap > OVERLAP_S and a.who != b.who and not history.several:
                yield f"{a.who} and {b.who} rang at once for {overlap:.1f} s"
    for i, first in enumerate(own := legs(history)):
        for second in own[i + 1 :]:
            until = min(first.joined or first.ended, second.joined or second.ended)
            overlap = until - max(first.began, second.began)
            if overlap > (OVERLAP_S if mended(first, second) else 0.05) and first.caller_uid == second.caller_uid:
                yield f"two legs rang for one caller for {overlap:.2f} s: presses {first.press} and {second.press}"
    for press in {leg.press for leg in own}:
        rung = [leg for leg in own if leg.press == press]
        owners = sorted({leg.by for leg in rung})
        if len(owners) > 1 and not any(mended(one, other) for one in rung for other in rung):
            yield f"press {press} was rung by {' and by '.join(owners)}"
    if history.several:
        joined = [talk for talk in stretches(history, "answered", OVER) if talk.who in history.targets]
        for i, a in enumerate(joined):
            for b in joined[i + 1 :]:
                if min(a.until, b.until) - max(a.since, b.since) > JOINED_S:
                    yield f"{a.who} and {b.who} both joined"


def mended(first: Leg, second: Leg) -> bool:
    """Whether a gateway has let go what a press rang by a plan that was older than the facts, and has rung in its place."""
    same = first.press == second.press and (first.by, second.by) == ("dialplan", "gateway")
    return same and first.began <= second.began and not first.joined and first.ended - first.began < MENDED_S


def one_outcome(history: History) -> Iterator[str]:
    """Law 6. A press of which the gateway could hear neither the beginning nor anything later is not its to know (law 7)."""
    made = presses(history) | dict.fromkeys(history.started, history.began)
    counts = Counter(transfer["id"] for transfer in history.transfers)
    for id_, at in made.items():
        if counts[id_] == 0 and not unheard(history, id_, at):
            yield f"press {id_} has no transfer"
        elif counts[id_] > 1:
            yield f"press {id_} has {counts[id_]} transfers"
    for transfer in history.transfers:
        ends = sum(step["state"] == "ended" for step in transfer.get("history", []))
        by_phone = transfer.get("by") == "phone"  # handed over: no key, no request
        if transfer["id"] not in made and not by_phone and not history.deaths and not history.deaf:
            yield f"transfer {transfer['id']} has no press"
        if not transfer.get("outcome"):
            yield f"transfer {transfer['id']} has no outcome, it is {transfer.get('state')}"
        elif ends != 1:
            yield f"transfer {transfer['id']} ended {ends} times"


def unheard(history: History, press: str, at: float) -> bool:
    """Whether a press was made as the gateway died, and nothing of it was left when it heard again. One that nobody followed is kept by the
    dialplan, unless its own switchboard dies."""
    home_died = any(side == history.home for side, _ in history.deaths)
    for since, until in history.deaf:
        if since - DYING_S <= at <= (until if home_died else since + FOLLOWED_S):
            end = caller_ended(history)
            over = end is not None and end.at <= until + CLOSE_S
            alive = [
                leg for leg in legs(history) if leg.press == press and leg.began < until and leg.ended > until + CLOSE_S
            ]
            if over or not alive:
                return True
    return False


def no_silence(history: History) -> Iterator[str]:
    """Music, ringing and busy tone are sound; while a key is down nobody is expected to hear anything."""
    for silence, ms, kind in long_silences(history):
        limit = {"ringback": RINGBACK_MS_MAX, "death": DEATH_MS_MAX, "other": SILENCE_MS_MAX}[kind]
        if kind == "ringback" and _by_death(history, silence, silence.ms / 1000):
            limit += DEATH_MS_MAX  # who was ringing died in the pause of the tone
        if ms > limit:
            since = silence.at - history.began
            yield f"the caller heard nothing for {ms / 1000:.1f} s, {since:.1f} s after the beginning ({silence.packets} packets)"


def long_silences(history: History) -> Iterator[tuple[Silence, float, str]]:
    """Each long silence, its length in ms without the keys in it, and what it is: ``ringback``, ``death``, ``other``."""
    keys = stretches(history, "pressing", ("pressed", *OVER))
    for silence in history.silences:
        until = silence.at + silence.ms / 1000
        pressed = sum(max(0.0, min(key.until, until) - max(key.since, silence.at)) for key in keys)
        kind = "ringback" if silence.ringback else "death" if _by_death(history, silence) else "other"
        yield silence, silence.ms - 1000 * pressed, kind


def _by_death(history: History, silence: Silence, until_s: float = 0.0) -> bool:
    """Whether a phone or a switchboard died as it began, or within so many seconds. A switchboard dies between the two instants of its death."""
    spans = [(line.at, line.at) for line in history.lines if line.word == "died"]
    for side in {side for side, _ in history.deaths}:
        instants = [at for of, at in history.deaths if of == side]
        spans.append((min(instants), max(instants)))
    return any(since - 0.5 - until_s < silence.at < until + 0.5 for since, until in spans)


def talk_agrees(history: History) -> Iterator[str]:
    """The seat log against CEL, where nothing was missed."""
    if not history.watched:
        return
    for talk in history.talk:
        if abs(talk.logged_s - talk.cel_s) > TALK_S_MAX:
            yield f"seat {talk.seat} of {talk.side}: {talk.logged_s:.1f} s logged, {talk.cel_s:.1f} s in CEL"
