"""The gateway's log of seats and waits against Asterisk's own two records, CEL and ``queue_log``, seat by seat.

Pure: records in, differences and explanations out. CEL has µs, and its channels begin and end when they do. ``queue_log`` has
whole seconds, and is app_queue's opinion: for a call that was transferred it can be wrong. Such a difference is explained by a
rule with a name (``RULES``), which must show from CEL that app_queue errs; it is never let pass by a wider margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

AGREE_S = 1.0
JOINED_S = 2.0
"""Two records are of one wait where they begin so close: ``queue_log`` cuts off the fraction, and no caller joins twice in it."""

RULES = {
    "billed_past_leaving": "app_queue bills the seat for a transferred call on after its channel has ended (CEL: HANGUP)",
    "billed_until_transfer": "app_queue stops billing when a call is transferred, while the seat's channel is still up (CEL)",
    "rung_out": "app_queue calls a transfer's leg abandoned that was cancelled while its caller lived on at home (CEL there)",
    "gone_before": "a leg's last seat gave up in the moment in which its caller had hung up at home (CEL there): EXITWITHTIMEOUT",
    "ended_before_told": "a leg ended before home, on a link of its own, had told whose it is: our log has the leg's id for the call's (CEL: the tag)",
    "taken_out": "app_queue calls a wait abandoned from which a transfer took the caller: his channel lived on (CEL)",
}

Span = tuple[float, float]
TAG = re.compile(r"\[\w+转")
"""What a rule puts before the caller's name on a transfer's leg."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A caller's wait as one record has it. ``call`` is the caller's channel (the home call's in the gateway's log)."""

    queue: str
    call: str
    joined: float
    how: str = ""
    seat: str = ""
    wait_s: float = 0.0
    talk_s: float | None = None
    """What app_queue says that the seat then talked; None where it does not say."""
    at: float = 0.0
    """The end of the wait."""
    uid: str = ""
    """The seat's channel, where the record names it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A seat's channel from its answer to its end, by CEL."""

    seat: str
    uid: str
    span: Span


@dataclass
class Verdict:
    """What came of one switchboard."""

    seats: dict[str, dict[str, float]] = field(default_factory=dict)
    queues: dict[str, dict[str, float]] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    explained: list[tuple[str, str]] = field(default_factory=list)
    """(rule, what was seen)"""


# --- reading -----------------------------------------------------------------------------------------------------------------


def queue_log(lines: Iterable[str]) -> list[Wait]:
    """The waits of app_queue's log, by their beginnings. A line is ``time|call|queue|seat|event|data…``."""
    done: list[dict[str, object]] = []
    open_: dict[tuple[str, str], dict[str, object]] = {}
    for line in lines:
        at, call, queue, seat, event, *data = line.rstrip("\n").split("|")
        key, now = (call, queue), float(at)
        if event == "ENTERQUEUE":
            open_[key] = {"queue": queue, "call": call, "joined": now}
            done.append(open_[key])
        elif key not in open_:
            continue
        elif event == "CONNECT":
            open_[key] |= {"how": "answered", "seat": seat, "wait_s": float(data[0]), "at": now, "uid": data[1]}
        elif event in ("COMPLETEAGENT", "COMPLETECALLER"):
            open_[key]["talk_s"] = float(data[1])
        elif event == "BLINDTRANSFER":
            open_[key]["talk_s"] = float(data[3])
        elif event == "ATTENDEDTRANSFER":
            open_[key]["talk_s"] = float(data[-2])
        elif event == "ABANDON":
            open_[key] |= {"how": "abandoned", "wait_s": float(data[2]), "at": now}
        elif event in ("EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY"):
            how = "rung_out" if event == "EXITWITHTIMEOUT" else "left"
            open_[key] |= {"how": how, "wait_s": float(data[-1] or 0), "at": now}
    return sorted((Wait(**wait) for wait in done), key=lambda wait: wait.joined)  # type: ignore[arg-type]


