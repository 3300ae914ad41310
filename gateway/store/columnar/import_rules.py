"""Rules for what is imported: words, instants and their order, each with what is wrong and what to do, in our own words."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.values.bilingual import Pair
from gateway.core.values.ids import Outcome, SeatState
from gateway.guards.instants import LATEST_AT
from gateway.store import texts
from gateway.store.columnar.parquet import FORMATS, quoted

HOW = ("answered", "abandoned", "rung_out", "left", "unknown")
MODES = ("warm", "blind", "silent", "consult", "conference")
WORDS = {
    ("seat_log", "before"): tuple(map(str, SeatState)),
    ("seat_log", "after"): tuple(map(str, SeatState)),
    ("queue_log", "how"): HOW,
    ("transfer", "mode"): (*MODES, ""),
    ("transfer", "outcome"): (*map(str, Outcome), ""),
}
"""Columns of few words."""
NEEDED = {
    "seat_log": ("at", "switchboard", "seat", "before", "after", "since"),
    "queue_log": ("at", "switchboard", "queue", "joined_at", "how"),
    "transfer": ("id", "home", "target", "pressed_at"),
    "gap": ("switchboard", "since", "until"),
}
"""Columns that are empty in no row."""
ORDER = {
    "seat_log": (("since", "at"),),
    "queue_log": (("joined_at", "left_at"), ("joined_at", "at")),
    "transfer": (("pressed_at", "ringing_at"), ("pressed_at", "answered_at"), ("pressed_at", "ended_at")),
    "gap": (("since", "until"),),
}
"""Instants of which the second is not before the first; one that has not come is 0."""
SPANS = {"ring_s": 86400.0}
"""Columns of seconds that are no instant, with the most that they may be: nobody's phone rings for a day."""
NUMBERS_OF_SEATS = ("seat", "transferer", "queue", "switchboard")
CHARS_MAX = 200
"""Characters of a text: names and causes, no prose."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that a row breaks. ``broken`` is SQL over ``"column"``, the value by our type (NULL where it is none), and
    ``"raw column"``, the text that stands there."""

    column: str
    broken: str
    what: Pair
    remedy: str


def rules_of(table: str) -> list[Rule]:
    """All rules of a table. Of one cell only the first that is broken is told."""
    found: list[Rule] = []
    for column, kind in FORMATS[table].items():
        if column in NEEDED[table]:
            found.append(_needed(column))
        found += _instant(column) if kind == "double" else _text(table, column)
    for first, then in ORDER[table]:
        found.append(_in_order(first, then))
    if table == "queue_log":
        broken = "\"how\" in ('answered', 'abandoned', 'rung_out', 'left') and \"left_at\" = 0"
        found.append(Rule("left_at", broken, texts.WAIT_WITHOUT_AN_END, texts.WRITE_LEFT_AT))
    return found


def _needed(column: str) -> Rule:
    return Rule(column, f"\"raw {column}\" = ''", texts.MUST_NOT_BE_EMPTY, texts.FILL_IT_IN)


def _instant(column: str) -> list[Rule]:
    value = f'"{column}"'
    least, most = 0.0, SPANS.get(column, LATEST_AT)
    no_number = Rule(
        column, f"{value} is null and \"raw {column}\" <> ''", texts.NOT_A_NUMBER, texts.SECONDS_SINCE_1970
    )
    beyond = f"not ({value} between {least} and {most})"
    if column in SPANS:
        return [no_number, Rule(column, beyond, texts.NOT_A_SPAN(most=f"{most:g}"), texts.CORRECT_IT)]
    milli = f"{value} > {most} and {value} / 1000 <= {most}"
    return [
        no_number,
        Rule(column, milli, texts.THESE_ARE_MILLISECONDS, texts.DIVIDE_BY_1000),
        Rule(column, beyond, texts.OUTSIDE_THE_CALENDAR, texts.CORRECT_IT),
    ]


def _text(table: str, column: str) -> list[Rule]:
    value = f'"{column}"'
    if (words := WORDS.get((table, column))) is not None:
        known = f"{value} not in ({', '.join(map(quoted, words))})"
        return [Rule(column, known, texts.NO_SUCH_WORD, texts.KNOWN_WORDS(words=" ".join(filter(None, words))))]
    hidden = f"regexp_matches({value}, '[\\x00-\\x1f\\x7f]') or {value} <> trim({value}, ' \u3000\u00a0')"
    long = f"length({value}) > {CHARS_MAX}"
    found = [
        Rule(column, hidden, texts.BLANKS_OR_HIDDEN, texts.REMOVE_THEM),
        Rule(column, long, texts.MORE_CHARACTERS(most=CHARS_MAX), texts.SHORTEN_IT),
    ]
    if column in NUMBERS_OF_SEATS:
        spoiled = f"regexp_full_match({value}, '[0-9]+\\.0+|[0-9]+(\\.[0-9]+)?[eE]\\+?[0-9]+')"
        found.append(Rule(column, spoiled, texts.SPREADSHEET_NUMBER, texts.FORMAT_AS_TEXT))
    return found


def _in_order(first: str, then: str) -> Rule:
    broken = f'"{then}" > 0 and "{then}" < "{first}"'
    return Rule(then, broken, texts.BEFORE_ANOTHER(first=first), texts.CHECK_BOTH(first=first, then=then))
