"""A matter drawn as a ladder: one line for each thing that happened, when, by whom, in words.

It is made of the trace that programs read, and shows what that shows: numbers stay masked, and a transfer that is another's is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.contexts import texts
from gateway.core.values.bilingual import Pair
from gateway.core.values.ids import Outcome
from gateway.core.values.reasons import Reason
from gateway.core.values.texts import OUTCOMES, REASONS
from gateway.reporting.text_table import width
from gateway.views.plain import View

ZH, EN = 0, 1
WHO_CHARS = 16
"""Width of the column that says whose line it is: a seat with its switchboard."""


class Line(NamedTuple):
    """One thing that happened: its instant (seconds since 1970), whose it is, and what."""

    at: float
    who: Pair
    what: Pair


def drawn(trace: View, zone: str, lang: str = "zh", names: Mapping[str, str] | None = None) -> str:
    """The ladder of a trace in one language (``zh`` or ``en``), its instants in a zone. ``names`` are of people at seats (``12345/1001``)."""
    side, where = (EN if lang == "en" else ZH), ZoneInfo(zone)
    context = trace["context"]
    # things of one instant stay in the order in which they were told
    lines = sorted(_lines(trace, names or {}), key=lambda line: line.at)
    begin = lines[0].at if lines else 0.0
    head = texts.LADDER_HEAD(id=context["id"], number=context["caller_number"] or "—", home=context["home"], zone=zone)
    shown = [head[side]]
    if context["matter"] or context["summary"]:
        about = (context["matter"], context["location"], context["summary"].replace("\n", " "))
        shown.append("  " + texts.LADDER_COMMA[side].join(filter(None, about)))
    for line in lines:
        clock = datetime.fromtimestamp(line.at, where).strftime("%m-%d %H:%M:%S.%f")[:-3]
        who = line.who[side]
        gap = " " * max(1, WHO_CHARS - width(who))
        shown.append(f"  {clock}  {line.at - begin:>+9.3f} s  {who}{gap}{line.what[side]}")
    for other in trace["related"]:
        shown.append("  " + texts.LADDER_RELATED(id=other["id"], at=other["arrived_at"] or "—")[side])
    return "\n".join(shown)


def _lines(trace: View, names: Mapping[str, str]) -> Iterator[Line]:
    context = trace["context"]
    caller = texts.LADDER_CALLER
    if at := _at(context["arrived_at"]):
        yield Line(at, caller, texts.LADDER_ARRIVED(queue=context["queue"] or "—"))
    for seat, queue in zip(context["seats"], [*context["queues"], *[None] * len(context["seats"])], strict=False):
        waited = queue["wait_s"] if queue is not None and queue["answered_at"] == seat["answered_at"] else None
        words = texts.LADDER_ANSWERED if waited is None else texts.LADDER_ANSWERED_AFTER(wait_s=waited)
        yield Line(_at(seat["answered_at"]), _seat(seat["switchboard"], seat["seat"], names), words)
    for transfer in trace["transfers"]:
        yield from _of_transfer(transfer, names)
    for change in trace["history"]:
        fields = [one["field"] for one in change["changes"] if one["field"] in EDITED]
        if change["by"] and fields:
            words = texts.LADDER_EDITED(fields=", ".join(fields))
            yield Line(_at(change["at"]), Pair(change["by"], change["by"]), words)
    if at := _at(context["ended_at"]):
        yield Line(at, caller, texts.LADDER_CALL_ENDED)


EDITED = (
    "matter", "summary", "location", "district", "longitude", "latitude", "urgency", "language", "cases", "recordings", "confidential",
    "owner", "caller_name",
)  # fmt: skip
"""Fields that people edit; what else changes in a record the lines say themselves."""


def _of_transfer(transfer: View, names: Mapping[str, str]) -> Iterator[Line]:
    """The press, each step of its history, and how it ended."""
    given = transfer["transferer"]
    presser, target = _seat(given["switchboard"], given["seat"], names), transfer["target"]
    mode = texts.LADDER_MODES.get(transfer["mode"], Pair(transfer["mode"], transfer["mode"]))
    hand = texts.LADDER_HANDS.get(transfer["pressed_by"], texts.LADDER_HANDS[""])
    pressed = texts.LADDER_PRESSED(target=target, mode=mode.zh, mode_en=mode.en, hand=hand.zh, hand_en=hand.en)
    yield Line(_at(transfer["pressed_at"]), presser, pressed)
    other = Pair(target, target)
    for step in transfer["history"]:
        state, reason = step["state"], step["reason"]
        if state == "requested":
            continue
        if state == "ended":
            yield Line(_at(step["at"]), presser, _ended(transfer, reason))
        elif state == "taken_by":
            yield Line(_at(step["at"]), _seat(target, reason, names), texts.LADDER_ANSWERED)
        elif state in ("rung_failed", "rung_skipped"):
            rung, _, why = reason.partition(": ")
            told = _reason(why)
            words = texts.LADDER_RUNG_FAILED if state == "rung_failed" else texts.LADDER_RUNG_SKIPPED
            yield Line(_at(step["at"]), Pair(rung, rung), words(why=told.zh, why_en=told.en))
        else:
            known = texts.LADDER_STATES.get(state, Pair(state, state))
            yield Line(_at(step["at"]), other, Pair(f"{known.zh} {reason}".strip(), f"{known.en} {reason}".strip()))


def _ended(transfer: View, reason: str) -> Pair:
    outcome, why = OUTCOMES[Outcome(transfer["outcome"])], _reason(transfer["reason"] or reason)
    return texts.LADDER_ENDED(outcome=outcome.zh, outcome_en=outcome.en, why=why.zh, why_en=why.en)


def _reason(word: str) -> Pair:
    """The words of a reason; one of a rules file as it is."""
    try:
        return REASONS[Reason(word)]
    except (ValueError, KeyError):
        return Pair(word, word)


def _seat(switchboard: str, seat: str, names: Mapping[str, str]) -> Pair:
    place = f"{switchboard}/{seat}" if seat else switchboard
    name = names.get(place, "")
    shown = f"{place} {name}".rstrip()
    return Pair(shown, shown)


def _at(instant: Any) -> float:
    """Seconds since 1970 of an instant as views show it; 0.0 of none."""
    return datetime.fromisoformat(instant).timestamp() if instant else 0.0