def seat_lines(rows: Iterable[Sequence[str]], channels: Mapping[str, str]) -> list[Line]:
    """Every answered channel of the seats, from CEL rows (event, instant, caller name, uniqueid, …). ``channels``: whose a unique
    id is; CEL itself does not tell."""
    since, found = dict[str, float](), list[Line]()
    for row in rows:
        if len(row) < 4 or row[3] not in channels:
            continue
        if row[0] == "ANSWER":
            since.setdefault(row[3], float(row[1]))
        elif row[0] == "HANGUP" and row[3] in since:
            found.append(Line(channels[row[3]], row[3], (since.pop(row[3]), float(row[1]))))
    return found


def ends(rows: Iterable[Sequence[str]]) -> dict[str, float]:
    """When each channel ended, by CEL."""
    return {row[3]: float(row[1]) for row in rows if len(row) > 3 and row[0] == "HANGUP"}


def joined(spans: Iterable[Span], gap_s: float = 0.0) -> list[Span]:
    """Spans in order, those that overlap or touch made one."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1] + gap_s:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def seconds(spans: Iterable[Span]) -> float:
    """The length of spans that do not overlap."""
    return sum(until - since for since, until in spans)


# --- comparing ---------------------------------------------------------------------------------------------------------------


def compare(
    talk: dict[str, list[Span]],
    waits: list[Wait],
    rows: list[list[str]],
    log: list[Wait],
    channels: Mapping[str, str],
    moved: set[str],
    beyond: Iterable[Sequence[str]] = (),
) -> Verdict:
    """One switchboard. ``talk`` and ``waits`` are the gateway's, ``rows`` CEL's, ``log`` app_queue's; ``channels``: whose each
    seat's channel is; ``moved``: calls that were transferred; ``beyond``: CEL of the others, where callers of legs are at home."""
    verdict = Verdict()
    lines = seat_lines(rows, {**{wait.uid: wait.seat for wait in log if wait.uid}, **channels})
    for seat in sorted(talk):
        _talk(verdict, seat, joined(talk[seat]), joined(line.span for line in lines if line.seat == seat))
    legs = {row[3] for row in rows if len(row) > 3 and row[0] == "CHAN_START" and TAG.match(row[2])}
    _waits(verdict, waits, log, lines, {**ends(beyond), **ends(rows)}, moved, legs)
    _answers(verdict, waits, log, talk)
    return verdict


def _talk(verdict: Verdict, seat: str, ours: list[Span], cel: list[Span]) -> None:
    """In all, and stretch by stretch: what is too much here must not pay for what is too little there."""
    logged, recorded = seconds(ours), seconds(cel)
    if not ours and not cel:
        return
    verdict.seats[seat] = {"talk_s": round(logged, 3), "cel_s": round(recorded, 3), "stretches": len(cel)}
    if abs(logged - recorded) > AGREE_S:
        verdict.differences.append(f"seat {seat}: {logged:.3f} s logged, {recorded:.3f} s in CEL")
    worst = max((_apart(span, ours) for span in cel), default=0.0)
    worst = max([worst, *(_apart(span, cel) for span in ours)])
    verdict.seats[seat]["stretch_apart_s_max"] = round(worst, 3)
    if worst > AGREE_S:
        verdict.differences.append(f"seat {seat}: a stretch differs by {worst:.3f} s from CEL")


def _apart(span: Span, others: list[Span]) -> float:
    """How many seconds of a stretch are in none of the others."""
    return (span[1] - span[0]) - sum(max(0.0, min(span[1], end) - max(span[0], begin)) for begin, end in others)


def _waits(
    verdict: Verdict,
    ours: list[Wait],
    log: list[Wait],
    lines: list[Line],
    ended: dict[str, float],
    moved: set[str],
    legs: set[str],
) -> None:
    """Each wait of app_queue with the gateway's of the same beginning. ``legs``: channels that are a transfer's by their tag."""
    left = sorted(ours, key=lambda wait: wait.joined)
    for theirs in log:
        near = [w for w in left if w.queue == theirs.queue and -0.1 <= w.joined - theirs.joined <= JOINED_S]
        mine = min(near, key=lambda w: (w.call != theirs.call, abs(w.joined - theirs.joined)), default=None)
        if mine is None:
            verdict.differences.append(f"queue {theirs.queue}: the wait of {theirs.call} is not in the gateway's log")
            continue
        left.remove(mine)
        transferred = mine.call in moved or theirs.call in moved
        if not transferred and mine.how == theirs.how == "rung_out" and theirs.call in legs:
            verdict.explained.append(("ended_before_told", f"queue {theirs.queue}, {theirs.call}: {mine.wait_s:.3f} s"))
            transferred = True
        _wait(verdict, mine, theirs, ended, transferred)
        if theirs.talk_s is not None and theirs.how == "answered":
            _billed(verdict, theirs, lines, transferred)
    for mine in left:
        verdict.differences.append(f"queue {mine.queue}: the wait of {mine.call} is not in queue_log")


