"""Rules for what is imported: words, instants and their order, each with what is wrong and what to do, in our own words."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.values.ids import Outcome, SeatState
from gateway.guards.instants import LATEST_AT
from gateway.store.columnar.formats import FORMATS, quoted

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
    zh: str
    en: str
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
        how, broken = "answered", "\"how\" in ('answered', 'abandoned', 'rung_out', 'left') and \"left_at\" = 0"
        zh, en = "等待已结束，却没有结束时间", f"the wait is over ({how} …) and has no end"
        found.append(Rule("left_at", broken, zh, en, "写上 left_at，或 how=unknown / write left_at, or how=unknown"))
    return found


def _needed(column: str) -> Rule:
    return Rule(column, f"\"raw {column}\" = ''", "不能为空", "must not be empty", "补上 / fill it in")


def _instant(column: str) -> list[Rule]:
    value = f'"{column}"'
    least, most = 0.0, SPANS.get(column, LATEST_AT)
    no_number = Rule(column, f'{value} is null and "raw {column}" <> \'\'', "不是数", "not a number",
                     "秒，自 1970 年起，如 1793462400.5 / seconds since 1970, as 1793462400.5")  # fmt: skip
    if column in SPANS:
        zh, en = f"应为 0 至 {most:g} 秒", f"0 to {most:g} seconds"
        return [no_number, Rule(column, f"not ({value} between {least} and {most})", zh, en, "改正 / correct it")]
    milli = Rule(column, f"{value} / 1000 between {most / 4102} and {most} and {value} > {most}", "是毫秒", "these are milliseconds",
                 "除以 1000 / divide by 1000: seconds since 1970")  # fmt: skip
    beyond = Rule(column, f"not ({value} between {least} and {most})", "时间应在 1970 年至 2099 年",
                  "an instant of the years 1970 to 2099", "改正 / correct it")  # fmt: skip
    return [no_number, milli, beyond]


def _text(table: str, column: str) -> list[Rule]:
    value = f'"{column}"'
    found = []
    if (words := WORDS.get((table, column))) is not None:
        known = ", ".join(map(quoted, words))
        shown = " ".join(filter(None, words))
        return [
            Rule(column, f"{value} not in ({known})", "没有这个词", "there is no such word", f"可用 / known: {shown}")
        ]
    hidden = f"regexp_matches({value}, '[\\x00-\\x1f\\x7f]') or {value} <> trim({value}, ' \u3000\u00a0')"
    found.append(
        Rule(
            column,
            hidden,
            "首尾有空白，或有不可见字符",
            "blanks at an end, or characters that do not show",
            "删去 / remove them",
        )
    )
    most = Rule(
        column,
        f"length({value}) > {CHARS_MAX}",
        f"超过 {CHARS_MAX} 字",
        f"more than {CHARS_MAX} characters",
        "缩短 / shorten it",
    )
    found.append(most)
    if column in NUMBERS_OF_SEATS:
        spoiled = f"regexp_full_match({value}, '[0-9]+\\.0+|[0-9]+(\\.[0-9]+)?[eE]\\+?[0-9]+')"
        remedy = "把该列设为文本后重新导出 / format the column as text and export again"
        found.append(Rule(column, spoiled, "号码被电子表格改成了数", "a spreadsheet has made a number of it", remedy))
    return found


def _in_order(first: str, then: str) -> Rule:
    broken = f'"{then}" > 0 and "{then}" < "{first}"'
    return Rule(then, broken, f"早于 {first}", f"before {first}", f"核对 {first} 和 {then} / check both")