def _wait(verdict: Verdict, mine: Wait, theirs: Wait, ended: dict[str, float], moved: bool) -> None:
    where = f"queue {theirs.queue}, {theirs.call}"
    if theirs.how in ("", "rung_out"):
        # queue_log says nothing of a caller who was taken out, and the same of a leg as of a caller
        how = "rung_out" if theirs.how and mine.how == "rung_out" and moved else "left"
    else:
        how = theirs.how
    leg = mine.call != theirs.call
    # CEL has µs for a leg and its caller at home; where app_queue took the caller himself for gone, its log has whole seconds
    lived_on = ended.get(mine.call, 0.0) > (ended.get(theirs.call, theirs.at) if leg else theirs.at + AGREE_S)
    if mine.how != how or mine.seat != theirs.seat:
        said = f"{where}: {mine.how} {mine.seat} logged, {theirs.how or 'nothing'} {theirs.seat} in queue_log"
        if mine.how == "left" and how == "abandoned" and lived_on:
            verdict.explained.append(("taken_out", said))
        elif mine.how == "rung_out" and how == "abandoned" and leg and moved and lived_on:
            verdict.explained.append(("rung_out", said))
        elif mine.how == "abandoned" and theirs.how == "rung_out" and leg and moved and not lived_on:
            verdict.explained.append(("gone_before", said))
        else:
            verdict.differences.append(said)
    elif mine.how == "abandoned" and leg and lived_on:
        verdict.differences.append(f"{where}: abandoned, but its caller {mine.call} lived on")
    if theirs.how and abs(mine.wait_s - theirs.wait_s) > AGREE_S:
        verdict.differences.append(f"{where}: waited {mine.wait_s:.3f} s logged, {theirs.wait_s:g} s in queue_log")


def _billed(verdict: Verdict, theirs: Wait, lines: list[Line], moved: bool) -> None:
    """app_queue's talk time of one call against CEL's, which the gateway's log has been held against already."""
    assert theirs.talk_s is not None
    line = next((line for line in lines if line.uid == theirs.uid), None)
    if line is None:
        verdict.differences.append(f"queue {theirs.queue}: {theirs.seat} answered {theirs.call}, but not in CEL")
        return
    real_s = line.span[1] - line.span[0]
    if abs(real_s - theirs.talk_s) <= AGREE_S:
        return
    said = f"seat {theirs.seat}, {theirs.call}: {theirs.talk_s:g} s in queue_log, {real_s:.3f} s in CEL"
    if not moved:
        verdict.differences.append(said)
    else:
        rule = "billed_past_leaving" if theirs.talk_s > real_s else "billed_until_transfer"
        verdict.explained.append((rule, said))


def _answers(verdict: Verdict, ours: list[Wait], log: list[Wait], seats: Iterable[str]) -> None:
    """Counts: they follow from the pairs, and are shown."""
    for seat in seats:
        counts = [sum(wait.how == "answered" and wait.seat == seat for wait in record) for record in (ours, log)]
        if any(counts):
            verdict.seats.setdefault(seat, {}).update(answers=counts[0], queue_log_answers=counts[1])
        if counts[0] != counts[1]:
            verdict.differences.append(f"seat {seat}: {counts[0]} answers logged, {counts[1]} in queue_log")
    for queue in sorted({wait.queue for wait in (*ours, *log)}):
        figures: dict[str, float] = {}
        for name, record in (("", ours), ("queue_log_", log)):
            of = [wait for wait in record if wait.queue == queue]
            for how in ("answered", "abandoned"):
                chosen = [wait for wait in of if wait.how == how]
                figures[f"{name}{how}"] = len(chosen)
                figures[f"{name}{how}_wait_s"] = round(sum(wait.wait_s for wait in chosen), 3)
            figures[f"{name}waits"] = len(of)
        verdict.queues[queue] = figures
